"""Ours, cold: from the stored pages to the claims of all plans by month, and with an accumulator a member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.sides.columns import told
from benchmarks.sides.ours import opened
from ledger.codec import decode_columns

Work = Callable[[], dict[str, Any]]


def months(ledger: str, members: bool) -> Work:
    """Every page decoded, its payments summed, the page dropped."""

    def work() -> dict[str, Any]:
        wanted = ("amount", "booked_on", "member") if members else ("amount", "booked_on")
        sums: dict[str, Any] = {}
        people: dict[str, dict[bytes, int]] = {}
        kept = opened(ledger)
        for record in kept.store.read():
            if record.topic.startswith("claims-paid"):
                lines = decode_columns(record.state, wanted)
                month = lines["booked_on"].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
                np.add.at(sums.setdefault(record.plan, np.zeros(2_000, dtype=np.int64)), month, lines["amount"])
                if members:
                    mine = people.setdefault(record.plan, {})
                    for name, amount in zip(lines["member"].tolist(), lines["amount"].tolist(), strict=True):
                        mine[name] = mine.get(name, 0) + amount
        kept.store.close()
        total = told(
            (plan, str(np.datetime64(int(at), "M")), int(column[at]))
            for plan, column in sums.items()
            for at in np.flatnonzero(column)
        )
        if members:
            total += f" {sum(map(len, people.values()))} {sum(sum(mine.values()) for mine in people.values())}"
        return {"total": total}

    return work


def claims(ledger: str) -> Work:
    """The plain total of all payments."""

    def work() -> dict[str, Any]:
        kept = opened(ledger)
        return {
            "total": sum(
                decode_columns(record.state, ("amount",)).total()
                for record in kept.store.read()
                if record.topic.startswith("claims-paid")
            )
        }

    return work


def halfway(ledger: str) -> Work:
    """The event in the middle of the payments, and how many rows were recorded by then."""

    def work() -> dict[str, Any]:
        kept = opened(ledger)
        pages = [
            (record.position, decode_columns(record.state, ("amount",)).count)
            for record in kept.store.read()
            if record.topic.startswith("claims-paid")
        ]
        half = pages[: max(1, len(pages) // 2)]
        return {"event": half[-1][0], "rows": sum(count for _, count in half)}

    return work
