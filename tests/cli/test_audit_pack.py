"""The audit pack: an auditor checks it offline, and makes it again from its own log, byte by byte."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest

from claimfund.evidence.exporting import log_lines
from claimfund.evidence.importing_log import checked_parts
from claimfund.evidence.verify_claimfund_log import main
from cli.conftest import Run
from ledger.checkpoint import VerifyingKey
from ledger.stores.restoring import restore_memory


@pytest.fixture
def pack(plan: Run) -> Path:
    """The pack of 2025 since a kept checkpoint, and that checkpoint beside it."""
    (plan.folder / "kept.txt").write_text(plan.ok("anchor", "-o", "-"), encoding="utf-8")
    plan.ok("fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", "W-2")
    plan.ok("period", "close", "2025-01")
    plan.ok("report", "audit-pack", "--year", "2025", "--since-checkpoint", "kept.txt", "-o", "audit.zip")
    return plan.folder / "audit.zip"


def key_in(pack: Path) -> str:
    """The key that the log in a pack names."""
    with zipfile.ZipFile(pack) as found, found.open("events.ndjson") as lines:
        return str(json.loads(lines.readline())["vkey"])


def changed(pack: Path, name: str, old: bytes, new: bytes, *, manifest: bool = False) -> Path:
    """A copy of a pack with something replaced in one file, with or without the manifest made true again."""
    copy = pack.with_name("changed.zip")
    with zipfile.ZipFile(pack) as source:
        files = {each: source.read(each) for each in source.namelist()}
    assert old in files[name]
    before = hashlib.sha256(files[name]).hexdigest().encode()
    files[name] = files[name].replace(old, new, 1)
    if manifest:
        files["MANIFEST.sha256"] = files["MANIFEST.sha256"].replace(
            before, hashlib.sha256(files[name]).hexdigest().encode()
        )
    with zipfile.ZipFile(copy, "w") as target:
        for each, data in files.items():
            target.writestr(each, data)
    return copy


def test_a_pack_holds_statement_schedules_log_and_proofs_without_script(pack: Path) -> None:
    with zipfile.ZipFile(pack) as found:
        names = found.namelist()
        assert {"index.html", "statement.html", "statement.csv", "specific.csv", "aggregate.html", "buckets.csv",
                "claimants.csv", "exceptions.html", "imports.html", "events.csv", "events.ndjson", "checkpoint",
                "previous-checkpoint", "consistency", "verify.txt", "MANIFEST.sha256",
                "schemas/claims-paid.v1.json"} <= set(names)  # fmt: skip
        assert not [name for name in names if name.endswith((".py", ".js"))]
        index = found.read("index.html").decode()
        for name in names:
            if name.endswith(".html"):
                page = found.read(name).decode()
                assert "default-src 'none'" in page
                assert not re.search(r"<script|javascript:|https?://|\son[a-z]+=|style=", page)
        linked = set(re.findall(r'href="([^"]+)"', index))
        assert linked <= set(names)
        assert {name for name in names if name.endswith((".html", ".csv"))} - linked == {"index.html"}
        statement = found.read("statement.html").decode()
        assert "(120,000.10)" in statement
        assert "As of 2025-12-31 · recorded through 2026-04-15" in statement
        assert "all hold" in found.read("verify.txt").decode()


def test_both_programs_check_a_pack_against_what_the_auditor_kept(plan: Run, pack: Path) -> None:
    key, kept = key_in(pack), str(plan.folder / "kept.txt")
    assert main([str(pack), "--vkey", key, "--old-checkpoint", kept]) == 0
    said = plan.ok("verify", "--pack", str(pack), "--key", key, "--against", kept, "--report", "filed.txt")
    assert "each with the hash that the manifest states" in said
    assert "previous checkpoint" in said
    assert plan.json("verify", "--pack", str(pack), "--key", key)["data"]["ok"] is True


CHANGES: tuple[tuple[str, bytes, bytes, bool, str], ...] = (
    ("statement.html", b"(120,000.10)", b"(120,000.00)", False, "statement.html is not the file whose hash"),
    ("events.ndjson", b'"version":3', b'"version":4', False, "events.ndjson is not the file whose hash"),
    ("events.ndjson", b'"version":3', b'"version":4', True, "at event 3"),
    ("checkpoint", b"\n\n", b"\n\n\n", True, "not the log's own"),
    ("consistency", b"old ", b"old 1", True, "begins at"),
    ("previous-checkpoint", b"claimfund/", b"claimfund/x", True, "signature of a checkpoint is false"),
    ("MANIFEST.sha256", b"index.html", b"other.html", False, "not in both"),
)


def test_a_changed_pack_is_refused_and_it_says_what_was_changed(plan: Run, pack: Path) -> None:
    for name, old, new, manifest, why in CHANGES:
        copy = changed(pack, name, old, new, manifest=manifest)
        told = plan("verify", "--pack", str(copy), "--key", key_in(pack))
        assert (told.exit_code, why in told.stderr) == (6, True), name


def test_a_pack_is_made_again_from_its_own_log_with_the_same_bytes(plan: Run, pack: Path) -> None:
    with zipfile.ZipFile(pack) as found, found.open("events.ndjson") as log:
        (plan.folder / "log.ndjson").write_bytes(log.read())
        events = len(re.findall(rb'^{"position"', (plan.folder / "log.ndjson").read_bytes(), re.M))
    plan.ok("import", "events", "log.ndjson", "-L", "again.db")
    asked = ("report", "audit-pack", "--year", "2025", "--since-checkpoint", "kept.txt")
    plan.ok(*asked, "-L", "again.db", "-o", "again.zip")
    assert (plan.folder / "again.zip").read_bytes() == pack.read_bytes()
    (source,) = plan.folder.glob("*.ledger")
    plan.ok("fund", "receive", "--amount", "9.00", "--date", "2025-06-02", "--reference", "W-3", "-L", source.name)
    plan.ok(*asked, "--known-at", str(events), "-L", source.name, "-o", "later.zip")
    with zipfile.ZipFile(plan.folder / "later.zip") as later, zipfile.ZipFile(pack) as first:
        assert later.read("events.ndjson") == first.read("events.ndjson")
        assert later.read("MANIFEST.sha256") == first.read("MANIFEST.sha256")


def test_a_ledger_in_postgresql_gives_the_same_reports_the_same_pack_and_the_same_log(
    plan: Run, pack: Path, postgres_url: str
) -> None:
    with zipfile.ZipFile(pack) as found:
        (plan.folder / "log.ndjson").write_bytes(found.read("events.ndjson"))
    plan.ok("import", "events", "log.ndjson", "-L", postgres_url)
    plan.ok("import", "events", "log.ndjson", "-L", "again.db")
    for words in (("position", "--year", "2025"), ("stoploss", "specific", "--year", "2025"), ("verify",)):
        one, two = (json.loads(plan.ok(*words, "--json", "-L", place)) for place in ("again.db", postgres_url))
        assert one == two
    asked = ("report", "audit-pack", "--year", "2025", "--since-checkpoint", "kept.txt")
    plan.ok(*asked, "-L", postgres_url, "-o", "pg.zip")
    assert (plan.folder / "pg.zip").read_bytes() == pack.read_bytes()
    plan.ok("export", "events", "-L", postgres_url, "-o", "pg.ndjson")
    assert (plan.folder / "pg.ndjson").read_bytes() == (plan.folder / "log.ndjson").read_bytes()
    refused = plan("import", "events", "log.ndjson", "-L", postgres_url)
    assert (refused.exit_code, "holds a ledger" in refused.stderr) == (7, True)


def test_a_pack_never_overwrites_and_leaves_nothing_when_it_cannot_be_made(plan: Run, pack: Path) -> None:
    before = pack.read_bytes()
    assert plan("report", "audit-pack", "--year", "2025", "-o", "audit.zip").exit_code == 3
    assert plan("report", "audit-pack", "--year", "2031", "-o", "other.zip").exit_code == 3
    assert plan("report", "audit-pack", "--year", "2025", "--as-of", "2024-06", "-o", "other.zip").exit_code == 4
    assert pack.read_bytes() == before
    assert not list(plan.folder.glob("other.zip*"))


@pytest.fixture
def two(plan: Run) -> Run:
    """The plan NW and, in the same ledger, the plan ZZPLAN of another employer with one member and one deposit."""
    text = (plan.folder / "plan.toml").read_text(encoding="utf-8")
    other = re.sub(r'(?m)^code = ".*"', 'code = "ZZPLAN"', text, count=1)
    (plan.folder / "other.toml").write_text(other, encoding="utf-8")
    plan.ok("--plan", "ZZPLAN", "init", "other.toml", "--year", "2025")
    plan.ok("--plan", "ZZPLAN", "claim", "pay", "--member", "M-SECRET", "--amount", "77777.00", "--paid", "2025-03-04",
            "--incurred", "2025-02-01", "--coverage", "MED", "--claim", "C-SECRET")  # fmt: skip
    plan.ok("--plan", "NW", "fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", "W-2")
    plan.ok("--plan", "ZZPLAN", "fund", "receive", "--amount", "88888.00", "--date", "2025-05-02", "--reference", "W-9")
    return plan


def test_a_pack_of_one_employer_holds_nothing_of_another_and_both_programs_prove_it(two: Run) -> None:
    kept = two.folder / "kept.txt"
    kept.write_text(two.ok("anchor", "-o", "-"), encoding="utf-8")
    two.ok("--plan", "NW", "report", "audit-pack", "--year", "2025", "--since-checkpoint", "kept.txt", "-o", "nw.zip")
    with zipfile.ZipFile(two.folder / "nw.zip") as found:
        files = {name: found.read(name) for name in found.namelist()}
        lines = [json.loads(line) for line in files["events.ndjson"].splitlines()]
    states = b"".join(base64.b64decode(line["state"]) for line in lines if "state" in line)
    for text in (b"ZZPLAN", b"M-SECRET", b"C-SECRET", b"77777", b"77,777", b"88888", b"W-9"):
        assert not [name for name, data in files.items() if text in data] and text not in states
    hidden = [line["hidden"] for line in lines if "hidden" in line]
    owned = two.json("--plan", "ZZPLAN", "events")["data"]["events"]
    assert hidden == [row["event"] for row in owned] and len(hidden) > 4
    key = key_in(two.folder / "nw.zip")
    assert main([str(two.folder / "nw.zip"), "--vkey", key, "--old-checkpoint", str(kept)]) == 0
    said = two.ok("verify", "--pack", "nw.zip", "--key", key, "--against", "kept.txt")
    shown = sum("position" in line for line in lines)
    assert f"contents of plan NW only: {shown} events are shown, {len(hidden)} are there by their hashes only" in said
    assert "made again from the log in the pack" in said
    data = two.json("verify", "--pack", "nw.zip", "--key", key)["data"]
    assert (data["shown_plan"], data["by_hash"]) == ("NW", len(hidden))
    assert data["by_hash_only"][0][0] == hidden[0]


def test_making_a_pack_of_one_employer_leaves_no_trace_in_the_log_of_another(two: Run) -> None:
    before = two.json("--plan", "ZZPLAN", "events")["data"]["events"]
    two.ok("--plan", "NW", "report", "audit-pack", "--year", "2025", "-o", "nw.zip")
    assert two.json("--plan", "ZZPLAN", "events")["data"]["events"] == before
    assert two.json("--plan", "NW", "exports")["data"]["exports"][-1]["report"] == "report audit-pack"


def test_a_role_that_sees_one_plan_only_makes_the_same_pack(two: Run) -> None:
    """The log of the pack is taken from what the store shows, and the rest from its leaf hashes."""
    two.ok("--plan", "NW", "report", "audit-pack", "--year", "2025", "-o", "nw.zip")
    with zipfile.ZipFile(two.folder / "nw.zip") as found:
        held = restore_memory(
            VerifyingKey.from_text(key_in(two.folder / "nw.zip")),
            checked_parts(found.read("events.ndjson").splitlines(keepends=True), key_in(two.folder / "nw.zip")),
        )
        again = "".join(log_lines(held, str(held.verifying_key), None, "NW")).encode()
        assert again == found.read("events.ndjson")


def test_the_log_of_one_plan_becomes_no_ledger(two: Run) -> None:
    two.ok("--plan", "NW", "report", "audit-pack", "--year", "2025", "-o", "nw.zip")
    with zipfile.ZipFile(two.folder / "nw.zip") as found:
        (two.folder / "log.ndjson").write_bytes(found.read("events.ndjson"))
    told = two("import", "events", "log.ndjson", "-L", "again.db")
    assert (told.exit_code, "is the log of one plan" in told.stderr) == (3, True)
    assert not (two.folder / "again.db").exists()


def test_a_page_that_does_not_follow_from_the_log_is_found_by_making_it_again(plan: Run, pack: Path) -> None:
    copy = changed(pack, "statement.html", b"(120,000.10)", b"(120,000.00)", manifest=True)
    assert main([str(copy), "--vkey", key_in(pack)]) == 0  # No signature covers a page.
    told = plan("verify", "--pack", str(copy), "--key", key_in(pack))
    assert (told.exit_code, "statement.html" in told.stderr) == (6, True)
    copy = changed(pack, "pack.json", b'"over": 5000000', b'"over": 15000000', manifest=True)
    told = plan("verify", "--pack", str(copy), "--key", key_in(pack))
    assert (told.exit_code, "claimants" in told.stderr) == (6, True)


def test_a_pack_has_its_exceptions_and_imports_as_data_when_there_are_none(pack: Path) -> None:
    with zipfile.ZipFile(pack) as found:
        assert found.read("exceptions.csv").decode().splitlines() == [
            "event,recorded_at,effective_on,period,kind,what,lines,amount,actor,reason,closed_by,reopened_by,proposal,"
            "proposed_by"
        ]
        (names,) = found.read("imports.csv").decode().splitlines()
        assert names.startswith("file,sha256,importer,rows_read,rows_recorded,") and names.endswith(",refused")
