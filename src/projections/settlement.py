"""The settlement of a plan year before it is posted: lines, balance, proposed dispositions, instalments and
checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from ledger import events as e
from ledger.calendar import add_months, day_number, months_between
from ledger.money import rate, share
from ledger.terms import ArrangementTerms
from projections import position as positions
from projections.accounts import Account
from projections.carriers import receivables
from projections.history import History


@dataclass(frozen=True, slots=True)
class Check:
    """Something that should hold before a final settlement, with what was found."""

    name: str
    passed: bool
    found: str


@dataclass(frozen=True, slots=True)
class SettlementView:
    """``amount`` is the balance before disposition; ``disposed`` went out before; the proposals place the
    rest.
    """

    year: int
    settlement: str
    supersedes: str
    as_of: date
    known_at: int
    lines: tuple[e.SettlementLine, ...]
    amount: int
    disposed: int
    dispositions: tuple[e.Disposition, ...]
    instalments: tuple[int, ...]
    checks: tuple[Check, ...]

    @property
    def remaining(self) -> int:
        """What the proposed dispositions add up to, a deficit negative."""
        return self.amount - self.disposed


def settle(
    history: History, year: int, as_of: date, known_at: int | None = None, *, effective_on: date | None = None
) -> SettlementView:
    """The settlement of a plan year as of a date; dispositions take effect on ``effective_on`` (else on
    ``as_of``).
    """
    history = history.until(known_at)
    view = positions.position(history, year, as_of, monthly=False)
    amount = view.opening + view.surplus_for_year
    earlier = [s for s in history.facts.settlements.values() if s.year == year]
    name = f"S-{year}-{len(earlier) + 1:02d}"
    disposed = _disposed(history, year)
    terms = history.arrangement(year)
    proposed = _propose(terms, amount - disposed, _reserve(history, as_of), name, year, effective_on or as_of)
    recovered = [d for d in proposed if isinstance(d, e.DeficitCarriedForward) and d.recovery_months]
    return SettlementView(
        year=year,
        settlement=name,
        supersedes=earlier[-1].settlement if earlier else "",
        as_of=as_of,
        known_at=history.last_position,
        lines=tuple(e.SettlementLine(name=line.name, amount=line.amount) for line in positions.lines(view)),
        amount=amount,
        disposed=disposed,
        dispositions=proposed,
        instalments=instalments(recovered[0].amount, recovered[0].recovery_months) if recovered else (),
        checks=_checks(history, year, as_of, terms),
    )


def instalments(amount: int, months: int) -> tuple[int, ...]:
    """Equal monthly parts of an amount; the last one takes the rest, so that they add up.

    >>> instalments(732055, 24)[0], instalments(732055, 24)[-1]
    (30502, 30509)
    """
    if months < 1:
        raise ValueError("there must be at least one instalment")
    size = abs(amount) // months
    parts = [size] * (months - 1) + [abs(amount) - size * (months - 1)]
    return tuple(-part if amount < 0 else part for part in parts)


def _disposed(history: History, year: int) -> int:
    return sum(event.signed for _, event in history.facts.dispositions if event.year == year)


def _reserve(history: History, as_of: date) -> int:
    moved = history.daily
    mask = (moved.credit == Account.FLUCTUATION_RESERVE) & (moved.day <= day_number(as_of))
    return int(moved.amount[mask].sum())


def _propose(
    terms: ArrangementTerms, amount: int, reserve: int, settlement: str, year: int, on: date
) -> tuple[e.Disposition, ...]:
    """Dispositions by the arrangement's order that add up to the amount exactly.

    An insurer that owns the surplus keeps it, and one that owns the deficit bears it (domain 3 and 4). Of a shared
    surplus it keeps what the order places nowhere.
    """
    if amount < 0:
        return (_of_deficit(terms, -amount, settlement, year, on),)
    if terms.surplus_owner == "insurer" and amount:
        return (_of_surplus("insurer", amount, settlement, year, on),)
    made: list[e.Disposition] = []
    left = amount
    for place in terms.surplus:
        part = left
        if place == "reserve":
            part = min(left, max(0, terms.claims_fluctuation_reserve - reserve))
        elif place == "refund":
            part = min(left, share(left, rate(terms.surplus_share), terms.rounding))
        if part > 0:
            made.append(_of_surplus(place, part, settlement, year, on))
            left -= part
    if left:
        rest = "insurer" if terms.surplus_owner == "shared" else "carry-forward"
        made.append(_of_surplus(rest, left, settlement, year, on))
    return tuple(made)


def _of_surplus(place: str, amount: int, settlement: str, year: int, on: date) -> e.Disposition:
    if place in ("refund", "insurer"):
        payee: Literal["sponsor", "insurer"] = "insurer" if place == "insurer" else "sponsor"
        return e.SurplusRefunded(settlement=settlement, year=year, amount=amount, effective_on=on, payee=payee)
    if place == "redistribute":
        return e.SurplusRedistributed(settlement=settlement, year=year, amount=amount, effective_on=on)
    if place == "carry-forward":
        return e.SurplusCarriedForward(
            settlement=settlement, year=year, amount=amount, effective_on=on, to_year=year + 1
        )
    return e.ReserveTransferred(
        settlement=settlement,
        year=year,
        amount=amount,
        effective_on=on,
        to="hold-back" if place == "hold-back" else "claims-fluctuation-reserve",
    )


def _of_deficit(terms: ArrangementTerms, amount: int, settlement: str, year: int, on: date) -> e.Disposition:
    if terms.deficit_owner == "insurer":
        return e.DeficitFunded(settlement=settlement, year=year, amount=amount, effective_on=on, payer="insurer")
    if terms.deficit == "pay":
        return e.DeficitFunded(settlement=settlement, year=year, amount=amount, effective_on=on)
    return e.DeficitCarriedForward(
        settlement=settlement,
        year=year,
        amount=amount,
        effective_on=on,
        to_year=year + 1,
        recovery_months=terms.recovery_months if terms.deficit == "recover" else 0,
    )


def _checks(history: History, year: int, as_of: date, terms: ArrangementTerms) -> tuple[Check, ...]:
    first, last = history.year_span(year)
    months = months_between(first, last)
    closed = sum(month in history.facts.closed for month in months)
    end = add_months(last, terms.run_out_months)
    filed, waiting = _filed(history, year, as_of), _waiting(history, year, as_of)
    return (
        Check("months closed", closed == len(months), f"{closed} of {len(months)} months closed"),
        Check("run-out ended", as_of >= end, f"run-out ends {end}"),
        Check("stop-loss filings complete", *filed),
        Check("stop-loss filings answered", not waiting, f"{', '.join(waiting)} still open" if waiting else "answered"),
    )


def _waiting(history: History, year: int, as_of: date) -> list[str]:
    """Filings under the year's policies on which the carrier still owes an answer or money (domain 5.8)."""
    policies = {policy.policy for policy in history.specific_policies(year)}
    policies |= {policy.policy for policy in history.aggregate_policies(year)}
    return [
        name
        for name, filing in sorted(history.facts.filings.items())
        if filing.event.policy in policies and filing.event.filed_on <= as_of and filing.standing(as_of).receivable
    ]


def _filed(history: History, year: int, as_of: date) -> tuple[bool, str]:
    short = 0
    for due in receivables(history, year, as_of):
        filings = [f for f in history.facts.filings.values() if f.event.policy == due.policy]
        short += max(0, due.recognised - sum(f.event.amount for f in filings if f.event.filed_on <= as_of))
    return (short == 0, "complete" if short == 0 else "claims on carriers are not all filed")
