"""Running sums of payments in (paid_on, given) order: what each one adds for good once negative lines took back.

A negative line takes back its own claim of that day (a named line of it, or any), else the person's latest payments;
limits fill up with the gains that are left.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class View(NamedTuple):
    """Lines that count, side by side; ``person`` is an index into the keys."""

    person: Ints
    paid: Ints
    incurred: Ints
    amount: Ints
    claim: npt.NDArray[np.bytes_]
    claim_line: Ints

    def ordered(self, where: Bools) -> tuple[View, Ints]:
        """The lines of a mask in (paid_on, given) order, and their places here."""
        found = np.flatnonzero(where)
        places = found[np.argsort(self.paid[found], kind="stable")]
        columns: list[Any] = [column[places] for column in self]
        return View(*columns), places


def grouped(keys: npt.NDArray[np.bytes_]) -> tuple[list[str], Ints]:
    """The distinct keys, and the place of each line's key among them.

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
    return [key.decode() for key in distinct.tolist()], place


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
    columns = (cell, view.incurred, view.claim, view.claim_line)
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
