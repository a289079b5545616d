"""B3: a remittance of 200,000 claims, against parsing it and nothing more."""

from __future__ import annotations

from benchmarks.measuring import Measured, side
from benchmarks.runner import Bench, agreed
from benchmarks.workshop import Workshop, lacking


def run(bench: Bench, shop: Workshop) -> None:
    """Ours imports; ``oxedi`` parses."""
    claims = min(200_000, max(1_000, shop.payments // 5))
    file = shop.home / "b3.835"
    total = side("prepare:remittance", path=str(file), claims=claims).total
    place = shop.home / "b3.ledger"
    work = f"import an 835 of {claims:,} claims, {file.stat().st_size / 1e6:.0f} MB"

    def ours(_: int) -> Measured:
        shop.forget(place)
        side("prepare:new", path=str(place), plans=1)
        found = side("ours:import_835", place=str(place), file=str(file))
        agreed(bench.name, {"the 835": total, "recorded": found.total})
        return found

    sides = {"import": ours}
    why = lacking("oxedi")
    if not why:
        sides["oxedi"] = lambda _: side("remittance:parse", file=str(file))
    found = bench.in_turn(sides)
    if why:
        bench.missing(work, "`oxedi` parse alone", why, most=3)
    else:
        bench.ratio(work, found, "import", "oxedi", label="`oxedi` parse alone", most=3)
    bench.figure("import an 835, peak", "MiB", [one.peak for one in found["import"]], most=400)
    shop.forget(place, file)
