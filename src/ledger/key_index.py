"""Equal 64-bit keys found again among millions: appended at no cost, sorted only when many are asked for at once.

A process that asks once compares with every key. One that goes on asking for a few at a time lays long runs into
drawers by the first bits of a key, which costs a tenth of sorting them; keys that come a few at a time are kept in a
dictionary.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int64]

_FEW = 16  # up to so many keys at a time are looked for, or kept, one by one
_KEPT = 8192  # keys kept one by one, before they are laid together
_LONG = 1 << 15  # comparing with fewer keys costs less than a drawer
_PATIENCE = 16  # looked for so often, the keys are laid into drawers
_DRAWERS = 1 << 16


class _Run:
    """Keys numbered from ``first``; the drawers are made when they are worth it."""

    __slots__ = ("_order", "_starts", "first", "keys")

    def __init__(self, first: int, keys: Keys) -> None:
        self.first = first
        self.keys = keys
        self._order: npt.NDArray[np.int32] | None = None
        self._starts: Numbers | None = None

    def lay_out(self) -> None:
        """Make the drawers of a long run, once."""
        if self._order is None and self.keys.size >= _LONG:
            drawers = (self.keys.view(np.uint64) >> np.uint64(48)).astype(np.uint16)
            self._order = np.argsort(drawers, kind="stable").astype(np.int32)  # of 16 bits: without comparing
            self._starts = np.cumsum(np.bincount(drawers, minlength=_DRAWERS))

    def find(self, key: int) -> list[int]:
        """The numbers of the keys equal to one, in order."""
        if self._order is None or self._starts is None:
            found = np.flatnonzero(self.keys == key)
        else:
            drawer = key % (1 << 64) >> 48
            held = self._order[int(self._starts[drawer - 1]) if drawer else 0 : int(self._starts[drawer])]
            found = held[self.keys[held] == key]
        numbers: list[int] = found.tolist()
        return [number + self.first for number in numbers] if self.first else numbers


class KeyIndex:
    """Keys numbered from 0 as they come. What is kept is 8 bytes a key, and 4 or 8 more in drawers or once sorted."""

    __slots__ = ("_asked", "_count", "_fresh", "_singly", "_sorted")

    def __init__(self) -> None:
        self._asked = 0
        self._count = 0
        self._singly: dict[int, list[int]] = {}
        self._fresh: list[_Run] = []
        self._sorted: list[tuple[Keys, Numbers]] = []

    def __len__(self) -> int:
        return self._count

    def add(self, keys: Keys) -> None:
        """Append keys; arrays are laid together, so that there are never more than some tens."""
        if keys.size <= _FEW:
            for key in keys.tolist():
                self._singly.setdefault(key, []).append(self._count)
                self._count += 1
            if len(self._singly) > _KEPT:
                self._lay_together()
            return
        first = self._count
        self._count += keys.size
        while self._fresh and self._fresh[-1].keys.size <= keys.size and self._ends(self._fresh[-1]) == first:
            before = self._fresh.pop()
            first, keys = before.first, np.concatenate([before.keys, keys])
        self._fresh.append(_Run(first, keys))

    @staticmethod
    def _ends(run: _Run) -> int:
        return int(run.first + run.keys.size)

    def find(self, wanted: Keys) -> tuple[Numbers, Numbers]:
        """Every pair of a place in ``wanted`` and the number of an equal key, by place and then by number."""
        if wanted.size > _FEW:
            return self._find_many(wanted)
        self._asked += 1
        if self._asked > _PATIENCE:
            for run in self._fresh:
                run.lay_out()
        places, numbers = list[int](), list[int]()
        for place, key in enumerate(wanted.tolist()):
            found = list(self._singly.get(key, ()))
            for run in self._fresh:
                found += run.find(key)
            for keys, of in self._sorted:
                at = int(keys.searchsorted(key))
                while at < keys.size and keys[at] == key:
                    found.append(int(of[at]))
                    at += 1
            places += [place] * len(found)
            numbers += sorted(found)
        return np.array(places, dtype=np.int64), np.array(numbers, dtype=np.int64)

    def _find_many(self, wanted: Keys) -> tuple[Numbers, Numbers]:
        self._sort()
        places, numbers = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for keys, of in self._sorted:
            for at, number in _runs(keys, wanted):
                places.append(at)
                numbers.append(of[number])
        together = np.concatenate(places), np.concatenate(numbers)
        order = np.lexsort((together[1], together[0]))
        return together[0][order], together[1][order]

    def _sort(self) -> None:
        """Sort what came since; runs of about the same length become one."""
        self._lay_together()
        for run in self._fresh:
            self._put(run.keys, np.arange(run.first, self._ends(run), dtype=np.int64))
        self._fresh.clear()

    def _lay_together(self) -> None:
        """Sort the keys that were kept one by one."""
        if self._singly:
            pairs = [(key, number) for key, numbers in self._singly.items() for number in numbers]
            self._singly.clear()
            together = np.array(pairs, dtype=np.int64)
            self._put(together[:, 0].copy(), together[:, 1].copy())

    def _put(self, keys: Keys, numbers: Numbers) -> None:
        while self._sorted and self._sorted[-1][0].size <= 2 * keys.size:
            before = self._sorted.pop()
            keys, numbers = np.concatenate([before[0], keys]), np.concatenate([before[1], numbers])
        order = np.argsort(keys)
        self._sorted.append((keys[order], numbers[order]))


def _runs(keys: Keys, wanted: Keys) -> list[tuple[Numbers, Numbers]]:
    """Places in ``wanted`` and places in sorted keys that are equal; equal keys lie side by side."""
    at, order = np.empty(wanted.size, dtype=np.intp), np.argsort(wanted)
    at[order] = np.searchsorted(keys, wanted[order])  # in their order they are found where the last one was
    places = np.flatnonzero(keys[np.minimum(at, keys.size - 1)] == wanted)
    at, found = at[places], []
    while places.size:
        found.append((places, at))
        at = at + 1
        more = (at < keys.size) & (keys[np.minimum(at, keys.size - 1)] == wanted[places])
        places, at = places[more], at[more]
    return found
