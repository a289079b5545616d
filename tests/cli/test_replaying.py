"""Replaying: elsewhere, until a point, and never over anything; and differences between settlements."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_ledger_is_rebuilt_elsewhere_with_the_same_figures_and_head(plan) -> None:
    said = plan("replay", "--into", "check.ledger")
    assert said.exit_code == 0, said.output
    assert "all identical" in said.stdout and "plan year 2025" in said.stderr
    assert plan.json("-L", "check.ledger", "status")["head"] == plan.json("-L", "northwind.ledger", "status")["head"]
    again = plan("-L", "northwind.ledger", "replay", "--into", "check.ledger")
    assert again.exit_code == 3
    assert "nothing is overwritten" in again.stderr


def test_a_replay_ends_at_an_event(plan) -> None:
    assert plan.ok("replay", "--known-at", "8", "--into", "early.json").startswith("Replayed 8 events")
    figures = json.loads(Path("early.json").read_text(encoding="utf-8"))
    assert figures["2025.claims_paid"] == "0.00"
    plan.ok("replay", "--known-at", "10", "--into", "part.ledger")
    assert plan.json("-L", "part.ledger", "status")["last_event"] == 10
    result = plan("-L", "northwind.ledger", "replay", "--known-at", "2", "--into", "cut.ledger")
    assert (result.exit_code, Path("cut.ledger").exists()) == (4, False)
    assert "A signed copy can end at event" in result.stderr


def test_a_ledger_is_rebuilt_in_an_empty_database_and_never_over_another(plan, postgres_url: str) -> None:
    said = plan("replay", "--into", postgres_url)
    assert said.exit_code == 0, said.output
    assert "here and in a PostgreSQL database" in said.stdout and postgres_url not in said.output
    assert plan.json("-L", postgres_url, "status")["head"] == plan.json("-L", "northwind.ledger", "status")["head"]
    again = plan("replay", "--into", postgres_url)
    assert (again.exit_code, "holds a ledger" in again.stderr) == (7, True)


def test_until_names_a_date_or_an_event(plan) -> None:
    assert plan.ok("replay", "--until", "8", "--into", "early.json").startswith("Replayed 8 events")
    assert json.loads(Path("early.json").read_text(encoding="utf-8"))["2025.claims_paid"] == "0.00"
    assert "As of 2025-12-31" in plan.ok("replay", "--until", "2025")
    assert plan("replay", "--until", "8", "--known-at", "9").exit_code == 2
    assert plan("replay", "--until", "999999").exit_code == 4
    assert plan("replay", "--until", "2019").exit_code == 4


def test_every_plan_of_a_ledger_is_replayed_unless_one_is_named(plan) -> None:
    text = Path("plan.toml").read_text(encoding="utf-8").replace('code = "NW"', 'code = "SW"')
    Path("second.toml").write_text(text, encoding="utf-8")
    plan.ok("init", "second.toml", "--year", "2025")
    one = plan.json("replay", "--plan", "NW")["data"]
    both = plan.json("replay")["data"]
    assert (one["plans"], both["plans"]) == (["NW"], ["NW", "SW"])
    assert both["figures"] > one["figures"]
    plan.ok("replay", "--into", "all.json")
    assert {name.split(":")[0] for name in json.loads(Path("all.json").read_text(encoding="utf-8"))} == {"NW", "SW"}
    assert plan.json("replay", "--until", "8")["data"]["plans"] == ["NW"]
    plan.ok("replay", "--into", "copy.ledger")
    assert plan("-L", "northwind.ledger", "replay", "--into", "copy.ledger").exit_code == 3


def test_two_settlements_are_compared_by_what_they_were_worked_out_from(plan) -> None:
    for reference in ("W-8", "W-9"):
        head = plan.json("settle", "preview", "2025")["head"]
        plan.ok("settle", "post", "2025", "--expect-head", head)
        plan.ok("fund", "receive", "--amount", "100.00", "--date", "2025-12-31", "--reference", reference)
    names = [row["settlement"] for row in plan.json("settle", "list")["data"]["settlements"]]
    result = plan("diff", *names, "--exit-code", "--json")
    assert result.exit_code == 5, result.output
    lines = {line["line"]: line for line in json.loads(result.stdout)["data"]["lines"]}
    assert lines["funding-received"]["change"] == "100.00"
    for line in lines.values():
        moved = sum(round(float(cause["amount"]) * 100) for cause in line["causes"])
        assert moved == round(float(line["change"]) * 100)
