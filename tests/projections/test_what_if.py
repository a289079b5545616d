"""The same history under other terms: what is asked for changes, and what is in force stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

import given
from ledger.commands import SetLaser
from ledger.terms import Laser
from projections.history import History
from projections.stop_loss_report import specific_register
from projections.what_if import Change, Changes, NotInYear, what_if
from random_histories import ACTIONS, play
from story import budget, line, opened, page, recorded, registered, specific

AS_OF = date(2026, 3, 31)
EVENTS = [
    *registered(), opened(2025), budget(12_000_000), specific(10_000_000),
    page(line(12_000_000, "2025-03-03", "M-1"), line(8_000_000, "2025-04-03", "M-2")),
]  # fmt: skip


def test_a_lower_deductible_lets_more_members_over_and_leaves_the_terms_in_force() -> None:
    history = History(recorded(EVENTS))
    before = specific_register(history, 2025, AS_OF)
    found = what_if(history, 2025, AS_OF, Changes(specific=Change({"deductible": 7_500_000})))
    assert (found.now.members_over, found.changed.members_over) == (1, 2)
    assert (found.now.specific_excess, found.changed.specific_excess) == (2_000_000, 5_000_000)
    assert found.changed.position - found.now.position == 3_000_000
    assert specific_register(history, 2025, AS_OF) == before


def test_nothing_changed_gives_the_same_outcome() -> None:
    found = what_if(History(recorded(EVENTS)), 2025, AS_OF, Changes())
    assert found.now == found.changed


def test_one_policy_can_be_changed_and_the_other_stays() -> None:
    second = specific(10_000_000).model_copy(update={"policy": "SP-B", "effective": date(2025, 7, 1)})
    later = page(line(9_000_000, "2025-09-03", "M-3"), register="R-2")
    history = History(recorded([*EVENTS, second, later]))
    found = what_if(history, 2025, AS_OF, Changes(named={"SP-B": Change({"deductible": 100})}))
    now, then = ({each.policy: each for each in side.policies} for side in (found.now, found.changed))
    assert now["SP-25"] == then["SP-25"]
    assert (now["SP-B"].limit, then["SP-B"].limit) == (10_000_000, 100)
    assert found.changed.specific_excess - found.now.specific_excess == then["SP-B"].excess - now["SP-B"].excess


def test_a_laser_tried_out_moves_only_its_member() -> None:
    history = History(recorded(EVENTS))
    lasers = {"M-1": Laser(member="M-1", deductible=11_500_000)}
    found = what_if(history, 2025, AS_OF, Changes(specific=Change(laser_of=lasers)))
    assert found.members() == (("SP-25", "M-1", 2_000_000, 500_000),)
    gone = what_if(history, 2025, AS_OF, Changes(specific=Change(laser_of={"M-1": None})))
    assert gone.now == gone.changed


def test_a_policy_that_starts_later_or_ends_early_counts_less() -> None:
    history = History(recorded(EVENTS))
    late = what_if(history, 2025, AS_OF, Changes(specific=Change(dates={"effective": date(2025, 3, 4)})))
    assert (late.now.specific_excess, late.changed.specific_excess) == (2_000_000, 0)
    with pytest.raises(NotInYear):
        what_if(history, 2025, AS_OF, Changes(specific=Change(dates={"effective": date(2024, 3, 4)})))


@settings(max_examples=40, deadline=None)
@on(ACTIONS, st.integers(0, 600_00), st.integers(0, 600_00))
def test_changed_terms_give_what_a_plan_with_those_terms_gives(
    actions: list[tuple[str, Any]], deductible: int, more: int
) -> None:
    given_terms = {"percentage": "0.9", "aggregating_deductible": 50_00}
    tried = given.given(given.specific("200.00"))
    real = given.given(given.specific(f"{deductible // 100}.{deductible % 100:02d}", **given_terms))
    own = Laser(member="M-B", deductible=deductible + more)
    real.when(SetLaser("SPEC-2025", own)).accepted()
    play(tried, actions)
    play(real, actions)
    change = Change({"deductible": deductible, **given_terms}, laser_of={"M-B": own})
    end = date(2026, 12, 31)
    found = what_if(tried.history(), 2025, end, Changes(named={"SPEC-2025": change}))
    rows = specific_register(real.history(), 2025, end).rows
    assert [(r.member, r.reimbursable) for r in found.changed.members] == [(r.member, r.reimbursable) for r in rows]
