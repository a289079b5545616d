"""The fund's position in a plan year: three views, named, never mixed. Shared: settlement and trace use it.

Every figure but the receivable is a sum of transfers of the plan year booked by a date. Signed, surplus
positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_number, month_end, month_of, months_between
from projections.accounts import SIZE, Account
from projections.carriers import receivables
from projections.history import History

A = Account
Sums = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Positions:
    """The three views (domain 6.1)."""

    budget: int
    cash: int
    accrual: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures of a plan year or of one month of it; ``positions`` are always to date."""

    year: int
    basis: Literal["paid", "incurred"]
    opening: int
    budget: int
    claims_paid: int
    gross_claims: int
    voids: int
    refunds: int
    recoveries: int
    rebates: int
    fees: int
    stop_loss_premium: int
    contributions: int
    funding_received: int
    reimbursements_received: int
    reimbursements_receivable: int
    due_to_carrier: int
    positions: Positions
    surplus_for_year: int
    closing: int

    @property
    def dispositions(self) -> int:
        """What dispositions put into (or took out of) the year."""
        return self.closing - self.opening - self.surplus_for_year


@dataclass(frozen=True, kw_only=True)
class MonthView(Figures):
    """One calendar month: its own flows, opening and closing running, positions to date."""

    month: str


@dataclass(frozen=True, kw_only=True)
class PositionView(Figures):
    """The position of a plan year as of a date."""

    months: tuple[MonthView, ...]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One printed line: the name ``trace`` accepts, and the signed amount with surplus positive."""

    name: str
    amount: int


FLOWS: Mapping[str, Mapping[A, int]] = {
    "budget": {A.BUDGET: -1},
    "claims_paid": {A.CLAIMS_PAID: 1, A.CLAIMS_REISSUED: 1, A.CLAIMS_VOIDED: 1, A.CLAIMS_REFUNDED: 1},
    "gross_claims": {A.CLAIMS_PAID: 1, A.CLAIMS_REISSUED: 1},
    "voids": {A.CLAIMS_VOIDED: 1},
    "refunds": {A.CLAIMS_REFUNDED: 1},
    "recoveries": {A.RECOVERIES: -1, A.RECOVERY_FEES: -1},
    "rebates": {A.REBATES: -1},
    "fees": {A.FEES: 1},
    "stop_loss_premium": {A.PREMIUM: 1},
    "contributions": {A.CONTRIBUTIONS: -1},
    "funding_received": {A.FUNDING: -1},
    "reimbursements_received": {A.REIMBURSEMENTS: -1, A.CARRIER_ADVANCES: -1, A.ACCOMMODATION: -1},
}
_OPENING = {A.BROUGHT_FORWARD: -1}
CASH_DISPOSITIONS = {A.REFUNDED: -1, A.REDISTRIBUTED: -1, A.DEFICIT_FUNDED: -1}
DISPOSITIONS = {**CASH_DISPOSITIONS, A.PLACED_IN_RESERVE: -1}
_BALANCES: Mapping[str, Mapping[A, int]] = {"opening": _OPENING, "dispositions": DISPOSITIONS}


def _columns(*parts: Mapping[A, int]) -> Sums:
    """A column of signs for each sum over accounts, so that all of them are one product of whole numbers."""
    made = np.zeros((SIZE, len(parts)), dtype=np.int64)
    for at, part in enumerate(parts):
        for account, sign in part.items():
            made[account, at] = sign
    return made


_NO_MONTHS = np.zeros((0, SIZE), dtype=np.int64)
_WEIGHTS = _columns(*FLOWS.values(), _OPENING, CASH_DISPOSITIONS, DISPOSITIONS)
PRINTED: tuple[tuple[str, str, int], ...] = (
    ("opening", "opening", 1),
    ("budget", "budget", 1),
    ("gross-claims", "gross_claims", -1),
    ("voids", "voids", -1),
    ("refunds", "refunds", -1),
    ("claims-paid", "claims_paid", -1),
    ("recoveries", "recoveries", 1),
    ("rebates", "rebates", 1),
    ("fees", "fees", -1),
    ("stop-loss-premium", "stop_loss_premium", -1),
    ("contributions", "contributions", 1),
    ("funding-received", "funding_received", 1),
    ("reimbursements-received", "reimbursements_received", 1),
    ("reimbursements-receivable", "reimbursements_receivable", 1),
    ("surplus-for-year", "surplus_for_year", 1),
    ("closing", "closing", 1),
)


def position(
    history: History, year: int, as_of: date, *, known_at: int | None = None, monthly: bool = True
) -> PositionView:
    """The position of a plan year as of a business date and as known at an event number."""
    history = history.until(known_at)
    key = ("position", year, as_of, monthly)
    if key not in history.worked_out:
        history.worked_out[key] = _position(history, year, as_of, monthly)
    found: PositionView = history.worked_out[key]
    return found


def _position(history: History, year: int, as_of: date, monthly: bool) -> PositionView:
    arrangement = history.arrangement(year)
    months, to_date = balances_by_month(history, year, as_of) if monthly else ((), _NO_MONTHS)
    sums = to_date[-1] if months else balances(history, year, as_of)
    carriers = _to_carriers(history, year, as_of)
    total = _figures(sums, carriers, arrangement.funding == "pay-as-you-go")
    basis = arrangement.attribution
    views = _months(history, year, as_of, dict(zip(months, to_date, strict=True)), total["opening"])
    return PositionView(year=year, basis=basis, months=views, **total)


def lines(view: Figures) -> tuple[StatementLine, ...]:
    """The lines of the printed statement in order."""
    return tuple(StatementLine(name, sign * int(getattr(view, attribute))) for name, attribute, sign in PRINTED)


def weights(name: str) -> Mapping[A, int] | None:
    """The accounts, with signs, whose debit balances make a printed line; None for one that is no sum."""
    if name in _BALANCES:
        return _BALANCES[name]
    found = next(((attribute, sign) for printed, attribute, sign in PRINTED if printed == name), None)
    if found is None or found[0] not in FLOWS:
        return None
    return {account: found[1] * weight for account, weight in FLOWS[found[0]].items()}


def balances(history: History, year: int, as_of: date) -> Sums:
    """The debit balance of every account over the transfers of a plan year booked by a date."""
    moved = history.daily
    mask = (moved.year == year) & (moved.day <= day_number(as_of))
    made = np.zeros(SIZE, dtype=np.int64)
    np.add.at(made, moved.debit[mask], moved.amount[mask])
    np.subtract.at(made, moved.credit[mask], moved.amount[mask])
    return made


def weighted(sums: Sums, accounts: Mapping[A, int]) -> int:
    """The balances of some accounts added up, each with its sign."""
    return sum(int(sums[account]) * weight for account, weight in accounts.items())


def _to_carriers(history: History, year: int, as_of: date) -> tuple[int, int]:
    due = receivables(history, year, as_of)
    return sum(d.receivable for d in due), sum(d.due_to_carrier for d in due)


def balances_by_month(history: History, year: int, as_of: date) -> tuple[tuple[str, ...], Sums]:
    """The months of a plan year, and a row for each: the debit balance of every account at its end, or by the date."""
    months, moved = months_of(history, year, as_of), history.daily
    counts = (moved.year == year) & (moved.day <= day_number(as_of))
    ends = np.array([day_number(month_end(month)) for month in months], dtype=np.int64)
    row = np.searchsorted(ends, moved.day[counts])
    made = np.zeros((len(months), SIZE), dtype=np.int64)
    np.add.at(made, (row, moved.debit[counts]), moved.amount[counts])
    np.subtract.at(made, (row, moved.credit[counts]), moved.amount[counts])
    return months, made.cumsum(axis=0)


# The values are those of the fields of Figures without year and basis.
def _figures(sums: Sums, carriers: tuple[int, int], billed: bool) -> dict[str, Any]:
    *values, opening, cash_dispositions, dispositions = (sums @ _WEIGHTS).tolist()
    flows: dict[str, int] = dict(zip(FLOWS, values, strict=True))
    spent = flows["claims_paid"] + flows["fees"] + flows["stop_loss_premium"]
    came_in = flows["reimbursements_received"] + flows["recoveries"] + flows["rebates"] + flows["contributions"]
    due_from_sponsor = (spent if billed else flows["budget"]) - flows["funding_received"]
    result = flows["funding_received"] + came_in - spent
    accrual = result + carriers[0] - carriers[1] + due_from_sponsor
    return {
        **flows,
        "opening": opening,
        "reimbursements_receivable": carriers[0],
        "due_to_carrier": carriers[1],
        "positions": Positions(
            budget=flows["budget"] - flows["claims_paid"],
            cash=result + cash_dispositions,
            accrual=accrual + cash_dispositions,
        ),
        "surplus_for_year": accrual,
        "closing": opening + accrual + dispositions,
    }


def _months(
    history: History, year: int, as_of: date, to_date: Mapping[str, Sums], opening: int
) -> tuple[MonthView, ...]:
    """Each month's own flows, from the balances at its end."""
    arrangement = history.arrangement(year)
    basis, billed = arrangement.attribution, arrangement.funding == "pay-as-you-go"
    views: list[MonthView] = []
    before = _figures(np.zeros(SIZE, dtype=np.int64), (0, 0), billed)
    running, brought = opening, 0
    for month, sums in to_date.items():
        now = _figures(sums, _to_carriers(history, year, min(month_end(month), as_of)), billed)
        change = {name: value - before[name] for name, value in now.items() if name != "positions"}
        brought = now["opening"] - before["opening"]
        closing = running + change["closing"] - brought
        change |= {"opening": running, "closing": closing, "positions": now["positions"]}
        views.append(MonthView(year=year, basis=basis, month=month, **change))
        running, before = closing, now
    return tuple(views)


def months_of(history: History, year: int, as_of: date) -> tuple[str, ...]:
    """The months of a plan year begun by a date, and any other month in which something of the year was
    booked.
    """
    first, last = history.year_span(year)
    moved = history.daily
    days = moved.day[(moved.year == year) & (moved.day <= day_number(as_of))]
    booked = set(np.unique(days.astype("datetime64[D]").astype("datetime64[M]")).astype(str).tolist())
    begun = set(months_between(first, min(last, as_of))) if first <= as_of else set()
    return tuple(sorted(month for month in booked | begun if month <= month_of(as_of)))
