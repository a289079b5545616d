"""B4: everything replayed, cold, to the balances of all plans by month, and with an accumulator a member.

A hundredth of the payments is voided or refunded later. The product's own path: every event of every plan is posted.
"""

from __future__ import annotations

from benchmarks.measuring import Measured, side, start
from benchmarks.runner import Bench
from benchmarks.workshop import Workshop, lacking, lacking_program

BACK = 12
"""Voids and refunds in a thousand payments."""


def run(bench: Bench, shop: Workshop) -> None:
    """Ours, DuckDB and polars in turn; ``ledger`` once a round at the smaller size."""
    _size(bench, shop, shop.payments)
    _journal(bench, shop)
    if shop.large:
        _size(bench, shop, shop.payments * 10)


def _size(bench: Bench, shop: Workshop, payments: int) -> None:
    ledger = shop.ledger(payments, shop.plans, BACK)
    for members, work, most in (
        (False, f"replay {payments:,} by plan and month", 1.5),
        (True, f"replay {payments:,}, with member accumulators", 3.0),
    ):
        sides = {
            name: lambda _, cores=cores, members=members: side(
                "replay:months", ledger=str(ledger), members=members, cores=cores
            )
            for name, cores in (("ours", 1), ("two processes", 2))
        }
        for module, label in (("duckdb", "DuckDB over Parquet"), ("polars", "polars over Parquet")):
            bound = most if module == "duckdb" else None
            if why := lacking(module) or lacking("duckdb"):
                bench.missing(work, label, why, most=bound)
                continue
            parquet = shop.parquet(payments, shop.plans, BACK)
            name = "columns:duck" if module == "duckdb" else "columns:polars"
            sides[module] = lambda _, name=name, parquet=parquet, members=members: side(
                name, parquet=str(parquet), members=members
            )
        found = bench.in_turn(sides)
        for module, label in (("duckdb", "DuckDB over Parquet"), ("polars", "polars over Parquet")):
            if module in found:
                bench.ratio(work, found, "ours", module, label=label, most=most if module == "duckdb" else None)
                bench.ratio(work, found, "ours", module, label=label, by="wall")
        bench.ratio(work, found, "two processes", "ours", label="one process of ours", by="wall")
        bench.figure(
            f"{work}, peak", "MiB", [one.peak for one in found["ours"]], most=400 if payments >= 10**7 else None
        )


def _journal(bench: Bench, shop: Workshop) -> None:
    payments = shop.payments
    work = f"replay {payments:,} by plan and month"
    if why := lacking_program("ledger"):
        bench.missing(work, "`ledger balance` on the exported journal", why, least=50)
        return
    journal, place = shop.journal(payments, shop.plans, BACK), shop.ledger(payments, shop.plans, BACK)
    expected = side("replay:claims", ledger=str(place)).total

    def ledger(_: int) -> Measured:
        found = start(["ledger", "-f", str(journal), "balance", "Claims", "--flat"])
        said = found.answer["said"].splitlines()[-1].strip().lstrip("$").replace(",", "").replace(".", "")
        found.answer["total"] = int(said)
        return found

    def ours(_: int) -> Measured:
        found = side("replay:months", ledger=str(place), members=False)
        return Measured(found.cpu, found.wall, found.whole_cpu, found.whole_wall, found.peak, {"total": expected})

    rounds = 1 if shop.payments >= 10**6 else bench.rounds
    found = bench.in_turn({"ours": ours, "ledger": ledger}, rounds=rounds)
    bench.ratio(work, found, "ours", "ledger", label="Debian `ledger balance` on the exported journal", least=50)
