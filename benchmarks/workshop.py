"""What the benchmarks work on, made when first asked for and kept for the run: files, ledgers, tables, a server."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measuring import ROOT, environment, side
from benchmarks.postgres import Server

__all__ = ["ROOT", "Workshop"]


def lacking(module: str, extra: str = "bench") -> str:
    """Why a baseline cannot run, or nothing when it can."""
    return "" if find_spec(module) else f"{module} is not installed; it comes with the extra [{extra}]"


def lacking_program(name: str) -> str:
    """Why a program cannot be measured, or nothing when it can."""
    return "" if shutil.which(name) else f"there is no {name} on this machine (Debian: apt-get install {name})"


@dataclass
class Workshop:
    """A folder for one run. ``back``: so many voids and refunds in a thousand payments."""

    home: Path
    payments: int
    plans: int
    members: int
    rounds: int
    large: bool = False
    smoke: bool = False
    _made: dict[str, Path] = field(default_factory=dict)

    def file(self, payments: int, plans: int, back: int = 0) -> Path:
        """A claims file."""
        return self._once("csv", "prepare:claims_file", payments, plans, back)

    def ledger(self, payments: int, plans: int, back: int = 0) -> Path:
        """A ledger that holds the whole of a claims file."""
        self.file(payments, plans, back)
        return self._once("ledger", "prepare:ledger", payments, plans, back)

    def parquet(self, payments: int, plans: int, back: int = 0) -> Path:
        """The same rows as Parquet, by DuckDB."""
        self.file(payments, plans, back)
        return self._once("parquet", "prepare:parquet", payments, plans, back)

    def table(self, payments: int, plans: int, back: int = 0) -> Path:
        """The same rows in one indexed SQLite table."""
        self.file(payments, plans, back)
        return self._once("db", "prepare:table", payments, plans, back)

    def duck(self, payments: int, plans: int, back: int = 0) -> Path:
        """The same rows in DuckDB's own file."""
        self.parquet(payments, plans, back)
        return self._once("duckdb", "prepare:duck", payments, plans, back)

    def journal(self, payments: int, plans: int, back: int = 0) -> Path:
        """The same rows as a journal that ledger and hledger read."""
        self.file(payments, plans, back)
        return self._once("journal", "prepare:journal", payments, plans, back)

    def _once(self, kind: str, maker: str, payments: int, plans: int, back: int) -> Path:
        name = f"{payments}-{plans}-{back}.{kind}"
        if name not in self._made:
            path, members = self.home / name, self.members_for(payments)
            side(maker, path=str(path), payments=payments, plans=plans, members=members, back=back)
            self._made[name] = path
        return self._made[name]

    def members_for(self, payments: int) -> int:
        """As many payments a member at every size: twenty where a million payments are of 50,000 members."""
        return max(100, payments * self.members // 1_000_000)

    @cached_property
    def demo(self) -> Path:
        """The demo's ledger."""
        folder = self.home / "demo"
        subprocess.run(
            [*self.claimfund, "demo", str(folder)], check=True, capture_output=True, env=environment(), cwd=self.home
        )
        return next(folder.glob("*.ledger"))

    @cached_property
    def claimfund(self) -> list[str]:
        """The command, as a user starts it but from this tree."""
        import sys

        return [sys.executable, "-m", "claimfund"]

    @cached_property
    def server(self) -> Server:
        """A PostgreSQL of our own, durable."""
        return Server(self.home / "pg")

    def close(self) -> None:
        """Stop the server, if one was started."""
        if "server" in self.__dict__:
            self.server.stop()

    def forget(self, *paths: Path) -> None:
        """Make room on the disk."""
        for path in paths:
            for found in path.parent.glob(path.name + "*"):
                found.unlink()

    def __post_init__(self) -> None:
        """What sides leave behind beside their work goes into the folder too, keys of servers' ledgers above all."""
        os.environ["BENCH_KEYS"] = os.environ["TMPDIR"] = str(self.home)
