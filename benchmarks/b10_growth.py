"""B10: how import, replay and reading grow with the ledger, and the shapes a ledger can have."""

from __future__ import annotations

import math
import statistics

from benchmarks.b04_replay import BACK
from benchmarks.measuring import Measured, side, start
from benchmarks.runner import Bench
from benchmarks.workshop import Workshop


def run(bench: Bench, shop: Workshop) -> None:
    """Import, replay and position at growing sizes; many small plans; one busy plan."""
    top = shop.payments * (10 if shop.large else 1)
    sizes = [size for size in (shop.payments // 100, shop.payments // 10, shop.payments, top) if size <= top]
    sizes = sorted(set(sizes))
    imports, replays, reads = {}, {}, {}
    for size in sizes:
        imports[size], replays[size], reads[size] = _at(bench, shop, size)
    for name, found, most in (
        ("import", imports, 1.05),
        ("replay", replays, 1.05),
        ("position from the shell", reads, None),
    ):
        for size, values in found.items():
            bench.figure(
                f"{name}, {size:,} payments",
                "wall s" if most is None else "µs CPU a payment",
                values if most is None else [value / size * 1e6 for value in values],
            )
        slope = _exponent({size: statistics.median(values) for size, values in found.items()})
        bench.figure(f"{name}: exponent of growth", "exponent", [slope], most=most)
    _many_plans(bench, shop)


def _at(bench: Bench, shop: Workshop, size: int) -> tuple[list[float], list[float], list[float]]:
    file, place = shop.file(size, shop.plans, BACK), shop.home / "b10.ledger"

    def imported(_: int) -> Measured:
        shop.forget(place)
        side("prepare:new", path=str(place), plans=shop.plans)
        return side("ours:import_csv", place=str(place), file=str(file))

    found = bench.in_turn(
        {
            f"import {size:,}": imported,
            f"replay {size:,}": lambda _: side("replay:months", ledger=str(place), members=False),
            f"position {size:,}": lambda _: start(
                [*shop.claimfund, "-L", str(place), "--plan", "P00000", "position", "--year", "2025"]
            ),
        },
        same=False,
    )
    bench.figure(f"ledger of {size:,} payments on disk", "bytes a payment", [place.stat().st_size / size])
    shop.forget(place)
    first, second, third = found.values()
    return [one.cpu for one in first], [one.cpu for one in second], [one.wall for one in third]


def _exponent(points: dict[int, float]) -> float:
    """The slope between the two largest sizes on logarithmic scales: what starting costs weighs least there."""
    (small, before), (large, after) = sorted(points.items())[-2:]
    return math.log(max(after, 1e-6) / max(before, 1e-6)) / math.log(large / small)


def _many_plans(bench: Bench, shop: Workshop) -> None:
    plans = 200 if shop.smoke else 10_000
    place = shop.home / "many.ledger"
    side("prepare:many", path=str(place), plans=plans)
    found = bench.in_turn(
        {
            "status": lambda _: start([*shop.claimfund, "-L", str(place), "--plan", "P00007", "status"]),
            "position": lambda _: start(
                [*shop.claimfund, "-L", str(place), "--plan", "P00007", "position", "--year", "2025"]
            ),
            "verify": lambda _: start([*shop.claimfund, "-L", str(place), "verify"]),
        },
        same=False,
        rounds=1,  # verify replays every plan: minutes
    )
    for name, rounds in found.items():
        bench.figure(f"`{name}` in a ledger of {plans:,} plans", "wall s", [one.wall for one in rounds])
    shop.forget(place)
