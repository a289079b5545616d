"""Recoveries reduce what stop-loss pays, and a payment counts under one policy of a kind only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations
from typing import Any

from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

from given import PLAN, World, aggregate, given, line, register, specific
from ledger import commands as cmd
from ledger import events as ev
from ledger.recoveries import with_recoveries
from ledger.stop_loss import AggregatePolicy, SpecificPolicy, Specifics, aggregate_position, buckets, specific_position
from ledger.terms import AggregateTerms, Laser, SpecificTerms
from projections.buckets import stop_loss_buckets
from projections.explanation import explain_member, recomputed
from projections.stop_loss_report import SpecificRow, aggregate_register, specific_register
from stop_loss_rows import paged, row

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
    decided = specific_position(plan.specific_policies()[0], plan.line_pages())
    assert decided.reimbursable == row_of(world).reimbursable == 600_00
    assert row_of(world, as_of=date(2025, 9, 30)).reimbursable == 350_00


def pro_rata(**terms: Any) -> cmd.BindPolicy:
    return specific("400.00", recovery_allocation="pro_rata", **terms)


def test_a_recovery_shared_pro_rata_goes_to_the_carrier_as_far_as_it_paid() -> None:
    """1,000 over a deductible of 400: the carrier bore 6 of 10 parts and gets 6 of 10 parts of 250 back."""
    world = given(pro_rata()).when(register(line("C-1", "1000.00")), recovery(250_00)).accepted()
    assert (row_of(world).eligible_paid, row_of(world).excess) == (750_00, 600_00 - 150_00)
    (own,) = stop_loss_buckets(world.history(), 2025, END)
    assert {bucket.name: bucket.amount for bucket in own.buckets if bucket.amount} == {
        "retained": 400_00 - 100_00, "specific_excess": 450_00,
    }  # fmt: skip
    (explained,) = explain_member(world.history(), "M-A", 2025, END)
    assert explained.due == 450_00
    assert all(recomputed(step, explained.rounding) == step.result for step in explained.steps)


def test_the_carriers_part_of_a_recovery_is_rounded_once_and_all_comes_back_with_all() -> None:
    world = given(pro_rata()).when(register(line("C-1", "700.00")), recovery(100_00)).accepted()
    assert row_of(world).excess == 300_00 - 42_86
    world.when(recovery(600_00, name="R-2")).accepted()
    assert (row_of(world).eligible_paid, row_of(world).excess, row_of(world).reimbursable) == (0, 0, 0)


@settings(max_examples=150, deadline=None)
@on(
    st.lists(st.tuples(st.sampled_from(["M1", "M2"]), st.integers(0, 900), st.integers(0, 364)), max_size=8),
    st.lists(st.tuples(st.sampled_from(["M1", "M2"]), st.integers(1, 1200), st.integers(0, 364)), max_size=3),
    st.integers(0, 400), st.booleans(), st.booleans(), st.sampled_from([None, 450]),
)  # fmt: skip
def test_shared_pro_rata_every_cent_is_in_one_bucket_and_the_aggregate_sees_what_is_retained(
    paid: list[tuple[str, int, int]], back: list[tuple[str, int, int]], pool: int, counts: bool, band: bool,
    laser: int | None,
) -> None:  # fmt: skip
    """INV-21, INV-22, INV-23 and INV-26."""
    first = date(2024, 1, 1)
    rows = [row(name, amount, first + timedelta(days=on)) for name, amount, on in paid]
    recovered = [
        ev.SubrogationRecovered(
            recovery_id=f"R-{at}", member=name, incurred_on=day, paid_on=day, received_on=day, gross=gross
        )
        for at, (name, gross, on) in enumerate(back)
        for day in [first + timedelta(days=on)]
    ]
    terms = SpecificTerms(
        deductible=300, contract_basis="12/12", recovery_allocation="pro_rata", aggregating_deductible=pool,
        laser_band_counts=band, asd_counts_to_aggregate=counts,
    )  # fmt: skip
    lasers = (Laser(member="M1", deductible=laser),) if laser else ()
    own = SpecificPolicy("S", first, None, terms, lasers)
    pages = with_recoveries(paged(rows), recovered)
    before, position = specific_position(own, paged(rows)), specific_position(own, pages)
    expected = {}
    for member in before.members:
        gross = sum(each.gross for each in recovered if each.member == member.member)
        ratio = Fraction(min(gross, member.eligible), member.eligible) if member.eligible else 0
        expected[member.member] = member.excess - int(member.excess * ratio + Fraction(1, 2))
    found = {member.member: member.excess for member in position.members if member.member in expected}
    assert found == expected
    assert all(0 <= member.excess <= max(0, member.eligible) for member in position.members)
    assert position.absorbed == min(pool, position.excess)
    sorted_out = buckets(own, pages)
    assert sorted_out.total == sum(page.total() for page in pages)
    assert sorted_out.specific_excess == position.excess - position.absorbed
    beside = AggregatePolicy("A", first, None, AggregateTerms(attachment="1.25"))
    end = date(2024, 12, 31)
    by = Specifics([own], [own], pages)
    seen = aggregate_position(beside, pages, enrollment={}, budget={}, specifics=by, as_of=end)
    assert seen.eligible == sorted_out.retained


def test_only_what_is_eligible_of_a_recovery_comes_back() -> None:
    world = given(specific("400.00")).when(register(line("C-1", "1000.00"))).accepted()
    world.when(replace(recovery(250_00), eligible=100_00)).accepted()
    assert row_of(world).reimbursable == 500_00
    (own,) = stop_loss_buckets(world.history(), 2025, END)
    assert {bucket.name: bucket.amount for bucket in own.buckets if bucket.amount} == {
        "retained": 400_00, "specific_excess": 500_00, "ineligible": -150_00,
    }  # fmt: skip
    world.when(replace(recovery(250_00, name="R-2"), eligible=250_01)).then_refused("eligible", "250.01", "250.00")


def test_a_recovery_row_says_itself_how_much_of_it_counts_and_where() -> None:
    back = line("C-1", "-250.00", txn_type="RECOVERY", eligible=-100_00, aggregate_eligible=0, payment_ref="V-1")
    world = given(specific("400.00"), aggregate(attachment="1.25"))
    world.when(register(line("C-1", "1000.00"), back)).accepted()
    assert row_of(world).reimbursable == 500_00
    assert aggregate_register(world.history(), 2025, END)[0].position.eligible == 400_00


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


def test_a_recovery_that_names_a_claim_takes_back_any_line_of_it() -> None:
    """Domain 5.4: a reversal removes the original payment; here that payment has a line and the recovery has none.

    On one day M-A has 100 of claim C-1, M-B 60, and M-A 50 of C-2; the pool takes the first 90. With C-1 taken back
    M-B's 60 come first, and the pool's other 30 are taken from C-2.
    """
    for claim, absorbed in (("C-1", [30_00, 60_00]), ("", [50_00, 40_00])):
        world = given(specific("0.00", aggregating_deductible=90_00)).when(
            register(line("C-1", "100.00"), line("C-9", "60.00", member="M-B"), line("C-2", "50.00", claim_line=3)),
            cmd.RecordRecovery("R-1", "M-A", "MED", FEBRUARY, MARCH, date(2025, 9, 1), 100_00, 0, claim),
        ).accepted()
        assert [row_of(world, member).absorbed for member in ("M-A", "M-B")] == absorbed
