"""One plan with many payments a year: each year's file imported, then read and verified from the shell, all measured.

PYTHONPATH=src:cli:tests:. python -m reliability.busy_plan [--years N] [--payments N]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.generator import Size, code_of, write
from benchmarks.measuring import Measured, side, start
from benchmarks.sides.ours import empty


def main() -> int:
    """1 when the position's claims are not the sum of the files."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--years", type=int, default=5, metavar="N", help="Plan years from 2021 on.")
    asked.add_argument("--payments", type=int, default=2_000_000, metavar="N", help="Payments a year.")
    given = asked.parse_args()
    years = tuple(range(2021, 2021 + given.years))
    with tempfile.TemporaryDirectory(prefix="claimfund-busy-") as folder:
        place, totals = Path(folder) / "busy.ledger", dict[int, int]()
        empty(str(place), 1, years)
        for year in years:
            file = Path(folder) / f"{year}.csv"
            size = Size(given.payments, 1, max(100, given.payments // 20), year, 12, date(year, 1, 6))
            totals[year] = write(file, size)
            _tell(f"import {year}", side("ours:import_csv", place=str(place), file=str(file)))
            file.unlink()
        last = str(years[-1])
        shell = [sys.executable, "-m", "claimfund", "-L", str(place), "--plan", code_of(0)]
        found = start([*shell, "position", "--year", last, "--json"])
        _tell(f"position {last}", found)
        _tell(f"stoploss specific {last}", start([*shell, "stoploss", "specific", "--year", last]))
        _tell("verify", start([*shell, "verify"]))
        cents = totals[years[-1]]
        same = f'"{cents // 100}.{cents % 100:02d}"' in found.answer["said"]
        print(f"{place.stat().st_size / given.payments / len(years):.1f} bytes a payment; claims paid "
              f"{'are' if same else 'ARE NOT'} the sum of the file of {last}")  # fmt: skip
    return 0 if same else 1


def _tell(work: str, found: Measured) -> None:
    print(f"{work}: {found.cpu:.1f} s CPU, {found.wall:.1f} s wall, peak {found.peak:.0f} MiB", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
