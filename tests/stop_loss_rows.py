"""Payments and policies for tests of stop-loss, and the policy in the words of the second opinion."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger.calendar import day_number
from ledger.lines import Lines, lines_of
from ledger.stop_loss import SpecificPolicy

FIGURES = (
    "eligible", "run_in", "deductible", "excluded", "excess", "absorbed", "reimbursable", "crossed_on",
)  # fmt: skip
Row = dict[str, Any]


def row(member: str, eligible: int, paid_on: date, incurred_on: date | None = None, **more: Any) -> Row:
    """A payment that counts, unless said otherwise."""
    return {
        "member": member,
        "family": "F" + member,
        "coverage": "MED",
        "incurred_on": day_number(incurred_on or paid_on),
        "paid_on": day_number(paid_on),
        "amount": eligible,
        "eligible": eligible,
        "specific_eligible": 1,
        "aggregate_eligible": 1,
        "claim_id": "C1",
        "claim_line": 0,
        "txn_type": "PAYMENT",
        **more,
    }


def undone(of: Row, amount: int | None = None) -> Row:
    """The void (or part refund) of a row."""
    back = of["eligible"] if amount is None else amount
    return {**of, "amount": -back, "eligible": -back, "txn_type": "VOID"}


def told(own: SpecificPolicy) -> dict[str, Any]:
    """The policy in the words of the oracle."""
    terms = own.terms
    return {
        "effective": (own.effective.year, own.effective.month, own.effective.day),
        "expires": None if own.expires is None else day_number(own.expires),
        "basis": terms.contract_basis,
        "covered": terms.covered,
        "key": "member" if terms.unit == "person" else "family",
        "deductible": terms.deductible,
        "lasers": [
            {
                "member": laser.member,
                "deductible": laser.deductible,
                "from": None if laser.from_date is None else day_number(laser.from_date),
                "to": None if laser.to_date is None else day_number(laser.to_date),
            }
            for laser in own.lasers
        ],
        "percentage": terms.percentage,
        "annual_maximum": terms.annual_maximum,
        "lifetime_maximum": terms.lifetime_maximum,
        "asd": terms.aggregating_deductible,
        "run_in_person": terms.run_in_limit_person,
        "run_in_total": terms.run_in_limit_total,
    }


def paged(found: list[Row], size: int = 5) -> list[Lines]:
    """The rows in pages."""
    return list(lines_of(found).pages(size)) if found else []
