"""R11: the stop-loss receivable by age, filing by filing (domain 5.8, INV-27), and what must go back to the carrier.

Days run from the filing's date to the business date asked for. Amounts are minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from projections.carriers import Advance, advances
from projections.history import Filing, History

BUCKETS = ("0-30", "31-60", "61-90", "90+")


@dataclass(frozen=True, slots=True)
class AgedFiling:
    """A filing as it stood on a date; ``member`` is empty for the aggregate."""

    filing: str
    policy: str
    member: str
    filed_on: date
    amount: int
    approved: int
    denied: int
    received: int
    written_off: int
    outstanding: int
    to_return: int
    days: int
    bucket: str
    state: str


@dataclass(frozen=True, slots=True)
class Ageing:
    """Every filing by a date, oldest first, and the advances of which something must go back."""

    filings: tuple[AgedFiling, ...]
    advances: tuple[Advance, ...]

    def total(self, name: str) -> int:
        """The sum of an amount over all filings."""
        return sum(int(getattr(row, name)) for row in self.filings)

    def bucket(self, name: str) -> int:
        """What is outstanding in a bucket."""
        return sum(row.outstanding for row in self.filings if row.bucket == name)


def bucket_of(days: int) -> str:
    """The bucket of an age in days: 0-30, 31-60, 61-90 or over 90."""
    return BUCKETS[0] if days <= 30 else BUCKETS[1] if days <= 60 else BUCKETS[2] if days <= 90 else BUCKETS[3]


def ageing(history: History, as_of: date) -> Ageing:
    """The filings made by a date with what is still due on each of them."""
    found = [_aged(f, as_of) for f in history.facts.filings.values() if f.event.filed_on <= as_of]
    rows = sorted(found, key=lambda row: (row.filed_on, row.filing))
    return Ageing(tuple(rows), tuple(a for a in advances(history, as_of) if a.left))


def _aged(filing: Filing, as_of: date) -> AgedFiling:
    now, days = filing.standing(as_of), (as_of - filing.event.filed_on).days
    return AgedFiling(
        filing=filing.event.filing,
        policy=filing.event.policy,
        member=filing.event.member,
        filed_on=filing.event.filed_on,
        amount=now.filed,
        approved=now.approved or 0,
        denied=now.denied,
        received=now.received,
        written_off=now.written_off,
        outstanding=now.receivable,
        to_return=now.overpaid,
        days=days,
        bucket=bucket_of(days),
        state=now.state,
    )
