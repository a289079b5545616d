"""The stop-loss registers of a plan year: who is over, what was filed and paid, and the plan against its
attachment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_of
from ledger.gains import chosen, grouped_lines, summed
from ledger.lines import RELATIONSHIPS, Lines
from ledger.money import rate, share
from ledger.on_demand import OnDemand
from ledger.policies import contract_window, covered_lines, in_window
from ledger.stop_loss import AggregatePosition, MemberPosition, SpecificPolicy, SpecificPosition
from projections.carriers import (
    Claimable,
    Settled,
    aggregates,
    filings_of,
    prior_reimbursed,
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
    """The specific register of a plan year and, a policy each, what the position recognises.

    ``rows`` are everybody. ``notable`` are those of them at the notice level or over, excluded, or with a filing,
    an advance or money of an earlier policy: whoever a list or a notice can be about.
    """

    year: int
    as_of: date
    rows: Sequence[SpecificRow]
    notable: tuple[SpecificRow, ...]
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
    parts = [
        _Part.of(history, policy, found, own[policy.policy], as_of)
        for policy, found in specifics(history, year, as_of, pages)
    ]
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))

    def row(at: int) -> SpecificRow:
        place = bisect_right(starts, at) - 1
        return parts[place].row(at - starts[place])

    notable = tuple(part.row(at) for part in parts for at in part.notable())
    names = {policy.policy for policy in history.specific_policies(year)}
    recognised = tuple(due for due in receivables(history, year, as_of) if due.policy in names)
    return SpecificRegister(year, as_of, OnDemand(starts[-1], row), notable, _total(parts, notable), recognised)


_OF_FILINGS = ("filed", "approved", "received", "advanced", "written_off", "outstanding", "due", "receivable",
               "due_to_carrier")  # fmt: skip


def _total(parts: Sequence[_Part], notable: Sequence[SpecificRow]) -> SpecificTotal:
    """The sums of all rows; on those that are not notable nothing is filed, received or due."""
    return SpecificTotal(
        members_over=sum(row.excess > 0 for row in notable),
        paid=sum(part.paid() for part in parts),
        eligible_paid=sum(part.found.eligible for part in parts),
        excess=sum(part.found.excess for part in parts),
        absorbed=sum(part.found.absorbed for part in parts),
        reimbursable=sum(part.found.reimbursable for part in parts),
        **{name: sum(getattr(row, name) for row in notable) for name in _OF_FILINGS},
    )


@dataclass(frozen=True, slots=True)
class _About:
    """What the lines of a member under a policy say beside what counts."""

    paid: int
    first_incurred: date
    relation: str


@dataclass(frozen=True, slots=True)
class _Lines:
    """Of everybody with a line inside the windows: the net paid, the first incurred day, the relation last said."""

    unit: str
    places: dict[str, int]
    paid: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]

    def about(self, name: str) -> _About | None:
        """What they say of one member."""
        at = self.places.get(name)
        if at is None:
            return None
        relation = RELATIONSHIPS[int(self.last[at])] if self.unit == "person" else self.unit
        return _About(int(self.paid[at]), day_of(int(self.first[at])), relation)


@dataclass(frozen=True, slots=True)
class _Part:
    """A policy with everybody that has a line that counts, then those for whom something came in and nothing counts
    (any more).
    """

    policy: SpecificPolicy
    as_of: date
    found: SpecificPosition
    lines: _Lines
    settled: Settled
    filings: dict[str, list[Filing]]
    triggered: dict[str, date]
    earlier: dict[str, int]
    others: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, history: History, policy: SpecificPolicy, found: SpecificPosition, own: Sequence[Lines], as_of: date
    ) -> _Part:
        """Filings and triggers looked up once for everybody."""
        settled = Settled.under(history, policy.policy, as_of)
        filings: dict[str, list[Filing]] = {}
        for filing in filings_of(history, policy.policy, as_of):
            filings.setdefault(filing.event.member, []).append(filing)
        triggered: dict[str, date] = {}
        for each in history.facts.triggers:
            if each.policy == policy.policy and each.triggered_on <= as_of:
                triggered[each.member] = min(each.triggered_on, triggered.get(each.member, date.max))
        seen = set(found.found.keys) if settled.members() else set()
        others = [name for name in settled.members() if name not in seen]
        earlier = prior_reimbursed(history, policy, as_of)
        return cls(policy, as_of, found, _lines(policy, own), settled, filings, triggered, earlier, others)

    def __len__(self) -> int:
        return len(self.found.members) + len(self.others)

    def row(self, at: int) -> SpecificRow:
        """The row at a place."""
        if at < len(self.found.members):
            member = self.found.members[at]
        else:
            name = self.others[at - len(self.found.members)]
            member = MemberPosition(name, 0, 0, self.policy.terms.deductible, False, 0, 0, 0, None)
        name = member.member
        return _row(
            self.policy, member, self.lines.about(name), self.filings.get(name, ()), self.settled,
            self.triggered.get(name), self.as_of,
        )  # fmt: skip

    def notable(self) -> list[int]:
        """The places of whoever a list or a notice can be about."""
        found = self.found.found
        levels, place = np.unique(found.deductible, return_inverse=True)
        near = np.array([_near(self.policy, level) for level in levels.tolist()], dtype=np.int64)[place]
        chosen = (found.eligible >= near) | found.excluded | (found.excess > 0)
        named = {*self.settled.members(), *self.filings, *self.earlier}
        if named:
            chosen |= np.array([key in named for key in found.keys], dtype=np.bool_)
        return [*np.flatnonzero(chosen).tolist(), *range(len(found.keys), len(self))]

    def paid(self) -> int:
        """The net paid of all rows."""
        if not self.others and len(self.lines.places) == len(self.found.found.keys):
            return int(self.lines.paid.sum())
        names = [*self.found.found.keys, *self.others]
        return sum(int(self.lines.paid[self.lines.places[name]]) for name in names if name in self.lines.places)


def _lines(policy: SpecificPolicy, own: Sequence[Lines]) -> _Lines:
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    masks = [in_window(held, policy.terms, page) & covered_lines(policy.terms.covered, page) for page in own]
    names, place = grouped_lines(own, masks, "member" if policy.terms.unit == "person" else "family")
    amount, incurred, relation = (
        chosen(own, masks, itemgetter(name)) for name in ("amount", "incurred_on", "relationship")
    )
    first = np.full(len(names), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(first, place, incurred.astype(np.int64))
    last = np.zeros(len(names), dtype=np.int64)
    said = relation != 0
    last[place[said]] = relation[said]
    places = {name: at for at, name in enumerate(names)}
    return _Lines(policy.terms.unit, places, summed(place, amount, len(names)), first, last)


def _near(policy: SpecificPolicy, deductible: int) -> int:
    return share(deductible, rate(policy.terms.notice_at), policy.rounding)


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
    return "notice" if member.eligible >= _near(policy, member.deductible) else "below notice"


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
        final = history.policy_ended(policy, as_of) and found.known
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
