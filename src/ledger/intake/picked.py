"""What reading some rows of a paid-claims file gives, whichever way they were read; and which columns are checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ledger.lines import TXN_TYPES, Column, Lines, run

BACKWARD = tuple(TXN_TYPES.index(word) for word in ("VOID", "REVERSAL", "REFUND", "RECOVERY"))
FORWARD = tuple(TXN_TYPES.index(word) for word in ("PAYMENT", "REISSUE", "FEE"))
IDS = (
    "plan_id",
    "claim_id",
    "member_key",
    "subscriber_key",
    "row_id",
    "division",
    "payment_ref",
    "payer_trace_id",
)
MORE_IDS = ("funding_account", "original_claim_id", "note_code", "currency")
UNKEPT_MONEY = ("allowed", "cob", "member_resp")
UNKEPT_DAYS = ("incurred_to", "received_date", "processed_date")
STAY = {"admission_date": "admitted_on", "discharge_date": "discharged_on"}
YES_NO = ("", "Y", "N")


@dataclass(frozen=True, slots=True)
class Picked:
    """The good lines of some rows, and what was counted on the way; amounts in minor units.

    ``plan_of`` gives for each line the place of its plan in ``plans``.
    """

    lines: Lines
    plans: list[str]
    plan_of: Column
    read: int
    total: int
    billed: int = 0
    unread: int = 0
    not_ours: int = 0
    cents_not_ours: int = 0
    currencies: frozenset[str] = frozenset()
    without_reference: int = 0

    def by_plan(self) -> Iterator[tuple[str, Lines]]:
        """The lines of each plan, in their order."""
        counts = np.bincount(self.plan_of, minlength=len(self.plans))
        order = np.argsort(self.plan_of.astype(np.int16 if len(self.plans) < 1 << 15 else np.int64), kind="stable")
        for plan, rows in zip(self.plans, np.split(order, np.cumsum(counts)[:-1]), strict=True):
            if rows.size:
                yield plan, self.lines.take(run(rows))
