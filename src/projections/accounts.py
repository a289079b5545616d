"""The chart of accounts. Shared: every projection may use it. Codes are small and never reused.

Income and liabilities are credit accounts, spending and assets are debit accounts; a memo pair (due from
sponsor and budget) carries the budget beside the money. ``docs/chart-of-accounts.md`` says the same in a
table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Side = Literal["debit", "credit"]


class Account(IntEnum):
    """Account codes as they stand in the columns of transfers."""

    CASH = 10
    OUTSIDE = 11
    DUE_FROM_SPONSOR = 12
    BETWEEN_YEARS = 13
    CLAIMS_PAID = 20
    CLAIMS_REISSUED = 21
    CLAIMS_VOIDED = 22
    CLAIMS_REFUNDED = 23
    RECOVERIES = 24
    RECOVERY_FEES = 25
    SUSPENSE = 26
    FEES = 30
    PREMIUM = 31
    FUNDING = 40
    REBATES = 41
    CONTRIBUTIONS = 42
    REIMBURSEMENTS = 43
    BUDGET = 44
    CARRIER_ADVANCES = 45
    ACCOMMODATION = 46
    BROUGHT_FORWARD = 50
    CARRIED_FORWARD = 51
    PLACED_IN_RESERVE = 52
    FLUCTUATION_RESERVE = 53
    HOLD_BACK = 54
    REFUNDED = 55
    REDISTRIBUTED = 56
    DEFICIT_FUNDED = 57


@dataclass(frozen=True, slots=True)
class Entry:
    """One account: its name, the side on which it grows, the kinds of events that post it, what it holds."""

    name: str
    side: Side
    posted_by: tuple[str, ...]
    meaning: str


_CLAIMS = ("claims-paid", "payments-reissued", "claim-payments-voided", "claim-refunds-received")
_ADVANCES = ("specific-advance-funded", "specific-advance-returned")
_ACCOMMODATION = ("accommodation-advanced", "accommodation-repaid")
_OTHER_CASH = (
    "subrogation-recovered", "provider-adjustment-held", "rebate-received", "fee-charged",
    "stop-loss-premium-billed", "contribution-received", "funding-received", "reimbursement-received",
    "surplus-refunded", "surplus-redistributed", "deficit-funded", "reimbursement-returned", *_ADVANCES,
    *_ACCOMMODATION,
)  # fmt: skip
_CARRIED = ("surplus-carried-forward", "deficit-carried-forward")
_BUDGET = ("budget-set", "budget-revised")

CHART: Mapping[Account, Entry] = {
    Account.CASH: Entry("Cash of the fund", "debit", _CLAIMS + _OTHER_CASH, "money in less money out"),
    Account.OUTSIDE: Entry("Balances from outside", "debit", ("plan-year-opened",), "other side of an opening"),
    Account.DUE_FROM_SPONSOR: Entry("Due from sponsor (memo)", "debit", _BUDGET, "other side of the budget"),
    Account.BETWEEN_YEARS: Entry("Between plan years", "debit", _CARRIED, "always zero over all plan years"),
    Account.CLAIMS_PAID: Entry("Claims paid", "debit", ("claims-paid",), "payments released, with adjustments"),
    Account.CLAIMS_REISSUED: Entry("Claims reissued", "debit", ("payments-reissued",), "payments that replace others"),
    Account.CLAIMS_VOIDED: Entry("Claims voided", "credit", ("claim-payments-voided",), "payments taken back"),
    Account.CLAIMS_REFUNDED: Entry("Claims refunded", "credit", ("claim-refunds-received",), "returned by payees"),
    Account.RECOVERIES: Entry("Recoveries", "credit", ("subrogation-recovered",), "third parties paid, gross"),
    Account.RECOVERY_FEES: Entry("Recovery fees", "debit", ("subrogation-recovered",), "kept by the vendor"),
    Account.SUSPENSE: Entry(
        "Provider adjustments in suspense", "credit", ("provider-adjustment-held",), "835 PLB, not yet placed"
    ),
    Account.FEES: Entry("Administration fees", "debit", ("fee-charged",), "fees less credits"),
    Account.PREMIUM: Entry("Stop-loss premium", "debit", ("stop-loss-premium-billed",), "premium less credits"),
    Account.FUNDING: Entry("Funding by the sponsor", "credit", ("funding-received",), "deposits"),
    Account.REBATES: Entry("Pharmacy rebates", "credit", ("rebate-received",), "rebates received"),
    Account.CONTRIBUTIONS: Entry("Contributions", "credit", ("contribution-received",), "paid by participants"),
    Account.REIMBURSEMENTS: Entry(
        "Stop-loss reimbursements",
        "credit",
        ("reimbursement-received", "reimbursement-returned"),
        "received from carriers, less returned",
    ),
    Account.BUDGET: Entry("Budgeted claims funding (memo)", "credit", _BUDGET, "the budget, on each month's start"),
    Account.CARRIER_ADVANCES: Entry(
        "Specific advances", "credit", _ADVANCES, "paid ahead by carriers for named payments, less returned"
    ),
    Account.ACCOMMODATION: Entry(
        "Aggregate accommodation", "credit", _ACCOMMODATION, "advanced against the aggregate, less repaid"
    ),
    Account.BROUGHT_FORWARD: Entry(
        "Balance brought forward", "credit", ("plan-year-opened", *_CARRIED), "what a plan year opens with"
    ),
    Account.CARRIED_FORWARD: Entry("Balance carried forward", "debit", _CARRIED, "what a plan year hands on"),
    Account.PLACED_IN_RESERVE: Entry(
        "Surplus placed in reserve", "debit", ("reserve-transferred",), "other side of reserve and hold-back"
    ),
    Account.FLUCTUATION_RESERVE: Entry(
        "Claims fluctuation reserve", "credit", ("reserve-transferred",), "surplus kept against bad years"
    ),
    Account.HOLD_BACK: Entry("Hold-back", "credit", ("reserve-transferred",), "surplus held until run-out ends"),
    Account.REFUNDED: Entry("Surplus refunded", "debit", ("surplus-refunded",), "to the sponsor or the insurer"),
    Account.REDISTRIBUTED: Entry("Surplus redistributed", "debit", ("surplus-redistributed",), "to participants"),
    Account.DEFICIT_FUNDED: Entry("Deficit funded", "credit", ("deficit-funded",), "by the sponsor or the insurer"),
}

SIZE = max(Account) + 1
