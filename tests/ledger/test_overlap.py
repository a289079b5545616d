"""Recoveries and overlapping policies against the second opinion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from given import line
from ledger.calendar import day_of
from ledger.events import SubrogationRecovered
from ledger.lines import lines_of
from ledger.recoveries import with_recoveries
from ledger.stop_loss import SpecificPolicy, own_pages, specific_position
from ledger.terms import SpecificTerms
from oracles import stop_loss_oracle as oracle

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["M-A", "M-B"]), st.integers(1, 300), st.integers(0, 1200), st.integers(0, 400),
        st.integers(0, 300),
    ),
    max_size=12,
)  # fmt: skip
FIRST = date(2025, 1, 1)


def told(own: SpecificPolicy) -> dict[str, Any]:
    start = own.effective
    return {
        "effective": (start.year, start.month, start.day), "basis": own.terms.contract_basis, "lasers": [],
        "expires": None if own.expires is None else (own.expires - date(1970, 1, 1)).days, "covered": ("MED", "RX"),
        "key": "member", "deductible": own.terms.deductible,
    }  # fmt: skip


@pytest.mark.parametrize("ended", [None, date(2025, 8, 31)])
@settings(max_examples=80, deadline=None)
@given(found=ROWS, bases=st.tuples(*[st.sampled_from(["12/12", "12/15", "12/24", "24/12", "15/12"])] * 3))
def test_each_policy_has_its_own_payments_less_their_recoveries(
    ended: date | None, found: list[tuple[str, int, int, int, int]], bases: tuple[str, str, str]
) -> None:
    """INV-20: three policies years in a row, the first perhaps ended early."""
    policies = [
        SpecificPolicy(f"S-{at}", date(2025 + at, 1, 1), None, SpecificTerms(deductible=200, contract_basis=basis))
        for at, basis in enumerate(bases)
    ]
    policies[0] = replace(policies[0], expires=ended)
    start = (FIRST - date(1970, 1, 1)).days
    rows, events = [], []
    for at, (member, amount, paid, lag, back) in enumerate(found):
        days = {"paid_on": start + paid, "incurred_on": start + paid - lag, "booked_on": start + paid}
        rows.append({**line(f"C-{at}", "0.01", member=member), **days, "amount": amount, "eligible": amount})
        if gross := min(amount, back):
            dates = {"incurred_on": day_of(start + paid - lag), "paid_on": day_of(start + paid)}
            events.append(
                SubrogationRecovered(recovery_id=f"R-{at}", member=member, received_on=FIRST, gross=gross, **dates)
            )
    taken = [oracle.recovered(row, min(one[1], one[4])) for row, one in zip(rows, found, strict=True) if one[4]]
    every = [*rows, *taken]
    words = [told(own) for own in policies]
    pages = with_recoveries([lines_of(rows)] if rows else [], events)
    for at, (own, mine) in enumerate(zip(policies, own_pages(policies, pages), strict=True)):
        expected: dict[str, int] = {}
        for row in every:
            if oracle.counts_under(words, row) == at:
                expected[row["member"]] = expected.get(row["member"], 0) + row["eligible"]
        members = specific_position(own, mine).members
        assert {m.member: m.eligible for m in members} == expected
        assert all(m.reimbursable == max(0, expected[m.member] - 200) for m in members)
