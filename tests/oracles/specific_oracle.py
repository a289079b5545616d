"""A second opinion on the specific, in the order of the formulas: from eligible amounts to what is due."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from oracles.contract_oracle import Paid, Policy, gains, limited, policy_of, to_cents


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


def unit_of(policy: Policy, row: Paid) -> str:
    """Whose deductible a line fills."""
    return row.member if policy.unit == "person" else row.family


def level_of(policy: Policy, row: Paid) -> int | None:
    """The deductible a line falls under on its day of service; None when it is out on that day."""
    who = unit_of(policy, row)
    mine = [one for one in policy.lasers if one.member == who and one.begins <= row.incurred <= one.ends]
    if any(one.deductible is None for one in mine):
        return None
    return max([one.deductible for one in mine if one.deductible is not None], default=policy.deductible)


def own(policies: list[Policy], policy: Policy, rows: list[Paid]) -> list[Paid]:
    """The lines of step 1, in the order in which they were paid."""
    return [
        row
        for row in rows
        if row.for_specific and row.coverage in policy.covered and policy_of(policies, "specific", row) == policy.name
    ]


def kept(levels: dict[int, int]) -> int:
    """The part of a person's eligible amounts at or under the levels they fall under, the lowest filled first."""
    filled = 0
    for level in sorted(levels):
        filled += min(levels[level], max(0, level - filled))
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
    counts = limited(policy, [(unit_of(policy, row), row.incurred, row.eligible) for row in netted])
    levels: dict[str, dict[int, int]] = {unit_of(policy, row): {} for row in mine}
    for row, count in zip(netted, counts, strict=True):
        own_levels, level = levels[unit_of(policy, row)], level_of(policy, row)
        assert level is not None
        own_levels[level] = own_levels.get(level, 0) + count
    eligible = {who: sum(of.values()) for who, of in levels.items()}
    excess = {who: eligible[who] - kept(of) for who, of in levels.items()}
    absorbed = pool(policy, netted, counts, excess)
    if policy.pro_rata:
        for who in levels:
            back = -sum(row.eligible for row in inside if row.recovered and unit_of(policy, row) == who)
            part = to_cents(Fraction(back * excess[who], eligible[who]), mode) if eligible[who] > 0 else 0
            excess[who] -= part
    found = {}
    for who, of in levels.items():
        owed = to_cents(policy.percentage * max(0, excess[who] - absorbed.get(who, 0)), mode)
        if policy.maximum is not None:
            owed = min(owed, policy.maximum)
        if policy.lifetime is not None:
            owed = min(owed, max(0, policy.lifetime - before.get(who, 0)))
        out = [row for row in mine if level_of(policy, row) is None and unit_of(policy, row) == who]
        raw = sum(row.eligible for row in netted if unit_of(policy, row) == who)
        found[who] = Person(
            eligible[who], excess[who], absorbed.get(who, 0), owed, owed - paid_back.get(who, 0),
            max(0, kept(of) - policy.deductible), sum(row.eligible for row in out), raw - eligible[who],
        )  # fmt: skip
    return found


def pool(policy: Policy, rows: list[Paid], counts: list[int], excess: dict[str, int]) -> dict[str, int]:
    """The aggregating deductible given to increments of excess in (paid date, event) order, while it lasts."""
    over = [at for at, row in enumerate(rows) if excess[unit_of(policy, row)] > 0]
    named = [(unit_of(policy, rows[at]), counts[at]) for at in over]
    left, given = policy.asd, dict.fromkeys(excess, 0)
    levels: dict[str, dict[int, int]] = {}
    reached: dict[str, int] = {}
    for at, gain in zip(over, gains(named), strict=True):
        who, level = unit_of(policy, rows[at]), level_of(policy, rows[at])
        assert level is not None
        of = levels.setdefault(who, {})
        of[level] = of.get(level, 0) + gain
        now = sum(of.values()) - kept(of)
        part = min(now - reached.get(who, 0), left)
        reached[who] = now
        left -= part
        given[who] += part
    return given
