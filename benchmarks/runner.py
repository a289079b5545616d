"""Rounds of sides in turn, their ratios with spread, and the figures they are held against."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.measuring import Measured

Rounds = dict[str, list[Measured]]


class TotalsDiffer(Exception):
    """Two sides of one comparison do not add up to the same; nothing measured after that counts."""


@dataclass(frozen=True)
class Row:
    """One line of the table: a ratio of ours to a baseline or a plain figure, and what was asked of it."""

    bench: str
    work: str
    baseline: str
    measure: str
    figure: float | None
    low: float | None = None
    high: float | None = None
    ours: float | None = None
    base: float | None = None
    ours_peak: float | None = None
    base_peak: float | None = None
    rounds: int = 0
    asked: str = ""
    reached: bool | None = None
    missing: str = ""


class Bench:
    """Collects the rows of one benchmark."""

    def __init__(self, name: str, rounds: int) -> None:
        self.name, self.rounds = name, rounds
        self.rows: list[Row] = []

    def say(self, text: str) -> None:
        """Progress, on the terminal."""
        print(f"[{time.strftime('%H:%M:%S')}] {self.name} {text}", file=sys.stderr, flush=True)

    def in_turn(self, sides: Mapping[str, Callable[[int], Measured]], *, same: bool = True, rounds: int = 0) -> Rounds:
        """Every side once a round, in turn; totals must be equal in every round when ``same``."""
        found: Rounds = {name: [] for name in sides}
        for number in range(rounds or self.rounds):
            for name, work in sides.items():
                measured = work(number)
                found[name].append(measured)
                self.say(f"round {number + 1}: {name} {measured.cpu:.3f} s CPU, {measured.wall:.3f} s wall")
            if same:
                agreed(self.name, {name: rounds_[-1].total for name, rounds_ in found.items()})
        return found

    def ratio(
        self,
        work: str,
        found: Rounds,
        ours: str,
        base: str,
        *,
        label: str,
        by: str = "cpu",
        most: float | None = None,
        least: float | None = None,
        scale: float = 1.0,
    ) -> None:
        """Ours against a baseline; ``scale`` multiplies a baseline that did a part of the work.

        ``most``: ours may take at most so many times as much. ``least``: the baseline takes so many times ours.
        """
        left = [getattr(one, by) for one in found[ours]]
        right = [getattr(one, by) * scale for one in found[base]]
        pairs = list(zip(left, right, strict=True))
        ratios = [max(b, 1e-9) / max(a, 1e-9) if least is not None else a / max(b, 1e-9) for a, b in pairs]
        middle = statistics.median(ratios)
        self.rows.append(
            Row(
                self.name,
                work,
                label,
                f"{by.replace('_', ' ')} s",
                round(middle, 3),
                round(min(ratios), 3),
                round(max(ratios), 3),
                round(statistics.median(left), 4),
                round(statistics.median(right), 4),
                round(max(one.peak for one in found[ours])),
                round(max(one.peak for one in found[base])),
                len(ratios),
                _asked(most, least, "×"),
                _reached(middle, most, least),
            )
        )

    def figure(
        self,
        work: str,
        measure: str,
        values: list[float],
        *,
        most: float | None = None,
        least: float | None = None,
        baseline: str = "",
    ) -> None:
        """A figure of ours alone: the median of its rounds."""
        middle = statistics.median(values)
        self.rows.append(
            Row(
                self.name,
                work,
                baseline,
                measure,
                round(middle, 4),
                round(min(values), 4),
                round(max(values), 4),
                rounds=len(values),
                asked=_asked(most, least, ""),
                reached=_reached(middle, most, least),
            )
        )

    def missing(
        self, work: str, baseline: str, why: str, *, most: float | None = None, least: float | None = None
    ) -> None:
        """A baseline that is not on this machine: said, with what would bring it."""
        self.say(f"MISSING baseline {baseline}: {why}")
        self.rows.append(Row(self.name, work, baseline, "", None, asked=_asked(most, least, "×"), missing=why))

    def data(self) -> list[dict[str, Any]]:
        """The rows as they go into JSON."""
        return [asdict(row) for row in self.rows]


def agreed(name: str, totals: Mapping[str, Any]) -> None:
    """Raise ``TotalsDiffer`` unless every side that adds something up says the same."""
    said = {side: total for side, total in totals.items() if total is not None}
    if len(set(map(str, said.values()))) > 1:
        raise TotalsDiffer(f"{name}: the totals differ: {said}")


def _asked(most: float | None, least: float | None, unit: str) -> str:
    if most is not None:
        return f"≤ {most:g}{unit}"
    return f"≥ {least:g}{unit}" if least is not None else ""


def _reached(value: float, most: float | None, least: float | None) -> bool | None:
    if most is None and least is None:
        return None
    return (most is None or value <= most) and (least is None or value >= least)
