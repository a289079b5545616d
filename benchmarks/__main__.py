"""``python -m benchmarks [--smoke] [--only B4 ...] [--rounds N] [--large] [--json FILE] [--markdown FILE]``.

Ours and every baseline on the same rows in the same run, in turn, several rounds each, every side in a process of its
own. The claim is the ratio; seconds only give the scale. Totals that differ by a cent end the run with 1. The JSON is
written anew as each benchmark finishes, so that a run that is cut short keeps what it measured; ``--told FILE`` only
writes the markdown of such a file.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.measuring import SideFailed
from benchmarks.runner import Bench, TotalsDiffer
from benchmarks.table import into, printed
from benchmarks.workshop import Workshop

BENCHES = {
    "B1": "b01_import",
    "B2": "b02_import_postgres",
    "B3": "b03_import_835",
    "B4": "b04_replay",
    "B5": "b05_reading",
    "B6": "b06_single",
    "B7": "b07_verify",
    "B8": "b08_start",
    "B9": "b09_stop_loss",
    "B10": "b10_growth",
}


def main() -> int:
    """Run what was asked for; 1 when totals differ or a side fails."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--smoke", action="store_true", help="small: checks that it runs, not how fast")
    asked.add_argument("--only", nargs="+", choices=list(BENCHES), default=list(BENCHES), metavar="B1..B10")
    asked.add_argument("--payments", type=int)
    asked.add_argument("--rounds", type=int)
    asked.add_argument("--large", action="store_true", help="also ten times as many payments, where it says so")
    asked.add_argument("--json", type=Path, help="where to write every figure")
    asked.add_argument("--markdown", type=Path, help="the file whose figures are to be replaced: docs/performance.md")
    asked.add_argument("--told", type=Path, help="measure nothing: write the markdown of this JSON of an earlier run")
    asked.add_argument("--into", type=Path, help="a folder to work in; default: a temporary one")
    told = asked.parse_args()
    if told.told:
        if not told.markdown:
            asked.error("--told needs --markdown: the file to write its figures into.")
        into(told.markdown, json.loads(told.told.read_text(encoding="utf-8")))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that the folder goes and the server stops.
    payments = told.payments or (10_000 if told.smoke else 1_000_000)
    rounds = told.rounds or (1 if told.smoke else 5)
    with tempfile.TemporaryDirectory(prefix="claimfund-bench-", dir=told.into) as folder:
        shop = Workshop(Path(folder), payments, 4 if told.smoke else 20, 50_000, rounds, told.large, told.smoke)
        try:
            return _run(shop, told.only, told.json, told.markdown)
        except (TotalsDiffer, SideFailed) as problem:
            print(f"error: {problem}", file=sys.stderr)
            return 1
        finally:
            shop.close()


def _run(shop: Workshop, names: list[str], to: Path | None, into_file: Path | None) -> int:
    began, rows, took = time.perf_counter(), list[dict[str, Any]](), dict[str, float]()
    found: dict[str, Any] = {
        "command": shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]]),
        "machine": machine(),
        "settings": {
            "payments": shop.payments,
            "plans": shop.plans,
            "members": shop.members,
            "rounds": shop.rounds,
            "large": shop.large,
            "smoke": shop.smoke,
        },
        "seconds": 0.0,
        "took": took,
        "rows": rows,
    }
    for name in names:
        bench, start = Bench(name, shop.rounds), time.perf_counter()
        import_module(f"benchmarks.{BENCHES[name]}").run(bench, shop)
        print(printed(bench.data()), flush=True)
        rows += bench.data()
        took[name] = round(time.perf_counter() - start, 1)
        found["seconds"] = round(time.perf_counter() - began, 1)
        found["machine"]["postgres"] = shop.server.version() if "server" in shop.__dict__ else ""
        if to:
            to.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if into_file:
        into(into_file, found)
    short = [row for row in rows if row["reached"] is False]
    print(
        f"{len(rows)} figures in {found['seconds']:.0f} s; {len(short)} short of what was asked, "
        f"{sum(bool(row['missing']) for row in rows)} not compared for want of a baseline"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
