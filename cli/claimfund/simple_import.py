"""Imports of small files: enrollment, funding, fees and reimbursements; the whole file or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.counting import many
from claimfund.errors import Refused, Rejected
from claimfund.importing import placed
from claimfund.output import Report
from claimfund.recording import record, say
from claimfund.session import Session
from claimfund.stamps import stamp

if TYPE_CHECKING:
    from ledger.commands import Command
    from ledger.intake.simple import AmountRow, AmountsKind
    from ledger.problems import Problem


KINDS = ("enrollment", "funding", "fees", "reimbursements")
_NOUNS = {"funding": "deposit", "fees": "fee", "reimbursements": "reimbursement"}


def import_enrollment(session: Session, file: Path, **rest: object) -> None:
    """Record the units of each month of a file."""
    from ledger.commands import RecordEnrollment
    from ledger.intake.simple import read_enrollment

    rows, problems = read_enrollment(file)
    months: dict[str, list[tuple[str, int]]] = {}
    first: dict[str, int] = {}
    for row in rows:
        months.setdefault(row.month, []).append((row.tier, row.lives))
        first.setdefault(row.month, row.line)
    commands = [(first[month], RecordEnrollment(month, tuple(counts))) for month, counts in sorted(months.items())]
    what = f"enrollment of {many(len(commands), 'month')}"
    _import(session, file, "enrollment", what, commands, problems, len(rows), rest)


def import_amounts(session: Session, file: Path, kind: str, **rest: object) -> None:
    """Record the dated amounts of a file."""
    from ledger.intake.simple import read_amounts
    from ledger.money import shown

    named: AmountsKind = "funding" if kind == "funding" else "fees" if kind == "fees" else "reimbursements"
    rows, problems = read_amounts(file, named)
    effective = rest.get("effective")
    booked = effective if isinstance(effective, date) else None
    commands = [(row.line, _command(named, row, booked)) for row in rows]
    total, word = shown(sum(row.amount for row in rows)), _NOUNS[named]
    _import(session, file, kind, f"{many(len(rows), word)} of {total}", commands, problems, len(rows), rest)


def _command(kind: AmountsKind, row: AmountRow, effective: date | None) -> Command:
    from ledger.calendar import day_of
    from ledger.commands import ReceiveReimbursement, RecordMoney

    day = effective or day_of(row.date)
    if kind == "reimbursements":
        return ReceiveReimbursement(row.reference, row.amount, day, row.reference)
    word = "fee" if kind == "fees" else "funding"
    return RecordMoney(word, row.amount, day, row.year or None, row.reference, row.kind)


def _name(file: Path) -> str:
    from ledger.intake.file_names import known_name

    return known_name(file, hashlib.sha256(file.read_bytes()).hexdigest())


def _import(
    session: Session, file: Path, kind: str, what: str, commands: Sequence[tuple[int, Command]],
    problems: Sequence[Problem], rows: int, rest: dict[str, object],
) -> None:  # fmt: skip
    """``commands`` come with the line of the file that each begins at."""
    from ledger.refusals import IdempotencyConflict

    sha = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
    told = f"{sha} {rest.get('effective')} {session.plan}"
    digest = hashlib.sha256(told.encode()).hexdigest()[:12]
    unread = [problem for problem in problems if problem.code in ("FIL001", "FIL002", "FIL003")]
    if unread:
        raise Rejected(unread[0].sentence)
    key = _key(session, kind, sha, file)
    wrong = [problem for problem in problems if problem.severity != "warning"]
    if rest.get("as_json"):
        _print_json(session, file, digest, rows, wrong)
    if wrong:
        details = [placed(problem) for problem in wrong]
        raise Rejected(
            f"{_name(file)} has {many(len(wrong), 'problem')}; nothing of it was recorded.",
            "Correct the file.",
            details,
        )
    expected = rest.get("expect_plan")
    if expected and not digest.startswith(str(expected)):
        raise Refused(f"the preview is now {digest[:6]}, you expected {expected}.", "Look again with --dry-run.")
    if not commands:
        raise Rejected(f"{_name(file)} has no rows.", "Check that it is the right file.")
    again = bool(session.store.recorded_under(key))
    if again and rest.get("dry_run"):
        click.echo(f"Nothing was recorded; all of {_name(file)} is recorded already.")
        return
    fresh = [c for _, c in commands] if again else _unknown(session, file, commands)
    if len(fresh) < len(commands):
        known = many(len(commands) - len(fresh), "row")
        what = f"{what}; {known} already recorded, skipped"
    if rest.get("dry_run"):
        click.echo(
            f"{_name(file)}: {what}.\nNothing was recorded. Plan {digest[:6]}. To record: --expect-plan {digest[:6]}"
        )
        return
    if not fresh:
        click.echo(f"Nothing was recorded; all of {_name(file)} is recorded already.")
        return
    try:
        outcome = record(session, *fresh, key=key, source_sha256=sha)
    except IdempotencyConflict:
        raise _imported(file) from None
    if not rest.get("as_json"):
        say(session, outcome, what)


def _unknown(session: Session, file: Path, commands: Sequence[tuple[int, Command]]) -> list[Command]:
    """The commands whose money is not recorded yet under the same reference, date and amount.

    Raises ``Refused`` with every line that a rule refuses, in the preview as when recording.
    """
    from ledger.decide import decide
    from ledger.refusals import Refusal
    from ledger.rules import SameReference

    state = session.ledger.plan(session.plan)
    fresh: list[Command] = []
    refused: list[str] = []
    for line, command in commands:
        try:
            decide(command, state)
        except SameReference as refusal:
            if refusal.code == "duplicate":
                continue
            refused.append(f"line {line:<5} {refusal.sentence}")
        except Refusal as refusal:
            if refusal.code != "year-not-open":  # A row before it may open the year between.
                refused.append(f"line {line:<5} {refusal.sentence} {refusal.remedy}")
        fresh.append(command)
    if refused:
        said = f"{many(len(refused), 'line')} of {_name(file)} cannot be recorded; nothing of it was."
        raise Refused(said, "Correct the file.", refused)
    return fresh


def _key(session: Session, kind: str, sha: str, file: Path) -> str:
    """The idempotency key of a file; refuses bytes that are recorded as another kind."""
    known = session.store.recorded_under
    for other in KINDS:
        if other != kind and known(f"file:{other}:{session.plan}:{sha}"):
            raise _imported(file)
    earlier = f"file:{session.plan}:{sha}"  # of ledgers whose keys do not tell the kind
    return earlier if known(earlier) else f"file:{kind}:{session.plan}:{sha}"


def _imported(file: Path) -> Refused:
    return Refused(f"{_name(file)} was already imported; nothing was recorded.")


def _print_json(session: Session, file: Path, digest: str, rows: int, wrong: Sequence[Problem]) -> None:
    data = {
        "file": _name(file), "plan_digest": digest, "rows_read": rows, "refused": bool(wrong),
        "problems": [
            {"where": p.where, "number": p.number, "column": p.column, "code": p.code, "sentence": p.sentence,
             "severity": p.severity}
            for p in wrong
        ],
    }  # fmt: skip
    report = Report("import-simple", "import", stamp(session, None, None), data)
    click.echo(json.dumps(report.envelope(), ensure_ascii=False, indent=2))
