"""B1: a claims file into an empty SQLite ledger, and the same rows again."""

from __future__ import annotations

from benchmarks.measuring import Measured, side
from benchmarks.runner import Bench
from benchmarks.workshop import Workshop

STOCK = 100_000


def run(bench: Bench, shop: Workshop) -> None:
    """Ours, again, the raw load and the stock library in turn."""
    file = shop.file(shop.payments, shop.plans)
    place = shop.home / "b1.ledger"
    limit = min(shop.payments, STOCK)

    def first(_: int) -> Measured:
        shop.forget(place)
        side("prepare:new", path=str(place), plans=shop.plans)
        return side("ours:import_csv", place=str(place), file=str(file))

    def again(_: int) -> Measured:
        return side("ours:import_again", place=str(place), file=str(file))

    def raw(_: int) -> Measured:
        shop.forget(shop.home / "b1.db")
        return side("raw:load", database=str(shop.home / "b1.db"), file=str(file))

    def stock(_: int) -> Measured:
        shop.forget(shop.home / "b1.es")
        return side("stock:load", database=str(shop.home / "b1.es"), file=str(file), limit=limit)

    found = bench.in_turn({"import": first, "import again": again, "csv+SQLite": raw, "eventsourcing": stock})
    scale = shop.payments / limit
    bench.ratio(
        "import a CSV",
        found,
        "import",
        "csv+SQLite",
        label="`csv.reader` + `executemany`, one indexed SQLite table",
        most=1,
    )
    bench.ratio(
        "import a CSV",
        found,
        "import",
        "eventsourcing",
        least=15,
        scale=scale,
        label=f"`eventsourcing` as it comes, one event a payment (of {limit:,})",
    )
    bench.ratio("import again, all duplicates", found, "import again", "import", label="the first import", most=0.6)
    bench.figure("import a CSV, peak", "MiB", [one.peak for one in found["import"]], most=400)
    bench.figure("import again, peak", "MiB", [one.peak for one in found["import again"]], most=400)
    bench.figure("ledger on disk", "bytes a payment", [place.stat().st_size / shop.payments], most=60)
    bench.figure("the claims file", "bytes a payment", [file.stat().st_size / shop.payments])
    shop.forget(place, shop.home / "b1.db", shop.home / "b1.es")
