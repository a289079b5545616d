"""What verify counts holds whatever happened, and is found when it does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given as on
from hypothesis import settings

from given import aggregate, given, line, money, register, specific
from ledger.commands import ClosePeriod
from projections.invariants import invariants
from random_histories import ACTIONS, play

END = date(2026, 6, 30)


@settings(max_examples=25, deadline=None)
@on(ACTIONS)
def test_every_invariant_holds_in_random_histories(actions: list[tuple[str, Any]]) -> None:
    world = given(specific("200.00"), aggregate(attachment="1.25"))
    play(world, actions)
    found = invariants(world.history(), END)
    assert [held.code for held in found] == ["INV-03", "INV-06", "INV-13", "INV-17", "INV-26", "INV-27"]
    assert [held.broken for held in found] == [()] * 6


def test_postings_and_registers_that_do_not_add_up_are_named() -> None:
    world = given()
    world.when(register(line("C-1", "100.00"), line("C-2", "50.00"), name="REG-1")).accepted()
    history = world.history()
    history.transfers = replace(history.transfers, amount=history.transfers.amount + 1)
    said = history.facts.registers["REG-1"]
    history.facts.registers["REG-1"] = said.model_copy(update={"lines": 3})
    broken = {held.code: held.broken for held in invariants(history, END)}
    assert "the recorded lines 15000" in broken["INV-03"][0]
    assert broken["INV-06"] == ("register REG-1 says 3 lines and holds 2",)


def test_what_is_booked_in_a_closed_month_is_named() -> None:
    world = given().when(ClosePeriod("2025-03")).when(money("fee", "5.00", "2025-04-02")).accepted()
    history = world.history()
    assert {held.code: (held.cases, held.broken) for held in invariants(history, END)}["INV-13"] == (1, ())
    history.transfers = replace(history.transfers, day=history.transfers.day - 10)
    broken = {held.code: held.broken for held in invariants(history, END)}
    assert broken["INV-13"] == (f"event {world.last[-1].position} books in 2025-03",)
