"""A report as an Excel workbook: a sheet as printed, a sheet of its rows as data, and a cell that checks them.

Amounts and counts are numbers; everything else is text, whatever it looks like, so that no cell is ever a formula
but the check: the sum of all amounts of the data less what that sum was when the workbook was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from claimfund.errors import Rejected, clean
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from claimfund.output import Report

MOST_ROWS, MOST_TEXT = 1_048_575, 32_767
_AS_PRINTED = "#,##0.00_);(#,##0.00)"  # negatives in parentheses that hang, as on the screen
_AMOUNT = re.compile(r"-?\d{1,13}\.\d{2}", re.ASCII)
# Written as text even where they look like amounts: EVENT.LINE is an address, and senders choose their references.
_NAMES = frozenset((
    "address", "event", "cites", "claim", "claim_id", "filing", "key", "member", "notice", "payment_ref", "policy",
    "reference", "source", "value", "line",
))  # fmt: skip
Formats = Mapping[str, Any]


def write_workbook(report: Report, to: Path | BinaryIO, *, most_rows: int = MOST_ROWS) -> None:
    """Write the report; the same report gives the same bytes."""
    try:
        import xlsxwriter
    except ImportError:
        raise Rejected(
            'writing XLSX needs the extra "xlsx".', "pipx install 'claimfund[xlsx]'   (or write .csv instead)"
        ) from None
    rows = [report.data] if report.rows is None else list(report.rows)
    if len(rows) > most_rows:
        raise Rejected(f"the report has {len(rows):,} rows; a sheet of a workbook holds {most_rows:,}.",
                       "Write .csv instead.")  # fmt: skip
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(to) if isinstance(to, Path) else to, options) as book:
        book.set_properties({"title": report.command, "created": _moment(report.stamp.known_at)})
        formats = {
            "bold": book.add_format({"bold": True}), "amount": book.add_format({"num_format": _AS_PRINTED}),
            "head": book.add_format({"bold": True, "bottom": 1}),
            "right": book.add_format({"bold": True, "bottom": 1, "align": "right"}),
            "count": book.add_format({"num_format": "#,##0"}),
            "total": book.add_format({"num_format": _AS_PRINTED, "bold": True, "top": 1}),
        }  # fmt: skip
        front, data = book.add_worksheet("Report"), book.add_worksheet("Data")
        check, kept = _data(data, rows, formats)
        _front(front, report, formats, check, kept)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None) if text else datetime(2000, 1, 1)  # noqa: DTZ001  # a workbook's own property has no zone


def _printed_across(sheet: Any) -> None:
    """On its side, and never wider than a page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _front(sheet: Any, report: Report, formats: Formats, check: str, kept: Decimal) -> None:
    """Header, both dates, the check, and the tables as they are printed."""
    stamp = report.stamp
    at = 0
    for line in report.headers:
        sheet.write_string(at, 0, clean(line), formats["bold"])
        at += 1
    about = (
        ("Plan", stamp.plan), ("As of", stamp.as_of.isoformat() if stamp.as_of else "all dates"),
        ("Known at", stamp.known_at), ("Last event", str(stamp.last_event)), ("Head", stamp.head),
        ("Command", f"claimfund {report.command}"),
    )  # fmt: skip
    for name, value in about:
        sheet.write_string(at, 0, name)
        sheet.write_string(at, 1, clean(value))
        at += 1
    sheet.write_string(at, 0, "Check (0.00 while the data is as written)")
    if check:
        sheet.write_formula(at, 1, f"=ROUND({check}-({kept}),2)", formats["amount"], 0)
    else:
        sheet.write_number(at, 1, 0, formats["amount"])
    at += 2
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 12, 18)
    _printed_across(sheet)
    for table in report.tables:
        at = _table(sheet, at, table, formats) + 1
    for note in report.notes:
        sheet.write_string(at, 0, clean(note))
        at += 1


def _table(sheet: Any, at: int, table: Table, formats: Formats) -> int:
    if table.title:
        sheet.write_string(at, 0, clean(table.title), formats["bold"])
        at += 1
    for column, (name, _) in enumerate(table.columns):
        sheet.write_string(at, column, clean(name), formats["head" if table.columns[column][1] == "text" else "right"])
    at += 1
    total = False
    for row in table.rows:
        if isinstance(row, Rule):
            total = not row.double
            continue
        for column, (cell, (_, kind)) in enumerate(zip(row, table.columns, strict=True)):
            if isinstance(cell, int):
                number = Decimal(cell).scaleb(-2) if kind == "amount" else cell
                style = formats["count"] if kind != "amount" else formats["total" if total else "amount"]
                sheet.write_number(at, column, number, style)
            elif cell:
                sheet.write_string(at, column, clean(cell))
        at, total = at + 1, False
    return at


def _data(sheet: Any, rows: Sequence[Mapping[str, Any]], formats: Formats) -> tuple[str, Decimal]:
    """The rows; gives the text of a sum over all amounts, and that sum."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    names = list(dict.fromkeys(name for row in rows for name in row))
    money = {name for name in names if name not in _NAMES and _amounts([row.get(name) for row in rows])}
    for column, name in enumerate(names):
        sheet.write_string(0, column, clean(name), formats["right" if name in money else "head"])
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    _printed_across(sheet)
    sheet.set_column(0, max(0, len(names) - 1), 16)
    kept = Decimal(0)
    for at, row in enumerate(rows, 1):
        for column, name in enumerate(names):
            value = row.get(name)
            if name in money and value:
                kept += Decimal(value)
                sheet.write_number(at, column, Decimal(value), formats["amount"])
            elif isinstance(value, int) and not isinstance(value, bool):
                sheet.write_number(at, column, value, formats["count"] if name not in _NAMES else None)
            elif value not in (None, ""):
                sheet.write_string(at, column, _text(value))
    parts = [
        f"SUM(Data!{xl_rowcol_to_cell(1, n)}:{xl_rowcol_to_cell(len(rows), n)})"
        for n, name in enumerate(names) if name in money
    ]  # fmt: skip
    return "+".join(parts), kept


def _amounts(values: Sequence[Any]) -> bool:
    said = [value for value in values if value not in (None, "")]
    return bool(said) and all(isinstance(value, str) and _AMOUNT.fullmatch(value) for value in said)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else clean(str(value))
    return text if len(text) <= MOST_TEXT else f"({len(text):,} characters; see --json)"
