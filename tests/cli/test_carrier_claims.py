"""A claim on the carrier from filing to its end, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "output"


@pytest.fixture
def filed(plan: Any) -> Any:
    """A filing of 1,000.00 for the member over the deductible."""
    args = ("--amount", "1000.00", "--reference", "SL-1", "--date", "2026-01-10")
    plan.ok("stoploss", "file", "M-4F2A", *args)
    return plan


def row(run: Any, *more: str) -> dict[str, Any]:
    """The filing in the ageing, whose totals foot."""
    data = run.json("stoploss", "ageing", *more)["data"]
    assert data["total"]["outstanding"] == data["filings"][0]["outstanding"]
    found: dict[str, Any] = data["filings"][0]
    return found


def test_a_filing_goes_from_filed_to_closed(filed: Any) -> None:
    assert (row(filed)["state"], row(filed)["bucket"], row(filed)["days"]) == ("filed", "90+", 95)
    filed.ok("stoploss", "acknowledge", "SL-1", "--date", "2026-01-20")
    assert row(filed)["state"] == "acknowledged"
    assert row(filed, "--as-of", "2026-01-15")["state"] == "filed"
    filed.ok("stoploss", "more-info", "SL-1", "--what", "Itemised bill")
    assert row(filed)["state"] == "more_info"
    filed.ok("stoploss", "decide", "SL-1", "--approved", "600.00")
    assert (row(filed)["state"], row(filed)["denied"], row(filed)["outstanding"]) == ("partial", "400.00", "600.00")
    filed.ok("stoploss", "appeal", "SL-1", "--amount", "300.00", "--reason", "Was eligible")
    assert (row(filed)["state"], row(filed)["denied"], row(filed)["outstanding"]) == ("appealed", "100.00", "900.00")
    filed.ok("stoploss", "decide", "SL-1", "--approved", "800.00")
    filed.ok("stoploss", "receive", "SL-1", "--amount", "700.00")
    assert (row(filed)["state"], row(filed)["outstanding"]) == ("received", "100.00")
    filed.ok("stoploss", "write-off", "SL-1", "--amount", "100.00", "--reason", "Carrier will not pay")
    assert (row(filed)["state"], row(filed)["outstanding"]) == ("written_off", "0.00")
    assert filed("verify").exit_code == 0
    assert "written off: Carrier will not pay" in filed.ok("events")


@pytest.mark.parametrize(
    "command",
    [
        ("appeal", "SL-1", "--amount", "1.00", "--reason", "r"),
        ("write-off", "SL-1", "--amount", "1.00", "--reason", "r"),
        ("return", "SL-1", "--amount", "1.00", "--reason", "r"),
        ("acknowledge", "SL-9"),
    ],
)
def test_a_move_that_is_not_open_is_refused(filed: Any, command: tuple[str, ...]) -> None:
    result = filed("stoploss", *command)
    assert result.exit_code == 4, result.output


def test_an_overpayment_is_to_be_returned_and_then_is_not(filed: Any) -> None:
    filed.ok("stoploss", "decide", "SL-1", "--approved", "1000.00")
    filed.ok("stoploss", "receive", "SL-1", "--amount", "1200.00", "--overpayment")
    assert (row(filed)["to_return"], row(filed)["outstanding"]) == ("200.00", "0.00")
    filed.ok("stoploss", "return", "SL-1", "--amount", "200.00", "--reason", "Paid twice")
    assert (row(filed)["to_return"], row(filed)["received"]) == ("0.00", "1000.00")
    assert (
        filed.json("position", "--year", "2025", "--as-of", "2026-04-30")["data"]["reimbursements_received"]
        == "1000.00"
    )


def test_an_advance_is_returnable_once_its_payment_is_voided(plan: Any) -> None:
    payment = next(
        f"{event['event']}.1"
        for event in plan.json("events")["data"]["events"]
        if str(event["kind"]).startswith("claims-paid")
    )
    plan.ok("stoploss", "advance", "M-4F2A", "--amount", "500.00", "--reference", "A-1", "--payment", payment)
    assert plan.json("stoploss", "ageing")["data"]["advances"][0]["to_return"] == "0.00"
    plan.ok("claim", "void", payment, "--reason", "Never released")
    data = plan.json("stoploss", "ageing")["data"]
    assert data["advances"][0]["to_return"] == "500.00"
    Draft202012Validator(json.loads((SCHEMAS / "stoploss-ageing.v1.json").read_text())).validate(
        plan.json("stoploss", "ageing")
    )
    plan.ok("stoploss", "return", "A-1", "--amount", "500.00", "--reason", "Voided")
    assert plan.json("stoploss", "ageing")["data"]["advances"] == []


def test_an_accommodation_is_cash_and_a_debt_and_never_a_surplus(plan: Any) -> None:
    before = plan.json("position", "--year", "2025")["data"]
    plan.ok("stoploss", "accommodate", "--month", "2025-03", "--amount", "900.00", "--date", "2025-04-05")
    now = plan.json("position", "--year", "2025", "--as-of", "2025-06-30")["data"]
    assert now["due_to_carrier"] == "900.00"
    assert before["year"] == now["year"]
    args = ("--month", "2025-03", "--amount", "901.00", "--repaid")
    assert plan("stoploss", "accommodate", *args).exit_code != 0


def test_a_notice_is_kept_once_and_without_a_diagnosis(plan: Any) -> None:
    args = ("M-4F2A", "--basis", "diagnosis", "--amount", "90000.00", "--reference", "N-1", "--due", "2025-06-30")
    plan.ok("stoploss", "notice", *args)
    assert plan("stoploss", "notice", *args).exit_code != 0
