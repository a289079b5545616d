"""Deciding about people: who is enrolled on a plan, and which roles they hold."""

from __future__ import annotations

from ledger import commands as cmd
from ledger import events as ev
from ledger.people import Enrolled
from ledger.plan import Plan
from ledger.rules import NotAllowed
from ledger.terms import Role

PeopleCommand = cmd.EnrollActor | cmd.GrantRole | cmd.RevokeRole | cmd.SetApprovals


def decide_people(command: PeopleCommand, plan: Plan) -> tuple[ev.Event, ...]:
    """The events of a command about people. The first who is enrolled becomes administrator."""
    match command:
        case cmd.EnrollActor():
            return _enroll(command, plan)
        case cmd.GrantRole():
            return _grant(command, plan)
        case cmd.RevokeRole():
            return _revoke(command, plan)
        case cmd.SetApprovals():
            return _approvals(command, plan)


def _enroll(command: cmd.EnrollActor, plan: Plan) -> tuple[ev.Event, ...]:
    if command.login and (others := _others_bound(command, plan)):
        raise NotAllowed(
            "login",
            f"The login {command.login} is {others[0]}'s already, who is somebody else.",
            "Give each person a login of their own.",
        )
    if command.actor in plan.people.enrolled and command.login:
        return _bind(command, plan.people.enrolled[command.actor])
    if command.actor in plan.people.enrolled:
        raise NotAllowed(
            "enrolled",
            f"{command.actor} is already enrolled.",
            f"Give another role with: claimfund people grant {command.actor} ROLE",
        )
    roles: set[Role] = {*command.roles, *(() if plan.people.enrolled else ("administrator",))}
    if not roles:
        raise NotAllowed("role", f"{command.actor} is given no role.", "Add --role preparer, or another role.")
    person = command.person or command.actor.casefold()
    if alike := plan.people.mistakable(command.actor, person):
        raise NotAllowed(
            "look-alike",
            f"{command.actor} may be taken for {alike}, who is somebody else: they look alike, or mix alphabets.",
            "Choose another name; for the same person, say who it is: --person.",
        )
    _only_reads(plan, person, roles, command.actor)
    return (
        ev.ActorEnrolled(
            actor=command.actor, person=person, roles=tuple(sorted(roles)), login=command.login or None
        ),
    )  # fmt: skip


def _others_bound(command: cmd.EnrollActor, plan: Plan) -> list[str]:
    """Other people's names that are bound to the login."""
    people = plan.people
    found = people.enrolled.get(command.actor)
    person = (found.person if found else command.person or command.actor).casefold()
    return [name for name in people.bound_to(command.login) if people.person_of(name) != person]


def _bind(command: cmd.EnrollActor, found: Enrolled) -> tuple[ev.Event, ...]:
    """Bind who is enrolled to a login; person and roles stay."""
    if command.person.casefold() not in ("", found.person.casefold()) or not found.roles.issuperset(command.roles):
        raise NotAllowed(
            "enrolled",
            f"{command.actor} is already enrolled; a login is bound to the name as it is.",
            f"Leave --role and --person out; another role: claimfund people grant {command.actor} ROLE",
        )
    if found.login == command.login:
        raise NotAllowed("login", f"{command.actor} records under {command.login} only already.", "Nothing to do.")
    roles = tuple(sorted(found.roles))
    return (ev.ActorEnrolled(actor=command.actor, person=found.person, roles=roles, login=command.login),)


def _only_reads(plan: Plan, person: str, roles: set[Role], actor: str) -> None:
    """An auditor's person holds no role that records, under any name: nobody audits their own work."""
    together = roles | plan.people.roles_of_person(person)
    if "auditor" in together and len(together) > 1:
        others = ", ".join(sorted(together - {"auditor"}))
        raise NotAllowed(
            "auditor",
            f"{actor} would be auditor and {others}; an auditor only reads, so that nobody audits their own work.",
            "Revoke the other roles of this person first, or enroll somebody else.",
        )


def _named(plan: Plan, actor: str) -> Enrolled:
    found = plan.people.enrolled.get(actor)
    if found is None:
        raise NotAllowed(
            "not-enrolled",
            f"{actor} is not enrolled on plan {plan.code}.",
            f"Enroll them with: claimfund people add {actor} --role preparer",
        )
    return found


def _grant(command: cmd.GrantRole, plan: Plan) -> tuple[ev.Event, ...]:
    found = _named(plan, command.actor)
    if command.role in found.roles:
        raise NotAllowed("role", f"{command.actor} is {command.role} already.", "Nothing to do.")
    _only_reads(plan, found.person, {command.role}, command.actor)
    return (ev.RoleGranted(actor=command.actor, role=command.role),)


def _revoke(command: cmd.RevokeRole, plan: Plan) -> tuple[ev.Event, ...]:
    found = _named(plan, command.actor)
    if command.role not in found.roles:
        raise NotAllowed("role", f"{command.actor} is not {command.role}.", "See: claimfund people list")
    if command.role == "administrator" and plan.people.having("administrator") == (command.actor,):
        raise NotAllowed(
            "last-administrator",
            f"{command.actor} is the last administrator of plan {plan.code}; without one nobody could grant a role.",
            "Make somebody else administrator first: claimfund people grant NAME administrator",
        )
    answerable = plan.people.can_answer_each_other
    if command.role == "approver" and plan.approvals.asked_for and answerable() and not answerable(command.actor):
        raise NotAllowed(
            "last-approver",
            f"Without {command.actor} nobody could approve what needs two people on plan {plan.code}.",
            "Make somebody else approver first: claimfund people grant NAME approver",
        )
    return (ev.RoleRevoked(actor=command.actor, role=command.role, reason=command.reason),)


def _approvals(command: cmd.SetApprovals, plan: Plan) -> tuple[ev.Event, ...]:
    if command.terms == plan.approvals:
        raise NotAllowed("approvals", "That is what needs two people already.", "See: claimfund people list")
    if command.terms.asked_for and plan.people.enrolled and not plan.people.can_answer_each_other():
        raise NotAllowed(
            "approver",
            f"Nobody could approve: plan {plan.code} has no approver beside a preparer who is another person.",
            "Enroll one first: claimfund people add NAME --role approver",
        )
    return (ev.ApprovalsSet(terms=command.terms),)
