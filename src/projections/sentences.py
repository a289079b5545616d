"""Each event in one sentence of the field's words, with its business date and amount. Shared: audit trail and
trace.
"""

from __future__ import annotations

from datetime import date

from ledger import events as e
from ledger.calendar import day_of, month_start
from ledger.money import shown


def business_date(event: e.Event) -> date | None:
    """The date on which it happened in the world: of a page, the last date booked."""
    match event:
        case e.Page():
            return day_of(int(event.lines["booked_on"].max()))
        case e.MoneyEvent() | e.Disposition() | e.SurplusDeclared() | e.DeficitDeclared():
            return event.effective_on
        case e.CorrectionPosted() | e.ProviderAdjustmentHeld():
            return event.effective_on
        case e.SubrogationRecovered() | e.ReimbursementReceived():
            return event.received_on
        case e.StopLossTriggered():
            return event.triggered_on
        case e.StopLossClaimFiled():
            return event.filed_on
        case e.StopLossClaimDecided():
            return event.decided_on
        case e.StopLossClaimAcknowledged():
            return event.acknowledged_on
        case e.StopLossInformationRequested():
            return event.requested_on
        case e.StopLossClaimAppealed():
            return event.appealed_on
        case e.StopLossClaimWrittenOff():
            return event.written_off_on
        case e.ReimbursementReturned() | e.SpecificAdvanceReturned():
            return event.returned_on
        case e.SpecificAdvanceFunded():
            return event.received_on
        case e.Accommodation():
            return event.effective_on
        case e.AggregateFinalized():
            return event.finalized_on
        case e.StopLossNoticeSent():
            return event.sent_on
        case e.SettlementPosted():
            return event.as_of
        case e.MemberKeyErased():
            return event.erased_on
        case e.PlanYearOpened():
            return event.starts_on
        case e.FundingArrangementSet():
            return event.from_date
        case e.StopLossPolicyBound():
            return event.effective
        case e.EnrollmentRecorded() | e.PeriodClosed() | e.PeriodReopened():
            return month_start(event.month)
        case e.CheckRegisterReceived():
            return event.last_paid_on
    return None


def amount(event: e.Event) -> int | None:
    """The amount it is about, as recorded; nothing where there is none."""
    match event:
        case e.Page() | e.CheckRegisterReceived():
            return event.control_total
        case e.SubrogationRecovered():
            return event.gross - event.fee
        case e.BudgetSet():
            return event.total
        case e.PlanYearOpened():
            return event.opening
        case e.StopLossClaimDecided():
            return event.approved
        case e.StopLossTriggered():
            return event.eligible
        case e.ImportBatchAccepted():
            return event.cents_recorded
        case (
            e.MoneyEvent() | e.Disposition() | e.SurplusDeclared() | e.DeficitDeclared()
            | e.ProviderAdjustmentHeld() | e.ReimbursementReceived() | e.StopLossClaimFiled()
            | e.SettlementPosted() | e.StopLossClaimAppealed() | e.StopLossClaimWrittenOff()
            | e.ReimbursementReturned() | e.SpecificAdvanceFunded() | e.SpecificAdvanceReturned() | e.Accommodation()
        ):  # fmt: skip
            return event.amount
        case e.StopLossNoticeSent():
            return event.amount_at_notice
        case e.AggregateFinalized():
            return event.reimbursable
        case e.ChangeProposed():
            return event.amount
    return None


def summary(event: e.Event) -> str:
    """The event as a sentence. Raises ``TypeError`` for an event that nobody put into words."""
    for words in (_setting_up, _claims, _money, _carrier, _carrier_answers, _year_end, _people, _custody, _records):
        if (sentence := words(event)) is not None:
            return sentence
    raise TypeError(f"nobody put {type(event).topic()} into words")


def _setting_up(event: e.Event) -> str | None:
    match event:
        case e.PlanRegistered():
            return f"Plan {event.code} registered: {event.name}, {event.currency}"
        case e.FundingArrangementSet():
            terms = event.terms
            return f"Funding arrangement {terms.funding}, {terms.attribution} basis, from {event.from_date}"
        case e.PlanYearOpened():
            return f"Plan year {event.year} opened with {shown(event.opening)}"
        case e.BudgetRevised():
            return f"Budget of {event.year} revised to {shown(event.total)}: {event.reason}"
        case e.BudgetSet():
            return f"Budget of {event.year} set to {shown(event.total)}"
        case e.EnrollmentRecorded():
            word = "corrected" if event.correction else "recorded"
            return f"Enrollment of {event.month} {word}: {sum(c.lives for c in event.counts)} units"
        case e.StopLossPolicyBound():
            return f"Stop-loss policy {event.policy} ({event.coverage_kind}) bound from {event.effective}"
        case e.AggregateFactorSet():
            return f"Aggregate factor {event.factor} for {event.tier} on {event.policy} from {event.from_month}"
        case e.LaserSet():
            limit = "excluded" if event.laser.deductible is None else f"at {shown(event.laser.deductible)}"
            return f"Laser on {event.policy}: member {event.laser.member} {limit}"
        case e.LaserRemoved():
            return f"Laser on {event.policy} off from {event.from_date}: member {event.member}"
    return None


def _claims(event: e.Event) -> str | None:
    match event:
        case e.ClaimsPaid():
            return f"{_payments(event)} paid, register {event.register_id}"
        case e.ClaimPaymentsVoided():
            return f"{_payments(event)} voided" + (f": {event.reason}" if event.reason else "")
        case e.PaymentsReissued():
            return f"{_payments(event)} reissued, register {event.register_id}"
        case e.ClaimRefundsReceived():
            word = "refund" if event.count == 1 else "refunds"
            return f"{event.count:,} {word} received from payees, register {event.register_id}"
        case e.SubrogationRecovered():
            parts = f"{shown(event.gross)} less fee {shown(event.fee)}"
            return f"Subrogation recovered for member {event.member}: {parts}"
        case e.ProviderAdjustmentHeld():
            return f"Provider adjustment {event.reason} held in suspense, register {event.register_id}"
        case e.CheckRegisterReceived():
            return f"Register {event.register_id} received: {event.lines:,} lines, {shown(event.control_total)}"
    return None


def _payments(event: e.Page) -> str:
    return f"{event.count:,} claim payment" + ("" if event.count == 1 else "s")


def _money(event: e.Event) -> str | None:
    match event:
        case e.RebateReceived():
            return "Pharmacy rebate received" + (f" from {event.program}" if event.program else "")
        case e.FeeCharged():
            return f"Fee {'credited' if event.amount < 0 else 'charged'}: {event.fee_type}"
        case e.StopLossPremiumBilled():
            return f"Stop-loss premium {'credited' if event.amount < 0 else 'billed'} on {event.policy}"
        case e.ContributionReceived():
            return f"Contribution received ({event.contributor})"
        case e.FundingReceived():
            return "Funding received from the sponsor" + (f" by {event.method}" if event.method else "")
    return None


def _carrier(event: e.Event) -> str | None:
    match event:
        case e.StopLossTriggered():
            who = f"member {event.member}" if event.member else "the plan"
            return f"Stop-loss triggered on {event.policy}: {who} is over {shown(event.threshold)}"
        case e.StopLossClaimFiled():
            who = f" for member {event.member}" if event.member else ""
            return f"Stop-loss claim {event.filing} filed on {event.policy}{who}"
        case e.StopLossClaimDecided():
            return f"Stop-loss claim {event.filing} {event.decision}, {shown(event.approved)}"
        case e.ReimbursementReceived():
            return f"Stop-loss reimbursement received on {event.filing}"
    return None


def _carrier_answers(event: e.Event) -> str | None:
    match event:
        case e.StopLossClaimAcknowledged():
            return f"Stop-loss claim {event.filing} acknowledged by the carrier"
        case e.StopLossInformationRequested():
            return f"Carrier asked for more on stop-loss claim {event.filing}: {event.what}"
        case e.StopLossClaimAppealed():
            return f"Stop-loss claim {event.filing} appealed: {event.reason}"
        case e.StopLossClaimWrittenOff():
            return f"Stop-loss claim {event.filing} written off: {event.reason}"
        case e.ReimbursementReturned():
            return f"Stop-loss reimbursement returned on {event.filing}: {event.reason}"
        case e.SpecificAdvanceFunded():
            return f"Specific advance {event.advance} received under {event.policy} for member {event.member}"
        case e.SpecificAdvanceReturned():
            return f"Specific advance {event.advance} returned: {event.reason}"
        case e.AccommodationAdvanced():
            return f"Aggregate accommodation of {event.month} advanced under {event.policy}"
        case e.AccommodationRepaid():
            return f"Aggregate accommodation of {event.month} repaid under {event.policy}"
        case e.AggregateFinalized():
            again = f", again: {event.reason}" if event.reason else ""
            return (
                f"Aggregate {event.policy} finalised, audit {event.audit_ref}: attachment point "
                f"{shown(event.attachment_point)}, eligible {shown(event.eligible - event.rebates)}{again}"
            )
        case e.StopLossNoticeSent():
            return (
                f"Stop-loss notice {event.notice} sent under {event.policy} for member {event.member} ({event.basis})"
            )
    return None


def _year_end(event: e.Event) -> str | None:
    match event:
        case e.PeriodClosed():
            return f"Month {event.month} closed"
        case e.PeriodReopened():
            return f"Month {event.month} reopened: {event.reason}"
        case e.SettlementPosted():
            again = f", in place of {event.supersedes}" if event.supersedes else ""
            return f"Settlement {event.settlement} of {event.year} posted ({event.settlement_kind}){again}"
        case e.SurplusDeclared():
            return f"Surplus of {event.year} declared by {event.settlement}"
        case e.DeficitDeclared():
            return f"Deficit of {event.year} declared by {event.settlement}"
        case e.SurplusCarriedForward():
            return f"Surplus of {event.year} carried forward to {event.to_year}"
        case e.DeficitCarriedForward():
            over = f", recovered over {event.recovery_months} months" if event.recovery_months else ""
            return f"Deficit of {event.year} carried forward to {event.to_year}{over}"
        case e.SurplusRefunded():
            how = "left" if event.payee == "insurer" else "refunded"
            return f"Surplus of {event.year} {how} to the {event.payee}"
        case e.SurplusRedistributed():
            return f"Surplus of {event.year} redistributed to {event.recipients}"
        case e.ReserveTransferred():
            return f"Surplus of {event.year} placed in {event.to.replace('-', ' ')}"
        case e.DeficitFunded():
            return f"Deficit of {event.year} {'borne' if event.payer == 'insurer' else 'funded'} by the {event.payer}"
    return None


def _people(event: e.Event) -> str | None:
    match event:
        case e.ActorEnrolled():
            who = "" if event.person == event.actor.casefold() else f" (person {event.person})"
            login = f", under the login {event.login} only" if event.login else ""
            return f"{event.actor}{who} enrolled as {', '.join(event.roles)}{login}"
        case e.RoleGranted():
            return f"{event.actor} made {event.role}"
        case e.RoleRevoked():
            return f"{event.actor} no longer {event.role}" + (f": {event.reason}" if event.reason else "")
        case e.ApprovalsSet():
            from ledger.two_people import needing_two  # A reader seldom needs the commands that it loads.

            return needing_two(event.terms)
        case e.ChangeProposed():
            return f"Proposed until {event.expires_on}: {event.summary}"
        case e.ChangeApproved():
            return f"Proposed change {event.sha256[:8]} approved"
        case e.ChangeRejected():
            return f"Proposed change {event.sha256[:8]} rejected: {event.reason}"
        case e.ChangeWithdrawn():
            return f"Proposed change {event.sha256[:8]} withdrawn" + (f": {event.reason}" if event.reason else "")
    return None


def _custody(event: e.Event) -> str | None:
    match event:
        case e.MemberKeyErased():
            early = ", before the end of retention" if event.before_retention else ""
            return f"Key to member {event.member} erased{early}: {event.reason}"
        case e.LegalHoldSet():
            until = f" until {event.until}" if event.until else ""
            return f"Legal hold on member {event.member}{until}: {event.reason}"
        case e.LegalHoldReleased():
            return f"Legal hold on member {event.member} released: {event.reason}"
        case e.ExportProduced():
            whom = f" for {event.recipient}" if event.recipient else ""
            return f"Export of {event.report} as {event.form}{whom}"
    return None


def _records(event: e.Event) -> str | None:
    match event:
        case e.ImportBatchAccepted():
            return f"File {event.name} taken in: {event.rows_recorded:,} of {event.rows_read:,} rows recorded"
        case e.ImportBatchRefused():
            return f"File {event.name} refused whole: {event.problems:,} problems"
        case e.CorrectionPosted():
            return f"Correction: {event.corrects_kind} taken back in full: {event.reason}"
    return None
