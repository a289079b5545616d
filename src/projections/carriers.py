"""What carriers owe: stop-loss positions of a plan year and the receivable. Shared: position and stop-loss
report use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ledger.calendar import day_number, day_of
from ledger.lines import Lines
from ledger.stop_loss import (
    AggregatePolicy,
    AggregatePosition,
    MissingFactor,
    SpecificPolicy,
    SpecificPosition,
    Specifics,
    aggregate_position,
    own_pages,
    policy_of_lines,
    specific_position,
)
from projections.accounts import Account
from projections.history import Filing, History


@dataclass(frozen=True, slots=True)
class Claimable:
    """What is recognised under one policy, what came in, and what is still due from or to the carrier."""

    policy: str
    recognised: int
    received: int
    receivable: int
    due_to_carrier: int


def specifics(
    history: History, year: int, as_of: date, pages: Sequence[Lines]
) -> list[tuple[SpecificPolicy, SpecificPosition]]:
    """Each specific policy of a plan year with its position; a line counts under one policy only (INV-20).

    ``pages`` are the lines of the history until ``as_of``.
    """
    policies = history.specific_policies()
    wanted = {policy.policy for policy in history.specific_policies(year)}
    earlier = {name: prior_reimbursed(history, p, as_of) for p in policies if (name := p.policy) in wanted}
    # One report asks several times, also as of dates between which nothing was booked. Pages are cut by their date
    # booked, so how many lines each has left says which; recoveries can come and go, so they are named.
    cut = tuple(page.count for page in pages), repr(history.recoveries_until(as_of))
    key = ("specifics", year, cut, repr(policies), repr(earlier))
    if key not in history.worked_out:
        history.worked_out[key] = [
            (policy, specific_position(policy, own, prior_reimbursed=earlier[policy.policy]))
            for policy, own in zip(policies, own_pages(policies, pages), strict=True)
            if policy.policy in wanted
        ]
    found: list[tuple[SpecificPolicy, SpecificPosition]] = history.worked_out[key]
    return found


def aggregates(
    history: History, year: int, as_of: date, pages: Sequence[Lines]
) -> list[tuple[AggregatePolicy, AggregatePosition]]:
    """Each aggregate policy of a plan year with its position; a line counts under one policy only (INV-20)."""
    policies = history.aggregate_policies()
    wanted = {policy.policy for policy in history.aggregate_policies(year)}
    budget = history.facts.budgets.get(year)
    months = {month.month: month.amount for month in budget.months} if budget else {}
    following = history.facts.budgets.get(year + 1)
    months |= {m.month: m.amount for m in following.months if m.month not in months} if following else {}
    return [
        (
            policy,
            aggregate_position(
                policy,
                own,
                enrollment=history.facts.enrollment,
                budget=months,
                specifics=beside(history, year, pages),
                rebates=_rebates(history, year, as_of),
                as_of=as_of,
            ),
        )
        for policy, own in zip(policies, own_pages(policies, pages), strict=True)
        if policy.policy in wanted
    ]


def beside(history: History, year: int, pages: Sequence[Lines]) -> Specifics:
    """The specific policies beside an aggregate of a plan year; ``pages`` are all lines of the plan."""
    return Specifics(history.specific_policies(year), history.specific_policies(), pages)


def shared_lines(policies: Sequence[SpecificPolicy], pages: Sequence[Lines]) -> dict[str, list[Lines]]:
    """The lines that count under each of all specific policies, by policy (INV-20)."""
    parts = own_pages(policies, pages)
    return {policy.policy: own for policy, own in zip(policies, parts, strict=True)}


def shared_out(
    policies: Sequence[SpecificPolicy | AggregatePolicy], at: int, pages: Sequence[Lines]
) -> tuple[list[Lines], dict[str, tuple[int, int]]]:
    """The lines that may count under a policy, and the number and net amount of those that count under each other
    policy of its kind (INV-20). A line that fits no policy is left to all of them, which turn it away.
    """
    own: list[Lines] = []
    elsewhere: dict[str, tuple[int, int]] = {}
    for page in pages:
        chosen = policy_of_lines(policies, page)
        mine = (chosen == at) | (chosen == -1)
        own.append(page if mine.all() else page.take(mine))
        for other in np.unique(chosen[~mine]).tolist():
            there, name = chosen == other, policies[other].policy
            lines, amount = elsewhere.get(name, (0, 0))
            elsewhere[name] = lines + int(there.sum()), amount + int(page["amount"][there].sum())
    return own, elsewhere


def receivables(history: History, year: int, as_of: date) -> list[Claimable]:
    """Every policy of a plan year by the arrangement's recognition; the aggregate once its policy year has ended.

    What is due and what is owed back stand apart for each person (by ``paid``) or filing, never netted (INV-37).
    """
    if not history.facts.policies:
        return []
    recognition = history.arrangement(year).recognition
    if recognition == "paid":
        return _by_terms(history, year, as_of)
    return [
        _claimable(
            name,
            [(_recognised(filing, recognition, as_of), filing.received(as_of)) for filing in filings]
            + _ahead(history, name, as_of),
        )
        for name in policies_of(history, year)
        for filings in [filings_of(history, name, as_of)]
    ]


def _by_terms(history: History, year: int, as_of: date) -> list[Claimable]:
    """What the terms give for the payments made, person by person."""
    given = recognised_by_terms(history, year, as_of)
    made = []
    for own in policies_of(history, year):
        settled = Settled.under(history, own, as_of)
        names = dict.fromkeys([*(name for policy, name in given if policy == own), *settled.members()])
        pairs = [(given.get((own, n), 0) - settled.written_off.get(n, 0), settled.came_in(n)) for n in names]
        made.append(_claimable(own, pairs))
    return made


def policies_of(history: History, year: int) -> list[str]:
    """The policies whose effective date falls in a plan year, the specific ones first."""
    specific = [own.policy for own in history.specific_policies(year)]
    return specific + [own.policy for own in history.aggregate_policies(year)]


def recognised_by_terms(history: History, year: int, as_of: date) -> dict[tuple[str, str], int]:
    """What the terms give for the payments made, by policy and member; the aggregate (no member) once its policy
    year has ended.
    """
    pages = history.lines_until(as_of) if history.facts.policies else []
    given = {
        (policy.policy, member): amount
        for policy, found in specifics(history, year, as_of, pages)
        for member, amount in found.due.items()
        if amount
    }
    ended = {own.policy for own in history.aggregate_policies(year) if history.policy_ended(own, as_of)}
    totals = _computable(history, year, as_of, pages) if ended else []
    known = {(own.policy, ""): found.reimbursable for own, found in totals if own.policy in ended and found.known}
    return given | known


def _computable(
    history: History, year: int, as_of: date, pages: Sequence[Lines]
) -> list[tuple[AggregatePolicy, AggregatePosition]]:
    """The aggregate, or nothing recognised while a factor is missing; its own report says which one."""
    try:
        return aggregates(history, year, as_of, pages)
    except MissingFactor:
        return []


@dataclass(frozen=True, slots=True)
class Settled:
    """What came in under a policy by a date and what was given up, by member (empty for the aggregate)."""

    received: Mapping[str, int]
    ahead: Mapping[str, int]
    written_off: Mapping[str, int]

    @classmethod
    def under(cls, history: History, policy: str, as_of: date) -> Settled:
        """Of one policy: receipts on filings, what is left of advances and accommodation, write-offs."""
        received: dict[str, int] = {}
        ahead: dict[str, int] = {}
        written_off: dict[str, int] = {}
        for filing in filings_of(history, policy, as_of):
            who, stands = filing.event.member, filing.standing(as_of)
            received[who] = received.get(who, 0) + filing.received(as_of)
            written_off[who] = written_off.get(who, 0) + stands.written_off
        for advance in advances(history, as_of):
            if advance.policy == policy:
                ahead[advance.member] = ahead.get(advance.member, 0) + advance.left
        if lent := accommodated(history, policy, as_of):
            ahead[""] = ahead.get("", 0) + lent
        return cls(received, ahead, written_off)

    def came_in(self, member: str) -> int:
        """On filings and ahead of them."""
        return self.received.get(member, 0) + self.ahead.get(member, 0)

    def members(self) -> list[str]:
        """Everybody for whom something came in or was given up."""
        return list(dict.fromkeys([*self.received, *self.ahead, *self.written_off]))


def filings_of(history: History, policy: str, as_of: date) -> list[Filing]:
    """The claims filed under a policy by a date."""
    return [f for f in history.facts.filings.values() if f.event.policy == policy and f.event.filed_on <= as_of]


@dataclass(frozen=True, slots=True)
class Advance:
    """An advance: what is left of it, and how much of that no open payment stands behind any more."""

    advance: str
    policy: str
    member: str
    received_on: date
    left: int
    returnable: int


def advances(history: History, as_of: date) -> list[Advance]:
    """Each specific advance by a date; voided or refunded payments make it returnable (domain 5.9)."""
    found = []
    for name, event in history.facts.advances.items():
        if event.received_on <= as_of:
            back = (r for r in history.facts.advances_returned if r.advance == name and r.returned_on <= as_of)
            left = event.amount - sum(r.amount for r in back)
            still = sum(_still_paid(history, at.version, at.line, as_of) for at in event.payments)
            returnable = max(0, left - max(0, still))
            found.append(Advance(name, event.policy, event.member, event.received_on, left, returnable))
    return found


def _still_paid(history: History, version: int, line: int, as_of: date) -> int:
    amount, limit = 0, day_number(as_of)
    for page in history.pages:
        lines = page.lines
        if page.version == version:
            amount += int(lines["amount"][line - 1])
        elif not page.correcting and page.kind in ("claim-payments-voided", "claim-refunds-received"):
            of_it = (lines["original_version"] == version) & (lines["original_line"] == line)
            amount += int(lines["amount"][of_it & (lines["booked_on"] <= limit)].sum(dtype=np.int64))
    return amount


def accommodated(history: History, policy: str, as_of: date) -> int:
    """What is outstanding of the aggregate accommodation of a policy on a date."""
    moves = (m for m in history.facts.accommodations if m.policy == policy and m.effective_on <= as_of)
    return sum(m.amount if m.kind == "accommodation-advanced" else -m.amount for m in moves)


def _ahead(history: History, policy: str, as_of: date) -> list[tuple[int, int]]:
    """Recognised and received of what the carrier paid ahead: an accommodation is owed until it is repaid."""
    made = [(a.left - a.returnable, a.left) for a in advances(history, as_of) if a.policy == policy]
    lent = accommodated(history, policy, as_of)
    return [*made, (0, lent)] if lent else made


def _claimable(policy: str, pairs: Sequence[tuple[int, int]]) -> Claimable:
    open_parts = [recognised - got for recognised, got in pairs]
    return Claimable(
        policy,
        sum(recognised for recognised, _ in pairs),
        sum(got for _, got in pairs),
        sum(part for part in open_parts if part > 0),
        -sum(part for part in open_parts if part < 0),
    )


def recognised_net(filing: Filing, recognition: str, as_of: date) -> int:
    """What a filing adds to the position: recognised less received; below zero it is owed back."""
    return _recognised(filing, recognition, as_of) - filing.received(as_of)


def _recognised(filing: Filing, recognition: str, as_of: date) -> int:
    """Filed: the amount filed until decided; approved: what was approved; without a decision a receipt
    speaks.
    """
    decision, got = filing.decision(as_of), filing.received(as_of)
    overpaid = sum(r.overpayment for r in filing.receipts if r.received_on <= as_of)
    if recognition == "received":
        return got - overpaid
    standing = filing.standing(as_of)
    if decision is not None:
        return standing.entitled + (standing.appealed if recognition == "filed" else 0)
    return standing.entitled if recognition == "filed" else got - overpaid


def prior_reimbursed(history: History, policy: SpecificPolicy, as_of: date) -> dict[str, int]:
    """What carriers paid for each member under earlier specific policies, also ahead, against a lifetime maximum."""
    earlier = {p.policy for p in history.specific_policies() if p.effective < policy.effective}
    found: dict[str, int] = {}
    for filing in history.facts.filings.values():
        if filing.event.policy in earlier and filing.event.member:
            found[filing.event.member] = found.get(filing.event.member, 0) + filing.received(as_of)
    for advance in advances(history, as_of):
        if advance.policy in earlier:
            found[advance.member] = found.get(advance.member, 0) + advance.left
    return found


def _rebates(history: History, year: int, as_of: date) -> dict[date, int]:
    """What came in by a date of the rebates of a plan year, by day."""
    moved = history.daily
    mask = (moved.credit == Account.REBATES) & (moved.year == year) & (moved.day <= day_number(as_of))
    found: dict[date, int] = {}
    for day, amount in zip(moved.day[mask].tolist(), moved.amount[mask].tolist(), strict=True):
        found[day_of(day)] = found.get(day_of(day), 0) + amount
    return found
