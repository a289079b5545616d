"""The 835 importer: payments, claims, reversals and provider-level items of every interchange."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ledger.intake.laid_by import Room
from ledger.intake.members import Names
from ledger.intake.reading import Adjustment, Bytes, Document, Reading, fatal, look, refused, source_of
from ledger.intake.sealing import Sealing, left_readable
from ledger.intake.table import form_problem
from ledger.intake.x12_checks import METHODS, check_payment, structure_codes
from ledger.intake.x12_columns import Claims
from ledger.intake.x12_lines import PlanClaims, Row
from ledger.intake.x12_parse import HANDLED, Parser
from ledger.intake.x12_parts import SERVICE_DATES, Claim, Payment, x12_day
from ledger.intake.x12_segments import Segments
from ledger.lines import TXN_TYPES, Column, run
from ledger.personal import ID, REFERENCE, looks_like
from ledger.problems import Problem

KIND = "x12-835"
_CODES = {word: code for code, word in enumerate(TXN_TYPES)}


@dataclass(frozen=True, slots=True)
class Sums835:
    """Sums over a transaction or a file, in cents; ``balances`` is BPR02 = CLP04 less PLB for each transaction."""

    transactions: int
    claims: int
    reversals: int
    sum_clp03: int
    sum_clp04: int
    bpr02: int
    plb_total: int
    svc: int
    balances: bool


@dataclass(frozen=True, slots=True)
class Totals835:
    """The totals of a file and of each transaction in it, and what is wrong with its structure or amounts."""

    interchanges: int
    file: Sums835
    transactions: tuple[Sums835, ...]
    structure: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def totals(path: Path, lenient_envelope: bool = True) -> Totals835:
    """Count and add up a file without importing it."""
    parser = Parser(Segments(path, HANDLED, lenient=lenient_envelope), allow_test=True)
    each = tuple(_sums([payment]) for payment in parser.payments)
    for payment in parser.payments:
        parser.problems.extend(check_payment(payment))
    problems = tuple(sorted(parser.problems, key=lambda problem: problem.number))
    structure = tuple(problem for problem in problems if problem.code in structure_codes)
    return Totals835(parser.interchanges, _sums(parser.payments), each, structure, problems)


def _sums(payments: list[Payment]) -> Sums835:
    claims = [claim for payment in payments for claim in payment.claims]
    return Sums835(
        transactions=len(payments),
        claims=len(claims),
        reversals=sum(claim.status == "22" for claim in claims),
        sum_clp03=sum(claim.billed for claim in claims),
        sum_clp04=sum(claim.paid for claim in claims),
        bpr02=sum(payment.amount for payment in payments),
        plb_total=sum(item[3] for payment in payments for item in payment.items),
        svc=sum(len(claim.lines) for claim in claims),
        balances=all(
            payment.amount == sum(c.paid for c in payment.claims) - sum(item[3] for item in payment.items)
            for payment in payments
        ),
    )


def read_835(
    path: Path,
    *,
    default_plan: str = "",
    plan_by_group: dict[str, str] | None = None,
    keys: Names | None = None,
    sealing: Sealing | None = None,
    allow_test: bool = False,
    lenient_envelope: bool = False,
    seen: Bytes | None = None,
) -> Reading:
    """Read a whole file. Claims of groups that belong to no plan given here are counted as not ours.

    ``sealing`` seals claims when there are keys. ``seen`` is the first pass over the file when it was made already.
    """
    looked = seen or look(path)
    source = source_of(path, looked, KIND)
    if not isinstance(looked, Bytes):
        return refused(source, looked)
    if broken := form_problem(looked, "latin-1"):
        return refused(source, broken)
    problems: list[Problem] = []
    gathering = _Gathering(default_plan, plan_by_group, keys, sealing if keys is not None else None, problems)
    parser = Parser(
        Segments(path, HANDLED, lenient=lenient_envelope), allow_test=allow_test, problems=problems,
        take=gathering.take, take_claims=gathering.take_claims if gathering.knows_plans else None,
    )  # fmt: skip
    gathering.note_reversals()
    if gathering.without_key:
        sentence = (
            f"{gathering.without_key} claims are kept without a member, because there is no "
            "member key; name a key file."
        )
        parser.problems.append(Problem("file", 0, "NM109", "MEM001", sentence, "warning"))
    documents = gathering.documents(source.sha256[:16])
    if sealing is not None:
        parser.problems += [left_readable(one.plan) for one in documents if one.plan in sealing.readable]
    return Reading(
        source=source,
        documents=documents,
        problems=tuple(sorted(parser.problems, key=lambda problem: problem.number)),
        rows_read=gathering.read,
        rows_not_ours=gathering.not_ours,
        cents_not_ours=gathering.cents_not_ours,
        rows_bad=gathering.bad,
        cents_bad=gathering.cents_bad,
        control=None,
        envelopes=tuple(parser.envelopes),
    )


class _Gathering:
    """Lines and suspense items by plan, over all payments of a file."""

    def __init__(
        self, default: str, groups: dict[str, str] | None, keys: Names | None, sealing: Sealing | None,
        problems: list[Problem],
    ) -> None:  # fmt: skip
        self.plans: dict[str, PlanClaims] = {}
        self.knows_plans = bool(default) or groups is not None
        self.read = self.not_ours = self.cents_not_ours = self.bad = self.cents_bad = self.without_key = 0
        self._default = default
        self._groups = groups
        self._keys = keys
        self._sealing = sealing
        self._problems = problems
        self._room = Room()
        self._reversals: list[tuple[int, str]] = []
        self._paid: set[str] = set()
        self._paid_together: list[Column] = []
        self._unplanned = False
        self._references: dict[tuple[str, str], str] = {}

    def take(self, payment: Payment) -> None:
        """One payment: its claims to their plans, its items to the plan of its first claim."""
        self._problems.extend(check_payment(payment))
        self.read += len(payment.claims)
        day = self._payment_day(payment)
        found: list[str] = []
        for claim in payment.claims:
            plan = self._plan_of(claim, payment)
            claim.readable &= self._takes(claim)
            if not claim.readable or (not plan and self._groups is None):
                self.bad += 1
                self.cents_bad += claim.paid
            elif not plan:
                self.not_ours += 1
                self.cents_not_ours += claim.paid
            else:
                found.append(plan)
                self._of(plan).add(self._row(claim, payment, day))
                self._of(plan).payments_total += claim.paid
        home = found[0] if found else self._default
        if payment.items and not home and not payment.claims:
            self._problems.append(_no_plan(payment.number))
        if payment.items and home:
            self._suspend(payment, self._of(home), day, len(set(found)) > 1)
        elif payment.items and payment.claims:
            self._warn("PLN003", payment.items[0][0], "PLB", "the items belong to a payment that is not ours")
        elif home:
            self._of(home)  # a payment of nothing still makes a document

    def take_claims(self, claims: Claims) -> None:
        """The claims of many payments, of which nothing has to be said."""
        self.read += len(claims.paid)
        groups, of = np.unique(claims.group, return_inverse=True)
        for at, group in enumerate(groups.tolist()):
            rows = run(np.flatnonzero(of == at))
            plan = (self._groups or {}).get(group.decode()) or self._default
            if not plan:
                self.not_ours += len(claims.paid[rows])
                self.cents_not_ours += int(claims.paid[rows].sum())
                continue
            self._of(plan).add_claims(claims, rows)
            self._of(plan).payments_total += int(claims.paid[rows].sum())
            ids, back = claims.claim_id[rows], claims.reversal[rows]
            numbers, texts = claims.number[rows][back].tolist(), ids[back].tolist()
            self._reversals += [(number, text.decode()) for number, text in zip(numbers, texts, strict=True)]
            self._paid_together.append(ids[~back])
            if self._keys is None:
                self.without_key += 2 * int(((claims.patient[rows] != b"") | (claims.subscriber[rows] != b"")).sum())

    def _of(self, plan: str) -> PlanClaims:
        if plan not in self.plans:
            seal = self._sealing.of(plan) if self._sealing is not None else None
            self.plans[plan] = PlanClaims(plan, self._room, self._keys, seal)
        return self.plans[plan]

    def _takes(self, claim: Claim) -> bool:
        """Whether the claim's number is one: what looks like a person is not recorded."""
        what = "" if claim.claim_id.isalnum() else looks_like(_clean(claim.claim_id), ID)
        if what:
            sentence = f"Segment {claim.number}: the claim number (CLP07, or CLP01) looks like {what}; ask for one."
            where = f"segment {claim.number}"
            self._problems.append(Problem(where, claim.number, "CLP07", "PHI002", sentence, "row"))
        return not what

    def _reference(self, text: str, number: int, column: str) -> str:
        """A reference, or nothing when it looks like a person."""
        if (text, column) not in self._references:
            made = _clean(text)
            if what := looks_like(made, REFERENCE):
                self._warn("PHI002", number, column, f"{column} looks like {what}; it is left out")
            self._references[text, column] = "" if what else made
        return self._references[text, column]

    def _suspend(self, payment: Payment, plan: PlanClaims, day: int, shared: bool) -> None:
        for number, reason, reference, amount in payment.items:
            reference = self._reference(reference, number, "PLB")
            trace = self._reference(payment.trace, payment.number, "TRN02")
            plan.adjustments.append(Adjustment(number, reason, reference, amount, trace, day))
            plan.payments_total -= amount
        if shared:
            number = payment.items[0][0]
            sentence = (
                f"Segment {number}: the payment covers several plans; its PLB items stand with "
                "the plan of its first claim."
            )
            self._problems.append(Problem(f"segment {number}", number, "PLB", "PLN002", sentence, "warning"))

    def _plan_of(self, claim: Claim, payment: Payment) -> str:
        plan = (self._groups or {}).get(claim.group) or self._default
        if not plan and self._groups is None and not self._unplanned:
            self._unplanned = True
            self._problems.append(_no_plan(payment.number))
        return plan

    def _payment_day(self, payment: Payment) -> int:
        if (day := x12_day(payment.date)) is not None:
            return day
        number = payment.bpr or payment.number
        for name, text in zip(("GS04", "ISA09"), payment.dates, strict=True):
            if (day := x12_day(text)) is not None:
                sentence = f"Segment {number}: BPR16 is no date; the payment is dated by {name}."
                self._problems.append(Problem(f"segment {number}", number, "BPR16", "DAT006", sentence, "warning"))
                return day
        sentence = f"Segment {number}: BPR16 is no date, and neither GS04 nor ISA09 is; ask the payer when it was paid."
        self._problems.append(fatal("DAT004", sentence, where=f"segment {number}", number=number, column="BPR16"))
        return 0

    def _incurred(self, claim: Claim, paid: int) -> int:
        for code in SERVICE_DATES:
            if code in claim.days:
                day = claim.days[code]
                if day > paid:
                    self._warn("DAT005", claim.number, "DTM", "the service is later than the payment")
                return day
        used, name = (
            (claim.days["050"], "the date received (DTM 050)") if "050" in claim.days else (paid, "the payment date")
        )
        self._warn("DAT007", claim.number, "DTM", f"the claim has no date of service; {name} stands in")
        return used

    def _warn(self, code: str, number: int, column: str, text: str) -> None:
        sentence = f"Segment {number}: {text}."
        self._problems.append(Problem(f"segment {number}", number, column, code, sentence, "warning"))

    def _row(self, claim: Claim, payment: Payment, day: int) -> Row:
        kind = "REVERSAL" if claim.status == "22" else "PAYMENT" if claim.paid >= 0 else "ADJUSTMENT"
        if kind == "REVERSAL":
            self._reversals.append((claim.number, claim.claim_id))
        else:
            self._paid.add(claim.claim_id)
        if self._keys is None:
            self.without_key += 2 * bool(claim.patient or claim.subscriber)
        return (
            _clean(claim.claim_id),
            _CODES[kind],
            claim.patient or claim.subscriber,
            claim.subscriber or claim.patient,
            self._incurred(claim, day),
            day,
            claim.paid,
            claim.billed,
            METHODS.get(payment.method, 0),
            self._reference(payment.trace, payment.number, "TRN02"),
            self._reference(payment.payer_trace, payment.number, "TRN03"),
            claim.number,
            *claim.stay(),
        )

    def documents(self, register_id: str) -> tuple[Document, ...]:
        """What was gathered for each plan."""
        return tuple(plan.document(register_id) for _, plan in sorted(self.plans.items()))

    def note_reversals(self) -> None:
        """Say which reversals stand alone in this file: their payment came in an earlier one."""
        paid = {text.decode() for ids in self._paid_together if self._reversals for text in ids.tolist()} | self._paid
        for number, claim_id in self._reversals:
            if claim_id not in paid:
                self._warn("REV001", number, "CLP02", "the reversal is of a claim that is not in this file")


def _no_plan(number: int) -> Problem:
    sentence = (
        f"Segment {number}: it is not known which plan the payment is for; say which plan, or "
        "which group is which plan."
    )
    return fatal("PLN001", sentence, where=f"segment {number}", number=number, column="REF")


def _clean(text: str) -> str:
    """An id as text: bytes that were UTF-8 become so again; control characters go."""
    if text.isascii() and text.isprintable():
        return text[:80]
    with suppress(UnicodeDecodeError):
        text = text.encode("latin-1").decode("utf-8")
    return "".join(character for character in text if character.isprintable())[:80]
