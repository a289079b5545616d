"""The log leaves as a file, and the program that checks it leaves with it."""

from __future__ import annotations

import json

from claimfund.evidence.verify_claimfund_log import main
from cli.conftest import Run


def test_an_exported_log_is_verified_by_the_exported_program(plan: Run) -> None:
    plan.ok("export", "events", "-o", "log.ndjson")
    plan.ok("export", "verifier", "-o", "verify.py")
    with (plan.folder / "log.ndjson").open(encoding="ascii") as lines:
        vkey = json.loads(next(lines))["vkey"]
    assert main([str(plan.folder / "log.ndjson"), "--vkey", vkey]) == 0
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
