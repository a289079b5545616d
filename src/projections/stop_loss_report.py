"""The stop-loss registers of a plan year: who is over, what was filed and paid, and the plan against its
attachment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from ledger.calendar import day_of
from ledger.lines import RELATIONSHIPS, Lines
from ledger.money import rate, share
from ledger.specific import contract_window, covered_lines, in_window
from ledger.stop_loss import AggregatePosition, MemberPosition, SpecificPolicy, SpecificPosition
from projections.carriers import (
    Claimable,
    Settled,
    aggregates,
    filings_of,
    receivables,
    shared_lines,
    specifics,
)
from projections.history import Filing, History


@dataclass(frozen=True, slots=True)
class SpecificRow:
    """One member under one specific policy (domain 11.1, R3). Amounts are minor units.

    ``paid`` is what the plan paid inside the windows for covered lines, ``eligible_paid`` what of it counts.
    ``due`` is what the terms give less what came in, was advanced or given up (domain 5.3, step 8). Above zero it
    is ``receivable``, below zero it is owed back: ``due_to_carrier``, never a negative receivable (INV-37).
    ``outstanding`` is what is due on filings, ``age`` the days since the oldest filing on which something is.
    """

    policy: str
    member: str
    relation: str
    paid: int
    eligible_paid: int
    first_incurred: date | None
    deductible: int
    lasered: bool
    excess: int
    absorbed: int
    reimbursable: int
    filed: int
    approved: int
    received: int
    advanced: int
    written_off: int
    outstanding: int
    age: int | None
    due: int
    receivable: int
    due_to_carrier: int
    state: str
    triggered_at: date | None

    @property
    def percent(self) -> int:
        """Eligible paid in hundredths of a percent of the deductible, cut off; nothing of a deductible of nothing."""
        return self.eligible_paid * 10_000 // self.deductible if self.deductible else 0


@dataclass(frozen=True, slots=True)
class SpecificTotal:
    """The sums of the rows; ``members_over`` counts the members over the deductible."""

    members_over: int
    paid: int
    eligible_paid: int
    excess: int
    absorbed: int
    reimbursable: int
    filed: int
    approved: int
    received: int
    advanced: int
    written_off: int
    outstanding: int
    due: int
    receivable: int
    due_to_carrier: int


@dataclass(frozen=True, slots=True)
class SpecificRegister:
    """The specific register of a plan year and, a policy each, what the position recognises."""

    year: int
    as_of: date
    rows: tuple[SpecificRow, ...]
    total: SpecificTotal
    recognised: tuple[Claimable, ...]


@dataclass(frozen=True, slots=True)
class AggregateRow:
    """The plan against the attachment point of one aggregate policy; ``final`` once its year is over.

    ``due`` is what the terms give once the year is over, less what came in on filings, is lent, or was given
    up (domain 5.4); below zero it is ``due_to_carrier`` (INV-37).
    """

    policy: str
    final: bool
    position: AggregatePosition
    filed: int
    received: int
    lent: int
    written_off: int
    due: int
    receivable: int
    due_to_carrier: int
    distance: int


def specific_register(history: History, year: int, as_of: date, *, known_at: int | None = None) -> SpecificRegister:
    """Everybody with eligible payments under the specific policies effective in a plan year."""
    history = history.until(known_at)
    pages = history.lines_until(as_of)
    own = shared_lines(history.specific_policies(), pages)
    rows = tuple(
        row
        for policy, found in specifics(history, year, as_of, pages)
        for row in _rows(history, policy, found, own[policy.policy], as_of)
    )
    names = {policy.policy for policy in history.specific_policies(year)}
    sums = {name: sum(getattr(row, name) for row in rows) for name in _SUMMED}
    total = SpecificTotal(members_over=sum(row.excess > 0 for row in rows), **sums)
    recognised = tuple(due for due in receivables(history, year, as_of) if due.policy in names)
    return SpecificRegister(year, as_of, rows, total, recognised)


_SUMMED = tuple(each.name for each in fields(SpecificTotal) if each.name != "members_over")


@dataclass(frozen=True, slots=True)
class _About:
    """What the lines of a member under a policy say beside what counts."""

    paid: int
    first_incurred: date
    relation: str


def _rows(
    history: History, policy: SpecificPolicy, found: SpecificPosition, own: Sequence[Lines], as_of: date
) -> Iterator[SpecificRow]:
    """Everybody with a line that counts, then those for whom something came in and nothing counts (any more)."""
    settled = Settled.under(history, policy.policy, as_of)
    filings: dict[str, list[Filing]] = {}
    for filing in filings_of(history, policy.policy, as_of):
        filings.setdefault(filing.event.member, []).append(filing)
    triggered: dict[str, date] = {}
    for each in history.facts.triggers:
        if each.policy == policy.policy and each.triggered_on <= as_of:
            triggered[each.member] = min(each.triggered_on, triggered.get(each.member, date.max))
    about = _about(policy, own)
    members = {member.member: member for member in found.members}
    for name in settled.members():
        members.setdefault(name, MemberPosition(name, 0, 0, policy.terms.deductible, False, 0, 0, 0, None))
    for name, member in members.items():
        yield _row(policy, member, about.get(name), filings.get(name, ()), settled, triggered.get(name), as_of)


def _about(policy: SpecificPolicy, own: Sequence[Lines]) -> dict[str, _About]:
    """Of everybody with a line inside the windows: the net paid, the first incurred day, the relation last said."""
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    person = policy.terms.unit == "person"
    columns = ("member" if person else "family", "amount", "incurred_on", "relationship")
    parts = [[Lines({}, 0)[name]] for name in columns]
    for page in own:
        inside = in_window(held, page) & covered_lines(policy.terms.covered, page)
        for part, name in zip(parts, columns, strict=True):
            part.append(page[name][inside])
    key, amount, incurred, relation = (np.concatenate(part) for part in parts)
    names, place = np.unique(key, return_inverse=True)
    paid = np.zeros(len(names), dtype=np.int64)
    np.add.at(paid, place, amount.astype(np.int64))
    first = np.full(len(names), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(first, place, incurred.astype(np.int64))
    last = np.zeros(len(names), dtype=np.int64)
    said = relation != 0
    last[place[said]] = relation[said]
    return {
        name.decode(): _About(amount, day_of(day), RELATIONSHIPS[code] if person else policy.terms.unit)
        for name, amount, day, code in zip(names.tolist(), paid.tolist(), first.tolist(), last.tolist(), strict=True)
    }


def _row(
    policy: SpecificPolicy,
    member: MemberPosition,
    about: _About | None,
    filings: Sequence[Filing],
    settled: Settled,
    triggered: date | None,
    as_of: date,
) -> SpecificRow:
    name = member.member
    received, advanced = settled.received.get(name, 0), settled.ahead.get(name, 0)
    written_off = settled.written_off.get(name, 0)
    decisions = [decision for f in filings if (decision := f.decision(as_of)) is not None]
    open_since = [f.event.filed_on for f in filings if f.standing(as_of).receivable]
    due = member.reimbursable - written_off - received - advanced
    return SpecificRow(
        policy=policy.policy,
        member=name,
        relation=about.relation if about else "",
        paid=about.paid if about else 0,
        eligible_paid=member.eligible,
        first_incurred=about.first_incurred if about else None,
        deductible=member.deductible,
        lasered=any(laser.member == name for laser in policy.lasers),
        excess=member.excess,
        absorbed=member.absorbed,
        reimbursable=member.reimbursable,
        filed=sum(f.event.amount for f in filings),
        approved=sum(decision.approved for decision in decisions),
        received=received,
        advanced=advanced,
        written_off=written_off,
        outstanding=sum(f.standing(as_of).receivable for f in filings),
        age=(as_of - min(open_since)).days if open_since else None,
        due=due,
        receivable=max(0, due),
        due_to_carrier=max(0, -due),
        state=_state(policy, member, bool(filings), received + advanced, [d.decision for d in decisions]),
        triggered_at=triggered or member.crossed_on,
    )


def _state(policy: SpecificPolicy, member: MemberPosition, filed: bool, received: int, decisions: Sequence[str]) -> str:
    if member.excluded:
        return "excluded"
    if received:
        if received > member.reimbursable:
            return "overpaid"
        return "settled" if received == member.reimbursable else "received in part"
    if decisions:
        return "denied" if all(word == "denied" for word in decisions) else "approved"
    if filed:
        return "filed"
    if member.excess:
        return "over, not filed"
    near = share(member.deductible, rate(policy.terms.notice_at), policy.rounding)
    return "notice" if member.eligible >= near else "below notice"


def aggregate_register(
    history: History, year: int, as_of: date, *, known_at: int | None = None
) -> tuple[AggregateRow, ...]:
    """The aggregate policies whose effective date falls in a plan year, each with its months."""
    history = history.until(known_at)
    made = []
    for policy, found in aggregates(history, year, as_of, history.lines_until(as_of)):
        filings = filings_of(history, policy.policy, as_of)
        settled = Settled.under(history, policy.policy, as_of)
        received, lent = settled.received.get("", 0), settled.ahead.get("", 0)
        given_up = settled.written_off.get("", 0)
        final = history.policy_ended(policy, as_of)
        due = (found.reimbursable if final else 0) - given_up - received - lent
        made.append(
            AggregateRow(
                policy=policy.policy,
                final=final,
                position=found,
                filed=sum(f.event.amount for f in filings),
                received=received,
                lent=lent,
                written_off=given_up,
                due=due,
                receivable=max(0, due),
                due_to_carrier=max(0, -due),
                distance=found.attachment_point - (found.eligible - found.rebates),
            )
        )
    return tuple(made)
