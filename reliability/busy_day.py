"""A day of many writers on PostgreSQL while readers tail the log: single payments, files and closed months.

Half of the writers share one plan, the others have one each. No conflict may surface, what is read is dense and never
goes back, and in the end everything that was acknowledged is there and ``verify`` passes.

PYTHONPATH=src:cli:tests:. python -m reliability.busy_day [--writers N] [--readers N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.generator import Size, code_of, write
from benchmarks.postgres import Server
from benchmarks.sides import ours
from benchmarks.sides.single import paying

from ledger import commands as cmd
from ledger.importing import commit_import, plan_import
from ledger.intake.claims_csv import read_claims
from ledger.stores.verification import verify_store
from projections.history import History
from projections.position import position


def main() -> int:
    """1 when anything was refused, read twice or missed, or is not there in the end."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--writers", type=int, default=8, metavar="N")
    asked.add_argument("--readers", type=int, default=2, metavar="N")
    asked.add_argument("--rounds", type=int, default=20, metavar="N", help="Of ten payments and a file a writer.")
    given = asked.parse_args()
    spawn = get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="claimfund-day-") as folder:
        os.environ["BENCH_KEYS"] = folder
        server = Server(Path(folder) / "pg")
        try:
            place, said, done = server.database(), spawn.Queue(), spawn.Event()
            ours.empty(place, given.writers)
            began = time.perf_counter()
            readers = [spawn.Process(target=_read, args=(place, said, done)) for _ in range(given.readers)]
            writers = [
                spawn.Process(target=_write, args=(number, given.writers, given.rounds, place, folder, said))
                for number in range(given.writers)
            ]
            for process in readers + writers:
                process.start()
            told = [said.get() for _ in writers]
            wall = time.perf_counter() - began
            done.set()
            told += [said.get() for _ in readers]
            for process in readers + writers:
                process.join()
            return _end(place, told, wall)
        finally:
            server.stop()


def _end(place: str, told: list[dict[str, Any]], wall: float) -> int:
    failed = [one["failed"] for one in told if one["failed"]]
    wrote = [one for one in told if "cents" in one]
    ledger = ours.opened(place)
    cents = sum(page.lines.total() for code in ledger.plans() for page in History(ledger.history(code)).pages)
    verified = verify_store(ledger.store)
    expected = sum(one["cents"] for one in wrote)
    looks = sum(one["looks"] for one in told if "looks" in one)
    print(
        f"{len(wrote)} writers, {verified.commands:,} commands, {verified.events:,} events in {wall:.0f} s "
        f"({verified.commands / wall:.0f} commands/s); {looks:,} looks of {len(told) - len(wrote)} readers; "
        f"{cents / 100:,.2f} recorded, {expected / 100:,.2f} acknowledged; {len(failed)} failures; verified"
    )
    for text in failed:
        print(text)
    return 1 if failed or cents != expected else 0


def _write(number: int, writers: int, rounds: int, place: str, folder: str, said: Any) -> None:
    """Ten single payments on the plan that half of the writers share, or on an own one; a file; a month closed."""
    answer: dict[str, Any] = {"failed": "", "cents": 0}
    try:
        os.environ["BENCH_KEYS"] = folder
        shared = number < writers // 2
        step = paying(number, place, "day") if shared else None
        ledger = ours.opened(place)
        for at in range(rounds):
            for count in range(10):
                if step:
                    step(at * 10 + count)
                    answer["cents"] += 12_345
                else:
                    amount = 100 + count
                    asked = cmd.RecordMoney("funding", amount, date(2025, 6, 1), reference=f"W-{number}-{at}-{count}")
                    ledger.handle(code_of(number), [asked], actor="bench")
            if not shared:
                answer["cents"] += _file(ledger, number, at, folder)
                if at == rounds // 2:
                    ledger.handle(code_of(number), [cmd.ClosePeriod("2024-12")], actor="bench")
    except BaseException as problem:
        answer["failed"] = f"writer {number}: {type(problem).__name__}: {problem}"
    said.put(answer)


def _file(ledger: Any, number: int, at: int, folder: str) -> int:
    """A file of two hundred payments of the writer's own plan."""
    path = Path(folder) / f"{number}-{at}.csv"
    write(path, Size(200, 1, 100, seed=1_000 * number + at))
    path.write_text(path.read_text().replace(code_of(0), code_of(number)).replace(",25", f",{number}{at:03d}"))
    plan = plan_import(ledger, read_claims(path))
    commit_import(ledger, plan, actor="bench")
    return plan.cents_recorded


def _read(place: str, said: Any, done: Any) -> None:
    """Follow the log from its beginning, and work the shared plan's position out again and again."""
    answer: dict[str, Any] = {"failed": "", "looks": 0}
    try:
        store = ours.opened(place)
        last = paid = 0
        versions: dict[str, int] = {}
        while not done.is_set():
            size = store.head().size
            for record in store.store.read(after=last, until=size):
                assert record.position == last + 1, f"event {record.position} after {last}"
                assert record.version == versions.get(record.plan, 0) + 1, f"version {record.version} of {record.plan}"
                last, versions[record.plan] = record.position, record.version
            assert last == size, f"{size} were signed and {last} read"
            now = position(History(store.history(code_of(0), size)), 2025, date(2025, 12, 31)).claims_paid
            assert now >= paid, f"claims paid went from {paid} to {now}"
            paid = now
            answer["looks"] += 1
    except BaseException as problem:
        answer["failed"] = f"reader: {type(problem).__name__}: {problem}"
    said.put(answer)


if __name__ == "__main__":
    raise SystemExit(main())
