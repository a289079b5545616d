"""Enrolment, funding, fees and reimbursements; and the member key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.intake.simple import AmountRow, EnrollmentRow, read_amounts, read_enrollment
from ledger.problems import shape_of


def test_enrolment_is_read_by_month_and_tier(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("month,tier,lives\n2025-01,single,120\n2025-01,family,80\n")
    rows, problems = read_enrollment(path)
    assert problems == () and rows[1] == EnrollmentRow(3, "2025-01", "family", 80)


def test_bad_enrolment_rows_are_told_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("month,tier,lives\n2025-13,single,120\n2025-01,single,-1\n2025-01,single,5\nx\n")
    rows, problems = read_enrollment(path)
    assert rows == () and [p.code for p in problems] == ["DAT001", "NUM001", "DUP001", "CSV002"]


def test_amounts_are_read_to_the_cent(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("date,amount,reference,policy,year\n2025-12-31,-60000.00,WIRE1,SL-1,2025\n")
    rows, problems = read_amounts(path, "reimbursements")
    assert problems == () and rows == (AmountRow(2, 20453, -6000000, "WIRE1", "", "SL-1", 2025),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "FIL003"),
        ("date,amount\n", "COL002"),
        ("date,amount,reference,x\n", "COL001"),
        ("date,amount,reference\n2025-01-01,1.001,a\n", "AMT002"),
        ("date,amount,reference\n1/2/25,1.00,a\n", "DAT002"),
    ],
)
def test_bad_amount_files_give_one_sentence(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(text)
    rows, problems = read_amounts(path, "funding")
    assert rows == () and [p.code for p in problems] == [code]


def test_a_shape_tells_the_form_and_not_the_content() -> None:
    assert [shape_of(text) for text in ("1234567.89-", "12/31/25", "Müller", "")] == [
        "9(7).99-",
        "99/99/99",
        "XUX(4)",
        "",
    ]
