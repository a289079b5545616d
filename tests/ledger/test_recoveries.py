"""Recoveries reduce what stop-loss pays, and a payment counts under one policy of a kind only."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from given import PLAN, World, aggregate, given, line, register, specific
from ledger import commands as cmd
from ledger import events as ev
from ledger.stop_loss import specific_position
from projections.stop_loss_report import SpecificRow, aggregate_register, specific_register

END = date(2026, 12, 31)
FEBRUARY, MARCH = date(2025, 2, 10), date(2025, 3, 3)


def recovery(gross: int, name: str = "R-1", received: date = date(2025, 9, 1), fee: int = 0) -> cmd.RecordRecovery:
    return cmd.RecordRecovery(name, "M-A", "MED", FEBRUARY, MARCH, received, gross, fee)


def row_of(world: World, member: str = "M-A", as_of: date = END, year: int = 2025) -> SpecificRow:
    rows = [row for row in specific_register(world.history(), year, as_of).rows if row.member == member]
    assert len(rows) == 1
    return rows[0]


def test_a_recovery_goes_to_the_carrier_first() -> None:
    """Domain 5.10: 1,000 paid over a deductible of 400; of 700 recovered the carrier gets its 600 back."""
    world = given(specific("400.00")).when(register(line("C-1", "1000.00"))).accepted()
    assert row_of(world).reimbursable == 600_00
    world.when(recovery(250_00, fee=80_00)).accepted()
    assert row_of(world).reimbursable == 350_00
    world.when(recovery(450_00, name="R-2")).accepted()
    assert (row_of(world).eligible_paid, row_of(world).reimbursable) == (300_00, 0)


def test_a_recovery_counts_from_the_day_it_came_in() -> None:
    world = given(specific("400.00")).when(register(line("C-1", "1000.00")), recovery(250_00)).accepted()
    assert row_of(world, as_of=date(2025, 8, 31)).reimbursable == 600_00
    assert row_of(world, as_of=date(2025, 9, 1)).reimbursable == 350_00


def test_a_recovery_of_a_payment_outside_the_window_changes_nothing() -> None:
    world = given(specific("400.00")).when(register(line("C-1", "1000.00"))).accepted()
    early = date(2024, 3, 3)
    world.when(cmd.RecordRecovery("R-1", "M-A", "MED", early, early, date(2025, 9, 1), 250_00)).accepted()
    assert row_of(world).reimbursable == 600_00


def test_a_recovery_lowers_the_aggregate_too() -> None:
    world = given(aggregate(attachment="1.25")).when(register(line("C-1", "1000.00")), recovery(250_00)).accepted()
    assert aggregate_register(world.history(), 2025, END)[0].position.eligible == 750_00


def test_a_recovery_known_before_the_payments_keeps_the_trigger_away() -> None:
    world = given(specific("400.00")).when(register(line("C-1", "390.00")), recovery(100_00)).accepted()
    world.when(register(line("C-2", "110.00"), name="REG-2")).accepted()
    assert not [each for each in world.last if isinstance(each.event, ev.StopLossTriggered)]
    world.when(register(line("C-3", "0.01"), name="REG-3")).accepted()
    assert [each.event.eligible for each in world.last if isinstance(each.event, ev.StopLossTriggered)] == [400_01]


def test_renewals_whose_windows_overlap_count_a_payment_once() -> None:
    """INV-20: 24/12 after 12/15; a claim of 2025 paid in February 2026 stays with 2025, on both sides."""
    renewal = cmd.BindPolicy("SPEC-2026", date(2026, 1, 1), specific=specific("400.00", basis="24/12").specific)
    world = given(specific("400.00"), cmd.OpenYear(2026), renewal)
    late = line("C-1", "1000.00", incurred="2025-12-20", paid="2026-02-02")
    world.when(register(late)).accepted()
    assert row_of(world).reimbursable == 600_00
    assert not [row for row in specific_register(world.history(), 2026, END).rows if row.eligible_paid]
    assert [e.event.policy for e in world.last if isinstance(e.event, ev.StopLossTriggered)] == ["SPEC-2025"]
    later = line("C-2", "500.00", incurred="2025-12-20", paid="2026-04-02")
    world.when(register(later, name="REG-2")).accepted()
    assert row_of(world, year=2026).reimbursable == 100_00


def test_deciding_and_reading_take_a_corrected_recovery_back() -> None:
    world = given(specific("400.00")).when(register(line("C-1", "1000.00")), recovery(250_00)).accepted()
    number = next(r for r in world.ledger.history(PLAN) if isinstance(r.event, ev.SubrogationRecovered)).version
    world.when(cmd.Correct(number, date(2025, 10, 1), "Recorded twice")).accepted()
    plan = world.ledger.plan(PLAN)
    decided = specific_position(next(plan.specific_policies()), plan.line_pages())
    assert decided.reimbursable == row_of(world).reimbursable == 600_00
    assert row_of(world, as_of=date(2025, 9, 30)).reimbursable == 350_00


def test_a_policy_that_shares_recoveries_pro_rata_is_refused() -> None:
    world = given().when(specific("400.00", recovery_allocation="pro_rata"))
    world.then_refused("pro-rata", "SPEC-2025", "carrier_first")


def test_exactly_the_deductible_pays_nothing_and_a_cent_more_pays_a_cent() -> None:
    world = given(specific("400.00")).when(register(line("C-1", "650.00")), recovery(250_00)).accepted()
    assert row_of(world).reimbursable == 0
    world.when(register(line("C-2", "0.01"), name="REG-2")).accepted()
    assert row_of(world).reimbursable == 1


def test_the_order_in_which_payments_and_recoveries_arrive_changes_no_total() -> None:
    payments = [register(line("C-1", "900.00"), name="A"), register(line("C-2", "80.00", paid="2025-05-05"), name="B")]
    asked = [*payments, recovery(250_00), recovery(30_00, name="R-2")]
    rows = {row_of(given(specific("400.00"), *order)) for order in permutations(asked)}
    assert {(row.eligible_paid, row.reimbursable) for row in rows} == {(700_00, 300_00)}
