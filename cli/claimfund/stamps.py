"""The stamp on every report: plan, both dates, the event number reached, the head."""

from __future__ import annotations

from datetime import date

from claimfund.output import Stamp
from claimfund.session import Session


def stamp(session: Session, as_of: date | None, known_at: int | None, *, all_plans: bool = False) -> Stamp:
    """The stamp of what is shown; ``known_at`` is an event number or nothing for everything recorded."""
    from ledger.calendar import moment_of

    head = session.head
    last = head.size if known_at is None else min(known_at, head.size)
    recorded = session.store.recorded_at(last) if last else None
    moment = "" if recorded is None else moment_of(recorded).isoformat().replace("+00:00", "Z")
    plan = session.default_plan if all_plans else session.plan
    shown = head if last == head.size else session.reading.head_at(last)
    return Stamp(plan, as_of, moment, last, shown.short)


def second_line(found: Stamp, counted: str = "") -> str:
    """``As of … · recorded through … · n events · head …``."""
    parts = [f"As of {found.as_of or 'all dates'}"]
    parts.append(f"recorded through {found.known_at[:10] or 'nothing yet'}")
    parts.append(counted or f"{found.last_event:,} events")
    return " · ".join([*parts, f"head {found.head}"])
