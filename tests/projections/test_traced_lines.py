"""A trace down to payments adds up to the figure it is of, whatever happened."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

from given import World, aggregate, given, specific
from ledger import commands as cmd
from ledger.terms import Laser
from projections.buckets import stop_loss_buckets
from projections.stop_loss_report import aggregate_register, specific_register
from projections.traced_lines import trace_check, trace_member, trace_policy
from random_histories import ACTIONS, play

END = date(2026, 12, 31)


def world_of(unit: str) -> World:
    second = specific("200.00", basis="24/12", run_in_limit_person=50_00, unit=unit).specific
    return given(
        specific("150.00", covered=("MED",), aggregating_deductible=40_00, unit=unit),
        cmd.BindPolicy("SPEC-B", date(2025, 7, 1), specific=second),
        cmd.SetLaser("SPEC-2025", Laser(member="M-C", excluded=True)),
        aggregate(attachment="1.25", contract_basis="12/15"),
    )


@settings(max_examples=20, deadline=None)
@on(ACTIONS, st.sampled_from(["person", "family"]), st.sampled_from([date(2025, 6, 30), END]), st.booleans())
def test_every_trace_is_proved(actions: list[tuple[str, Any]], unit: str, as_of: date, undo: bool) -> None:
    world = world_of(unit)
    paid = play(world, actions)
    pages = world.history().pages
    if undo and pages:
        world.when(cmd.Correct(pages[0].position, date(2025, 6, 1), "wrong file"))
    history = world.history()
    for member in history.member_names:
        found = trace_member(history, member, as_of)
        assert found.proved
        assert all(line.actor == "tester" for line in found.lines)
    for claim, *_ in paid:
        assert trace_check(history, f"CK-{claim}", as_of).proved
    for row in specific_register(history, 2025, as_of).rows:
        own = trace_policy(history, "specific", 2025, as_of, policy=row.policy, member=row.member)
        assert own.proved and own.amount == row.eligible_paid
    for kind, policy in (("specific", "SPEC-2025"), ("specific", "SPEC-B"), ("aggregate", "AGG-2025")):
        assert trace_policy(history, kind, 2025, as_of, policy=policy).proved
    (plan,) = aggregate_register(history, 2025, as_of)
    assert trace_policy(history, "aggregate", 2025, as_of, policy="AGG-2025").amount == plan.position.eligible
    for own_buckets in stop_loss_buckets(history, 2025, as_of):
        kind = own_buckets.coverage_kind
        for name in ("other_policy", "out_of_window", "uncovered", "ineligible", "specific_excess"):
            if any(bucket.name == name for bucket in own_buckets.buckets):
                assert trace_policy(history, kind, 2025, as_of, policy=own_buckets.policy, bucket=name).proved
