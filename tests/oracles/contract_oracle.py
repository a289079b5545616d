"""A second opinion on stop-loss, written from the formulas alone: dates, windows and which policy a payment belongs to.

Slow and exact on purpose: dicts, loops, ints and Fractions; nothing is imported from the product.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

LONG_AGO, NEVER = date(1900, 1, 1), date(2200, 12, 31)


@dataclass
class Line:
    """One line as it was recorded; ``of`` is the place of the payment that a void or refund takes from."""

    place: tuple[int, int]
    kind: str
    member: str
    family: str
    coverage: str
    incurred: date
    paid: date
    booked: date
    amount: int
    eligible: int
    for_specific: bool = True
    for_aggregate: bool = True
    of: tuple[int, int] | None = None
    claim: str = ""
    admitted: date | None = None
    discharged: date | None = None
    first_paid: date | None = None
    gone: date | None = None  # since a correction took it back


@dataclass
class Paid:
    """One payment, or what takes from one (negative): a void or refund with its own day, or a recovery.

    ``incurred`` and ``paid`` are the payment's; the functions of these names say what a policy makes of them.
    """

    place: tuple[int, int]
    member: str
    family: str
    coverage: str
    incurred: date
    paid: date
    amount: int
    eligible: int
    for_specific: bool = True
    for_aggregate: bool = True
    recovered: bool = False
    claim: str = ""
    taken_on: date | None = None
    admitted: date | None = None
    discharged: date | None = None
    first_paid: date | None = None


def taken(lines: list[Line]) -> dict[tuple[int, int], int]:
    """What each void or refund takes of its payment's eligible amount, as they were recorded: with the last of the
    payment all that is left, else what it says.
    """
    left: dict[tuple[int, int], list[int]] = {}
    parts: dict[tuple[int, int], int] = {}
    for line in lines:
        if line.of is None or line.kind == "REISSUE":
            left[line.place] = [line.amount, line.eligible]
            continue
        rest = left[line.of]
        rest[0] += line.amount
        parts[line.place] = rest[1] if rest[0] == 0 else min(rest[1], -line.eligible)
        rest[1] -= parts[line.place]
    return parts


def net(lines: list[Line], as_of: date) -> list[Paid]:
    """Every payment and all that takes from one, by a day, in the order in which it was recorded; recoveries last."""
    parts, found = taken(lines), []
    for line in lines:
        if line.booked > as_of or (line.gone is not None and line.gone <= as_of):
            continue
        back = line.of is not None and line.kind != "REISSUE"
        found.append(Paid(
            line.place, line.member, line.family, line.coverage, line.incurred, line.paid, line.amount,
            -parts[line.place] if back else line.eligible, line.for_specific, line.for_aggregate,
            line.kind == "RECOVERY", line.claim, line.booked if back else None, line.admitted, line.discharged,
            line.first_paid,
        ))  # fmt: skip
    return sorted(found, key=lambda one: (one.recovered, one.place))


def incurred(policy: Policy, row: Paid) -> date:
    """The day of service, or the day an inpatient stay began or ended where the policy says so and the line has it."""
    stay = {"admission_date": row.admitted, "discharge_date": row.discharged}.get(policy.incurred_rule)
    return row.incurred if stay is None else stay


def paid(policy: Policy, row: Paid) -> date:
    """The day of payment: of what takes from a payment that payment's, or its own; of a payment issued again the new
    day or the first.
    """
    if policy.void_rule == "net_in_void_month" and row.taken_on is not None:
        return row.taken_on
    return row.first_paid if policy.reissue_rule == "original" and row.first_paid is not None else row.paid


def in_order(policy: Policy, rows: list[Paid]) -> list[Paid]:
    """By paid day, those of one day as they were recorded."""
    return sorted(rows, key=lambda row: paid(policy, row))


def gains(rows: list[tuple[str, int]]) -> list[int]:
    """What each amount of a person adds for good: a negative one takes back the person's latest ones first, and
    what it cannot take back waits for the next.
    """
    kept = [max(0, amount) for _, amount in rows]
    owing: dict[str, int] = {}
    for at, (who, amount) in enumerate(rows):
        owing[who] = owing.get(who, 0) - min(0, amount)
        for before in range(at, -1, -1):
            if rows[before][0] == who and owing[who]:
                taken = min(owing[who], kept[before])
                kept[before] -= taken
                owing[who] -= taken
    return kept


def of_claims(policy: Policy, names: list[str], rows: list[Paid], amounts: list[int]) -> list[int]:
    """The amounts once everything negative took back payments of the claim it names, the latest first."""
    left = list(amounts)
    for at, row in enumerate(rows):
        for other in reversed(range(len(rows))):
            given = rows[other]
            same = (names[at], row.claim, incurred(policy, row), paid(policy, row)) == (
                names[other], given.claim, incurred(policy, given), paid(policy, given)
            )  # fmt: skip
            if row.claim and same and left[other] > 0 > left[at]:
                part = min(left[other], -left[at])
                left[other] -= part
                left[at] += part
    return left


def limited(policy: Policy, names: list[str], rows: list[Paid]) -> list[int]:
    """What counts of each line once run-in is limited, per person and then over all, in the given order."""
    early = [at for at, row in enumerate(rows) if incurred(policy, row) < policy.effective]
    total: dict[str, int] = {}
    for at in early:
        total[names[at]] = total.get(names[at], 0) + rows[at].eligible
    counts = [row.eligible for row in rows]
    if policy.run_in_person is None and policy.run_in_total is None:
        return counts
    chosen = [at for at in early if total[names[at]] > 0]
    mine = [names[at] for at in chosen]
    left = of_claims(policy, mine, [rows[at] for at in chosen], [counts[at] for at in chosen])
    used: dict[str, int] = {}
    for at, gain in zip(chosen, gains(list(zip(mine, left, strict=True))), strict=True):
        who = names[at]
        if policy.run_in_person is not None:
            gain = min(gain, policy.run_in_person - used.get(who, 0))
        if policy.run_in_total is not None:
            gain = min(gain, policy.run_in_total - sum(used.values()))
        used[who] = used.get(who, 0) + gain
        counts[at] = gain
    return counts


@dataclass(frozen=True)
class LaserOf:
    """A laser on one member between two days; no deductible means that the member is out."""

    member: str
    deductible: int | None
    begins: date = LONG_AGO
    ends: date = NEVER


@dataclass
class Policy:
    """A policy's terms in plain values; percentages are Fractions."""

    name: str
    kind: str
    effective: date
    basis: str
    covered: tuple[str, ...]
    expires: date | None = None
    percentage: Fraction = Fraction(1)
    run_in_person: int | None = None
    run_in_total: int | None = None
    incurred_rule: str = "line_service_date"
    reissue_rule: str = "reissue"
    void_rule: str = "net_against_original"
    maximum: int | None = None
    # specific
    deductible: int = 0
    unit: str = "person"
    asd: int = 0
    lifetime: int | None = None
    laser_band_counts: bool = False
    asd_counts: bool = False
    pro_rata: bool = False
    lasers: list[LaserOf] = field(default_factory=list)
    # aggregate
    corridor: Fraction | None = None
    minimum: int = 0
    minimum_percent: Fraction | None = None
    monthly_minimum: int | None = None
    lag: int = 0
    limit: int | str = "specific"
    rebates_reduce: bool = True
    ytd: str = "prorata"
    accommodation: bool = False
    least_advance: int = 0
    terminal: int = 0
    factors: list[tuple[str, str | None, str, Fraction]] = field(default_factory=list)  # tier, line, from month, cents


def months_later(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def year_end(policy: Policy) -> date:
    """The last day of the policy's own twelve months, or of its life if that ended before."""
    last = months_later(policy.effective, 12) - timedelta(days=1)
    return last if policy.expires is None else min(last, policy.expires)


def windows(policy: Policy) -> tuple[date, date, date, date]:
    """Incurred from and to, paid from and to, all inclusive."""
    begins = policy.effective
    last = months_later(begins, 12) - timedelta(days=1)
    if policy.basis == "paid":
        found = (LONG_AGO, last, begins, last)
    elif policy.basis == "incurred":
        found = (begins, last, begins, NEVER)
    else:
        incurred, paid = policy.basis.split("/")
        since = months_later(begins, -(int(incurred) - 12))
        found = (since, last, begins, months_later(begins, int(paid)) - timedelta(days=1))
    if policy.expires is not None and policy.expires < last:
        found = found[0], min(found[1], policy.expires), found[2], min(found[3], policy.expires)
    if policy.terminal and found[3] != NEVER:
        longer = months_later(found[3] + timedelta(days=1), policy.terminal) - timedelta(days=1)
        found = found[0], found[1], found[2], longer
    return found


def inside(policy: Policy, row: Paid) -> bool:
    """Whether both dates of a line lie in the policy's windows."""
    i0, i1, p0, p1 = windows(policy)
    return i0 <= incurred(policy, row) <= i1 and p0 <= paid(policy, row) <= p1


def policy_of(policies: list[Policy], kind: str, row: Paid) -> str | None:
    """The one policy of a kind in which a line counts: of several, where it was incurred, else the earlier."""
    able = [one for one in policies if one.kind == kind and inside(one, row) and row.coverage in one.covered]
    able.sort(key=lambda one: (one.effective, one.name))
    for one in able:
        if one.effective <= incurred(one, row) <= year_end(one):
            return one.name
    return able[0].name if able else None


def to_cents(exact: Fraction, mode: str) -> int:
    """A fraction of a cent made whole, once: ties away from zero, ties to even, or cut off."""
    sign, size = (-1 if exact < 0 else 1), abs(exact)
    whole = size.numerator // size.denominator
    rest = size - whole
    if mode == "truncate":
        return sign * whole
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (mode == "half-up" or whole % 2 == 1)):
        whole += 1
    return sign * whole
