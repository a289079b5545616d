"""What an import would record, said before it is recorded; and the file of rows that were not taken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimfund.counting import many
from claimfund.errors import clean
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import stamp

if TYPE_CHECKING:
    from ledger.importing import ImportPlan
    from ledger.problems import Problem

SHOWN = 20
_WORDS = {
    "PAYMENT": "claims paid", "ADJUSTMENT": "adjustments", "VOID": "voids", "REVERSAL": "reversals",
    "REISSUE": "reissues", "REFUND": "refunds", "RECOVERY": "recoveries", "FEE": "fees",
}  # fmt: skip


def preview(session: Session, plan: ImportPlan, *, as_json: bool, dry_run: bool) -> None:
    """Print what would be recorded, what is known already, what is wrong, and the control totals."""
    if as_json:
        data = {**_data(plan), "dry_run": dry_run}
        report = Report("import", "import", stamp(session, None, None, all_plans=True), data)
        click.echo(json.dumps(report.envelope(), ensure_ascii=False, indent=2))
        return
    for line in (*_counts(plan), *_problems(plan), *_control(plan)):
        click.echo(clean(line))


def _counts(plan: ImportPlan) -> list[str]:
    reading = plan.reading
    sha = reading.source.sha256
    mapping = f' · mapping "{reading.source.mapping}"' if reading.source.mapping else ""
    lines = [f"{reading.source.name} · sha256 {sha[:4]}…{sha[-2:]} · {many(reading.rows_read, 'row')}{mapping}"]
    label = "To record"
    for part in plan.parts:
        for word, rows, amount in part.by_type():
            lines.append(_row(label, rows, _WORDS.get(word, word.lower()), amount))
            label = ""
        if part.document.adjustments:
            total = sum(item.amount for item in part.document.adjustments)
            lines.append(_row(label, len(part.document.adjustments), "provider adjustments", total))
    if plan.rows_duplicate:
        lines.append(_row("Already recorded", plan.rows_duplicate, "skipped", plan.cents_duplicate))
    if reading.rows_not_ours:
        lines.append(_row("Not ours", reading.rows_not_ours, "left out", reading.cents_not_ours))
    return lines


def _row(label: str, rows: int, words: str, amount: int) -> str:
    from ledger.money import shown

    figure = shown(amount)
    return f"  {label:<17}{rows:>7,}  {words:<22}{figure + ('' if figure.endswith(')') else ' '):>18}".rstrip()


def _problems(plan: ImportPlan) -> list[str]:
    lines = []
    for severity, title in (("fatal", "Refuses the file"), ("row", "Rejected"), ("warning", "Note")):
        found = [problem for problem in plan.problems if problem.severity == severity]
        if not found:
            continue
        rows = len({problem.number for problem in found if problem.where != "file"})
        counted = f" {many(rows, 'row')}" if severity == "row" and rows else ""
        lines.append(f"  {title}{counted}")
        for problem in found[:SHOWN]:
            lines.append(f"    {placed(problem)}")
        if len(found) > SHOWN:
            lines.append(f"    … {len(found) - SHOWN:,} more")
    return lines


def placed(problem: Problem) -> str:
    """A problem with its place and column, each said once."""
    said = problem.sentence
    place = problem.where
    if problem.number and str(problem.number) not in re.findall("[0-9]+", place):
        place = f"{place} {problem.number}"
    for known in (place, problem.column):
        if known and re.match(rf"{re.escape(known)}\b", said, re.IGNORECASE):
            said = said[len(known) :].lstrip(" ,:")
    column = f"{problem.column}  " if problem.column else ""
    return f"{place:<10} {column}{said} [{problem.code}]"


def totals_differ(plan: ImportPlan) -> bool:
    """Whether a control total is not that of the file, or cannot be used."""
    return any(problem.code.startswith("CTL") and problem.severity != "warning" for problem in plan.problems)


def _control(plan: ImportPlan) -> list[str]:
    from ledger.money import shown

    control = plan.reading.control
    if plan.already_imported:
        return []
    if control is None:
        return ["  Control totals   the file states none"]
    rows = "" if control.rows is None else f" · {many(control.rows, 'row')}"
    total = "" if control.total is None else f" · {shown(control.total)}"
    said = "DIFFERENT from the file" if totals_differ(plan) else "agree with the file"
    return [f"  Control totals   {control.where}{rows}{total} · {said}"]


def _data(plan: ImportPlan) -> dict[str, Any]:
    from ledger.money import money

    reading = plan.reading
    return {
        "file": reading.source.name,
        "sha256": reading.source.sha256,
        "plan_digest": plan.digest,
        "rows_read": reading.rows_read,
        "rows_recorded": plan.rows_recorded,
        "recorded": money(plan.cents_recorded),
        "rows_duplicate": plan.rows_duplicate,
        "duplicate": money(plan.cents_duplicate),
        "rows_not_ours": reading.rows_not_ours,
        "not_ours": money(reading.cents_not_ours),
        "by_type": [
            {"plan": part.plan, "type": word, "rows": rows, "amount": money(amount)}
            for part in plan.parts
            for word, rows, amount in part.by_type()
        ],
        "refused": plan.refused,
        "already_imported": plan.already_imported,
        "problems": [
            {
                "where": problem.where, "number": problem.number, "column": problem.column, "code": problem.code,
                "sentence": problem.sentence, "severity": problem.severity,
            }
            for problem in plan.problems
        ],
    }  # fmt: skip


def reject_file(file: Path, plan: ImportPlan) -> None:
    """Write the rows that were not taken, with the reason of each, beside the file."""
    from ledger.intake.rejects import write_rejects

    if not any(problem.severity != "warning" for problem in plan.problems):
        return
    path = file.with_name(f"{plan.reading.source.name}.rejected.csv")
    try:
        count = write_rejects(path, plan.reading, problems=plan.problems)
    except OSError as problem:
        click.echo(f"Note: the reject file {path} could not be written ({problem.strerror}).", err=True)
        return
    click.echo(f"Wrote {path}: {many(count, 'problem')}", err=True)
