"""Recoveries as lines: what a third party paid takes eligible amounts back from the original payment's window.

Deciding and reading both turn a recovery into a line here, so that both net it alike (domain 5.4, 5.10). What is
eligible of the gross counts: the recovery vendor's fee is the plan's cost and lowers no eligible amount.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ledger.calendar import day_number
from ledger.events import SubrogationRecovered
from ledger.lines import Lines, lines_of

_DAYS = ("admitted_on", "discharged_on", "first_paid_on")


def with_recoveries(pages: Sequence[Lines], recoveries: Sequence[SubrogationRecovered]) -> list[Lines]:
    """The pages and, after them, one page with a negative line for each recovery that stands.

    The line has the incurred and paid dates of the original payment and is booked on the day the money came
    in. A family is the one under which the member was last paid.
    """
    if not recoveries:
        return list(pages)
    families = {event.member: _family(pages, event.member) for event in recoveries}
    rows: list[dict[str, str | int]] = [
        {
            "claim_id": event.claim_id,
            "txn_type": "RECOVERY",
            "row_id": event.recovery_id,
            "member": event.member,
            "family": families[event.member],
            "coverage": event.coverage,
            "incurred_on": day_number(event.incurred_on),
            "paid_on": day_number(event.paid_on),
            "booked_on": day_number(event.received_on),
            **{name: day_number(day) for name in _DAYS if (day := getattr(event, name)) is not None},
            "amount": -event.gross,
            "eligible": -event.counting,
            "specific_eligible": int(event.specific_eligible),
            "aggregate_eligible": int(event.aggregate_eligible),
        }
        for event in recoveries
    ]
    return [*pages, lines_of(rows)]


def _family(pages: Sequence[Lines], member: str) -> str:
    for page in reversed(pages):
        found = np.flatnonzero(page["member"] == member.encode())
        if found.size:
            return bytes(page["family"][found[-1]]).decode()
    return member
