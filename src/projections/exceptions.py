"""What was recorded after its period was closed: reopenings, what they let in, and late facts booked later (INV-13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from ledger import events as e
from ledger.calendar import add_months, day_number, day_of, month_of, month_start
from ledger.recorded import Recorded
from projections.history import History
from projections.sentences import amount, business_date, summary

Kind = Literal["reopening", "in a reopened month", "in a later month", "after the close"]
_NOT_DATED = (
    e.PeriodClosed, e.PeriodReopened, e.PlanYearOpened, e.FundingArrangementSet, e.StopLossPolicyBound,
    e.CheckRegisterReceived, e.StopLossTriggered, e.SettlementPosted, e.SurplusDeclared, e.DeficitDeclared,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Late:
    """One exception: the event, the period it belongs to, and the events that closed and reopened that period.

    ``amount`` is signed as the event records it, in minor units; of a page only the ``lines`` concerned.
    """

    recorded: Recorded
    period: str
    kind: Kind
    effective_on: date | None
    lines: int
    amount: int | None
    closed_by: int
    reopened_by: Recorded | None

    @property
    def what(self) -> str:
        """The event in a sentence."""
        return summary(self.recorded.event)

    @property
    def reason(self) -> str:
        """The reason recorded with it, or that of the reopening that let it in."""
        own = self.recorded.about.reason
        if own or self.reopened_by is None:
            return own
        assert isinstance(self.reopened_by.event, e.PeriodReopened)
        return f"Reopened: {self.reopened_by.event.reason}"


class _Periods:
    """Which months are closed or were, while the events are read in their order."""

    def __init__(self) -> None:
        self.closed: dict[str, int] = {}
        self.reopened: dict[str, Recorded] = {}
        self.closings: dict[str, int] = {}

    def take(self, recorded: Recorded) -> None:
        """Remember a closing or reopening."""
        event = recorded.event
        if isinstance(event, e.PeriodClosed):
            self.closed[event.month] = self.closings[event.month] = recorded.position
            self.reopened.pop(event.month, None)
        elif isinstance(event, e.PeriodReopened):
            self.closed.pop(event.month, None)
            self.reopened[event.month] = recorded

    def late(self, recorded: Recorded, month: str, kind: Kind, of: tuple[date | None, int, int | None]) -> Late:
        """An exception in a month."""
        day, lines, cents = of
        return Late(recorded, month, kind, day, lines, cents, self.closings.get(month, 0), self.reopened.get(month))


def exceptions(history: History, year: int | None = None) -> tuple[Late, ...]:
    """The exceptions of a plan, oldest first; with ``year`` those whose period begins in that plan year."""
    periods, found = _Periods(), list[Late]()
    for recorded in history.records:
        if isinstance(recorded.event, e.PeriodReopened):
            found.append(periods.late(recorded, recorded.event.month, "reopening", (None, 0, None)))
        periods.take(recorded)
        if isinstance(recorded.event, e.Page):
            found.extend(_page(recorded, recorded.event, periods))
        elif isinstance(recorded.event, e.BudgetRevised):
            found.extend(_budget(recorded, recorded.event, periods, history))
        elif not isinstance(recorded.event, _NOT_DATED):
            found.extend(_single(recorded, periods))
    return tuple(late for late in found if year is None or _in_year(history, late.period, year))


def _in_year(history: History, month: str, year: int) -> bool:
    span = history.year_span(year)
    return span[0].replace(day=1) <= month_start(month) <= span[1]


def _single(recorded: Recorded, periods: _Periods) -> Iterator[Late]:
    day = business_date(recorded.event)
    if day is None:
        return
    month = month_of(day)
    of = (day, 0, amount(recorded.event))
    if month in periods.reopened:
        yield periods.late(recorded, month, "in a reopened month", of)
    elif month in periods.closed:
        yield periods.late(recorded, month, "after the close", of)


def _budget(recorded: Recorded, event: e.BudgetRevised, periods: _Periods, history: History) -> Iterator[Late]:
    before = history.by_version[event.replaces_version].event
    assert isinstance(before, e.BudgetSet)
    was = {month.month: month.amount for month in before.months}
    for month in event.months:
        changed = month.amount - was.get(month.month, 0)
        if changed and month.month in periods.closings:
            kind: Kind = "in a reopened month" if month.month in periods.reopened else "after the close"
            yield periods.late(recorded, month.month, kind, (month_start(month.month), 0, changed))


def _page(recorded: Recorded, event: e.Page, periods: _Periods) -> Iterator[Late]:
    """The lines booked in a reopened month, and those whose own date lies in a closed one."""
    if not periods.closings:
        return
    booked, paid = event.lines["booked_on"], event.lines["paid_on"]
    for month in sorted(periods.closings):
        first, beyond = _bounds(month)
        inside = (booked >= first) & (booked < beyond)
        late = (paid >= first) & (paid < beyond) & ~inside & (booked > paid)
        if month in periods.reopened and inside.any():
            yield periods.late(recorded, month, "in a reopened month", _lines(event, inside, booked))
        if late.any() and isinstance(event, (e.ClaimsPaid, e.PaymentsReissued)):
            yield periods.late(recorded, month, "in a later month", _lines(event, late, paid))


def _lines(event: e.Page, mask: npt.NDArray[np.bool_], days: npt.NDArray[np.int64]) -> tuple[date, int, int]:
    return day_of(int(days[mask].max())), int(mask.sum()), int(event.lines["amount"][mask].sum())


def _bounds(month: str) -> tuple[int, int]:
    first = month_start(month)
    return day_number(first), day_number(add_months(first, 1))
