"""One example of every kind of event."""

from __future__ import annotations

from hashlib import sha256

from ledger import events as e
from ledger.terms import ApprovalTerms, Laser, SpecificTerms
from story import budget, day, filed, line, money, opened, page, registered, reimbursed

POSTED = {"settlement": "S-2025-01", "year": 2025, "amount": 100, "effective_on": day("2025-12-31")}
DAY = day("2025-06-01")
COUNTS = {
    "rows_read": 1, "rows_recorded": 1, "rows_duplicate": 0, "rows_not_ours": 0, "rows_quarantined": 0,
    "cents_recorded": 1, "cents_duplicate": 0, "cents_not_ours": 0, "cents_quarantined": 0,
}  # fmt: skip

EXAMPLES: tuple[e.Event, ...] = (
    *registered(),
    opened(2025, 5),
    budget(1_200),
    budget(2_400, kind=e.BudgetRevised, replaces_version=4, reason="more lives"),
    e.EnrollmentRecorded(month="2025-01", counts=(e.TierLives(tier="EE", lives=3),)),
    e.StopLossPolicyBound(
        policy="SP-25", coverage_kind="specific", effective=day("2025-01-01"),
        specific=SpecificTerms(deductible=1, contract_basis="12/12"),
    ),
    e.AggregateFactorSet(policy="AG-25", tier="EE", factor="313.42", from_month="2025-01"),
    e.LaserSet(policy="SP-25", laser=Laser(member="M-9", deductible=5)),
    e.CheckRegisterReceived(register_id="R-1", lines=1, control_total=100, payments_total=100),
    page(line(100, "2025-06-01")),
    page(line(-100, "2025-06-02", original_version=11, original_line=1), kind=e.ClaimPaymentsVoided),
    page(line(100, "2025-06-03", original_version=11, original_line=1), kind=e.PaymentsReissued),
    page(line(-5, "2025-06-04", original_version=13, original_line=1), kind=e.ClaimRefundsReceived),
    e.SubrogationRecovered(
        recovery_id="V-1", member="M-1", incurred_on=DAY, paid_on=DAY, received_on=DAY, gross=9, fee=2
    ),
    e.ProviderAdjustmentHeld(register_id="R-1", reason="WO", reference="x", amount=4, effective_on=DAY),
    money(e.RebateReceived, 1, "2025-06-01"),
    money(e.FeeCharged, 2, "2025-06-01"),
    money(e.StopLossPremiumBilled, 3, "2025-06-01", policy="SP-25"),
    money(e.ContributionReceived, 4, "2025-06-01"),
    money(e.FundingReceived, 5, "2025-06-01"),
    e.StopLossTriggered(
        policy="SP-25", coverage_kind="specific", member="M-1", threshold=1, eligible=95, triggered_on=DAY,
        computed_through_version=14,
    ),
    filed(94, "2025-07-01"),
    e.StopLossClaimDecided(filing="SL-1", decision="approved", approved=94, decided_on=day("2025-07-09")),
    reimbursed(94, "2025-07-20"),
    e.PeriodClosed(month="2025-06"),
    e.SettlementPosted(
        settlement="S-2025-01", year=2025, as_of=day("2025-12-31"), known_at=26, lines=(), amount=100
    ),
    e.SurplusDeclared(**POSTED),
    e.DeficitDeclared(**POSTED),
    e.SurplusCarriedForward(**POSTED, to_year=2026),
    e.DeficitCarriedForward(**POSTED, to_year=2026),
    e.SurplusRefunded(**POSTED),
    e.SurplusRedistributed(**POSTED),
    e.ReserveTransferred(**POSTED, to="hold-back"),
    e.DeficitFunded(**POSTED),
    e.ImportBatchAccepted(
        file_sha256="ab" * 32, size=1, name="register-2025-06.csv", importer="register", **COUNTS
    ),
    e.ImportBatchRefused(
        file_sha256="cd" * 32, size=1, name="x.csv", importer="register", rows_read=1, problems=1, codes=()
    ),
    e.StopLossClaimAcknowledged(filing="F", acknowledged_on=DAY),
    e.StopLossInformationRequested(filing="F", requested_on=DAY, what="bill"),
    e.StopLossClaimAppealed(filing="F", amount=1, appealed_on=DAY, reason="eligible"),
    e.StopLossClaimWrittenOff(filing="F", amount=1, written_off_on=DAY, reason="lost"),
    e.ReimbursementReturned(filing="F", year=2025, amount=1, returned_on=DAY, reason="twice"),
    e.SpecificAdvanceFunded(
        advance="A",
        policy="P",
        member="M",
        payments=(e.PaymentAt(version=9, line=1),),
        amount=2,
        received_on=DAY,
        year=2025,
    ),
    e.SpecificAdvanceReturned(advance="A", amount=1, returned_on=DAY, reason="voided", year=2025),
    e.AccommodationAdvanced(policy="P", month="2025-03", amount=3, effective_on=DAY, year=2025),
    e.AccommodationRepaid(policy="P", month="2025-03", amount=1, effective_on=DAY, year=2025),
    e.StopLossNoticeSent(
        notice="N", policy="P", member="M", basis="50pct", amount_at_notice=5, due_on=DAY, sent_on=DAY
    ),
    e.ActorEnrolled(actor="controller", person="P-1", roles=("administrator", "preparer")),
    e.RoleGranted(actor="controller", role="approver"),
    e.MemberKeyErased(member="M", key_version=1, erased_on=DAY, reason="term over"),
    e.LegalHoldSet(member="M", reason="lawsuit"),
    e.LegalHoldReleased(member="M", reason="settled"),
    e.ExportProduced(report="claimants", form="csv", sha256="ef" * 32, size=3),
    e.RoleRevoked(actor="controller", role="approver", reason="moved"),
    e.PeriodReopened(month="2025-06", reason="carrier advice late"),
    e.ApprovalsSet(terms=ApprovalTerms(settlement=True, manual_adjustment=True, manual_adjustment_above=1000)),
    e.ChangeProposed(
        change="close-period", command="{}", sha256=sha256(b"{}").hexdigest(), summary="Post it", amount=5,
        expires_on=DAY,
    ),
    e.ChangeApproved(proposal=1, sha256="ab" * 32),
    e.ChangeRejected(proposal=1, sha256="ab" * 32, reason="no"),
    e.ChangeWithdrawn(proposal=1, sha256="ab" * 32),
    e.LaserRemoved(policy="SP-25", member="M-9", from_date=day("2025-08-01"), reason="Treatment ended"),
    e.AggregateFinalized(
        policy="AG-25", attachment_point=100, eligible=95, reimbursable=0, audit_ref="AUD-1", finalized_on=DAY,
        computed_through_version=14,
    ),
    e.CorrectionPosted(corrects_version=18, corrects_kind="fee-charged", effective_on=DAY, reason="twice"),
)  # fmt: skip
