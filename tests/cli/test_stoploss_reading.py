"""The readings of stop-loss beside its registers: explanations, other terms, listings and notices."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "output"
READERS = {
    "stoploss-explain": ("stoploss", "explain", "M-4F2A", "--year", "2025"),
}


@pytest.mark.parametrize("name", READERS)
def test_json_is_as_its_schema_says_and_nothing_is_recorded(plan, name: str) -> None:
    before = plan.json("status")["head"]
    envelope = plan.json(*READERS[name])
    assert envelope["schema"] == f"claimfund/{name}/v1"
    jsonschema.validate(envelope, json.loads((SCHEMAS / f"{name}.v1.json").read_text(encoding="utf-8")))
    for form in ("table", "csv", "jsonl", "md"):
        plan.ok(*READERS[name], "-f", form)
    assert plan.json("status")["head"] == before


def test_an_explanation_is_also_an_option_of_the_registers(plan) -> None:
    said = plan.ok("stoploss", "specific", "--year", "2025", "--explain", "--member", "M-4F2A")
    assert said == plan.ok("stoploss", "explain", "M-4F2A", "--year", "2025")
    assert "5.3 step 4" in said
    said = plan.ok("stoploss", "aggregate", "--year", "2025", "--explain")
    assert said == plan.ok("stoploss", "explain", "aggregate", "--year", "2025")
    assert plan("stoploss", "specific", "--explain").exit_code == 2
    assert plan("stoploss", "explain", "M-NONE", "--year", "2025").exit_code == 3
