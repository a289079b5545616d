"""Aggregate stop-loss: what the carrier pays above an attachment point for the whole plan (domain 5.4).

The attachment point is the greater of the monthly attachment points to the end (or to early termination) and
the full minimum: SAFECO Excess Loss LGC 8809 (Indian River County FL); the percentage minimum is that of the
first month times twelve (Viehdorfer), another is the sum of monthly minimums (Cigna); terminal liability adds
the last months again and lengthens the paid window (IIS, policy terms). Attachments are exact to the end and
rounded once, at the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ledger.calendar import add_months, day_number, month_of
from ledger.gains import Ints, grouped, summed
from ledger.lines import Lines
from ledger.money import Rounding, rate, rounded, share
from ledger.refusals import Refusal
from ledger.specific import (
    NO_LIMIT,
    RECOVERY,
    Caps,
    SpecificPolicy,
    absorbed_to,
    caps_under,
    carriers_parts,
    contract_window,
    counts_under,
    covered_lines,
    in_force,
    in_window,
    limited_run_in,
    year_end,
)
from ledger.terms import UNLIMITED_FUTURE, AggregateTerms, Window

Counts = Mapping[str, Mapping[str, int]]


class MissingFactor(Refusal):
    """A tier has lives in a month and the policy no factor for it."""

    code = "missing-factor"

    def __init__(self, policy: str, tier: str, month: str) -> None:
        super().__init__(
            f"Policy {policy} has no aggregate factor for tier {tier} in {month}, which has lives.",
            "Set the factor of the tier from that month on, or correct the enrollment.",
        )
        self.policy, self.tier, self.month = policy, tier, month


@dataclass(frozen=True, slots=True)
class Factor:
    """The monthly factor of a tier (and line of coverage), decimal text in major units, from a month on."""

    tier: str
    coverage: str | None
    factor: str
    from_month: str


@dataclass(frozen=True, slots=True)
class AggregatePolicy:
    """An aggregate policy with its factors; ``expires`` is set when it ended before its year was over."""

    policy: str
    effective: date
    expires: date | None
    terms: AggregateTerms
    factors: tuple[Factor, ...] = ()
    rounding: Rounding = "half-up"


@dataclass(frozen=True, slots=True)
class AggregateMonth:
    """A policy month that has begun, named by the calendar month it starts in.

    ``lives`` are those of the lagged month; ``attachment`` is what the month adds to the cumulative one, which
    is rounded once; ``eligible`` is by paid date, capped per person;
    ``to_attachment`` is the attachment to date with the minimum in the policy's mode; ``excess`` is what lies
    above it, before rebates.
    """

    month: str
    lives: tuple[tuple[str, int], ...]
    attachment: int
    cumulative_attachment: int
    eligible: int
    cumulative_eligible: int
    to_attachment: int
    excess: int


@dataclass(frozen=True, slots=True)
class AggregatePosition:
    """The plan against its attachment point: ``eligible`` before ``rebates``, ``excess`` after them.

    ``missing_months`` are months whose enrollment (lagged) or budget was not recorded: they carry no
    attachment, so the point is too low until they are.
    """

    policy: str
    attachment_point: int
    sum_of_months: int
    minimum: int
    eligible: int
    excess: int
    reimbursable: int
    rebates: int
    months: tuple[AggregateMonth, ...]
    missing_months: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is an attachment point to be above: all months have one, or a minimum stands."""
        return not self.missing_months or self.minimum > 0


class Brought(NamedTuple):
    """What each person brings to the aggregate by some dates: a row a date, a column a person, minor units.

    ``accepted`` is what the carrier accepts, ``reached`` what the run-in limits leave of it, ``kept`` what of that
    is not above the limit of one person and counts (INV-23).
    """

    keys: list[str]
    accepted: Ints
    reached: Ints
    kept: Ints


class _Month(NamedTuple):
    start: date
    end: date
    counted: str
    lives: Mapping[str, int] | None
    attachment: Fraction | None


def aggregate_window(policy: AggregatePolicy) -> Window:
    """The window of a policy: terminal liability lets claims be paid some months longer (IIS, policy terms)."""
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    if not policy.terms.terminal_months or held.paid_to >= UNLIMITED_FUTURE:
        return held
    after = add_months(held.paid_to + timedelta(days=1), policy.terms.terminal_months)
    return replace(held, paid_to=after - timedelta(days=1))


def aggregate_position(
    policy: AggregatePolicy,
    pages: Sequence[Lines],
    *,
    enrollment: Counts,
    budget: Mapping[str, int],
    specifics: Sequence[SpecificPolicy] = (),
    rebates: int = 0,
    as_of: date,
) -> AggregatePosition:
    """The position of the plan with payments paid to a date (domain 5.4).

    Before the policy's last day the attachment is that of the months begun, with the minimum in
    ``ytd_minimum`` mode; from that day it is the full one, and on early termination the minimum is not
    prorated (SAFECO LGC 8809).
    """
    terms = policy.terms
    begun = _months(policy, enrollment, budget, as_of)
    attachments = [month.attachment or Fraction(0) for month in begun]
    total, minimum = rounded(sum(attachments, Fraction(0)), policy.rounding), _minimum(policy, attachments)
    point = _point(policy, attachments, as_of)
    ends = [min(month.end, as_of) for month in begun]
    *reached, eligible = brought(policy, pages, specifics, [*ends, as_of]).kept.sum(axis=1).tolist()
    deducted = rebates if terms.rebates_reduce else 0
    excess = max(0, eligible - deducted - point)
    due = share(excess, rate(terms.percentage), policy.rounding)
    return AggregatePosition(
        policy=policy.policy,
        attachment_point=point,
        sum_of_months=total,
        minimum=minimum,
        eligible=eligible,
        excess=excess,
        reimbursable=due if terms.maximum is None else min(due, terms.maximum),
        rebates=deducted,
        months=_statement(policy, begun, reached, minimum),
        missing_months=tuple(month.counted for month in begun if month.attachment is None),
    )


def attachment_to(policy: AggregatePolicy, enrollment: Counts, budget: Mapping[str, int], as_of: date) -> int:
    """The attachment point on a date, minor units. Raises :class:`MissingFactor`."""
    begun = _months(policy, enrollment, budget, as_of)
    return _point(policy, [month.attachment or Fraction(0) for month in begun], as_of)


def _point(policy: AggregatePolicy, attachments: Sequence[Fraction], as_of: date) -> int:
    total, minimum = rounded(sum(attachments, Fraction(0)), policy.rounding), _minimum(policy, attachments)
    if as_of < year_end(policy.effective, policy.expires):
        return _to_date(policy, total, minimum, len(attachments))
    months = policy.terms.terminal_months
    last = attachments[-months:] if months else []
    return max(total, minimum) + rounded(sum(last, Fraction(0)), policy.rounding)


def _statement(
    policy: AggregatePolicy, begun: Sequence[_Month], reached: Sequence[int], minimum: int
) -> tuple[AggregateMonth, ...]:
    months = []
    exact = Fraction(0)
    earlier = before = 0
    for place, (month, eligible) in enumerate(zip(begun, reached, strict=True), 1):
        exact += month.attachment or 0
        attachment = rounded(exact, policy.rounding)
        point = _to_date(policy, attachment, minimum, place)
        months.append(
            AggregateMonth(
                month=month_of(month.start),
                lives=tuple(sorted((month.lives or {}).items())),
                attachment=attachment - earlier,
                cumulative_attachment=attachment,
                eligible=eligible - before,
                cumulative_eligible=eligible,
                to_attachment=point,
                excess=max(0, eligible - point),
            )
        )
        earlier, before = attachment, eligible
    return tuple(months)


def _months(policy: AggregatePolicy, enrollment: Counts, budget: Mapping[str, int], as_of: date) -> list[_Month]:
    """The policy months begun by a date, each with its exact monthly attachment."""
    last = min(as_of, year_end(policy.effective, policy.expires))
    corridor = policy.terms.attachment if not policy.factors else None
    months = []
    for place in range(12):
        start = add_months(policy.effective, place)
        if start > last:
            break
        end = min(add_months(policy.effective, place + 1) - timedelta(days=1), last)
        counted = month_of(add_months(start, -policy.terms.enrollment_lag_months))
        lives = enrollment.get(counted)
        if corridor is not None:
            counted = month_of(start)
            planned = budget.get(counted)
            attachment = None if planned is None else planned * rate(corridor)
        else:
            attachment = None if lives is None else _attachment(policy, month_of(start), lives)
        months.append(_Month(start, end, counted, lives, attachment))
    return months


def _held(policy: AggregatePolicy, month: str) -> dict[str, list[Factor]]:
    """The factors of each tier in a month, of lines that the policy covers."""
    newest: dict[tuple[str, str | None], Factor] = {}
    for factor in policy.factors:
        known = newest.get((factor.tier, factor.coverage))
        if factor.from_month <= month and (known is None or known.from_month <= factor.from_month):
            newest[factor.tier, factor.coverage] = factor
    found: dict[str, list[Factor]] = {}
    for factor in newest.values():
        if factor.coverage is None or factor.coverage in policy.terms.covered:
            found.setdefault(factor.tier, []).append(factor)
    return found


def tiers_without_factor(policy: AggregatePolicy, month: str, lives: Mapping[str, int]) -> list[str]:
    """The tiers with lives in a calendar month for which a policy with factors has none in its months that count it.

    A policy that does not count the month, or has no factors at all, misses none.
    """
    missing: list[str] = []
    for place in range(12) if policy.factors else ():
        start = add_months(policy.effective, place)
        if start > year_end(policy.effective, policy.expires):
            break
        if month_of(add_months(start, -policy.terms.enrollment_lag_months)) == month:
            held = _held(policy, month_of(start))
            missing += [tier for tier, count in lives.items() if count and tier not in held]
    return missing


def _attachment(policy: AggregatePolicy, month: str, lives: Mapping[str, int]) -> Fraction:
    """Lives times factors over tiers and covered lines, in minor units, exact (La Porte TX schedule, AG-01)."""
    held = _held(policy, month)
    total = Fraction(0)
    for tier, count in lives.items():
        own = held.get(tier, [])
        if count and not own:
            raise MissingFactor(policy.policy, tier, month)
        total += count * sum((rate(factor.factor) for factor in own), Fraction(0))
    return total * 100


def _minimum(policy: AggregatePolicy, attachments: Sequence[Fraction]) -> int:
    """The greatest of the fixed amount, twelve monthly minimums (Cigna) and the percentage of the first month
    times twelve (Viehdorfer, AG-07); never prorated.
    """
    terms = policy.terms
    stated = max(terms.minimum_attachment, (terms.monthly_minimum or 0) * 12)
    if terms.minimum_percent_of_first_month is None or not attachments:
        return stated
    first = attachments[0] * 12 * rate(terms.minimum_percent_of_first_month)
    return max(stated, rounded(first, policy.rounding))


def _to_date(policy: AggregatePolicy, total: int, minimum: int, months: int) -> int:
    mode = policy.terms.ytd_minimum
    if mode == "none":
        return total
    return max(total, minimum if mode == "full" else share(minimum, Fraction(months, 12), policy.rounding))


def brought(
    policy: AggregatePolicy, pages: Sequence[Lines], specifics: Sequence[SpecificPolicy], ends: Sequence[date]
) -> Brought:
    """What each person brings of the payments paid to each of some dates in order.

    What is above the specific in force is its carrier's, paid or payable, and never counts (domain 5.4). With
    ``per_person_limit = "specific"`` that level holds for all of a person's lines; with an amount or none it holds for
    the lines that count under the specific, and the amount for everything.
    """
    terms = policy.terms
    held = aggregate_window(policy)
    specific = in_force(specifics, policy.effective, policy.expires)
    narrow = specific if terms.per_person_limit != "specific" else None
    name = "member" if specific is None or specific.terms.unit == "person" else "family"
    limited = terms.run_in_limit_person is not None or terms.run_in_limit_total is not None
    wanted = (name, "txn_type", "paid_on", "incurred_on", "eligible", *(("claim_id", "claim_line") if limited else ()))
    parts: list[list[npt.NDArray[Any]]] = [[Lines({}, 0)[column]] for column in wanted]
    marks = [np.zeros(0, dtype=np.bool_)]
    for page in pages:
        counts = in_window(held, page) & covered_lines(terms.covered, page)
        counts &= page["aggregate_eligible"] == 1
        for part, column in zip(parts, wanted, strict=True):
            part.append(page[column][counts])
        marks.append(counts_under(narrow, page)[counts] if narrow is not None else counts[counts])
    named, kinds, paid, incurred, amounts, *more = (np.concatenate(part) for part in parts)
    keys, person = grouped(named)
    under = np.concatenate(marks)
    days = np.array([day_number(end) for end in ends], dtype=np.int64)
    accepted = _to_days(days, paid, person, amounts, len(keys))
    back = (kinds == RECOVERY) & under
    shared = specific is not None and specific.terms.recovery_allocation == "pro_rata" and bool(back.any())
    if shared:
        recovered = _to_days(days, paid, person, np.where(back, -amounts, 0), len(keys))
        amounts = np.where(back, 0, amounts)
    columns = (person, paid, incurred, amounts, *more)
    by_day = _limited(policy, days, columns, len(keys)) if limited else []
    all_of = _reached(days, columns, by_day, np.ones_like(under), len(keys))
    reached = all_of if under.all() else _reached(days, columns, by_day, under, len(keys))
    rest = all_of - reached
    caps = _caps(specific, keys, person, incurred)
    kept = np.minimum(reached, caps.most)
    for at, lines in caps.several.items():
        own_lines = lines[under[lines]]
        for place, day in enumerate(days.tolist()):
            own = by_day[place][own_lines] if limited else np.where(paid[own_lines] <= day, amounts[own_lines], 0)
            kept[place, at] = caps.kept(own_lines, own)
    if specific is not None and shared:
        for row, gross, own in zip(kept, recovered, reached, strict=True):
            row -= gross - carriers_parts(gross, own, own - row, specific.rounding)
            own -= gross
    kept = np.minimum(kept, caps.top)
    if specific is not None and specific.terms.asd_counts_to_aggregate:
        pools = np.array([absorbed_to(specific, pages, keys, day) for day in days.tolist()], dtype=np.int64)
        kept = np.minimum(reached, kept + pools.reshape(kept.shape))
    kept, reached = kept + rest, reached + rest
    if isinstance(terms.per_person_limit, int):
        kept = np.minimum(kept, terms.per_person_limit)
    return Brought(keys, accepted, reached, kept)


def _reached(
    days: Ints, columns: Sequence[npt.NDArray[Any]], by_day: Sequence[Ints], of: npt.NDArray[np.bool_], size: int
) -> Ints:
    """What some of the lines add up to by each day, after run-in limits where there are any."""
    person, paid, _, amounts, *_ = columns
    if by_day:
        return np.array([summed(person, np.where(of, each, 0), size) for each in by_day], dtype=np.int64)
    return _to_days(days, paid, person, np.where(of, amounts, 0), size)


def _to_days(days: Ints, paid: Ints, person: Ints, amounts: Ints, size: int) -> Ints:
    """What each person's lines paid to each of some days in order add up to."""
    sums = np.zeros((len(days) + 1, size), dtype=np.int64)
    np.add.at(sums, (np.searchsorted(days, paid, side="left"), person), amounts)
    return np.cumsum(sums[:-1], axis=0)


def _limited(policy: AggregatePolicy, days: Ints, columns: Sequence[npt.NDArray[Any]], size: int) -> list[Ints]:
    """What counts of each line by each day with run-in limited, as the lines paid to that day stand."""
    found = []
    for day in days.tolist():
        known = columns[1] <= day
        amounts = np.zeros(len(known), dtype=np.int64)
        amounts[known] = limited_run_in(policy.terms, policy.effective, [each[known] for each in columns], size)
        found.append(amounts)
    return found


def _caps(specific: SpecificPolicy | None, keys: Sequence[str], person: Ints, incurred: Ints) -> Caps:
    if specific is not None:
        return caps_under(specific, keys, person, incurred)
    most = np.full(len(keys), NO_LIMIT, dtype=np.int64)
    return Caps(most, NO_LIMIT, most, {})
