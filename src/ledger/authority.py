"""Who may ask for what: the actor is held against the people of the plan before anything is decided. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from ledger import commands as cmd
from ledger import events as ev
from ledger.decide import decide
from ledger.plan import Plan
from ledger.rules import NotEnrolled, RoleNeeded
from ledger.terms import Role


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, and when: the actor's name and the moment in microseconds since 1970-01-01 UTC."""

    actor: str
    moment: int


def decide_by(command: cmd.Command, plan: Plan, by: By) -> tuple[ev.Event, ...]:
    """The events of a command that this actor asks for. Raises a refusal when the role for it is missing.

    This is the only way into a store: :mod:`ledger.handling` records nothing that did not pass here.
    """
    require_role(command, plan, by)
    return decide(command, plan)


def require_role(command: cmd.Command, plan: Plan, by: By) -> None:
    """Refuse an actor who is not enrolled or lacks the role; a plan without people has one bookkeeper."""
    people = plan.people
    if not people.enrolled:
        return
    if by.actor not in people.enrolled:
        raise NotEnrolled(by.actor, plan.code, people.having("administrator"))
    role = role_for(command)
    if not people.holds(by.actor, role):
        raise RoleNeeded(by.actor, role, people.enrolled[by.actor].roles, people.having("administrator"))


def role_for(command: cmd.Command) -> Role:
    """The role that may ask for a command."""
    match command:
        case cmd.EnrollActor() | cmd.GrantRole() | cmd.RevokeRole():
            return "administrator"
        case (
            cmd.RegisterPlan() | cmd.SetArrangement() | cmd.OpenYear() | cmd.SetBudget() | cmd.ReviseBudget()
            | cmd.RecordEnrollment() | cmd.BindPolicy() | cmd.SetFactor() | cmd.SetLaser() | cmd.ClosePeriod()
            | cmd.RecordRegister() | cmd.VoidPayment() | cmd.HoldAdjustment() | cmd.RecordRecovery()
            | cmd.RecordMoney() | cmd.FileClaim() | cmd.DecideClaim() | cmd.ReceiveReimbursement()
            | cmd.PostSettlement() | cmd.Correct() | cmd.AcknowledgeClaim() | cmd.RequestInformation()
            | cmd.AppealClaim() | cmd.WriteOffClaim() | cmd.ReturnReimbursement() | cmd.FundAdvance()
            | cmd.ReturnAdvance() | cmd.Accommodate() | cmd.SendNotice() | cmd.AcceptImport() | cmd.RefuseImport()
        ):  # fmt: skip
            return "preparer"
        case _:
            assert_never(command)
