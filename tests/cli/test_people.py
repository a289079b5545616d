"""People on the command line: enrolled, refused, listed as known at an event."""

from __future__ import annotations

FUND = ("fund", "receive", "--amount", "5.00", "--date", "2025-05-02")


def test_who_lacks_the_role_is_told_who_gives_it(plan) -> None:
    said = plan.ok("people", "add", "m.ortiz", "--role", "preparer")
    assert "m.ortiz enrolled as preparer, administrator" in said
    plan.ok("people", "add", "auditor-1", "--role", "auditor")
    plan.ok(*FUND)
    result = plan(*FUND, actor="auditor-1")
    assert result.exit_code == 4
    assert "needs the role preparer, and auditor-1 is auditor; an auditor only reads" in result.stderr
    assert "m.ortiz can grant it" in result.stderr
    assert plan(*FUND, actor="stranger").exit_code == 4
    assert plan("position", "--year", "2025", actor="auditor-1").exit_code == 0


def test_the_list_of_people_is_read_as_known_at_an_event(plan) -> None:
    assert "one bookkeeper" in plan.ok("people", "list")
    before = plan.json("people", "list")["last_event"]
    plan.ok("people", "add", "m.ortiz", "--role", "preparer", "--person", "P-17")
    plan.ok("people", "grant", "m.ortiz", "approver")
    plan.ok("people", "add", "controller", "--role", "preparer")
    plan.ok("people", "revoke", "m.ortiz", "approver", "--reason", "controller approves")
    people = plan.json("people", "list")["data"]["people"]
    assert people[0] == {"name": "m.ortiz", "person": "P-17", "roles": ["administrator", "preparer"]}
    assert plan.json("people", "list", "--known-at", str(before))["data"]["people"] == []
    then = plan.json("people", "list", "--known-at", str(before + 2))["data"]["people"]
    assert [person["roles"] for person in then] == [["administrator", "approver", "preparer"]]


def test_a_name_that_is_not_one_is_rejected(plan) -> None:
    assert plan("people", "add", " m.ortiz", "--role", "preparer").exit_code == 3
    assert plan("people", "add", "", "--role", "preparer").exit_code == 3
    assert plan("people", "add", "x", "--role", "owner").exit_code == 2
