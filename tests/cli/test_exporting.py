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
