"""What was finalised stands beside what a replay gives now, and a difference is flagged."""

from __future__ import annotations

from datetime import date

from given import aggregate, budget, given, line, register
from ledger import commands as cmd
from projections.finalizations import finalizations

AFTER = date(2026, 1, 31)
FINAL = cmd.FinalizeAggregate("AGG-2025", "A-1", AFTER)


def test_a_late_payment_changes_what_was_finalised_and_another_finalisation_agrees_again() -> None:
    world = given(budget(2025, "12000.00"), aggregate(attachment="1.00")).when(register(line("C-1", "17000.00")))
    assert finalizations(world.history(), 2025, AFTER) == {}
    world.when(FINAL).accepted()
    first = finalizations(world.history(), 2025, AFTER)["AGG-2025"]
    assert (first.audit_ref, first.finalized_on, first.agrees) == ("A-1", AFTER, True)
    assert finalizations(world.history(), 2025, date(2026, 1, 30)) == {}
    late = line("C-9", "300.00", paid="2025-12-30", incurred="2025-12-01", booked="2026-01-20", member="M-2")
    world.when(register(late, name="REG-2")).accepted()
    found = finalizations(world.history(), 2025, AFTER)["AGG-2025"]
    assert not found.agrees
    changed = {each.name: each.change for each in found.figures if each.change}
    assert changed == {"eligible": 300_00, "reimbursable": 300_00}
    world.when(cmd.FinalizeAggregate("AGG-2025", "A-2", AFTER, "A claim was paid late")).accepted()
    again = finalizations(world.history(), 2025, AFTER)["AGG-2025"]
    assert (again.audit_ref, again.reason, again.agrees) == ("A-2", "A claim was paid late", True)
    assert finalizations(world.history(known_at=first.event), 2025, AFTER)["AGG-2025"] == first
