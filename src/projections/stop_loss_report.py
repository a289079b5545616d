"""The stop-loss registers of a plan year: who is over, what was filed and paid, and the plan against its
attachment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.money import rate, share
from ledger.stop_loss import AggregatePosition, MemberPosition, SpecificPolicy
from projections.carriers import Claimable, accommodated, aggregates, filings_of, receivables, specifics
from projections.history import History


@dataclass(frozen=True, slots=True)
class SpecificRow:
    """One member under one specific policy.

    ``due`` is what the terms give less what came in (domain 5.3, step 8). Above zero it is ``receivable``,
    below zero it is owed back: ``due_to_carrier``, never a negative receivable (INV-37).
    """

    policy: str
    member: str
    eligible_paid: int
    deductible: int
    excess: int
    reimbursable: int
    filed: int
    received: int
    due: int
    receivable: int
    due_to_carrier: int
    state: str
    triggered_at: date | None


@dataclass(frozen=True, slots=True)
class SpecificTotal:
    """The sums of the rows; ``members_over`` counts the members over the deductible."""

    members_over: int
    eligible_paid: int
    excess: int
    reimbursable: int
    filed: int
    received: int
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

    ``due`` is what the terms give once the year is over, less what came in on filings and what is lent
    (domain 5.4); below zero it is ``due_to_carrier`` (INV-37).
    """

    policy: str
    final: bool
    position: AggregatePosition
    filed: int
    received: int
    lent: int
    due: int
    receivable: int
    due_to_carrier: int
    distance: int


def specific_register(history: History, year: int, as_of: date, *, known_at: int | None = None) -> SpecificRegister:
    """Everybody with eligible payments under the specific policies effective in a plan year."""
    history = history.until(known_at)
    pages = history.lines_until(as_of)
    rows = tuple(
        _row(history, policy, member, as_of)
        for policy, found in specifics(history, year, as_of, pages)
        for member in found.members
    )
    names = {policy.policy for policy in history.specific_policies(year)}
    total = SpecificTotal(
        members_over=sum(row.excess > 0 for row in rows),
        eligible_paid=sum(row.eligible_paid for row in rows),
        excess=sum(row.excess for row in rows),
        reimbursable=sum(row.reimbursable for row in rows),
        filed=sum(row.filed for row in rows),
        received=sum(row.received for row in rows),
        due=sum(row.due for row in rows),
        receivable=sum(row.receivable for row in rows),
        due_to_carrier=sum(row.due_to_carrier for row in rows),
    )
    recognised = tuple(due for due in receivables(history, year, as_of) if due.policy in names)
    return SpecificRegister(year, as_of, rows, total, recognised)


def _row(history: History, policy: SpecificPolicy, member: MemberPosition, as_of: date) -> SpecificRow:
    filings = [f for f in filings_of(history, policy.policy, as_of) if f.event.member == member.member]
    filed, received = sum(f.event.amount for f in filings), sum(f.received(as_of) for f in filings)
    decisions = [decision.decision for f in filings if (decision := f.decision(as_of)) is not None]
    triggers = [
        t.triggered_on
        for t in history.facts.triggers
        if (t.policy, t.member) == (policy.policy, member.member) and t.triggered_on <= as_of
    ]
    due = member.reimbursable - received
    return SpecificRow(
        policy=policy.policy,
        member=member.member,
        eligible_paid=member.eligible,
        deductible=member.deductible,
        excess=member.excess,
        reimbursable=member.reimbursable,
        filed=filed,
        received=received,
        due=due,
        receivable=max(0, due),
        due_to_carrier=max(0, -due),
        state=_state(policy, member, bool(filings), received, decisions),
        triggered_at=min(triggers) if triggers else member.crossed_on,
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
        received = sum(f.received(as_of) for f in filings)
        final = history.policy_ended(policy, as_of)
        lent = accommodated(history, policy.policy, as_of)
        due = (found.reimbursable if final else 0) - received - lent
        made.append(
            AggregateRow(
                policy=policy.policy,
                final=final,
                position=found,
                filed=sum(f.event.amount for f in filings),
                received=received,
                lent=lent,
                due=due,
                receivable=max(0, due),
                due_to_carrier=max(0, -due),
                distance=found.attachment_point - (found.eligible - found.rebates),
            )
        )
    return tuple(made)
