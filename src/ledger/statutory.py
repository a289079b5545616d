"""The least attachment points that the law of a state accepts in a stop-loss policy (domain 5.6).

It reports and never blocks: whether a law applies to a sponsor is for counsel to say. A rule holds for policies
that start, or start again, from its first day on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ledger.money import rate, share
from ledger.terms import AggregateTerms, SpecificTerms


@dataclass(frozen=True, slots=True)
class StatutoryRule:
    """The minimums of one law, in minor units; what a law does not ask for is nothing.

    The aggregate minimum is the greatest of ``per_member`` times the group members, ``expected_percent`` of the
    expected claims and ``aggregate_floor``. The rule is for groups of ``least_members`` to ``most_members``.
    """

    jurisdiction: str
    law: str
    source: str
    applies_to: str
    from_date: date | None = None
    to_date: date | None = None
    least_members: int = 0
    most_members: int | None = None
    specific_floor: int | None = None
    per_member: int | None = None
    expected_percent: str | None = None
    aggregate_floor: int | None = None

    def holds(self, jurisdiction: str, effective: date, members: int) -> bool:
        """Whether the rule is one for a policy of a jurisdiction, a first day and a size."""
        if jurisdiction != self.jurisdiction or members < self.least_members:
            return False
        if self.most_members is not None and members > self.most_members:
            return False
        return (self.from_date or effective) <= effective <= (self.to_date or effective)


_CALIFORNIA = "California Insurance Code 10752.4, self-law.org/code/ca/insurance-code/10752-4 [S15d]"
_NAIC = "XL Benefits state table, rows of NAIC Model 92 [S6b]"
_MARYLAND = "Maryland Insurance Article 15-129, from a secondary public file [S15e]"

RULES: tuple[StatutoryRule, ...] = (
    StatutoryRule(
        "US-CA", "California Insurance Code 10752.4", _CALIFORNIA, "small employers", date(2016, 1, 1),
        specific_floor=40_000_00, per_member=5_000_00, expected_percent="1.20", aggregate_floor=40_000_00,
    ),
    StatutoryRule(
        "US-MD", "Maryland Insurance Article 15-129", _MARYLAND, "all groups", date(2015, 6, 1),
        specific_floor=22_500_00, expected_percent="1.20",
    ),
    StatutoryRule(
        "US", "NAIC Model 92", _NAIC, "model law: binds where a state has adopted it; up to 50 lives",
        most_members=50,
        specific_floor=20_000_00, per_member=4_000_00, expected_percent="1.20", aggregate_floor=20_000_00,
    ),
    StatutoryRule(
        "US", "NAIC Model 92", _NAIC, "model law: binds where a state has adopted it; 51 lives and more",
        least_members=51,
        specific_floor=20_000_00, expected_percent="1.10",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatutoryCheck:
    """One minimum against a policy, in minor units; ``met`` is nothing when ``actual`` is not known."""

    kind: Literal["specific", "aggregate"]
    minimum: int
    actual: int | None
    rule: StatutoryRule

    @property
    def met(self) -> bool | None:
        """Whether the policy is at the minimum or above it."""
        return None if self.actual is None else self.actual >= self.minimum


def aggregate_minimum(rule: StatutoryRule, members: int, expected: int | None) -> int | None:
    """The least aggregate attachment point of a rule: the greatest of what it asks for."""
    asked = []
    if rule.aggregate_floor is not None:
        asked.append(rule.aggregate_floor)
    if rule.per_member is not None:
        asked.append(rule.per_member * members)
    if rule.expected_percent is not None and expected is not None:
        asked.append(share(expected, rate(rule.expected_percent)))
    return max(asked, default=None)


def statutory_checks(
    jurisdiction: str,
    effective: date,
    *,
    specific: SpecificTerms | None = None,
    aggregate: AggregateTerms | None = None,
    members: int,
    expected: int | None = None,
    attachment_point: int | None = None,
    rules: Sequence[StatutoryRule] = RULES,
) -> tuple[StatutoryCheck, ...]:
    """Every minimum that the law of a jurisdiction (``US-CA``) sets for policies that start on a day.

    ``expected`` are the expected claims of the year. ``attachment_point`` is that of the year when it is known;
    otherwise it is what the terms promise: the minimum, or the corridor of the expected claims.
    """
    found = []
    for rule in rules:
        if not rule.holds(jurisdiction, effective, members):
            continue
        if specific is not None and rule.specific_floor is not None:
            found.append(StatutoryCheck("specific", rule.specific_floor, specific.deductible, rule))
        least = aggregate_minimum(rule, members, expected)
        if aggregate is not None and least is not None:
            point = _promised(aggregate, expected) if attachment_point is None else attachment_point
            found.append(StatutoryCheck("aggregate", least, point, rule))
    return tuple(found)


def _promised(terms: AggregateTerms, expected: int | None) -> int | None:
    stated = max(terms.minimum_attachment, (terms.monthly_minimum or 0) * 12)
    if terms.attachment is not None and expected is not None:
        return max(stated, share(expected, rate(terms.attachment)))
    return stated or None
