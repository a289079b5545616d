"""The events of a plan as an auditor reads them: one row an event, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ledger.calendar import moment_of
from projections import sentences
from projections.history import History


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event; ``source`` is the file's SHA-256 (and line), ``taken_back_by`` the correction's event number
    or 0.
    """

    position: int
    recorded_at: datetime
    business_date: date | None
    kind: str
    amount: int | None
    actor: str
    source: str
    summary: str
    taken_back_by: int


def rows(
    history: History,
    *,
    kinds: frozenset[str] = frozenset(),
    first: date | None = None,
    last: date | None = None,
) -> Iterator[AuditRow]:
    """Every event, or those of some kinds whose business date lies between two dates (both included)."""
    for recorded in history.records:
        event, about = recorded.event, recorded.about
        on = sentences.business_date(event)
        if kinds and event.kind not in kinds:
            continue
        if (first is not None or last is not None) and on is None:
            continue
        if on is not None and ((first is not None and on < first) or (last is not None and on > last)):
            continue
        source = about.source_sha256 + (f":{about.source_line}" if about.source_line else "")
        correction = history.corrections.get(recorded.version)
        yield AuditRow(
            position=recorded.position,
            recorded_at=moment_of(recorded.recorded_at),
            business_date=on,
            kind=event.kind,
            amount=sentences.amount(event),
            actor=recorded.actor,
            source=source,
            summary=sentences.summary(event),
            taken_back_by=history.by_version[correction].position if correction else 0,
        )
