"""A second opinion on the specific, in the order of the formulas: from eligible amounts to what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from oracles.contract_oracle import (
    Line,
    Paid,
    Policy,
    gains,
    in_order,
    incurred,
    limited,
    of_claims,
    policy_of,
    to_cents,
)


@dataclass
class Person:
    """What the specific comes to for one person, family or certificate, in cents; ``band`` is above the base level."""

    eligible: int
    excess: int
    absorbed: int
    reimbursable: int
    due: int
    band: int
    excluded: int
    cut: int


def unit_of(policy: Policy, row: Paid | Line) -> str:
    """Whose deductible a line fills."""
    return row.member if policy.unit == "person" else row.family


def level_of(policy: Policy, row: Paid) -> int | None:
    """The deductible a line falls under on its day of service; None when it is out on that day."""
    return level_for(policy, unit_of(policy, row), incurred(policy, row))


def level_for(policy: Policy, who: str, day: date) -> int | None:
    """The deductible of somebody for a service of a day; None when they are out on that day."""
    mine = [one for one in policy.lasers if one.member == who and one.begins <= day <= one.ends]
    if any(one.deductible is None for one in mine):
        return None
    return max([one.deductible for one in mine if one.deductible is not None], default=policy.deductible)


def own(policies: list[Policy], policy: Policy, rows: list[Paid]) -> list[Paid]:
    """The lines of step 1, in the order in which they were paid."""
    return in_order(policy, [
        row
        for row in rows
        if row.for_specific and row.coverage in policy.covered and policy_of(policies, "specific", row) == policy.name
    ])  # fmt: skip


def kept(levels: dict[int, int]) -> int:
    """The part of a person's eligible amounts at or under the levels they fall under, the lowest filled first; a level
    that adds up to less than nothing takes back from the levels below it.
    """
    owing, own = 0, dict(levels)
    for level in sorted(own, reverse=True):
        own[level] += owing
        owing = min(0, own[level])
        own[level] -= owing
    filled = owing
    for level in sorted(own):
        filled += min(own[level], max(0, level - filled))
    return filled


def specific(
    policies: list[Policy],
    policy: Policy,
    rows: list[Paid],
    paid_back: dict[str, int],
    before: dict[str, int],
    mode: str = "half-up",
) -> dict[str, Person]:
    """Every person's figures: ``paid_back`` is what the carrier paid for whom, ``before`` in earlier policies."""
    mine = own(policies, policy, rows)
    inside = [row for row in mine if level_of(policy, row) is not None]
    netted = [row for row in inside if not (policy.pro_rata and row.recovered)]
    names = [unit_of(policy, row) for row in netted]
    counts = limited(policy, names, netted)
    levels: dict[str, dict[int, int]] = {who: {} for who in [*(unit_of(policy, row) for row in mine), *paid_back]}
    for row, count in zip(netted, counts, strict=True):
        own_levels, level = levels[unit_of(policy, row)], level_of(policy, row)
        assert level is not None
        own_levels[level] = own_levels.get(level, 0) + count
    eligible = {who: sum(of.values()) for who, of in levels.items()}
    raw = {who: sum(row.eligible for row in netted if unit_of(policy, row) == who) for who in levels}
    cut = {who: raw[who] - eligible[who] for who in levels}
    excess = {who: eligible[who] - kept(of) for who, of in levels.items()}
    steps = increments(policy, netted, of_claims(policy, names, netted, counts))
    for who in levels if policy.pro_rata else ():
        back = -sum(row.eligible for row in inside if row.recovered and unit_of(policy, row) == who)
        part = carriers_part(back, eligible[who], excess[who], mode)
        steps.append((who, -part))
        excess[who] -= part
        eligible[who] -= back
    absorbed = pool(policy.asd, steps)
    found = {}
    for who in levels:
        owed = to_cents(policy.percentage * max(0, excess[who] - absorbed.get(who, 0)), mode)
        if policy.maximum is not None:
            owed = min(owed, policy.maximum)
        if policy.lifetime is not None:
            owed = min(owed, max(0, policy.lifetime - before.get(who, 0)))
        out = [row for row in mine if level_of(policy, row) is None and unit_of(policy, row) == who]
        found[who] = Person(
            eligible[who],
            excess[who],
            absorbed.get(who, 0),
            owed,
            owed - paid_back.get(who, 0),
            max(0, eligible[who] - excess[who] - policy.deductible),
            sum(row.eligible for row in out),
            cut[who],
        )
    return found


def carriers_part(back: int, eligible: int, excess: int, mode: str) -> int:
    """What of a person's recoveries goes to the carrier pro rata: its part of what was eligible, rounded once."""
    if back <= 0 or excess <= 0:
        return 0
    return to_cents(Fraction(min(back, eligible) * excess, eligible), mode)


def increments(policy: Policy, rows: list[Paid], counts: list[int]) -> list[tuple[str, int]]:
    """What each line adds to its person's excess, or takes off it, in (paid date, event) order."""
    levels: dict[str, dict[int, int]] = {}
    reached: dict[str, int] = {}
    steps = []
    for row, count in zip(rows, counts, strict=True):
        who, level = unit_of(policy, row), level_of(policy, row)
        assert level is not None
        of = levels.setdefault(who, {})
        of[level] = of.get(level, 0) + count
        now = sum(of.values()) - kept(of)
        steps.append((who, now - reached.get(who, 0)))
        reached[who] = now
    return steps


def pool(left: int, steps: list[tuple[str, int]]) -> dict[str, int]:
    """The aggregating deductible given to increments in their order, while it lasts; what lowers an excess takes back
    its person's latest increments first.
    """
    given: dict[str, int] = {}
    for (who, _), step in zip(steps, gains(steps), strict=True):
        part = min(step, left)
        left -= part
        given[who] = given.get(who, 0) + part
    return given
