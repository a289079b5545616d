"""B9: the whole stop-loss calculation of every member, from columns in memory."""

from __future__ import annotations

from benchmarks.measuring import side
from benchmarks.runner import Bench
from benchmarks.workshop import Workshop


def run(bench: Bench, shop: Workshop) -> None:
    """Against the least that numpy could do."""
    ledger = str(shop.ledger(shop.payments, 1))
    found = bench.in_turn(
        {
            "stop-loss": lambda _: side("reading:stop_loss", ledger=ledger),
            "numpy": lambda _: side("reading:threshold", ledger=ledger),
        }
    )
    members = found["stop-loss"][-1].answer["members"]
    work = f"stop-loss of {members:,} members, {shop.payments:,} payments"
    bench.ratio(work, found, "stop-loss", "numpy", label="numpy group-by and threshold on the decoded columns", most=4)
