"""B6: one durable payment at a time, one writer and eight, on a plan with a million payments of history."""

from __future__ import annotations

from benchmarks import postgres
from benchmarks.measuring import Measured, side
from benchmarks.runner import Bench
from benchmarks.workshop import Workshop


def run(bench: Bench, shop: Workshop) -> None:
    """Rates in turn: the floor of the disk, the stock library, ours."""
    each = 5 if shop.smoke else 40
    ledger = shop.ledger(shop.payments, 1)
    _store(bench, shop, "SQLite", str(ledger), each)
    if why := postgres.missing():
        for writers in (1, 8):
            bench.missing(f"one payment, {writers} writers, PostgreSQL", "the stock library", why, least=1)
        return
    url = shop.server.database()
    side("prepare:new", path=url, plans=1)
    side("ours:import_csv", place=url, file=str(shop.file(shop.payments, 1)))
    _store(bench, shop, "PostgreSQL", url, each)
    shop.server.drop(url)


def _store(bench: Bench, shop: Workshop, kind: str, place: str, each: int) -> None:
    for writers in (1, 2) if shop.smoke else (1, 8):
        count = max(3, each if writers == 1 else each // 4)

        def ours(number: int, writers: int = writers, count: int = count) -> Measured:
            return side("single:ours", place=place, writers=writers, payments=count, mark=f"{writers}-{number}")

        def stock(number: int, writers: int = writers, count: int = count) -> Measured:
            if kind == "SQLite":
                database, url = shop.home / f"b6-{writers}-{number}.es", ""
            else:
                database, url = shop.home / "unused", shop.server.database()
            found = side("single:stock", database=str(database), url=url, writers=writers, payments=count)
            shop.forget(database)
            return found

        def floor(_: int, writers: int = writers, count: int = count) -> Measured:
            return side("single:floor", file=str(shop.home / "floor"), writers=writers, payments=count)

        found = bench.in_turn({"ours": ours, "fsync": floor, "eventsourcing": stock}, same=False)
        work = f"one payment, {writers} writer{'s' if writers > 1 else ''}, {kind}"
        rates = {name: [one.answer["rate"] for one in rounds] for name, rounds in found.items()}
        for base, label, least in (
            ("fsync", "append 300 B and fsync", 0.4),
            ("eventsourcing", f"`eventsourcing` on {kind}, a save a payment", 1.0),
        ):
            pairs = zip(rates["ours"], rates[base], strict=True)
            bench.figure(work, "× the rate", [a / b for a, b in pairs], baseline=label, least=least)
        bench.figure(work, "payments/s", rates["ours"])
