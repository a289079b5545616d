"""The members of a plan by pseudonym: what was paid for each, who is held, who can no longer be named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ledger import events as e
from ledger.calendar import day_of
from projections.history import History


@dataclass(frozen=True, slots=True)
class Member:
    """One pseudonym: its lines, the last payment date, the hold's last day (``""``: none, ``open``: no end).

    ``erased`` is the number of the event that recorded the erasure of its key, or 0.
    """

    member: str
    lines: int
    last_paid_on: date | None
    held: str
    erased: int


@dataclass(frozen=True, slots=True)
class Exported:
    """A file about members that left the ledger: its event's number and moment (microseconds UTC), actor and event."""

    position: int
    recorded_at: int
    actor: str
    event: e.ExportProduced


def members(history: History) -> list[Member]:
    """All pseudonyms of the plan in their order, also those that were erased: their lines stay."""
    names = [page.lines["member"] for page in history.pages]
    days = [page.lines["paid_on"] for page in history.pages]
    held, erased = custody(history)
    if not names:
        return []
    found, places, counts = np.unique(np.concatenate(names), return_inverse=True, return_counts=True)
    last = np.zeros(len(found), dtype=np.int64)
    np.maximum.at(last, places, np.concatenate(days))
    rows = zip(found.tolist(), counts.tolist(), last.tolist(), strict=True)
    return [
        Member(name.decode(), lines, day_of(day), held.get(name.decode(), ""), erased.get(name.decode(), 0))
        for name, lines, day in rows
        if name
    ]


def custody(history: History) -> tuple[dict[str, str], dict[str, int]]:
    """Holds (last day, or ``open``) and erasures (event number) by member."""
    held: dict[str, str] = {}
    erased: dict[str, int] = {}
    for recorded in history.records:
        match recorded.event:
            case e.LegalHoldSet():
                held[recorded.event.member] = str(recorded.event.until or "open")
            case e.LegalHoldReleased():
                held.pop(recorded.event.member, None)
            case e.MemberKeyErased():
                erased[recorded.event.member] = recorded.position
            case _:
                continue  # Nothing else says anything about the custody of a member's name.
    return held, erased


def exports(history: History) -> list[Exported]:
    """The files about members that left, oldest first."""
    return [
        Exported(recorded.position, recorded.recorded_at, recorded.actor, recorded.event)
        for recorded in history.records
        if isinstance(recorded.event, e.ExportProduced)
    ]
