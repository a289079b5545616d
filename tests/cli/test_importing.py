"""Imports: a preview that records nothing, then all rows or none, and nothing twice."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "output"
HEADER = "plan_id,claim_id,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,payment_ref,plan_paid"


def register(*rows: str, name: str = "register.csv") -> str:
    Path(name).write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return name


GOOD = "NW,C-71,PAYMENT,MED,M-1,M-1,2025-05-01,2025-05-20,CHK-1,120.50"
MORE = "NW,C-72,PAYMENT,RX,M-2,M-2,2025-05-02,2025-05-20,CHK-2,20.00"
BAD = "NW,C-73,PAYMENT,RX,M-2,M-2,2025-05-02,5/20/25,CHK-3,20.00"


def test_a_dry_run_says_what_would_be_recorded_and_records_nothing(plan) -> None:
    before = plan.json("status")["head"]
    said = plan.ok("import", "claims", register(GOOD, MORE), "--dry-run")
    assert "140.50" in said
    assert "Nothing was recorded. Plan " in said
    assert plan.json("status")["head"] == before


def test_the_preview_as_json_is_as_its_schema_says(plan) -> None:
    result = plan("import", "claims", register(GOOD), "--dry-run", "--json")
    envelope = json.loads(result.stdout)
    jsonschema.validate(envelope, json.loads((SCHEMAS / "import.v1.json").read_text(encoding="utf-8")))
    assert envelope["data"]["recorded"] == "120.50"


def test_an_import_is_recorded_once(plan) -> None:
    name = register(GOOD, MORE)
    plan.ok("import", "claims", name)
    assert plan.json("position", "--year", "2025")["data"]["claims_paid"] == "120140.60"
    assert "imported before" in plan.ok("import", "claims", name)
    assert plan.json("position", "--year", "2025")["data"]["claims_paid"] == "120140.60"


def test_one_bad_row_refuses_the_file_and_names_its_line(plan) -> None:
    result = plan("import", "claims", register(GOOD, BAD))
    assert result.exit_code == 3
    assert "line 3" in result.stdout
    assert "5/20/25" not in result.output
    assert plan.json("position", "--year", "2025")["data"]["claims_paid"] == "120000.10"


def test_good_rows_are_taken_when_asked_and_bad_ones_are_listed(plan) -> None:
    name = register(GOOD, BAD)
    plan.ok("import", "claims", name, "--skip-rejected")
    assert plan.json("position", "--year", "2025")["data"]["claims_paid"] == "120120.60"
    assert "DAT" in Path(f"{name}.rejected.csv").read_text(encoding="utf-8")


def test_an_expected_plan_that_changed_is_refused(plan) -> None:
    result = plan("import", "claims", register(GOOD), "--expect-plan", "000000")
    assert result.exit_code == 4
    assert "you expected 000000" in result.stderr


def test_a_missing_file_is_rejected(plan) -> None:
    result = plan("import", "claims", "nothing.csv")
    assert result.exit_code == 3
    assert "no such file" in result.output


def test_enrollment_and_funding_files_are_recorded_whole(plan) -> None:
    Path("lives.csv").write_text("month,tier,lives\n2025-02,EE,140\n2025-02,FAM,250\n", encoding="utf-8")
    assert "enrollment of 1 month" in plan.ok("import", "enrollment", "lives.csv")
    Path("deposits.csv").write_text("date,amount,reference\n2025-02-03,100000.00,W-2\n", encoding="utf-8")
    plan.ok("import", "funding", "deposits.csv")
    assert plan.json("position", "--year", "2025")["data"]["funding_received"] == "200000.00"
    Path("wrong.csv").write_text("date,amount,reference\n2025-02-03,1e5,W-3\n", encoding="utf-8")
    assert plan("import", "funding", "wrong.csv").exit_code == 3
