"""The stop-loss policies of a plan year against the least attachment points of a state's law (domain 5.6).

It reports and never blocks; whether a law applies to a sponsor is for counsel to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ledger.calendar import add_months, month_of
from ledger.statutory import RULES, StatutoryCheck, statutory_checks
from ledger.stop_loss import AggregatePolicy, AggregatePosition, MissingFactor, SpecificPolicy
from projections.carriers import aggregates
from projections.history import History


@dataclass(frozen=True, slots=True)
class Finding:
    """One minimum against one policy; ``basis`` says where the figure found comes from.

    ``members`` are the enrolled units of the policy's first month unless they were stated. ``expected`` are the
    budgeted claims of the policy's twelve months, in minor units, or nothing when a month has no budget.
    """

    policy: str
    effective: date
    members: int
    expected: int | None
    basis: str
    check: StatutoryCheck

    @property
    def verdict(self) -> str:
        """``ok``, ``below``, or ``unknown`` when the policy's figure is not known."""
        return {True: "ok", False: "below", None: "unknown"}[self.check.met]


class NoMembers(Exception):
    """A policy's first month has no enrollment, and nobody stated the members."""

    def __init__(self, policy: str, month: str) -> None:
        super().__init__(f"no enrollment of {month}, the first month of policy {policy}, is recorded")
        self.policy, self.month = policy, month


def jurisdictions() -> tuple[str, ...]:
    """The jurisdictions of which the table holds a rule."""
    return tuple(sorted({rule.jurisdiction for rule in RULES}))


def statutory_findings(
    history: History,
    year: int,
    as_of: date,
    jurisdiction: str,
    *,
    members: int | None = None,
    policy: str | None = None,
    known_at: int | None = None,
) -> tuple[Finding, ...]:
    """Every rule that holds for each policy effective in a plan year (or the one named). Raises :class:`NoMembers`."""
    history = history.until(known_at)
    bound: list[SpecificPolicy | AggregatePolicy] = [
        *history.specific_policies(year), *history.aggregate_policies(year)
    ]  # fmt: skip
    bound = [each for each in bound if policy in (None, each.policy)]
    points = _positions(history, year, as_of)
    return tuple(each for own in bound for each in _found(history, own, points, as_of, jurisdiction, members))


def _positions(history: History, year: int, as_of: date) -> dict[str, AggregatePosition]:
    """The attachment points; none while a factor is missing, which the aggregate's own report names."""
    try:
        return {own.policy: found for own, found in aggregates(history, year, as_of, [])}
    except MissingFactor:
        return {}


def _found(
    history: History,
    own: SpecificPolicy | AggregatePolicy,
    points: Mapping[str, AggregatePosition],
    as_of: date,
    jurisdiction: str,
    stated: int | None,
) -> list[Finding]:
    first = month_of(own.effective)
    lives = history.facts.enrollment.get(first)
    if stated is None and lives is None:
        raise NoMembers(own.policy, first)
    members = sum((lives or {}).values()) if stated is None else stated
    expected, point, basis = _expected(history, own.effective), None, "the deductible"
    if isinstance(own, AggregatePolicy):
        point, basis = _point(own, points.get(own.policy), history.policy_ended(own, as_of))
    checks = statutory_checks(
        jurisdiction,
        own.effective,
        specific=own.terms if isinstance(own, SpecificPolicy) else None,
        aggregate=own.terms if isinstance(own, AggregatePolicy) else None,
        members=members,
        expected=expected,
        attachment_point=point,
    )
    return [Finding(own.policy, own.effective, members, expected, basis, check) for check in checks]


def _point(own: AggregatePolicy, position: AggregatePosition | None, ended: bool) -> tuple[int | None, str]:
    """The attachment point of the year: as it ended, else at the first month's rate, else as the terms promise."""
    if position is None:
        return None, "as the terms promise"
    if ended and not position.missing_months:
        return position.attachment_point, "attachment point of the year"
    if own.factors and position.months and position.months[0].attachment:
        return max(position.minimum, position.months[0].attachment * 12), "first month × 12, or the minimum"
    return None, "as the terms promise"


def _expected(history: History, effective: date) -> int | None:
    planned = {month.month: month.amount for budget in history.facts.budgets.values() for month in budget.months}
    months = [month_of(add_months(effective, n)) for n in range(12)]
    return sum(planned[month] for month in months) if all(month in planned for month in months) else None
