"""What follows from a command: ``decide(command, plan)`` gives events or raises a Refusal. Pure; reads no clock."""

from __future__ import annotations

from typing import assert_never

from ledger import commands as cmd
from ledger import decide_carrier as carrier_side
from ledger import decide_custody as custody_side
from ledger import decide_money as money_side
from ledger import decide_people as people_side
from ledger import decide_register as register_side
from ledger import decide_terms as terms_side
from ledger import events as ev
from ledger.plan import Plan
from ledger.rules import NotAllowed, UnknownPlan


def decide(command: cmd.Command, plan: Plan) -> tuple[ev.Event, ...]:
    """The events that a command adds to a plan's history. Raises :class:`ledger.refusals.Refusal`."""
    if plan.registered is None and not isinstance(command, cmd.RegisterPlan):
        raise UnknownPlan(plan.code)
    match command:
        case (
            cmd.RegisterPlan() | cmd.SetArrangement() | cmd.OpenYear() | cmd.SetBudget() | cmd.ReviseBudget()
            | cmd.RecordEnrollment() | cmd.BindPolicy() | cmd.SetFactor() | cmd.SetLaser() | cmd.RemoveLaser()
            | cmd.ClosePeriod() | cmd.ReopenPeriod()
        ):  # fmt: skip
            return terms_side.decide_terms(command, plan)
        case cmd.RecordRegister():
            return register_side.record_register(command, plan)
        case cmd.VoidPayment():
            return register_side.void_payment(command, plan)
        case (
            cmd.HoldAdjustment() | cmd.RecordRecovery() | cmd.RecordMoney() | cmd.FileClaim() | cmd.DecideClaim()
            | cmd.ReceiveReimbursement() | cmd.PostSettlement() | cmd.Correct()
        ):  # fmt: skip
            return money_side.decide_money(command, plan)
        case (
            cmd.AcknowledgeClaim() | cmd.RequestInformation() | cmd.AppealClaim() | cmd.WriteOffClaim()
            | cmd.ReturnReimbursement() | cmd.FundAdvance() | cmd.ReturnAdvance() | cmd.Accommodate() | cmd.SendNotice()
            | cmd.FinalizeAggregate()
        ):  # fmt: skip
            return carrier_side.decide_carrier(command, plan)
        case cmd.AcceptImport() | cmd.RefuseImport():
            return (register_side.import_event(command),)
        case cmd.EnrollActor() | cmd.GrantRole() | cmd.RevokeRole() | cmd.SetApprovals():
            return people_side.decide_people(command, plan)
        case cmd.ApproveChange() | cmd.RejectChange() | cmd.WithdrawChange():
            raise NotAllowed("actor", "A proposed change is answered by somebody.", "Ask through ledger.authority.")
        case cmd.EraseMemberKey() | cmd.SetLegalHold() | cmd.ReleaseLegalHold() | cmd.RecordExport():
            return custody_side.decide_custody(command, plan)
        case _:
            assert_never(command)
