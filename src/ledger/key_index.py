"""Equal 64-bit keys found again among millions: appended at no cost, sorted only when many are asked for at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int64]

_SCANNED = 16  # up to so many keys are looked for by comparing, which costs less than sorting what is there


class KeyIndex:
    """Keys numbered from 0 as they come. What is kept is 8 bytes a key, and 8 more once it is sorted."""

    __slots__ = ("_count", "_fresh", "_sorted")

    def __init__(self) -> None:
        self._count = 0
        self._fresh: list[tuple[int, Keys]] = []
        self._sorted: list[tuple[Keys, Numbers]] = []

    def __len__(self) -> int:
        return self._count

    def add(self, keys: Keys) -> None:
        """Append keys; small arrays are laid together, so that there are never more than some tens."""
        if not keys.size:
            return
        first = self._count
        self._count += keys.size
        while self._fresh and self._fresh[-1][1].size <= keys.size:
            first, before = self._fresh.pop()
            keys = np.concatenate([before, keys])
        self._fresh.append((first, keys))

    def find(self, wanted: Keys) -> tuple[Numbers, Numbers]:
        """Every pair of a place in ``wanted`` and the number of an equal key, by place and then by number."""
        if wanted.size > _SCANNED:
            self._sort()
        places, numbers = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for first, keys in self._fresh:
            for place, key in enumerate(wanted.tolist()):
                found = np.flatnonzero(keys == key)
                places.append(np.full(found.size, place, dtype=np.int64))
                numbers.append(found + first)
        for keys, of in self._sorted:
            for at, number in _runs(keys, wanted):
                places.append(at)
                numbers.append(of[number])
        together = np.concatenate(places), np.concatenate(numbers)
        order = np.lexsort((together[1], together[0]))
        return together[0][order], together[1][order]

    def _sort(self) -> None:
        """Sort what came since; runs of about the same length become one."""
        for first, keys in self._fresh:
            numbers = np.arange(first, first + keys.size, dtype=np.int64)
            while self._sorted and self._sorted[-1][0].size <= 2 * keys.size:
                before = self._sorted.pop()
                keys, numbers = np.concatenate([before[0], keys]), np.concatenate([before[1], numbers])
            order = np.argsort(keys)
            self._sorted.append((keys[order], numbers[order]))
        self._fresh.clear()


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
