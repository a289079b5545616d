"""Traces down to payments through the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema

from cli.conftest import Run

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
    assert traced(plan, *asked, "SPEC-2025", "--bucket", "retained")["amount"] == "100000.00"
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


def carriers(plan: Run) -> Run:
    """A filing decided in part, paid in part and written off, beside the two payments over the deductible."""
    plan.ok("stoploss", "file", "M-4F2A", "--policy", "SPEC-2025", "--amount", "20000.10", "--date", "2025-05-01",
            "--reference", "SL-1")  # fmt: skip
    plan.ok("stoploss", "decide", "SL-1", "--approved", "15000.00", "--date", "2025-06-01")
    plan.ok("stoploss", "receive", "SL-1", "--amount", "9000.00", "--effective", "2025-07-01")
    return plan


def test_every_amount_of_the_stop_loss_registers_is_traced_by_the_name_that_its_json_gives_it(plan: Run) -> None:
    carriers(plan)
    dated = ("--year", "2025", "--as-of", "2025-12-31")
    amount = re.compile(r"-?\d+\.\d\d")
    register = plan.json("stoploss", "specific", *dated, "--all")["data"]
    for row in register["members"]:
        for name, printed in row.items():
            if isinstance(printed, str) and amount.fullmatch(printed):
                asked = ("--policy", row["policy"], "--member", row["member"], "--figure", name)
                found = plan.json("trace", "stoploss", *dated, *asked)["data"]
                assert (found["amount"], found["proved"]) == (printed, True), name
    for name, printed in register["total"].items():
        if isinstance(printed, str):
            found = plan.json("trace", "stoploss", *dated, "--figure", name)["data"]
            assert (found["amount"], found["proved"]) == (printed, True), name
    aggregate = plan.json("stoploss", "aggregate", *dated, "--monthly")["data"]
    for month in ({"month": None, **aggregate}, *aggregate["months"]):
        for name, printed in month.items():
            if isinstance(printed, str) and amount.fullmatch(printed) and name != "ratio":
                asked = ("--policy", aggregate["policy"], "--figure", name)
                within = ("--month", month["month"]) if month["month"] else ()
                found = plan.json("trace", "stoploss", *dated, *asked, *within)["data"]
                assert (found["amount"], found["proved"]) == (printed, True), (month["month"], name)
    aged = plan.json("stoploss", "ageing", "--as-of", "2025-12-31")["data"]
    (filing,), (tie,) = aged["filings"], aged["position"]
    assert tie["lines"]
    for line in tie["lines"]:
        found = plan.json("trace", "stoploss", *dated, "--tie", line["reason"].capitalize())["data"]
        assert (found["amount"], found["proved"]) == (line["amount"], True), line
    assert plan("trace", "stoploss", *dated, "--tie", "nothing of the kind").exit_code == 3
    assert plan("trace", "stoploss", *dated, "--tie", "x", "--figure", "paid").exit_code == 2
    for name, printed in filing.items():
        if amount.fullmatch(str(printed)):
            found = plan.json("trace", "filing", "SL-1", "--figure", name, "--as-of", "2025-12-31")["data"]
            assert (found["amount"], found["proved"]) == (printed, True), name


def test_a_filing_is_traced_to_what_each_event_added_to_what_is_outstanding(plan: Run) -> None:
    carriers(plan)
    found = plan.json("trace", "filing", "SL-1", "--as-of", "2025-12-31")["data"]
    said = [(line["what"], line["amount"]) for line in found["lines"]]
    assert said == [("stop-loss-claim-filed", "20000.10"), ("stop-loss-claim-decided", "-5000.10"),
                    ("reimbursement-received", "-9000.00")]  # fmt: skip
    assert found["amount"] == "6000.00"
    assert plan("trace", "filing", "SL-9").exit_code == 3
    assert plan("trace", "filing", "SL-1", "--as-of", "2025-04-01").exit_code == 3
    assert "Figures are: filed" in plan("trace", "filing", "SL-1", "--figure", "profit").stderr


def test_every_bucket_is_traced_to_its_lines_or_to_its_persons(plan: Run) -> None:
    for policy in plan.json("stoploss", "buckets", "--year", "2025")["data"]["policies"]:
        for bucket in policy["buckets"]:
            asked = ("trace", "stoploss", "--policy", policy["policy"], "--bucket", bucket["name"], "--year", "2025")
            found = plan.json(*asked)["data"]
            assert (found["amount"], found["proved"]) == (bucket["amount"], True), bucket["name"]
    assert "has no bucket" in plan("trace", "stoploss", "--policy", "SPEC-2025", "--bucket", "x").stderr


def test_a_month_a_view_and_a_claimant_of_a_year_are_traced(plan: Run) -> None:
    march = plan.json("trace", "position", "2025", "--line", "claims-paid", "--month", "2025-03")["data"]
    assert (march["amount"], march["month"], march["proved"]) == ("90000.00", "2025-03", True)
    assert [event["amount"] for event in march["events"]] == ["90000.00"]
    cash = plan.json("trace", "position", "2025", "--line", "position-cash")["data"]
    assert cash["proved"] and cash["amount"] == plan.json("position", "--year", "2025")["data"]["positions"]["cash"]
    assert plan("trace", "position", "2025", "--month", "2019-01").exit_code == 4
    assert plan.json("trace", "member", "M-4F2A", "--year", "2025")["data"]["amount"] == "120000.10"
    assert plan("trace", "member", "M-4F2A", "--year", "2031").exit_code == 3
