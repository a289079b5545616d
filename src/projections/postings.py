"""From what was recorded to balanced transfers in columns. Shared: every projection may use it.

A transfer moves an amount from one account (credit) to another (debit), so nothing can be out of balance.
Amounts are signed minor units; business dates are day numbers; the plan year follows the arrangement's
attribution. Events that move no money post nothing. A correction posts the corrected event's transfers again
with the opposite sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from ledger import events as e
from ledger.calendar import day_number, month_start
from ledger.lines import COVERAGES
from ledger.recorded import Recorded
from projections.accounts import Account

A = Account
Ints = npt.NDArray[np.int64]
Attribution = Literal["paid", "incurred"]
FIRST_YEAR, LAST_YEAR = 1899, 2201
NAMES = ("debit", "credit", "amount", "day", "year", "coverage", "member", "line", "version", "position", "count")


@dataclass(frozen=True, slots=True, eq=False)
class Transfers:
    """Columns of one length; ``coverage`` and ``member`` are -1 and ``line`` is 0 where an event has none.

    ``count`` is how many transfers were summed into one: 1, or the lines of a page of one day when books are ``daily``.
    """

    debit: Ints
    credit: Ints
    amount: Ints
    day: Ints
    year: Ints
    coverage: Ints
    member: Ints
    line: Ints
    version: Ints
    position: Ints
    count: Ints

    def __len__(self) -> int:
        return len(self.amount)

    def take(self, mask: npt.NDArray[np.bool_]) -> Transfers:
        """The transfers of a mask."""
        return Transfers(*(getattr(self, name)[mask] for name in NAMES))


def joined(parts: Sequence[Transfers]) -> Transfers:
    """Transfers laid end to end."""
    some = [part for part in parts if len(part)]
    if len(some) < 2:
        return some[0] if some else NONE
    return Transfers(*(np.concatenate([getattr(part, name) for part in some]) for name in NAMES))


NONE = Transfers(*(np.zeros(0, dtype=np.int64) for _ in NAMES))
"""What an event posts that moves no money."""


@dataclass(frozen=True, slots=True)
class Single:
    """One transfer of an event without lines; without ``year`` the attribution decides."""

    debit: A
    credit: A
    amount: int
    day: date
    year: int | None = None
    incurred: date | None = None
    coverage: int = -1
    member: str = ""


class _Members(dict[bytes, int]):
    """Indices in the order of first sight, from 0; the empty name is -1."""

    def __missing__(self, name: bytes) -> int:
        self[name] = index = len(self) - 1
        return index


@dataclass(slots=True)
class Books:
    """What posting must remember of one plan: year starts, attribution, members, what each event posted.

    ``daily`` books sum a page by plan year and day: enough for every balance, and a thousandth of the transfers.
    """

    start_month: int = 1
    start_day: int = 1
    opened: dict[int, date] = field(default_factory=dict)
    attributions: list[tuple[date, Attribution]] = field(default_factory=list)
    members: dict[bytes, int] = field(default_factory=lambda: _Members({b"": -1}))
    posted: dict[int, Transfers] = field(default_factory=dict)
    events: dict[int, e.Event] = field(default_factory=dict)
    taken_back: set[int] = field(default_factory=set)
    budgets: dict[int, list[tuple[int, dict[str, int]]]] = field(default_factory=dict)
    budget_posted: dict[int, dict[str, int]] = field(default_factory=dict)
    daily: bool = False
    _starts: Ints | None = None

    def start_of(self, year: int) -> date:
        """The first day of a plan year."""
        return self.opened.get(year, date(year, self.start_month, self.start_day))

    def years(self, booked: Ints, incurred: Ints) -> Ints:
        """The plan year of each payment: by the date booked, or incurred, as the arrangement of the date
        booked says.
        """
        if self._starts is None:
            self._starts = _year_starts(self.start_month, self.start_day).copy()
            for opened, first in self.opened.items():
                self._starts[opened - FIRST_YEAR] = day_number(first)
        by_incurred = np.zeros(len(booked), dtype=np.bool_)
        for since, attribution in sorted(self.attributions, key=lambda pair: pair[0]):
            by_incurred[booked >= day_number(since)] = attribution == "incurred"
        days = np.where(by_incurred, incurred, booked)
        return (FIRST_YEAR - 1 + np.searchsorted(self._starts, days, side="right")).astype(np.int64)

    def member(self, name: str) -> int:
        """The index of a member; -1 for none."""
        return self.members[name.encode()]

    def toggle(self, version: int) -> None:
        """Take an event back; taking a correction back restores what it took back."""
        self.taken_back ^= {version}
        event = self.events.get(version)
        if isinstance(event, e.CorrectionPosted):
            self.toggle(event.corrects_version)


@lru_cache(maxsize=32)
def _year_starts(month: int, day: int) -> Ints:
    """The first day of each plan year, where none was opened on another."""
    return np.array([day_number(date(year, month, day)) for year in range(FIRST_YEAR, LAST_YEAR)], dtype=np.int64)


_PAGES: dict[type[e.Event], tuple[A, A, int]] = {
    e.ClaimsPaid: (A.CLAIMS_PAID, A.CASH, 1),
    e.PaymentsReissued: (A.CLAIMS_REISSUED, A.CASH, 1),
    e.ClaimPaymentsVoided: (A.CASH, A.CLAIMS_VOIDED, -1),
    e.ClaimRefundsReceived: (A.CASH, A.CLAIMS_REFUNDED, -1),
}


def post(recorded: Recorded, books: Books) -> Transfers:
    """The transfers of one event; ``books`` must have seen the plan's earlier events and remembers this one.

    Total over the vocabulary: raises ``TypeError`` for an event that nobody placed.
    """
    event = recorded.event
    books.events[recorded.version] = event
    match event:
        case e.ClaimsPaid() | e.PaymentsReissued() | e.ClaimPaymentsVoided() | e.ClaimRefundsReceived():
            made = _page(event, recorded, books)
        case e.BudgetSet():
            months = {month.month: month.amount for month in event.months}
            books.budgets.setdefault(event.year, []).append((recorded.version, months))
            made = _rows(_budget(event.year, books), recorded, books)
        case e.CorrectionPosted():
            made = _taken_back(event, recorded, books)
        case e.MoneyEvent():
            made = _rows([_money(event)], recorded, books)
        case e.Disposition():
            made = _rows(_disposition(event), recorded, books)
        case (
            e.ReimbursementReturned() | e.SpecificAdvanceFunded() | e.SpecificAdvanceReturned() | e.Accommodation()
        ):  # fmt: skip
            made = _rows([_with_carrier(event)], recorded, books)
        case e.SubrogationRecovered() | e.ReimbursementReceived() | e.ProviderAdjustmentHeld() | e.PlanYearOpened():
            made = _rows(_other(event), recorded, books)
        case (
            e.PlanRegistered() | e.FundingArrangementSet() | e.EnrollmentRecorded() | e.StopLossPolicyBound()
            | e.AggregateFactorSet() | e.LaserSet() | e.LaserRemoved() | e.CheckRegisterReceived()
            | e.StopLossTriggered()
            | e.StopLossClaimFiled() | e.StopLossClaimDecided() | e.PeriodClosed() | e.SettlementPosted()
            | e.SurplusDeclared() | e.DeficitDeclared() | e.ImportBatchAccepted() | e.ImportBatchRefused()
            | e.StopLossClaimAcknowledged() | e.StopLossInformationRequested() | e.StopLossClaimAppealed()
            | e.StopLossClaimWrittenOff() | e.StopLossNoticeSent() | e.ActorEnrolled() | e.RoleGranted()
            | e.RoleRevoked() | e.PeriodReopened() | e.ApprovalsSet() | e.ChangeProposed() | e.ProposalAnswered()
            | e.MemberKeyErased() | e.LegalHoldSet() | e.LegalHoldReleased() | e.ExportProduced()
            | e.AggregateFinalized()
        ):  # fmt: skip
            made = NONE
        case _:
            raise TypeError(f"nobody said what {type(event).topic()} posts")
    books.posted[recorded.version] = made
    return made


def _page(event: e.Page, recorded: Recorded, books: Books) -> Transfers:
    if books.daily:
        return _page_by_day(event, recorded, books)
    debit, credit, sign = _PAGES[type(event)]
    lines = event.lines
    size = lines.count
    names = lines["member"].tolist()

    def same(value: int) -> Ints:
        return np.full(size, value, dtype=np.int64)

    return Transfers(
        debit=same(debit),
        credit=same(credit),
        amount=lines["amount"] * sign,
        day=lines["booked_on"],
        year=books.years(lines["booked_on"], lines["incurred_on"]),
        coverage=lines["coverage"].astype(np.int64),
        member=np.fromiter(map(books.members.__getitem__, names), np.int64, size),
        line=np.arange(1, size + 1, dtype=np.int64),
        version=same(recorded.version),
        position=same(recorded.position),
        count=same(1),
    )


def _page_by_day(event: e.Page, recorded: Recorded, books: Books) -> Transfers:
    """A transfer for each plan year and day; registers are mostly in order of days, so runs of a day come first."""
    debit, credit, sign = _PAGES[type(event)]
    lines = event.lines
    booked, incurred = lines["booked_on"], None
    if any(attribution == "incurred" for _, attribution in books.attributions):
        incurred = lines["incurred_on"]
    starts = _runs(booked, books.years(booked, incurred) if incurred is not None else None)
    days = booked[starts]
    years = books.years(days, days if incurred is None else incurred[starts])
    keys = (years << 32) + days
    amount = np.add.reduceat(lines["amount"], starts) * sign
    count = np.concatenate([starts[1:], np.array([lines.count])]) - starts
    if not (keys[1:] > keys[:-1]).all():
        keys, place = np.unique(keys, return_inverse=True)
        parts = amount, count
        amount, count = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
        np.add.at(amount, place, parts[0])
        np.add.at(count, place, parts[1])
    year = keys >> 32

    def same(value: int) -> Ints:
        return np.full(len(keys), value, dtype=np.int64)

    return Transfers(
        debit=same(debit),
        credit=same(credit),
        amount=amount,
        day=keys - (year << 32),
        year=year,
        coverage=same(-1),
        member=same(-1),
        line=same(0),
        version=same(recorded.version),
        position=same(recorded.position),
        count=count,
    )


def _runs(days: Ints, years: Ints | None) -> Ints:
    """Where each run of lines of one day (and one plan year) begins."""
    changes = days[1:] != days[:-1]
    if years is not None:
        changes |= years[1:] != years[:-1]
    return np.concatenate([_FIRST, np.flatnonzero(changes) + 1])


_FIRST = np.zeros(1, dtype=np.int64)


def _rows(singles: Iterable[Single], recorded: Recorded, books: Books) -> Transfers:
    rows = [single for single in singles if single.amount]
    if not rows:
        return NONE
    day = np.array([day_number(row.day) for row in rows], dtype=np.int64)
    incurred = np.array([day_number(row.incurred or row.day) for row in rows], dtype=np.int64)
    found = books.years(day, incurred)

    def ints(values: Iterable[int]) -> Ints:
        return np.array(list(values), dtype=np.int64)

    return Transfers(
        debit=ints(row.debit for row in rows),
        credit=ints(row.credit for row in rows),
        amount=ints(row.amount for row in rows),
        day=day,
        year=ints(int(found[n]) if row.year is None else row.year for n, row in enumerate(rows)),
        coverage=ints(row.coverage for row in rows),
        member=ints(books.member(row.member) for row in rows),
        line=ints(0 for _ in rows),
        version=ints(recorded.version for _ in rows),
        position=ints(recorded.position for _ in rows),
        count=ints(1 for _ in rows),
    )


def _budget(year: int, books: Books) -> list[Single]:
    """From the budget posted so far to the budget now in force, month by month."""
    live = [months for version, months in books.budgets.get(year, []) if version not in books.taken_back]
    now, before = (live[-1] if live else {}), books.budget_posted.get(year, {})
    books.budget_posted[year] = now
    start = books.start_of(year)
    return [
        Single(A.DUE_FROM_SPONSOR, A.BUDGET, now.get(m, 0) - before.get(m, 0), max(month_start(m), start), year)
        for m in sorted({*now, *before})
    ]


def _taken_back(event: e.CorrectionPosted, recorded: Recorded, books: Books) -> Transfers:
    """The corrected event's transfers with the opposite sign on the correction's date; budgets in their own
    months.
    """
    books.toggle(event.corrects_version)
    old, root = books.posted.get(event.corrects_version), books.events.get(event.corrects_version)
    while isinstance(root, e.CorrectionPosted):
        root = books.events.get(root.corrects_version)
    if isinstance(root, e.BudgetSet):
        return _rows(_budget(root.year, books), recorded, books)
    if old is None:
        return NONE
    size = len(old)
    return replace(
        old,
        amount=-old.amount,
        day=np.full(size, day_number(event.effective_on), dtype=np.int64),
        version=np.full(size, recorded.version, dtype=np.int64),
        position=np.full(size, recorded.position, dtype=np.int64),
    )


_MONEY: dict[type[e.Event], tuple[A, A]] = {
    e.RebateReceived: (A.CASH, A.REBATES),
    e.FeeCharged: (A.FEES, A.CASH),
    e.StopLossPremiumBilled: (A.PREMIUM, A.CASH),
    e.ContributionReceived: (A.CASH, A.CONTRIBUTIONS),
    e.FundingReceived: (A.CASH, A.FUNDING),
}


def _money(event: e.MoneyEvent) -> Single:
    debit, credit = _MONEY[type(event)]
    return Single(debit, credit, event.amount, event.effective_on, event.year)


def _with_carrier(
    event: e.ReimbursementReturned | e.SpecificAdvanceFunded | e.SpecificAdvanceReturned | e.Accommodation,
) -> Single:
    match event:
        case e.ReimbursementReturned():
            return Single(A.REIMBURSEMENTS, A.CASH, event.amount, event.returned_on, event.year)
        case e.SpecificAdvanceFunded():
            return Single(A.CASH, A.CARRIER_ADVANCES, event.amount, event.received_on, event.year)
        case e.SpecificAdvanceReturned():
            return Single(A.CARRIER_ADVANCES, A.CASH, event.amount, event.returned_on, event.year)
        case e.AccommodationRepaid():
            return Single(A.ACCOMMODATION, A.CASH, event.amount, event.effective_on, event.year)
        case _:
            return Single(A.CASH, A.ACCOMMODATION, event.amount, event.effective_on, event.year)


def _disposition(event: e.Disposition) -> list[Single]:
    amount, day, year = event.amount, event.effective_on, event.year
    match event:
        case e.SurplusCarriedForward() | e.DeficitCarriedForward():
            signed = amount if isinstance(event, e.SurplusCarriedForward) else -amount
            return [
                Single(A.CARRIED_FORWARD, A.BETWEEN_YEARS, signed, day, year),
                Single(A.BETWEEN_YEARS, A.BROUGHT_FORWARD, signed, day, event.to_year),
            ]
        case e.SurplusRefunded():
            return [Single(A.REFUNDED, A.CASH, amount, day, year)]
        case e.SurplusRedistributed():
            return [Single(A.REDISTRIBUTED, A.CASH, amount, day, year)]
        case e.ReserveTransferred():
            place = A.HOLD_BACK if event.to == "hold-back" else A.FLUCTUATION_RESERVE
            return [Single(A.PLACED_IN_RESERVE, place, amount, day, year)]
        case e.DeficitFunded():
            return [Single(A.CASH, A.DEFICIT_FUNDED, amount, day, year)]
    raise TypeError(f"nobody said what {type(event).topic()} posts")


def _other(
    event: e.SubrogationRecovered | e.ReimbursementReceived | e.ProviderAdjustmentHeld | e.PlanYearOpened,
) -> list[Single]:
    match event:
        case e.SubrogationRecovered():
            day, incurred, place = event.received_on, event.incurred_on, COVERAGES.index(event.coverage)
            return [
                Single(A.CASH, A.RECOVERIES, event.gross, day, None, incurred, place, event.member),
                Single(A.RECOVERY_FEES, A.CASH, event.fee, day, None, incurred, place, event.member),
            ]
        case e.ReimbursementReceived():
            return [Single(A.CASH, A.REIMBURSEMENTS, event.amount, event.received_on, event.year)]
        case e.ProviderAdjustmentHeld():
            return [Single(A.CASH, A.SUSPENSE, event.amount, event.effective_on)]
        case e.PlanYearOpened():
            return [Single(A.OUTSIDE, A.BROUGHT_FORWARD, event.opening, event.starts_on, event.year)]
