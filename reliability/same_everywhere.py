"""Print every report of one ledger under other hash seeds, time zones, locales and Pythons, and compare each byte.

PYTHONPATH=src:cli:tests python -m reliability.same_everywhere [--python PATH ...]

A Python given with ``--python`` must have claimfund's dependencies. Exit 1 when one digest differs.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from claimfund.demo_data import create_demo
from readings import elsewhere, readings

SEEDS = ("0", "1", "4294967295")
ZONES = ("UTC", "America/St_Johns", "Asia/Kolkata", "Pacific/Kiritimati")
LOCALES = ("C", "C.UTF-8", "POSIX")


def main() -> int:
    """How many of all combinations differ, as an exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--python", nargs="*", default=[sys.executable], help="Interpreters to compare; default: this.")
    given, started = asked.parse_args(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        ledger = create_demo(Path(folder) / "northwind").ledger
        expected = readings(Path(ledger))
        combinations = list(itertools.product(given.python, SEEDS, ZONES, LOCALES))

        def differing(combination: tuple[str, str, str, str]) -> list[str]:
            python, seed, zone, words = combination
            found = elsewhere(Path(ledger), python, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=words)
            return [name for name, digest in expected.items() if found.get(name) != digest]

        with ThreadPoolExecutor(2) as pool:
            results = list(zip(combinations, pool.map(differing, combinations), strict=True))
    wrong = [(combination, names) for combination, names in results if names]
    for combination, names in wrong:
        print(f"{' '.join(combination)}: differs in {', '.join(names)}")
    took = time.monotonic() - started
    print(f"{len(expected)} reports under {len(results)} settings: {len(wrong)} settings differ ({took:.0f} s)")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
