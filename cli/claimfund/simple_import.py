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


def import_enrollment(session: Session, file: Path, **rest: object) -> None:
    """Record the units of each month of a file."""
    from ledger.commands import RecordEnrollment
    from ledger.intake.simple import read_enrollment

    rows, problems = read_enrollment(file)
    months: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        months.setdefault(row.month, []).append((row.tier, row.lives))
    commands = [RecordEnrollment(month, tuple(counts)) for month, counts in sorted(months.items())]
    what = f"enrollment of {many(len(commands), 'month')}"
    _import(session, file, "enrollment", what, commands, problems, len(rows), rest)


def import_amounts(session: Session, file: Path, kind: str, **rest: object) -> None:
    """Record the dated amounts of a file."""
    from ledger.intake.simple import read_amounts
    from ledger.money import shown

    named: AmountsKind = "funding" if kind == "funding" else "fees" if kind == "fees" else "reimbursements"
    rows, problems = read_amounts(file, named)
    effective = rest.get("effective")
    commands = [_command(named, row, effective if isinstance(effective, date) else None) for row in rows]
    total = shown(sum(row.amount for row in rows))
    _import(session, file, kind, f"{len(rows)} {named} of {total}", commands, problems, len(rows), rest)


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
    session: Session, file: Path, kind: str, what: str, commands: Sequence[Command], problems: Sequence[Problem],
    rows: int, rest: dict[str, object],
) -> None:  # fmt: skip
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
    if rest.get("dry_run"):
        click.echo(
            f"{_name(file)}: {what}.\nNothing was recorded. Plan {digest[:6]}. To record: --expect-plan {digest[:6]}"
        )
        return
    if not commands:
        raise Rejected(f"{_name(file)} has no rows.", "Check that it is the right file.")
    fresh = commands if session.store.recorded_under(key) else _unknown(session, commands)
    if len(fresh) < len(commands):
        known = many(len(commands) - len(fresh), "row")
        what = f"{what}; {known} already recorded, skipped"
        if not fresh:
            click.echo(f"Nothing was recorded; all of {_name(file)} is recorded already.")
            return
    try:
        outcome = record(session, *fresh, key=key, source_sha256=sha)
    except IdempotencyConflict:
        raise _imported(file) from None
    if not rest.get("as_json"):
        say(session, outcome, what)


def _unknown(session: Session, commands: Sequence[Command]) -> list[Command]:
    """The commands whose money is not recorded yet under the same reference, date and amount."""
    from ledger.decide import decide
    from ledger.refusals import Refusal
    from ledger.rules import SameReference

    state = session.ledger.plan(session.plan)
    fresh: list[Command] = []
    for command in commands:
        try:
            decide(command, state)
        except SameReference as refusal:
            if refusal.code == "duplicate":
                continue
        except Refusal:
            pass  # What else is wrong is said when all of them are decided together.
        fresh.append(command)
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
