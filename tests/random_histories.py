"""Random histories of payments, voids, refunds and recoveries, for properties that hold whatever happened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from given import World, line, register
from ledger.commands import RecordRecovery

DAYS = st.integers(0, 364).map(lambda n: date(2025, 1, 1) + timedelta(days=n))
PAYMENT = st.tuples(st.integers(1, 500_00), st.sampled_from(["M-A", "M-B", "M-C"]), DAYS, st.integers(0, 60))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.lists(PAYMENT, min_size=1, max_size=6)),
        st.tuples(st.just("void"), st.integers(0, 30)),
        st.tuples(st.just("refund"), st.integers(0, 30)),
        st.tuples(st.just("recover"), st.integers(0, 30)),
    ),
    max_size=8,
)


def play(world: World, actions: list[tuple[str, Any]]) -> list[tuple[str, int, str, date]]:
    """Record random actions; gives the payments that were made (claim, cents, member, day)."""
    paid: list[tuple[str, int, str, date]] = []
    for number, (what, told) in enumerate(actions):
        if what == "pay":
            rows = []
            for amount, member, day, lag in told:
                claim = f"C-{number}-{len(rows)}"
                incurred = (day - timedelta(days=lag)).isoformat()
                rows.append(
                    line(claim, f"{amount // 100}.{amount % 100:02d}", member=member, paid=str(day), incurred=incurred)
                )
                paid.append((claim, amount, member, day))
            world.when(register(*rows, name=f"REG-{number}")).accepted()
        elif paid:
            claim, amount, member, day = paid[told % len(paid)]
            if what == "recover":
                world.when(RecordRecovery(f"R-{number}", member, "MED", day, day, day, max(1, amount // 2)))
                continue
            taken = amount if what == "void" else max(1, amount // 3)
            back = line(claim, f"-{taken // 100}.{taken % 100:02d}", member=member, paid=str(day),
                        booked=str(day + timedelta(days=40)), txn_type=what.upper())  # fmt: skip
            world.when(register(back, name=f"REG-{number}"))
    return paid
