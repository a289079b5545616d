"""An event together with its envelope, as everything above the store sees it."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.events import About, Event


@dataclass(frozen=True, slots=True)
class Recorded:
    """``position`` is the event number people cite; ``version`` counts within the plan; moments in microseconds UTC."""

    position: int
    plan: str
    version: int
    event: Event
    about: About
    actor: str
    idempotency_key: str
    recorded_at: int
