"""Ours, cold: the product's own replay, from stored events to what every account holds by plan and month, and a sum a
member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

from benchmarks.sides.columns import told
from benchmarks.sides.ours import opened
from claimfund.session import Session
from claimfund.sharing import each_plan
from ledger.codec import decode_columns
from ledger.events import REGISTRY, About
from projections.claims_register import claimants
from projections.history import History
from projections.position import FLOWS, balances_by_month, weighted

Work = Callable[[], dict[str, Any]]
Replayed = tuple[list[tuple[str, str, int]], int, int]
END = date(2200, 12, 31)
ALL = -(1 << 62)


def months(ledger: str, members: bool, cores: int = 1) -> Work:
    """Every event of every plan posted, the balances of its accounts by month; claims paid, net, are compared.

    Checks of fields are compiled beforehand, as the libraries of the other sides are loaded beforehand.
    """
    for model in (*REGISTRY.values(), About):
        model.model_rebuild()

    def work() -> dict[str, Any]:
        session = Session(ledger)
        plans = session.reading.plans()
        found = list(each_plan(partial(_replays, members=members), session, plans, cores=cores))
        session.close()
        total = told(row for rows, _, _ in found for row in rows)
        if members:
            total += f" {sum(people for _, people, _ in found)} {sum(paid for _, _, paid in found)}"
        return {"total": total, "processes": cores if cores > 1 else 0}

    return work


@contextmanager
def _replays(session: Session, members: bool) -> Iterator[Callable[[str], Replayed]]:
    yield partial(_replayed, session, members=members)


def _replayed(session: Session, plan: str, members: bool) -> Replayed:
    history = History(session.reading.history(plan))
    rows: list[tuple[str, str, int]] = []
    people = paid = 0
    for year in sorted({int(year) for year in history.daily.year}):
        before = 0
        for month, sums in zip(*balances_by_month(history, year, END), strict=True):
            now = weighted(sums, FLOWS["claims_paid"])
            rows += [(plan, month, now - before)] if now != before else []
            before = now
        if members:
            each = claimants(history, year, END, ALL)
            people, paid = people + len(each), paid + sum(one.paid for one in each)
    return rows, people, paid


def claims(ledger: str) -> Work:
    """The plain total of all payments, less what was taken back."""

    def work() -> dict[str, Any]:
        session = Session(ledger)
        found = (_replayed(session, plan, False) for plan in session.reading.plans())
        return {"total": sum(cents for rows, _, _ in found for _, _, cents in rows)}

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
