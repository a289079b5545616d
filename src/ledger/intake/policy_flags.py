"""What contracts and plans differ in: the key of a plan document that says it, or why there is none.

The names are those under which the trade lists such choices; somebody who writes one of them in a plan document is told
what it is called here, or what this ledger does instead. ``docs/terms.md`` is the same list with defaults.
"""

from __future__ import annotations

from collections.abc import Mapping

KEYS: Mapping[str, tuple[str, ...]] = {
    "funding_basis": ("plan.funding_basis",),
    "rounding_mode": ("plan.rounding",),
    "specific_unit": ("stop_loss.specific.unit",),
    "basis": ("stop_loss.specific.contract_basis", "stop_loss.aggregate.contract_basis"),
    "inpatient_incurred_rule": (
        "stop_loss.specific.inpatient_incurred_rule", "stop_loss.aggregate.inpatient_incurred_rule",
    ),
    "reissue_paid_date": ("stop_loss.specific.reissue_paid_date", "stop_loss.aggregate.reissue_paid_date"),
    "void_window_rule": ("stop_loss.specific.void_window_rule", "stop_loss.aggregate.void_window_rule"),
    "rebates_reduce_aggregate": ("stop_loss.aggregate.rebates_reduce",),
    "asd_counts_to_aggregate": ("stop_loss.specific.asd_counts_to_aggregate",),
    "laser_band_counts": ("stop_loss.specific.laser_band_counts",),
    "aggregate_per_person_limit": ("stop_loss.aggregate.per_person_limit",),
    "ytd_minimum_mode": ("stop_loss.aggregate.ytd_minimum",),
    "enrolment_lag_months": ("stop_loss.aggregate.enrollment_lag_months",),
    "minimum_pct_first_month": ("stop_loss.aggregate.minimum_percent_of_first_month",),
    "recognition": ("stop_loss.recognition",),
    "recovery_allocation": ("stop_loss.specific.recovery_allocation",),
    "surplus_owner": ("settlement.surplus_owner",),
    "deficit_owner": ("settlement.deficit_owner",),
    "surplus_share_pct": ("settlement.surplus_share",),
    "deficit_carry_forward": ("settlement.deficit",),
    "run_out_months": ("settlement.run_out_months",),
}  # fmt: skip
"""The keys of a plan document that say each."""

NOT_TERMS: Mapping[str, str] = {
    "paid_rule": "a payment is paid on its paid date, the day it was released; send it once it is honoured",
    "retro_enrolment_limit_days": "a correction of enrollment counts whenever it is recorded; leave out what comes too "
    "late",
    "stale_days": "an uncashed check stays paid until it is voided; void it when the plan says that it is stale",
    "forfeiture_months": "an uncashed check stays paid until it is voided; void what is forfeited to the plan",
    "escheat_state": "unclaimed property is not tracked; what is handed to a state stays paid",
    "renewal_required": "a share of the surplus under a condition is not worked out; settle when it is met",
    "participant_share_of_surplus": "the participants' part of a surplus is not worked out; it is part of what is "
    "redistributed",
    "holdback_pct": 'what a settlement holds back is all that is left for it; write "hold-back" in settlement.surplus',
    "tax_profile": "taxes are not worked out; record them as fees",
    "ibnr_method": "an estimate of claims not yet paid is not worked out; a settlement has no such reserve",
    "margin_pct": "an estimate of claims not yet paid is not worked out; a settlement has no such reserve",
    "tail": "an estimate of claims not yet paid is not worked out; a settlement has no such reserve",
    "rounding_stage": "every amount is rounded once, at the total that a rate is applied to",
    "interest_basis": "interest on balances is not worked out; record it as other money",
}
"""What is not a term, and what is done instead."""


def hint(name: str) -> str:
    """What to say about a name that is no key of its table; empty when it is not one of these."""
    if name in NOT_TERMS:
        return f"is not a term: {NOT_TERMS[name]}"
    keys = [key for key in KEYS.get(name, ()) if not key.endswith(f".{name}")] or KEYS.get(name, ())
    return f"is written as {' or '.join(keys)}" if keys else ""
