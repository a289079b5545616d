"""What the benchmarks work on, made when first asked for and kept for the run: files, ledgers, tables, a server."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measuring import ROOT, environment, python, side
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
    """A folder for one run. ``spread`` is many plans; ``busy`` is the same number of payments in one plan."""

    home: Path
    payments: int
    plans: int
    members: int
    rounds: int
    large: bool = False
    smoke: bool = False
    _made: dict[str, Path] = field(default_factory=dict)

    def file(self, payments: int, plans: int) -> Path:
        """A claims file."""
        return self._once(f"{payments}-{plans}.csv", "prepare:claims_file", payments, plans)

    def ledger(self, payments: int, plans: int) -> Path:
        """A ledger that holds the whole of a claims file."""
        self.file(payments, plans)
        return self._once(f"{payments}-{plans}.ledger", "prepare:ledger", payments, plans)

    def parquet(self, payments: int, plans: int) -> Path:
        """The same rows as Parquet, by DuckDB."""
        self.file(payments, plans)
        return self._once(f"{payments}-{plans}.parquet", "prepare:parquet", payments, plans)

    def table(self, payments: int, plans: int) -> Path:
        """The same rows in one indexed SQLite table."""
        self.file(payments, plans)
        return self._once(f"{payments}-{plans}.db", "prepare:table", payments, plans)

    def duck(self, payments: int, plans: int) -> Path:
        """The same rows in DuckDB's own file."""
        self.parquet(payments, plans)
        return self._once(f"{payments}-{plans}.duckdb", "prepare:duck", payments, plans)

    def journal(self, payments: int, plans: int) -> Path:
        """The same rows as a journal that ledger and hledger read."""
        self.file(payments, plans)
        return self._once(f"{payments}-{plans}.journal", "prepare:journal", payments, plans)

    def _once(self, name: str, maker: str, payments: int, plans: int) -> Path:
        if name not in self._made:
            path = self.home / name
            side(maker, path=str(path), payments=payments, plans=plans, members=self.members_for(payments))
            self._made[name] = path
        return self._made[name]

    def members_for(self, payments: int) -> int:
        """Twenty payments a member, as in the largest file that the members are stated for."""
        return max(100, min(self.members, payments // 20))

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

    @property
    def warmed(self) -> None:
        """Byte code is compiled before anything is timed."""
        python("-c", "import claimfund.main, ledger.handling, projections.position")
