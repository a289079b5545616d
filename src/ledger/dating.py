"""The days by which a line counts under a policy: its own, or those that the policy's terms put in their place.

Contracts differ about three days (domain 5.2 and 5.4): when an inpatient stay was incurred, when a payment that was
issued again was paid, and when a void takes effect. Reports show the days on the line; windows, levels, months and the
order in which limits fill up go by these.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from ledger.gains import Ints
from ledger.lines import TXN_TYPES, Lines
from ledger.terms import DayRules

_TAKING_BACK = [TXN_TYPES.index(word) for word in ("VOID", "REVERSAL", "REFUND")]
_STAYS: dict[str, Literal["admitted_on", "discharged_on"]] = {
    "admission_date": "admitted_on", "discharge_date": "discharged_on",
}  # fmt: skip


def incurred_days(terms: DayRules, lines: Lines) -> Ints:
    """When each line was incurred: the day of service, or of an inpatient stay the day it began or ended.

    A line that names no such day is of no stay, and goes by its day of service.
    """
    served: Ints = lines["incurred_on"]
    if terms.inpatient_incurred_rule == "line_service_date":
        return served
    stay = lines[_STAYS[terms.inpatient_incurred_rule]]
    return np.where(stay != 0, stay, served)


def paid_days(terms: DayRules, lines: Lines) -> Ints:
    """When each line was paid: of a payment issued again the new day or the first one; of a void or refund the day of
    its payment, or its own.
    """
    paid: Ints = lines["paid_on"]
    if terms.reissue_paid_date == "original":
        first = lines["first_paid_on"]
        paid = np.where(first != 0, first, paid)
    if terms.void_window_rule == "net_in_void_month":
        paid = np.where(np.isin(lines["txn_type"], _TAKING_BACK), lines["booked_on"], paid)
    return paid
