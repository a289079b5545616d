"""How the paid claims of an aggregate policy become eligible ones, month by month (domain 11.1, report R2).

In every month, and in the run-out after them, eligible = claims paid − taken back − not accepted − specific excess,
each a sum of its own lines or persons; what is paid outside the policy's paid window is in none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from ledger.aggregate import AggregatePosition
from ledger.brought import brought
from ledger.calendar import add_months, day_number
from ledger.dating import paid_days
from ledger.lines import Lines
from ledger.money import share
from ledger.policies import AggregatePolicy, Factor, aggregate_window, year_end
from projections.accounts import Account
from projections.buckets import cut_lines
from projections.carriers import beside, shared_out
from projections.history import History


@dataclass(frozen=True, slots=True)
class Accumulated:
    """What the payments of one month come to, minor units, all but ``eligible`` as they are taken off or added.

    ``month`` is empty for the run-out after the last month. ``minimum`` is the minimum attachment to date in the
    policy's mode, ``factors`` those in force by tier (and coverage), ``rebates`` what was received in the month and
    reduces the eligible claims, which are before it.
    """

    month: str
    factors: tuple[tuple[str, str], ...]
    minimum: int
    claims_paid: int
    taken_back: int
    not_accepted: int
    specific_excess: int
    eligible: int
    rebates: int


def accumulated(
    history: History, year: int, policy: AggregatePolicy, position: AggregatePosition, as_of: date
) -> tuple[Accumulated, ...]:
    """Every month of the policy that has begun; then, when anything counts there, the run-out."""
    last = min(as_of, year_end(policy.effective, policy.expires))
    starts = [add_months(policy.effective, place) for place in range(len(position.months) + 1)]
    ends = [min(start - timedelta(days=1), last) for start in starts[1:]]
    firsts = [aggregate_window(policy).paid_from, *starts[1 : len(ends)]]
    if not ends:
        return ()
    spans = [*zip(firsts, ends, strict=True), (ends[-1] + timedelta(days=1), as_of)]
    policies = history.aggregate_policies()
    place = [each.policy for each in policies].index(policy.policy)
    pages = paid_within(policy, history.lines_until(as_of), date.min, as_of)
    own, _ = shared_out(policies, place, pages)
    found = brought(policy, own, beside(history, year, history.lines_until(as_of)), [*ends, as_of])
    run_in = _steps((found.accepted - found.reached).sum(axis=1).tolist())
    above = _steps((found.reached - found.kept).sum(axis=1).tolist())
    made = []
    for at, (first, end) in enumerate(spans):
        month = position.months[at] if at < len(position.months) else None
        theirs = paid_within(policy, pages, first, end)
        paid = sum(int(page["amount"][page["amount"] > 0].sum()) for page in theirs)
        net = sum(page.total() for page in theirs)
        share_of, elsewhere = shared_out(policies, place, theirs)
        cut = sum(amount for _, amount in elsewhere.values()) + sum(cut_lines(policy, share_of, as_of).values())
        cut += run_in[at]
        made.append(
            Accumulated(
                month=month.month if month else "",
                factors=_factors(policy, month.month) if month else (),
                minimum=minimum_to_date(policy, position.minimum, at + 1) if month else 0,
                claims_paid=paid,
                taken_back=paid - net,
                not_accepted=cut,
                specific_excess=above[at],
                eligible=net - cut - above[at],
                rebates=_rebates(history, policy, year, date.min if at == 0 else first, end),
            )
        )
    return tuple(made if any(_figures(made[-1])) else made[:-1])


def _figures(row: Accumulated) -> tuple[int, ...]:
    return row.claims_paid, row.taken_back, row.not_accepted, row.specific_excess, row.eligible, row.rebates


def _steps(cumulative: Sequence[int]) -> list[int]:
    return [now - before for now, before in zip(cumulative, [0, *cumulative], strict=False)]


def paid_within(policy: AggregatePolicy, pages: Sequence[Lines], first: date, last: date) -> list[Lines]:
    """The lines paid between two days, both included, that lie in the policy's paid window."""
    held = aggregate_window(policy)
    low, high = day_number(max(first, held.paid_from)), day_number(min(last, held.paid_to))
    paid = (paid_days(policy.terms, page) for page in pages)
    masks = ((days >= low) & (days <= high) for days in paid)
    return [page if mask.all() else page.take(mask) for page, mask in zip(pages, masks, strict=True)]


def factors_in(policy: AggregatePolicy, month: str) -> list[Factor]:
    """The factors in force in a month: of each tier and coverage, the one that starts last."""
    found: dict[tuple[str, str | None], Factor] = {}
    for factor in policy.factors:
        known = found.get((factor.tier, factor.coverage))
        if factor.from_month <= month and (known is None or known.from_month <= factor.from_month):
            found[factor.tier, factor.coverage] = factor
    return list(found.values())


def minimum_to_date(policy: AggregatePolicy, minimum: int, months: int) -> int:
    """The minimum attachment that counts once so many months have begun, in the policy's ``ytd_minimum`` mode."""
    mode = policy.terms.ytd_minimum
    if mode == "none":
        return 0
    return minimum if mode == "full" else share(minimum, Fraction(months, 12), policy.rounding)


def _factors(policy: AggregatePolicy, month: str) -> tuple[tuple[str, str], ...]:
    covered = policy.terms.covered
    return tuple(
        (f"{each.tier} {each.coverage}" if each.coverage else each.tier, each.factor)
        for each in factors_in(policy, month)
        if each.coverage is None or each.coverage in covered
    )


def _rebates(history: History, policy: AggregatePolicy, year: int, first: date, last: date) -> int:
    """The plan year's rebates received between two days, when they reduce what is eligible."""
    if not policy.terms.rebates_reduce:
        return 0
    moved = history.daily
    mask = (moved.credit == Account.REBATES) & (moved.year == year) & (moved.day <= day_number(last))
    if first > date.min:
        mask &= moved.day >= day_number(first)
    return int(moved.amount[mask].sum(dtype=np.int64))
