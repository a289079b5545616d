"""From a figure to its events and from an event to its figures; every sum is added up again from the events
found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from ledger.calendar import day_number, day_of, moment_of, month_end, month_start
from projections import position as positions
from projections import sentences
from projections.accounts import SIZE
from projections.history import History
from projections.traced_parts import parts_of


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """What one event adds to a figure."""

    position: int
    kind: str
    amount: int
    transfers: int
    source_sha256: str


@dataclass(frozen=True, slots=True)
class TracedSource:
    """What the events of one source file (empty: entered by hand) add to a figure."""

    source_sha256: str
    name: str
    first: int
    last: int
    events: int
    amount: int


@dataclass(frozen=True, slots=True)
class TracedFigure:
    """A printed figure with the events (or, for a derived line, the parts) that make it; ``proved`` when they
    add up.
    """

    line: str
    amount: int
    events: tuple[TracedEvent, ...]
    sources: tuple[TracedSource, ...]
    parts: tuple[positions.StatementLine, ...]
    proved: bool


@dataclass(frozen=True, slots=True)
class Later:
    """A later event (and line) that took an event or payment back, in part or whole, or replaced it."""

    address: str
    kind: str
    actor: str
    reason: str
    amount: int
    on: date


# Printed in parentheses on the statement; as figures of their own they are positive when paid, as in the data.
COSTS = frozenset({"gross-claims", "voids", "refunds", "claims-paid", "fees", "stop-loss-premium"})
VIEWS = ("position-budget", "position-cash", "position-accrual")


@dataclass(frozen=True, slots=True)
class TracedRecord:
    """An event or payment: what it is, where it comes from, what was done to it later, where it counts."""

    address: str
    kind: str
    sentence: str
    amount: int | None
    net: int | None
    business_date: date | None
    recorded_at: datetime
    actor: str
    source_sha256: str
    source_name: str
    source_line: int
    reason: str
    cites: str
    payment: dict[str, str | int] | None
    later: tuple[Later, ...]
    counted: tuple[str, ...]


def trace_position(
    history: History, year: int, line: str, as_of: date, *, month: str | None = None, known_at: int | None = None
) -> TracedFigure:
    """The events behind a printed line of a plan year (or of one month of it), by event and by source; of a line that
    is no sum of the books, its parts. Raises ``KeyError`` for a line or month that does not exist.
    """
    history = history.until(known_at)
    sign = -1 if line in COSTS else 1
    own = positions.weights(line)
    if own is None or (line == "opening" and month is not None):
        return _of_parts(history, year, line, as_of, month)
    if month is None:  # The line is a sum of the books: what carriers owe is not asked.
        amount = sign * positions.weighted(positions.balances(history, year, as_of), own)
    else:
        amount = getattr(_shown(history, year, as_of, month), line.replace("-", "_"))
    events = tuple(_events(history, year, line, as_of, sign, month))
    sources = tuple(_sources(history, events))
    proved = sum(found.amount for found in events) == amount == sum(source.amount for source in sources)
    return TracedFigure(line, amount, events, sources, (), proved)


def _of_parts(history: History, year: int, line: str, as_of: date, month: str | None) -> TracedFigure:
    """A line that is made of other lines, of policies, or of the month before."""
    view = _shown(history, year, as_of, month)
    if line in VIEWS:
        amount = getattr(view.positions, line.removeprefix("position-"))
    else:
        amount = getattr(view, line.replace("-", "_")) if hasattr(view, line.replace("-", "_")) else None
    if amount is None:
        raise KeyError(line)
    parts = tuple(parts_of(history, view, line, as_of, month))
    return TracedFigure(line, amount, (), (), parts, sum(part.amount for part in parts) == amount)


def _shown(history: History, year: int, as_of: date, month: str | None) -> positions.Figures:
    """The year's figures, or those of one month. Raises ``KeyError`` for a month that is not shown."""
    if month is None:
        return positions.position(history, year, as_of, monthly=False)
    shown = positions.position(history, year, as_of).months
    return {each.month: each for each in shown}[month]


def _events(
    history: History, year: int, line: str, as_of: date, flip: int, month: str | None = None
) -> Iterable[TracedEvent]:
    moved = history.daily
    mask = (moved.year == year) & (moved.day <= day_number(as_of))
    if month is not None:
        mask &= (moved.day >= day_number(month_start(month))) & (moved.day <= day_number(month_end(month)))
    weight = np.zeros(SIZE, dtype=np.int64)
    for account, sign in (positions.weights(line) or {}).items():
        weight[account] = sign * flip
    factor = weight[moved.debit] - weight[moved.credit]
    mask &= factor != 0
    found, inverse = np.unique(moved.position[mask], return_inverse=True)
    count = np.zeros(len(found), dtype=np.int64)
    np.add.at(count, inverse, moved.count[mask])
    sums = np.zeros(len(found), dtype=np.int64)
    np.add.at(sums, inverse, (moved.amount * factor)[mask])
    for number, total, size in zip(found.tolist(), sums.tolist(), count.tolist(), strict=True):
        recorded = history.by_position[number]
        yield TracedEvent(number, recorded.event.kind, total, size, recorded.about.source_sha256)


def _sources(history: History, events: Iterable[TracedEvent]) -> Iterable[TracedSource]:
    grouped: dict[str, list[TracedEvent]] = {}
    for event in events:
        grouped.setdefault(event.source_sha256, []).append(event)
    for sha, members in grouped.items():
        numbers = [member.position for member in members]
        total = sum(member.amount for member in members)
        yield TracedSource(sha, _name(history, sha), min(numbers), max(numbers), len(numbers), total)


def _name(history: History, sha: str) -> str:
    batch = history.facts.imports.get(sha)
    return batch.name if batch else ""


def trace_event(
    history: History, position: int, line: int | None = None, *, as_of: date | None = None
) -> TracedRecord:
    """An event, or one payment of it, with what was done to it by a date.

    Raises ``KeyError`` for a number (or line) the plan does not have.
    """
    recorded = history.by_position[position]
    page = next((p for p in history.pages if p.version == recorded.version and not p.correcting), None)
    if line is not None and (page is None or not 1 <= line <= page.lines.count):
        raise KeyError(f"{position}.{line}")
    payment = page.lines.row(line) if page is not None and line is not None else None
    amount = int(payment["amount"]) if payment else sentences.amount(recorded.event)
    later = tuple(each for each in _later(history, recorded.version, line) if as_of is None or each.on <= as_of)
    undone = sum(step.amount for step in later if step.kind != "payments-reissued")
    about = recorded.about
    return TracedRecord(
        address=f"{position}.{line}" if line else str(position),
        kind=recorded.event.kind,
        sentence=sentences.summary(recorded.event),
        amount=amount,
        net=None if amount is None else amount + undone,
        business_date=sentences.business_date(recorded.event),
        recorded_at=moment_of(recorded.recorded_at),
        actor=recorded.actor,
        source_sha256=about.source_sha256,
        source_name=_name(history, about.source_sha256),
        source_line=int(payment["source_line"]) if payment else about.source_line,
        reason=about.reason,
        cites=_cites(history, payment),
        payment=payment,
        later=later,
        counted=_counted(history, position, line, payment),
    )


def _later(history: History, version: int, line: int | None) -> Iterable[Later]:
    correction = history.corrections.get(version)
    if correction is not None:
        by = history.by_version[correction]
        taken = sentences.amount(history.by_version[version].event) or 0
        if line is not None:
            taken = sum(int(p.lines["amount"][line - 1]) for p in history.pages if p.version == version)
        on = sentences.business_date(by.event) or date.min
        yield Later(str(by.position), by.event.kind, by.actor, getattr(by.event, "reason", ""), -taken, on)
    for page in history.pages:
        if page.correcting or page.version in history.corrections:
            continue
        cited = page.lines["original_version"] == version
        if line is not None:
            cited &= page.lines["original_line"] == line
        by = history.by_version[page.version]
        for at in np.flatnonzero(cited).tolist():
            reason = getattr(by.event, "reason", "") or by.about.reason
            amount = int(page.lines["amount"][at])
            on = day_of(int(page.lines["booked_on"][at]))
            yield Later(f"{page.position}.{at + 1}", page.kind, by.actor, reason, amount, on)


def _cites(history: History, payment: dict[str, str | int] | None) -> str:
    original = history.by_version.get(int(payment["original_version"])) if payment else None
    return f"{original.position}.{payment['original_line']}" if original and payment else ""


def _counted(
    history: History, position: int, line: int | None, payment: dict[str, str | int] | None
) -> tuple[str, ...]:
    moved = history.transfers
    mask = moved.position == position
    if line is not None:
        mask &= moved.line == line
    years = np.unique(moved.year[mask]).tolist()
    counted = [f"position {year}" for year in years]
    if payment and payment["member"]:
        counted.append(f"member {payment['member']}")
    counted += [
        f"settlement {posted.settlement}"
        for posted in history.facts.settlements.values()
        if posted.year in years and position <= posted.known_at
    ]
    return tuple(counted)
