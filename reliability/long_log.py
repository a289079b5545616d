"""Write an exported log of many small events, and measure how the one-file verifier checks it, in a process of its own.

PYTHONPATH=src:cli:tests python -m reliability.long_log [--events N] [--each N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

from claimfund.evidence import verify_claimfund_log
from claimfund.evidence.exporting import log_lines
from stores.test_evidence import filled


def write(log: Path, events: int, each: int) -> None:
    """An exported log of invented events, and its verifying key beside it."""
    store = filled(events, each=each)
    with log.open("x", encoding="ascii", newline="") as file:
        file.writelines(log_lines(store, str(store.verifying_key)))
    log.with_suffix(".vkey").write_text(str(store.verifying_key), encoding="utf-8")


def main() -> int:
    """The verifier's own exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=1_000_000, metavar="N", help="How many events.")
    asked.add_argument("--each", type=int, default=1_000, metavar="N", help="Events a command; each is signed once.")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.ndjson"
        # Written in a process of its own, whose memory would otherwise count as that of the verifier forked from it.
        writer = get_context("spawn").Process(target=write, args=(log, given.events, given.each))
        writer.start()
        writer.join()
        size, vkey = log.stat().st_size, str(log.with_suffix(".vkey").read_text(encoding="utf-8"))
        words = [sys.executable, verify_claimfund_log.__file__, str(log), "--vkey", vkey]
        _, status, used = os.wait4(subprocess.Popen(words).pid, 0)
    cpu = used.ru_utime + used.ru_stime
    print(f"{given.events:,} events, {size / 1e6:.0f} MB: {cpu:.1f} s CPU, at most {used.ru_maxrss / 1024:.0f} MiB")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    raise SystemExit(main())
