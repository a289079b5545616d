"""The deciding side and the reading side reach the same figures on random histories, in every store."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as on
from hypothesis import strategies as st

from given import PLAN, ScriptedClock, World, budget, given, specific, start
from ledger import events as ev
from ledger.calendar import day_number, day_of
from ledger.handling import Ledger
from ledger.ports import Store
from ledger.recoveries import with_recoveries
from ledger.stop_loss import specific_position
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.stores.opening import open_store
from projections.position import position
from projections.stop_loss_report import specific_register
from random_histories import ACTIONS, play


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@on(ACTIONS)
def test_deciding_and_reading_agree_on_every_member_and_every_cent(actions: list[tuple[str, Any]]) -> None:
    world = given(budget(2025, "1200.00"), specific("400.00"))
    play(world, actions)
    plan = world.ledger.plan(PLAN)
    as_of = date(2026, 12, 31)
    decided = specific_position(plan.specific_policies()[0], plan.line_pages())
    rows = {row.member: row for row in specific_register(world.history(), 2025, as_of).rows}
    for member in decided.members:
        if member.eligible:
            assert rows[member.member].eligible_paid == member.eligible
            assert rows[member.member].reimbursable == member.reimbursable
    view = position(world.history(), 2025, as_of)
    other = position(world.history(), 2026, as_of)
    assert view.claims_paid + other.claims_paid == sum(page.lines.total() for page in plan.pages)


@settings(max_examples=25, deadline=None)
@on(ACTIONS, st.integers(0, 10_000))
def test_a_past_answer_is_a_replay_of_the_past(actions: list[tuple[str, Any]], cut: int) -> None:
    """INV-12: what was known at an event number depends on nothing recorded later."""
    world = given(budget(2025, "1200.00"), specific("400.00"))
    sizes = [world.ledger.head().size]
    views = [world.position()]
    for action in actions:
        play(world, [action]) if action[0] == "pay" else None
        sizes.append(world.ledger.head().size)
        views.append(world.position())
        if action[0] == "pay":
            break
    at = cut % len(sizes)
    assert position(world.history(sizes[at]), 2025, date(2025, 12, 31)) == views[at]


@settings(max_examples=15, deadline=None)
@on(ACTIONS)
def test_every_trigger_can_be_derived_again(actions: list[tuple[str, Any]]) -> None:
    """INV-35: recomputing at the version it names gives the same figures."""
    world = given(specific("400.00"))
    play(world, actions)
    events = list(world.ledger.history(PLAN))
    for recorded in events:
        if isinstance(recorded.event, ev.StopLossTriggered):
            trigger = recorded.event
            policy = world.ledger.plan(PLAN).specific_policies()[0]
            known = [e.event for e in events if e.version <= trigger.computed_through_version]
            pages = with_recoveries(
                [event.lines for event in known if isinstance(event, ev.Page)],
                [event for event in known if isinstance(event, ev.SubrogationRecovered)],
            )
            found = {m.member: m for m in specific_position(policy, pages).members}[trigger.member]
            assert (found.eligible, found.deductible, found.crossed_on) == (
                trigger.eligible, trigger.threshold, trigger.triggered_on,
            )  # fmt: skip


def _stores(tmp_path: Path, request: pytest.FixtureRequest, kind: str) -> Store:
    if kind == "memory":
        return MemoryLedgerRecorder()
    if kind == "sqlite":
        return open_store(str(tmp_path / "x.ledger"), create=True)
    url = request.getfixturevalue("postgres_url")
    return open_store(url, create=True, signing_key_path=tmp_path / "pg.key")


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
def test_the_same_history_gives_the_same_bytes_and_figures_in_every_store(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store = _stores(tmp_path, request, kind)
    try:
        world = World(Ledger(store, ScriptedClock()))
        world.when(*start()).accepted()
        world.when(budget(2025, "1200.00"), specific("400.00")).accepted()
        play(world, [("pay", [(41_000, "M-A", date(2025, 3, 3), 5), (100, "M-B", date(2025, 3, 4), 5)]), ("void", 1)])
        states = [(r.plan, r.version, r.topic, r.state) for r in store.read()]
        reference = World(Ledger(MemoryLedgerRecorder(), ScriptedClock()))
        reference.when(*start()).accepted()
        reference.when(budget(2025, "1200.00"), specific("400.00")).accepted()
        play(
            reference, [("pay", [(41_000, "M-A", date(2025, 3, 3), 5), (100, "M-B", date(2025, 3, 4), 5)]), ("void", 1)]
        )
        assert states == [(r.plan, r.version, r.topic, r.state) for r in reference.ledger.store.read()]
        assert world.position() == reference.position()
    finally:
        store.close()


def test_days_and_numbers_are_inverse() -> None:
    assert day_of(day_number(date(2024, 2, 29))) == date(2024, 2, 29)
