"""A runner over a ledger in a temporary folder, with a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from claimfund.main import cli
from claimfund.session import Session
from ledger.calendar import micros_of

NOW = micros_of(datetime(2026, 4, 15, 12, 0, tzinfo=UTC))


class FixedClock:
    """Always the same moment."""

    def now(self) -> int:
        """Noon of 2026-04-15 UTC."""
        return NOW


class Run:
    """Runs the command line in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, actor: str | None = "m.ortiz") -> Result:
        session = Session(actor=actor, clock=FixedClock())
        return CliRunner().invoke(cli, list(arguments), obj=session, prog_name="claimfund")

    def ok(self, *arguments: str) -> str:
        """The output of a command that must succeed."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> dict[str, Any]:
        """The envelope of a command."""
        found: dict[str, Any] = json.loads(self.ok(*arguments, "--json"))
        return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("CLAIMFUND_LEDGER", "CLAIMFUND_PLAN", "CLAIMFUND_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Run(tmp_path)


@pytest.fixture
def plan(run: Run) -> Run:
    """A folder with a ledger: plan NW, year 2025, a budget, two payments of one member over the deductible."""
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2025")
    run.ok("budget", "set", "--year", "2025", "--annual", "1200000.00")
    run.ok("enroll", "set", "--month", "2025-01", "EE=143", "FAM=256")
    run.ok("fund", "receive", "--amount", "100000.00", "--date", "2025-01-02", "--reference", "W-1")
    pay(run, "C-1", "90000.00", "2025-03-04")
    pay(run, "C-2", "30000.10", "2025-04-04")
    return run


def pay(run: Callable[..., Result], claim: str, amount: str, paid: str, member: str = "M-4F2A") -> Result:
    """Record one payment."""
    return run(
        "claim", "pay", "--member", member, "--amount", amount, "--paid", paid, "--incurred", "2025-02-01",
        "--coverage", "MED", "--claim", claim,
    )  # fmt: skip
