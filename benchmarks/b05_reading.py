"""B5: ``position``, ``stoploss specific`` and ``trace`` from the shell on one plan with a million payments."""

from __future__ import annotations

import re
import sys
from datetime import date

from benchmarks.generator import code_of
from benchmarks.measuring import ROOT, Measured, side, start
from benchmarks.runner import Bench
from benchmarks.sides.constants import DEDUCTIBLE
from benchmarks.workshop import Workshop, lacking

SIDES = ROOT / "benchmarks" / "sides"
FAR = 1 << 60


def run(bench: Bench, shop: Workshop) -> None:
    """Now, as of a past date, and as known at a past event."""
    ledger, table = shop.ledger(shop.payments, 1), shop.table(shop.payments, 1)
    known = side("replay:halfway", ledger=str(ledger)).answer
    moments: list[tuple[str, list[str], date, int]] = [
        ("", [], date(2025, 12, 31), FAR),
        (" --as-of 2025-06-30", ["--as-of", "2025-06-30"], date(2025, 6, 30), FAR),
        (" --known-at (half the events)", ["--known-at", str(known["event"])], date(2025, 12, 31), known["rows"]),
    ]
    for name, words in (
        ("position", ["position", "--year", "2025"]),
        ("specific", ["stoploss", "specific", "--year", "2025"]),
        ("trace", ["trace", "position", "2025", "--line", "claims-paid"]),
    ):
        for text, more, as_of, rows in moments:
            _compare(bench, shop, str(ledger), str(table), name, [*words, *more], text, as_of, rows)


def _compare(
    bench: Bench,
    shop: Workshop,
    ledger: str,
    table: str,
    name: str,
    words: list[str],
    text: str,
    as_of: date,
    rows: int,
) -> None:
    given = [name, code_of(0), "2025", str(as_of), str(rows), str(DEDUCTIBLE)]

    def ours(_: int) -> Measured:
        found = start([*shop.claimfund, "-L", ledger, *words])
        found.answer["total"] = _amounts(name, found.answer["said"])
        return found

    def summed(program: str, database: str) -> Measured:
        found = start([sys.executable, str(SIDES / program), database, *given])
        numbers = [int(word) for word in found.answer["said"].split()]
        found.answer["total"] = numbers if name != "specific" else numbers[1:]
        return found

    sides = {"ours": ours, "SQLite": lambda _: summed("sqlite_sum.py", table)}
    why = lacking("duckdb")
    if not why:
        duck = str(shop.duck(shop.payments, 1))
        sides["DuckDB"] = lambda _: summed("duck_sum.py", duck)
    for side_of in sides.values():
        side_of(0)  # Once untimed: byte code is compiled, as it is when a program is installed.
    found = bench.in_turn(sides)
    work = f"`{'stoploss specific' if name == 'specific' else name}`{text}"
    label = "a SQLite process that sums the same figure from an indexed table"
    bench.ratio(work, found, "ours", "SQLite", label=label, by="wall", most=1)
    bench.ratio(work, found, "ours", "SQLite", label=label)
    if why:
        bench.missing(work, "DuckDB on its own file", why)
    else:
        bench.ratio(work, found, "ours", "DuckDB", label="DuckDB on its own file", by="wall")
    bench.figure(work, "wall s", [one.wall for one in found["ours"]], most=1)
    bench.figure(f"{work}, peak", "MiB", [one.peak for one in found["ours"]])


def _amounts(name: str, said: str) -> list[int]:
    """The minor units that a report prints, as the sums give them."""
    labels = {
        "position": ("claims paid", "reimbursements receivable"),
        "specific": ("Total",),
        "trace": ("Claims paid, net",),
    }[name]
    return [_amount(label, said) for label in labels]


def _amount(label: str, said: str) -> int:
    for line in said.splitlines():
        if label.lower() in line.lower():
            numbers = re.findall(r"\(?-?[\d,]+\.\d\d\)?|–", line)
            if numbers:
                return int(re.sub(r"\D", "", numbers[-1]) or 0)
    return 0  # A line without an amount is not printed.
