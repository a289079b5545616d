"""Two answers to one question, and the events that explain the whole change between them.

A point is a business date and an event number (known at). From one to the other the history is replayed one
cause at a time, in a fixed order, and every line is worked out again after each: so the causes of a line add
up to its change exactly, also for lines that are no sums. First what was recorded in between is added as of
the first date; then the date moves. What no event explains, such as a policy year that ends, is the passing
of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from ledger.calendar import day_number
from ledger.recorded import Recorded
from ledger.refusals import Refusal
from projections import position as positions
from projections.accounts import SIZE
from projections.causes import ORDER, TIME, cause, put_off
from projections.history import History
from projections.stop_loss_lines import aggregate_lines, events_of_members, specific_lines

VIEWS = ("position-budget", "position-cash", "position-accrual")
_WITH_BUDGET = frozenset({"budget", "position-budget"})
_ACCRUED = frozenset({"surplus-for-year", "closing", "position-accrual"})
Values = Mapping[str, int]
Asked = Callable[[History, int, date], Values]
Compared = Literal["position", "stoploss-specific", "stoploss-aggregate"]


@dataclass(frozen=True, order=True, slots=True)
class Point:
    """What was known at an event number, as of a business date."""

    known_at: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Cause:
    """What one cause adds to a line, signed as printed, and the numbers of its events."""

    name: str
    amount: int
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line at both points, signed as printed; its causes add up to the change."""

    name: str
    before: int
    after: int
    causes: tuple[Cause, ...]

    @property
    def change(self) -> int:
        """How much the line moved."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """Every line of the position and its three views, or the lines of a register that moved, at two points."""

    year: int
    first: Point
    second: Point
    lines: tuple[LineChange, ...]

    @property
    def changed(self) -> tuple[LineChange, ...]:
        """The lines that differ, or that moved and came back."""
        return tuple(line for line in self.lines if line.change or line.causes)

    @property
    def events(self) -> tuple[int, ...]:
        """The numbers of all events that explain the change."""
        return tuple(sorted({n for line in self.lines for found in line.causes for n in found.events}))


@dataclass(frozen=True, slots=True)
class _Step:
    """What each line moved by when one cause was added."""

    cause: str
    moved: Values
    records: tuple[Recorded, ...]


def difference(
    history: History, year: int, first: Point, second: Point, report: Compared = "position"
) -> Difference:
    """What changed in a plan year's position, or in a stop-loss register, from one point to the other."""
    asked = _ASKED[report]
    low, high = min(first, second), max(first, second)
    sign = 1 if low == first else -1
    whole = history.until(high.known_at)
    before, after = asked(history.until(low.known_at), year, low.as_of), asked(whole, year, high.as_of)
    steps = [*_learned(history, year, low, high, asked), *_elapsed(whole, year, low.as_of, high.as_of, asked)]
    touched = _touched(whole, year, max(low.as_of, high.as_of)) if report == "position" else events_of_members(whole)
    made = []
    for name in {**before, **after}:
        one, two = (before, after) if sign > 0 else (after, before)
        causes = tuple(_causes(name, steps, sign, touched))
        line = LineChange(name, one.get(name, 0), two.get(name, 0), causes)
        if report == "position" or line.change or causes:
            made.append(line)
    return Difference(year, first, second, tuple(made))


def _position(history: History, year: int, as_of: date) -> Values:
    view = positions.position(history, year, as_of, monthly=False)
    found = {line.name: line.amount for line in positions.lines(view)}
    found["due-to-carrier"] = -view.due_to_carrier
    views = (view.positions.budget, view.positions.cash, view.positions.accrual)
    return {**found, **dict(zip(VIEWS, views, strict=True))}


_ASKED: Mapping[Compared, Asked] = {
    "position": _position, "stoploss-specific": specific_lines, "stoploss-aggregate": aggregate_lines,
}  # fmt: skip


def _less(one: Values, other: Values) -> dict[str, int]:
    return {name: one.get(name, 0) - other.get(name, 0) for name in {**one, **other}}


def _grouped(records: Iterable[Recorded], until: date) -> list[tuple[str, list[Recorded]]]:
    groups: dict[str, list[Recorded]] = {}
    for recorded in records:
        groups.setdefault(cause(recorded, until), []).append(recorded)
    return [(name, groups[name]) for name in ORDER if name in groups]


def _learned(history: History, year: int, low: Point, high: Point, asked: Asked) -> list[_Step]:
    """What was recorded between the two, as of the first date, one cause after the other."""
    known = [r for r in history.records if r.position <= low.known_at]
    new = [r for r in history.records if low.known_at < r.position <= high.known_at]
    stages = []
    for name, records in _grouped(new, max(low.as_of, high.as_of)):
        known = [*known, *records]
        stages.append((name, records, known))
    return _replayed(history.until(low.known_at), stages, year, low.as_of, asked)


def _replayed(
    start: History,
    stages: Sequence[tuple[str, list[Recorded], list[Recorded]]],
    year: int,
    as_of: date,
    asked: Asked,
) -> list[_Step]:
    """One step a stage; a stage that cannot be answered alone (terms half known) counts with the next."""
    steps: list[_Step] = []
    before, waiting = asked(start, year, as_of), []
    for number, (name, records, known) in enumerate(stages, 1):
        waiting += records
        try:
            now = asked(History(known), year, as_of)
        except Refusal:
            if number == len(stages):
                raise
            continue
        steps.append(_Step(name, _less(now, before), tuple(waiting)))
        before, waiting = now, []
    return steps


def _elapsed(whole: History, year: int, start: date, end: date, asked: Asked) -> list[_Step]:
    """What fell due between the two dates, one cause after the other."""
    if start == end:
        return []
    early, late = min(start, end), max(start, end)
    delayed = {r.version: put_off(r, early, late) for r in whole.records}
    moving = [r for r in whole.records if delayed[r.version] is not r]
    base = History(delayed.values())
    stages = []
    for name, records in _grouped(moving, late):
        delayed |= {r.version: r for r in records}
        stages.append((name, records, list(delayed.values())))
    waited = _less(asked(base, year, late), asked(whole, year, early))
    steps = [*_waited(whole, year, waited), *_replayed(base, stages, year, late, asked)]
    if start < end:
        return steps
    return [_Step(s.cause, {name: -amount for name, amount in s.moved.items()}, s.records) for s in steps]


def _waited(whole: History, year: int, moved: Values) -> list[_Step]:
    """Budget months that fell due are the budget's; the rest is the passing of time."""
    if "budget" not in moved:
        return [_Step(TIME, moved, ())]
    billed = whole.arrangement(year).funding == "pay-as-you-go"
    names = _WITH_BUDGET if billed else _WITH_BUDGET | _ACCRUED
    budget = {name: moved["budget"] if name in names else 0 for name in moved}
    records = tuple(r for r in whole.records if cause(r, date.max) == "budget")
    return [_Step("budget", budget, records), _Step(TIME, _less(moved, budget), ())]


def _touched(whole: History, year: int, until: date) -> Mapping[str, frozenset[int]]:
    """The events whose transfers enter a line that is a sum, or (under no name) the year at all."""
    moved = whole.transfers
    mask = (moved.year == year) & (moved.day <= day_number(until))
    found = {"": frozenset(np.unique(moved.position[mask]).tolist())}
    for name, *_ in positions.PRINTED:
        accounts = positions.weights(name)
        if accounts is not None:
            weight = np.zeros(SIZE, dtype=np.int64)
            for account, sign in accounts.items():
                weight[account] = sign
            entering = mask & (weight[moved.debit] != weight[moved.credit])
            found[name] = frozenset(np.unique(moved.position[entering]).tolist())
    return found


def _causes(name: str, steps: Sequence[_Step], sign: int, touched: Mapping[str, frozenset[int]]) -> Iterable[Cause]:
    totals: dict[str, int] = {}
    events: dict[str, set[int]] = {}
    for step in steps:
        if moved := step.moved.get(name):
            totals[step.cause] = totals.get(step.cause, 0) + sign * moved
            numbers = {r.position for r in step.records}
            own = touched.get(name.split("/")[1] if name.count("/") == 2 else name, touched[""])
            events.setdefault(step.cause, set()).update(numbers & own or numbers)
    for found in (*ORDER, TIME):
        if totals.get(found):
            yield Cause(found, totals[found], tuple(sorted(events[found])))
