"""The parts of an 835 as they were read: claims and payments, in cents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from ledger.calendar import day_number

SERVICE_DATES = ("232", "472", "150", "233", "151")  # DTM01 of a date of service, the best first


@dataclass(slots=True)
class Claim:
    """One CLP and what follows it."""

    number: int
    claim_id: str
    status: str
    billed: int
    paid: int
    readable: bool
    group: str = ""
    patient: str = ""
    subscriber: str = ""
    frequency: str = ""
    inpatient: bool = False
    days: dict[str, int] = field(default_factory=dict)
    adjusted: int = 0
    lines: list[list[int]] = field(default_factory=list)

    def stay(self) -> tuple[int, int]:
        """First and last day of an inpatient stay, 0 where it is not known.

        A claim is of a stay when it was adjudicated as one: it has an inpatient adjudication (MIA) or a diagnosis
        related group (CLP11). The statement's first day (DTM 232) is the admission unless the bill continues an
        earlier one, its last (DTM 233) the discharge unless another bill follows: the frequency (CLP09) is 1 for
        admission through discharge, 2 for the first, 3 for a continuing and 4 for the last bill of a stay.
        """
        if not self.inpatient:
            return 0, 0
        begun = self.days.get("232", 0) if self.frequency not in ("3", "4") else 0
        return begun, self.days.get("233", 0) if self.frequency not in ("2", "3") else 0


@dataclass(slots=True)
class Payment:
    """One transaction set: BPR, TRN, its claims and its provider-level items (segment, reason, reference, cents)."""

    number: int
    st02: str
    dates: tuple[str, str]
    bpr: int = 0
    amount: int = 0
    readable: bool = True
    method: str = ""
    date: str = ""
    trace: str = ""
    payer_trace: str = ""
    claims: list[Claim] = field(default_factory=list)
    items: list[tuple[int, str, str, int]] = field(default_factory=list)


@lru_cache(maxsize=4096)
def x12_day(text: str) -> int | None:
    """The day number of CCYYMMDD or YYMMDD; ``None`` when it is no date between 1900 and 2200."""
    if not re.fullmatch("[0-9]{6}|[0-9]{8}", text):
        return None
    full = text if len(text) == 8 else "20" + text
    try:
        day = date(int(full[:4]), int(full[4:6]), int(full[6:]))
    except ValueError:
        return None
    return day_number(day) if 1900 <= day.year <= 2200 else None
