"""Traces down to payments through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "output"


def traced(plan, *asked: str, schema: str = "trace-lines"):
    envelope = plan.json("trace", *asked)
    jsonschema.validate(envelope, json.loads((SCHEMAS / f"{schema}.v1.json").read_text(encoding="utf-8")))
    for form in ("table", "csv", "jsonl", "md"):
        plan.ok("trace", *asked, "-f", form)
    assert envelope["data"]["proved"] is True
    return envelope["data"]


def test_a_member_is_traced_to_every_payment_and_what_became_of_it(plan) -> None:
    plan.ok("claim", "void", "10.1", "--reason", "Duplicate", "--effective", "2025-06-01")
    data = traced(plan, "member", "M-4F2A")
    assert data["amount"] == "30000.10"
    assert [(line["what"], line["status"].split(" ")[0]) for line in data["lines"]] == [
        ("payment", "voided"), ("payment", "paid"), ("void", "voids"),
    ]  # fmt: skip
    assert data["counted"] == ["claimants 2025", "stoploss specific 2025, SPEC-2025"]
    assert all(line["actor"] == "m.ortiz" for line in data["lines"])
    assert plan("trace", "member", "M-NONE").exit_code == 3


def test_a_check_number_leads_to_its_payments(plan) -> None:
    plan.ok("claim", "pay", "--member", "M-7", "--amount", "12.10", "--paid", "2025-05-01", "--incurred", "2025-04-01",
            "--coverage", "MED", "--claim", "C-7", "--reference", "10021")  # fmt: skip
    data = traced(plan, "check", "10021")
    assert (data["amount"], data["counted"]) == ("12.10", ["position 2025", "member M-7"])
    result = plan("trace", "check", "99999")
    assert (result.exit_code, result.stdout) == (3, "")


def test_a_stop_loss_figure_leads_to_its_lines(plan) -> None:
    asked = ("stoploss", "--year", "2025", "--policy")
    assert traced(plan, *asked, "SPEC-2025", "--member", "M-4F2A")["amount"] == "120000.10"
    total = traced(plan, *asked, "AGG-2025")
    assert (total["amount"], total["beside"][-1]["amount"]) == ("100000.00", "-20000.10")
    assert traced(plan, *asked, "SPEC-2025", "--bucket", "specific_excess")["beside"] == [
        {"name": "M-4F2A", "amount": "20000.10"}
    ]
    assert plan("trace", *asked, "SPEC-2025", "--bucket", "retained").exit_code == 4
    assert plan("trace", *asked, "SPEC-2025", "--member", "M-9").exit_code == 3
    assert plan("trace", *asked, "NONE").exit_code == 3


def test_a_settlement_comes_out_again_as_it_was_posted(plan) -> None:
    head = plan.json("settle", "preview", "2025")["head"]
    plan.ok("settle", "post", "2025", "--expect-head", head)
    plan.ok("claim", "void", "10.1", "--reason", "Duplicate", "--effective", "2026-04-01")
    data = traced(plan, "settlement", "S-2025-01", schema="trace-settlement")
    assert data["lines"] and all(line["posted"] == line["again"] for line in data["lines"])


def test_a_sample_is_drawn_of_any_figure_that_is_made_of_payments(plan) -> None:
    head = plan.json("settle", "preview", "2025")["head"]
    plan.ok("settle", "post", "2025", "--expect-head", head)
    schema = json.loads((SCHEMAS / "trace-sample.v1.json").read_text(encoding="utf-8"))
    drawn = ("--sample", "1", "--seed", "7")
    figures = {
        ("member", "M-4F2A"): "120000.10", ("stoploss", "--policy", "SPEC-2025", "--member", "M-4F2A"): "120000.10",
        ("settlement", "S-2025-01"): "120000.10",
    }  # fmt: skip
    for asked, amount in figures.items():
        for method in ("random", "monetary-unit"):
            envelope = plan.json("trace", *asked, *drawn, "--method", method)
            jsonschema.validate(envelope, schema)
            data = envelope["data"]
            assert (data["population"]["items"], data["population"]["amount"]) == (2, amount)
            (item,) = data["items"]
            assert item["address"] in {"10.1", "11.1"}
            assert plan.json("trace", *asked, *drawn, "--method", method)["data"] == data
        assert plan("trace", *asked, "--sample", "1").exit_code == 2
    result = plan("trace", "stoploss", "--policy", "SPEC-2025", "--bucket", "specific_excess", *drawn)
    assert (result.exit_code, result.stdout) == (4, "")
    plan.ok("claim", "void", "10.1", "--reason", "Duplicate", "--effective", "2026-04-01")
    again = plan.json("trace", "settlement", "S-2025-01", *drawn)["data"]
    assert again["population"]["amount"] == "120000.10"
