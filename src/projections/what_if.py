"""The same history under other stop-loss terms, side by side with the terms in force. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from ledger.stop_loss import AggregatePolicy, Factor, SpecificPolicy
from ledger.terms import AggregateTerms, Laser, SpecificTerms
from projections.carriers import receivables
from projections.history import Facts, History
from projections.stop_loss_report import SpecificRow, aggregate_register, specific_register

ALWAYS = "1900-01"
"""The month from which a factor tried out holds."""


class NotInYear(ValueError):
    """A policy tried out from a day that is not in the plan year asked about."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed about a policy: whole terms, then terms by field name; its dates; lasers and factors.

    ``lasers`` and ``factors`` replace all in force; ``laser_of`` then sets (or with nothing removes) those of one
    member, ``factor_of`` the factor of one tier and line of coverage. ``dates`` holds ``effective`` and ``expires``.
    """

    terms: Mapping[str, Any] = field(default_factory=dict)
    whole: SpecificTerms | AggregateTerms | None = None
    dates: Mapping[str, date | None] = field(default_factory=dict)
    lasers: tuple[Laser, ...] | None = None
    laser_of: Mapping[str, Laser | None] = field(default_factory=dict)
    factors: tuple[Factor, ...] | None = None
    factor_of: Mapping[tuple[str, str | None], Factor | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of every specific or aggregate policy of the year, and over them those of named policies."""

    specific: Change = field(default_factory=Change)
    aggregate: Change = field(default_factory=Change)
    named: Mapping[str, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyOutcome:
    """What one policy gives, in minor units; ``over`` are the members over the deductible.

    ``limit`` is the deductible, or the attachment point of an aggregate (to date until its policy year has ended).
    """

    policy: str
    kind: Literal["specific", "aggregate"]
    over: int
    limit: int
    eligible: int
    excess: int
    reimbursable: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the carriers' terms give for a plan year; ``position`` is what they add to the surplus that is still due.

    Amounts are minor units. The figures are sums over the policies of the year; the aggregate's are to date
    until its policy year has ended.
    """

    members_over: int
    specific_excess: int
    specific_reimbursable: int
    attachment_point: int
    aggregate_eligible: int
    aggregate_excess: int
    aggregate_reimbursable: int
    position: int
    policies: tuple[PolicyOutcome, ...]
    members: tuple[SpecificRow, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The terms in force beside the changed ones; ``set_aside`` are policies whose factors a corridor replaced."""

    now: Outcome
    changed: Outcome
    set_aside: tuple[str, ...]

    def members(self) -> tuple[tuple[str, str, int, int], ...]:
        """Policy, member, and what is reimbursable now and under the changed terms, where the two differ."""
        now, then = ({(r.policy, r.member): r.reimbursable for r in o.members} for o in (self.now, self.changed))
        both = [(*key, now.get(key, 0), then.get(key, 0)) for key in sorted({*now, *then})]
        return tuple(each for each in both if each[2] != each[3])


def what_if(history: History, year: int, as_of: date, changes: Changes, *, known_at: int | None = None) -> Comparison:
    """Both outcomes of a plan year.

    Raises ``pydantic.ValidationError`` when the changed terms contradict, :class:`NotInYear` when a changed date
    takes a policy out of the year.
    """
    history = history.until(known_at)
    other, set_aside = under(history, year, changes)
    return Comparison(outcome(history, year, as_of), outcome(other, year, as_of), set_aside)


def under(history: History, year: int, changes: Changes) -> tuple[History, tuple[str, ...]]:
    """The history with the policies of a plan year under changed terms; the one given is left as it is.

    A corridor set on a policy with factors puts the factors aside: its attachment is then the corridor times budget.
    """
    facts = history.facts
    facts = replace(facts, policies=dict(facts.policies), lasers=dict(facts.lasers), factors=dict(facts.factors))
    first, last = history.year_span(year)
    set_aside = []
    own: list[tuple[SpecificPolicy | AggregatePolicy, Change]] = [
        *((policy, changes.specific) for policy in history.specific_policies(year)),
        *((policy, changes.aggregate) for policy in history.aggregate_policies(year)),
    ]
    for policy, general in own:
        for change in (general, changes.named.get(policy.policy, Change())):
            if _changed(facts, policy, change):
                set_aside.append(policy.policy)
        bound = facts.policies[policy.policy]
        if not first <= bound.effective <= last or (bound.expires or bound.effective) < bound.effective:
            raise NotInYear(f"policy {policy.policy} would run from {bound.effective} to {bound.expires or 'its end'}")
    other = copy(history)
    other.facts = facts
    return other, tuple(set_aside)


def _changed(facts: Facts, policy: SpecificPolicy | AggregatePolicy, change: Change) -> bool:
    """Put a change into copied facts; whether it put factors aside."""
    name, bound = policy.policy, facts.policies[policy.policy]
    kind = "specific" if isinstance(policy, SpecificPolicy) else "aggregate"
    base = change.whole or getattr(bound, kind)
    terms = type(policy.terms).model_validate({**base.model_dump(), **change.terms})
    facts.policies[name] = bound.model_copy(update={kind: terms, **change.dates})
    lasers = facts.lasers.get(name, []) if change.lasers is None else change.lasers
    kept = [laser for laser in lasers if laser.member not in change.laser_of]
    facts.lasers[name] = [*kept, *(laser for laser in change.laser_of.values() if laser is not None)]
    factors = facts.factors.get(name, []) if change.factors is None else change.factors
    left = [each for each in factors if (each.tier, each.coverage) not in change.factor_of]
    facts.factors[name] = [*left, *(each for each in change.factor_of.values() if each is not None)]
    if change.terms.get("attachment") is None or not facts.factors[name]:
        return False
    facts.factors[name] = []
    return True


def outcome(history: History, year: int, as_of: date) -> Outcome:
    """What the terms of a history give."""
    register = specific_register(history, year, as_of)
    specific, rows = register.total, aggregate_register(history, year, as_of)
    due = receivables(history, year, as_of)
    parts = [_specific(policy, register.rows) for policy in history.specific_policies(year)]
    parts += [
        PolicyOutcome(row.policy, "aggregate", 0, point.attachment_point, point.eligible, point.excess,
                      point.reimbursable)
        for row in rows for point in [row.position]
    ]  # fmt: skip
    return Outcome(
        members_over=specific.members_over,
        specific_excess=specific.excess,
        specific_reimbursable=specific.reimbursable,
        attachment_point=sum(row.position.attachment_point for row in rows),
        aggregate_eligible=sum(row.position.eligible for row in rows),
        aggregate_excess=sum(row.position.excess for row in rows),
        aggregate_reimbursable=sum(row.position.reimbursable for row in rows),
        position=sum(each.receivable - each.due_to_carrier for each in due),
        policies=tuple(parts),
        members=tuple(register.rows),
    )


def _specific(policy: SpecificPolicy, rows: Sequence[SpecificRow]) -> PolicyOutcome:
    own = [row for row in rows if row.policy == policy.policy]
    return PolicyOutcome(
        policy=policy.policy,
        kind="specific",
        over=sum(row.excess > 0 for row in own),
        limit=policy.terms.deductible,
        eligible=sum(row.eligible_paid for row in own),
        excess=sum(row.excess for row in own),
        reimbursable=sum(row.reimbursable for row in own),
    )
