"""Enrolment, funding, fees and reimbursements; and the member key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.intake.members import KeyFileUnusable, MemberKeys
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


def test_a_member_key_gives_the_same_names_after_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "member.key"
    made = MemberKeys.create(path)
    loaded = MemberKeys.load(path)
    name = made.derive("ACME", "123")
    assert loaded.derive("ACME", "123") == name and loaded.key_id == made.key_id
    assert name.startswith("M-") and len(name) == 28
    assert made.derive("OTHER", "123") != name
    assert made.derive_all("ACME", ["123", "123"]) == {"123": name}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_member_key_that_is_open_damaged_or_in_the_way_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "member.key"
    MemberKeys.create(path)
    with pytest.raises(KeyFileUnusable, match="exists"):
        MemberKeys.create(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileUnusable, match="chmod 600"):
        MemberKeys.load(path)
    path.chmod(0o600)
    path.write_text(path.read_text().replace("key: ", "key: 0"))
    with pytest.raises(KeyFileUnusable, match="damaged"):
        MemberKeys.load(path)
    with pytest.raises(KeyFileUnusable, match="cannot be read"):
        MemberKeys.load(tmp_path / "none")


def test_a_shape_tells_the_form_and_not_the_content() -> None:
    assert [shape_of(text) for text in ("1234567.89-", "12/31/25", "Müller", "")] == [
        "9(7).99-",
        "99/99/99",
        "XUX(4)",
        "",
    ]
