"""Aggregate stop-loss: what the carrier pays above an attachment point for the whole plan (domain 5.4).

The attachment point is the greater of the monthly attachment points to the end (or to early termination) and
the full minimum: SAFECO Excess Loss LGC 8809 (Indian River County FL); the percentage minimum is that of the
first month times twelve (Viehdorfer), another is the sum of monthly minimums (Cigna); terminal liability adds
the last months again and lengthens the paid window (IIS, policy terms). Attachments are exact to the end and
rounded once, at the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from ledger.brought import Specifics, brought
from ledger.calendar import add_months, month_of
from ledger.lines import Lines
from ledger.money import rate, rounded, share
from ledger.policies import AggregatePolicy, Factor, year_end
from ledger.refusals import Refusal

Counts = Mapping[str, Mapping[str, int]]
NO_SPECIFICS = Specifics()
NOTHING: Mapping[date, int] = MappingProxyType({})


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
class AggregateMonth:
    """A policy month that has begun, named by the calendar month it starts in.

    ``lives`` are those of the lagged month; ``attachment`` is what the month adds to the cumulative one, which
    is rounded once; ``eligible`` is by paid date, capped per person;
    ``to_attachment`` is the attachment to date with the minimum in the policy's mode; ``excess`` is what lies
    above it once the ``rebates`` of the year that came in by then are deducted.
    """

    month: str
    lives: tuple[tuple[str, int], ...]
    attachment: int
    cumulative_attachment: int
    eligible: int
    cumulative_eligible: int
    to_attachment: int
    excess: int
    rebates: int = 0

    @property
    def counting(self) -> int:
        """What is set against the attachment to date: eligible to date less the rebates."""
        return self.cumulative_eligible - self.rebates


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


class _Month(NamedTuple):
    start: date
    end: date
    counted: str
    lives: Mapping[str, int] | None
    attachment: Fraction | None


def aggregate_position(
    policy: AggregatePolicy,
    pages: Sequence[Lines],
    *,
    enrollment: Counts,
    budget: Mapping[str, int],
    specifics: Specifics = NO_SPECIFICS,
    rebates: Mapping[date, int] = NOTHING,
    as_of: date,
) -> AggregatePosition:
    """The position of the plan with payments paid to a date (domain 5.4).

    Before the policy's last day the attachment is that of the months begun, with the minimum in
    ``ytd_minimum`` mode; from that day it is the full one, and on early termination the minimum is not
    prorated (SAFECO LGC 8809). ``rebates`` are by the day they came in; where the terms deduct them they lower what
    counts from that day on, in a month as at the end (domain 5.4, 5.5).
    """
    terms = policy.terms
    begun = _months(policy, enrollment, budget, as_of)
    attachments = [month.attachment or Fraction(0) for month in begun]
    total, minimum = rounded(sum(attachments, Fraction(0)), policy.rounding), _minimum(policy, attachments)
    point = _point(policy, attachments, as_of)
    ends = [min(month.end, as_of) for month in begun]
    *reached, eligible = brought(policy, pages, specifics, [*ends, as_of]).kept.sum(axis=1).tolist()
    deducted = [_came_in(rebates, end) if terms.rebates_reduce else 0 for end in [*ends, as_of]]
    excess = max(0, eligible - deducted[-1] - point)
    due = share(excess, rate(terms.percentage), policy.rounding)
    return AggregatePosition(
        policy=policy.policy,
        attachment_point=point,
        sum_of_months=total,
        minimum=minimum,
        eligible=eligible,
        excess=excess,
        reimbursable=due if terms.maximum is None else min(due, terms.maximum),
        rebates=deducted[-1],
        months=_statement(policy, begun, reached, deducted[:-1], minimum),
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


def _came_in(rebates: Mapping[date, int], day: date) -> int:
    return sum(amount for on, amount in rebates.items() if on <= day)


def _statement(
    policy: AggregatePolicy, begun: Sequence[_Month], reached: Sequence[int], deducted: Sequence[int], minimum: int
) -> tuple[AggregateMonth, ...]:
    months = []
    exact = Fraction(0)
    earlier = before = 0
    for place, (month, eligible, back) in enumerate(zip(begun, reached, deducted, strict=True), 1):
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
                excess=max(0, eligible - back - point),
                rebates=back,
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


def months_without_factor(policy: AggregatePolicy, tiers: Sequence[str]) -> dict[str, list[str]]:
    """The months of a policy with factors in which it has none for a tier, of those of some tiers that miss one."""
    found: dict[str, list[str]] = {}
    for place in range(12) if policy.factors else ():
        start = add_months(policy.effective, place)
        if start <= year_end(policy.effective, policy.expires):
            held = _held(policy, month_of(start))
            for tier in tiers:
                if tier not in held:
                    found.setdefault(tier, []).append(month_of(start))
    return found


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
