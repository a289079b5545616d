"""Reading: the same figures in every format, by dates and by what was known, and schemas that hold."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "output"
READERS = {
    "diff": ("diff", "2025-12-31@8", "2025-12-31"),
    "position": ("position", "--year", "2025"),
    "stoploss-specific": ("stoploss", "specific", "--year", "2025"),
    "stoploss-aggregate": ("stoploss", "aggregate", "--year", "2025"),
    "stoploss-buckets": ("stoploss", "buckets", "--year", "2025"),
    "claimants": ("claimants", "--year", "2025"),
    "events": ("events",),
    "settle-preview": ("settle", "preview", "2025"),
    "settle-list": ("settle", "list"),
    "trace-position": ("trace", "position", "2025", "--line", "claims-paid"),
    "trace-sample": ("trace", "position", "2025", "--line", "claims-paid", "--sample", "1", "--seed", "7"),
    "trace-event": ("trace", "event", "10.1"),
    "verify": ("verify",),
    "status": ("status",),
    "replay": ("replay",),
    "doctor": ("doctor",),
    "plan": ("plan", "show"),
    "people": ("people", "list"),
    "proposals": ("proposals",),
    "exceptions": ("exceptions", "--year", "2025"),
    "members": ("members", "list"),
    "member": ("members", "show", "M-4F2A"),
    "exports": ("exports",),
}


def valid(name: str, envelope: object) -> None:
    jsonschema.validate(envelope, json.loads((SCHEMAS / f"{name}.v1.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", READERS)
def test_json_is_as_its_schema_says(plan, name: str) -> None:
    envelope = plan.json(*READERS[name])
    assert envelope["schema"] == f"claimfund/{name}/v1"
    assert len(envelope["head"]) == 8
    valid(name, envelope)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("form", ["table", "csv", "jsonl", "md"])
def test_every_reader_prints_every_format(plan, name: str, form: str) -> None:
    said = plan.ok(*READERS[name], "-f", form)
    assert "\x1b" not in said


def test_the_position_says_whose_when_and_from_how_much(plan) -> None:
    said = plan.ok("position", "--year", "2025").splitlines()
    assert said[0] == "Northwind Employee Health Benefit Plan · plan year 2025 · paid basis · USD"
    assert said[1].startswith("As of 2025-12-31 · recorded through 2026-04-15 · ")
    assert "2 payments · head " in said[1]
    assert any(line.startswith("Gross claims paid") and line.endswith("(120,000.10)") for line in said)


def test_digits_stand_in_line_and_parentheses_hang(plan) -> None:
    lines = plan.ok("position", "--year", "2025").splitlines()
    budget = next(line for line in lines if line.startswith("Budgeted claims funding"))
    claims = next(line for line in lines if line.startswith("Gross claims paid"))
    assert claims.index(".") == budget.index(".")


def test_opening_and_result_and_dispositions_make_the_closing(plan) -> None:
    data = plan.json("position", "--year", "2025")["data"]
    assert (data["opening"], data["surplus_for_year"], data["closing"]) == ("0.00", "1100000.00", "1100000.00")
    assert data["positions"] == {"budget": "1079999.90", "cash": "-20000.10", "accrual": "1100000.00"}
    assert data["reimbursements_receivable"] == "20000.10"


def test_as_of_cuts_by_business_date_and_known_at_by_event_number(plan) -> None:
    early = plan.json("position", "--year", "2025", "--as-of", "2025-03")["data"]
    assert early["claims_paid"] == "90000.00"
    before = plan.json("position", "--year", "2025", "--known-at", "8")
    assert (before["data"]["claims_paid"], before["last_event"]) == ("0.00", 8)
    moment = plan.json("position", "--year", "2025", "--known-at", "2026-04-15T12:00Z")
    assert moment["data"]["claims_paid"] == "120000.10"
    assert plan("position", "--year", "2025", "--known-at", "2026-04-14").exit_code == 4


def test_status_and_terms_are_shown_as_they_were_known(plan) -> None:
    first = plan.json("status", "--known-at", "8")
    assert (first["last_event"], first["data"]["payments"]) == (8, 0)
    assert plan.json("status")["data"]["payments"] == 2
    terms = plan.json("plan", "show", "--known-at", "3")
    assert terms["last_event"] == 3
    assert len(terms["data"]["policies"]) <= len(plan.json("plan", "show")["data"]["policies"])


@pytest.mark.parametrize("command", [("status",), ("plan", "show"), ("position",), ("events",)])
@pytest.mark.parametrize("known", ["0", "2020-01-01", "999999"])
def test_what_was_known_before_the_plan_or_after_the_last_event_is_refused(
    plan, command: tuple[str, ...], known: str
) -> None:
    result = plan(*command, "--known-at", known)
    assert (result.exit_code, result.stdout) == (4, "")


def test_a_date_before_the_plan_year_is_refused(plan) -> None:
    for command in (("position",), ("trace", "position")):
        result = plan(*command, "--year", "2025", "--as-of", "2024-12-31")
        assert result.exit_code == 4
        assert "had not begun on 2024-12-31" in result.stderr


def test_a_sample_goes_to_a_file_and_comes_out_the_same(plan) -> None:
    asked = ("trace", "position", "2025", "--line", "claims-paid", "--sample", "5", "--method", "monetary-unit")
    plan.ok(*asked, "--seed", "7", "-o", "one.csv")
    plan.ok(*asked, "--seed", "7", "-o", "two.csv")
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()
    drawn = list(csv.DictReader(io.StringIO(Path("one.csv").read_text(encoding="utf-8"))))
    assert {row["amount"] for row in drawn} == {"90000.00", "30000.10"}


def test_a_sample_needs_a_seed_and_a_line_that_events_make(plan) -> None:
    asked = ("trace", "position", "2025", "--line")
    assert plan(*asked, "claims-paid", "--sample", "5").exit_code == 2
    assert plan(*asked, "claims-paid", "--method", "random").exit_code == 2
    assert plan(*asked, "closing", "--sample", "5", "--seed", "1").exit_code == 3


def test_the_prior_year_beside_it_says_its_own_date(run) -> None:
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2024")
    run.ok("budget", "set", "--year", "2025", "--annual", "1200000.00")
    assert "2024 beside it as of 2024-12-31" in run.ok("position", "--year", "2025").splitlines()
    assert "beside it" not in run.ok("position", "--year", "2025", "--compare", "none")


def test_known_at_that_is_neither_number_nor_moment_is_rejected(plan) -> None:
    result = plan("position", "--known-at", "yesterday")
    assert result.exit_code == 3
    assert "neither an event number nor a moment" in result.stderr


def test_months_as_csv_have_plain_amounts(plan) -> None:
    rows = list(csv.DictReader(io.StringIO(plan.ok("position", "--year", "2025", "--monthly", "-f", "csv"))))
    assert rows[2]["month"] == "2025-03"
    assert rows[2]["claims_paid"] == "90000.00"


def test_the_format_of_a_file_follows_its_name(plan) -> None:
    plan.ok("position", "--year", "2025", "-o", "p.json")
    assert json.loads(Path("p.json").read_text(encoding="utf-8"))["data"]["year"] == 2025
    assert plan("position", "--year", "2025", "-o", "p.exe").exit_code == 3


def test_a_year_that_is_not_open_is_named_with_those_that_are(plan) -> None:
    result = plan("position", "--year", "2019")
    assert result.exit_code == 3
    assert "Open are: 2025." in result.stderr


def test_text_that_a_spreadsheet_would_run_is_marked_as_text(plan) -> None:
    plan.ok("fund", "receive", "--amount", "1.00", "--date", "2025-01-03", "--reference", "x", "--actor", "=cmd()")
    rows = list(csv.DictReader(io.StringIO(plan.ok("events", "-f", "csv"))))
    assert rows[-1]["actor"] == "'=cmd()"


def test_control_characters_never_reach_the_terminal() -> None:
    from claimfund.errors import clean

    assert clean("a\x1b[31mb\x07") == "a[31mb"


def test_a_settlement_is_posted_only_on_the_head_that_was_previewed(plan) -> None:
    head = plan.json("settle", "preview", "2025")["head"]
    plan.ok("fund", "receive", "--amount", "5.00", "--date", "2025-06-02")
    result = plan("settle", "post", "2025", "--expect-head", head, "--actor", "controller")
    assert result.exit_code == 4
    assert "claimfund settle preview 2025" in result.stderr


def test_a_settlement_with_open_checks_is_interim_and_trued_up_by_the_final_one(plan) -> None:
    head = plan.json("settle", "preview", "2025")["head"]
    said = plan.ok("settle", "post", "2025", "--expect-head", head, "--actor", "controller")
    assert "It is interim (months closed: 0 of 12 months closed" in said
    assert plan.json("settle", "show", "S-2025-01")["data"]["kind"] == "interim"
    plan.ok("fee", "charge", "--amount", "1000.00", "--date", "2025-06-02")
    head = plan.json("settle", "preview", "2025")["head"]
    post = ("settle", "post", "2025", "--expect-head", head, "--actor", "controller", "--force")
    assert plan(*post).exit_code == 4
    plan.ok(*post, "--reason", "Months are closed by the controller")
    trued_up = plan.json("settle", "show", "S-2025-02")["data"]
    first = plan.json("settle", "show", "S-2025-01")["data"]
    placed = [*first["dispositions"], *trued_up["dispositions"]]
    assert trued_up["kind"] == "final"
    assert [part["amount"] for part in trued_up["dispositions"]] == ["1000.00"]
    assert len(placed) == 3


def test_a_final_settlement_places_the_whole_surplus(plan) -> None:
    head = plan.json("settle", "preview", "2025")["head"]
    post = ("settle", "post", "2025", "--expect-head", head, "--actor", "controller")
    said = plan.ok(*post, "--force", "--reason", "Months are closed by the controller")
    assert "Posted settlement S-2025-01" in said
    shown = plan.json("settle", "show", "S-2025-01")
    valid("settle-show", shown)
    assert [part["amount"] for part in shown["data"]["dispositions"]] == ["120000.00", "980000.00"]


def test_replay_keeps_figures_and_compares_without_overwriting(plan) -> None:
    plan.ok("replay", "--into", "figures.json")
    kept = Path("figures.json").read_bytes()
    plan.ok("replay", "--into", "figures.json")
    plan.ok("fund", "receive", "--amount", "5.00", "--date", "2025-06-02")
    assert plan("replay", "--into", "figures.json").exit_code == 5
    assert Path("figures.json").read_bytes() == kept


def test_verify_knows_a_head_noted_earlier_and_refuses_a_foreign_one(plan) -> None:
    head = plan.json("verify")["data"]["root"]
    plan.ok("fund", "receive", "--amount", "5.00", "--date", "2025-06-02")
    said = plan.ok("verify", "--expect-head", head, "--report", "verify.txt")
    assert "Tree" in said
    assert "Replay" in Path("verify.txt").read_text(encoding="utf-8")
    assert plan("verify", "--expect-head", "0123456789abcdef").exit_code == 6
