"""Verifying, working stop-loss out, and the floors below them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from typing import Any

import numpy as np

from benchmarks.generator import code_of
from benchmarks.sides.constants import DEDUCTIBLE
from benchmarks.sides.ours import opened
from ledger.ports import Batch, NewRecord
from ledger.stores.opening import open_store
from ledger.stores.verification import verify_store

Work = Callable[[], dict[str, Any]]


def verify(ledger: str) -> Work:
    """Every leaf, root, signature and number of the ledger."""
    store = opened(ledger).store

    def work() -> dict[str, Any]:
        return {"events": verify_store(store).events}

    return work


def hashed(ledger: str) -> Work:
    """``hashlib`` over the same bytes, read from the same file."""

    def work() -> dict[str, Any]:
        size = 0
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
            for row in connection.execute(
                "select plan, topic, state, actor, idempotency_key from events order by position"
            ):
                told = hashlib.sha256()
                for part in row:
                    told.update(part if isinstance(part, bytes) else part.encode())
                    size += len(part)
                told.digest()
        return {"bytes": size}

    return work


def small_events(path: str, events: int) -> Work:
    """A ledger of so many receipts of money, ten thousand a commit."""
    from benchmarks.sides import ours
    from ledger.codec import encode
    from ledger.events import About, FundingReceived

    ours.empty(path, 1)

    def work() -> dict[str, Any]:
        event = FundingReceived(amount=100, effective_on=date(2025, 1, 6), year=2025, reference="R0000000")
        made = encode(event, About())
        store = open_store(path)
        version = store.head().size
        for start in range(0, events, 10_000):
            records = tuple(
                NewRecord(made.topic, made.state.replace(b"R0000000", f"R{number:07d}".encode()))
                for number in range(start, min(start + 10_000, events))
            )
            digest = hashlib.sha256(str(start).encode()).digest()
            store.append(
                [Batch(code_of(0), version, records)],
                actor="bench",
                idempotency_key=f"r{start}",
                digest=digest,
                recorded_at=1_767_225_600_000_000 + start,
            )
            version += len(records)
        store.close()
        return {}

    return work


def stop_loss(ledger: str) -> Work:
    """The position of every member under the policy, from columns in memory."""
    from ledger.stop_loss import specific_position

    state = opened(ledger).plan(code_of(0))
    policy = state.specific_policies()[0]
    pages = [page.lines for page in state.pages]
    for page in pages:
        for name in (
            "member",
            "paid_on",
            "incurred_on",
            "eligible",
            "claim_id",
            "claim_line",
            "coverage",
            "specific_eligible",
        ):
            page[name]

    def work() -> dict[str, Any]:
        found = specific_position(policy, pages)
        return {"total": found.excess, "members": len(found.members)}

    return work


def threshold(ledger: str) -> Work:
    """The least that could be done with numpy: the lines that count, grouped by member, over the deductible."""
    state = opened(ledger).plan(code_of(0))
    names = ("member", "paid_on", "incurred_on", "eligible", "coverage")
    pages = [{name: page.lines[name] for name in names} for page in state.pages]
    first = int(np.datetime64("2025-01-01", "D").astype(np.int64))

    def work() -> dict[str, Any]:
        member, paid, incurred, eligible, coverage = (np.concatenate([page[name] for page in pages]) for name in names)
        counts = (
            (incurred >= first) & (incurred < first + 365) & (paid >= first) & (paid < first + 455) & (coverage < 2)
        )
        people, place = np.unique(member[counts], return_inverse=True)
        sums = np.zeros(len(people), dtype=np.int64)
        np.add.at(sums, place, eligible[counts])
        return {"total": int(np.maximum(sums - DEDUCTIBLE, 0).sum()), "members": len(people)}

    return work
