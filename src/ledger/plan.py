"""What must be remembered of a plan in order to decide. ``apply`` is total: what was recorded is never refused."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from ledger import events as ev
from ledger.accumulators import Accumulators
from ledger.calendar import add_months, month_of, plan_year_of
from ledger.custody import Custody
from ledger.filing import Filing
from ledger.identity import OF_A_PAYMENT, among, payment_keys, same_identities, text_keys
from ledger.key_index import KeyIndex
from ledger.levels import removed
from ledger.lines import Lines
from ledger.people import People
from ledger.proposals import Proposals
from ledger.recorded import Recorded
from ledger.recoveries import with_recoveries
from ledger.stop_loss import AggregatePolicy, Factor, SpecificPolicy
from ledger.terms import ApprovalTerms, ArrangementTerms, Laser

Address = tuple[int, int]
# The columns of a line, beside its person's, that decide whether a deductible is crossed.
LOOKED_AT = (
    "claim_id", "claim_line", "txn_type", "coverage", "incurred_on", "paid_on", "booked_on", "eligible",
    "specific_eligible", "admitted_on", "discharged_on", "first_paid_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """A recorded page of lines and where it stands: plan version, ledger position, kind of event."""

    version: int
    position: int
    kind: str
    lines: Lines


@dataclass(slots=True)
class Taken:
    """What was taken back of one payment: voided and refunded amounts (positive), the event that voided it.

    ``eligible`` is the part of both that stop-loss had accepted.
    """

    voided: int = 0
    refunded: int = 0
    eligible: int = 0
    voided_by: int = 0
    reissued: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """The event that closed a month."""

    position: int
    actor: str
    recorded_at: int


class PageIndex:
    """Lines of recorded pages by a 64-bit key; it takes in new pages when it is asked."""

    __slots__ = ("_firsts", "_index", "_key", "_kind", "_pages", "_seen")

    def __init__(self, key: Callable[[Lines], npt.NDArray[Any]], kind: str = "") -> None:
        self._key = key
        self._kind = kind
        self._index = KeyIndex()
        self._firsts: list[int] = []
        self._pages: list[Page] = []
        self._seen = 0

    def found(
        self, pages: list[Page], wanted: npt.NDArray[Any]
    ) -> Iterator[tuple[Page, int, npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Pages with lines of a wanted key: the page, the number of its first line, places in ``wanted``, and rows."""
        for page in pages[self._seen :]:
            if self._kind in ("", page.kind):
                self._firsts.append(len(self._index))
                self._pages.append(page)
                self._index.add(self._key(page.lines.aside()).view(np.int64))
        self._seen = len(pages)
        places, numbers = self._index.find(wanted.view(np.int64))
        if not numbers.size:
            return
        if numbers.size > len(self._firsts):
            at = np.searchsorted(np.array(self._firsts), numbers, side="right") - 1
        else:
            at = np.array([bisect_right(self._firsts, number) - 1 for number in numbers.tolist()], dtype=np.int64)
        for number in np.unique(at).tolist():
            here = at == number
            yield self._pages[number], self._firsts[number], places[here], numbers[here] - self._firsts[number]

    def row(self, number: int) -> tuple[Page, int]:
        """The page and row (from 0) of a line by its number."""
        at = bisect_right(self._firsts, number) - 1
        return self._pages[at], number - self._firsts[at]


@dataclass(slots=True)
class Plan:
    """The deciding state of one plan, folded from its events."""

    code: str
    version: int = 0
    registered: ev.PlanRegistered | None = None
    arrangements: list[tuple[date, ArrangementTerms]] = field(default_factory=list)
    years: dict[int, ev.PlanYearOpened] = field(default_factory=dict)
    budgets: dict[int, tuple[int, ev.BudgetSet]] = field(default_factory=dict)
    enrollment: dict[str, dict[str, int]] = field(default_factory=dict)
    policies: dict[str, ev.StopLossPolicyBound] = field(default_factory=dict)
    lasers: dict[str, list[Laser]] = field(default_factory=dict)
    factors: dict[str, list[Factor]] = field(default_factory=dict)
    registers: set[str] = field(default_factory=set)
    pages: list[Page] = field(default_factory=list)
    taken: dict[Address, Taken] = field(default_factory=dict)
    recoveries: dict[int, ev.SubrogationRecovered] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    money: dict[tuple[str, str, str, date], int] = field(default_factory=dict)
    triggered: set[tuple[str, str]] = field(default_factory=set)
    filings: dict[str, Filing] = field(default_factory=dict)
    advances: dict[str, tuple[ev.SpecificAdvanceFunded, int]] = field(default_factory=dict)
    accommodated: dict[str, int] = field(default_factory=dict)
    finalized: dict[str, ev.AggregateFinalized] = field(default_factory=dict)
    notices: set[str] = field(default_factory=set)
    closed: dict[str, Closed] = field(default_factory=dict)
    settlements: dict[int, list[ev.SettlementPosted]] = field(default_factory=dict)
    disposed: dict[int, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    people: People = field(default_factory=People)
    approvals: ApprovalTerms = field(default_factory=ApprovalTerms)
    proposals: Proposals = field(default_factory=Proposals)
    custody: Custody = field(default_factory=Custody)
    correctable: dict[int, ev.Event] = field(default_factory=dict)
    corrected: set[int] = field(default_factory=set)
    _identities: PageIndex = field(default_factory=lambda: PageIndex(lambda lines: lines["identity"]))
    _members: PageIndex = field(default_factory=lambda: PageIndex(lambda lines: text_keys(lines["member"])))
    _families: PageIndex = field(default_factory=lambda: PageIndex(lambda lines: text_keys(lines["family"])))
    _payments: PageIndex = field(default_factory=lambda: PageIndex(payment_keys, ev.ClaimsPaid.kind))
    _specifics: tuple[SpecificPolicy, ...] | None = None
    _aggregates: tuple[AggregatePolicy, ...] | None = None
    accumulators: Accumulators = field(default_factory=Accumulators)
    screened: tuple[int, Lines, date | None, object] | None = None  # what ledger.screening remembers

    # --- questions that decide asks ---------------------------------------------------------------------------

    def year_of(self, day: date) -> int:
        """The plan year in which a business date falls."""
        assert self.registered is not None
        return plan_year_of(day, self.registered.year_start_month, self.registered.year_start_day)

    def year_starts(self, year: int) -> date:
        """The first day of a plan year."""
        assert self.registered is not None
        return date(year, self.registered.year_start_month, self.registered.year_start_day)

    def arrangement(self, on: date) -> ArrangementTerms:
        """The arrangement in force on a date (the first one for dates before it)."""
        found = ArrangementTerms()
        for index, (start, terms) in enumerate(sorted(self.arrangements, key=lambda item: item[0])):
            if index == 0 or start <= on:
                found = terms
        return found

    def first_open_day(self, day: date) -> date:
        """The day itself, or the first day of the next month that is not closed."""
        while month_of(day) in self.closed:
            day = add_months(day.replace(day=1), 1)
        return day

    def line_pages(self) -> list[Lines]:
        """All lines of the plan, page by page in recorded order, then the recoveries that stand."""
        return with_recoveries([page.lines for page in self.pages], list(self.recoveries.values()))

    def lines_of_people(self, name: str, keys: npt.NDArray[np.bytes_]) -> list[Lines]:
        """The lines of some people (``name`` is the column of their keys) in recorded order, and hardly any other.

        When the people are many, all lines; else only the columns that stop-loss looks at (of the two keys the one
        named). Without recoveries.
        """
        if keys.size * 8 > sum(page.lines.count for page in self.pages):
            return [page.lines for page in self.pages]
        index = self._members if name == "member" else self._families
        rows: dict[int, list[npt.NDArray[np.int64]]] = {}
        for page, _, _, found in index.found(self.pages, text_keys(keys)):
            rows.setdefault(page.version, []).append(found)
        pages = [(page.lines, np.unique(np.concatenate(rows[page.version]))) for page in self._at(sorted(rows))]
        columns = {of: [page[of][at] for page, at in pages] for of in (name, *LOOKED_AT)}
        return [Lines({of: np.concatenate(parts) for of, parts in columns.items()}) if pages else Lines({}, 0)]

    def _at(self, versions: list[int]) -> list[Page]:
        return [page for version in versions if (page := self.page(version)) is not None]

    def specific_policies(self) -> tuple[SpecificPolicy, ...]:
        """The specific policies with their lasers; the same tuple until terms change."""
        if self._specifics is None:
            self._specifics = tuple(
                SpecificPolicy(
                    policy=bound.policy,
                    effective=bound.effective,
                    expires=bound.expires,
                    terms=bound.specific,
                    lasers=tuple(self.lasers.get(bound.policy, ())),
                    rounding=self.arrangement(bound.effective).rounding,
                )
                for bound in self.policies.values()
                if bound.specific is not None
            )
        return self._specifics

    def aggregate_policies(self) -> tuple[AggregatePolicy, ...]:
        """The aggregate policies with their factors; the same tuple until terms change."""
        if self._aggregates is None:
            self._aggregates = tuple(
                AggregatePolicy(
                    policy=bound.policy,
                    effective=bound.effective,
                    expires=bound.expires,
                    terms=bound.aggregate,
                    factors=tuple(self.factors.get(bound.policy, ())),
                    rounding=self.arrangement(bound.effective).rounding,
                )
                for bound in self.policies.values()
                if bound.aggregate is not None
            )
        return self._aggregates

    def budget_by_month(self) -> dict[str, int]:
        """Budgeted amounts by calendar month, over all plan years."""
        return {month.month: month.amount for _, budget in self.budgets.values() for month in budget.months}

    def rebates_of(self, year: int, on: date) -> dict[date, int]:
        """Pharmacy rebates of a plan year that came in by a day and stand, by the day they came in."""
        found: dict[date, int] = {}
        for version, event in self.correctable.items():
            if not isinstance(event, ev.RebateReceived) or version in self.corrected:
                continue
            if event.year == year and event.effective_on <= on:
                found[event.effective_on] = found.get(event.effective_on, 0) + event.amount
        return found

    def find(self, lines: Lines) -> npt.NDArray[np.int64]:
        """For each line the number of the recorded line with the same identity, counted over all pages, or -1."""
        found = np.full(lines.count, -1, dtype=np.int64)
        for page, first, places, rows in self._identities.found(self.pages, lines["identity"]):
            mine = lines.take(places)
            agreed = same_identities(mine, np.arange(mine.count), page.lines.aside(), rows) & (found[places] < 0)
            found[places[agreed][::-1]] = (rows[agreed] + first)[::-1]
        return found

    def same_payments(self, lines: Lines, places: npt.NDArray[np.int64]) -> dict[int, list[tuple[Page, int]]]:
        """For some lines the recorded payments (page and line) of the same claim, line, paid date and reference."""
        found: dict[int, list[tuple[Page, int]]] = {}
        if not self.pages or not places.size:
            return found
        some = lines if places.size == lines.count else lines.take(places)
        for page, _, at, rows in self._payments.found(self.pages, payment_keys(some)):
            mine, theirs = lines.take(places[at]), page.lines.aside().take(rows)
            equal = np.logical_and.reduce([mine[name] == theirs[name] for name in OF_A_PAYMENT])
            for place, row in zip(places[at][equal].tolist(), rows[equal].tolist(), strict=True):
                found.setdefault(place, []).append((page, row + 1))
        return found

    def payments_of(self, claim_ids: npt.NDArray[np.bytes_]) -> dict[bytes, list[tuple[Page, int]]]:
        """Recorded payments and reissues of these claims: claim id to (page, line)."""
        found: dict[bytes, list[tuple[Page, int]]] = {}
        if not claim_ids.size:
            return found
        for page in self.pages:
            if page.kind in ("claims-paid", "payments-reissued"):
                looked_at = replace(page, lines=page.lines.aside())
                column = looked_at.lines["claim_id"]
                for row in np.flatnonzero(among(column, claim_ids)):
                    found.setdefault(bytes(column[row]), []).append((looked_at, int(row) + 1))
        return found

    def page(self, version: int) -> Page | None:
        """The page recorded as this version of the plan."""
        at = bisect_left(self.pages, version, key=lambda page: page.version)
        return self.pages[at] if at < len(self.pages) and self.pages[at].version == version else None

    def open_amount(self, page: Page, line: int) -> int:
        """What is left of a payment after voids and refunds, minor units."""
        taken = self.taken.get((page.version, line), Taken())
        return int(page.lines["amount"][line - 1]) - taken.voided - taken.refunded

    def open_eligible(self, page: Page, line: int) -> int:
        """What stop-loss still accepts of a payment after voids and refunds, minor units."""
        taken = self.taken.get((page.version, line), Taken())
        return int(page.lines["eligible"][line - 1]) - taken.eligible

    def row(self, number: int) -> tuple[Page, int]:
        """The page and row (from 0) of a line counted over all pages."""
        return self._identities.row(number)

    # --- what happened ----------------------------------------------------------------------------------------

    def apply(self, recorded: Recorded) -> None:
        """Remember an event."""
        self.version = recorded.version
        self.screened = None
        self.proposals.apply(recorded)
        event = recorded.event
        if isinstance(event, ev.Page):
            self._apply_page(recorded, event)
        elif isinstance(event, (ev.MoneyEvent, ev.SubrogationRecovered, ev.ProviderAdjustmentHeld)):
            self.correctable[recorded.version] = event
            if isinstance(event, ev.SubrogationRecovered):
                self.references.add(event.recovery_id)
                self.recoveries[recorded.version] = event
            elif isinstance(event, ev.MoneyEvent) and event.reference:
                self.money[money_key(event)] = event.amount
        elif not self._apply_terms(recorded, event):
            self._apply_business(recorded, event)

    def _apply_page(self, recorded: Recorded, event: ev.Page) -> None:
        page = Page(recorded.version, recorded.position, event.kind, event.lines)
        self.pages.append(page)
        if isinstance(event, ev.ClaimsPaid):
            return
        originals = event.lines["original_version"]
        rows = np.flatnonzero(originals)
        columns = (originals, *(event.lines[name] for name in ("original_line", "amount", "eligible")))
        for version, line, amount, eligible in zip(*(column[rows].tolist() for column in columns), strict=True):
            taken = self.taken.setdefault((version, line), Taken())
            if isinstance(event, ev.PaymentsReissued):
                taken.reissued = True
                continue
            taken.eligible -= eligible
            if isinstance(event, ev.ClaimPaymentsVoided):
                taken.voided -= amount
                taken.voided_by = recorded.position
            else:
                taken.refunded -= amount

    def _apply_terms(self, recorded: Recorded, event: ev.Event) -> bool:
        match event:
            case ev.PlanRegistered():
                self.registered = event
            case ev.FundingArrangementSet():
                self.arrangements.append((event.from_date, event.terms))
            case ev.PlanYearOpened():
                self.years[event.year] = event
            case ev.BudgetSet():
                self.budgets[event.year] = (recorded.version, event)
            case ev.EnrollmentRecorded():
                self.enrollment[event.month] = {count.tier: count.lives for count in event.counts}
            case ev.StopLossPolicyBound():
                self.policies[event.policy] = event
            case ev.AggregateFactorSet():
                self.factors.setdefault(event.policy, []).append(
                    Factor(event.tier, event.coverage, event.factor, event.from_month)
                )
            case ev.LaserSet():
                self.lasers.setdefault(event.policy, []).append(event.laser)
            case ev.LaserRemoved():
                held = self.lasers.get(event.policy, [])
                self.lasers[event.policy] = removed(held, event.member, event.from_date)
            case _:
                return False
        self._specifics = self._aggregates = None
        self.accumulators.terms_changed()
        return True

    def _apply_business(self, recorded: Recorded, event: ev.Event) -> None:
        match event:
            case ev.CheckRegisterReceived():
                self.registers.add(event.register_id)
            case ev.StopLossTriggered():
                self.triggered.add((event.policy, event.member))
            case ev.StopLossClaimFiled():
                self.filings[event.filing] = Filing(event.policy, event.member, event.amount)
            case ev.ReimbursementReceived() | ev.ReimbursementReturned():
                self.filings[event.filing].apply(event)
                self.correctable[recorded.version] = event
            case (
                ev.StopLossClaimDecided() | ev.StopLossClaimAcknowledged() | ev.StopLossInformationRequested()
                | ev.StopLossClaimAppealed() | ev.StopLossClaimWrittenOff()
            ):  # fmt: skip
                self.filings[event.filing].apply(event)
            case ev.SpecificAdvanceFunded():
                self.advances[event.advance] = (event, event.amount)
            case ev.SpecificAdvanceReturned():
                funded, left = self.advances[event.advance]
                self.advances[event.advance] = (funded, left - event.amount)
            case ev.Accommodation():
                moved = event.amount if isinstance(event, ev.AccommodationAdvanced) else -event.amount
                self.accommodated[event.policy] = self.accommodated.get(event.policy, 0) + moved
            case ev.AggregateFinalized():
                self.finalized[event.policy] = event
            case ev.StopLossNoticeSent():
                self.notices.add(event.notice)
            case ev.PeriodClosed():
                self.closed[event.month] = Closed(recorded.position, recorded.actor, recorded.recorded_at)
            case ev.PeriodReopened():
                self.closed.pop(event.month, None)
            case ev.SettlementPosted():
                self.settlements.setdefault(event.year, []).append(event)
            case ev.Disposition():
                self.disposed[event.year] = self.disposed.get(event.year, 0) + event.signed
            case ev.ImportBatchAccepted():
                self.files[event.file_sha256] = recorded.position
            case ev.ActorEnrolled() | ev.RoleGranted() | ev.RoleRevoked():
                self.people.apply(event)
            case ev.ApprovalsSet():
                self.approvals = event.terms
            case ev.MemberKeyErased() | ev.LegalHoldSet() | ev.LegalHoldReleased():
                self.custody.apply(recorded, event)
            case ev.CorrectionPosted():
                self.corrected.add(event.corrects_version)
                self.recoveries.pop(event.corrects_version, None)
                gone = self.correctable.get(event.corrects_version)
                if isinstance(gone, ev.MoneyEvent) and gone.reference:
                    self.money.pop(money_key(gone), None)
                if isinstance(gone, (ev.ReimbursementReceived, ev.ReimbursementReturned)):
                    self.filings[gone.filing].take_back(gone)
            case _:
                return  # Declarations, dispositions and refusals of files change nothing that is decided upon.


def money_key(event: ev.MoneyEvent) -> tuple[str, str, str, date]:
    """What tells two receipts or charges apart: kind, what it is for, reference and date."""
    what = getattr(event, "policy", "") or getattr(event, "fee_type", "") or getattr(event, "program", "")
    return event.kind, str(what), event.reference, event.effective_on
