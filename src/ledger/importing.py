"""Importing a file: a preview and a commit that are the same plan; whole file or nothing, and nothing twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ledger import commands as cmd
from ledger.calendar import day_of
from ledger.events import About
from ledger.handling import Ledger, Outcome
from ledger.intake.reading import Document, Reading
from ledger.lines import Lines, repeated
from ledger.money import money
from ledger.problems import Problem, shape_of
from ledger.refusals import IdempotencyConflict, Refusal
from ledger.rules import NotAllowed
from ledger.screening import CODES, Screening, remember, screen
from ledger.seals import OtherSeal, require_seal

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """What a file would record in one plan."""

    plan: str
    register_id: str
    document: Document
    lines: Lines
    duplicates: int
    duplicate_cents: int
    quarantined: int
    quarantined_cents: int

    def by_type(self) -> tuple[tuple[str, int, int], ...]:
        """Transaction type, rows and minor units of what would be recorded."""
        found = []
        for word, code in CODES.items():
            mask = self.lines["txn_type"] == code
            if mask.any():
                found.append((word, int(mask.sum()), int(self.lines["amount"][mask].sum())))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. ``digest`` names it: the commit can demand that nothing changed since."""

    digest: str
    reading: Reading
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    refused: bool
    already_imported: bool
    quarantine: bool
    effective_on: date | None

    @property
    def rows_recorded(self) -> int:
        """Rows that would be recorded."""
        return sum(part.lines.count for part in self.parts)

    @property
    def cents_recorded(self) -> int:
        """Minor units that would be recorded."""
        return sum(part.lines.total() for part in self.parts)

    @property
    def rows_duplicate(self) -> int:
        """Rows that are recorded already."""
        return sum(part.duplicates for part in self.parts)

    @property
    def cents_duplicate(self) -> int:
        """Minor units that are recorded already."""
        return sum(part.duplicate_cents for part in self.parts)


def file_key(reading: Reading) -> str:
    """The permanent idempotency key of a file: its own bytes."""
    return f"file:{reading.source.sha256}"


def plan_import(
    ledger: Ledger, reading: Reading, *, quarantine: bool = False, effective_on: date | None = None
) -> ImportPlan:
    """Screen a file that was read against the ledger's plans. Records nothing."""
    problems = list(reading.problems)
    parts: list[Part] = []
    again = ledger.store.recorded_under(file_key(reading)) is not None
    for document in () if again else reading.documents:
        state = ledger.plan(document.plan) if document.plan in ledger.plans() else None
        if state is None:
            problems.append(_unknown_plan(document.plan, ledger.plans()))
            continue
        if not document.lines.count:
            continue
        own = state.registered.currency if state.registered else ""
        if reading.currency and own and reading.currency != own:
            problems.append(_other_currency(reading.currency, document.plan, own))
            continue
        try:
            require_seal(state, document.lines)
        except OtherSeal as refusal:
            problems.append(_other_seal(refusal))
            continue
        screened = screen(state, document.lines, effective_on)
        problems.extend(_problems(reading, document, screened))
        part = _part(document, screened)
        remember(state, part.lines, screened, effective_on)
        parts.append(part)
    bad_rows = any(problem.severity == "row" for problem in problems)
    fatal = any(problem.severity == "fatal" for problem in problems)
    refused = not again and (fatal or (bad_rows and not quarantine))
    problems.sort(key=lambda problem: (problem.severity == "warning", problem.number))
    return ImportPlan(
        _digest(reading, parts, quarantine, effective_on),
        reading,
        tuple(parts),
        tuple(problems),
        refused,
        again,
        quarantine,
        effective_on,
    )


def _unknown_plan(plan: str, plans: Sequence[str]) -> Problem:
    return Problem(
        where="file",
        number=0,
        column="plan_id",
        code="PLN001",
        sentence=f"plan of form {shape_of(plan)} is not in this ledger (it holds {', '.join(plans) or 'none'}); "
        "begin it with claimfund init, or name the right plan with --plan",
        severity="fatal",
    )


def _other_currency(found: str, plan: str, own: str) -> Problem:
    return Problem(
        where="file",
        number=0,
        column="currency",
        code="CUR002",
        sentence=f"the file is in {found if len(found) == 3 else shape_of(found)} and plan {plan} keeps its money in "
        f"{own}; a plan has one currency",
        severity="fatal",
    )


def _other_seal(refusal: OtherSeal) -> Problem:
    return Problem("file", 0, "claim_id", "SEA002", str(refusal), "fatal")


def _problems(reading: Reading, document: Document, screened: Screening) -> list[Problem]:
    word = "segment" if reading.source.kind == "x12-835" else "line"
    found, numbers = [], document.lines["source_line"]
    for index, refusal in sorted(screened.refused.items()):
        number = int(numbers[index])
        found.append(Problem(f"{word} {number}", number, "", refusal.code, str(refusal), "row"))
    for index in screened.orphans:
        number = int(numbers[index])
        said = "a reversal whose original payment is not in this ledger; recorded as an orphan"
        found.append(Problem(f"{word} {number}", number, "txn_type", "ORP001", said, "warning"))
    return found


def _part(document: Document, screened: Screening) -> Part:
    good = screened.good()
    amounts = screened.lines["amount"]
    bad = np.zeros(len(good), dtype=np.bool_)
    bad[list(screened.refused)] = True
    return Part(
        document.plan,
        document.register_id,
        document,
        _only(screened.lines, good),
        int(screened.known.sum()),
        int(amounts[screened.known].sum()),
        int(bad.sum()),
        int(amounts[bad].sum()),
    )


def _only(lines: Lines, good: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Lines:
    """The good lines as they came: originals are found again when they are decided."""
    kept = lines if good.all() else lines.take(good)
    none = repeated(np.zeros(1, dtype=np.int64), kept.count)
    return kept.replaced(original_version=none, original_line=none)


def commit_import(ledger: Ledger, plan: ImportPlan, *, actor: str) -> Outcome:
    """Record what the plan says, in one transaction over all its plans. Refuses a plan that refuses itself.

    When somebody else recorded some of the same payments since the preview, the file is screened again against what is
    known now: nothing is doubled and nobody who did nothing wrong sees a conflict.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _commit(ledger, plan, actor=actor)
        except IdempotencyConflict:
            # The same bytes came in under another name or against another state: they are recorded already.
            return Outcome((), ledger.head(), again=True)
        except Refusal:
            newer = plan_import(ledger, plan.reading, quarantine=plan.quarantine, effective_on=plan.effective_on)
            if newer.digest == plan.digest and newer.already_imported == plan.already_imported:
                raise
            if newer.already_imported:
                return Outcome((), ledger.head(), again=True)
            plan = newer
    return _commit(ledger, plan, actor=actor)


def _commit(ledger: Ledger, plan: ImportPlan, *, actor: str) -> Outcome:
    if plan.refused:
        raise NotAllowed("import-refused", "The file was refused.", "Fix the listed problems and import it again.")
    asked = {part.plan: _commands(plan, part, first=index == 0) for index, part in enumerate(plan.parts)}
    if not asked:
        raise NotAllowed("empty", "The file holds nothing for the plans of this ledger.", "Check the plan codes.")
    about = About(source_sha256=plan.reading.source.sha256, correlation=f"import {plan.digest}")
    digest = hashlib.sha256(f"import {file_key(plan.reading)} {plan.digest}".encode()).digest()
    return ledger.handle_many(asked, actor=actor, key=file_key(plan.reading), about=about, digest=digest)


def _commands(plan: ImportPlan, part: Part, *, first: bool) -> list[cmd.Command]:
    reading, source = plan.reading, plan.reading.source
    made: list[cmd.Command] = []
    if part.lines.count:
        made.append(
            cmd.RecordRegister(
                register_id=part.register_id,
                lines=part.lines,
                payments_total=part.document.payments_total,
                stated_rows=reading.control.rows if reading.control else None,
                stated_total=reading.control.total if reading.control else None,
                effective_on=plan.effective_on,
                later_service=source.kind == "x12-835",
            )
        )
        made.extend(_holds(part))
    own = part.document.lines.count
    bad_rows, bad_cents = (reading.rows_bad, reading.cents_bad) if first else (0, 0)
    not_ours, cents_not_ours = (reading.rows_not_ours, reading.cents_not_ours) if first else (0, 0)
    made.append(
        cmd.AcceptImport(
            file_sha256=source.sha256,
            size=source.size,
            name=source.name,
            importer=source.importer,
            mapping=source.mapping,
            mapping_sha256=source.mapping_sha256,
            envelopes=reading.envelopes[:100],
            rows_read=own + bad_rows + not_ours,
            rows_recorded=part.lines.count,
            rows_duplicate=part.duplicates,
            rows_not_ours=not_ours,
            rows_quarantined=part.quarantined + bad_rows,
            cents_recorded=part.lines.total(),
            cents_duplicate=part.duplicate_cents,
            cents_not_ours=cents_not_ours,
            cents_quarantined=part.quarantined_cents + bad_cents,
        )
    )
    return made


def _holds(part: Part) -> list[cmd.Command]:
    return [
        cmd.HoldAdjustment(
            register_id=part.register_id,
            reason=item.reason,
            reference=item.reference,
            amount=item.amount,
            effective_on=day_of(item.day),
            payment_ref=item.payment_ref,
            source_line=item.number,
        )
        for item in part.document.adjustments
    ]


def record_refusal(ledger: Ledger, plan: ImportPlan, code: str, *, actor: str) -> Outcome | None:
    """Keep the trace of a refused file on a plan; the same refused file leaves one trace."""
    source = plan.reading.source
    if code not in ledger.plans() or not source.sha256:
        return None
    fatal = [problem for problem in plan.problems if problem.severity != "warning"]
    command = cmd.RefuseImport(
        file_sha256=source.sha256,
        size=source.size,
        name=source.name,
        importer=source.importer,
        rows_read=plan.reading.rows_read,
        problems=len(fatal),
        codes=tuple(sorted({problem.code for problem in fatal}))[:50],
    )
    key = hashlib.sha256(repr(command).encode()).hexdigest()[:32]
    return ledger.handle(code, [command], actor=actor, key=f"refused:{code}:{key}")


def _digest(reading: Reading, parts: Sequence[Part], quarantine: bool, effective_on: date | None) -> str:
    told = {
        "file": reading.source.sha256,
        "mapping": reading.source.mapping_sha256,
        "quarantine": quarantine,
        "effective_on": str(effective_on),
        "parts": [
            [part.plan, part.register_id, part.lines.count, money(part.lines.total()), part.duplicates,
             part.quarantined, hashlib.sha256(part.lines["identity"].tobytes()).hexdigest()]
            for part in parts
        ],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
