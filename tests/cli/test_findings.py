"""What a first user ran into: unread files, dry runs, settled years, dates of knowledge, addresses."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from cli.test_importing import BAD, GOOD, SCHEMAS, register

FUNDS = "date,amount,reference\n2025-02-03,100000.00,W-2\n"


def head(plan) -> str:
    return str(plan.json("status")["head"])


@pytest.mark.parametrize("kind", ["claims", "835", "enrollment", "funding", "fees", "reimbursements"])
@pytest.mark.parametrize(
    ("name", "said"), [("empty", "0 bytes"), ("folder", "This is a directory"), ("missing", "There is no such file")]
)
def test_a_file_that_cannot_be_read_leaves_one_sentence_and_no_trace(plan, kind: str, name: str, said: str) -> None:
    Path("empty").touch()
    Path("folder").mkdir()
    before = head(plan)
    result = plan("import", kind, name)
    assert result.exit_code == 3
    assert said in result.stderr
    assert len(result.output.splitlines()) == 1
    assert not list(Path().glob("*.rejected.csv"))
    assert head(plan) == before


def test_a_dry_run_writes_no_reject_file(plan) -> None:
    name = register(GOOD, BAD)
    assert plan("import", "claims", name, "--dry-run").exit_code == 3
    plan("import", "claims", name, "--dry-run", "--skip-rejected")
    assert not Path(f"{name}.rejected.csv").exists()


def test_the_same_bytes_as_another_kind_are_refused(plan) -> None:
    Path("money.csv").write_text(FUNDS, encoding="utf-8")
    plan.ok("import", "funding", "money.csv")
    before = head(plan)
    result = plan("import", "fees", "money.csv")
    assert result.exit_code == 4
    assert "money.csv was already imported" in result.stderr
    assert "idempotency" not in result.output
    assert plan("import", "fees", "money.csv", "--dry-run").exit_code == 4
    assert plan("import", "enrollment", "money.csv").exit_code == 4
    other = plan("import", "funding", "money.csv", "--effective", "2025-03-01")
    assert other.exit_code == 4
    assert "already imported" in other.stderr
    assert "nothing was recorded twice" in plan.ok("import", "funding", "money.csv")
    assert head(plan) == before


def test_the_preview_of_a_settled_year_says_so(plan) -> None:
    post = ("settle", "post", "2025", "--expect-head", plan.json("settle", "preview", "2025")["head"])
    plan.ok(*post, "--force", "--reason", "Agreed.")
    said = plan.ok("settle", "preview", "2025")
    assert "is settled as S-2025-01" in said
    assert "settle post" not in said
    envelope = plan.json("settle", "preview", "2025")
    assert envelope["data"]["dispositions"] == plan.json("settle", "show", "S-2025-01")["data"]["dispositions"] != []
    jsonschema.validate(envelope, json.loads((SCHEMAS / "settle-preview.v1.json").read_text(encoding="utf-8")))


def test_known_at_ends_with_the_ledger(plan) -> None:
    last = plan.json("events")["last_event"]
    result = plan("events", "--known-at", str(last + 1))
    assert result.exit_code == 4
    assert f"the ledger ends at event {last}" in result.stderr
    assert plan.json("events", "--known-at", str(last))["last_event"] == last


@pytest.mark.parametrize("text", ["2026-04-15", "2026-04", "2026-Q2", "2026", "today"])
def test_known_at_takes_what_as_of_takes(plan, text: str) -> None:
    assert plan.json("events", "--known-at", text)["last_event"] == plan.json("events")["last_event"]
    assert plan("events", "--known-at", "2026-Q1").exit_code == 4


def test_a_row_problem_says_its_place_once_and_counts_in_words(plan) -> None:
    result = plan("import", "claims", register(GOOD, BAD))
    line = next(line for line in result.stdout.splitlines() if "[DAT" in line)
    assert line.lower().count("line 3") == 1
    assert "Rejected 1 row\n" in result.stdout
    assert ": 1 problem\n" in result.stderr
    Path("wrong.csv").write_text("date,amount,reference\n2025-02-03,1e5,W-3\n", encoding="utf-8")
    result = plan("import", "funding", "wrong.csv")
    assert "has 1 problem;" in result.stderr
    line = next(line for line in result.stderr.splitlines() if "[AMT" in line)
    assert line.lower().count("line 2") == 1
    assert "2 2" not in line


def test_different_control_totals_cannot_be_skipped(plan) -> None:
    name = register(GOOD, BAD)
    totals = ("--expect-rows", "2", "--expect-total", "999.00")
    result = plan("import", "claims", name, *totals)
    assert result.exit_code == 3
    assert "CTL001" in result.stdout
    assert "--skip-rejected" not in result.output
    assert plan("import", "claims", name, *totals, "--skip-rejected").exit_code == 3
    unread = register(GOOD, BAD.replace("CHK-3,20.00", "CHK-3,2x"), name="unread.csv")
    result = plan("import", "claims", unread, *totals, "--skip-rejected")
    assert result.exit_code == 3
    assert "--skip-rejected" not in result.output
    assert plan.json("position", "--year", "2025")["data"]["claims_paid"] == "120000.10"


def test_a_dry_run_makes_no_key_file(plan) -> None:
    Path("remit.835").write_text("not an 835", encoding="utf-8")
    plan("import", "835", "remit.835", "--key", "members.key", "--dry-run")
    plan("import", "claims", register(GOOD), "--key", "members.key", "--pseudonymise", "--dry-run")
    assert not Path("members.key").exists()


def test_a_member_is_over_the_threshold_only_while_over_it(run) -> None:
    from cli.conftest import pay

    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2025")
    pay(run, "C-1", "9000000.00", "2025-03-04")
    assert "M-4F2A went over the specific" in run.ok("position", "--year", "2025")
    paid = [e["event"] for e in run.json("events")["data"]["events"] if e["kind"] == "claims-paid"]
    run.ok("claim", "void", f"{paid[0]}.1", "--reason", "Wrong.", "--effective", "2025-03-05")
    assert "went over" not in run.ok("position", "--year", "2025")


@pytest.mark.parametrize("address", ["99999", "5", "5.9"])
def test_a_void_of_what_is_no_payment_names_the_address(plan, address: str) -> None:
    result = plan("claim", "void", address, "--reason", "Twice.")
    assert result.exit_code == 4
    assert result.stderr.startswith(f"Error: {address}")


def test_a_deposit_that_stands_in_two_files_is_recorded_once(plan) -> None:
    head = "date,amount,reference\n"
    Path("a.csv").write_text(head + "2025-01-02,100.00,W1\n2025-01-03,50.00,W2\n", encoding="utf-8")
    Path("b.csv").write_text(head + "2025-01-03,50.00,W2\n2025-01-04,25.00,W3\n", encoding="utf-8")
    Path("c.csv").write_text(head + "2025-01-03,50.01,W2\n", encoding="utf-8")
    before = plan.json("position", "--year", "2025")["data"]["funding_received"]
    plan.ok("import", "funding", "a.csv")
    assert "1 row already recorded" in plan.ok("import", "funding", "b.csv")
    after = plan.json("position", "--year", "2025")["data"]["funding_received"]
    assert (before, after) == ("100000.00", "100175.00")
    result = plan("import", "funding", "c.csv")
    assert result.exit_code == 4
    assert "50.00" in result.stderr
    assert "50.01" in result.stderr
