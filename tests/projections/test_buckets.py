"""Every net paid cent stands in one bucket of each policy, whatever happened (INV-26)."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given as on
from hypothesis import settings

from given import aggregate, given, line, register, specific
from ledger import commands as cmd
from projections.buckets import stop_loss_buckets
from projections.stop_loss_report import specific_register
from random_histories import ACTIONS, play

END = date(2027, 12, 31)


@settings(max_examples=30, deadline=None)
@on(ACTIONS)
def test_the_buckets_add_up_to_what_was_paid_net_of_all_that_came_back(actions: list[tuple[str, Any]]) -> None:
    terms = specific("200.00", basis="24/12").specific
    second = cmd.BindPolicy("SPEC-B", date(2025, 7, 1), specific=terms)
    laser = cmd.SetLaser("SPEC-2025", _laser("M-A", 300_00))
    world = given(
        specific("200.00", covered=("MED",), aggregating_deductible=50_00), second, laser,
        aggregate(attachment="1.25"),
    )  # fmt: skip
    play(world, actions)
    history = world.history()
    paid = sum(page.total() for page in history.lines_until(END))
    recovered = sum(each.gross for each in history.recoveries_until(END))
    assert paid == sum(page.lines.total() for page in history.pages) - recovered
    found = stop_loss_buckets(history, 2025, END)
    assert [own.policy for own in found] == ["SPEC-2025", "SPEC-B", "AGG-2025"]
    for own in found:
        assert own.total == own.net_paid == paid
    counts = [{bucket.name: bucket.amount for bucket in own.buckets} for own in found[:2]]
    register_ = specific_register(history, 2025, END)
    over = sum(row.excess for row in register_.rows)
    assert over == sum(each["specific_excess"] + each["aggregating_deductible"] for each in counts)


def _laser(member: str, deductible: int) -> Any:
    from ledger.terms import Laser

    return Laser(member=member, deductible=deductible)


def test_a_payment_of_another_policy_says_so() -> None:
    renewal = cmd.BindPolicy("SPEC-2026", date(2026, 1, 1), specific=specific("400.00", basis="24/12").specific)
    world = given(specific("400.00"), cmd.OpenYear(2026), renewal)
    world.when(register(line("C-1", "1000.00", incurred="2025-12-20", paid="2026-02-02"))).accepted()
    (own,) = stop_loss_buckets(world.history(), 2026, END)
    assert {bucket.name: bucket.amount for bucket in own.buckets if bucket.amount} == {"other_policy": 1000_00}
    assert stop_loss_buckets(world.history(), 2026, END, policy="SPEC-2025") == ()


def test_what_the_carrier_overpaid_is_payable_to_it_and_no_negative_receivable() -> None:
    """INV-37: the carrier paid 600, then 250 was recovered from a third party."""
    world = given(specific("400.00")).when(register(line("C-1", "1000.00"))).accepted()
    world.when(cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 600_00, date(2025, 5, 1), "SL-1")).accepted()
    world.when(cmd.ReceiveReimbursement("SL-1", 600_00, date(2025, 6, 1), "W-1", False)).accepted()
    back = cmd.RecordRecovery("R-1", "M-A", "MED", date(2025, 2, 10), date(2025, 3, 3), date(2025, 9, 1), 250_00)
    world.when(back).accepted()
    (row,) = specific_register(world.history(), 2025, END).rows
    assert (row.due, row.receivable, row.due_to_carrier, row.state) == (-250_00, 0, 250_00, "overpaid")
