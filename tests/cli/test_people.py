"""People on the command line: enrolled, refused, listed as known at an event."""

from __future__ import annotations

import pytest

from ledger.stores.sqlite import system_user

from .test_reading import valid

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
    assert people[0] == {"name": "m.ortiz", "person": "P-17", "roles": ["administrator", "preparer"], "login": None}
    assert plan.json("people", "list", "--known-at", str(before))["data"]["people"] == []
    then = plan.json("people", "list", "--known-at", str(before + 2))["data"]["people"]
    assert [person["roles"] for person in then] == [["administrator", "approver", "preparer"]]


def test_a_name_that_is_not_one_is_rejected(plan) -> None:
    assert plan("people", "add", " m.ortiz", "--role", "preparer").exit_code == 3
    assert plan("people", "add", "", "--role", "preparer").exit_code == 3
    assert plan("people", "add", "x", "--role", "owner").exit_code == 2


def test_on_a_file_a_name_is_bound_to_the_user_of_the_system(plan, monkeypatch: pytest.MonkeyPatch) -> None:
    me = system_user()
    empty = plan("people", "add", "m.ortiz", "--role", "preparer", "--login", " ")
    assert empty.exit_code == 2 and "'--login': is empty; name the login" in empty.stderr
    refused = plan("people", "add", "m.ortiz", "--role", "preparer", "--login", "somebody-else")
    assert (refused.exit_code, "a slip would lock the plan" in refused.stderr) == (4, True)
    plan.ok("people", "add", "m.ortiz", "--role", "preparer", "--login", me)
    said = plan.ok("people", "add", "controller", "--role", "preparer", "--login", "somebody-else")
    assert "controller enrolled as preparer under the login somebody-else only" in said
    plan.ok(*FUND)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    for actor in ("controller", "stranger", None):
        result = plan(*FUND, "--reference", "W-7", actor=actor)
        assert (result.exit_code, result.stdout) == (4, "")
    result = plan(*FUND, "--reference", "W-7", actor="controller")
    assert f"controller records under the login somebody-else only, and this runs under {me}" in result.stderr
    assert "controller records under the login cf_c only" in plan.ok("people", "add", "controller", "--login", "cf_c")
    envelope = plan.json("people", "list")
    valid("people", envelope)
    assert [row["login"] for row in envelope["data"]["people"]] == [me, "cf_c"]
    assert "under the login cf_c only" in plan.ok("events", "--kind", "actor-enrolled")
