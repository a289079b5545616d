"""One ledger with a plan, one big register, and what an uninterrupted run makes of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from system.machine import ROWS, ask, begin, copy_ledger, events_of, position_of, register

NAMES = ("CLAIMFUND_LEDGER", "CLAIMFUND_PLAN", "CLAIMFUND_ACTOR")


@dataclass(frozen=True)
class Prepared:
    """What the tests copy from, and what must come out."""

    ledger: Path
    file: Path
    cents: int
    events_before: int
    events_after: int
    empty: dict[str, Any]
    whole: dict[str, Any]

    def copy(self, folder: Path) -> Path:
        """A ledger of one's own."""
        return copy_ledger(self.ledger, folder / "plan.ledger")


@pytest.fixture(autouse=True)
def a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and settings of this machine's user are not touched."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """A ledger with a plan; a register of 20,000 rows; the position before and after an undisturbed import."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.chdir(folder)
        for name in NAMES:
            patch.delenv(name, raising=False)
        ledger, file = folder / "first.ledger", folder / "register.csv"
        begin(str(ledger), folder)
        cents = register(file, range(ROWS))
        other = copy_ledger(ledger, folder / "whole.ledger")
        result = ask("import", "claims", str(file), "-L", str(other))
        assert result.exit_code == 0, result.output
        whole = position_of(str(other))
        assert int(whole["claims_paid"].replace(".", "")) == cents
        counts = events_of(str(ledger)), events_of(str(other))
        yield Prepared(ledger, file, cents, *counts, position_of(str(ledger)), whole)
