"""B2: the same file into PostgreSQL, with the server's CPU counted on both sides."""

from __future__ import annotations

from dataclasses import replace

from benchmarks import postgres
from benchmarks.measuring import Measured, side
from benchmarks.runner import Bench
from benchmarks.workshop import Workshop


def run(bench: Bench, shop: Workshop) -> None:
    """Ours and ``COPY`` in turn, each into a new database."""
    if why := postgres.missing():
        bench.missing("import a CSV into PostgreSQL", "`COPY` of the same rows", why, most=1)
        return
    file = shop.file(shop.payments, shop.plans)
    sizes: list[float] = []

    def ours(_: int) -> Measured:
        url = shop.server.database()
        side("prepare:new", path=url, plans=shop.plans)
        found = with_server(shop, "ours:import_csv", place=url, file=str(file))
        sizes.append(float(shop.server.ask("select pg_database_size(current_database())", url)) / shop.payments)
        shop.server.drop(url)
        return found

    def copied(_: int) -> Measured:
        url = shop.server.database()
        found = with_server(shop, "raw:copy", url=url, file=str(file))
        shop.server.drop(url)
        return found

    found = bench.in_turn({"import": ours, "COPY": copied})
    bench.ratio(
        "import a CSV into PostgreSQL",
        found,
        "import",
        "COPY",
        label="`COPY` of the same rows, one indexed table",
        most=1,
    )
    bench.ratio(
        "import a CSV into PostgreSQL",
        found,
        "import",
        "COPY",
        label="`COPY` of the same rows, one indexed table",
        by="wall",
        most=1,
    )
    bench.figure("PostgreSQL database on disk", "bytes a payment", sizes)


def with_server(shop: Workshop, name: str, **given: object) -> Measured:
    """One side with the CPU seconds that the server spent meanwhile added to its own."""
    before = shop.server.cpu()
    found = side(name, **given)
    spent = shop.server.cpu() - before
    return replace(found, cpu=found.cpu + spent, whole_cpu=found.whole_cpu + spent)
