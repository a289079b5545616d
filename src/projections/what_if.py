"""The same history under other stop-loss terms, side by side with the terms in force. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ledger.stop_loss import Factor
from ledger.terms import AggregateTerms, Laser, SpecificTerms
from projections.carriers import receivables
from projections.history import History
from projections.stop_loss_report import aggregate_register, specific_register


@dataclass(frozen=True, slots=True)
class Changes:
    """Other terms: fields by name, or whole tables; lasers and factors given replace those in force."""

    specific: Mapping[str, Any] = field(default_factory=dict)
    aggregate: Mapping[str, Any] = field(default_factory=dict)
    specific_terms: SpecificTerms | None = None
    aggregate_terms: AggregateTerms | None = None
    lasers: tuple[Laser, ...] | None = None
    factors: tuple[Factor, ...] | None = None


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


@dataclass(frozen=True, slots=True)
class Comparison:
    """The terms in force beside the changed ones; ``set_aside`` are policies whose factors a corridor replaced."""

    now: Outcome
    changed: Outcome
    set_aside: tuple[str, ...]


def what_if(history: History, year: int, as_of: date, changes: Changes, *, known_at: int | None = None) -> Comparison:
    """Both outcomes of a plan year. Raises ``pydantic.ValidationError`` when the changed terms contradict."""
    history = history.until(known_at)
    other, set_aside = under(history, year, changes)
    return Comparison(outcome(history, year, as_of), outcome(other, year, as_of), set_aside)


def under(history: History, year: int, changes: Changes) -> tuple[History, tuple[str, ...]]:
    """The history with the policies of a plan year under changed terms; the one given is left as it is.

    A corridor set on a policy with factors puts the factors aside: its attachment is then the corridor times budget.
    """
    facts = history.facts
    policies, lasers, factors = dict(facts.policies), dict(facts.lasers), dict(facts.factors)
    set_aside = []
    for found in history.specific_policies(year):
        base = changes.specific_terms or found.terms
        made = SpecificTerms.model_validate({**base.model_dump(), **changes.specific})
        policies[found.policy] = policies[found.policy].model_copy(update={"specific": made})
        if changes.lasers is not None:
            lasers[found.policy] = list(changes.lasers)
    for own in history.aggregate_policies(year):
        whole = changes.aggregate_terms or own.terms
        terms = AggregateTerms.model_validate({**whole.model_dump(), **changes.aggregate})
        policies[own.policy] = policies[own.policy].model_copy(update={"aggregate": terms})
        if changes.factors is not None:
            factors[own.policy] = list(changes.factors)
        if changes.aggregate.get("attachment") is not None and factors.get(own.policy):
            factors[own.policy] = []
            set_aside.append(own.policy)
    other = copy(history)
    other.facts = replace(facts, policies=policies, lasers=lasers, factors=factors)
    return other, tuple(set_aside)


def outcome(history: History, year: int, as_of: date) -> Outcome:
    """What the terms of a history give."""
    specific = specific_register(history, year, as_of).total
    rows = aggregate_register(history, year, as_of)
    due = receivables(history, year, as_of)
    return Outcome(
        members_over=specific.members_over,
        specific_excess=specific.excess,
        specific_reimbursable=specific.reimbursable,
        attachment_point=sum(row.position.attachment_point for row in rows),
        aggregate_eligible=sum(row.position.eligible for row in rows),
        aggregate_excess=sum(row.position.excess for row in rows),
        aggregate_reimbursable=sum(row.position.reimbursable for row in rows),
        position=sum(each.receivable - each.due_to_carrier for each in due),
    )
