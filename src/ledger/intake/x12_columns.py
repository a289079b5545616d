"""Transactions of an 835 read by column when every segment of them is in order and every balance holds.

Nothing here explains anything. A transaction in which anything is unusual is left to :mod:`ledger.intake.x12_parse`,
which reads the same segments one by one and finds and explains it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ledger.intake.x12_checks import METHODS, STATUSES
from ledger.intake.x12_cut import Bools, CutSegments, Ints, tag
from ledger.intake.x12_parts import SERVICE_DATES, x12_day
from ledger.lines import Column
from ledger.personal import ID, REFERENCE, Forms, looks_like

_ENVELOPES = tuple(map(tag, ("ISA", "GS", "GE", "IEA")))
_ST, _SE = tag("ST"), tag("SE")
_GROUPS = ("CO", "CR", "OA", "PI", "PR")
_UNKNOWN = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of some transactions in order, a row a claim: texts as they were sent, cents, day numbers."""

    transactions: int
    number: Ints
    claim_id: Column
    reversal: Bools
    billed: Ints
    paid: Ints
    group: Column
    patient: Column
    subscriber: Column
    incurred_on: Ints
    admitted_on: Ints
    discharged_on: Ints
    paid_on: Ints
    method: Column
    trace: Column
    payer_trace: Column


    def rows(self, first: int, stop: int, transactions: int) -> Claims:
        """Some of the claims, those of so many transactions."""
        return Claims(transactions, *(getattr(self, field.name)[first:stop] for field in fields(self)[1:]))


@dataclass(frozen=True, slots=True)
class Run:
    """Segments that follow each other, ``first`` counted from 0: those from ``start`` to ``stop`` of the text, to be
    looked at one by one unless their claims were read."""

    start: int
    stop: int
    first: int
    claims: Claims | None = None


def runs(text: str, element: str, end: str) -> tuple[list[Run], int, int]:
    """What some whole segments hold, in order; where what was left begins, and how many segments come before it.

    ``text`` ends before the terminator of its last segment. A transaction that does not end in it is left.
    """
    cut = CutSegments(text, element, end)
    if not cut.count:
        return [], len(text), 0
    heads = (cut.tags == _ST) | np.isin(cut.tags, _ENVELOPES)
    heads[0] = True
    firsts = np.flatnonzero(heads)
    lasts = np.append(firsts[1:], cut.count) - 1
    upto = cut.count
    if cut.tags[firsts[-1]] == _ST and not (cut.tags[firsts[-1] :] == _SE).any():
        upto = int(firsts[-1])
        firsts, lasts = firsts[:-1], lasts[:-1]
    ended = cut.place(upto) if upto < cut.count else len(text)
    plain = (cut.tags[firsts] == _ST) & (cut.tags[lasts] == _SE)
    group, claims = np.cumsum(heads) - 1, None
    if (np.append(plain, False)[np.minimum(group, plain.size)] & (cut.tags == tag("CLP"))).any():
        claims, group = _read(cut, group, firsts, lasts, plain)
    else:
        plain[:] = False
    found: list[Run] = []
    changes = np.flatnonzero(np.diff(plain.astype(np.int8))) + 1
    for of, to in zip([0, *changes.tolist()], [*changes.tolist(), firsts.size], strict=True) if firsts.size else ():
        first, stop = int(firsts[of]), int(lasts[to - 1]) + 1
        mine = None
        if claims is not None and plain[of]:
            mine = claims.rows(int(np.searchsorted(group, of)), int(np.searchsorted(group, to)), to - of)
        found.append(Run(cut.place(first), cut.place(stop) if stop < cut.count else len(text), first, mine))
    return found, ended, upto


def _read(cut: CutSegments, group: Ints, firsts: Ints, lasts: Ints, plain: Bools) -> tuple[Claims, Ints]:
    """The claims of all transactions that turn out plain, and the group of each; others leave ``plain``."""
    inside = np.append(plain, False)[np.minimum(group, plain.size)]
    claims, of = _Reader(cut, group, inside, firsts, lasts, plain).claims()
    odd = np.unique(group[np.flatnonzero(cut.odd & inside)])
    plain[odd] = False
    kept = plain[of]
    if not kept.all():
        claims = Claims(0, *(getattr(claims, field.name)[kept] for field in fields(claims)[1:]))
        of = of[kept]
    return claims, of


class _Reader:
    """Reads the transactions of some segments and marks as odd what has to be looked at one by one."""

    def __init__(
        self, cut: CutSegments, group: Ints, inside: Bools, firsts: Ints, lasts: Ints, plain: Bools
    ) -> None:
        self.cut, self.group, self.inside = cut, group, inside
        self.groups = firsts.size
        self.first, self.last = firsts, lasts
        self.clp = self._all("CLP")
        at = np.cumsum(np.isin(np.arange(cut.count), self.clp)) - 1
        before = np.where(at >= 0, at, 0)
        same = (at >= 0) & (self.group[self.clp[before]] == group) if self.clp.size else np.zeros(cut.count, dtype=bool)
        self.claim = np.where(same & inside, at, -1)
        self._odd(self._all("PLB"))
        self._odd(firsts[plain][np.bincount(group[self._all("SE")], minlength=self.groups)[: self.groups][plain] != 1])

    def _all(self, name: str) -> Ints:
        return np.flatnonzero((self.cut.tags == tag(name)) & self.inside)

    def _of_claims(self, name: str) -> Ints:
        found = self._all(name)
        return found[self.claim[found] >= 0]

    def _odd(self, segments: Ints) -> None:
        self.cut.odd[segments] = True

    def claims(self) -> tuple[Claims, Ints]:
        """Every claim, and its group."""
        cut, clp = self.cut, self.clp
        of = self.group[clp]
        billed, paid = cut.cents(clp, 3, required=True), cut.cents(clp, 4, required=True)
        status = cut.texts(clp, 2)
        reversal = status == b"22"
        known = np.zeros(clp.size, dtype=bool)
        for code in STATUSES:
            known |= status == code.encode()
        self._odd(clp[~known | (reversal & (paid > 0)) | (~reversal & (paid < 0))])
        self._balances(billed, paid)
        method, day, trace, payer = self._payments(paid)
        days = self._days()
        incurred = np.full(clp.size, _UNKNOWN, dtype=np.int64)
        for code in reversed(SERVICE_DATES):
            incurred = np.where(days[code] != _UNKNOWN, days[code], incurred)
        self._odd(clp[incurred > day[of]])
        patient, subscriber = self._people()
        group = self._groups_of_plans()
        admitted, discharged = self._stay(days)
        return Claims(
            0, clp, self._claim_ids(), reversal, billed, paid, group, patient, subscriber, incurred, admitted,
            discharged, day[of], method[of], trace[of], payer[of],
        ), of  # fmt: skip

    def _claim_ids(self) -> Column:
        cut, clp = self.cut, self.clp
        own, sent = cut.cells(clp, 7), cut.cells(clp, 1)
        other = own.sizes == 0
        starts, sizes = np.where(other, sent.starts, own.starts), np.where(other, sent.sizes, own.sizes)
        self._odd(clp[sizes == 0])
        made = cut.texts_of(clp, own.moved(starts, sizes))
        letters = made.view(np.uint8).reshape(clp.size, made.itemsize)
        strange = np.flatnonzero(~_ALNUM[letters].all(axis=1)) if not _ALNUM[np.unique(letters)].all() else clp[:0]
        self._odd(clp[[row for row in strange.tolist() if looks_like(made[row].decode("latin-1"), ID)]])
        return made

    def _payments(self, paid: Ints) -> tuple[Column, Ints, Column, Column]:
        """Method, day, trace and payer of each group's payment; a payment off balance is odd."""
        cut, bpr, trn = self.cut, self._all("BPR"), self._all("TRN")
        heads = self.first[np.minimum(np.arange(self.groups), self.groups - 1)]
        one = np.bincount(self.group[bpr], minlength=self.groups)[: self.groups] == 1
        one &= np.bincount(self.group[trn], minlength=self.groups)[: self.groups] == 1
        claims = np.bincount(self.group[self.clp], minlength=self.groups)[: self.groups]
        self._odd(heads[(~one | (claims == 0)) & self.inside[heads]])
        self._envelopes(heads[self.inside[heads]])
        amount, sums = cut.cents(bpr, 2, required=True), np.zeros(self.groups, dtype=np.int64)
        np.add.at(sums, self.group[self.clp], paid)
        self._odd(bpr[(amount != sums[self.group[bpr]]) | (amount < 0)])
        sent, method = cut.texts(bpr, 4), np.zeros(self.groups, dtype=np.int8)
        self._odd(bpr[~np.isin(sent, [code.encode() for code in METHODS])])
        for code, place in METHODS.items():
            method[self.group[bpr[sent == code.encode()]]] = place
        day = np.zeros(self.groups, dtype=np.int64)
        day[self.group[bpr]] = self._day_numbers(bpr, 16)
        texts = []
        for place in (2, 3):
            found = cut.texts(trn, place)
            if place == 2:
                self._odd(trn[found == b""])
            self._odd(trn[_suspected(found, REFERENCE)])
            by_group = np.zeros(self.groups, dtype=found.dtype)
            by_group[self.group[trn]] = found
            texts.append(by_group)
        early = np.full(self.groups, cut.count, dtype=np.int64)
        np.minimum.at(early, self.group[self.clp], self.clp)
        self._odd(trn[trn > early[self.group[trn]]])
        return method, day, texts[0], texts[1]

    def _envelopes(self, heads: Ints) -> None:
        """ST and SE: the kind, the count of segments and the control number."""
        cut, ends = self.cut, self.last[self.group[heads]]
        self._odd(heads[cut.texts(heads, 1) != b"835"])
        self._odd(heads[cut.counts(ends, 1, 8) != ends - heads + 1])
        self._odd(heads[cut.texts(heads, 2) != cut.texts(ends, 2)])

    def _balances(self, billed: Ints, paid: Ints) -> None:
        """CLP03 less all CAS is CLP04; SVC02 less the CAS of the line is SVC03."""
        cut, svc, cas = self.cut, self._of_claims("SVC"), self._of_claims("CAS")
        charged, line_paid = cut.cents(svc, 2), cut.cents(svc, 3)
        known = np.zeros(cas.size, dtype=bool)
        sent = cut.texts(cas, 1)
        for code in _GROUPS:
            known |= sent == code.encode()
        self._odd(cas[~known])
        each = np.maximum(cut.elements[cas] - 1, 0) // 3
        rows = np.repeat(np.arange(cas.size), each)
        places = 3 * (np.arange(rows.size) - np.repeat(np.cumsum(each) - each, each) + 1)
        amounts = cut.cents(cas[rows], places)
        adjusted, taken = np.zeros(self.clp.size, dtype=np.int64), np.zeros(svc.size, dtype=np.int64)
        claim = self.claim[cas[rows]]
        np.add.at(adjusted, claim, amounts)
        self._odd(self.clp[billed - adjusted != paid])
        if svc.size:
            line = np.searchsorted(svc, cas[rows]) - 1
            own = (line >= 0) & (self.claim[svc[np.maximum(line, 0)]] == claim)
            np.add.at(taken, line[own], amounts[own])
        self._odd(svc[charged - taken != line_paid])

    def _days(self) -> dict[str, Ints]:
        """The earliest day of each code of a claim's dates."""
        dtm = self._of_claims("DTM")
        codes = self.cut.texts(dtm, 1)
        found = {}
        for code in SERVICE_DATES:
            rows = dtm[codes == code.encode()]
            found[code] = np.full(self.clp.size, _UNKNOWN, dtype=np.int64)
            np.minimum.at(found[code], self.claim[rows], self._day_numbers(rows, 2))
        return found

    def _day_numbers(self, segments: Ints, place: int) -> Ints:
        """Day numbers of dates of eight digits; any other is odd."""
        sent = self.cut.counts(segments, place, 8)
        different, of = np.unique(sent, return_inverse=True)
        made = np.array([x12_day(f"{each:08d}") or 0 for each in different.tolist()], dtype=np.int64)[of]
        self._odd(segments[(sent < 10_000_000) | (made == 0)])
        return made

    def _people(self) -> tuple[Column, Column]:
        """Patient and subscriber ids before the first service line of a claim; the last of each counts."""
        cut, nm1, svc = self.cut, self._of_claims("NM1"), self._of_claims("SVC")
        if svc.size:
            line = np.searchsorted(svc, nm1) - 1
            nm1 = nm1[(line < 0) | (self.claim[svc[np.maximum(line, 0)]] != self.claim[nm1])]
        role, ids = cut.texts(nm1, 1), cut.texts(nm1, 9)
        made = []
        for code in (b"QC", b"IL"):
            column = np.zeros(self.clp.size, dtype=ids.dtype)
            column[self.claim[nm1[role == code]]] = ids[role == code]
            made.append(column)
        return made[0], made[1]

    def _groups_of_plans(self) -> Column:
        ref = self._of_claims("REF")
        ref = ref[self.cut.texts(ref, 1) == b"1L"]
        found = self.cut.texts(ref, 2)
        column = np.zeros(self.clp.size, dtype=found.dtype)
        column[self.claim[ref]] = found
        return column

    def _stay(self, days: dict[str, Ints]) -> tuple[Ints, Ints]:
        """See :meth:`ledger.intake.x12_parts.Claim.stay`."""
        inpatient = self.cut.cells(self.clp, 11).sizes > 0
        inpatient[self.claim[self._of_claims("MIA")]] = True
        frequency = self.cut.texts(self.clp, 9)
        begun = inpatient & (frequency != b"3") & (frequency != b"4") & (days["232"] != _UNKNOWN)
        ended = inpatient & (frequency != b"2") & (frequency != b"3") & (days["233"] != _UNKNOWN)
        return np.where(begun, days["232"], 0), np.where(ended, days["233"], 0)


def _suspected(texts: Column, forms: Forms) -> Bools:
    """Which texts look like personal data."""
    return np.array([bool(looks_like(text.decode("latin-1"), forms)) for text in texts.tolist()], dtype=bool)


_ALNUM = np.array([byte == 0 or (chr(byte).isalnum() and byte < 128) for byte in range(256)])
