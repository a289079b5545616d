"""Stop-loss positions, who crossed a deductible, and where every paid cent stands (domain 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import numpy as np

from ledger.aggregate import AggregateMonth, AggregatePosition, MissingFactor, aggregate_position
from ledger.brought import Specifics
from ledger.calendar import day_of
from ledger.gains import Ints
from ledger.lines import Lines
from ledger.money import rate, share
from ledger.on_demand import OnDemand
from ledger.policies import (
    AggregatePolicy,
    Factor,
    SpecificPolicy,
    common_days,
    contract_window,
    covered_lines,
    in_window,
    own_pages,
    policy_of_lines,
    policy_window,
    year_end,
)
from ledger.specific import Assessed, assess

__all__ = [
    "AggregateMonth", "AggregatePolicy", "AggregatePosition", "Buckets", "Crossing", "Factor",
    "MemberPosition", "MissingFactor", "SpecificPolicy", "SpecificPosition", "Specifics", "aggregate_position",
    "buckets", "buckets_of_persons", "common_days", "contract_window", "crossings", "in_window", "own_pages",
    "policy_of_lines", "policy_window", "specific_position", "year_end",
]  # fmt: skip


NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MemberPosition:
    """One person (or family) against the deductible, after run-in limits; nothing counts for an excluded one.

    ``run_in`` is the part of ``eligible`` that is run-in. ``crossed_on`` is the paid date from which
    ``eligible`` has been above the deductible.
    """

    member: str
    eligible: int
    run_in: int
    deductible: int
    excluded: bool
    excess: int
    absorbed: int
    reimbursable: int
    crossed_on: date | None


@dataclass(frozen=True, slots=True)
class SpecificPosition:
    """Everybody with a line that counts, the largest first, and the totals.

    ``due`` names those to whom something is reimbursable; ``found`` is in the order of ``members``.
    """

    policy: str
    members: Sequence[MemberPosition]
    eligible: int
    excess: int
    absorbed: int
    reimbursable: int
    due: Mapping[str, int] = field(repr=False, compare=False)
    found: Assessed = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A member who was at or under the deductible and is now over it."""

    member: str
    deductible: int
    eligible: int
    crossed_on: date


@dataclass(frozen=True, slots=True)
class Buckets:
    """Where every cent the plan paid, net, stands for one policy; the buckets add up to ``total`` (INV-26).

    A line goes to the first reason that fits, in the order of the fields. ``retained`` counts toward the
    aggregate; it holds the laser band and the aggregating deductible when the terms say that these count.
    """

    out_of_window: int
    uncovered: int
    ineligible: int
    excluded_member: int
    run_in_limit: int
    laser_band: int
    aggregating_deductible: int
    retained: int
    specific_excess: int

    @property
    def not_counting(self) -> int:
        """What the plan keeps and what counts toward nothing."""
        left_out = self.out_of_window + self.uncovered + self.ineligible + self.excluded_member
        return left_out + self.run_in_limit + self.laser_band + self.aggregating_deductible

    @property
    def total(self) -> int:
        """The net amount paid."""
        return self.retained + self.not_counting + self.specific_excess


def specific_position(
    policy: SpecificPolicy, pages: Sequence[Lines], *, prior_reimbursed: Mapping[str, int] = NOTHING
) -> SpecificPosition:
    """The position of everybody under a policy: steps 1 to 7 of domain 5.3, in that order.

    The percentage is rounded once a person, then the annual maximum applies, then what is left of the
    lifetime maximum after ``prior_reimbursed`` (policy SL-2001 section 4). The deductible is never prorated.
    """
    found = _largest_first(assess(policy, pages))
    due = _reimbursable(policy, found, prior_reimbursed)

    def member(at: int) -> MemberPosition:
        excess = int(found.excess[at])
        return MemberPosition(
            member=found.keys[at],
            eligible=int(found.eligible[at]),
            run_in=int(found.run_in[at]),
            deductible=int(found.deductible[at]),
            excluded=bool(found.excluded[at]),
            excess=excess,
            absorbed=int(found.absorbed[at]),
            reimbursable=due.get(found.keys[at], 0),
            crossed_on=day_of(int(found.crossed[at])) if excess else None,
        )

    return SpecificPosition(
        policy=policy.policy,
        members=OnDemand(len(found.keys), member),
        eligible=int(found.eligible.sum()),
        excess=int(found.excess.sum()),
        absorbed=int(found.absorbed.sum()),
        reimbursable=sum(due.values()),
        due=due,
        found=found,
    )


def _largest_first(found: Assessed) -> Assessed:
    """Everybody by what is eligible, the largest first, then by name."""
    order = np.argsort(-found.eligible, kind="stable")
    ordered = found.eligible[order]
    bounds = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, [len(ordered)]])
    for at in np.flatnonzero(np.diff(bounds) > 1).tolist():  # Equal amounts are few: only those are put by name.
        start, end = int(bounds[at]), int(bounds[at + 1])
        order[start:end] = sorted(order[start:end].tolist(), key=found.keys.__getitem__)
    places = {before: at for at, before in enumerate(order.tolist())} if found.levels else {}
    columns = {name: column[order] for name, column in found._asdict().items() if isinstance(column, np.ndarray)}
    keys = [found.keys[at] for at in order.tolist()]
    levels = {places[at]: sums for at, sums in found.levels.items()}
    return Assessed(**{**found._asdict(), **columns, "keys": keys, "levels": levels})


def _reimbursable(policy: SpecificPolicy, found: Assessed, prior: Mapping[str, int]) -> dict[str, int]:
    """Steps 6 and 7 for those with an excess above what was absorbed; nobody else is due anything."""
    terms, ratio = policy.terms, rate(policy.terms.percentage)
    due: dict[str, int] = {}
    for at in np.flatnonzero(found.excess > found.absorbed).tolist():
        amount = share(int(found.excess[at] - found.absorbed[at]), ratio, policy.rounding)
        if terms.annual_maximum is not None:
            amount = min(amount, terms.annual_maximum)
        if terms.lifetime_maximum is not None:
            amount = min(amount, max(0, terms.lifetime_maximum - prior.get(found.keys[at], 0)))
        due[found.keys[at]] = amount
    return due


def crossings(policy: SpecificPolicy, before: Sequence[Lines], after: Sequence[Lines]) -> tuple[Crossing, ...]:
    """Who is over the deductible with the pages after and was not with those before (strictly over: SL-2001
    section 4), by date and member.
    """
    was, now = assess(policy, before), assess(policy, after)
    over = {key for key, excess in zip(was.keys, was.excess.tolist(), strict=True) if excess}
    found = [
        Crossing(now.keys[at], int(now.deductible[at]), int(now.eligible[at]), day_of(int(now.crossed[at])))
        for at in np.flatnonzero(now.excess).tolist()
        if now.keys[at] not in over
    ]
    return tuple(sorted(found, key=lambda crossing: (crossing.crossed_on, crossing.member)))


def buckets(policy: SpecificPolicy, pages: Sequence[Lines]) -> Buckets:
    """Every net paid cent in exactly one bucket (domain 5.3, INV-26).

    ``specific_excess`` is what lies above the deductible and the aggregating deductible, before percentage
    and maxima.
    """
    terms = policy.terms
    held = contract_window(terms.contract_basis, policy.effective, policy.expires)
    outside = uncovered = ineligible = 0
    for page in pages:
        amount, inside, covered = page["amount"], in_window(held, terms, page), covered_lines(terms.covered, page)
        accepted = np.where(page["specific_eligible"] == 1, page["eligible"], 0)
        outside += int(amount[~inside].sum())
        uncovered += int(amount[inside & ~covered].sum())
        ineligible += int((amount - accepted)[inside & covered].sum())
    of_persons = buckets_of_persons(policy, assess(policy, pages))
    return Buckets(
        out_of_window=outside,
        uncovered=uncovered,
        ineligible=ineligible,
        **{name: int(amounts.sum()) for name, amounts in of_persons.items()},
    )


def buckets_of_persons(policy: SpecificPolicy, found: Assessed) -> dict[str, Ints]:
    """The buckets that hold parts of persons and not lines, an array each in the order of ``found.keys``."""
    terms, nothing = policy.terms, np.zeros_like(found.eligible)
    band = np.maximum(found.eligible - found.excess - terms.deductible, 0)  # kept above the policy's own deductible
    counting = (band if terms.laser_band_counts else nothing) + (
        found.absorbed if terms.asd_counts_to_aggregate else nothing
    )
    return {
        "excluded_member": found.excluded_amount,
        "run_in_limit": found.run_in_cut,
        "laser_band": nothing if terms.laser_band_counts else band,
        "aggregating_deductible": nothing if terms.asd_counts_to_aggregate else found.absorbed,
        "retained": found.eligible - found.excess - band + counting,
        "specific_excess": found.excess - found.absorbed,
    }
