"""The published schemas are what the code says, and stored events satisfy them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from ledger.codec import encode
from ledger.events import REGISTRY, About, BudgetMonth, BudgetSet, ClaimsPaid, Event, PeriodClosed
from ledger.lines import lines_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "schemas" / "events"


def test_the_schemas_are_what_the_code_says() -> None:
    command = [sys.executable, "tools/schemas.py", "--check"]
    paths = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'cli'}"}
    done = subprocess.run(command, cwd=ROOT, env=paths, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("topic", sorted(REGISTRY))
def test_every_event_has_a_valid_schema_that_requires_every_field_always_written(topic: str) -> None:
    schema = json.loads((FOLDER / f"{topic}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    fields = REGISTRY[topic].model_fields
    assert set(schema["properties"]) == set(fields)
    assert set(schema["required"]) == {name for name, field in fields.items() if field.exclude_if is None}


@pytest.mark.parametrize(
    "event",
    [
        PeriodClosed(month="2025-01"),
        BudgetSet(year=2025, months=(BudgetMonth(month="2025-01", amount=5),), total=5),
        ClaimsPaid(register_id="R", count=1, control_total=5, lines=lines_of([{"amount": 5}])),
    ],
)
def test_an_event_satisfies_its_schema(event: Event) -> None:
    schema = json.loads((FOLDER / f"{event.topic()}.json").read_text(encoding="utf-8"))
    shown = event.model_dump(mode="json")
    validator = Draft202012Validator(schema)
    validator.validate(shown)
    assert not validator.is_valid({**shown, "extra": 1})
    assert all(not validator.is_valid({k: v for k, v in shown.items() if k != name}) for name in shown)
    if not isinstance(event, ClaimsPaid):
        validator.validate(json.loads(encode(event, About()).state)["event"])
