"""A sample of what stands behind a figure, drawn so that anybody who knows the seed draws the same.

Chance comes from SHA-256 of the seed and a counter, so it is the same on every machine and in every version
of Python. The population is every event or payment that enters the figure, in the order recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Literal

import numpy as np

from ledger.calendar import day_number, day_of
from ledger.events import Page
from projections import position as positions
from projections.accounts import SIZE
from projections.history import History
from projections.trace import COSTS
from projections.traced_lines import TracedLine

Method = Literal["random", "monetary-unit"]
_WORD = 1 << 64


class Chance:
    """Whole numbers from a seed: the first eight bytes of the SHA-256 of ``claimfund-sample/v1:SEED:COUNTER``."""

    def __init__(self, seed: int) -> None:
        self._seed, self._counter = seed, 0

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit`` - 1, each as likely; words that would favour some are passed over."""
        span = _WORD ** (1 + limit.bit_length() // 64)
        while True:
            word = 0
            for _ in range(1 + limit.bit_length() // 64):
                text = f"claimfund-sample/v1:{self._seed}:{self._counter}".encode()
                word = word * _WORD + int.from_bytes(sha256(text).digest()[:8], "big")
                self._counter += 1
            if word < span - span % limit:
                return word % limit


@dataclass(frozen=True, slots=True)
class Item:
    """An event (line 0) or payment of a population: its amount as the figure counts it, in minor units."""

    position: int
    line: int
    amount: int
    day: date
    member: str

    @property
    def address(self) -> str:
        """``EVENT`` or ``EVENT.LINE``."""
        return f"{self.position}.{self.line}" if self.line else str(self.position)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn from how much; ``hits`` says how often each item was met (monetary units only more than once)."""

    method: Method
    seed: int
    asked: int
    population: int
    amount: int
    absolute: int
    interval: Fraction | None
    items: tuple[Item, ...]
    hits: tuple[int, ...]


def population(history: History, year: int, line: str, as_of: date) -> tuple[Item, ...]:
    """Every event or payment that enters a line, in the order recorded; they add up to the figure as ``trace`` shows
    it: costs are positive when paid.

    Raises ``ValueError`` for a line that is made of other lines.
    """
    accounts = positions.weights(line)
    if accounts is None:
        raise ValueError(f"{line} is made of other lines")
    moved = history.transfers
    weight = np.zeros(SIZE, dtype=np.int64)
    for account, sign in accounts.items():
        weight[account] = -sign if line in COSTS else sign
    factor = weight[moved.debit] - weight[moved.credit]
    found = np.flatnonzero((moved.year == year) & (moved.day <= day_number(as_of)) & (factor != 0))
    sums: dict[tuple[int, int], int] = {}
    about: dict[tuple[int, int], tuple[int, int]] = {}
    for n in found.tolist():
        key = (int(moved.position[n]), int(moved.line[n]))
        sums[key] = sums.get(key, 0) + int(moved.amount[n] * factor[n])
        about[key] = (int(moved.day[n]), int(moved.member[n]))
    names = history.member_names
    return tuple(
        Item(*key, sums[key], day_of(about[key][0]), names[about[key][1]] if about[key][1] >= 0 else "")
        for key in sorted(sums)
    )


def items_of(history: History, lines: Iterable[TracedLine]) -> tuple[Item, ...]:
    """The traced payments that enter a figure, in the order recorded; those that add nothing are not drawn."""
    found = []
    for each in lines:
        event, _, number = each.address.partition(".")
        if not each.amount:
            continue
        day, recorded = each.paid_on, history.by_position[int(event)].event
        if number and isinstance(recorded, Page):
            day = day_of(int(recorded.lines["booked_on"][int(number) - 1]))
        found.append(Item(int(event), int(number or 0), each.amount, day, each.member))
    return tuple(sorted(found, key=lambda item: (item.position, item.line)))


def draw(items: Sequence[Item], size: int, seed: int, method: Method = "random") -> Sample:
    """A sample of at most ``size`` items, in the order recorded.

    ``random``: each item as likely as any other, none twice. ``monetary-unit``: every cent as likely as any
    other; from a start chosen by the seed, the item that holds each interval-th cent, amounts without their
    sign. An item larger than the interval is always met.
    """
    if size < 1:
        raise ValueError("a sample holds at least one item")
    absolute = sum(abs(item.amount) for item in items)
    by_money = method == "monetary-unit" and absolute > 0
    if len(items) <= size and not by_money:
        hits = dict.fromkeys(range(len(items)), 1)
    else:
        hits = met(items, size, Chance(seed).below(absolute)) if by_money else _at_random(len(items), size, seed)
    chosen = sorted(hits)
    return Sample(
        method=method,
        seed=seed,
        asked=size,
        population=len(items),
        amount=sum(item.amount for item in items),
        absolute=absolute,
        interval=Fraction(absolute, size) if by_money else None,
        items=tuple(items[n] for n in chosen),
        hits=tuple(hits[n] for n in chosen),
    )


def _at_random(count: int, size: int, seed: int) -> dict[int, int]:
    """The first ``size`` places of a shuffled deck."""
    chance, deck = Chance(seed), list(range(count))
    for n in range(size):
        other = n + chance.below(count - n)
        deck[n], deck[other] = deck[other], deck[n]
    return dict.fromkeys(deck[:size], 1)


def met(items: Sequence[Item], size: int, start: int) -> dict[int, int]:
    """The places of the items met by ``size`` points, and how often: (start + n × total) ÷ size minor units for n from
    0. All is multiplied by size, so that only whole numbers are compared.
    """
    absolute, point, reached = sum(abs(item.amount) for item in items), start, 0
    hits: dict[int, int] = {}
    for n, item in enumerate(items):
        reached += abs(item.amount) * size
        while point < reached:
            hits[n] = hits.get(n, 0) + 1
            point += absolute
    return hits
