"""A claim on the stop-loss carrier from filing to its end (domain 5.8, INV-27), folded from its events. Pure.

All amounts are minor units. Nothing is due any more once filed amounts are received, denied or written off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ledger import events as ev


@dataclass(slots=True)
class Filing:
    """What was filed, approved (or nothing yet), under appeal, received, given back and written off.

    ``moves`` are the days of what was received (positive) and given back (negative).
    """

    policy: str
    member: str
    filed: int
    approved: int | None = None
    received: int = 0
    appealed: int = 0
    written_off: int = 0
    given_back: int = 0
    step: str = "filed"
    moves: list[tuple[date, int]] = field(default_factory=list)

    def held_from(self, day: date) -> int:
        """What of the money received is there to give back on a day: the least that is held on it or any day after."""
        days = {day, *(on for on, _ in self.moves if on > day)}
        return min(sum(amount for on, amount in self.moves if on <= each) for each in days)

    @property
    def entitled(self) -> int:
        """What the carrier may pay in all: the amount approved, or filed while it has not decided."""
        return (self.filed if self.approved is None else self.approved) - self.written_off - self.given_back

    @property
    def outstanding(self) -> int:
        """What may still come in without being an overpayment."""
        return self.entitled - self.received

    @property
    def denied(self) -> int:
        """What the carrier refused and nobody appeals."""
        return 0 if self.approved is None else self.filed - self.approved - self.appealed

    @property
    def receivable(self) -> int:
        """Filed less received, denied, given back and written off; never below zero (INV-27, INV-37)."""
        return max(0, self.entitled + self.appealed - self.received)

    @property
    def overpaid(self) -> int:
        """What came in above what is due: owed to the carrier."""
        return max(0, self.received - self.entitled - self.appealed)

    @property
    def state(self) -> str:
        """The state of domain 5.8."""
        if self.appealed:
            return "more_info" if self.step == "more_info" else "appealed"
        if self.approved == 0:
            return "denied"
        if not self.receivable:
            return "written_off" if self.written_off else "closed"
        if self.received > 0:
            return "received"
        if self.approved is None:
            return self.step
        return "approved" if self.approved == self.filed else "partial"

    def apply(self, event: ev.Event) -> None:
        """Remember one event of this filing."""
        match event:
            case ev.StopLossClaimAcknowledged():
                self.step = "acknowledged"
            case ev.StopLossInformationRequested():
                self.step = "more_info"
            case ev.StopLossClaimDecided():
                self.approved, self.appealed, self.step = event.approved, 0, "decided"
            case ev.StopLossClaimAppealed():
                self.appealed, self.step = event.amount, "appealed"
            case ev.StopLossClaimWrittenOff():
                self.written_off += event.amount
            case ev.ReimbursementReceived():
                self.received += event.amount
                self.moves.append((event.received_on, event.amount))
            case ev.ReimbursementReturned():
                self.given_back += event.amount - event.of_overpayment
                self.received -= event.amount
                self.moves.append((event.returned_on, -event.amount))

    def take_back(self, event: ev.Event) -> None:
        """Undo a receipt or a return that a correction took back."""
        match event:
            case ev.ReimbursementReceived():
                self.received -= event.amount
                self.moves.remove((event.received_on, event.amount))
            case ev.ReimbursementReturned():
                self.given_back -= event.amount - event.of_overpayment
                self.received += event.amount
                self.moves.remove((event.returned_on, -event.amount))
