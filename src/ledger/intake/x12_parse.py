"""Segments of an 835 gathered into payments and claims; envelopes and nesting are checked on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from ledger.intake.reading import fatal
from ledger.intake.x12_columns import Claims, runs
from ledger.intake.x12_parts import Claim, Payment, x12_day
from ledger.intake.x12_segments import Segment, Segments, Stretch
from ledger.problems import Problem, shape_of

_GROUPS = frozenset(("CO", "CR", "OA", "PI", "PR"))
_NUMBER = re.compile(r"(-?)([0-9]{0,18})(?:\.([0-9]*))?")
_LIMIT = 10**15
_KNOWN = 1 << 16  # amounts remembered by their text


class Parser:
    """Reads one file into payments; problems gather in ``problems``."""

    def __init__(
        self,
        segments: Segments,
        *,
        allow_test: bool,
        problems: list[Problem] | None = None,
        take: Callable[[Payment], None] | None = None,
        take_claims: Callable[[Claims], None] | None = None,
    ) -> None:
        """Payments are given to ``take`` one by one, or gather in ``payments``; the claims of transactions in order to
        ``take_claims``, when that is given, without a payment being made of each."""
        self.problems: list[Problem] = [] if problems is None else problems
        self.payments: list[Payment] = []
        self.envelopes: list[str] = []
        self.interchanges = 0
        self._take_payment = take or self.payments.append
        self._take_claims = take_claims
        self._taken = 0
        self._allow_test = allow_test
        self._tested = False
        self._isa: Segment | None = None
        self._gs: Segment | None = None
        self._payment: Payment | None = None
        self._counts = {"ST": 0, "GS": 0}
        self._cents: dict[str, int] = {}
        for stretch in segments.stretches():
            self._read(segments, stretch)
        self.problems.extend(segments.problems)
        self.interchanges += 0 if segments.has_isa else bool(self._taken)
        if self._payment is not None:
            self._wrong("ENV003", self._payment.number, "ST", "is not closed by an SE; the file was cut off")
        elif self._isa is not None:
            self._wrong("ENV003", self._isa.number, "ISA", "is not closed by an IEA; the file was cut off")
        if not self._taken and not any(p.severity == "fatal" for p in self.problems):
            self.problems.append(
                fatal("ENV004", "The file holds no payment (no 835 transaction); check which file this is.")
            )

    def _read(self, segments: Segments, stretch: Stretch) -> None:
        """One stretch: whole transactions in order by column, everything else segment by segment."""
        if self._take_claims is None:
            self._one_by_one(segments.of(stretch))
            return
        found, ended, count = runs(stretch.text, stretch.element, stretch.end)
        for run in found:
            if run.claims is not None and self._payment is None:
                self._counts["ST"] += run.claims.transactions
                self._taken += run.claims.transactions
                self._take_claims(replace(run.claims, number=run.claims.number + stretch.number))
            else:
                self._one_by_one(segments.of(stretch, run.start, run.stop, run.first))
            if stretch.closed:
                return
        stretch.count = count
        if stretch.last:
            self._one_by_one(segments.of(stretch, ended, None, count))
        else:
            stretch.left = stretch.text[ended:]

    def _one_by_one(self, segments: Iterable[Segment]) -> None:
        for segment in segments:
            if (handler := _HANDLERS.get(segment.elements[0])) is not None:
                handler(self, segment)

    def _wrong(self, code: str, number: int, column: str, reason: str) -> None:
        sentence = f"Segment {number}: {column} {reason}."
        self.problems.append(fatal(code, sentence, where=f"segment {number}", number=number, column=column))

    def _warn(self, code: str, number: int, column: str, reason: str, shape: str = "") -> None:
        sentence = f"Segment {number}: {column} {reason}."
        self.problems.append(Problem(f"segment {number}", number, column, code, sentence, "warning", shape))

    def amount(self, segment: Segment, place: int, *, required: bool = False) -> int | None:
        """The cents of an element; an empty one is 0 unless required; ``None`` after a problem."""
        elements = segment.elements
        raw = elements[place] if place < len(elements) else ""
        if (known := self._cents.get(raw)) is not None:
            return known
        text, column = raw.strip(), f"{elements[0]}{place:02d}"
        if not text and not required:
            return 0
        found = _NUMBER.fullmatch(text)
        if not text:
            self._wrong("AMT001", segment.number, column, "is missing; ask the payer for a corrected file")
        elif not found or not (found[2] or found[3]):
            reason = f"(of form {shape_of(text)}) is not an amount; ask the payer for a corrected file"
            self._wrong("AMT005", segment.number, column, reason)
        elif (found[3] or "")[2:].strip("0"):
            reason = f"(of form {shape_of(text)}) has more than two decimals; ask the payer for a corrected file"
            self._wrong("AMT002", segment.number, column, reason)
        elif (size := int(found[2] or "0") * 100 + int((found[3] or "")[:2].ljust(2, "0"))) >= _LIMIT:
            self._wrong("AMT006", segment.number, column, "is larger than this tool accepts; check it with the payer")
        else:
            if len(self._cents) >= _KNOWN:
                self._cents.clear()
            self._cents[raw] = -size if found[1] else size
            return self._cents[raw]
        return None

    def _take_isa(self, segment: Segment) -> None:
        if self._isa is not None or self._payment is not None:
            self._wrong("NST001", segment.number, "ISA", "starts before the interchange before it was closed")
        self.interchanges += 1
        self._isa, self._gs, self._counts["GS"] = segment, None, 0
        if segment.at(15) == "T" and not self._tested:
            self._tested = True
            note, advice = (
                (self._warn, "taken because you allowed it")
                if self._allow_test
                else (self._wrong, "not money; use --allow-test to try it")
            )
            note("TST001", segment.number, "ISA15", f"says T: the file is a test, {advice}")

    def _take_gs(self, segment: Segment) -> None:
        if self._gs is not None or self._payment is not None:
            self._wrong("NST001", segment.number, "GS", "starts before the group before it was closed")
        self._gs, self._counts["ST"] = segment, 0
        self._counts["GS"] += 1
        isa = self._isa
        self.envelopes.append("/".join((isa.at(6) if isa else "", isa.at(13) if isa else "", segment.at(6))))
        if segment.at(1) != "HP":
            self._warn(
                "GRP001",
                segment.number,
                "GS01",
                "is not HP, the code of payment advice",
                shape_of(segment.at(1)),
            )
        if segment.at(8) not in ("005010X221A1", "005010X221", "004010X091A1", "004010X091"):
            self._warn(
                "GRP004",
                segment.number,
                "GS08",
                "is no version of the 835 known here",
                shape_of(segment.at(8)),
            )

    def _take_st(self, segment: Segment) -> None:
        if self._payment is not None:
            self._wrong("NST001", segment.number, "ST", "starts before the transaction before it was closed by SE")
        if segment.at(1) != "835":
            self._wrong("NST002", segment.number, "ST01", "is not 835; this file holds another kind of transaction")
        self._counts["ST"] += 1
        fallback = (self._gs.at(4) if self._gs else "", self._isa.at(9) if self._isa else "")
        self._payment = Payment(segment.number, segment.at(2), fallback)

    def _take_se(self, segment: Segment) -> None:
        payment = self._payment
        if payment is None:
            self._wrong("NST001", segment.number, "SE", "closes a transaction that was not opened by ST")
            return
        count = segment.number - payment.number + 1
        if segment.at(1) != str(count) and segment.at(1).lstrip("0") != str(count):
            self._warn(
                "SEG001",
                segment.number,
                "SE01",
                f"does not count the {count} segments of its transaction",
            )
        if segment.at(2) != payment.st02:
            self._warn("SEG002", segment.number, "SE02", "is not the control number of its ST02")
        if not payment.bpr:
            self._wrong(
                "AMT001",
                payment.number,
                "BPR02",
                "is missing in this transaction; ask the payer for a corrected file",
            )
            payment.readable = False
        self._taken += 1
        self._take_payment(payment)
        self._payment = None

    def _take_ge(self, segment: Segment) -> None:
        if self._gs is None or self._payment is not None:
            self._wrong(
                "NST001",
                segment.number,
                "GE",
                "closes a group that was not opened, or whose transaction is open",
            )
        elif segment.at(1).lstrip("0") != str(self._counts["ST"]):
            self._warn(
                "GRP002",
                segment.number,
                "GE01",
                f"does not count the {self._counts['ST']} transactions of its group",
            )
        if self._gs is not None and segment.at(2).lstrip("0") != self._gs.at(6).lstrip("0"):
            self._warn("GRP003", segment.number, "GE02", "is not the control number of its GS06")
        self._gs = None

    def _take_iea(self, segment: Segment) -> None:
        if self._isa is None or self._payment is not None or self._gs is not None:
            self._wrong(
                "NST001",
                segment.number,
                "IEA",
                "closes an interchange that was not opened, or that is open inside",
            )
        else:
            if segment.at(1).lstrip("0") != str(self._counts["GS"]):
                self._warn(
                    "ENV005",
                    segment.number,
                    "IEA01",
                    f"does not count the {self._counts['GS']} groups of its interchange",
                )
            if segment.at(2) != self._isa.at(13):
                self._warn("ENV006", segment.number, "IEA02", "is not the control number of its ISA13")
        self._isa = self._gs = None

    def _take_bpr(self, segment: Segment) -> None:
        if (payment := self._payment) is None:
            self._wrong("NST001", segment.number, "BPR", "stands outside a transaction")
            return
        amount = self.amount(segment, 2, required=True)
        payment.bpr, payment.readable = segment.number, amount is not None
        payment.amount, payment.method, payment.date = amount or 0, segment.at(4), segment.at(16)

    def _take_trn(self, segment: Segment) -> None:
        if self._payment is not None and not self._payment.claims and not self._payment.trace:
            self._payment.trace, self._payment.payer_trace = segment.at(2), segment.at(3)

    def _take_clp(self, segment: Segment) -> None:
        if (payment := self._payment) is None:
            self._wrong("NST001", segment.number, "CLP", "stands outside a transaction")
            return
        billed, paid = self.amount(segment, 3, required=True), self.amount(segment, 4, required=True)
        readable = billed is not None and paid is not None
        payment.readable &= readable
        claim_id = segment.at(7) or segment.at(1)
        claim = Claim(segment.number, claim_id, segment.at(2), billed or 0, paid or 0, readable)
        claim.frequency, claim.inpatient = segment.at(9), bool(segment.at(11))
        payment.claims.append(claim)

    def _claim(self) -> Claim | None:
        return self._payment.claims[-1] if self._payment is not None and self._payment.claims else None

    def _take_mia(self, _segment: Segment) -> None:
        if (claim := self._claim()) is not None:
            claim.inpatient = True

    def _take_svc(self, segment: Segment) -> None:
        if (claim := self._claim()) is not None:
            charged, paid = self.amount(segment, 2), self.amount(segment, 3)
            claim.lines.append([segment.number, charged or 0, paid or 0, 0])

    def _take_cas(self, segment: Segment) -> None:
        if (claim := self._claim()) is None:
            return
        total = 0
        for place in range(3, len(segment.elements), 3):
            total += self.amount(segment, place) or 0
        claim.adjusted += total
        if claim.lines:
            claim.lines[-1][3] += total
        if segment.at(1) not in _GROUPS:
            self._warn(
                "COD004",
                segment.number,
                "CAS01",
                "is no adjustment group known here",
                shape_of(segment.at(1)),
            )

    def _take_nm1(self, segment: Segment) -> None:
        if (claim := self._claim()) is not None and not claim.lines:
            if segment.at(1) == "QC":
                claim.patient = segment.at(9)
            elif segment.at(1) == "IL":
                claim.subscriber = segment.at(9)

    def _take_ref(self, segment: Segment) -> None:
        if segment.at(1) == "1L" and (claim := self._claim()) is not None:
            claim.group = segment.at(2)

    def _take_dtm(self, segment: Segment) -> None:
        if (claim := self._claim()) is not None and (day := x12_day(segment.at(2))) is not None:
            of = segment.at(1)
            claim.days[of] = min(day, claim.days.get(of, day))

    def _take_plb(self, segment: Segment) -> None:
        if (payment := self._payment) is None:
            self._wrong("NST001", segment.number, "PLB", "stands outside a transaction")
            return
        for place in range(3, len(segment.elements), 2):
            if not segment.at(place) and not segment.at(place + 1):
                continue
            amount = self.amount(segment, place + 1, required=True)
            reason, _, reference = segment.at(place).partition(segment.component)
            payment.readable &= amount is not None
            if amount is not None:
                payment.items.append((segment.number, reason, reference, amount))


HANDLED = ("ISA", "GS", "ST", "SE", "GE", "IEA", "BPR", "TRN", "CLP", "MIA", "SVC", "CAS", "NM1", "REF", "DTM", "PLB")
_HANDLERS = {tag: getattr(Parser, f"_take_{tag.lower()}") for tag in HANDLED}
