"""What is wrong with the lines of a document, all at once, before anything is decided about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_number, day_of, month_of
from ledger.identity import among
from ledger.lines import TXN_TYPES, Lines, put
from ledger.plan import Page, Plan
from ledger.refusals import Refusal
from ledger.rules import (
    AlreadyVoided,
    MoreThanPaid,
    NothingToVoid,
    NotVoided,
    OtherAmount,
    PeriodIsClosed,
)

CODES = {word: index for index, word in enumerate(TXN_TYPES)}
_FLAGS = ("specific_eligible", "aggregate_eligible")
_OF_THE_ORIGINAL = (*_FLAGS, "coverage")
_ITS_DAYS = ("admitted_on", "discharged_on", "first_paid_on")
_CHANGED = (*_OF_THE_ORIGINAL, *_ITS_DAYS, "paid_on", "incurred_on", "eligible", "family")
# What finding originals looks at cell by cell, so that it has to be in memory.
_LOOKED_AT = (
    *_CHANGED, "original_version", "original_line", "claim_id", "claim_line", "txn_type", "member", "payment_ref",
    "amount",
)  # fmt: skip
_PART = 1 << 18  # lines that are gone through at a time
TAKES_BACK = ("VOID", "REVERSAL", "REFUND", "REISSUE")


def of_types(words: Collection[str]) -> npt.NDArray[np.bool_]:
    """A table that tells by the code of a line's type whether it is one of some words."""
    return np.array([word in words for word in TXN_TYPES])


_TAKES_BACK = of_types(TAKES_BACK)


@dataclass(frozen=True, slots=True)
class Screening:
    """Lines made ready: known ones marked, refusals by line index, orphan reversals by index."""

    lines: Lines
    known: npt.NDArray[np.bool_]
    refused: dict[int, Refusal]
    orphans: tuple[int, ...]

    def good(self) -> npt.NDArray[np.bool_]:
        """The lines that can be recorded."""
        mask = ~self.known
        mask[list(self.refused)] = False
        return mask


def screen(plan: Plan, lines: Lines, effective_on: date | None = None) -> Screening:
    """Find duplicates, conflicts, closed months and originals for every line of a document.

    The original of a void or refund is written into ``original_version`` and ``original_line``; what it takes back is
    of the original's family and coverage, and of what stop-loss had accepted, so that a void leaves every accumulator
    as it was (INV-30). A line that belongs
    to a payment of the same document has ``original_version`` −1 and the payment's index in the document + 1; deciding
    turns it into the version the payment gets.
    """
    if plan.screened is not None:
        version, held, day, found = plan.screened
        if version == plan.version and held is lines and day == effective_on and isinstance(found, Screening):
            return found
    return _screened(plan, lines, effective_on)


def remember(plan: Plan, lines: Lines, found: Screening, effective_on: date | None) -> None:
    """Keep what is known of the good lines of a screening, so that deciding about them need not find it again.

    ``lines`` are those lines as they came. It is not kept when one of them belongs to a line that was left out, nor
    longer than until something happens to the plan.
    """
    good = found.good()
    inside = found.lines.narrow("original_version") == -1
    if good.all():
        kept = found
    elif inside.any():
        return
    else:
        orphans = np.flatnonzero(np.isin(np.flatnonzero(good), list(found.orphans)))
        kept = Screening(found.lines.take(good), np.zeros(lines.count, dtype=bool), {}, tuple(orphans.tolist()))
    plan.screened = (plan.version, lines, effective_on, kept)


def _screened(plan: Plan, lines: Lines, effective_on: date | None) -> Screening:
    places = plan.find(lines)
    known = places >= 0
    refused: dict[int, Refusal] = {}
    for index in np.flatnonzero(known & (lines["row_id"] != b"")) if known.any() else ():
        page, row = plan.row(int(places[index]))
        before, offered = int(page.lines["amount"][row]), int(lines["amount"][index])
        if before != offered:
            known[index] = False
            address = f"{page.position}.{row + 1}"
            refused[int(index)] = OtherAmount(_claim(lines, int(index)), before, offered, address)
    lines = _booked(plan, lines, known, refused, effective_on)
    payments = (lines["txn_type"] == CODES["PAYMENT"]) & ~known & (lines["row_id"] == b"")
    for at, (page, line) in _same_payments(plan, lines, payments).items():
        recorded, offered = int(page.lines["amount"][line - 1]), int(lines["amount"][at])
        if recorded != offered:
            refused[at] = OtherAmount(_claim(lines, at), recorded, offered, f"{page.position}.{line}")
    return _originals(plan, lines, known, refused)


def _same_payments(plan: Plan, lines: Lines, mask: npt.NDArray[np.bool_]) -> dict[int, tuple[Page, int]]:
    """For masked lines: a recorded payment of the same claim, line, date and reference that nothing was taken from."""
    found: dict[int, tuple[Page, int]] = {}
    for place, payments in plan.same_payments(lines, np.flatnonzero(mask)).items():
        for page, line in payments:
            if (page.version, line) not in plan.taken:
                found[place] = (page, line)
    return dict(sorted(found.items()))


def _booked(
    plan: Plan,
    lines: Lines,
    known: npt.NDArray[np.bool_],
    refused: dict[int, Refusal],
    effective_on: date | None,
) -> Lines:
    if not plan.closed:
        return lines
    days = lines["booked_on"]
    moved = days.copy()
    for number in np.unique(days[~known]):
        day = day_of(int(number))
        if closed := plan.closed.get(month_of(day)):
            here = np.nonzero((days == number) & ~known)[0]
            if effective_on is not None and month_of(effective_on) not in plan.closed:
                moved[here] = day_number(effective_on)
            else:
                for index in here:
                    refused[int(index)] = PeriodIsClosed(month_of(day), "claim payment", day, closed)
    return lines if np.array_equal(moved, days) else lines.replaced(booked_on=moved)


def _originals(plan: Plan, lines: Lines, known: npt.NDArray[np.bool_], refused: dict[int, Refusal]) -> Screening:
    acting = np.flatnonzero(_TAKES_BACK[lines["txn_type"]] & ~known)
    if not acting.size:
        return Screening(lines, known, refused, ())
    rows = _concerned(lines, known, acting)
    few = _in_memory(lines.take(rows))
    finder = _Finder(plan, few, rows)
    types = few["txn_type"]
    changed = {name: few[name].copy() for name in ("original_version", "original_line", *_CHANGED)}
    families = dict[int, bytes]()
    orphans = []
    rank = {CODES["VOID"]: 0, CODES["REVERSAL"]: 0, CODES["REFUND"]: 1, CODES["REISSUE"]: 2}
    places = np.searchsorted(rows, acting)
    for at in sorted(places.tolist(), key=lambda at: (rank[int(types[at])], at)):
        index = int(rows[at])
        if index in refused:
            continue
        found = finder.find(at)
        if isinstance(found, Refusal):
            if types[at] == CODES["REVERSAL"] and isinstance(found, NothingToVoid):
                orphans.append(index)
            else:
                refused[index] = found
            continue
        of, row, left = found
        changed["original_version"][at], changed["original_line"][at] = of.version, finder.line(of, row + 1)
        changed["incurred_on"][at] = of.lines["incurred_on"][row]
        for name in _ITS_DAYS:
            changed[name][at] = of.lines[name][row]
        for name in _FLAGS:
            changed[name][at] = min(changed[name][at], of.lines[name][row])
        if types[at] == CODES["REISSUE"]:
            changed["first_paid_on"][at] = of.lines["first_paid_on"][row] or of.lines["paid_on"][row]
        else:
            changed["paid_on"][at] = of.lines["paid_on"][row]
            for name in _OF_THE_ORIGINAL:
                changed[name][at] = of.lines[name][row]
            changed["eligible"][at], families[at] = left, bytes(of.lines["family"][row])
    if families:
        changed["family"] = put(few["family"], np.array(list(families)), np.array(list(families.values())))
    ready = lines.changed(acting, {name: column[places] for name, column in changed.items()})
    return Screening(ready, known, refused, tuple(orphans))


def _concerned(lines: Lines, known: npt.NDArray[np.bool_], acting: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The lines that take something back and the payments of their claims, looked for part by part."""
    claims, found = np.unique(lines.take(acting)["claim_id"]), [acting]
    for start in range(0, lines.count, _PART):
        part = lines.take(slice(start, start + _PART))
        payable = (part["amount"] > 0) & (part["txn_type"] == CODES["PAYMENT"]) & ~known[start : start + _PART]
        payable &= among(part["claim_id"], claims)
        found.append(np.flatnonzero(payable) + start)
    return np.unique(np.concatenate(found))


def _in_memory(lines: Lines) -> Lines:
    return Lines({name: lines[name] for name in _LOOKED_AT}, lines.count)


class _Finder:
    """Finds the payment a void, refund or reissue acts on, and remembers what this document has already taken.

    ``lines`` are those lines and the payments of their claims, ``rows`` where each stands in the document.
    """

    def __init__(self, plan: Plan, lines: Lines, rows: npt.NDArray[np.int64]) -> None:
        self.plan, self.lines, self.rows = plan, lines, rows
        types = lines["txn_type"]
        own = Page(-1, 0, "claims-paid", lines)
        self.candidates = plan.payments_of(np.unique(lines["claim_id"][_TAKES_BACK[types]]))
        for row in np.flatnonzero((lines["amount"] > 0) & (types == CODES["PAYMENT"])):
            self.candidates.setdefault(bytes(lines["claim_id"][row]), []).append((own, int(row) + 1))
        self.taken: dict[tuple[int, int], int] = {}
        self.accepted: dict[tuple[int, int], int] = {}
        self.voided: set[tuple[int, int]] = set()
        self.reissued: set[tuple[int, int]] = set()

    def line(self, page: Page, line: int) -> int:
        """The line of a page as it is cited: of this document its place there, numbered from 1."""
        return int(self.rows[line - 1]) + 1 if page.version == -1 else line

    def find(self, index: int) -> tuple[Page, int, int] | Refusal:
        """The original's page and row, and the eligible amount that is taken back of it; or why there is none."""
        lines = self.lines
        word, claim = TXN_TYPES[int(lines["txn_type"][index])], _claim(lines, index)
        reference = bytes(lines["payment_ref"][index])
        matching = self._matching(index, reference, word)
        if not matching:
            return NothingToVoid(word.lower(), claim, reference.decode())
        if word == "REISSUE":
            return self._reissue(matching, claim)
        asked = -int(lines["amount"][index])
        open_ones = [(page, line, self._left(page, line)) for page, line in matching]
        alive = [item for item in open_ones if item[2] > 0]
        if not alive:
            page, line = matching[-1]
            taken = self.plan.taken.get((page.version, line))
            address = f"{page.position}.{self.line(page, line)}"
            return AlreadyVoided(claim, address, taken.voided_by if taken else page.position)
        exact = [item for item in alive if item[2] == asked]
        page, line, left = (exact or alive)[0]
        if asked > left:
            return MoreThanPaid(word.lower(), claim, asked, left)
        self.taken[page.version, line] = self.taken.get((page.version, line), 0) + asked
        if word != "REFUND":
            self.voided.add((page.version, line))
        return page, line - 1, self._accepted(page, line, index, whole=asked == left)

    def _matching(self, index: int, reference: bytes, word: str) -> list[tuple[Page, int]]:
        lines = self.lines
        found = [
            (page, line)
            for page, line in self.candidates.get(bytes(lines["claim_id"][index]), ())
            if page.lines["claim_line"][line - 1] == lines["claim_line"][index]
            and page.lines["member"][line - 1] == lines["member"][index]
            and (page.version != -1 or (line <= index if word == "REVERSAL" else line != index + 1))
        ]
        by_reference = [item for item in found if bytes(item[0].lines["payment_ref"][item[1] - 1]) == reference]
        return by_reference or (found if not reference or word in ("REVERSAL", "REISSUE") else [])

    def _accepted(self, page: Page, line: int, index: int, *, whole: bool) -> int:
        """What is taken back of the eligible amount: all that is left with the whole payment, else what is stated."""
        address = (page.version, line)
        left = self.plan.open_eligible(page, line) - self.accepted.get(address, 0)
        part = left if whole else max(0, min(left, -int(self.lines["eligible"][index])))
        self.accepted[address] = self.accepted.get(address, 0) + part
        return -part

    def _reissue(self, matching: list[tuple[Page, int]], claim: str) -> tuple[Page, int, int] | Refusal:
        for page, line in matching:
            address = (page.version, line)
            taken = self.plan.taken.get(address)
            voided = address in self.voided or (taken is not None and taken.voided > 0)
            if voided and address not in self.reissued and not (taken is not None and taken.reissued):
                self.reissued.add(address)
                return page, line - 1, 0
        page, line = matching[-1]
        return NotVoided(claim, f"{page.position}.{self.line(page, line)}")

    def _left(self, page: Page, line: int) -> int:
        return self.plan.open_amount(page, line) - self.taken.get((page.version, line), 0)


def _claim(lines: Lines, index: int) -> str:
    return bytes(lines["claim_id"][index]).decode()
