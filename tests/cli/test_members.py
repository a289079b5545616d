"""Members on the command line: named, held, erased, and every file about them written down."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from claimfund.main import cli
from claimfund.session import Session
from ledger.calendar import micros_of
from ledger.codec import decode
from ledger.events import MemberKeyErased
from ledger.stores.opening import open_store

HEADER = "plan_id,claim_id,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,payment_ref,plan_paid"
IDS = ("70-1144", "70-1145")


def register(name: str, *rows: tuple[str, str, str]) -> str:
    """A file of payments: claim, id and amount."""
    lines = [f"NW,{claim},PAYMENT,MED,{who},{who},2018-02-01,2018-03-04,CK-{claim},{paid}" for claim, who, paid in rows]
    Path(name).write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return name


@pytest.fixture
def members(run) -> list[str]:
    """A plan of 2018 with two members named by the vault of ``members.key``; their pseudonyms."""
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2018")
    register("register.csv", ("C-1", IDS[0], "100.00"), ("C-2", IDS[1], "250.00"))
    run.ok("import", "claims", "register.csv", "--pseudonymise", "--key", "members.key")
    Path("ids.txt").write_text("\n".join(IDS) + "\nunheard\n", encoding="utf-8")
    found = run.ok("members", "find", "--key", "members.key", "--id-file", "ids.txt").splitlines()
    assert found[2] == "3\tunknown"
    return [line.split("\t")[1] for line in found[:2]]


def old_key() -> None:
    """A key file of before there were vaults."""
    key_id = hashlib.sha256(b"claimfund member key id\0" + b"k" * 32).hexdigest()[:12]
    Path("old.key").write_text(f"claimfund-member-key 1\nid: {key_id}\nkey: {(b'k' * 32).hex()}\n")
    Path("old.key").chmod(0o600)


def test_a_dry_run_makes_no_key_and_no_vault(run, members) -> None:
    register("more.csv", ("C-3", "70-1146", "9.00"))
    before = Path("members.key.vault").read_bytes()
    run.ok("import", "claims", "more.csv", "--pseudonymise", "--key", "members.key", "--dry-run")
    other = run("import", "claims", "more.csv", "--pseudonymise", "--key", "new.key", "--dry-run")
    assert other.exit_code == 4 and "sealed under another vault" in other.stderr
    assert Path("members.key.vault").read_bytes() == before and not Path("new.key").exists()


def test_a_name_is_revealed_only_with_the_key_and_leaves_a_trace_without_the_id(run, members) -> None:
    assert IDS[0] not in run.ok("members", "show", members[0])
    assert run("members", "show", members[0], "--reveal").exit_code == 2
    assert run("members", "show", members[0], "--reveal", "--key", "members.key", "-o", "x.json").exit_code == 2
    assert f"id is {IDS[0]}" in run.ok("members", "show", members[0], "--reveal", "--key", "members.key")
    logged = run.json("exports")["data"]["exports"]
    assert [entry["report"] for entry in logged] == ["members find", "members show --reveal"]
    assert IDS[0] not in json.dumps(logged) and logged[1]["params"] == [members[0]]
    assert logged[1]["sha256"] == hashlib.sha256(members[0].encode()).hexdigest()  # nothing to try ids against


class LaterClock:
    """A day that is neither that of the other tests nor of the machine."""

    def now(self) -> int:
        """Early on 2031-02-03 UTC."""
        return micros_of(datetime(2031, 2, 3, 4, 5, tzinfo=UTC))


def test_a_key_is_erased_on_the_day_of_the_clock_that_the_command_is_given(run, members) -> None:
    shred = ["members", "shred", members[0], "--reason", "term over", "--key", "members.key"]
    session = Session(actor="m.ortiz", clock=LaterClock())
    assert CliRunner().invoke(cli, shred, obj=session, prog_name="claimfund").exit_code == 0
    (ledger,) = run.folder.glob("*.ledger")
    events = (decode(record).event for record in open_store(str(ledger)).read())
    assert [event.erased_on for event in events if isinstance(event, MemberKeyErased)] == [date(2031, 2, 3)]


def test_after_erasure_the_figures_stand_and_the_id_gets_another_name(run, members) -> None:
    before, figures = run.json("verify")["data"], run.json("position", "--year", "2018")["data"]
    said = run.ok("members", "shred", members[0], "--reason", "term over", "--key", "members.key")
    assert "the key to member" in said
    assert run.json("position", "--year", "2018")["data"] == figures
    assert run.json("verify")["data"].keys() == before.keys()
    assert run("members", "show", members[0], "--reveal", "--key", "members.key").exit_code == 4
    assert "Nothing to erase" in run.ok("members", "shred", members[0], "--reason", "x", "--key", "members.key")
    listed = {row["member"]: row for row in run.json("members", "list")["data"]["members"]}
    assert listed[members[0]]["erased"] and listed[members[0]]["lines"] == 1
    assert "imported before" in run("import", "claims", "register.csv", "--pseudonymise", "--key", "members.key").output
    register("later.csv", ("C-9", IDS[0], "10.00"))
    run.ok("import", "claims", "later.csv", "--pseudonymise", "--key", "members.key")
    names = {row["member"] for row in run.json("members", "list")["data"]["members"]}
    assert len(names) == 3 and set(members) < names


def test_a_restored_vault_is_erased_again(run, members) -> None:
    kept = Path("members.key.vault").read_bytes()
    run.ok("members", "shred", members[0], "--reason", "term over", "--key", "members.key")
    Path("members.key.vault").write_bytes(kept)
    events = run.json("status")["last_event"]
    assert "had recorded it" in run.ok("members", "shred", members[0], "--reason", "x", "--key", "members.key")
    assert run.json("status")["last_event"] == events


def test_a_hold_and_the_retention_term_keep_a_record(run, members) -> None:
    shred = ("members", "shred", members[0], "--reason", "asked", "--key", "members.key")
    run.ok("members", "hold", members[0], "--reason", "case 24-117")
    assert [row["held"] for row in run.json("members", "list", "--held")["data"]["members"]] == ["open"]
    refused = run(*shred)
    assert refused.exit_code == 4 and "legal hold (event" in refused.stderr
    run.ok("members", "release", members[0], "--reason", "closed")
    run.ok("members", "hold", members[0], "--reason", "case", "--until", "2026-04-14")  # the day before the clock's
    register("new.csv", ("C-5", IDS[0], "1.00"))
    text = Path("new.csv").read_text(encoding="utf-8").replace("2018-03-04", "2019-01-04")
    Path("new.csv").write_text(text, encoding="utf-8")
    run.ok("import", "claims", "new.csv", "--pseudonymise", "--key", "members.key")
    refused = run(*shred)
    assert refused.exit_code == 4 and "kept until 2027-01-04" in refused.stderr
    run.ok(*shred, "--before-retention")
    assert "before the end of retention" in run.ok("events")


def test_an_older_key_goes_on_until_it_is_rotated_and_only_then_can_be_erased(run) -> None:
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2018")
    old_key()
    register("register.csv", ("C-1", IDS[0], "100.00"), ("C-2", IDS[1], "250.00"))
    run.ok("import", "claims", "register.csv", "--pseudonymise", "--key", "old.key")
    (first, *_) = [row["member"] for row in run.json("members", "list")["data"]["members"]]
    refused = run("members", "shred", first, "--reason", "term over", "--key", "old.key")
    assert refused.exit_code == 4 and "members rotate" in refused.stderr
    assert "version 2; 2 members kept" in run.ok("members", "rotate", "--key", "old.key")
    run.ok("members", "shred", first, "--reason", "term over", "--key", "old.key")


def test_a_key_is_not_changed_while_members_are_missing_from_its_vault(run, members) -> None:
    old_key()
    refused = run("members", "rotate", "--key", "old.key")
    assert refused.exit_code == 4 and "2 members of plan NW are not in the vault" in refused.stderr


def test_a_file_about_members_is_logged_and_one_without_them_is_not(run, members) -> None:
    before = len(run.json("exports")["data"]["exports"])
    run.ok("position", "--year", "2018", "-o", "position.json")
    run.ok("claimants", "--year", "2018")
    assert len(run.json("exports")["data"]["exports"]) == before
    run.ok("claimants", "--year", "2018", "--top", "1", "-o", "claimants.csv", "--recipient", "carrier")
    run.ok("export", "events", "-o", "log.ndjson")
    run.ok("stoploss", "listing", "--kind", "specific", "--year", "2018", "-o", "listing.xlsx")
    claimants, log, listing = run.json("exports")["data"]["exports"][before:]
    assert log["report"] == "export events" and '"export-produced.v1"' in Path("log.ndjson").read_text()
    assert (claimants["report"], claimants["format"], claimants["recipient"]) == ("claimants", "csv", "carrier")
    assert "top=1" in claimants["params"] and claimants["as_of"] and claimants["known_at"]
    for entry, name in ((claimants, "claimants.csv"), (listing, "listing.xlsx")):
        data = Path(name).read_bytes()
        assert (entry["sha256"], entry["size"]) == (hashlib.sha256(data).hexdigest(), len(data))


def with_access_log(run, rule: str) -> None:
    """The plan of 2018 with one payment and a rule about the access log."""
    run.ok("init", "--template")
    text = Path("plan.toml").read_text(encoding="utf-8") + f'\n[privacy]\naccess_log = "{rule}"\n'
    Path("plan.toml").write_text(text, encoding="utf-8")
    run.ok("init", "plan.toml", "--year", "2018")
    register("register.csv", ("C-1", "M-1", "100.00"))
    run.ok("import", "claims", "register.csv")


@pytest.mark.parametrize("rule", ["when-possible", "required", "off"])
def test_whether_an_export_goes_out_of_a_ledger_that_cannot_be_written_is_for_the_plan_to_say(run, rule: str) -> None:
    with_access_log(run, rule)
    (ledger,) = Path().glob("*.ledger")
    ledger.chmod(0o400)
    result = run("claimants", "--year", "2018", "-o", "claimants.csv")
    assert Path("claimants.csv").exists() == (rule != "required")
    assert result.exit_code == (4 if rule == "required" else 0)
    assert ("logged" in result.stderr) == (rule != "off")
    log = run("export", "events", "-o", "log.ndjson")
    assert Path("log.ndjson").exists() == (rule != "required") and log.exit_code == result.exit_code


def test_an_auditor_who_may_only_read_still_leaves_a_trace(run, members) -> None:
    run.ok("people", "add", "m.ortiz", "--role", "preparer")
    run.ok("people", "add", "a.auditor", "--role", "auditor")
    assert run("claimants", "--year", "2018", "-o", "c.csv", actor="a.auditor").exit_code == 0
    assert run.json("exports")["data"]["exports"][-1]["actor"] == "a.auditor"
    refused = run("members", "hold", members[0], "--reason", "x", actor="a.auditor")
    assert refused.exit_code == 4 and "role administrator" in refused.stderr


def test_one_person_erases_no_key_before_its_term_where_that_needs_two(run, members) -> None:
    register("new.csv", ("C-5", IDS[0], "1.00"))
    text = Path("new.csv").read_text(encoding="utf-8").replace("2018-03-04", "2019-01-04")
    Path("new.csv").write_text(text, encoding="utf-8")
    run.ok("import", "claims", "new.csv", "--pseudonymise", "--key", "members.key")
    run.ok("people", "add", "ada", "--role", "preparer")
    run.ok("people", "add", "kim", "--role", "approver", "--actor", "ada")
    run.ok("people", "require", "--early-erasure", "--actor", "ada")
    shred = ("members", "shred", members[0], "--reason", "asked", "--key", "members.key", "--actor", "ada")
    vault = Path("members.key.vault").read_bytes()
    said = run.ok(*shred, "--before-retention")
    assert "Proposed change" in said and "run this command again" in said
    assert Path("members.key.vault").read_bytes() == vault
    number, sha256 = said.split("claimfund approve ")[1].split()[0:3:2]
    assert run("approve", number, "--hash", sha256, "--actor", "ada").exit_code == 4
    run.ok("approve", number, "--hash", sha256, "--actor", "kim")
    assert "had recorded it" in run.ok(*shred)
    assert Path("members.key.vault").read_bytes() != vault
