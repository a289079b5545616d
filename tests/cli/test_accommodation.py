"""Aggregate accommodation and statutory minimums through the command line, from a plan document on."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from headings import HEADING

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "output"
PLAN = HEADING + """\
{plan}
[stop_loss.specific]
deductible = "{deductible}"
contract_basis = "12/12"

[stop_loss.aggregate]
contract_basis = "12/12"
per_person_limit = "none"
accommodation = true
accommodation_minimum_advance = "1000.00"
{aggregate}
"""
FACTOR = 'factors = [{ tier = "EE", amount = "1000.00" }]'


def started(run, deductible: str = "500000.00", aggregate: str = FACTOR, plan: str = "", lives: int = 100):
    """A plan of 2025 with the same enrollment every month."""
    Path("plan.toml").write_text(PLAN.format(deductible=deductible, aggregate=aggregate, plan=plan), encoding="utf-8")
    run.ok("init", "plan.toml", "--year", "2025")
    for month in range(1, 13):
        run.ok("enroll", "set", "--month", f"2025-{month:02d}", f"EE={lives}")
    return run


def paid(run, *amounts: str) -> None:
    for month, amount in enumerate(amounts, 1):
        day = f"2025-{month:02d}-10"
        run.ok("claim", "pay", "--member", f"M-{month}", "--amount", amount, "--paid", day, "--incurred", day,
               "--coverage", "MED", "--claim", f"C-{month}")  # fmt: skip


def shown(run, name: str, *given: str):
    envelope = run.json("stoploss", name, "--year", "2025", *given)
    schema = json.loads((SCHEMAS / f"stoploss-{name}.v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(envelope, schema)
    return envelope["data"]


@pytest.mark.parametrize(
    ("amounts", "as_of", "advance"),
    [
        pytest.param(("100000.00", "100000.00", "119000.00"), "2025-03", "19000.00", id="AC-01: 319,000 of 300,000"),
        pytest.param(("150000.00",), "2025-01", "50000.00", id="AC-02: 150,000 of 100,000"),
        pytest.param(("100999.99",), "2025-01", "0.00", id="an advance under the least one waits"),
    ],
)
def test_what_the_carrier_should_lend_follows_from_the_recorded_terms(run, amounts, as_of: str, advance: str) -> None:
    paid(started(run), *amounts)
    (policy,) = shown(run, "accommodation", "--as-of", as_of)["policies"]
    month = policy["months"][-1]
    assert month["advance"] == advance
    assert policy["true_up"] is None
    asked = ("trace", "stoploss", "--year", "2025", "--as-of", as_of, "--month", month.pop("month"), "--figure")
    del month["on"]
    for name, amount in month.items():
        figure = "outstanding_after" if name == "outstanding" else name
        assert run.json(*asked, figure)["data"]["amount"] == amount, name


def test_a_year_ends_with_a_true_up_that_makes_the_loan_the_benefit(run) -> None:
    paid(started(run), "150000.00")
    run.ok("stoploss", "accommodate", "--month", "2025-01", "--amount", "50000.00", "--date", "2025-02-05")
    paid_on = ("--date", "2025-03-05")
    run.ok("stoploss", "accommodate", "--month", "2025-02", "--amount", "50000.00", "--repaid", *paid_on)
    run.ok("stoploss", "accommodate", "--month", "2025-03", "--amount", "7000.00", "--date", "2025-04-05")
    (policy,) = shown(run, "accommodation", "--as-of", "2025-12-31")["policies"]
    assert [month["recorded_advanced"] for month in policy["months"][:4]] == ["0.00", "50000.00", "0.00", "7000.00"]
    assert policy["months"][2]["recorded_repaid"] == "50000.00"
    assert policy["outstanding"] == "7000.00"
    assert (policy["reimbursable"], policy["true_up"], policy["still_due"]) == ("0.00", "-7000.00", "-7000.00")
    total = shown(run, "aggregate", "--as-of", "2025-12-31")
    assert (total["accommodation_outstanding"], total["due_to_carrier"]) == ("7000.00", "7000.00")
    (february,) = [month for month in total["months"] if month["month"] == "2025-02"]
    assert (february["advanced"], february["outstanding"], february["ratio"]) == ("50000.00", "50000.00", "75.00%")
    assert february["over"] == "-50000.00"
    said = run.ok("stoploss", "explain", "aggregate", "--year", "2025", "--as-of", "2025-12-31", "-f", "csv")
    assert "accommodation outstanding 7000.00" in said
    position = run.json("position", "--year", "2025")["data"]
    assert position["due_to_carrier"] == "7000.00"
    for form in ("table", "csv", "jsonl", "md"):
        assert "2025-04" in run.ok("stoploss", "accommodation", "--year", "2025", "-f", form)


@pytest.mark.parametrize(
    ("terms", "given", "required"),
    [
        pytest.param({"deductible": "40000.00", "aggregate": 'minimum_attachment = "49999.99"'}, ("US-CA", "30000.00"),
                     ("40000.00", "50000.00"), id="ST-01: California, ten members"),
        pytest.param({"deductible": "19999.99", "aggregate": 'attachment = "1.19"'}, ("US", "50000.00"),
                     ("20000.00", "60000.00"), id="ST-02: the model law, ten members"),
    ],
)  # fmt: skip
def test_the_law_of_a_state_is_held_against_the_recorded_policies(run, terms, given, required) -> None:
    started(run, lives=10, **terms)
    run.ok("budget", "set", "--year", "2025", "--annual", given[1])
    rows = shown(run, "statutory", "--jurisdiction", given[0])["findings"]
    assert tuple(row["required"] for row in rows) == required
    assert [row["verdict"] for row in rows] == ["ok" if given[0] == "US-CA" else "below", "below"]
    assert all(row["source"] and row["members"] == 10 for row in rows)


def test_the_plans_own_state_is_checked_with_its_policies(run) -> None:
    started(run, deductible="30000.00", plan='jurisdiction = "US-CA"', lives=10)
    (specific, aggregate) = run.json("stoploss", "policy")["data"]["policies"]
    assert [row["verdict"] for row in specific["statutory"]] == ["below"]
    assert [(row["required"], row["found"]) for row in aggregate["statutory"]] == [("50000.00", "120000.00")]
    assert "below: 30000.00 found, 40000.00 required" in run.ok("stoploss", "policy")


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ((), 3, "names no jurisdiction"),
        (("--jurisdiction", "US-XX"), 4, "no rule of US-XX"),
        (("--jurisdiction", "US-CA", "--policy", "NONE"), 3, "Bound are"),
    ],
)
def test_a_minimum_that_cannot_be_told_is_refused(run, given: tuple[str, ...], code: int, said: str) -> None:
    started(run)
    result = run("stoploss", "statutory", "--year", "2025", *given)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_members_are_asked_for_when_nobody_is_enrolled(run) -> None:
    Path("plan.toml").write_text(PLAN.format(deductible="50000.00", aggregate=FACTOR, plan=""), encoding="utf-8")
    run.ok("init", "plan.toml", "--year", "2025")
    asked = ("stoploss", "statutory", "--year", "2025", "--jurisdiction", "US-MD")
    assert "--members" in run(*asked).stderr
    assert run(*asked, "--members", "30").exit_code == 0
