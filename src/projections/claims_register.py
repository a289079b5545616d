"""Payments one by one, with addresses and what became of them; and claimants by what was paid for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_number, day_of
from ledger.events import CorrectionPosted
from ledger.lines import COVERAGES, TXN_TYPES
from projections.accounts import Account
from projections.history import History, PageAt

CLAIMS = (Account.CLAIMS_PAID, Account.CLAIMS_REISSUED, Account.CLAIMS_VOIDED, Account.CLAIMS_REFUNDED)
_DONE = {
    "claim-payments-voided": "voided by {}",
    "claim-refunds-received": "refunded by {}",
    "payments-reissued": "reissued as {}",
}
_DOES = {
    "claim-payments-voided": "voids {}",
    "claim-refunds-received": "refund of {}",
    "payments-reissued": "replaces {}",
    "claims-paid": "adjusts {}",
}


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One line of a page; ``address`` is ``EVENT.LINE``, ``status`` what became of it or what it does."""

    address: str
    event: int
    line: int
    kind: str
    txn_type: str
    register_id: str
    claim_id: str
    member: str
    coverage: str
    incurred_on: date
    paid_on: date
    booked_on: date
    amount: int
    status: str
    source_line: int


@dataclass(frozen=True, slots=True)
class Claimant:
    """A member with net claims paid in a plan year and the number of payments and other lines."""

    member: str
    paid: int
    lines: int


Later = dict[tuple[int, int], list[str]]


def rows(
    history: History,
    *,
    register: str = "",
    member: str = "",
    first: date | None = None,
    last: date | None = None,
    event: int = 0,
    reference: str = "",
    claim: str = "",
    corrections: bool = False,
    known_at: int | None = None,
) -> Iterator[PaymentRow]:
    """Payments in recorded order, of one register, member, event, payment reference or claim, booked between two dates
    (inclusive); with ``corrections`` also the lines that take back a page.
    """
    history = history.until(known_at)
    later = _later(history)
    for page in history.pages:
        if page.correcting and not corrections:
            continue
        if (register and page.register_id != register) or (event and page.position != event):
            continue
        keep: npt.NDArray[np.bool_] = np.ones(page.lines.count, dtype=np.bool_)
        if member:
            keep &= page.lines["member"] == member.encode()
        if reference:
            keep &= page.lines["payment_ref"] == reference.encode()
        if claim:
            keep &= page.lines["claim_id"] == claim.encode()
        if first is not None:
            keep &= page.lines["booked_on"] >= day_number(first)
        if last is not None:
            keep &= page.lines["booked_on"] <= day_number(last)
        for at in np.flatnonzero(keep).tolist():
            yield _row(history, page, at + 1, later)


def _later(history: History) -> Later:
    """What later lines did to each payment, by version and line of the payment."""
    found: Later = {}
    for page in history.pages:
        words = _DONE.get(page.kind)
        if page.correcting or page.version in history.corrections or words is None:
            continue
        cites = page.lines["original_version"]
        for at in np.flatnonzero(cites).tolist():
            key = (int(cites[at]), int(page.lines["original_line"][at]))
            found.setdefault(key, []).append(words.format(f"{page.position}.{at + 1}"))
    return found


def _row(history: History, page: PageAt, line: int, later: Later) -> PaymentRow:
    cell = page.lines
    at = line - 1
    return PaymentRow(
        address=f"{page.position}.{line}",
        event=page.position,
        line=line,
        kind=page.kind,
        txn_type=TXN_TYPES[int(cell["txn_type"][at])],
        register_id=page.register_id,
        claim_id=bytes(cell["claim_id"][at]).decode(),
        member=bytes(cell["member"][at]).decode(),
        coverage=COVERAGES[int(cell["coverage"][at])],
        incurred_on=day_of(int(cell["incurred_on"][at])),
        paid_on=day_of(int(cell["paid_on"][at])),
        booked_on=day_of(int(cell["booked_on"][at])),
        amount=int(cell["amount"][at]),
        status=_status(history, page, line, later),
        source_line=int(cell["source_line"][at]),
    )


def _status(history: History, page: PageAt, line: int, later: Later) -> str:
    if page.correcting:
        correcting = history.by_version[page.version].event
        assert isinstance(correcting, CorrectionPosted)
        return f"takes back {history.by_version[correcting.corrects_version].position}.{line}"
    correction = history.corrections.get(page.version)
    if correction is not None:
        return f"taken back by {history.by_version[correction].position}"
    if done := later.get((page.version, line)):
        return ", ".join(done)
    original = history.by_version.get(int(page.lines["original_version"][line - 1]))
    if original is not None:
        return _DOES[page.kind].format(f"{original.position}.{int(page.lines['original_line'][line - 1])}")
    orphan = {
        "claim-payments-voided": "void without original",
        "claim-refunds-received": "refund without original",
    }
    return orphan.get(page.kind, "paid")


def claimants(
    history: History,
    year: int,
    as_of: date,
    over: int = 0,
    top: int | None = None,
    *,
    known_at: int | None = None,
) -> tuple[Claimant, ...]:
    """Members with net claims paid over an amount in a plan year, the largest first."""
    history = history.until(known_at)
    moved = history.transfers
    debits, credited = np.isin(moved.debit, CLAIMS), np.isin(moved.credit, CLAIMS)
    mask = (moved.year == year) & (moved.day <= day_number(as_of)) & (debits | credited)
    size = len(history.member_names)
    paid, count = np.zeros(size + 1, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    signed = np.where(debits, moved.amount, -moved.amount)[mask]
    np.add.at(paid, moved.member[mask], signed)
    np.add.at(count, moved.member[mask], 1)
    found = [
        Claimant(name, int(paid[at]), int(count[at]))
        for at, name in enumerate(history.member_names)
        if count[at] and paid[at] > over
    ]
    found.sort(key=lambda claimant: (-claimant.paid, claimant.member))
    return tuple(found[:top])
