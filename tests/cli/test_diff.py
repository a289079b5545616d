"""What changed between two points: on the screen, as data, and by the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "output"
DAY = "2025-12-31"


def test_the_change_of_every_line_is_explained_by_events(plan) -> None:
    found = plan.json("diff", f"{DAY}@8", DAY)
    jsonschema.validate(found, json.loads((SCHEMAS / "diff.v1.json").read_text(encoding="utf-8")))
    lines = {line["line"]: line for line in found["data"]["lines"]}
    assert lines["gross-claims"]["change"] == "-120000.10"
    assert lines["gross-claims"]["causes"][0]["cause"] == "late claim"
    assert all(event > 8 for event in found["data"]["events"])
    now = plan.json("position", "--year", "2025")["data"]
    assert lines["closing"]["after"] == now["closing"]
    assert lines["position-cash"]["after"] == now["positions"]["cash"]


def test_it_says_both_figures_the_change_and_the_cause(plan) -> None:
    said = plan.ok("diff", f"{DAY}@8", DAY)
    assert said.startswith("Plan year 2025 as of 2025-12-31: what was recorded between events 8 and ")
    assert "Gross claims paid" in said
    assert "late claim" in said
    assert "explain the whole change. Exit code 5 with --exit-code." in said


def test_the_exit_code_tells_whether_they_differ(plan) -> None:
    assert plan("diff", DAY, DAY, "--exit-code").exit_code == 0
    assert "Nothing differs." in plan.ok("diff", DAY, DAY)
    assert plan("diff", f"{DAY}@8", DAY).exit_code == 0
    assert plan("diff", f"{DAY}@8", DAY, "--exit-code").exit_code == 5


@pytest.mark.parametrize(
    "points", [(f"{DAY}@2020-01-01", DAY), (f"{DAY}@0", DAY), ("2024-06-30", DAY), (f"{DAY}@9999999", DAY)]
)
def test_a_question_without_an_answer_is_refused(plan, points: tuple[str, str]) -> None:
    result = plan("diff", *points, "--year", "2025")
    assert result.exit_code == 4
    assert result.stdout == ""


def test_a_point_that_is_none_is_rejected(plan) -> None:
    for text in ("@5", "2025-12-31@", "12/31/25", "2025-12-31@soon"):
        assert plan("diff", text, DAY).exit_code == 3


@pytest.mark.parametrize("report", ["stoploss-specific", "stoploss-aggregate"])
def test_a_stop_loss_register_is_compared_line_by_line(plan, report: str) -> None:
    first, second = (each["event"] for each in plan.json("events", "--kind", "claims-paid")["data"]["events"])
    found = plan.json("diff", f"{DAY}@{first}", DAY, "--report", report)
    jsonschema.validate(found, json.loads((SCHEMAS / "diff.v1.json").read_text(encoding="utf-8")))
    lines = {line["line"]: line for line in found["data"]["lines"]}
    name = "SPEC-2025/M-4F2A/eligible_paid" if report == "stoploss-specific" else "AGG-2025/eligible"
    assert [cause["cause"] for cause in lines[name]["causes"]] == ["late claim"]
    assert lines[name]["causes"][0]["events"] == [second]
    assert "eligible" in plan.ok("diff", f"{DAY}@{first}", DAY, "--report", report)
    assert plan("diff", DAY, DAY, "--report", report, "--exit-code").exit_code == 0
