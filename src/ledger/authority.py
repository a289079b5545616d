"""Who may ask for what: the actor is held against the people of the plan before anything is decided, and what needs
two people becomes a proposal until a second person approves it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from ledger import command_text
from ledger import commands as cmd
from ledger import events as ev
from ledger.answering import answered, proposed_command, waiting
from ledger.calendar import moment_of
from ledger.decide import decide
from ledger.plan import Plan
from ledger.rules import NotAllowed, NotEnrolled, OtherLogin, RoleNeeded
from ledger.terms import Role
from ledger.two_people import Change, change_for_two


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, when, and how: the actor's name; the moment in microseconds since 1970-01-01 UTC, never before what is
    recorded; whether the amounts were read from a file whose hash is recorded; whether nothing else is asked for
    together with it; and the login under which the program works, where it matters.
    """

    actor: str
    moment: int
    from_file: bool = False
    alone: bool = True
    login: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The events to record, and the approved command to carry out after them, citing the proposal's version."""

    events: tuple[ev.Event, ...]
    then: cmd.Command | None = None
    causation: int = 0


def decide_by(command: cmd.Command, plan: Plan, by: By) -> Decision:
    """What follows from a command that this actor asks for. Raises a refusal when the role for it is missing.

    This is the only way into a store: :mod:`ledger.handling` records nothing that did not pass here.
    """
    require_login(command, plan, by)
    require_role(command, plan, by.actor)
    today = moment_of(by.moment).date()
    if isinstance(command, (cmd.ApproveChange, cmd.RejectChange, cmd.WithdrawChange)):
        events = answered(command, plan, by.actor, today)
        if not isinstance(command, cmd.ApproveChange):
            return Decision(events)
        proposal = waiting(plan, command.proposal, today)
        approved = proposed_command(proposal)
        _still_entitled(approved, plan, proposal.proposer, proposal.position)
        return Decision(events, approved, command.proposal)
    change = change_for_two(command, plan, by.actor, from_file=by.from_file)
    if change is None:
        return Decision(decide(command, plan))
    if not by.alone:
        raise NotAllowed(
            "alone",
            f"This needs two people and is asked for together with other things: {change.summary}.",
            "Ask for it by itself.",
        )
    return Decision((_proposed(command, change, plan, today),))


def _proposed(command: cmd.Command, change: Change, plan: Plan, today: date) -> ev.ChangeProposed:
    decide(command, plan)  # What a rule refuses is not worth a second person's time.
    text = command_text.spelled(command)
    sha256 = command_text.sha256_of(text)
    if same := plan.proposals.open_with(sha256, today):
        raise NotAllowed(
            "proposed",
            f"The same change is proposed already as {same.position} by {same.proposer}.",
            f"It waits for: claimfund approve {same.position} --hash {sha256[:16]} --actor SOMEBODY-ELSE",
        )
    return ev.ChangeProposed(
        change=command_text.name_of(command),
        command=text,
        sha256=sha256,
        summary=change.summary[:200],
        amount=change.amount,
        figures_as_of=change.figures_as_of,
        expires_on=today + timedelta(days=plan.approvals.expiry_days),
    )


def _still_entitled(command: cmd.Command, plan: Plan, proposer: str, position: int) -> None:
    """Who proposed must be somebody the plan knows: without enrolment two names may be one person."""
    if not plan.people.holds(proposer, role_for(command)):
        raise NotAllowed(
            "proposer",
            f"{proposer}, who proposed change {position}, is not enrolled as {role_for(command)} on plan {plan.code}.",
            f'Reject it and let somebody propose it who is: claimfund reject {position} --reason "…"',
        )


def login_matters(command: cmd.Command, plan: Plan) -> bool:
    """Whether it must be known under which login this is asked for: a name of the plan is bound to one, or will be."""
    binds = isinstance(command, cmd.EnrollActor) and bool(command.login)
    return binds or any(found.login for found in plan.people.enrolled.values())


def require_login(command: cmd.Command, plan: Plan, by: By) -> None:
    """Refuse a name under another login than its own, and a login that is somebody's under another name.

    The first who is enrolled, and who binds their own name, does it under that login: a slip would lock the plan.
    """
    people = plan.people
    names = people.bound_to(by.login)
    bound = people.enrolled[by.actor].login if by.actor in people.enrolled else ""
    if (bound and bound != by.login) or (names and by.actor not in names):
        raise OtherLogin(by.actor, bound, by.login, names, people.having("administrator"))
    if not isinstance(command, cmd.EnrollActor) or command.login in ("", by.login):
        return
    if not people.enrolled or command.actor == by.actor:
        raise NotAllowed(
            "own-login",
            f"This runs under the login {by.login or 'none'}, and {command.actor} would record under {command.login} "
            "only: a slip would lock the plan.",
            f"Run it under {command.login}.",
        )


def require_role(command: cmd.Command, plan: Plan, actor: str) -> None:
    """Refuse an actor who is not enrolled or lacks the role; a plan without people has one bookkeeper."""
    people, role = plan.people, role_for(command)
    if not people.enrolled and role != "approver":
        return
    if actor not in people.enrolled:
        raise NotEnrolled(actor, plan.code, people.having("administrator"))
    if isinstance(command, (cmd.WithdrawChange, cmd.RecordExport)):
        return  # Who proposed may take it back, and who reads leaves a trace of it, whatever roles they hold.
    if not people.holds(actor, role):
        raise RoleNeeded(actor, role, people.enrolled[actor].roles, people.having("administrator"))


def role_for(command: cmd.Command) -> Role:
    """The role that may ask for a command."""
    match command:
        case cmd.RecordExport():
            return "auditor"
        case (
            cmd.EnrollActor() | cmd.GrantRole() | cmd.RevokeRole() | cmd.SetApprovals() | cmd.EraseMemberKey()
            | cmd.SetLegalHold() | cmd.ReleaseLegalHold()
        ):  # fmt: skip
            return "administrator"
        case cmd.ApproveChange() | cmd.RejectChange():
            return "approver"
        case (
            cmd.RegisterPlan() | cmd.SetArrangement() | cmd.OpenYear() | cmd.SetBudget() | cmd.ReviseBudget()
            | cmd.RecordEnrollment() | cmd.BindPolicy() | cmd.SetFactor() | cmd.SetLaser() | cmd.RemoveLaser()
            | cmd.ClosePeriod() | cmd.ReopenPeriod() | cmd.RecordRegister() | cmd.VoidPayment() | cmd.HoldAdjustment()
            | cmd.RecordRecovery() | cmd.RecordMoney() | cmd.FileClaim() | cmd.DecideClaim()
            | cmd.ReceiveReimbursement() | cmd.PostSettlement() | cmd.Correct() | cmd.AcknowledgeClaim()
            | cmd.RequestInformation() | cmd.AppealClaim() | cmd.WriteOffClaim() | cmd.ReturnReimbursement()
            | cmd.FundAdvance() | cmd.ReturnAdvance() | cmd.Accommodate() | cmd.SendNotice() | cmd.AcceptImport()
            | cmd.FinalizeAggregate()
            | cmd.RefuseImport() | cmd.WithdrawChange()
        ):  # fmt: skip
            return "preparer"
        case _:
            assert_never(command)
