"""The claims of an 835 for one plan, gathered in the order of the file and turned into lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from ledger.identity import identified
from ledger.intake.laid_by import GATHERED, LaidBy, Room
from ledger.intake.members import Names
from ledger.intake.reading import Adjustment, Document
from ledger.intake.sealing import PlanSealing
from ledger.intake.x12_columns import Claims
from ledger.lines import COVERAGES, PAYEES, TXN_TYPES, Column, Lines, repeated

_COLUMNS = (
    "claim_id", "txn_type", "member", "family", "incurred_on", "paid_on", "amount", "billed", "method", "payment_ref",
    "payer_trace", "source_line", "admitted_on", "discharged_on",
)  # fmt: skip
_REVERSAL_OR_PAYMENT = (TXN_TYPES.index("REVERSAL"), TXN_TYPES.index("PAYMENT"))
Row = tuple[str, int, str, str, int, int, int, int, int, str, str, int, int, int]


class PlanClaims:
    """What was gathered for one plan: rows one by one, or many laid by together, in the order of the file."""

    def __init__(self, name: str, room: Room, keys: Names | None, seal: PlanSealing | None) -> None:
        self.adjustments: list[Adjustment] = []
        self.payments_total = 0
        self._name = name
        self._keys = keys
        self._rows: list[Row] = []
        self._seal = seal
        self._laid = LaidBy(room, seal.lines if seal is not None else None)
        self._count = 0

    def add(self, row: Row) -> None:
        """One claim; its members are named as they were sent."""
        self._rows.append(row)
        if len(self._rows) >= GATHERED:
            self._lay_rows()

    def add_claims(self, claims: Claims, rows: Any) -> None:
        """Many claims."""
        self._lay_rows()
        patient, subscriber = claims.patient[rows], claims.subscriber[rows]
        wide = f"S{max(patient.itemsize, subscriber.itemsize)}"
        member = np.where(patient != b"", patient.astype(wide), subscriber.astype(wide))
        family = np.where(subscriber != b"", subscriber.astype(wide), patient.astype(wide))
        self._lay({
            "claim_id": claims.claim_id[rows],
            "txn_type": np.where(claims.reversal[rows], *_REVERSAL_OR_PAYMENT).astype(np.int8),
            "member": member, "family": family, "incurred_on": claims.incurred_on[rows],
            "paid_on": claims.paid_on[rows], "amount": claims.paid[rows], "billed": claims.billed[rows],
            "method": claims.method[rows], "payment_ref": claims.trace[rows], "payer_trace": claims.payer_trace[rows],
            "source_line": claims.number[rows], "admitted_on": claims.admitted_on[rows],
            "discharged_on": claims.discharged_on[rows],
        })  # fmt: skip

    def _lay_rows(self) -> None:
        if self._rows:
            columns: dict[str, Any] = dict(zip(_COLUMNS, zip(*self._rows, strict=True), strict=True))
            for name in ("member", "family"):
                columns[name] = np.array([text.encode() for text in columns[name]])
            self._rows.clear()
            self._lay(columns)

    def _lay(self, columns: dict[str, Any]) -> None:
        count = len(columns["claim_id"])
        made = {
            **columns, **self._named(columns["member"], columns["family"]), "booked_on": columns["paid_on"],
            "eligible": columns["amount"],
            "coverage": np.full(count, COVERAGES.index("MED"), dtype=np.int8),
            "payee": np.full(count, PAYEES.index("PROVIDER"), dtype=np.int8),
            "specific_eligible": np.ones(count, dtype=np.int8), "aggregate_eligible": np.ones(count, dtype=np.int8),
        }  # fmt: skip
        self._laid.add(Lines(made, count))
        self._count += count

    def _named(self, member: Column, family: Column) -> dict[str, Column]:
        """Members by their pseudonyms; nobody without a key."""
        if self._keys is None:
            return {name: repeated(np.zeros(1, dtype="S1"), len(member)) for name in ("member", "family")}
        different, of = np.unique(np.concatenate([member, family]), return_inverse=True)
        people = [text.decode() for text in different.tolist()]
        known = self._keys.derive_all(self._name, [person for person in people if person])
        names = np.array([known.get(person, "").encode() for person in people])[of]
        return {"member": names[: len(member)], "family": names[len(member) :]}

    def document(self, register_id: str) -> Document:
        """Everything gathered for the plan."""
        self._lay_rows()
        lines = identified(self._laid.lines()) if self._count else Lines({}, 0)
        items = tuple(self.adjustments) if self._seal is None else self._seal.adjustments(self.adjustments)
        return Document(self._name, register_id, lines, items, self.payments_total)
