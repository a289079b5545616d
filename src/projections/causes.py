"""Why a figure moved: the cause that each kind of event stands for, and when its effect falls.

Shared: differences uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from ledger import events as e
from ledger.calendar import day_number, moment_of
from ledger.recorded import Recorded

TIME = "passing of time"
# The order in which causes are replayed: what others build on comes first, what takes back comes last.
ORDER = (
    "terms", "budget", "retro enrollment", "payment", "late claim", "void", "refund", "reclassification", "recovery",
    "provider adjustment", "rebate", "fee", "premium", "contribution", "funding", "stop-loss claim", "decision",
    "appeal", "reimbursement", "return to the carrier", "write-off", "advance", "accommodation", "finalisation",
    "other", "settlement", "correction",
)  # fmt: skip
_CAUSES: Mapping[type[e.Event], str] = {
    e.BudgetSet: "budget", e.BudgetRevised: "budget", e.EnrollmentRecorded: "retro enrollment",
    e.PaymentsReissued: "payment", e.ClaimPaymentsVoided: "void", e.ClaimRefundsReceived: "refund",
    e.SubrogationRecovered: "recovery", e.ProviderAdjustmentHeld: "provider adjustment", e.RebateReceived: "rebate",
    e.FeeCharged: "fee", e.StopLossPremiumBilled: "premium", e.ContributionReceived: "contribution",
    e.FundingReceived: "funding", e.StopLossClaimFiled: "stop-loss claim", e.StopLossClaimDecided: "decision",
    e.StopLossTriggered: "stop-loss claim", e.ReimbursementReceived: "reimbursement", e.SettlementPosted: "settlement",
    e.SurplusDeclared: "settlement", e.DeficitDeclared: "settlement", e.CorrectionPosted: "correction",
    e.PlanRegistered: "terms", e.FundingArrangementSet: "terms", e.PlanYearOpened: "terms",
    e.StopLossPolicyBound: "terms", e.AggregateFactorSet: "terms", e.LaserSet: "terms",
    e.LaserRemoved: "terms", e.StopLossClaimAcknowledged: "stop-loss claim",
    e.StopLossInformationRequested: "stop-loss claim", e.StopLossClaimAppealed: "appeal",
    e.StopLossClaimWrittenOff: "write-off", e.ReimbursementReturned: "return to the carrier",
    e.SpecificAdvanceFunded: "advance", e.SpecificAdvanceReturned: "advance",
    e.AccommodationAdvanced: "accommodation", e.AccommodationRepaid: "accommodation",
    e.AggregateFinalized: "finalisation",
}  # fmt: skip
MEANING: Mapping[str, str] = {
    "terms": "terms of the plan, a policy, a factor or a laser were set, changed or removed",
    "budget": "the budget was set or revised, or a month of it fell due",
    "retro enrollment": "the enrolled lives of a month were recorded or corrected",
    "payment": "claims were paid or reissued",
    "late claim": "claims paid by the date were recorded only after it",
    "void": "payments were voided or stopped",
    "refund": "providers or members paid claims back",
    "reclassification": "claims were moved to another member, coverage or date",
    "recovery": "third parties paid for claims of the plan",
    "provider adjustment": "a provider's balance was held or released",
    "rebate": "pharmacy rebates came in",
    "fee": "administration fees were charged",
    "premium": "stop-loss premium was billed",
    "contribution": "participants paid their share",
    "funding": "the sponsor paid money into the fund",
    "stop-loss claim": "a claim on the carrier was filed, acknowledged or queried, or a member crossed the deductible",
    "decision": "the carrier approved or denied a claim, or a part of it",
    "appeal": "what the carrier denied was claimed again",
    "reimbursement": "the carrier paid on a claim",
    "return to the carrier": "money received on a claim went back",
    "write-off": "what was still due on a claim was given up",
    "advance": "the carrier paid ahead of a claim, or what it paid ahead went back",
    "accommodation": "the carrier lent against the aggregate, or was repaid",
    "finalisation": "the final figures of an aggregate policy were kept",
    "other": "recorded events that by themselves move no figure",
    "settlement": "a settlement placed the balance of a year",
    "correction": "an earlier event was taken back in full",
    TIME: "no event: days went by, months fell due or a policy year ended",
}
"""What each cause means, in a sentence a reader of the difference is given."""
_DATES = (
    "effective_on", "received_on", "filed_on", "decided_on", "appealed_on", "written_off_on", "returned_on",
    "finalized_on",
)  # fmt: skip
_FAR = date(2200, 1, 1)


def cause(recorded: Recorded, until: date) -> str:
    """The cause an event stands for; a payment recorded after the date the question is about is a late claim."""
    event = recorded.event
    if isinstance(event, e.ClaimsPaid):
        return "late claim" if moment_of(recorded.recorded_at).date() > until else "payment"
    if isinstance(event, e.Disposition):
        return "settlement"
    if "reclassif" in event.kind:
        return "reclassification"
    return _CAUSES.get(type(event), "other")


def put_off(recorded: Recorded, after: date, until: date) -> Recorded:
    """The event as if what it books between two dates (the first excluded) were not due yet; else itself."""
    event = recorded.event
    if isinstance(event, e.Page):
        days = event.lines["booked_on"]
        mask = (days > day_number(after)) & (days <= day_number(until))
        if not mask.any():
            return recorded
        lines = event.lines.replaced(booked_on=np.where(mask, day_number(_FAR), days))
        return replace(recorded, event=event.model_copy(update={"lines": lines}))
    moved = {name: _FAR for name in _DATES if after < (getattr(event, name, None) or after) <= until}
    return replace(recorded, event=event.model_copy(update=moved)) if moved else recorded
