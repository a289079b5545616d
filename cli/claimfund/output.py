"""A report and how it leaves: table, JSON envelope, JSON lines, CSV, Markdown or workbook; to the screen or a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import click

from claimfund.access import log_report
from claimfund.errors import Rejected, clean
from claimfund.options import FORMATS
from claimfund.session import Session
from claimfund.tables import Table, markdown, plain
from claimfund.whole import write_over

_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Stamp:
    """What a figure was worked out from: both dates, the event number reached and the head."""

    plan: str
    as_of: date | None
    known_at: str
    last_event: int
    head: str


@dataclass
class Report:
    """What a reading command says: data for machines, tables and notes for people.

    ``of_members`` says that it is about members where its data were not made and so do not show it.
    """

    name: str
    command: str
    stamp: Stamp
    data: Any
    headers: Sequence[str] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    rows: Iterable[Mapping[str, Any]] | None = None
    columns: Sequence[str] = ()
    """The names above the rows, for a file that has names also when it has no row."""
    of_members: bool = False

    def envelope(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "schema": f"claimfund/{self.name}/v1",
            "plan": self.stamp.plan,
            "as_of": self.stamp.as_of.isoformat() if self.stamp.as_of else None,
            "known_at": self.stamp.known_at,
            "last_event": self.stamp.last_event,
            "head": self.stamp.head,
            "command": self.command,
            "data": self.data,
        }


def emit(session: Session, report: Report, *, form: str | None, as_json: bool, out: Path | None) -> None:
    """Print a report, or write it to a file."""
    chosen = format_of(form, as_json, out)
    replaced = out is not None and out.is_file()
    if replaced and not session.force:
        raise Rejected(f"{out} exists.", "Name a new file, or replace it with --force.")
    if out is None:
        text = _WRITERS[chosen](report)
        click.echo(text, nl=not text.endswith("\n"))
        return
    written = _written(report, chosen)
    log_report(session, report, chosen, written)
    write_over(out, written)
    if not session.quiet:
        click.echo(f"Wrote {out}{', in place of the one that was there' if replaced else ''}", err=True)


def _written(report: Report, form: str) -> bytes:
    """The bytes of a file."""
    if form == "xlsx":
        from claimfund.workbooks import write_workbook

        book = io.BytesIO()
        write_workbook(report, book)
        return book.getvalue()
    text = _WRITERS[form](report)
    return (text if text.endswith("\n") else text + "\n").encode()


def text_of(report: Report, form: str) -> str:
    """A report in one of the text formats."""
    return _WRITERS[form](report)


def format_of(form: str | None, as_json: bool, out: Path | None) -> str:
    """The format that the options ask for, else that of the file's name, else a table."""
    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} contradict each other; give one of them.")
    if form or as_json:
        return form or "json"
    if out is None:
        return "table"
    found = {**{name: name for name in FORMATS}, "txt": "table", "xlsx": "xlsx"}.get(out.suffix.lstrip(".").lower())
    if found is None:
        raise Rejected(f"{out}: a file ending in {out.suffix or 'nothing'} is not something this command writes.",
                       "Use .json, .jsonl, .csv, .md, .xlsx or .txt, or add --format.")  # fmt: skip
    return found


def _as_table(report: Report) -> str:
    blocks = [[clean(line) for line in report.headers]] if report.headers else []
    blocks += [plain(table) for table in report.tables]
    if report.notes:
        blocks.append([clean(line) for line in report.notes])
    return "\n\n".join("\n".join(block) for block in blocks)


def _as_markdown(report: Report) -> str:
    lines = [f"{'## ' if not number else ''}{clean(line)}\n" for number, line in enumerate(report.headers)]
    for table in report.tables:
        lines += markdown(table)
    return "\n".join([*lines, *(f"{clean(note)}  " for note in report.notes)])


def _as_json(report: Report) -> str:
    return json.dumps(report.envelope(), ensure_ascii=False, indent=2)


def _as_lines(report: Report) -> str:
    rows = [report.data] if report.rows is None else report.rows
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _as_csv(report: Report) -> str:
    rows = iter([report.data] if report.rows is None else report.rows)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    first = next(rows, None)
    if names := report.columns if first is None else first:
        writer.writerow(names)
    for row in chain(() if first is None else (first,), rows):
        writer.writerow([
            value if isinstance(value, str) and value[:1] not in _RISKY else _safe(value) for value in row.values()
        ])  # fmt: skip
    return stream.getvalue()


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula, marked as text; amounts keep their sign."""
    if isinstance(value, str):
        return value if not value.startswith(_RISKY) or _is_amount(value) else f"'{value}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _is_amount(text: str) -> bool:
    bare = text.removeprefix("-").replace(".", "", 1)
    return bare.isascii() and bare.isdecimal()


_WRITERS = {"table": _as_table, "json": _as_json, "jsonl": _as_lines, "csv": _as_csv, "md": _as_markdown}
