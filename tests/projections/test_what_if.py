"""The same history under other terms: what is asked for changes, and what is in force stays."""

from __future__ import annotations

from datetime import date

from projections.history import History
from projections.stop_loss_report import specific_register
from projections.what_if import Changes, what_if
from story import budget, line, opened, page, recorded, registered, specific

AS_OF = date(2026, 3, 31)
EVENTS = [
    *registered(), opened(2025), budget(12_000_000), specific(10_000_000),
    page(line(12_000_000, "2025-03-03", "M-1"), line(8_000_000, "2025-04-03", "M-2")),
]  # fmt: skip


def test_a_lower_deductible_lets_more_members_over_and_leaves_the_terms_in_force() -> None:
    history = History(recorded(EVENTS))
    before = specific_register(history, 2025, AS_OF)
    found = what_if(history, 2025, AS_OF, Changes(specific={"deductible": 7_500_000}))
    assert (found.now.members_over, found.changed.members_over) == (1, 2)
    assert (found.now.specific_excess, found.changed.specific_excess) == (2_000_000, 5_000_000)
    assert found.changed.position - found.now.position == 3_000_000
    assert specific_register(history, 2025, AS_OF) == before


def test_nothing_changed_gives_the_same_outcome() -> None:
    found = what_if(History(recorded(EVENTS)), 2025, AS_OF, Changes())
    assert found.now == found.changed
