"""What the payment behind a recovery says of its days: an inpatient stay, and when it was first released."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from ledger.calendar import day_number, day_of
from ledger.lines import TXN_TYPES, Lines
from ledger.plan import Plan

_PAYMENTS = [TXN_TYPES.index(word) for word in ("PAYMENT", "REISSUE")]
_NAMES = ("admitted_on", "discharged_on", "first_paid_on")


def days_of_payment(
    plan: Plan, added: Sequence[Lines], member: str, claim_id: str, incurred_on: date, paid_on: date
) -> dict[str, Any]:
    """The days that a recovery shares with its payment, by field; nothing where the payment names none.

    The payment is the member's of that service and paid day (and claim, when one is named); of several the first.
    """
    key = member.encode()
    for page in [*plan.lines_of_people("member", np.array([key])), *added]:
        same = (page["member"] == key) & np.isin(page["txn_type"], _PAYMENTS)
        same &= (page["incurred_on"] == day_number(incurred_on)) & (page["paid_on"] == day_number(paid_on))
        if claim_id:
            same &= page["claim_id"] == claim_id.encode()
        found = np.flatnonzero(same)
        if found.size:
            days = {name: int(page[name][found[0]]) for name in _NAMES}
            return {name: day_of(number) if number else None for name, number in days.items()}
    return {}
