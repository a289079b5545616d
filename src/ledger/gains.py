"""Running sums of payments in (paid_on, given) order: what each one adds for good once negative lines took back.

A negative line takes back its own claim of that day (a named line of it, or any), else the person's latest payments;
limits fill up with the gains that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ledger.lines import Coded, Column, Lines

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class OnceAsked:
    """A column that is gathered when somebody looks at it: the claims of lines matter only where some are negative."""

    __slots__ = ("_gather",)

    def __init__(self, gather: Callable[[], Column]) -> None:
        self._gather = gather

    def __getitem__(self, places: Any) -> OnceAsked:
        return OnceAsked(lambda: self._gather()[places])

    def tolist(self) -> list[Any]:
        """Its cells."""
        found: list[Any] = self._gather().tolist()
        return found


class View(NamedTuple):
    """Lines that count, side by side; ``person`` is an index into the keys."""

    person: Ints
    paid: Ints
    incurred: Ints
    amount: Ints
    claim: Column | OnceAsked
    claim_line: Column | OnceAsked

    def ordered(self, where: Bools) -> tuple[View, Ints]:
        """The lines of a mask in (paid_on, given) order, and their places here."""
        found = np.flatnonzero(where)
        places = found[np.argsort(self.paid[found], kind="stable")]
        columns: list[Any] = [column[places] for column in self]
        return View(*columns), places


def grouped(keys: Column) -> tuple[list[str], Ints]:
    """The distinct keys, and the place of each line's key among them."""
    distinct, place = _told_apart(keys)
    return [key.decode() for key in distinct.tolist()], place


def _told_apart(keys: Column) -> tuple[Column, Ints]:
    """The distinct keys as bytes, and the place of each line's key among them.

    Keys are told apart by a 64-bit mix of their bytes, which is then checked key by key. Each line looks up whichever
    line stands in the slot of its mix; only the few keys that find another key there are sorted.
    """
    mixed, count = _mixed(keys), len(keys)
    bits = _slot_bits(count)
    slot = (mixed >> np.uint64(64 - bits)).astype(np.intp)
    standing = np.empty(1 << bits, dtype=np.int64)  # A slot that no line has is never read.
    standing[slot] = np.arange(count)
    found = standing[slot]
    own = np.flatnonzero(found == np.arange(count))
    number = np.empty(count, dtype=np.int64)
    number[own] = np.arange(len(own))
    place = number[found]
    others = np.flatnonzero(mixed[found] != mixed)
    _, first, rest = np.unique(mixed[others], return_index=True, return_inverse=True)
    place[others] = len(own) + rest
    distinct = keys[np.concatenate([own, others[first]])]
    if not np.array_equal(distinct[place], keys):
        distinct, place = np.unique(keys, return_inverse=True)
    return distinct, place


def numbered(runs: Sequence[Lines]) -> tuple[Lines, ...]:
    """The same lines; whoever asks for their members or families as codes has them told apart once for all who ask."""
    made: dict[str, list[Coded]] = {}

    def coder(name: str, at: int) -> Coded:
        if name not in made:
            texts, place = _told_apart(np.concatenate([run[name] for run in runs]))
            codes = place.astype(np.int32)
            ends = np.cumsum([run.count for run in runs])[:-1]
            made[name] = [Coded(texts, part) for part in np.split(codes, ends)]
        return made[name][at]

    return tuple(
        run.with_codes({name: partial(coder, name, at) for name in ("member", "family")}) for at, run in enumerate(runs)
    )


def chosen(pages: Sequence[Lines], masks: Sequence[Bools], column_of: Callable[[Lines], Column]) -> Column:
    """What a function gives of each page, of the lines of its mask, laid end to end."""
    parts = [column_of(page) if mask.all() else column_of(page)[mask] for page, mask in zip(pages, masks, strict=True)]
    return np.concatenate([column_of(Lines({}, 0)), *parts])


def chosen_later(
    pages: Sequence[Lines], masks: Sequence[Bools], column_of: Callable[[Lines], Column]
) -> OnceAsked:
    """The same, gathered when somebody looks at it."""
    return OnceAsked(lambda: chosen(pages, masks, column_of))


def grouped_lines(pages: Sequence[Lines], masks: Sequence[Bools], name: str) -> tuple[list[str], Ints]:
    """The distinct keys of the lines of each page's mask, and the place of each line's key among them.

    Runs of pages whose keys are known as codes of one table are told apart by the codes alone.
    """
    runs: list[tuple[Column | None, list[Column]]] = []
    for page, mask in zip(pages, masks, strict=True):
        coded = page.coded(name)
        table, column = (None, page[name]) if coded is None else (coded.texts, coded.places)
        if not runs or runs[-1][0] is not table:
            runs.append((table, []))
        runs[-1][1].append(column if mask.all() else column[mask])
    found = [
        grouped(np.concatenate(parts)) if table is None else _used(table, np.concatenate(parts))
        for table, parts in runs
    ]
    if len(found) < 2:
        return found[0] if found else ([], np.zeros(0, dtype=np.int64))
    places: dict[str, int] = {}
    parts = [np.array([places.setdefault(key, len(places)) for key in keys], dtype=np.int64)[at] for keys, at in found]
    return list(places), np.concatenate(parts)


def _used(table: Column, codes: Column) -> tuple[list[str], Ints]:
    """The texts of a table that some code stands for, and each code's place among them."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(table)))
    rank = np.zeros(len(table), dtype=np.int64)
    rank[used] = np.arange(len(used))
    return [key.decode() for key in table[used].tolist()], rank[codes]


def _slot_bits(count: int) -> int:
    """Four to eight slots a line: of fifty thousand keys among a million lines, some hundreds meet another."""
    return count.bit_length() + 2


def _mixed(keys: npt.NDArray[np.bytes_]) -> npt.NDArray[np.uint64]:
    width = -(-keys.dtype.itemsize // 8)
    words = np.ascontiguousarray(keys.astype(f"S{width * 8}", copy=False)).view(np.uint64)
    mixed = np.zeros(len(keys), dtype=np.uint64)
    for word in words.reshape(len(keys), width).T:
        mixed = (mixed ^ word) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def summed(place: Ints, amounts: Ints, size: int) -> Ints:
    """The exact sum of the amounts of each place."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, place, amounts)
    return sums


def netted(view: View) -> Ints:
    """The amounts after negative lines took from the latest lines of the same claim, day of service and paid day.

    A negative line names a line of the claim, or no line (0) when it takes back the claim as a whole; then it takes
    from any line of it (domain 5.4: a reversal is netted against the original payment).
    """
    if not (view.amount < 0).any():
        return view.amount
    amount = view.amount.copy()
    cell = (view.person << 20) + view.paid
    shared = np.flatnonzero(np.isin(cell, cell[amount < 0])).tolist()
    columns: tuple[Column | OnceAsked, ...] = (cell, view.incurred, view.claim, view.claim_line)
    keys = list(zip(*(column[shared].tolist() for column in columns), strict=True))
    paid: dict[tuple[Any, ...], list[int]] = {}
    for place, key in zip(shared, keys, strict=True):
        if amount[place] > 0:
            paid.setdefault(key, []).append(place)
            paid.setdefault(key[:3], []).append(place)
    for place, key in zip(shared, keys, strict=True):
        left = paid.get(key if key[3] else key[:3], [])
        while amount[place] < 0 and left:
            taken = min(-amount[place], amount[left[-1]])
            amount[place] += taken
            amount[left[-1]] -= taken
            if not amount[left[-1]]:
                left.pop()
    return amount


def _runs(group: Ints, amounts: Ints) -> tuple[Ints, Ints, Ints]:
    """Running sums within each group: the order that brings groups together, group starts, and sums in that
    order.
    """
    order = np.argsort(group, kind="stable")
    ordered, by_group = amounts[order], group[order]
    starts = np.flatnonzero(np.concatenate([np.ones(1, dtype=bool), by_group[1:] != by_group[:-1]]))
    sums = np.cumsum(ordered)
    lengths = np.diff(np.append(starts, len(order)))
    return order, starts, sums - np.repeat(sums[starts] - ordered[starts], lengths)


def _steps(order: Ints, starts: Ints, path: Ints) -> Ints:
    steps = np.diff(path, prepend=0)
    steps[starts] = path[starts]
    placed = np.empty_like(steps)
    placed[order] = steps
    return placed


def gains(person: Ints, amount: Ints) -> Ints:
    """What each line adds for good, never negative: negative lines take back the person's latest gains.

    ``amount`` is what :func:`netted` left of each line.
    """
    if not len(person):
        return amount
    order, starts, path = _runs(person, amount)
    if (amount < 0).any():
        ends = np.append(starts[1:], len(path))
        falls = np.add.reduceat((amount[order] < 0).astype(np.int64), starts) > 0
        for start, end in zip(starts[falls].tolist(), ends[falls].tolist(), strict=True):
            path[start:end] = np.minimum.accumulate(path[start:end][::-1])[::-1]
        path = np.maximum(path, 0)
    return _steps(order, starts, path)


def filled(group: Ints, gained: Ints, room: Ints) -> Ints:
    """How much of each gain still fits into the room of its group, in order."""
    if not len(gained):
        return gained
    order, starts, path = _runs(group, gained)
    return _steps(order, starts, np.minimum(path, room[group[order]]))
