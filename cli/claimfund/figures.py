"""The figures of a position as data: keys that scripts rely on, amounts as text with two decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from projections.position import Figures, PositionView

AMOUNTS = (
    "opening", "budget", "claims_paid", "gross_claims", "voids", "refunds", "recoveries", "rebates", "fees",
    "stop_loss_premium", "contributions", "funding_received", "reimbursements_received",
    "reimbursements_receivable", "due_to_carrier",
)  # fmt: skip

LINES = {
    "budget": "Budgeted claims funding", "gross-claims": "Gross claims paid", "voids": "Voids", "refunds": "Refunds",
    "claims-paid": "Claims paid, net", "recoveries": "Third-party recoveries", "rebates": "Pharmacy rebates",
    "fees": "Administrative services fees", "stop-loss-premium": "Stop-loss premium",
    "contributions": "Participants' contributions", "funding-received": "Claims funding received",
    "reimbursements-received": "Stop-loss reimbursements", "opening": "Brought forward",
    "reimbursements-receivable": "Stop-loss reimbursements receivable", "closing": "Carried forward",
    "surplus-for-year": "Surplus (deficit) for the year",
}  # fmt: skip

PARTS = {**LINES, "due-to-carrier": "Due to the stop-loss carrier", "dispositions": "Dispositions of the balance"}

TRACED = {
    **PARTS, "position-budget": "Budget view: budget to date less claims",
    "position-cash": "Cash view: money in less money out",
    "position-accrual": "Accrual view: with receivables and payables",
}  # fmt: skip
"""Every line of the position that can be traced, with its title."""

BODY = (
    "gross-claims", "voids", "refunds", "reimbursements-received", "reimbursements-receivable", "recoveries",
    "rebates", "contributions", "fees", "stop-loss-premium",
)  # fmt: skip


def figures(view: PositionView) -> dict[str, Any]:
    """The position as JSON data."""
    return {**_figures(view), "months": [{"month": month.month, **_figures(month)} for month in view.months]}


def _figures(found: Figures) -> dict[str, Any]:
    from ledger.money import money

    made: dict[str, Any] = {"year": found.year, "basis": found.basis}
    made |= {name: money(getattr(found, name)) for name in AMOUNTS}
    views = ("budget", "cash", "accrual")
    made["positions"] = {name: money(getattr(found.positions, name)) for name in views}
    made["surplus_for_year"] = money(found.surplus_for_year)
    made["dispositions"] = money(found.dispositions)
    made["closing"] = money(found.closing)
    return made


def months_csv(view: PositionView) -> list[dict[str, Any]]:
    """A flat row for each month; ``position`` is the running closing."""
    from ledger.money import money

    return [
        {
            "month": month.month,
            "budgeted_funding": money(month.budget),
            "claims_paid": money(month.claims_paid),
            "reimbursements": money(month.reimbursements_received),
            "admin_fees": money(month.fees),
            "stop_loss_premium": money(month.stop_loss_premium),
            "funding_received": money(month.funding_received),
            "position_budget": money(month.positions.budget),
            "position_cash": money(month.positions.cash),
            "position_accrual": money(month.positions.accrual),
            "position": money(month.closing),
        }
        for month in view.months
    ]
