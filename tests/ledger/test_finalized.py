"""The final figures of an aggregate policy are worked out by the ledger and agree with what moved (INV-24)."""

from __future__ import annotations

from datetime import date
from typing import Any

from given import World, aggregate, budget, given, line, money, register
from ledger import commands as cmd
from ledger import events as ev
from projections.stop_loss_report import aggregate_register

AFTER = date(2026, 1, 31)
FINAL = cmd.FinalizeAggregate("AGG-2025", "A-2026-03", AFTER)


def year(*payments: str, **terms: Any) -> World:
    """A plan whose attachment point is 12,000 and that paid some claims."""
    world = given(budget(2025, "12000.00"), aggregate(attachment="1.00", **terms))
    rows = [line(f"C-{at}", amount, member=f"M-{at}") for at, amount in enumerate(payments)]
    return world.when(register(*rows)).accepted()


def moved(amount: int, repaid: bool = False, on: date = AFTER) -> cmd.Accommodate:
    return cmd.Accommodate("AGG-2025", "2025-12", amount, on, repaid)


def test_the_final_figures_are_those_of_the_register_after_rebates() -> None:
    world = year("9000.00", "8000.00").when(money("rebate", "500.00")).accepted()
    world.when(FINAL).then(ev.AggregateFinalized)
    made = world.last[0].event
    assert isinstance(made, ev.AggregateFinalized)
    found = aggregate_register(world.history(), 2025, AFTER)[0].position
    figures = (made.attachment_point, made.eligible, made.rebates, made.reimbursable)
    assert figures == (found.attachment_point, found.eligible, found.rebates, found.reimbursable)
    assert figures == (12_000_00, 17_000_00, 500_00, 4_500_00)
    assert world.history().facts.finalized["AGG-2025"] == made
    assert made.computed_through_version == world.last[0].version - 1


def test_a_policy_is_not_final_before_its_year_and_its_paid_window_are_over() -> None:
    world = year("100.00", contract_basis="12/15")
    for day in (date(2025, 12, 31), date(2026, 3, 31)):
        world.when(cmd.FinalizeAggregate("AGG-2025", "A", day)).then_refused("not-over", "2025-12-31", "2026-03-31")
    world.when(cmd.FinalizeAggregate("AGG-2025", "A", date(2026, 4, 1))).accepted()


def test_the_final_figures_name_an_audit() -> None:
    year("100.00").when(cmd.FinalizeAggregate("AGG-2025", " ", AFTER)).then_refused("audit", "--audit-ref")


def test_an_attachment_point_that_misses_months_is_not_final() -> None:
    world = given(aggregate(), cmd.SetFactor("AGG-2025", "EE", "100.00", "2025-01"))
    world.when(cmd.RecordEnrollment("2025-01", (("EE", 5),))).accepted()
    world.when(FINAL).then_refused("missing-months", "2025-02", "2025-12", "enroll set")


def test_what_was_lent_and_repaid_must_be_the_benefit_and_the_missing_move_is_named() -> None:
    """INV-24: a benefit of 5,000 and 3,000 lent leave an advance of 2,000; after 6,000 a repayment of 1,000."""
    world = year("17000.00", accommodation=True).when(moved(3_000_00, on=date(2025, 12, 5))).accepted()
    words = ("5,000.00", "an advance of 2,000.00", "--amount 2000.00 --date 2026-01-31")
    world.when(FINAL).then_refused("true-up", *words)
    world.when(moved(3_000_00)).accepted()
    world.when(FINAL).then_refused("true-up", "a repayment of 1,000.00", "--month 2025-12 --amount 1000.00 --repaid")
    world.when(moved(1_000_00, repaid=True)).accepted()
    world.when(FINAL).then(ev.AggregateFinalized)


def test_what_the_carrier_paid_on_a_filing_is_a_part_of_the_benefit() -> None:
    world = year("17000.00", accommodation=True).when(moved(3_000_00)).accepted()
    world.when(cmd.FileClaim("SL-1", "AGG-2025", "", 2_000_00, AFTER, "SL-1")).accepted()
    world.when(cmd.ReceiveReimbursement("SL-1", 2_000_00, AFTER, "W-1", False)).accepted()
    world.when(FINAL).then(ev.AggregateFinalized)


def test_after_the_end_nothing_moves_but_the_true_up_of_later_payments() -> None:
    world = year("17000.00", accommodation=True).when(moved(5_000_00), FINAL).accepted()
    world.when(moved(100_00)).then_refused("finalized", "2026-01-31", "A-2026-03", "Nothing is left")
    world.when(FINAL).then_refused("finalized", "--reason")
    late = line("C-9", "300.00", paid="2025-12-30", incurred="2025-12-01", booked="2026-01-20", member="M-0")
    world.when(register(late, name="REG-2")).accepted()
    world.when(moved(100_00)).then_refused("finalized", "an advance of 300.00")
    again = cmd.FinalizeAggregate("AGG-2025", "A-2026-04", AFTER, "A claim was paid late")
    world.when(again).then_refused("true-up", "an advance of 300.00")
    world.when(moved(300_00), again).then(ev.AccommodationAdvanced, ev.AggregateFinalized)
