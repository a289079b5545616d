"""Recording: one line of success, the right exit code and a remedy when it is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from .conftest import pay


def test_init_creates_a_ledger_and_says_what_comes_next(run) -> None:
    run.ok("init", "--template")
    said = run.ok("init", "plan.toml", "--year", "2025")
    assert "Created northwind.ledger  (SQLite, plan NW, plan year 2025)" in said
    assert "Next: claimfund budget set --year 2025" in said


def test_the_template_is_never_written_over_a_file(run) -> None:
    run.ok("init", "--template")
    assert run("init", "--template").exit_code == 3


def test_a_plan_document_with_mistakes_names_them_all_with_their_lines(run) -> None:
    run.ok("init", "--template")
    text = Path("plan.toml").read_text(encoding="utf-8")
    text = text.replace('"12/15"', '"12-15"').replace("\nattachment", "\natachment").replace('"36.00"', "36.00")
    Path("plan.toml").write_text(text, encoding="utf-8")
    result = run("plan", "check", "plan.toml")
    assert result.exit_code == 3
    assert "plan.toml has 3 problems" in result.stderr
    assert 'stop_loss.specific.contract_basis = "12-15"' in result.stderr
    assert 'did you mean "attachment"?' in result.stderr
    assert "line " in result.stderr
    assert not list(Path().glob("*.ledger"))


def test_the_budget_is_spread_over_twelve_months(plan) -> None:
    data = plan.json("position", "--year", "2025")["data"]
    assert data["budget"] == "1200000.00"
    assert [month["budget"] for month in data["months"]][:2] == ["100000.00", "100000.00"]


def test_a_crossing_of_the_deductible_is_said_at_once(run, plan) -> None:
    result = pay(plan, "C-3", "1000.00", "2025-05-02", "M-8E03")
    assert "crossed" not in result.output
    result = pay(plan, "C-4", "100000.00", "2025-05-03", "M-8E03")
    assert "! M-8E03 crossed 100,000.00" in result.output


def test_the_same_payment_twice_is_refused(plan) -> None:
    result = pay(plan, "C-1", "90000.00", "2025-03-04")
    assert result.exit_code == 4
    assert result.stderr.startswith("Error: Claim C-1 is already recorded")


def test_a_void_takes_a_payment_back(plan) -> None:
    address = plan.json("events", "--kind", "claims-paid")["data"]["events"][0]["event"]
    said = plan.ok("claim", "void", f"{address}.1", "--reason", "Duplicate", "--effective", "2025-05-01")
    assert "void of claim payment" in said
    assert plan.json("position", "--year", "2025")["data"]["claims_paid"] == "30000.10"
    assert plan("claim", "void", f"{address}.1", "--reason", "Duplicate").exit_code == 4


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--amount", "1.005", "more than two decimals"),
        ("--amount", "1,204.10", "thousands separator"),
        ("--date", "12/31/25", "can mean two days"),
        ("--date", "2025-02-30", "is not a date"),
    ],
)
def test_a_malformed_amount_or_date_is_rejected(plan, option: str, value: str, words: str) -> None:
    given = {"--amount": "1.00", "--date": "2025-01-02", option: value}
    result = plan("fund", "receive", *(part for pair in given.items() for part in pair))
    assert result.exit_code == 3
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_closed_month_takes_nothing(plan) -> None:
    plan.ok("period", "close", "2025-03")
    result = pay(plan, "C-9", "5.00", "2025-03-31")
    assert result.exit_code == 4
    assert "2025-03 is closed" in result.stderr


def test_more_than_the_filing_needs_the_word_overpayment(plan) -> None:
    plan.ok("stoploss", "file", "M-4F2A", "--amount", "20000.10", "--reference", "SL-1")
    over = ("stoploss", "receive", "SL-1", "--amount", "20000.11", "--effective", "2025-12-30")
    result = plan(*over)
    assert result.exit_code == 4
    assert "--overpayment" in result.stderr
    plan.ok(*over, "--overpayment")
    member = plan.json("stoploss", "specific", "--year", "2025")["data"]["members"][0]
    assert (member["filed"], member["received"], member["state"]) == ("20000.10", "20000.11", "overpaid")


def test_a_missing_ledger_is_not_created_by_a_reader(run) -> None:
    result = run("-L", "nothing.ledger", "position")
    assert result.exit_code == 7
    assert not Path("nothing.ledger").exists()
    assert run("position").exit_code == 7


def test_a_folder_with_two_ledgers_asks_which(plan) -> None:
    Path("other.ledger").write_bytes(b"")
    result = plan("status")
    assert result.exit_code == 7
    assert "2 ledgers" in result.stderr


def test_a_changed_byte_is_found_and_named(plan) -> None:
    plan.ok("verify")
    with sqlite3.connect("northwind.ledger") as connection:
        table, column = _where(connection)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        (state,) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = 6").fetchone()
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = 6", (state[:-1] + b"?",))
    connection.close()
    result = plan("verify")
    assert result.exit_code == 6
    assert "VERIFICATION FAILED at event 6" in result.stderr


def _where(connection: sqlite3.Connection) -> tuple[str, str]:
    """The table and column that hold the events' bytes."""
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]
        if "state" in columns:
            return table, "state"
    raise AssertionError("no table holds states")


def test_the_template_explains_every_key() -> None:
    from ledger.intake import plan_keys
    from ledger.intake.plan_template import TEMPLATE

    tables = (plan_keys.PLAN, plan_keys.SETTLEMENT, plan_keys.STOP_LOSS, plan_keys.AGGREGATE, plan_keys.FEES,
        plan_keys.PRIVACY)
    keys = {key for table in (*tables, plan_keys.SPECIFIC) for key in table} - {"policy", "jurisdiction"}
    keys -= {"surplus_owner", "deficit_owner", "recovery_allocation"}
    assert [key for key in sorted(keys) if f"{key} = " not in TEMPLATE] == []


def test_several_plans_in_one_ledger_are_told_apart(plan) -> None:
    text = Path("plan.toml").read_text(encoding="utf-8").replace('code = "NW"', 'code = "SW"')
    Path("south.toml").write_text(text, encoding="utf-8")
    plan.ok("-L", "northwind.ledger", "init", "south.toml", "--year", "2025")
    assert plan("position").exit_code == 3
    assert plan.json("--plan", "SW", "position")["data"]["claims_paid"] == "0.00"
    assert plan.json("position", "--plan", "NW")["data"]["claims_paid"] == "120000.10"
    assert "2 plans" in plan.ok("verify")
    assert plan("--plan", "XX", "position").exit_code == 3


def test_an_unexpected_failure_shows_no_traceback_unless_asked(plan, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "a value " + "of somebody"

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr("projections.position.position", fail)
    result = plan("position", "--year", "2025")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: something unexpected happened (RuntimeError).")
    assert "Traceback" not in result.output
    debugged = plan("--debug", "position", "--year", "2025").output
    assert "Traceback" in debugged and "in fail" in debugged and said not in debugged


def test_an_interruption_ends_with_130(plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("projections.position.position", interrupt)
    assert plan("position", "--year", "2025").exit_code == 130


def test_a_ledger_named_in_the_settings_file_is_found_from_a_folder_below(
    plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("claimfund.toml").write_text('ledger = "northwind.ledger"\n', encoding="utf-8")
    Path("below").mkdir()
    monkeypatch.chdir("below")
    assert plan.json("status")["plan"] == "NW"


def test_a_demo_never_writes_into_a_folder_that_holds_something(run) -> None:
    Path("here").mkdir()
    Path("here/kept.txt").write_text("kept", encoding="utf-8")
    result = run("demo", "here")
    assert result.exit_code == 3
    assert [path.name for path in Path("here").iterdir()] == ["kept.txt"]


def test_fees_premium_lasers_factors_and_decisions_are_recorded(plan) -> None:
    plan.ok("fee", "charge", "--amount", "4860.00", "--date", "2025-01-31")
    plan.ok("fee", "premium", "--amount", "12450.00", "--date", "2025-01-31")
    plan.ok("stoploss", "laser", "M-9", "--deductible", "150000.00")
    plan.ok("stoploss", "file", "M-4F2A", "--amount", "20000.10", "--reference", "SL-1")
    plan.ok("stoploss", "decide", "SL-1", "--approved", "15000.00")
    data = plan.json("position", "--year", "2025")["data"]
    assert (data["fees"], data["stop_loss_premium"]) == ("4860.00", "12450.00")
    assert plan.json("plan", "show")["data"]["lasers"][0]["deductible"] == "150000.00"


def test_a_budget_by_rates_follows_the_enrollment(run) -> None:
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2025")
    assert run("budget", "set", "--year", "2025", "--rates", "EE=300.00").exit_code == 3
    run.ok("enroll", "set", "--month", "2025-01", "EE=10", "FAM=2")
    run.ok("budget", "set", "--year", "2025", "--rates", "EE=300.00", "--rates", "FAM=900.00")
    assert run.json("position", "--year", "2025")["data"]["budget"] == "57600.00"


def test_a_revision_changes_only_later_months(plan) -> None:
    plan.ok("budget", "revise", "--from", "2025-07", "--amount", "105000.00", "--reason", "Renewal")
    months = plan.json("position", "--year", "2025")["data"]["months"]
    assert (months[5]["budget"], months[6]["budget"]) == ("100000.00", "105000.00")
    assert plan("budget", "revise", "--from", "2025-07", "--amount", "-1.00", "--reason", "x").exit_code == 3
