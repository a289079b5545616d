"""What each person brings to an aggregate: eligible claims without what is above the specific (domain 5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_number
from ledger.dating import incurred_days, paid_days
from ledger.gains import Bools, Ints, chosen, grouped, grouped_lines, summed
from ledger.levels import excess_of, line_levels, sums_of
from ledger.lines import Lines
from ledger.policies import (
    AggregatePolicy,
    SpecificPolicy,
    aggregate_window,
    covered_lines,
    in_window,
    own_pages,
    policy_of_lines,
    year_end,
)
from ledger.specific import NO_LIMIT, RECOVERY, assess, carriers_parts, limited_run_in


class Brought(NamedTuple):
    """What each person brings to the aggregate by some dates: a row a date, a column a person, minor units.

    ``accepted`` is what the carrier accepts, ``reached`` what the run-in limits leave of it, ``kept`` what of that
    is not above the limit of one person and counts (INV-23).
    """

    keys: list[str]
    accepted: Ints
    reached: Ints
    kept: Ints


def in_force(specifics: Sequence[SpecificPolicy], effective: date, expires: date | None) -> SpecificPolicy | None:
    """The specific policy in force in a policy year; of several, the one that starts last."""
    last = year_end(effective, expires)
    touching = [
        own for own in specifics
        if own.effective <= last and year_end(own.effective, own.expires) >= effective
    ]  # fmt: skip
    return max(touching, key=lambda own: own.effective, default=None)


@dataclass(frozen=True, slots=True)
class Specifics:
    """The specific policies beside an aggregate: those of its plan year, all that the plan has, and the plan's lines.

    The level of one that is in force in the aggregate's year limits a person; which lines are its own follows from all
    policies, and what its aggregating deductible took from all lines.
    """

    of_year: Sequence[SpecificPolicy] = ()
    every: Sequence[SpecificPolicy] = ()
    pages: Sequence[Lines] = ()


@dataclass(frozen=True, slots=True)
class _Columns:
    """The lines that count toward an aggregate, side by side; ``limited`` is what counts of each by each day when
    run-in is limited, ``level_days`` are those by which the specific that limits a line dates its service.
    """

    keys: list[str]
    person: Ints
    paid: Ints
    level_days: Ints
    amounts: Ints
    days: Ints
    limited: Sequence[Ints]

    def reached(self, of: Bools) -> Ints:
        """What some of the lines add up to by each day, after run-in limits where there are any."""
        size = len(self.keys)
        if self.limited:
            return np.array([summed(self.person, np.where(of, each, 0), size) for each in self.limited], dtype=np.int64)
        return _to_days(self.days, self.paid, self.person, np.where(of, self.amounts, 0), size)

    def on(self, place: int, lines: Ints) -> Ints:
        """What counts of some lines by one of the days."""
        if self.limited:
            return self.limited[place][lines]
        return np.where(self.paid[lines] <= self.days[place], self.amounts[lines], 0)


def brought(policy: AggregatePolicy, pages: Sequence[Lines], specifics: Specifics, ends: Sequence[date]) -> Brought:
    """What each person brings of the payments paid to each of some dates in order.

    What is above the specific is its carrier's, paid or payable, and never counts (domain 5.4). With
    ``per_person_limit = "specific"`` the level of the one in force holds for all of a person's lines; with an amount or
    none each specific's level holds for the lines that count under it, and the amount for everything. A person is whom
    the one in force names, also under another.
    """
    terms = policy.terms
    held = aggregate_window(policy)
    specific = in_force(specifics.of_year, policy.effective, policy.expires)
    name = "member" if specific is None or specific.terms.unit == "person" else "family"
    limited = terms.run_in_limit_person is not None or terms.run_in_limit_total is not None
    wanted = ("txn_type", "eligible", *(("claim_id", "claim_line") if limited else ()))
    limiting = [] if specific is None else [specific]
    if terms.per_person_limit != "specific":
        limiting = list(specifics.every)
    masks: list[Bools] = []
    days_of: list[list[Ints]] = [[np.zeros(0, dtype=np.int64)] for _ in range(4)]
    whole = terms.per_person_limit == "specific"
    for page in pages:
        counts = in_window(held, terms, page) & covered_lines(terms.covered, page)
        counts &= page["aggregate_eligible"] == 1
        masks.append(counts)
        place = np.full(page.count, 0 if limiting else -1) if whole else _under(limiting, page)
        own = incurred_days(terms, page)
        made = paid_days(terms, page), own, place, _level_days(limiting, place, page, own)
        for days_part, each in zip(days_of, made, strict=True):
            days_part.append(each[counts])
    kinds, amounts, *more = (chosen(pages, masks, itemgetter(column)) for column in wanted)
    paid, incurred, under, level_days = (np.concatenate(part) for part in days_of)
    keys, person = grouped_lines(pages, masks, name)
    days = np.array([day_number(end) for end in ends], dtype=np.int64)
    accepted = _to_days(days, paid, person, amounts, len(keys))
    shared = [at for at, each in enumerate(limiting) if each.terms.recovery_allocation == "pro_rata"]
    back = np.where((kinds == RECOVERY) & np.isin(under, shared), -amounts, 0)
    amounts = np.where(back != 0, 0, amounts)
    columns = (person, paid, incurred, amounts, *more)
    by_day = _limited(policy, days, columns, len(keys)) if limited else []
    lines = _Columns(keys, person, paid, level_days, amounts, days, by_day)
    reached = lines.reached(under == -1)
    kept = reached.copy()
    for at in np.unique(under[under >= 0]).tolist():
        mine = under == at
        recovered = _to_days(days, paid, person, np.where(mine, back, 0), len(keys))
        own, left = _kept(limiting[at], lines, mine, recovered, specifics)
        reached, kept = reached + own, kept + left
    if isinstance(terms.per_person_limit, int):
        kept = np.minimum(kept, terms.per_person_limit)
    return Brought(keys, accepted, reached, kept)


def _kept(
    specific: SpecificPolicy, lines: _Columns, mine: Bools, recovered: Ints, specifics: Specifics
) -> tuple[Ints, Ints]:
    """What the lines under a specific add up to by each day, and what of it is not above the specific and counts."""
    reached = lines.reached(mine)
    caps = caps_under(specific, lines.keys, lines.person[mine], lines.level_days[mine])
    kept = np.minimum(reached, caps.most)
    places = np.flatnonzero(mine)
    for at, own in caps.several.items():
        for place in range(len(lines.days)):
            kept[place, at] = caps.kept(own, lines.on(place, places[own]))
    for row, gross, own in zip(kept, recovered, reached, strict=True):
        row -= gross - carriers_parts(gross, own, own - row, specific.rounding)
        own -= gross
    kept = np.minimum(kept, caps.top)
    if specific.terms.asd_counts_to_aggregate:
        kept = np.minimum(reached, kept + _absorbed(specific, specifics, lines))
    return reached, kept


def _absorbed(specific: SpecificPolicy, specifics: Specifics, lines: _Columns) -> Ints:
    """What the aggregating deductible of a specific took from each person of its own payments, paid to each day."""
    place = [each.policy for each in specifics.every].index(specific.policy)
    own = own_pages(specifics.every, specifics.pages)[place]
    made = []
    for day in lines.days.tolist():
        found = assess(specific, [page.take(paid_days(specific.terms, page) <= day) for page in own])
        taken = dict(zip(found.keys, found.absorbed.tolist(), strict=True))
        made.append([taken.get(key, 0) for key in lines.keys])
    return np.array(made, dtype=np.int64).reshape(len(lines.days), len(lines.keys))


def _under(specifics: Sequence[SpecificPolicy], page: Lines) -> Ints:
    """The place of the specific under which each line counts, or -1 (domain 5.3 step 1, INV-20)."""
    place = policy_of_lines(specifics, page)
    place[page["specific_eligible"] != 1] = -1
    for at, specific in enumerate(specifics):
        place[(place == at) & _excluded(specific, page)] = -1
    return place


def _level_days(specifics: Sequence[SpecificPolicy], place: Ints, page: Lines, own: Ints) -> Ints:
    """When each line was incurred under the specific it falls under; else under the aggregate."""
    days = own
    for at, specific in enumerate(specifics):
        days = np.where(place == at, incurred_days(specific.terms, page), days)
    return days


def _excluded(policy: SpecificPolicy, page: Lines) -> Bools:
    """Which lines are of somebody excluded by a laser on the day of service."""
    if not policy.lasers:
        return np.zeros(page.count, dtype=np.bool_)
    keys, person = grouped(page["member" if policy.terms.unit == "person" else "family"])
    return line_levels(policy.lasers, policy.terms.deductible, keys, person, incurred_days(policy.terms, page)).out


class Caps(NamedTuple):
    """What the plan keeps of each person at most, and ``top``, what of it can count toward the aggregate.

    ``most`` is the deductible of a person; ``several`` are the lines of those whose lines fall under several.
    """

    most: Ints
    top: int
    of_line: Ints
    several: Mapping[int, Ints]

    def kept(self, lines: Ints, amounts: Ints) -> int:
        """What the plan keeps of the amounts of one person's lines that fall under several deductibles."""
        return int(amounts.sum()) - excess_of(sums_of(self.of_line[lines], amounts))


def caps_under(policy: SpecificPolicy, keys: Sequence[str], person: Ints, incurred: Ints) -> Caps:
    """The deductibles of each person's lines; what is above the policy's own counts when the laser band does.

    A line of an excluded member counts up to the base deductible.
    """
    base = policy.terms.deductible
    levels = line_levels(policy.lasers, base, keys, person, incurred)
    most = np.full(len(keys), base, dtype=np.int64)
    several = {}
    for at, lines in levels.lasered.items():
        if not lines.size:
            continue
        levels.of_line[lines] = np.where(levels.out[lines], base, levels.of_line[lines])
        distinct = np.unique(levels.of_line[lines])
        most[at] = distinct[-1]
        if len(distinct) > 1:
            several[at] = lines
    return Caps(most, NO_LIMIT if policy.terms.laser_band_counts else base, levels.of_line, several)


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
