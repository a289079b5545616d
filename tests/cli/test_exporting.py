"""The log leaves as a file, and the program that checks it leaves with it."""

from __future__ import annotations

import json

import pytest

from claimfund.evidence.importing_log import checked_parts
from claimfund.evidence.verify_claimfund_log import main
from cli.conftest import Run
from ledger.checkpoint import record_leaf
from ledger.ports import Record


def test_an_exported_log_is_verified_by_the_exported_program(plan: Run, capsys: pytest.CaptureFixture[str]) -> None:
    plan.ok("export", "events", "-o", "log.ndjson")
    plan.ok("export", "verifier", "-o", "verify.py")
    with (plan.folder / "log.ndjson").open(encoding="ascii") as lines:
        vkey = json.loads(next(lines))["vkey"]
    assert main([str(plan.folder / "log.ndjson"), "--vkey", vkey]) == 0
    assert " events of 1 plan, " in capsys.readouterr().out
    assert "claimfund.evidence" not in (plan.folder / "verify.py").read_text(encoding="utf-8")


def test_an_export_never_overwrites(plan: Run) -> None:
    plan.ok("export", "events", "-o", "log.ndjson")
    assert plan("export", "events", "-o", "log.ndjson").exit_code == 3


def test_an_imported_log_is_the_same_ledger_with_the_same_reports(plan: Run) -> None:
    plan.ok("export", "events", "-o", "log.ndjson")
    (source,) = plan.folder.glob("*.ledger")
    plan.ok("import", "events", "log.ndjson", "-L", "copy.db")
    for words in (("position", "--year", "2025", "--json"), ("events", "--json"), ("verify", "--json")):
        one, two = (json.loads(plan.ok(*words, "-L", name)) for name in (source.name, "copy.db"))
        assert (one["data"], one["head"]) == (two["data"], two["head"])
    plan.ok("export", "events", "-o", "again.ndjson", "-L", "copy.db")
    assert (plan.folder / "again.ndjson").read_bytes() == (plan.folder / "log.ndjson").read_bytes()
    received = ("fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", "W-2", "-L", "copy.db")
    assert plan(*received).exit_code == 7
    (plan.folder / "copy.db.key").write_bytes((plan.folder / f"{source.name}.key").read_bytes())
    plan.ok(*received)
    plan.ok("verify", "-L", "copy.db")


def test_a_damaged_log_or_an_existing_ledger_is_refused_and_nothing_is_recorded(plan: Run) -> None:
    plan.ok("export", "events", "-o", "log.ndjson")
    (source,) = plan.folder.glob("*.ledger")
    assert plan("import", "events", "log.ndjson", "-L", source.name).exit_code == 7
    log = plan.folder / "log.ndjson"
    log.write_bytes(log.read_bytes().replace(b'"version":3', b'"version":4'))
    result = plan("import", "events", "log.ndjson", "-L", "copy.db")
    assert result.exit_code == 6
    assert "event 3" in result.stderr
    assert not (plan.folder / "copy.db").exists()


def test_a_kept_checkpoint_and_an_exported_log_are_checked_against_the_past(plan: Run) -> None:
    (plan.folder / "kept").mkdir()
    plan.ok("anchor", "-o", "kept")
    plan.ok("anchor", "-o", "kept")
    (kept,) = (plan.folder / "kept").iterdir()
    assert plan.ok("anchor", "-o", "-") == kept.read_text(encoding="utf-8")
    plan.ok("fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", "W-2")
    assert "are the past of this ledger" in plan.ok("verify", "--against", str(kept))
    plan.ok("export", "events", "-o", "log.ndjson")
    log = plan.folder / "log.ndjson"
    vkey = json.loads(log.read_bytes().splitlines()[0])["vkey"]
    asked = ("verify", "--from-file", "log.ndjson", "--key", vkey, "--against", str(kept))
    assert "signed checkpoints" in plan.ok(*asked)
    assert plan(*asked, "--expect-head", "00000000").exit_code == 6
    log.write_bytes(log.read_bytes().replace(b'"version":3', b'"version":4'))
    refused = plan(*asked)
    assert (refused.exit_code, "event 3" in refused.stderr) == (6, True)
    assert plan("verify", "--from-file", "log.ndjson").exit_code == 2


def test_a_ledger_whose_past_was_rewritten_does_not_hold_against_a_kept_checkpoint(plan: Run) -> None:
    plan.ok("export", "events", "-o", "log.ndjson")
    (source,) = plan.folder.glob("*.ledger")
    plan.ok("import", "events", "log.ndjson", "-L", "older.db")
    plan.ok("fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", "W-2", "-L", source.name)
    kept = plan.folder / "kept.txt"
    kept.write_text(plan.ok("anchor", "-o", "-", "-L", source.name), encoding="utf-8")
    assert plan("verify", "--against", str(kept), "-L", "older.db").exit_code == 6
    kept.write_text(kept.read_text(encoding="utf-8").replace("\n", " \n", 1), encoding="utf-8")
    assert plan("verify", "--against", str(kept), "-L", source.name).exit_code == 6


def key_of(plan: Run) -> str:
    """The verifying key of the plan's ledger."""
    return str(plan.json("verify")["data"]["verifying_key"])


def test_one_event_and_the_past_leave_as_proofs_that_both_programs_check(plan: Run) -> None:
    kept = plan.folder / "kept.txt"
    kept.write_text(plan.ok("anchor", "-o", "-"), encoding="utf-8")
    plan.ok("fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", "W-2")
    plan.ok("export", "proof", "4", "-o", "e.tlog-proof")
    plan.ok("export", "consistency", "--since-checkpoint", str(kept), "-o", "y.consistency")
    key = key_of(plan)
    for words, said in (
        (("e.tlog-proof", "--frame", "e.frame"), "event 4"),
        (("y.consistency", "--against", "kept.txt"), "begin with the"),
    ):
        assert said in plan.ok("verify", "--from-file", *words, "--key", key)
        assert plan.json("verify", "--from-file", *words, "--key", key)["data"]["ok"] is True
        assert main([word.replace("--against", "--old-checkpoint") for word in (*words, "--vkey", key)]) == 0
        (plan.folder / words[2]).write_bytes((plan.folder / words[2]).read_bytes().replace(b"\n", b"\n\n", 1) + b"x")
        assert plan("verify", "--from-file", *words, "--key", key).exit_code == 6
    assert plan("export", "proof", "400", "-o", "f.tlog-proof").exit_code == 3
    assert not (plan.folder / "f.tlog-proof").exists()
    assert plan("export", "proof", "4", "-o", "e.tlog-proof").exit_code == 3


def test_the_log_as_parquet_holds_the_lines_and_the_stored_bytes(plan: Run) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    plan.ok("export", "events", "-o", "lines.parquet")
    plan.ok("export", "events", "--rows", "events", "-o", "events.parquet")
    lines = parquet.read_table(plan.folder / "lines.parquet").to_pylist()
    assert [(row["claim_id"], row["amount"], str(row["paid_on"]), row["line"]) for row in lines] == [
        ("C-1", 90_000_00, "2025-03-04", 1), ("C-2", 30_000_10, "2025-04-04", 1),
    ]  # fmt: skip
    assert [(row["txn_type"], row["coverage"], row["member"]) for row in lines] == [("PAYMENT", "MED", "M-4F2A")] * 2
    plan.ok("export", "events", "-o", "log.ndjson")
    with (plan.folder / "log.ndjson").open("rb") as log:
        stored = [part for part in checked_parts(log, key_of(plan)) if isinstance(part, Record)]
    events = parquet.read_table(plan.folder / "events.parquet").to_pylist()
    assert [(row["position"], row["topic"], row["state"], row["leaf"]) for row in events] == [
        (record.position, record.topic, record.state, record_leaf(record)) for record in stored[:-1]
    ]  # the last one records the export of the log itself


def test_a_report_of_what_was_verified_is_complete_and_says_how_to_repeat_it(plan: Run) -> None:
    plan.ok("verify", "--report", "verify.txt")
    text = (plan.folder / "verify.txt").read_text(encoding="utf-8")
    data = plan.json("verify")["data"]
    assert {"Tree", "Signatures", "Positions", "Versions", "Times", "Commands", "Replay", "INV-03", "INV-27"} <= {
        check["check"] for check in data["checks"]
    }
    for words in (data["root"], data["verifying_key"], "2026-04-15", "claimfund verify --key", "all hold"):
        assert words in text
    plan.ok("export", "events", "-o", "log.ndjson")
    asked = ("verify", "--from-file", "log.ndjson", "--key", data["verifying_key"])
    plan.ok(*asked, "--report", "file.txt")
    data = plan.json("verify")["data"]
    assert data["root"] in (plan.folder / "file.txt").read_text(encoding="utf-8")
    assert plan.json(*asked)["data"]["events"] == data["events"]


def test_a_verification_report_never_replaces_anything_but_such_a_report(plan: Run) -> None:
    key = next(plan.folder.glob("*.key"))
    before = key.read_bytes()
    refused = plan("verify", "--report", str(key))
    assert (refused.exit_code, key.read_bytes()) == (3, before) and "is not a verification report" in refused.stderr
    plan.ok("verify", "--report", "verify.txt")
    plan.ok("verify", "--report", "verify.txt")


def test_a_key_that_is_none_is_wrong_input_and_no_damage(plan: Run) -> None:
    plan.ok("export", "events", "-o", "log.ndjson")
    typo = plan("verify", "--from-file", "log.ndjson", "--key", "northwind")
    assert typo.exit_code == 3 and "--key: The verifying key is not written as" in typo.stderr
    missing = plan("verify", "--from-file", "gone.ndjson", "--key", key_of(plan))
    assert missing.exit_code == 3 and "Errno" not in missing.stderr and "gone.ndjson cannot be read" in missing.stderr
