"""Real processes on real ledgers: what the tests of the whole system start, stop and look at."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from claimfund.main import cli
from claimfund.session import Session

HEADER = "plan_id,claim_id,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,payment_ref,plan_paid"
PLAN_TOML = """\
[plan]
code = "NW"
name = "Northwind Employee Health Benefit Plan"
sponsor = "Northwind Manufacturing, Inc."
administrator = "Cascade Benefit Administrators"
currency = "USD"
plan_year_start = "01-01"
year = 2025
"""
ROWS = 20_000
PATIENCE = 30.0  # seconds after which a process is taken to hang


def row(number: int) -> tuple[str, int]:
    """One payment of a register, and its cents; the same number is the same payment."""
    member, cents = f"M-{number % 700:04}", 1000 + number * 37 % 45_000
    line = (
        f"NW,C-{number:07},PAYMENT,MED,{member},{member},2025-0{1 + number % 6}-1{number % 9},"
        f"2025-0{7 + number % 3}-1{number % 9},K-{number},{cents // 100}.{cents % 100:02}"
    )
    return line, cents


def register(path: Path, numbers: Sequence[int]) -> int:
    """Write a register of these payments; its cents are answered."""
    rows = [row(number) for number in numbers]
    path.write_text("\n".join([HEADER, *(line for line, _ in rows), ""]), encoding="utf-8")
    return sum(cents for _, cents in rows)


def ask(*arguments: str) -> Result:
    """Run one command in this process."""
    return CliRunner().invoke(cli, list(arguments), obj=Session(actor="checker"), prog_name="claimfund")


def told(*arguments: str) -> dict[str, Any]:
    """The data of a command that must succeed."""
    result = ask(*arguments, "--json")
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)["data"]
    return data


def position_of(ledger: str) -> dict[str, Any]:
    """Every figure of the plan year."""
    return told("position", "-L", ledger, "--year", "2025")


def cents_paid(ledger: str) -> int:
    """The claims paid, in cents."""
    return int(position_of(ledger)["claims_paid"].replace(".", ""))


def verified(ledger: str) -> dict[str, Any]:
    """What ``claimfund verify`` finds; it must find nothing wrong."""
    return told("verify", "-L", ledger)


def events_of(ledger: str) -> int:
    """How many events a verified ledger holds."""
    return int(verified(ledger)["events"])


def begin(ledger: str, folder: Path) -> None:
    """A new ledger with one plan and its year."""
    document = folder / "plan.toml"
    document.write_text(PLAN_TOML, encoding="utf-8")
    result = ask("init", str(document), "-L", ledger)
    assert result.exit_code == 0, result.output


def copy_ledger(source: Path, target: Path) -> Path:
    """A ledger and its signing key under another name."""
    shutil.copy(source, target)
    shutil.copy(f"{source}.key", f"{target}.key")
    return target


def environment() -> dict[str, str]:
    """What a child needs to find the programs."""
    path = os.pathsep.join(part for part in sys.path if part)
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def _default_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def start(*arguments: str, **given: Any) -> subprocess.Popen[str]:
    """Start ``python -m claimfund``."""
    return subprocess.Popen(
        [sys.executable, "-m", "claimfund", "--actor", "t.okafor", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        preexec_fn=_default_interrupt, **given,
    )  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def shell_code(self) -> int:
        """The exit code as a shell shows it: 128 and the signal for a process that ended by one."""
        return self.code if self.code >= 0 else 128 - self.code


def size_of(path: Path | str) -> int:
    """The size of a file, 0 when there is none."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


MOMENTS = ("the program loads", "the preview is said", "the lock is taken", "the journal grows", "the ledger grows",
           "it says it is recorded")  # fmt: skip


def _come(moment: str, process: subprocess.Popen[str], ledger: Path, heard: list[str]) -> Iterator[bool]:
    """Answers again and again whether the moment has come; what was said meanwhile is kept."""
    lock, logs, before = f"{ledger}.lock", (f"{ledger}-journal", f"{ledger}-wal"), size_of(ledger)
    began = time.monotonic()
    assert process.stdout is not None
    if moment in ("the preview is said", "it says it is recorded"):
        wanted = "Control totals" if moment == "the preview is said" else "Recorded"
        for line in process.stdout:
            heard.append(line)
            yield wanted in line
    while True:
        match moment:
            case "the program loads":
                yield time.monotonic() - began > 0.15
            case "the lock is taken":
                yield os.path.exists(lock)
            case "the journal grows":
                yield any(size_of(log) for log in logs)
            case "the ledger grows":
                yield size_of(ledger) > before
            case _:
                yield True


def signalled(moment: str | float, which: signal.Signals, ledger: Path, *arguments: str) -> Ended:
    """Start a command and send it a signal at a moment (or after seconds); then how it ended."""
    heard: list[str] = []
    process = start("-L", str(ledger), *arguments)
    if isinstance(moment, float):
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(which)
    else:
        for come in _come(moment, process, ledger, heard):
            if come or process.poll() is not None:
                break
        process.send_signal(which)
    out, err = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, "".join(heard) + out, err)


WORKER = """
import json, sys
from claimfund.main import cli
import ledger.importing, projections.history
print("ready", flush=True)
sys.stdin.readline()
for arguments in json.load(sys.stdin):
    try:
        cli.main(arguments, prog_name="claimfund")
    except SystemExit as ended:
        print("exit", ended.code, *arguments[2:5], flush=True)
"""


@contextmanager
def _workers(count: int) -> Iterator[list[subprocess.Popen[str]]]:
    pipe = subprocess.PIPE
    made = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment()
        )
        for _ in range(count)
    ]
    try:
        for worker in made:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n", worker.communicate()[1]
        yield made
    finally:
        for worker in made:
            worker.kill()
            worker.communicate()


def at_once(chains: Sequence[Sequence[Sequence[str]]]) -> list[Ended]:
    """Run chains of commands, each chain in a process of its own, all begun together when all are loaded."""
    with _workers(len(chains)) as workers:
        for worker, chain in zip(workers, chains, strict=True):
            assert worker.stdin is not None
            worker.stdin.write("\n" + json.dumps([list(command) for command in chain]))
            worker.stdin.close()
            worker.stdin = None
        ended = []
        for worker in workers:
            out, err = worker.communicate(timeout=PATIENCE)
            ended.append(Ended(worker.returncode, out, err))
        return ended
