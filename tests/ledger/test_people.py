"""People of a plan: who may record, who only reads, and who gives the roles."""

from __future__ import annotations

import pytest

from given import World, budget, given, money
from ledger import commands as cmd
from ledger.events import ActorEnrolled, FundingReceived, RoleGranted, RoleRevoked
from ledger.terms import Role


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
