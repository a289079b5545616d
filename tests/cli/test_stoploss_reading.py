"""The readings of stop-loss beside its registers: explanations, other terms, listings and notices."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "output"
READERS = {
    "stoploss-explain": ("stoploss", "explain", "M-4F2A", "--year", "2025"),
    "stoploss-whatif": ("stoploss", "whatif", "--year", "2025", "--set", "specific.deductible=75000"),
    "stoploss-listing": ("stoploss", "listing", "--kind", "specific", "--year", "2025"),
    "stoploss-policy": ("stoploss", "policy"),
    "stoploss-notices": ("stoploss", "notices", "--year", "2025"),
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


def figures(plan, *given: str) -> dict[str, tuple[str, str]]:
    data = plan.json("stoploss", "whatif", "--year", "2025", *given)["data"]
    return {row["figure"]: (row["now"], row["changed"]) for row in data["figures"]}


def test_other_terms_stand_beside_those_in_force(plan) -> None:
    found = figures(plan, "--set", "specific.deductible=75000", "--set", "specific.percentage=0.90")
    assert found["specific_excess"] == ("20000.10", "45000.10")
    assert found["specific_reimbursable"] == ("20000.10", "40500.09")
    assert figures(plan, "--policy", "plan.toml")["specific_excess"] == ("20000.10", "20000.10")
    found = figures(plan, "--set", "aggregate.corridor=1.2")
    assert found["attachment_point"][1] == "1440000.00"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("specific.deductable=1", "Did you mean 'specific.deductible'?"),
        ("specific.contract_basis=12-15", "specific.contract_basis"),
        ("specific.percentage=2", "must be above 0 and at most 1"),
        ("aggregate.accommodation=yes", "write true or false"),
        ("specific.deductible=-1", "must not be negative"),
        ("nonsense", "is not KEY=VALUE"),
        ("SPEC-2026.deductible=1.00", "Did you mean 'SPEC-2025'?"),
        ("specific.laser.M-1=high", "--set specific.laser.M-1"),
        ("specific.laser=1.00", "unknown key"),
        ("specific.effective=2024-06-01", "would run from 2024-06-01"),
        ("specific.expires=2024-12-31", "would run from 2025-01-01 to 2024-12-31"),
        ("aggregate.factor.EE.XXX=1.00", "use one of"),
    ],
)
def test_a_term_that_is_not_one_is_refused_with_what_to_write(plan, given: str, said: str) -> None:
    result = plan("stoploss", "whatif", "--year", "2025", "--set", given)
    assert result.exit_code == 3
    assert said in result.stderr


def test_a_listing_foots_to_the_register(plan) -> None:
    listed = plan.json("stoploss", "listing", "--kind", "specific", "--year", "2025")["data"]
    register = plan.json("stoploss", "specific", "--year", "2025", "--all")["data"]
    assert listed["total"]["counted"] == register["total"]["eligible_paid"] == "120000.10"
    text = plan.ok("stoploss", "listing", "--kind", "aggregate", "--year", "2025", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["policy"].strip(), row["counted"]) for row in rows[2:]] == [
        ("Total AGG-2025", "120000.10"), ("above the run-in limits", "0.00"),
        ("above the limit per person", "-20000.10"), ("Eligible AGG-2025", "100000.00"),
    ]  # fmt: skip
    data = plan.json("stoploss", "aggregate", "--year", "2025")["data"]
    assert data["eligible"] == rows[-1]["counted"]
    assert listed["footing"][0]["plan_paid"] == plan.json("stoploss", "buckets")["data"]["policies"][0]["net_paid"]


def test_notices_are_due_some_days_after_the_end_of_the_month(plan) -> None:
    found = plan.json("stoploss", "notices", "--year", "2025", "--as-of", "2025-04-30")["data"]["notices"]
    assert [(one["kind"], one["since"], one["due"]) for one in found] == [
        ("notice-level", "2025-03-04", "2025-05-01"),
        ("deductible-reached", "2025-04-04", "2025-05-31"),
    ]
    found = plan.json("stoploss", "notices", "--year", "2025", "--as-of", "2026-03-01")["data"]["notices"]
    assert [(one["kind"], one["due"], one["amount"]) for one in found if one["kind"] == "window-closing"] == [
        ("window-closing", "2026-03-31", "20000.10")
    ]


def test_a_policy_is_shown_with_its_windows_and_lasers(plan) -> None:
    plan.ok("stoploss", "laser", "M-4F2A", "--deductible", "110000.00")
    (found,) = plan.json("stoploss", "policy", "--policy", "SPEC-2025")["data"]["policies"]
    assert (found["expires"], found["window"]["paid_to"]) == ("2025-12-31", "2026-03-31")
    assert (found["terms"]["deductible"], found["lasers"][0]["deductible"]) == ("100000.00", "110000.00")
    assert plan("stoploss", "policy", "--policy", "NONE").exit_code == 3


def test_what_was_sent_stands_beside_what_is_due(plan) -> None:
    def states(*given: str) -> dict[str, str]:
        data = plan.json("stoploss", "notices", "--year", "2025", *given)["data"]
        return {row["kind"]: row["state"] for row in data["notices"]}

    assert states("--as-of", "2025-04-30") == {"notice-level": "due", "deductible-reached": "due"}
    assert states() == {"notice-level": "late", "deductible-reached": "late"}
    sent = ("stoploss", "notice", "M-4F2A", "--amount", "90000.00", "--due", "2025-05-01", "--date")
    plan.ok(*sent, "2025-04-20", "--basis", "50pct", "--reference", "N-1")
    plan.ok(*sent, "2025-05-20", "--basis", "deductible", "--reference", "N-2")
    plan.ok(*sent, "2025-04-02", "--basis", "stay", "--reference", "N-3")
    assert states() == {"notice-level": "sent", "deductible-reached": "sent late", "stay": "sent"}
    assert states("--as-of", "2025-04-30") == {"notice-level": "sent", "deductible-reached": "due", "stay": "sent"}
    assert "N-2" in plan.ok("stoploss", "notices", "--year", "2025")


def test_one_policy_its_lasers_dates_and_factors_are_changed_by_name(plan) -> None:
    before = plan.json("status")
    found = figures(plan, "--set", "SPEC-2025.specific.deductible=75000", "--set", "SPEC-2025.laser.M-4F2A=110000.00")
    assert found["specific_excess"] == ("20000.10", "10000.10")
    assert figures(plan, "--set", "specific.laser.M-4F2A=excluded")["specific_reimbursable"][1] == "0.00"
    assert figures(plan, "--set", "specific.effective=2025-04-01")["specific_excess"][1] == "0.00"
    assert figures(plan, "--set", "AGG-2025.factor.EE=10.00", "--set", "aggregate.factor.FAM=20.00",
                   "--set", "aggregate.minimum_attachment=0.00")["attachment_point"][1] == "6550.00"  # fmt: skip
    data = plan.json("stoploss", "whatif", "--year", "2025", "--set", "specific.deductible=75000")["data"]
    assert data["members"] == [
        {"policy": "SPEC-2025", "member": "M-4F2A", "now": "20000.10", "changed": "45000.10", "difference": "25000.00"}
    ]
    after = plan.json("status")
    assert (before["head"], before["last_event"]) == (after["head"], after["last_event"])


def test_an_explanation_fits_a_page(plan) -> None:
    for member in ("M-4F2A", "aggregate"):
        said = plan.ok("stoploss", "explain", member, "--year", "2025")
        assert max(map(len, said.splitlines())) <= 120


def test_a_month_of_the_aggregate_says_how_paid_becomes_eligible(plan) -> None:
    said = plan.ok("stoploss", "aggregate", "--year", "2025", "--monthly")
    assert max(map(len, said.splitlines())) <= 120
    data = plan.json("stoploss", "aggregate", "--year", "2025", "--monthly")["data"]
    for each in data["months"]:
        names = ("claims_paid", "taken_back", "not_accepted", "specific_excess", "eligible")
        paid, *off, eligible = (round(float(each[name]) * 100) for name in names)
        assert paid - sum(off) == eligible
    assert data["months_total"]["eligible"] == data["eligible"]
    assert data["finalized"] is None


def test_final_figures_stand_beside_those_of_now(plan) -> None:
    terms = plan.json("stoploss", "policy")["data"]["policies"]
    policy = next(each for each in terms if each["kind"] == "aggregate")["policy"]
    plan.ok("stoploss", "finalize", policy, "--audit-ref", "AUD-7", "--date", "2026-04-15")
    for name in ("aggregate", "accommodation", "policy"):
        year = () if name == "policy" else ("--year", "2025")
        asked = ("stoploss", name, *year, "--as-of", "2026-04-15")
        said = plan.ok(*asked)
        assert f"{policy} finalised on 2026-04-15 · audit AUD-7" in said
        assert "changed since it was finalised" not in said
        envelope = plan.json(*asked)
        jsonschema.validate(envelope, json.loads((SCHEMAS / f"stoploss-{name}.v1.json").read_text(encoding="utf-8")))
    late = ("--member", "M-LATE", "--amount", "10.00", "--paid", "2025-12-30", "--incurred", "2025-12-01")
    plan.ok("claim", "pay", *late, "--coverage", "MED", "--claim", "C-LATE", "--effective", "2026-04-10")
    said = plan.ok("stoploss", "aggregate", "--year", "2025", "--as-of", "2026-04-15")
    assert f"! {policy}: eligible paid changed since it was finalised." in said
    assert "finalised, audit AUD-7: attachment point" in plan.ok("events", "--kind", "aggregate-finalized")


def test_the_status_counts_what_carriers_have_still_to_be_told(plan) -> None:
    noticed = plan.json("stoploss", "notices", "--year", "2025", "--as-of", "2025-12-31")["data"]["notices"]
    status = plan.json("status", "--as-of", "2025-12-31")["data"]
    late = sum(each["state"] == "late" for each in noticed)
    assert status["notices_late"] == late > 0
    assert f"{late} late" in plan.ok("status", "--as-of", "2025-12-31")
