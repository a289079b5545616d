"""Where every net paid cent of a plan stands under each of its stop-loss policies, with the reason (INV-26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ledger.brought import Specifics, brought
from ledger.calendar import day_number
from ledger.dating import paid_days
from ledger.lines import Lines
from ledger.policies import aggregate_window, covered_lines, in_window
from ledger.specific import assess
from ledger.stop_loss import AggregatePolicy, SpecificPolicy, buckets, buckets_of_persons
from projections.carriers import beside, shared_out
from projections.history import History


@dataclass(frozen=True, slots=True)
class Bucket:
    """An amount in minor units and, in a few words, why it stands there; negative when more was taken back."""

    name: str
    amount: int
    why: str


@dataclass(frozen=True, slots=True)
class PolicyBuckets:
    """One policy: the buckets add up to ``net_paid``, all that the plan paid less what was taken back."""

    policy: str
    coverage_kind: str
    buckets: tuple[Bucket, ...]
    net_paid: int

    @property
    def total(self) -> int:
        """The sum of the buckets."""
        return sum(bucket.amount for bucket in self.buckets)


_SPECIFIC = {
    "out_of_window": "incurred or paid outside the contract basis",
    "uncovered": "a line of coverage that the policy does not cover",
    "ineligible": "not accepted by the carrier",
    "excluded_member": "the member is excluded by a laser",
    "run_in_limit": "above the limit for claims incurred before the policy",
    "laser_band": "between the deductible and the member's laser",
    "aggregating_deductible": "taken by the aggregating deductible",
    "retained": "at or under the deductible",
    "specific_excess": "above the deductible",
}


def stop_loss_buckets(
    history: History, year: int, as_of: date, *, policy: str | None = None, known_at: int | None = None
) -> tuple[PolicyBuckets, ...]:
    """Every policy effective in a plan year (or the one named), each with every cent booked by a date."""
    history = history.until(known_at)
    pages = history.lines_until(as_of)
    specifics, aggregates = history.specific_policies(), history.aggregate_policies()
    wanted = {own.policy for own in history.specific_policies(year)}
    wanted |= {own.policy for own in history.aggregate_policies(year)}
    made = [_specific(specifics, at, pages) for at in range(len(specifics))]
    made += [_aggregate(aggregates, at, pages, beside(history, year, pages), as_of) for at in range(len(aggregates))]
    return tuple(each for each in made if each.policy in wanted and policy in (None, each.policy))


def persons_in_bucket(
    history: History, year: int, as_of: date, policy: str, bucket: str
) -> list[tuple[str, int]]:
    """What of each person (or family) stands in a bucket that is not made of lines, minor units."""
    pages = history.lines_until(as_of)
    specifics, aggregates = history.specific_policies(), history.aggregate_policies()
    at = next((place for place, own in enumerate(specifics) if own.policy == policy), None)
    if at is not None:
        assessed = assess(specifics[at], _shared_out(specifics, at, pages)[0])
        return list(zip(assessed.keys, buckets_of_persons(specifics[at], assessed)[bucket].tolist(), strict=True))
    at = next(place for place, each in enumerate(aggregates) if each.policy == policy)
    found = brought(aggregates[at], _shared_out(aggregates, at, pages)[0], beside(history, year, pages), [as_of])
    parts = {
        "run_in_limit": found.accepted - found.reached,
        "above_person_limit": found.reached - found.kept,
        "counted": found.kept,
    }
    return list(zip(found.keys, parts[bucket][-1].tolist(), strict=True))


def _shared_out(
    policies: Sequence[SpecificPolicy | AggregatePolicy], at: int, pages: Sequence[Lines]
) -> tuple[list[Lines], Bucket]:
    """The lines that may count under a policy, and what counts under another of its kind (INV-20)."""
    own, elsewhere = shared_out(policies, at, pages)
    amount = sum(amount for _, amount in elsewhere.values())
    return own, Bucket("other_policy", amount, "counts under another policy of the kind")


def _specific(policies: Sequence[SpecificPolicy], at: int, pages: Sequence[Lines]) -> PolicyBuckets:
    own, elsewhere = _shared_out(policies, at, pages)
    found = buckets(policies[at], own)
    parts = [Bucket(name, getattr(found, name), why) for name, why in _SPECIFIC.items()]
    return _policy(policies[at].policy, "specific", [elsewhere, *parts], pages)


def _aggregate(
    policies: Sequence[AggregatePolicy],
    at: int,
    pages: Sequence[Lines],
    specifics: Specifics,
    as_of: date,
) -> PolicyBuckets:
    policy = policies[at]
    own, elsewhere = _shared_out(policies, at, pages)
    outside, uncovered, ineligible = cut_lines(policy, own, as_of).values()
    found = brought(policy, own, specifics, [as_of])
    return _policy(
        policy.policy,
        "aggregate",
        [
            elsewhere,
            Bucket("out_of_window", outside, _SPECIFIC["out_of_window"]),
            Bucket("uncovered", uncovered, _SPECIFIC["uncovered"]),
            Bucket("ineligible", ineligible, _SPECIFIC["ineligible"]),
            Bucket("run_in_limit", int((found.accepted - found.reached).sum()), _SPECIFIC["run_in_limit"]),
            Bucket("above_person_limit", int((found.reached - found.kept).sum()),
                   "above what one person can bring to the aggregate"),
            Bucket("counted", int(found.kept.sum()), "counts toward the attachment point"),
        ],
        pages,
    )  # fmt: skip


def cut_lines(policy: AggregatePolicy, pages: Sequence[Lines], as_of: date) -> dict[str, int]:
    """What of the lines of a policy the carrier does not accept by a date, by reason; net of what was taken back."""
    held = aggregate_window(policy)
    found = dict.fromkeys(("incurred or paid outside", "not covered", "ineligible"), 0)
    for page in pages:
        amount = page["amount"]
        inside = in_window(held, policy.terms, page) & (paid_days(policy.terms, page) <= day_number(as_of))
        covered = covered_lines(policy.terms.covered, page)
        accepted = np.where(page["aggregate_eligible"] == 1, page["eligible"], 0)
        found["incurred or paid outside"] += int(amount[~inside].sum())
        found["not covered"] += int(amount[inside & ~covered].sum())
        found["ineligible"] += int((amount - accepted)[inside & covered].sum())
    return found


def _policy(name: str, kind: str, parts: list[Bucket], pages: Sequence[Lines]) -> PolicyBuckets:
    return PolicyBuckets(name, kind, tuple(parts), sum(page.total() for page in pages))
