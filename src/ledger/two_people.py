"""Which commands need two people on a plan, and what the second one is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never

import numpy as np

from ledger import commands as cmd
from ledger.custody import years_kept
from ledger.money import shown
from ledger.people import People
from ledger.plan import Plan
from ledger.terms import ApprovalTerms


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for in one sentence; its amount in minor units; the cut-off of the figures it rests on."""

    summary: str
    amount: int | None = None
    figures_as_of: date | None = None


def change_for_two(command: cmd.Command, plan: Plan, actor: str, *, from_file: bool) -> Change | None:
    """The change as a second person sees it, or nothing when one person may record it.

    An amount counts as entered by hand unless it was read from a file whose hash is recorded with it.
    """
    terms = plan.approvals
    match command:
        case cmd.SetApprovals():
            return Change(needing_two(command.terms)) if terms.asked_for else None
        case cmd.EnrollActor() | cmd.GrantRole() | cmd.RevokeRole():
            return _people(command, plan.people, actor) if terms.people else None
        case cmd.ReopenPeriod():
            return Change(f"Reopen {command.month}: {command.reason}"[:200]) if terms.reopening else None
        case cmd.PostSettlement():
            if not terms.settlement:
                return None
            kind = "final" if command.final else "interim"
            said = f"Post {kind} settlement {command.settlement} of plan year {command.year}: {shown(command.amount)}"
            return Change(said, abs(command.amount), command.as_of)
        case cmd.WriteOffClaim() if terms.write_off:
            said = f"Write off {shown(command.amount)} of filing {command.filing}: {command.reason}"
            return Change(said[:200], abs(command.amount))
        case cmd.DecideClaim() if terms.denial:
            denied = newly_denied(command, plan)
            said = f"Record {shown(command.approved)} of filing {command.filing} approved, {shown(denied)} denied"
            return Change(said, denied) if denied > terms.denial_above else None
        case cmd.EraseMemberKey() if terms.early_erasure and command.before_retention:
            return Change(f"Erase the key to member {command.member} before its term: {command.reason}"[:200])
        case cmd.SetArrangement() if terms.early_erasure and (years := _shorter(command, plan)) is not None:
            return Change(f"Keep members' records {years} years from {command.from_date} on, shorter than now")
        case _:
            moved = None if from_file or not terms.manual_adjustment else by_hand(command, plan)
            return moved if moved and (moved.amount or 0) > terms.manual_adjustment_above else None


def _shorter(command: cmd.SetArrangement, plan: Plan) -> int | None:
    """The years of retention that terms ask for, when erasing waits less long under them than now."""
    years, now = years_kept(command.terms), years_kept(plan.arrangements[-1][1]) if plan.arrangements else 0
    return years if years < now else None


def newly_denied(command: cmd.DecideClaim, plan: Plan) -> int:
    """What a carrier's decision takes from what is still claimed of a filing, in minor units; never below zero."""
    filing = plan.filings.get(command.filing)
    if filing is None:
        return 0
    claimed = filing.filed if filing.approved is None else filing.approved + filing.appealed
    return max(0, claimed - command.approved)


def needing_two(terms: ApprovalTerms) -> str:
    """What needs two people, in a sentence."""
    names = ("reopening", "settlement", "write_off", "people", "early_erasure")
    asked = [name.replace("_", " ") for name in names if getattr(terms, name)]
    if terms.manual_adjustment:
        asked.append(f"manual adjustment above {shown(terms.manual_adjustment_above)}")
    if terms.denial:
        asked.append(f"denial above {shown(terms.denial_above)}")
    return f"Two people needed for {', '.join(asked)}" if asked else "Nothing needs two people any more"


def _people(command: cmd.EnrollActor | cmd.GrantRole | cmd.RevokeRole, people: People, actor: str) -> Change | None:
    """Once somebody else can approve, nobody makes or unmakes approvers alone."""
    if not people.others_with("approver", people.person_of(actor)):
        return None
    match command:
        case cmd.EnrollActor():
            login = f" under the login {command.login} only" if command.login else ""
            if command.actor in people.enrolled:
                return Change(f"Let {command.actor} record{login}"[:200])
            who = f"{command.actor} ({command.person or command.actor})"
            return Change(f"Enroll {who} as {', '.join(command.roles)}{login}"[:200])
        case cmd.GrantRole():
            return Change(f"Make {command.actor} {command.role}")
        case cmd.RevokeRole():
            return Change(f"Take the role {command.role} from {command.actor}")


def by_hand(command: cmd.Command, plan: Plan) -> Change | None:
    """The money that a command moves when somebody types it in, or nothing when it moves none."""
    match command:
        case cmd.RecordRegister():
            moved = int(np.abs(command.lines["amount"]).sum())
            word = "line" if command.lines.count == 1 else "lines"
            said = f"Record register {command.register_id}: {command.lines.count} {word} by hand, {shown(moved)}"
            return Change(said, moved)
        case cmd.VoidPayment():
            page = plan.page(command.version)
            left = plan.open_amount(page, command.line) if page and 1 <= command.line <= page.lines.count else 0
            where = f"{page.position}.{command.line}" if page else ""
            return Change(f"Void claim payment {where}: {command.reason}"[:200], abs(left))
        case cmd.Correct():
            wrong = plan.correctable.get(command.version)
            amount = abs(int(getattr(wrong, "amount", 0) or getattr(wrong, "gross", 0)))
            what = wrong.kind if wrong else "an event"
            return Change(f"Take back {what} of {shown(amount)}: {command.reason}"[:200], amount)
        case cmd.RecordMoney():
            said = f"Record {command.kind} of {shown(command.amount)} on {command.effective_on} {command.reference}"
            return Change(said.strip()[:200], abs(command.amount))
        case cmd.RecordRecovery():
            return Change(f"Record recovery {command.recovery_id}, {shown(command.gross)}", abs(command.gross))
        case cmd.HoldAdjustment():
            said = f"Hold provider adjustment {command.reference}, {shown(command.amount)}"
            return Change(said[:200], abs(command.amount))
        case cmd.ReceiveReimbursement():
            return Change(f"Reimbursement of {shown(command.amount)} on {command.filing}", abs(command.amount))
        case cmd.ReturnReimbursement():
            return Change(f"Return {shown(command.amount)} of {command.filing} to the carrier", abs(command.amount))
        case cmd.FundAdvance():
            return Change(f"Advance {command.advance} of {shown(command.amount)}", abs(command.amount))
        case cmd.ReturnAdvance():
            return Change(f"Return {shown(command.amount)} of advance {command.advance}", abs(command.amount))
        case cmd.Accommodate():
            word = "Repay" if command.repaid else "Receive"
            return Change(f"{word} accommodation of {shown(command.amount)} for {command.month}", abs(command.amount))
        case cmd.WriteOffClaim():
            return Change(f"Write off {shown(command.amount)} of filing {command.filing}", abs(command.amount))
        case cmd.OpenYear():
            return Change(f"Open plan year {command.year} with {shown(command.opening)}", abs(command.opening))
        case (
            cmd.RegisterPlan() | cmd.SetArrangement() | cmd.SetBudget() | cmd.ReviseBudget() | cmd.RecordEnrollment()
            | cmd.BindPolicy() | cmd.SetFactor() | cmd.SetLaser() | cmd.RemoveLaser() | cmd.ClosePeriod()
            | cmd.ReopenPeriod()
            | cmd.FileClaim() | cmd.DecideClaim() | cmd.AcknowledgeClaim() | cmd.RequestInformation()
            | cmd.AppealClaim() | cmd.SendNotice() | cmd.PostSettlement() | cmd.AcceptImport() | cmd.RefuseImport()
            | cmd.EnrollActor() | cmd.GrantRole() | cmd.RevokeRole() | cmd.SetApprovals() | cmd.ApproveChange()
            | cmd.RejectChange() | cmd.WithdrawChange() | cmd.EraseMemberKey() | cmd.SetLegalHold()
            | cmd.ReleaseLegalHold() | cmd.RecordExport()
            | cmd.FinalizeAggregate()
        ):  # fmt: skip
            return None
        case _:
            assert_never(command)
