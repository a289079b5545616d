"""A second opinion on the aggregate: attachment, what counts, reimbursement, accommodation; and on the buckets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from oracles.contract_oracle import (
    Paid,
    Policy,
    in_order,
    incurred,
    inside,
    limited,
    months_later,
    paid,
    policy_of,
    to_cents,
    year_end,
)
from oracles.specific_oracle import carriers_part, kept, level_for, level_of, specific, unit_of

Lives = list[tuple[str, dict[str, int]]]  # month and lives by tier, one record after the other


@dataclass
class Standing:
    """The plan against one aggregate policy on a day, in cents."""

    point: int
    months: int
    minimum: int
    unlimited: int
    eligible: int
    excess: int
    reimbursable: int
    by_month: list[tuple[str, int, int, int, int]]  # month, attachment, what counts, point and rebates to date


def month_of(policy: Policy, number: int) -> str:
    """The calendar month in which a policy month begins, counted from 1."""
    return months_later(policy.effective, number - 1).strftime("%Y-%m")


def lives_in(month: str, recorded: Lives) -> dict[str, int]:
    """What was recorded last for a month."""
    found: dict[str, int] = {}
    for of, lives in recorded:
        if of == month:
            found = lives
    return found


def factor_in(policy: Policy, month: str, tier: str) -> Fraction:
    """What a tier costs in a month: its lines of coverage added up, each at its latest factor, in cents."""
    total = Fraction(0)
    for line in (None, *policy.covered):
        since = ""
        worth = Fraction(0)
        for of, coverage, begins, factor in policy.factors:
            if of == tier and coverage == line and since <= begins <= month:
                since, worth = begins, factor
        total += worth
    return total


def monthly(policy: Policy, number: int, recorded: Lives, budget: dict[str, int]) -> Fraction:
    """The attachment of one policy month, exactly."""
    month = month_of(policy, number)
    if policy.corridor is not None and not policy.factors:
        return policy.corridor * budget.get(month, 0)
    counts = lives_in(month_of(policy, number - policy.lag), recorded)
    return sum((lives * factor_in(policy, month, tier) for tier, lives in counts.items()), Fraction(0))


def months_run(policy: Policy, as_of: date) -> int:
    """How many policy months have begun by a day, at most twelve and none after the policy ended."""
    last = min(as_of, year_end(policy))
    return sum(1 for number in range(1, 13) if months_later(policy.effective, number - 1) <= last)


def least(policy: Policy, first: Fraction, mode: str) -> int:
    """The annual minimum: the greatest of all its forms."""
    forms = [policy.minimum, 12 * (policy.monthly_minimum or 0)]
    if policy.minimum_percent is not None:
        forms.append(to_cents(policy.minimum_percent * first * 12, mode))
    return max(forms)


def point_to_date(policy: Policy, reached: int, minimum: int, run: int, mode: str) -> int:
    """The attachment point before the year is over."""
    if policy.ytd == "none":
        return reached
    return max(reached, minimum if policy.ytd == "full" else to_cents(Fraction(minimum * run, 12), mode))


def person_of(limiting: Policy | None, row: Paid) -> str:
    """Whose lines are added up before the limit of one person."""
    return row.member if limiting is None else unit_of(limiting, row)


def counting(policies: list[Policy], policy: Policy, rows: list[Paid], day: date) -> list[Paid]:
    """The lines of payments made to a day that count toward an aggregate."""
    return in_order(policy, [
        row
        for row in rows
        if row.for_aggregate
        and paid(policy, row) <= day
        and row.coverage in policy.covered
        and policy_of(policies, "aggregate", row) == policy.name
    ])  # fmt: skip


def in_force(policies: list[Policy], policy: Policy) -> Policy | None:
    """The specific policy of an aggregate's year: of several, the one that starts last."""
    found = [
        one for one in policies
        if one.kind == "specific" and one.effective <= year_end(policy) and year_end(one) >= policy.effective
    ]  # fmt: skip
    return max(found, key=lambda one: one.effective, default=None)


def what_counts(
    policies: list[Policy], policy: Policy, rows: list[Paid], among: list[Policy], day: date, mode: str
) -> tuple[int, int]:
    """G before rebates: every person's eligible claims up to what one person can bring; and what they are without
    that limit.
    """
    limiting = in_force(among, policy)
    mine = [(person_of(limiting, row), above(policies, policy, limiting, row), row)
            for row in counting(policies, policy, rows, day)]  # fmt: skip
    back_of: dict[tuple[str, str], int] = {}
    netted = []
    for who, by, row in mine:
        if by is not None and by.pro_rata and row.recovered:
            back_of[who, by.name] = back_of.get((who, by.name), 0) - row.eligible
        else:
            netted.append((who, by, row))
    counts = limited(policy, [who for who, _, _ in netted], [row for _, _, row in netted])
    rest = dict.fromkeys((who for who, _, _ in mine), 0)
    levels: dict[tuple[str, str], dict[int, int]] = {(who, by.name): {} for who, by, _ in mine if by is not None}
    for (who, by, row), count in zip(netted, counts, strict=True):
        if by is None:
            rest[who] += count
            continue
        level = level_for(by, who, incurred(by, row))
        level = by.deductible if level is None else level
        levels[who, by.name][level] = levels[who, by.name].get(level, 0) + count
    brings, unlimited = dict(rest), sum(rest.values())
    for (who, name), of in levels.items():
        by = next(one for one in policies if one.name == name)
        reached, own, back = sum(of.values()), kept(of), back_of.get((who, name), 0)
        own -= back - carriers_part(back, reached, reached - own, mode)
        reached -= back
        if not by.laser_band_counts:
            own = min(own, by.deductible)
        if by.asd_counts:
            people = specific(policies, by, [row for row in rows if paid(by, row) <= day], {}, {}, mode)
            own = min(reached, own + (people[who].absorbed if who in people else 0))
        brings[who] += own
        unlimited += reached
    limit = policy.limit
    return sum(min(own, limit) if isinstance(limit, int) else own for own in brings.values()), unlimited


def above(policies: list[Policy], policy: Policy, limiting: Policy | None, row: Paid) -> Policy | None:
    """The specific that takes what is above it of a line: the one in force when it limits a person, else the one that
    the line counts under.
    """
    if policy.limit == "specific":
        return limiting
    name = policy_of(policies, "specific", row)
    own = next((one for one in policies if one.name == name), None)
    return own if own is not None and row.for_specific and level_of(own, row) is not None else None


def aggregate(
    policies: list[Policy],
    policy: Policy,
    rows: list[Paid],
    among: list[Policy],
    recorded: Lives,
    budget: dict[str, int],
    rebates: list[tuple[date, int]],
    as_of: date,
    mode: str = "half-up",
) -> Standing:
    """Domain 5.4 on a day: the point, what counts and what is due; ``among`` are the specifics that may limit it."""
    run = months_run(policy, as_of)
    parts = [monthly(policy, number, recorded, budget) for number in range(1, run + 1)]
    reached = to_cents(sum(parts, Fraction(0)), mode)
    minimum = least(policy, parts[0] if parts else Fraction(0), mode)
    if as_of >= year_end(policy):
        point = max(reached, minimum)
        if policy.terminal:
            point += to_cents(sum(parts[-policy.terminal :], Fraction(0)), mode)
    else:
        point = point_to_date(policy, reached, minimum, run, mode)
    counts, unlimited = what_counts(policies, policy, rows, among, as_of, mode)
    excess = max(0, counts - deducted(policy, rebates, as_of) - point)
    owed = to_cents(policy.percentage * excess, mode)
    by_month = []
    for number in range(1, run + 1):
        last = min(months_later(policy.effective, number) - timedelta(days=1), as_of, year_end(policy))
        to_date = to_cents(sum(parts[:number], Fraction(0)), mode)
        here, _ = what_counts(policies, policy, rows, among, last, mode)
        point_here = point_to_date(policy, to_date, minimum, number, mode)
        by_month.append((month_of(policy, number), to_date, here, point_here, deducted(policy, rebates, last)))
    owed = owed if policy.maximum is None else min(owed, policy.maximum)
    return Standing(point, reached, minimum, unlimited, counts, excess, owed, by_month)


def deducted(policy: Policy, rebates: list[tuple[date, int]], day: date) -> int:
    """The rebates that came in by a day, where the terms deduct them from what counts."""
    return sum(cents for on, cents in rebates if on <= day) if policy.rebates_reduce else 0


def accommodation(policy: Policy, standing: Standing, moves: list[tuple[date, int]], mode: str) -> list[dict[str, int]]:
    """Month by month what should be lent, what is, and what is to be done about it."""
    made = []
    for number, (_, _, counts, point, back) in enumerate(standing.by_month, 1):
        last = min(months_later(policy.effective, number) - timedelta(days=1), year_end(policy))
        target = to_cents(policy.percentage * max(0, counts - back - point), mode)
        if policy.maximum is not None:
            target = min(target, policy.maximum)
        lent = sum(amount for on, amount in moves if on <= last)
        move = target - lent
        advance = move if move > 0 and move >= policy.least_advance else 0
        repay = min(-move, lent) if move < 0 else 0
        made.append({"target": target, "lent": lent, "move": move, "advance": advance, "repay": repay})
    return made


def buckets(
    policies: list[Policy], policy: Policy, rows: list[Paid], standing: Standing | None, mode: str = "half-up"
) -> dict[str, int]:
    """Every net paid cent of a plan in one bucket of a policy (INV-26); the aggregate's need its standing."""
    found: dict[str, int] = {}

    def put(name: str, amount: int) -> None:
        found[name] = found.get(name, 0) + amount

    accepted = 0
    for row in rows:
        counts_under = policy_of(policies, policy.kind, row)
        accepts = row.for_specific if policy.kind == "specific" else row.for_aggregate
        if counts_under not in (None, policy.name):
            put("other_policy", row.amount)
        elif not inside(policy, row):
            put("out_of_window", row.amount)
        elif row.coverage not in policy.covered:
            put("uncovered", row.amount)
        else:
            part = row.eligible if accepts else 0
            put("ineligible", row.amount - part)
            accepted += part
    if standing is not None:
        put("run_in_limit", accepted - standing.unlimited)
        put("above_person_limit", standing.unlimited - standing.eligible)
        put("counted", standing.eligible)
        return found
    people = specific(policies, policy, rows, {}, {}, mode).values()
    band, absorbed = sum(one.band for one in people), sum(one.absorbed for one in people)
    counted_band, counted_pool = (band if policy.laser_band_counts else 0), (absorbed if policy.asd_counts else 0)
    put("excluded_member", sum(one.excluded for one in people))
    put("run_in_limit", sum(one.cut for one in people))
    put("laser_band", band - counted_band)
    put("aggregating_deductible", absorbed - counted_pool)
    put("retained", sum(one.eligible - one.excess for one in people) - band + counted_band + counted_pool)
    put("specific_excess", sum(one.excess for one in people) - absorbed)
    return found
