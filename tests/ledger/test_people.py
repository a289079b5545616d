"""People of a plan: who may record, who only reads, and who gives the roles."""

from __future__ import annotations

from hashlib import sha256

import pytest

from given import World, budget, given, money
from ledger import commands as cmd
from ledger.events import ActorEnrolled, ChangeProposed, FundingReceived, RoleGranted, RoleRevoked
from ledger.handling import request_digest
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.terms import ApprovalTerms, Role


def enrolled(*more: tuple[str, Role]) -> World:
    """A plan whose administrator is ada, with these people beside."""
    world = given(budget(2025, "1200000.00"))
    world.when(cmd.EnrollActor("ada", ()), by="ada").accepted()
    for actor, role in more:
        world.when(cmd.EnrollActor(actor, (role,)), by="ada").accepted()
    return world


def test_a_plan_without_people_has_one_bookkeeper_under_any_name() -> None:
    given(budget(2025, "1200000.00")).when(money("funding", "100.00"), by="anybody").then(FundingReceived)


def test_the_first_who_is_enrolled_becomes_administrator() -> None:
    world = given(budget(2025, "1200000.00")).when(cmd.EnrollActor("ada", ("preparer",))).then(ActorEnrolled)
    assert world.ledger.plan("NW").people.enrolled["ada"].roles == {"administrator", "preparer"}


def test_from_the_first_enrolment_on_nobody_else_records() -> None:
    enrolled().when(money("funding", "100.00"), by="bob").then_refused(
        "not-enrolled", "bob is not enrolled on plan NW", "ask ada", "claimfund people add bob --role ROLE"
    )


@pytest.mark.parametrize("role", ["approver", "auditor", "administrator"])
def test_only_a_preparer_records(role: Role) -> None:
    world = enrolled(("bob", role))
    world.when(money("funding", "100.00"), by="bob").then_refused(
        "role", f"needs the role preparer, and bob is {role}", "claimfund people grant bob preparer"
    )


def test_a_preparer_records_and_gives_no_roles() -> None:
    world = enrolled(("bob", "preparer"))
    world.when(money("funding", "100.00"), by="bob").then(FundingReceived)
    world.when(cmd.GrantRole("bob", "approver"), by="bob").then_refused("role", "needs the role administrator", "ada")


def test_a_role_that_was_revoked_is_no_longer_held() -> None:
    world = enrolled(("bob", "preparer"))
    world.when(cmd.RevokeRole("bob", "preparer"), by="ada").then(RoleRevoked)
    world.when(money("funding", "100.00"), by="bob").then_refused("role", "bob is without a role")
    world.when(cmd.GrantRole("bob", "preparer"), by="ada").then(RoleGranted)
    world.when(money("funding", "100.00"), by="bob").accepted()


def test_the_last_administrator_stays() -> None:
    world = enrolled(("bob", "administrator"))
    world.when(cmd.RevokeRole("bob", "administrator"), by="ada").accepted()
    world.when(cmd.RevokeRole("ada", "administrator"), by="ada").then_refused("last-administrator", "ada")


def test_an_auditor_holds_no_role_that_records_under_any_name() -> None:
    world = enrolled(("bob", "auditor"))
    world.when(cmd.GrantRole("bob", "preparer"), by="ada").then_refused("auditor", "auditor and preparer")
    world.when(cmd.EnrollActor("bob2", ("preparer",), person="BOB"), by="ada").then_refused("auditor")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (cmd.EnrollActor("ada", ("preparer",)), "enrolled"),
        (cmd.EnrollActor("bob", ()), "role"),
        (cmd.GrantRole("bob", "preparer"), "not-enrolled"),
        (cmd.GrantRole("ada", "administrator"), "role"),
        (cmd.RevokeRole("ada", "preparer"), "role"),
    ],
)
def test_what_says_nothing_new_about_people_is_refused(command: cmd.Command, code: str) -> None:
    enrolled().when(command, by="ada").then_refused(code)


@pytest.mark.parametrize("name", ["p\u0430t", "\uff50at", "\u0440\u0430\u0442", "p\u00e1t", "Pat", "\U0001d429at"])
def test_a_second_person_has_no_name_that_looks_like_the_first_ones(name: str) -> None:
    world = enrolled(("pat", "preparer"))
    world.when(cmd.EnrollActor(name, ("approver",), "P-2"), by="ada").then_refused("look-alike", "may be taken for")
    if name != "Pat":  # a person called Pat is pat
        world.when(cmd.EnrollActor("kim", ("approver",), name), by="ada").then_refused("look-alike")
    world.when(cmd.EnrollActor("pat.home", ("approver",), "pat"), by="ada").accepted()


def bound() -> World:
    """A plan with ada, pat and kim, each under a login of their own, and lee under none; work is done as ada."""
    world = given(budget(2025, "1200000.00"), store=MemoryLedgerRecorder(login="l-ada"))
    for actor, login in (("ada", "l-ada"), ("pat", "l-pat"), ("kim", "l-kim"), ("lee", "")):
        world.when(cmd.EnrollActor(actor, ("preparer", "approver"), login=login), by="ada").accepted()
    return world


def under(world: World, login: str) -> World:
    """The same ledger, worked with under another login."""
    assert isinstance(world.ledger.store, MemoryLedgerRecorder)
    world.ledger.store.login = login
    return world


def test_a_name_bound_to_a_login_records_under_it_only() -> None:
    world = under(bound(), "l-pat")
    world.when(money("funding", "1.00"), by="pat").then(FundingReceived)
    for login in ("l-other", "L-PAT", ""):
        under(world, login).when(money("funding", "2.00"), by="pat").then_refused(
            "login", "pat records under the login l-pat only, and this runs under", "ask ada to bind"
        )
    under(world, "l-other").when(money("funding", "2.00"), by="lee").then(FundingReceived)


def test_a_login_that_is_somebodys_records_under_no_other_name() -> None:
    world = under(bound(), "l-pat")
    for other in ("lee", "kim", "stranger"):
        world.when(money("funding", "1.00"), by=other).then_refused("login")
    assert "The login l-pat is pat's" in str(world.refusal)


def test_who_proposed_cannot_approve_under_another_name_from_the_same_login() -> None:
    world = bound()
    world.when(cmd.SetApprovals(ApprovalTerms(manual_adjustment=True)), by="ada").accepted()
    proposal = under(world, "l-pat").when(money("fee", "5.00"), by="pat").then(ChangeProposed).last[0]
    assert isinstance(proposal.event, ChangeProposed)
    approval = cmd.ApproveChange(proposal.version, proposal.event.sha256)
    for name in ("kim", "lee"):
        world.when(approval, by=name).then_refused("login")
    under(world, "l-kim").when(approval, by="kim").accepted()


def test_who_is_enrolled_is_bound_to_a_login_later_and_keeps_the_roles() -> None:
    world = bound()
    world.when(cmd.EnrollActor("lee", (), login="l-pat"), by="ada").then_refused("login", "is pat's already")
    world.when(cmd.EnrollActor("lee", ("auditor",), login="l-lee"), by="ada").then_refused("enrolled")
    world.when(cmd.EnrollActor("lee", (), login="l-lee"), by="ada").then(ActorEnrolled)
    assert world.ledger.plan("NW").people.enrolled["lee"].roles == {"approver", "preparer"}
    world.when(cmd.EnrollActor("lee", (), login="l-lee"), by="ada").then_refused("login", "already")
    under(world, "l-lee").when(money("funding", "1.00"), by="lee").then(FundingReceived)


def test_nobody_locks_a_plan_by_a_slip_in_their_own_login() -> None:
    world = given(budget(2025, "1200000.00"), store=MemoryLedgerRecorder(login="l-ada"))
    world.when(cmd.EnrollActor("ada", (), login="l-aba"), by="ada").then_refused("own-login", "Run it under l-aba")
    world.when(cmd.EnrollActor("ada", ()), by="ada").accepted()
    world.when(cmd.EnrollActor("ada", (), login="l-aba"), by="ada").then_refused("own-login")
    world.when(cmd.EnrollActor("ada", (), login="l-ada"), by="ada").accepted()


def test_without_a_login_an_enrolment_is_written_and_asked_for_as_ever() -> None:
    assert "login" not in ActorEnrolled(actor="a", person="a", roles=("preparer",)).model_dump_json()
    as_ever = request_digest({"NW": [cmd.EnrollActor("a", ("preparer",))]})
    told = b"plan NW\nEnrollActor\nactor='a'\nroles=[1\n'preparer'\nperson=''\n"
    assert as_ever == sha256(told).digest()
    assert as_ever != request_digest({"NW": [cmd.EnrollActor("a", ("preparer",), login="l")]})
