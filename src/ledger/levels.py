"""The deductible level of each line: the policy's, or that of the laser in force on the day it was incurred.

A person with lines under several levels fills them lowest first. What the plan keeps is then the least, over the
levels, of that level and the lines above it; the excess is the greatest of what is eligible at a level and below
less that level (docs/decisions/0013).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ledger.calendar import day_number
from ledger.gains import Bools, Ints
from ledger.terms import UNLIMITED_FUTURE, UNLIMITED_PAST, Laser, Window

Sums = tuple[tuple[int, int], ...]
"""Level and what is eligible under it, lowest first, minor units."""


def removed(lasers: Iterable[Laser], member: str, from_date: date) -> list[Laser]:
    """The lasers that are left when those of a member end the day before a date (both their ends included)."""
    kept: list[Laser] = []
    last = from_date - timedelta(days=1)
    for laser in lasers:
        if laser.member != member or (laser.to_date or UNLIMITED_FUTURE) < from_date:
            kept.append(laser)
        elif (laser.from_date or UNLIMITED_PAST) <= last:
            kept.append(laser.model_copy(update={"to_date": last}))
    return kept


@dataclass(frozen=True, slots=True)
class Levels:
    """The level of each line; ``out`` are lines of a member excluded on their incurred date.

    ``lasered`` are the places of persons with a laser, each with the numbers of their lines.
    """

    of_line: Ints
    out: Bools
    lasered: Mapping[int, Ints]


def line_levels(lasers: Sequence[Laser], base: int, keys: Sequence[str], person: Ints, incurred: Ints) -> Levels:
    """The level of each line on its incurred date: an exclusion comes first, then the highest deductible."""
    level = np.full(len(person), base, dtype=np.int64)
    out = np.zeros(len(person), dtype=np.bool_)
    held = _by_member(lasers)
    places = {at: held[key] for at, key in enumerate(keys) if key in held} if held else {}
    if not places:
        return Levels(level, out, {})
    wanted = np.zeros(len(keys), dtype=np.bool_)
    wanted[list(places)] = True
    lines = np.flatnonzero(wanted[person])
    lines = lines[np.argsort(person[lines], kind="stable")]
    found = {}
    for at, own in places.items():
        low, high = np.searchsorted(person[lines], [at, at + 1])
        found[at] = lines[low:high]
        days = incurred[found[at]]
        for laser in own:
            first = day_number(laser.from_date or UNLIMITED_PAST)
            reached = found[at][(days >= first) & (days <= day_number(laser.to_date or UNLIMITED_FUTURE))]
            if laser.deductible is None:
                out[reached] = True
            else:
                level[reached] = laser.deductible
    return Levels(level, out, found)


def _by_member(lasers: Iterable[Laser]) -> dict[str, list[Laser]]:
    """The lasers of each member, the one that comes first last."""
    found: dict[str, list[Laser]] = {}
    for laser in sorted(lasers, key=lambda each: (each.excluded, each.deductible or 0)):
        found.setdefault(laser.member, []).append(laser)
    return found


def sums_of(levels: Ints, amounts: Ints) -> Sums:
    """What some lines add up to at each of their levels, lowest first; a level where nothing is left is none."""
    distinct, place = np.unique(levels, return_inverse=True)
    sums = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(sums, place, amounts)
    return tuple((level, amount) for level, amount in zip(distinct.tolist(), sums.tolist(), strict=True) if amount)


def excess_of(sums: Sums) -> int:
    """What lies over the levels: the greatest of what is eligible at a level and below less that level.

    A level that adds up to less than nothing takes back from those below it.
    """
    reached = sum(amount for _, amount in sums)
    left, most = reached, 0
    for level, amount in reversed(sums):
        left = min(left, reached)
        most = max(most, left - level)
        reached -= amount
    return most


def excess_path(levels: Ints, amounts: Ints) -> Ints:
    """What one person's lines, in order, each add to the excess for good: later falls take back the latest."""
    distinct, place = np.unique(levels, return_inverse=True)
    steps = np.zeros((len(amounts), len(distinct)), dtype=np.int64)
    steps[np.arange(len(amounts)), place] = amounts
    reached = np.cumsum(np.cumsum(steps, axis=0), axis=1)
    left = np.minimum.accumulate(reached[:, ::-1], axis=1)[:, ::-1]
    path = np.maximum((left - distinct).max(axis=1), 0)
    return np.diff(np.minimum.accumulate(path[::-1])[::-1], prepend=0)


def standing(lasers: Sequence[Laser], base: int, member: str, held: Window) -> tuple[bool, int]:
    """Whether a member without any amount is excluded on every day that counts, and the highest level else."""
    own = [laser for laser in lasers if laser.member == member]
    levels = [_on(own, base, day) for day in _changes(own, held)]
    known = [level for level in levels if level is not None]
    return not known, max(known, default=base)


def _changes(lasers: Iterable[Laser], held: Window) -> Iterator[date]:
    yield held.incurred_from
    for laser in lasers:
        starts = [laser.from_date, None if laser.to_date is None else laser.to_date + timedelta(days=1)]
        yield from (day for day in starts if day is not None and held.incurred_from <= day <= held.incurred_to)


def _on(lasers: Iterable[Laser], base: int, day: date) -> int | None:
    level, found = base, False
    for laser in lasers:
        if (laser.from_date or day) <= day <= (laser.to_date or day):
            if laser.deductible is None:
                return None
            level, found = max(laser.deductible, level) if found else laser.deductible, True
    return level
