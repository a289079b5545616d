"""``python -m benchmarks [--smoke] [--rounds N] [--json FILE]``: ratios against named baselines, measured in one run.

Ours and the baseline run in turn, several rounds each; the median of CPU seconds is compared, wall time and peak memory
are printed beside it. Figures in seconds only give the scale: the machines are noisy, the ratio is the claim.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import write
from benchmarks.stock import import_stock
from ledger import commands as cmd
from ledger.codec import decode_columns
from ledger.handling import Ledger
from ledger.importing import commit_import, plan_import
from ledger.intake.claims_csv import read_claims
from ledger.money import cents
from ledger.stores.opening import open_store
from ledger.terms import ArrangementTerms, SpecificTerms

STOCK_LIMIT = 20_000


class Wall:
    """The machine's clock."""

    def now(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """CPU seconds of this process, wall seconds, and the result."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return time.process_time() - cpu, time.perf_counter() - wall, result


def new_ledger(path: Path, plans: int) -> Ledger:
    """A ledger whose plans have a specific policy, ready to take registers in."""
    ledger = Ledger(open_store(str(path), create=True), Wall())
    for number in range(plans):
        code = f"P{number:02d}"
        terms = SpecificTerms(deductible=cents("100000.00"), contract_basis="12/15")
        ledger.handle(
            code,
            [
                cmd.RegisterPlan(code, f"Plan {code}", "Benchmark"),
                cmd.SetArrangement(date(2025, 1, 1), ArrangementTerms()),
                cmd.BindPolicy("SPEC", date(2025, 1, 1), specific=terms),
            ],
            actor="bench",
        )
    return ledger


def import_ours(ledger: Ledger, file: Path) -> int:
    """Read, screen, decide, record; gives the minor units recorded."""
    plan = plan_import(ledger, read_claims(file))
    if not plan.already_imported:
        commit_import(ledger, plan, actor="bench")
    return plan.cents_recorded


def import_raw(database: Path, file: Path) -> int:
    """``csv.reader`` and ``executemany`` into one indexed SQLite table, durable, nothing checked."""
    connection = sqlite3.connect(database)
    connection.executescript(
        "pragma synchronous=full;"
        "create table p(plan,claim,line,txn,cov,member,family,incurred,paid,method,ref,amount integer);"
        "create unique index i on p(plan,claim,line,paid,ref,amount);"
    )
    with file.open(newline="") as source:
        lines = csv.reader(source)
        next(lines)
        parsed = ((*row[:11], int(row[11].replace(".", ""))) for row in lines)
        connection.executemany("insert into p values(?,?,?,?,?,?,?,?,?,?,?,?)", parsed)
    connection.commit()
    total = int(connection.execute("select sum(amount) from p").fetchone()[0])
    connection.close()
    return total


def replay_ours(path: Path) -> int:
    """Cold: every page decoded, payments summed by plan and month."""
    ledger = Ledger(open_store(str(path)), Wall())
    sums: dict[str, Any] = {}
    for record in ledger.store.read():
        if record.topic.startswith("claims-paid"):
            lines = decode_columns(record.state, ("amount", "booked_on"))
            months = lines["booked_on"].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
            np.add.at(sums.setdefault(record.plan, np.zeros(2_000, dtype=np.int64)), months, lines["amount"])
    return int(sum(int(column.sum()) for column in sums.values()))


def replay_raw(database: Path) -> int:
    """The same sums from the indexed SQLite table."""
    connection = sqlite3.connect(database)
    found = connection.execute("select plan, substr(paid,1,7), sum(amount) from p group by 1, 2").fetchall()
    connection.close()
    return sum(int(row[2]) for row in found)


def start(*words: str) -> None:
    """One process from the shell."""
    subprocess.run([sys.executable, *words], check=True, capture_output=True)


def compare(name: str, ours: list[float], base: list[float], label: str) -> dict[str, Any]:
    """One line of the table."""
    ratio = statistics.median(ours) / max(statistics.median(base), 1e-9)
    row = {
        "work": name,
        "baseline": label,
        "ours_s": round(statistics.median(ours), 4),
        "baseline_s": round(statistics.median(base), 4),
        "ratio": round(ratio, 2),
        "spread": [round(min(ours), 4), round(max(ours), 4)],
        "rounds": len(ours),
    }
    print(f"{name:34} {row['ours_s']:>9} {row['baseline_s']:>9}  {ratio:>6.2f}x  {label}")
    return row


def run(count: int, plans: int, rounds: int) -> list[dict[str, Any]]:
    """All benchmarks; totals of both sides must be equal to the cent."""
    table: dict[str, tuple[list[float], list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        total = write(home / "claims.csv", count, plans, count // 20)
        for number in range(rounds):
            ledger = new_ledger(home / f"{number}.ledger", plans)
            cpu, _, ours = timed(lambda at=ledger: import_ours(at, home / "claims.csv"))
            raw_cpu, _, raw = timed(lambda at=number: import_raw(home / f"{at}.db", home / "claims.csv"))
            assert ours == raw == total, "the totals differ"
            _add(table, "import a CSV", cpu, raw_cpu)
            limit = min(count, STOCK_LIMIT)
            stock_cpu, _, done = timed(
                lambda at=number, most=limit: import_stock(home / f"{at}.es", home / "claims.csv", most)
            )
            _add(table, "import a CSV, against stock", cpu, stock_cpu * count / done)
            again = home / "again.csv"
            again.write_bytes((home / "claims.csv").read_bytes() + b"\n" * (number + 1))
            cpu, _, _ = timed(lambda at=ledger, file=again: plan_import(at, read_claims(file)))
            _add(table, "import again, all duplicates", cpu, raw_cpu)
            ledger.store.close()
            cpu, _, ours = timed(lambda at=number: replay_ours(home / f"{at}.ledger"))
            raw_cpu, _, raw = timed(lambda at=number: replay_raw(home / f"{at}.db"))
            assert ours == raw == total, "the totals differ"
            _add(table, "replay by plan and month", cpu, raw_cpu)
            _, wall, _ = timed(lambda: start("-m", "claimfund", "--help"))
            _, base, _ = timed(lambda: start("-c", "import click"))
            _add(table, "claimfund --help (wall)", wall, base)
        size = (home / "0.ledger").stat().st_size
    labels = {
        "import a CSV": "csv.reader + executemany, one indexed table",
        "import a CSV, against stock": f"eventsourcing, one event a payment (scaled from {STOCK_LIMIT:,})",
        "import again, all duplicates": "the same raw load",
        "replay by plan and month": "SQLite group by",
        "claimfund --help (wall)": "python -c 'import click'",
    }
    print(f"{count:,} payments, {plans} plans, {rounds} rounds, Python {platform.python_version()}")
    print(f"{'work':34} {'ours s':>9} {'base s':>9}   ratio  baseline")
    found = [compare(name, ours, base, labels[name]) for name, (ours, base) in table.items()]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"bytes on disk a payment {size / count:.1f}; peak memory of the run {peak} MiB")
    return found


def _add(table: dict[str, tuple[list[float], list[float]]], name: str, ours: float, base: float) -> None:
    pair = table.setdefault(name, ([], []))
    pair[0].append(ours)
    pair[1].append(base)


def main() -> None:
    """Run and print."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks")
    asked.add_argument("--smoke", action="store_true", help="small: checks that it runs, not how fast")
    asked.add_argument("--payments", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--json", type=Path)
    told = asked.parse_args()
    found = run(20_000 if told.smoke else told.payments, 4 if told.smoke else 20, 2 if told.smoke else told.rounds)
    if told.json:
        told.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
