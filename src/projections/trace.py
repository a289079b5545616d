"""From a figure to its events and from an event to its figures; every sum is added up again from the events
found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from ledger.calendar import day_number, day_of, moment_of
from projections import position as positions
from projections import sentences
from projections.accounts import SIZE
from projections.carriers import receivables
from projections.history import History


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


def trace_position(history: History, year: int, line: str, as_of: date, *, known_at: int | None = None) -> TracedFigure:
    """The events behind a printed line, by event and by source. Raises ``KeyError`` for a line that does not
    exist.
    """
    history = history.until(known_at)
    sign = -1 if line in COSTS else 1
    own = positions.weights(line)
    if own is not None:  # The line is a sum of the books: what carriers owe is not asked.
        amount = sign * positions.weighted(positions.balances(history, year, as_of), own)
    else:
        view = positions.position(history, year, as_of, monthly=False)
        printed = {found.name: found.amount for found in positions.lines(view)}
        amount = sign * printed[line]
        parts = _parts(history, view, line, printed, as_of)
        return TracedFigure(line, amount, (), (), parts, sum(part.amount for part in parts) == amount)
    events = tuple(_events(history, year, line, as_of, sign))
    sources = tuple(_sources(history, events))
    proved = sum(found.amount for found in events) == amount == sum(source.amount for source in sources)
    return TracedFigure(line, amount, events, sources, (), proved)


def _events(history: History, year: int, line: str, as_of: date, flip: int) -> Iterable[TracedEvent]:
    moved = history.daily
    mask = (moved.year == year) & (moved.day <= day_number(as_of))
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


def _parts(
    history: History, view: positions.PositionView, line: str, printed: dict[str, int], as_of: date
) -> tuple[positions.StatementLine, ...]:
    """The lines that a derived line is made of."""
    if line == "closing":
        names, extra = (
            ["opening", "surplus-for-year"],
            [positions.StatementLine("dispositions", view.dispositions)],
        )
    elif line == "surplus-for-year":
        names = [
            "recoveries",
            "rebates",
            "contributions",
            "reimbursements-received",
            "reimbursements-receivable",
        ]
        if history.arrangement(view.year).funding != "pay-as-you-go":
            names = ["budget", "claims-paid", "fees", "stop-loss-premium", *names]
        extra = [positions.StatementLine("due-to-carrier", -view.due_to_carrier)]
    else:
        due = receivables(history, view.year, as_of)
        return tuple(positions.StatementLine(part.policy, part.receivable) for part in due)
    return (*(positions.StatementLine(name, printed[name]) for name in names), *extra)


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
