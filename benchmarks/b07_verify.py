"""B7: verifying a ledger of pages, and one of a million small events."""

from __future__ import annotations

from benchmarks.measuring import side
from benchmarks.runner import Bench
from benchmarks.workshop import Workshop


def run(bench: Bench, shop: Workshop) -> None:
    """Against ``hashlib`` over the same bytes."""
    payments = shop.payments * (10 if shop.large else 1)
    _pair(bench, str(shop.ledger(payments, shop.plans)), f"verify {payments:,} payments in pages", most=3)
    events = 20_000 if shop.smoke else 1_000_000
    small = shop.home / "small.ledger"
    side("reading:small_events", path=str(small), events=events)
    work = f"verify {events:,} small events"
    found = _pair(bench, str(small), work)
    bench.figure(work, "cpu s", [one.cpu for one in found["verify"]], most=10)
    bench.figure(f"{work}, peak", "MiB", [one.peak for one in found["verify"]])
    shop.forget(small)


def _pair(bench: Bench, ledger: str, work: str, *, most: float | None = None):  # type: ignore[no-untyped-def]
    found = bench.in_turn(
        {
            "verify": lambda _: side("reading:verify", ledger=ledger),
            "hashlib": lambda _: side("reading:hashed", ledger=ledger),
        }
    )
    bench.ratio(work, found, "verify", "hashlib", label="`hashlib` over the same bytes from the same file", most=most)
    return found
