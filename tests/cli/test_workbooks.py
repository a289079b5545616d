"""Every report as a workbook, opened again with another program's reader."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claimfund.output import Report, Stamp
from claimfund.tables import Rule, Table

pytest.importorskip("xlsxwriter")
openpyxl = pytest.importorskip("openpyxl")

REPORTS = {
    "position": ("position", "--year", "2025"),
    "months": ("position", "--year", "2025", "--monthly"),
    "specific": ("stoploss", "specific", "--year", "2025", "--all"),
    "aggregate": ("stoploss", "aggregate", "--year", "2025", "--monthly"),
    "buckets": ("stoploss", "buckets", "--year", "2025"),
    "listing": ("stoploss", "listing", "--kind", "specific", "--year", "2025"),
    "sample": ("trace", "position", "2025", "--line", "claims-paid", "--sample", "2", "--seed", "7"),
    "sample of a member": ("trace", "member", "M-4F2A", "--sample", "1", "--seed", "7", "--method", "monetary-unit"),
    "sample of stop-loss": ("trace", "stoploss", "--policy", "AGG-2025", "--sample", "2", "--seed", "7"),
    "trace": ("trace", "event", "10.1"),
    "events": ("events",),
    "status": ("status",),
    "diff": ("diff", "2025-12-31@8", "2025-12-31"),
    "claimants": ("claimants", "--year", "2025"),
}


def cells(book: Any, sheet: str) -> list[tuple[Any, ...]]:
    return [tuple(cell.value for cell in row) for row in book[sheet].iter_rows()]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_written_as_a_workbook_with_both_dates_and_one_formula(plan, name: str) -> None:
    asked = (*REPORTS[name], *(() if name == "diff" else ("--known-at", str(plan.json("status")["last_event"]))))
    said = plan(*asked, "-o", f"{name}.xlsx")
    assert (said.exit_code, said.stdout) == (0, "")
    book = openpyxl.load_workbook(f"{name}.xlsx")
    assert book.sheetnames == ["Report", "Data"]
    front = dict(row[:2] for row in cells(book, "Report") if len(row) > 1)
    envelope = plan.json(*asked)
    assert front["Known at"] == envelope["known_at"]
    assert front["As of"] == (envelope["as_of"] or "all dates")
    assert (front["Head"], front["Last event"]) == (envelope["head"], str(envelope["last_event"]))
    formulas = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert len(formulas) <= 1
    checked = dict(row[:2] for row in cells(openpyxl.load_workbook(f"{name}.xlsx", data_only=True), "Report"))
    assert checked["Check (0.00 while the data is as written)"] == 0


def test_amounts_are_numbers_and_the_same_report_gives_the_same_bytes(plan) -> None:
    last = str(plan.json("status")["last_event"])
    asked = ("stoploss", "listing", "--kind", "specific", "--year", "2025", "--known-at", last)
    plan.ok(*asked, "-o", "one.xlsx")
    plan.ok(*asked, "-o", "two.xlsx")
    assert Path("one.xlsx").read_bytes() == Path("two.xlsx").read_bytes()
    names, *rows = cells(openpyxl.load_workbook("one.xlsx"), "Data")
    paid = [row[names.index("plan_paid")] for row in rows]
    assert [Decimal(str(value)) for value in paid[:2]] == [Decimal("90000"), Decimal("30000.1")]
    assert isinstance(rows[0][names.index("address")], str)
    assert Decimal(str(rows[-1][names.index("counted")])) == Decimal("120000.10")


def test_a_report_to_a_workbook_can_be_asked_for_in_another_format(plan) -> None:
    plan.ok("events", "-f", "csv", "-o", "events.xlsx")
    assert Path("events.xlsx").read_text(encoding="utf-8").startswith("event,version,kind")


def test_text_is_never_a_formula_a_link_or_a_number(tmp_path: Path) -> None:
    from claimfund.workbooks import write_workbook

    evil = ["=1+1", "+SUM(A1)", "@cmd", "-2+3", "http://example.com", "007", "12.10", "\tx\x1b", "=HYPERLINK(1)"]
    rows: list[dict[str, Any]] = [{"address": text, "what": text, "amount": "-1.10", "ok": True} for text in evil]
    table = Table((("What", "text"), ("Amount", "amount")), [[evil[0], -110], Rule(), ["Total", -990]], title="=1+1")
    stamp = Stamp("NW", date(2025, 12, 31), "2026-01-01T00:00:00Z", 12, "9f3c1b7e")
    report = Report("x", "x", stamp, {}, ["=1+1"], [table], ["=1+1"], rows)
    write_workbook(report, tmp_path / "evil.xlsx")
    book = openpyxl.load_workbook(tmp_path / "evil.xlsx")
    for row in book["Data"].iter_rows(min_row=2):
        assert [cell.data_type for cell in row] == ["s", "s", "n", "s"]
        assert row[0].hyperlink is None
        assert (row[2].value, row[3].value) == (-1.1, "yes")
    shown = [cell for row in book["Report"].iter_rows() for cell in row if cell.value is not None]
    assert [cell.value for cell in shown if cell.data_type == "f"] == ["=ROUND(SUM(Data!C2:C10)-(-9.90),2)"]
    assert {cell.value for cell in shown if cell.data_type == "n"} == {-1.1, -9.9}


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    from claimfund.errors import Rejected
    from claimfund.workbooks import write_workbook

    report = Report("x", "x", Stamp("NW", None, "", 0, ""), {}, rows=[{"a": 1}] * 3)
    with pytest.raises(Rejected, match="3 rows"):
        write_workbook(report, tmp_path / "x.xlsx", most_rows=2)
    assert not (tmp_path / "x.xlsx").exists()
