"""What must hold in every history, worked out by a second way and counted: the invariants that ``verify`` prints.

The codes are those of the product's rule book: INV-03 postings, INV-06 control totals, INV-13 closed months, INV-17
identities of the position, INV-26 stop-loss buckets, INV-27 the carrier's receivable.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from ledger import events as e
from ledger.calendar import day_number, month_end, month_start
from projections.accounts import SIZE, Account
from projections.ageing import ageing
from projections.buckets import stop_loss_buckets
from projections.history import History
from projections.position import position

CLAIMS = (Account.CLAIMS_PAID, Account.CLAIMS_REISSUED, Account.CLAIMS_VOIDED, Account.CLAIMS_REFUNDED)


@dataclass(frozen=True, slots=True)
class Checked:
    """One invariant: how many cases of what were looked at, and a sentence for each that does not hold."""

    code: str
    what: str
    cases: int
    broken: tuple[str, ...]


def invariants(history: History, as_of: date) -> tuple[Checked, ...]:
    """Every invariant over a plan's history; dated ones on a date and on the last day of each plan year before it."""
    return tuple(
        Checked(code, what, cases, tuple(broken))
        for code, what, (cases, broken) in (
            ("INV-03", "transfers, debits equal to credits; claims accounts equal to the lines", _postings(history)),
            ("INV-06", "registers and imports, counts and totals equal to their lines", _control_totals(history)),
            ("INV-13", "closes of a month, nothing booked in it until a reopening that is listed", _closed(history)),
            ("INV-17", "positions, each equal to its months and to its parts", _identities(history, as_of)),
            ("INV-26", "policies, their buckets equal to the net paid", _buckets(history, as_of)),
            ("INV-27", "filings, outstanding = filed less received, denied, written off", _filings(history, as_of)),
        )
    )  # fmt: skip


def _postings(history: History) -> tuple[int, list[str]]:
    moved, broken = history.transfers, []
    debits = np.zeros(SIZE, dtype=np.int64)
    credits_ = np.zeros(SIZE, dtype=np.int64)
    np.add.at(debits, moved.debit, moved.amount)
    np.add.at(credits_, moved.credit, moved.amount)
    if int(debits.sum()) != int(credits_.sum()):
        broken.append("debits and credits differ")
    claims = sum(int(debits[account] - credits_[account]) for account in CLAIMS)
    lines = sum(page.lines.total() for page in history.pages)
    if claims != lines:
        broken.append(f"the claims accounts hold {claims} minor units, the recorded lines {lines}")
    return len(moved), broken


def _control_totals(history: History) -> tuple[int, list[str]]:
    of_register: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for recorded in history.records:
        if isinstance(recorded.event, e.Page):
            held = of_register[recorded.event.register_id]
            held[0] += recorded.event.lines.count
            held[1] += recorded.event.lines.total()
    broken = []
    for register in history.facts.registers.values():
        if [register.lines, register.control_total] != of_register[register.register_id]:
            broken.append(f"register {register.register_id} says {register.lines} lines and holds "
                          f"{of_register[register.register_id][0]}")  # fmt: skip
    for taken in history.facts.imports.values():
        parts = taken.rows_recorded + taken.rows_duplicate + taken.rows_not_ours + taken.rows_quarantined
        if taken.rows_read != parts:
            broken.append(f"import {taken.name} read {taken.rows_read} rows and accounts for {parts}")
    return len(history.facts.registers) + len(history.facts.imports), broken


def _closed(history: History) -> tuple[int, list[str]]:
    """Budgets and enrollment are terms and not bookings; a change to them after the close is listed as an exception."""
    moved, broken, cases = history.transfers, [], 0
    terms = [r.version for r in history.records if isinstance(r.event, e.BudgetSet)]
    booked = moved.take(~np.isin(moved.version, terms))
    until: dict[str, int] = {}
    for recorded in reversed(history.records):
        event = recorded.event
        if isinstance(event, e.PeriodReopened):
            until[event.month] = recorded.version
        elif isinstance(event, e.PeriodClosed):
            cases += 1
            first, last = day_number(month_start(event.month)), day_number(month_end(event.month))
            end = until.pop(event.month, recorded.version + len(history.records))
            inside = (booked.day >= first) & (booked.day <= last)
            late = inside & (booked.version > recorded.version) & (booked.version < end)
            broken += [f"event {position} books in {event.month}" for position in np.unique(booked.position[late])]
    return cases, broken


def _identities(history: History, as_of: date) -> tuple[int, list[str]]:
    cases, broken = 0, []
    for year in sorted(history.facts.years):
        first, last = history.year_span(year)
        for day in sorted({last, as_of} if last < as_of else {as_of}):
            if day < first:
                continue
            view, cases = position(history, year, day), cases + 1
            months = view.months
            # After the year's end the carrier's receivable moves also in months in which nothing of the year is booked.
            during = ("surplus_for_year",) if day <= last else ()
            flows = ("budget", "claims_paid", "fees", "stop_loss_premium", "funding_received", *during)
            wrong = [n for n in flows if sum(int(getattr(m, n)) for m in months) != getattr(view, n)] if months else []
            if view.claims_paid != view.gross_claims + view.voids + view.refunds:
                wrong.append("claims_paid")
            if view.positions.budget != view.budget - view.claims_paid:
                wrong.append("budget position")
            if months and day <= last and months[-1].closing != view.closing:
                wrong.append("closing")
            broken += [f"{year} as of {day}: {name}" for name in wrong]
    return cases, broken


def _buckets(history: History, as_of: date) -> tuple[int, list[str]]:
    found = [each for year in sorted(history.facts.years) for each in stop_loss_buckets(history, year, as_of)]
    return len(found), [f"{own.policy}: {own.total} and {own.net_paid}" for own in found if own.total != own.net_paid]


def _filings(history: History, as_of: date) -> tuple[int, list[str]]:
    rows = ageing(history, as_of).filings
    return len(rows), list(_unfounded(history, as_of))


def _unfounded(history: History, as_of: date) -> Iterator[str]:
    for row in ageing(history, as_of).filings:
        given_back = history.facts.filings[row.filing].standing(as_of).given_back
        left = row.amount - row.denied - row.written_off - given_back - row.received
        if left != row.outstanding - row.to_return or row.outstanding < 0:
            yield f"filing {row.filing}: {left} and {row.outstanding}"
