"""What one plan's recorded events say, gathered once: facts, pages and transfers. Shared: every projection
may use it.

``until`` cuts by event number (known at); business dates are cut by whoever asks. An event that a correction
took back leaves no fact; its money and lines stay, with the opposite sign on the correction's date beside
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from ledger import events as e
from ledger.calendar import day_number
from ledger.filing import Filing as Standing
from ledger.gains import numbered
from ledger.levels import removed
from ledger.lines import Lines, side_by_side
from ledger.money import Rounding
from ledger.recorded import Recorded
from ledger.recoveries import with_recoveries
from ledger.stop_loss import AggregatePolicy, Factor, SpecificPolicy, year_end
from ledger.terms import ArrangementTerms, Laser
from projections.postings import Books, Transfers, joined, post


@dataclass(frozen=True, slots=True)
class PageAt:
    """A page of lines where it was recorded; ``correcting`` is set when it takes another page back."""

    position: int
    version: int
    kind: str
    register_id: str
    lines: Lines
    correcting: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the carrier paid on a filing; negative on the day a correction took it back."""

    received_on: date
    amount: int
    overpayment: int


@dataclass(slots=True)
class Filing:
    """A claim on a carrier with its decision and receipts."""

    filed: Recorded
    event: e.StopLossClaimFiled
    decisions: list[e.StopLossClaimDecided] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    moves: list[tuple[date, e.Event, bool]] = field(default_factory=list)

    def received(self, as_of: date) -> int:
        """What the carrier paid by a date."""
        return sum(receipt.amount for receipt in self.receipts if receipt.received_on <= as_of)

    def decision(self, as_of: date) -> e.StopLossClaimDecided | None:
        """The decision, if taken by a date."""
        return next((d for d in reversed(self.decisions) if d.decided_on <= as_of), None)

    def standing(self, as_of: date) -> Standing:
        """How the filing stood on a date: state, receivable, denied and written off (domain 5.8)."""
        found = Standing(self.event.policy, self.event.member, self.event.amount)
        for on, event, taken_back in self.moves:
            if on <= as_of:
                (found.take_back if taken_back else found.apply)(event)
        return found


@dataclass(slots=True)
class Facts:
    """What is in force; later facts replace earlier ones of the same name."""

    plan: e.PlanRegistered | None = None
    arrangements: list[e.FundingArrangementSet] = field(default_factory=list)
    years: dict[int, e.PlanYearOpened] = field(default_factory=dict)
    budgets: dict[int, e.BudgetSet] = field(default_factory=dict)
    enrollment: dict[str, Mapping[str, int]] = field(default_factory=dict)
    policies: dict[str, e.StopLossPolicyBound] = field(default_factory=dict)
    lasers: dict[str, list[Laser]] = field(default_factory=dict)
    factors: dict[str, list[Factor]] = field(default_factory=dict)
    filings: dict[str, Filing] = field(default_factory=dict)
    advances: dict[str, e.SpecificAdvanceFunded] = field(default_factory=dict)
    advances_returned: list[e.SpecificAdvanceReturned] = field(default_factory=list)
    accommodations: list[e.Accommodation] = field(default_factory=list)
    finalized: dict[str, e.AggregateFinalized] = field(default_factory=dict)
    notices: dict[str, e.StopLossNoticeSent] = field(default_factory=dict)
    unplaced: list[Receipt] = field(default_factory=list)
    triggers: list[e.StopLossTriggered] = field(default_factory=list)
    closed: dict[str, Recorded] = field(default_factory=dict)
    settlements: dict[str, e.SettlementPosted] = field(default_factory=dict)
    dispositions: list[tuple[Recorded, e.Disposition]] = field(default_factory=list)
    registers: dict[str, e.CheckRegisterReceived] = field(default_factory=dict)
    imports: dict[str, e.ImportBatchAccepted] = field(default_factory=dict)
    refused_imports: list[e.ImportBatchRefused] = field(default_factory=list)

    def take(self, recorded: Recorded) -> None:
        """Remember one event; events that hold only money or lines are not facts."""
        taker = _TAKERS.get(type(recorded.event))
        if taker is not None:
            taker(self, recorded, recorded.event)
        elif isinstance(recorded.event, e.Disposition):
            self.dispositions.append((recorded, recorded.event))


def _received(facts: Facts, _recorded: Recorded, event: e.ReimbursementReceived) -> None:
    filing = facts.filings.get(event.filing)
    receipt = Receipt(event.received_on, event.amount, event.overpayment)
    (filing.receipts if filing else facts.unplaced).append(receipt)
    if filing:
        filing.moves.append((event.received_on, event, False))


def _returned(facts: Facts, _recorded: Recorded, event: e.ReimbursementReturned) -> None:
    filing = facts.filings.get(event.filing)
    receipt = Receipt(event.returned_on, -event.amount, -event.of_overpayment)
    (filing.receipts if filing else facts.unplaced).append(receipt)
    if filing:
        filing.moves.append((event.returned_on, event, False))


def _taken_back(facts: Facts, event: e.ReimbursementReceived | e.ReimbursementReturned, on: date) -> None:
    filing = facts.filings.get(event.filing)
    if isinstance(event, e.ReimbursementReceived):
        receipt = Receipt(on, -event.amount, -event.overpayment)
    else:
        receipt = Receipt(on, event.amount, event.of_overpayment)
    (filing.receipts if filing else facts.unplaced).append(receipt)
    if filing:
        filing.moves.append((on, event, True))


def _mover(day: str) -> Callable[..., None]:
    def take(facts: Facts, _recorded: Recorded, event: Any) -> None:
        if filing := facts.filings.get(event.filing):
            filing.moves.append((getattr(event, day), event, False))

    return take


def _decided(facts: Facts, _recorded: Recorded, event: e.StopLossClaimDecided) -> None:
    if filing := facts.filings.get(event.filing):
        filing.decisions.append(event)
        filing.moves.append((event.decided_on, event, False))


def _factor(facts: Facts, _recorded: Recorded, event: e.AggregateFactorSet) -> None:
    made = Factor(event.tier, event.coverage, event.factor, event.from_month)
    same = (made.tier, made.coverage, made.from_month)
    others = [f for f in facts.factors.get(event.policy, []) if (f.tier, f.coverage, f.from_month) != same]
    facts.factors[event.policy] = [*others, made]


def _removed_laser(facts: Facts, _recorded: Recorded, event: e.LaserRemoved) -> None:
    facts.lasers[event.policy] = removed(facts.lasers.get(event.policy, ()), event.member, event.from_date)


def _taker(name: str, key: str) -> Callable[..., None]:
    def take(facts: Facts, _recorded: Recorded, event: e.Event) -> None:
        getattr(facts, name)[getattr(event, key)] = event

    return take


_TAKERS: Mapping[type[e.Event], Callable[..., None]] = {
    e.PlanRegistered: lambda facts, _recorded, event: setattr(facts, "plan", event),
    e.FundingArrangementSet: lambda facts, _recorded, event: facts.arrangements.append(event),
    e.PlanYearOpened: _taker("years", "year"),
    e.BudgetSet: _taker("budgets", "year"),
    e.BudgetRevised: _taker("budgets", "year"),
    e.EnrollmentRecorded: lambda facts, _recorded, event: facts.enrollment.update(
        {event.month: {count.tier: count.lives for count in event.counts}}
    ),
    e.StopLossPolicyBound: _taker("policies", "policy"),
    e.LaserSet: lambda facts, _recorded, event: facts.lasers.setdefault(event.policy, []).append(event.laser),
    e.LaserRemoved: _removed_laser,
    e.AggregateFactorSet: _factor,
    e.StopLossClaimFiled: lambda facts, recorded, event: facts.filings.update({event.filing: Filing(recorded, event)}),
    e.StopLossClaimDecided: _decided,
    e.ReimbursementReceived: _received,
    e.ReimbursementReturned: _returned,
    e.StopLossClaimAcknowledged: _mover("acknowledged_on"),
    e.StopLossInformationRequested: _mover("requested_on"),
    e.StopLossClaimAppealed: _mover("appealed_on"),
    e.StopLossClaimWrittenOff: _mover("written_off_on"),
    e.SpecificAdvanceFunded: _taker("advances", "advance"),
    e.SpecificAdvanceReturned: lambda facts, _recorded, event: facts.advances_returned.append(event),
    e.AccommodationAdvanced: lambda facts, _recorded, event: facts.accommodations.append(event),
    e.AccommodationRepaid: lambda facts, _recorded, event: facts.accommodations.append(event),
    e.AggregateFinalized: _taker("finalized", "policy"),
    e.StopLossNoticeSent: _taker("notices", "notice"),
    e.StopLossTriggered: lambda facts, _recorded, event: facts.triggers.append(event),
    e.PeriodClosed: lambda facts, recorded, event: facts.closed.update({event.month: recorded}),
    e.PeriodReopened: lambda facts, _recorded, event: facts.closed.pop(event.month, None),
    e.SettlementPosted: _taker("settlements", "settlement"),
    e.CheckRegisterReceived: _taker("registers", "register_id"),
    e.ImportBatchAccepted: _taker("imports", "file_sha256"),
    e.ImportBatchRefused: lambda facts, _recorded, event: facts.refused_imports.append(event),
}


SMALL = 20_000


class History:
    """One plan's history up to an event number: ``facts``, ``pages``, ``transfers``, and every event by its
    numbers.
    """

    def __init__(self, records: Iterable[Recorded], *, until: int | None = None) -> None:
        self.records: tuple[Recorded, ...] = tuple(
            sorted((r for r in records if until is None or r.position <= until), key=lambda r: r.version)
        )
        if len({r.plan for r in self.records}) > 1:
            raise ValueError("a history is of one plan")
        self.by_version = {r.version: r for r in self.records}
        self.by_position = {r.position: r for r in self.records}
        self.facts = Facts()
        self.corrections = self._live_corrections()
        for recorded in self.records:
            self._take(recorded)
        self.books = self._books()
        self.worked_out: dict[Any, Any] = {}
        self.pages: tuple[PageAt, ...] = self._pages()

    @cached_property
    def transfers(self) -> Transfers:
        """Every transfer of every line, with its member."""
        return joined([post(recorded, self.books) for recorded in self.records])

    @cached_property
    def member_names(self) -> tuple[str, ...]:
        """The members by the index that transfers have."""
        assert self.transfers is not None  # Posting names the members.
        return tuple(name.decode() for name in self.books.members if name)

    @cached_property
    def daily(self) -> Transfers:
        """The same transfers with each page summed by plan year and day."""
        books = self._books(daily=True)
        return joined([post(recorded, books) for recorded in self.records])

    @property
    def last_position(self) -> int:
        """The number of the newest event, 0 when there is none."""
        return self.records[-1].position if self.records else 0

    def until(self, position: int | None) -> History:
        """The same plan as known at an event number."""
        return self if position is None or position >= self.last_position else History(self.records, until=position)

    def _live_corrections(self) -> dict[int, int]:
        """Which event (version) was taken back by which."""
        found: dict[int, int] = {}
        for recorded in reversed(self.records):
            if isinstance(recorded.event, e.CorrectionPosted) and recorded.version not in found:
                found[recorded.event.corrects_version] = recorded.version
        return found

    def _take(self, recorded: Recorded) -> None:
        """Facts count unless taken back; a receipt taken back counts until the day of its correction."""
        by = self.by_version.get(self.corrections.get(recorded.version, 0))
        dated = isinstance(recorded.event, (e.ReimbursementReceived, e.ReimbursementReturned))
        if by is None or dated:
            self.facts.take(recorded)
        if by is not None and isinstance(recorded.event, (e.ReimbursementReceived, e.ReimbursementReturned)):
            assert isinstance(by.event, e.CorrectionPosted)
            _taken_back(self.facts, recorded.event, by.event.effective_on)

    def _books(self, *, daily: bool = False) -> Books:
        """Books with what the facts say of years and attribution."""
        books, plan = Books(daily=daily), self.facts.plan
        if plan is not None:
            books.start_month, books.start_day = plan.year_start_month, plan.year_start_day
        books.opened = {year: event.starts_on for year, event in self.facts.years.items()}
        books.attributions = [(a.from_date, a.terms.attribution) for a in self.facts.arrangements]
        return books

    def _pages(self) -> tuple[PageAt, ...]:
        made: dict[int, PageAt] = {}
        for recorded in self.records:
            event = recorded.event
            if isinstance(event, e.Page):
                made[recorded.version] = PageAt(
                    recorded.position, recorded.version, event.kind, event.register_id, event.lines
                )
            elif isinstance(event, e.CorrectionPosted) and (old := made.get(event.corrects_version)):
                lines = _negated(old.lines, event.effective_on)
                made[recorded.version] = PageAt(
                    recorded.position, recorded.version, old.kind, old.register_id, lines, True
                )
        return tuple(made.values())

    def year_span(self, year: int) -> tuple[date, date]:
        """The first and last day of a plan year, as opened or by the plan's year start."""
        opened = self.facts.years.get(year)
        if opened is not None:
            return opened.starts_on, opened.ends_on
        return self.books.start_of(year), self.books.start_of(year + 1) - timedelta(days=1)

    def arrangement(self, year: int) -> ArrangementTerms:
        """The arrangement in force on the last day of a plan year; the default when none was set."""
        last = self.year_span(year)[1]
        known = sorted((a for a in self.facts.arrangements if a.from_date <= last), key=lambda a: a.from_date)
        return known[-1].terms if known else ArrangementTerms()

    def pages_until(self, as_of: date) -> list[Lines]:
        """Every page with the lines booked by a date, corrections included."""
        return _booked([page.lines for page in self.pages], as_of)

    def lines_until(self, as_of: date) -> list[Lines]:
        """The lines booked by a date in recorded order, small pages joined, then the recoveries that stand."""
        return with_recoveries(_booked(self._gathered, as_of), self.recoveries_until(as_of))

    @cached_property
    def _gathered(self) -> tuple[Lines, ...]:
        """The lines of all pages; runs of small pages are one, since each page costs as much as thousands of lines.

        Members are told apart once for every report, date and policy that is asked of this history.
        """
        made: list[list[Lines]] = [[]]
        for page in self.pages:
            if made[-1] and (page.lines.count > SMALL or sum(lines.count for lines in made[-1]) > SMALL):
                made.append([])
            made[-1].append(page.lines)
        return numbered([run[0] if len(run) == 1 else side_by_side(run) for run in made if run])

    def recoveries_until(self, as_of: date) -> list[e.SubrogationRecovered]:
        """What third parties paid by a date and no correction took back by then."""
        return [
            recorded.event
            for recorded in self.records
            if isinstance(recorded.event, e.SubrogationRecovered)
            and recorded.event.received_on <= as_of
            and not self._taken_back(recorded, as_of)
        ]

    def _taken_back(self, recorded: Recorded, as_of: date) -> bool:
        by = self.by_version.get(self.corrections.get(recorded.version, 0))
        return by is not None and isinstance(by.event, e.CorrectionPosted) and by.event.effective_on <= as_of

    def specific_policies(self, year: int | None = None) -> list[SpecificPolicy]:
        """Specific policies whose effective date falls in a plan year (or all)."""
        return [
            SpecificPolicy(
                name,
                b.effective,
                b.expires,
                b.specific,
                tuple(self.facts.lasers.get(name, ())),
                self._mode(b),
            )
            for name, b in self.facts.policies.items()
            if b.specific is not None and (year is None or self._in_year(b.effective, year))
        ]

    def aggregate_policies(self, year: int | None = None) -> list[AggregatePolicy]:
        """Aggregate policies whose effective date falls in a plan year (or all)."""
        return [
            AggregatePolicy(
                name,
                b.effective,
                b.expires,
                b.aggregate,
                tuple(self.facts.factors.get(name, ())),
                self._mode(b),
            )
            for name, b in self.facts.policies.items()
            if b.aggregate is not None and (year is None or self._in_year(b.effective, year))
        ]

    def closed_by(self, month: str) -> Recorded | None:
        """The closing of a calendar month, if it was closed."""
        return self.facts.closed.get(month)

    def policy_ended(self, policy: AggregatePolicy | SpecificPolicy, as_of: date) -> bool:
        """Whether the policy year is over."""
        return year_end(policy.effective, policy.expires) <= as_of

    def _in_year(self, day: date, year: int) -> bool:
        first, last = self.year_span(year)
        return first <= day <= last

    def _mode(self, bound: e.StopLossPolicyBound) -> Rounding:
        held = [a for a in self.facts.arrangements if a.from_date <= bound.effective]
        return held[-1].terms.rounding if held else ArrangementTerms().rounding


def _negated(lines: Lines, on: date) -> Lines:
    columns = {name: -lines[name] for name in ("amount", "eligible", "interest", "surcharge", "billed")}
    return lines.replaced(**columns, booked_on=np.full(lines.count, day_number(on), dtype=np.int64))


def _booked(pages: Iterable[Lines], as_of: date) -> list[Lines]:
    limit = day_number(as_of)
    masks = ((lines, lines["booked_on"] <= limit) for lines in pages)
    return [lines if mask.all() else lines.take(mask) for lines, mask in masks]
