"""What the ledger records and what it refuses, sentence by sentence."""

from __future__ import annotations

from datetime import date

import pytest

from given import PLAN, ScriptedClock, aggregate, budget, given, line, money, register, specific, start
from ledger import commands as cmd
from ledger import events as ev
from ledger.handling import InputRejected, Ledger
from ledger.money import cents
from ledger.refusals import IdempotencyConflict, LedgerDamaged, Refusal
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.terms import Laser


def test_a_register_is_recorded_with_its_control_total_before_its_payments() -> None:
    world = given().when(register(line("C-1", "100.00"), line("C-2", "250.10")))
    world.then(ev.CheckRegisterReceived, ev.ClaimsPaid)
    received = world.last[0].event
    assert isinstance(received, ev.CheckRegisterReceived)
    assert (received.lines, received.control_total) == (2, cents("350.10"))


def test_budget_above_claims_is_the_employers_surplus() -> None:
    world = given(budget(2025, "500000.00"), register(line("C-1", "400000.00")))
    view = world.position()
    assert view.positions.budget == view.positions.accrual == cents("100000.00")
    assert view.surplus_for_year == cents("100000.00")


def test_claims_above_budget_are_the_employers_deficit() -> None:
    view = given(budget(2025, "400000.00"), register(line("C-1", "500000.00"))).position()
    assert view.positions.budget == view.positions.accrual == cents("-100000.00")


def test_the_specific_excess_betters_accrual_at_once_and_cash_only_when_the_money_is_in() -> None:
    world = given(
        budget(2025, "400000.00"),
        specific("100000.00"),
        register(
            line("C-1", "212300.00", member="M-HIGH"), *[line(f"D-{n}", "71925.00", member=f"M-{n}") for n in range(4)]
        ),
    )
    before = world.position()
    assert before.positions.accrual == cents("-100000.00") + cents("112300.00")
    assert before.positions.cash == cents("-500000.00")
    world.when(cmd.FileClaim("SL-1", "SPEC-2025", "M-HIGH", cents("112300.00"), date(2025, 4, 1))).accepted()
    world.when(cmd.ReceiveReimbursement("SL-1", cents("112300.00"), date(2025, 6, 1))).then(ev.ReimbursementReceived)
    after = world.position()
    assert after.positions.accrual == before.positions.accrual
    assert after.positions.cash == before.positions.cash + cents("112300.00")
    assert after.reimbursements_receivable == 0


def test_the_trigger_is_recorded_with_the_payment_that_crossed_the_deductible() -> None:
    world = given(specific("1000.00")).when(register(line("C-1", "1000.01")))
    world.then(ev.CheckRegisterReceived, ev.ClaimsPaid, ev.StopLossTriggered)
    assert len({recorded.idempotency_key for recorded in world.last}) == 1


def test_a_payment_that_meets_the_deductible_exactly_does_not_trigger() -> None:
    given(specific("1000.00")).when(register(line("C-1", "1000.00"))).then(ev.CheckRegisterReceived, ev.ClaimsPaid)


def test_a_deductible_is_triggered_once() -> None:
    world = given(specific("1000.00"), register(line("C-1", "1500.00")))
    world.when(register(line("C-2", "10.00"), name="REG-2")).then(ev.CheckRegisterReceived, ev.ClaimsPaid)


def test_a_lasered_member_triggers_at_the_laser() -> None:
    laser = cmd.SetLaser("SPEC-2025", Laser(member="M-A", deductible=cents("2000.00")))
    world = given(specific("1000.00"), laser, register(line("C-1", "1500.00")))
    world.when(register(line("C-2", "500.01"), name="REG-2"))
    world.then(ev.CheckRegisterReceived, ev.ClaimsPaid, ev.StopLossTriggered)


def test_the_aggregate_is_triggered_above_its_attachment() -> None:
    lives = [cmd.RecordEnrollment(f"2025-{m:02d}", (("EE", 10),)) for m in range(1, 13)]
    factor = cmd.SetFactor("AGG-2025", "EE", "100.00", "2025-01")
    world = given(aggregate(minimum_attachment=cents("3000.00"), ytd_minimum="full"), factor, *lives)
    world.when(register(line("C-1", "3500.00"))).then(ev.CheckRegisterReceived, ev.ClaimsPaid, ev.StopLossTriggered)


def test_the_same_payment_again_is_refused_as_a_duplicate() -> None:
    world = given(register(line("C-1", "100.00")))
    world.when(register(line("C-1", "100.00"), name="REG-2")).then_refused("duplicate", "C-1")


def test_the_same_payment_at_another_amount_is_a_conflict_with_both_amounts() -> None:
    world = given(register(line("C-1", "6000.00")))
    world.when(register(line("C-1", "6500.00"), name="REG-2")).then_refused("conflict", "6,000.00", "6,500.00")


def test_the_same_row_id_at_another_amount_is_a_conflict() -> None:
    world = given(register(line("C-1", "6000.00", row_id="R-1")))
    world.when(register(line("C-9", "6500.00", row_id="R-1"), name="REG-2")).then_refused("conflict", "6,500.00")


def test_two_equal_rows_of_one_register_are_two_payments() -> None:
    view = given(register(line("C-1", "8.00"), line("C-1", "8.00"), line("C-1", "8.00"))).position()
    assert view.claims_paid == cents("24.00")


def test_a_void_takes_the_payment_back_and_a_second_void_is_refused() -> None:
    world = given(register(line("C-1", "410.00")))
    version = world.last[-1].version
    void = cmd.VoidPayment(version, 1, "billed twice", date(2025, 4, 2))
    world.when(void).then(ev.ClaimPaymentsVoided)
    assert world.position().claims_paid == 0
    world.when(void).then_refused("already-voided", "C-1")


def test_a_void_in_a_register_finds_its_payment_and_nets_it() -> None:
    world = given(specific("300.00"), register(line("C-1", "410.00")))
    world.when(register(line("C-1", "-410.00", txn_type="VOID", booked="2025-05-05"), name="REG-2")).accepted()
    page = world.last[-1].event
    assert isinstance(page, ev.ClaimPaymentsVoided)
    assert page.lines.row(1)["original_line"] == 1
    assert world.position().reimbursements_receivable == 0


def test_a_void_of_an_unknown_payment_is_refused() -> None:
    given().when(register(line("C-404", "-1.00", txn_type="VOID"))).then_refused("unknown-original", "C-404")


def test_a_void_and_its_payment_may_come_in_one_register_in_any_order() -> None:
    rows = [line("C-1", "-410.00", txn_type="VOID", booked="2025-03-05"), line("C-1", "410.00")]
    assert given(register(*rows)).position().claims_paid == 0


def test_a_reissue_replaces_a_voided_payment() -> None:
    world = given(register(line("C-1", "410.00")), register(line("C-1", "-410.00", txn_type="VOID"), name="V"))
    again = line("C-1", "410.00", txn_type="REISSUE", payment_ref="CK-2", paid="2025-04-01")
    world.when(register(again, name="R")).then(ev.CheckRegisterReceived, ev.PaymentsReissued)
    assert world.position().claims_paid == cents("410.00")


def test_a_payment_that_is_alive_cannot_be_reissued() -> None:
    world = given(register(line("C-1", "410.00")))
    again = line("C-1", "410.00", txn_type="REISSUE", payment_ref="CK-2")
    world.when(register(again, name="R")).then_refused("not-voided", "C-1")


def test_refunds_never_exceed_what_was_paid() -> None:
    world = given(register(line("C-1", "410.00")))
    world.when(register(line("C-1", "-400.00", txn_type="REFUND", booked="2025-05-01"), name="F1")).accepted()
    world.when(register(line("C-1", "-10.01", txn_type="REFUND", booked="2025-06-01"), name="F2"))
    world.then_refused("more-than-paid", "10.01", "10.00")


def test_an_orphan_reversal_is_accepted_because_remittances_send_them() -> None:
    world = given().when(register(line("C-0", "-20.16", txn_type="REVERSAL")))
    world.then(ev.CheckRegisterReceived, ev.ClaimPaymentsVoided)


def test_a_posting_into_a_closed_month_is_refused_with_the_event_that_closed_it() -> None:
    world = given(cmd.ClosePeriod("2025-03"))
    world.when(register(line("C-1", "1.00"))).then_refused("closed-period", "2025-03 is closed (event 4", "--effective")
    world.when(money("funding", "5.00")).then_refused("closed-period")


def test_a_late_register_may_be_booked_in_the_open_month_on_purpose() -> None:
    world = given(cmd.ClosePeriod("2025-03"))
    world.when(register(line("C-1", "1.00"), effective_on=date(2025, 4, 1))).accepted()
    march = world.position(as_of="2025-03-31")
    assert march.claims_paid == 0
    assert world.position(as_of="2025-04-30").claims_paid == cents("1.00")


def test_a_void_of_a_payment_in_a_closed_month_is_dated_on_the_first_open_day() -> None:
    world = given(register(line("C-1", "1.00")), cmd.ClosePeriod("2025-03"))
    version = next(p.version for p in world.history().pages)
    world.when(cmd.VoidPayment(version, 1, "twice", date(2025, 3, 20))).then(ev.ClaimPaymentsVoided)
    assert world.position(as_of="2025-03-31").claims_paid == cents("1.00")
    assert world.position(as_of="2025-04-01").claims_paid == 0


def test_a_reimbursement_above_the_filing_is_refused_with_both_amounts() -> None:
    world = given(specific("100.00"), cmd.FileClaim("SL-1", "SPEC-2025", "M-A", cents("283.00"), date(2025, 4, 1)))
    over = cmd.ReceiveReimbursement("SL-1", cents("600.00"), date(2025, 5, 1))
    world.when(over).then_refused("over-filing", "600.00", "283.00", "--overpayment")
    world.when(cmd.ReceiveReimbursement("SL-1", cents("600.00"), date(2025, 5, 1), allow_overpayment=True)).accepted()
    received = world.last[-1].event
    assert isinstance(received, ev.ReimbursementReceived)
    assert received.overpayment == cents("317.00")


def test_a_partial_decision_limits_what_can_come_in() -> None:
    world = given(
        specific("100.00"),
        cmd.FileClaim("SL-1", "SPEC-2025", "M-A", cents("283.00"), date(2025, 4, 1)),
        cmd.DecideClaim("SL-1", "partial", cents("200.00"), date(2025, 5, 1)),
    )
    world.when(cmd.ReceiveReimbursement("SL-1", cents("200.01"), date(2025, 5, 1))).then_refused("over-filing")


def test_a_correction_takes_an_event_back_once_and_names_it() -> None:
    world = given(money("fee", "48.60"))
    version = world.last[-1].version
    correct = cmd.Correct(version, date(2025, 4, 1), "charged twice")
    world.when(correct).then(ev.CorrectionPosted)
    assert world.position().fees == 0
    world.when(correct).then_refused("corrected")


def test_a_plan_is_registered_once_and_a_stranger_is_refused() -> None:
    given().when(*start()).then_refused("plan-exists")
    ledger = Ledger(MemoryLedgerRecorder(), ScriptedClock())
    with pytest.raises(Refusal, match="is not in this ledger"):
        ledger.handle("XX", [money("funding", "1.00")], actor="tester")


def test_the_same_request_under_the_same_key_is_recorded_once() -> None:
    ledger = given().ledger
    first = ledger.handle(PLAN, [money("funding", "5.00")], actor="tester", key="K")
    again = ledger.handle(PLAN, [money("funding", "5.00")], actor="tester", key="K")
    assert again.again
    assert [e.position for e in again.events] == [e.position for e in first.events]
    with pytest.raises(IdempotencyConflict):
        ledger.handle(PLAN, [money("funding", "6.00")], actor="tester", key="K")


def test_a_settlement_on_a_changed_head_is_refused() -> None:
    ledger = given().ledger
    seen = ledger.head().short
    ledger.handle(PLAN, [money("funding", "5.00")], actor="tester")
    with pytest.raises(Refusal, match="changed since your preview"):
        ledger.handle(PLAN, [money("funding", "5.00")], actor="tester", expect_head=seen)


def test_what_is_not_well_formed_is_rejected_in_words() -> None:
    ledger = given().ledger
    with pytest.raises(InputRejected, match="use letters, digits"):
        ledger.handle(PLAN, [register(line("C-1", "1.00"), name="two words")], actor="tester")


def test_when_one_command_of_several_is_refused_nothing_of_them_is_recorded() -> None:
    world = given()
    before = world.ledger.head().size
    world.when(money("funding", "5.00"), money("funding", "0.00")).then_refused("amount")
    assert world.ledger.head().size == before
    world.when(money("funding", "5.00")).then(ev.FundingReceived)


def test_a_date_far_from_every_open_plan_year_is_refused() -> None:
    world = given()
    world.when(register(line("C-1", "1.00", paid="2031-12-31"))).then_refused("year-not-open", "2031", "2025")
    world.when(money("funding", "1.00", on="2026-01-02")).then(ev.PlanYearOpened, ev.FundingReceived)


def test_a_reversal_that_comes_before_the_payment_that_corrects_it_does_not_take_that_payment() -> None:
    rows = [line("C-1", "-20.16", txn_type="REVERSAL"), line("C-1", "15.00")]
    view = given(register(*rows)).position()
    assert view.claims_paid == cents("-5.16")


def test_a_missing_event_is_noticed_while_reading() -> None:
    world = given(money("funding", "1.00"), money("funding", "2.00"))
    store = world.ledger.store
    assert isinstance(store, MemoryLedgerRecorder)
    del store._entries[3]
    store._plans[PLAN].pop()
    with pytest.raises(LedgerDamaged, match="something is missing"):
        list(world.ledger.history(PLAN))


def test_the_same_deposit_is_recorded_once_and_at_one_amount() -> None:
    world = given(money("funding", "100.00", reference="W-1"))
    world.when(money("funding", "100.00", reference="W-1")).then_refused("duplicate", "W-1", "100.00")
    world.when(money("funding", "100.01", reference="W-1")).then_refused("conflict", "100.00", "100.01")
    world.when(money("funding", "100.00")).then(ev.FundingReceived)
    world.when(money("funding", "100.00", on="2025-04-03", reference="W-1")).then(ev.FundingReceived)
