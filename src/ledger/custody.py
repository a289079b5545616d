"""What was said about members' records, folded from a plan's events: who can no longer be named, who is held. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ledger import events as ev
from ledger.recorded import Recorded
from ledger.terms import ArrangementTerms

CustodyEvent = ev.MemberKeyErased | ev.LegalHoldSet | ev.LegalHoldReleased
RETENTION_YEARS = 8  # ERISA section 107 asks for six years from a filing that is itself due well after the year.


def years_kept(terms: ArrangementTerms) -> int:
    """For how many years after a member's last payment the key to the name is kept."""
    return RETENTION_YEARS if terms.member_retention_years is None else terms.member_retention_years


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: the event that set it, why, and the last day on which it holds (none: until it is released)."""

    position: int
    reason: str
    until: date | None

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.until is None or day <= self.until


@dataclass(slots=True)
class Custody:
    """Holds and erasures by member."""

    holds: dict[str, Hold] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)

    def apply(self, recorded: Recorded, event: CustodyEvent) -> None:
        """Remember an event; the erasure of a member is kept with the number of its event."""
        match event:
            case ev.MemberKeyErased():
                self.erased[event.member] = recorded.position
            case ev.LegalHoldSet():
                self.holds[event.member] = Hold(recorded.position, event.reason, event.until)
            case ev.LegalHoldReleased():
                self.holds.pop(event.member, None)
