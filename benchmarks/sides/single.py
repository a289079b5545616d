"""One durable payment at a time: ours, the library's, and the floor that the disk sets."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.generator import code_of

Work = Callable[[], dict[str, Any]]


def ours(place: str, writers: int, payments: int, mark: str) -> Work:
    """So many payments of each of so many writers on one plan that has a history."""
    return _writers(paying, writers, payments, place, mark)


def stock(database: str, url: str, writers: int, payments: int) -> Work:
    """The library as it comes: an aggregate a writer, a save a payment; its tables are made beforehand."""
    from benchmarks.sides.stock import application

    application(database, url).close()
    return _writers(_stock, writers, payments, database, url)


def floor(file: str, writers: int, payments: int) -> Work:
    """300 bytes appended and synced, so many times; writers take turns on one file as commits do."""
    return _writers(_floor, writers, payments, file, "")


def _writers(one: Any, writers: int, payments: int, *given: str) -> Work:
    spawn = multiprocessing.get_context("spawn")
    ready, go, done = spawn.Semaphore(0), spawn.Event(), spawn.Queue()
    started = [
        spawn.Process(target=_run, args=(one, number, payments, given, ready, go, done)) for number in range(writers)
    ]
    for process in started:
        process.start()
    for _ in started:
        ready.acquire(timeout=300)

    def work() -> dict[str, Any]:
        began = time.perf_counter()
        go.set()
        failed = [text for _ in started if (text := done.get(timeout=900))]
        wall = time.perf_counter() - began
        for process in started:
            process.join(timeout=60)
        if failed:
            raise RuntimeError(f"{len(failed)} of {writers} writers failed: {failed[0]}")
        return {"rate": writers * payments / wall, "payments": writers * payments}

    return work


def _run(one: Any, number: int, payments: int, given: tuple[str, ...], ready: Any, go: Any, done: Any) -> None:
    failed = ""
    try:
        step = one(number, *given)
        step(0)
        ready.release()
        go.wait(timeout=600)
        for count in range(1, payments + 1):
            step(count)
    except BaseException as problem:
        failed = f"{type(problem).__name__}: {problem}"
        ready.release()
    done.put(failed)


def paying(number: int, place: str, mark: str) -> Callable[[int], None]:
    """How one writer records one payment after the other on the first plan of a ledger."""
    from benchmarks.sides.ours import opened
    from ledger.calendar import day_number
    from ledger.commands import RecordRegister
    from ledger.identity import identities
    from ledger.lines import lines_of

    ledger = opened(place)
    paid = day_number(date(2025, 12, 22))

    def step(count: int) -> None:
        claim = f"ONE-{mark}-{number}-{count}"
        lines = lines_of(
            [
                {
                    "claim_id": claim,
                    "txn_type": "PAYMENT",
                    "occurrence": 1,
                    "member": f"one-{number}",
                    "family": f"one-{number}",
                    "coverage": "MED",
                    "incurred_on": paid - 20,
                    "paid_on": paid,
                    "booked_on": paid,
                    "amount": 12_345,
                    "eligible": 12_345,
                    "specific_eligible": 1,
                    "aggregate_eligible": 1,
                    "payment_ref": claim,
                    "source_line": 1,
                }
            ]
        )
        lines = lines.replaced(identity=identities(lines))
        outcome = ledger.handle(code_of(0), [RecordRegister(f"MANUAL-{claim}", lines)], actor="bench")
        assert not outcome.again

    return step


def _stock(_number: int, database: str, url: str) -> Callable[[int], None]:
    from benchmarks.sides.stock import Register, application

    with (Path(tempfile.gettempdir()) / "claimfund-bench-stock.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # Two of them must not make the same types in PostgreSQL at once.
        kept = application(database, url)
    register = Register()

    def step(count: int) -> None:
        register.pay(f"ONE-{count}", "one", "2025-12-22", 12_345)
        for attempt in range(50):
            try:
                kept.save(register)
                return
            except Exception:  # SQLite is busy: the library gives up and its user must try again.
                if attempt == 49:
                    raise
                time.sleep(0.01)

    return step


def _floor(_number: int, file: str, _rest: str) -> Callable[[int], None]:
    out = os.open(Path(file), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def step(_count: int) -> None:
        fcntl.flock(out, fcntl.LOCK_EX)
        os.write(out, b"x" * 300)
        os.fsync(out)
        fcntl.flock(out, fcntl.LOCK_UN)

    return step
