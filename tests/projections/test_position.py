"""The three views of the position, to the cent."""

from __future__ import annotations

from datetime import date

import pytest

from ledger import events as e
from projections import position as positions
from projections.history import History
from story import (
    budget,
    day,
    filed,
    line,
    money,
    opened,
    page,
    recorded,
    registered,
    reimbursed,
    specific,
    void,
)

YEAR_END = date(2025, 12, 31)


def view(
    *events: e.Event, as_of: date = YEAR_END, known_at: int | None = None, **terms: object
) -> positions.PositionView:
    history = History(recorded([*registered(**terms), opened(2025), *events]))
    return positions.position(history, 2025, as_of, known_at=known_at)


def views(found: positions.PositionView) -> tuple[int, int, int]:
    return found.positions.budget, found.positions.cash, found.positions.accrual


def over_deductible() -> list[e.Event]:
    """Claims of 500,000 with one member at 212,300, a deductible of 100,000, and a budget of 400,000."""
    others = [line(9_590_000, "2025-05-05", f"M-{n}") for n in (2, 3)] + [line(9_590_000, "2025-05-05", "M-4")]
    return [
        budget(40_000_000),
        specific(10_000_000),
        page(line(21_230_000, "2025-03-03"), *others),
    ]


def test_claims_under_an_unfunded_budget() -> None:
    found = view(budget(50_000_000), page(line(40_000_000, "2025-06-30")))
    assert views(found) == (10_000_000, -40_000_000, 10_000_000)
    assert (found.surplus_for_year, found.closing) == (10_000_000, 10_000_000)


def test_a_reimbursement_counts_before_it_is_received_but_not_in_cash() -> None:
    due = view(*over_deductible())
    assert due.claims_paid == 50_000_000
    assert due.reimbursements_receivable == 11_230_000
    assert views(due) == (-10_000_000, -50_000_000, -10_000_000 + 11_230_000)
    got = view(*over_deductible(), filed(11_230_000, "2025-07-01"), reimbursed(11_230_000, "2025-08-01"))
    assert (got.reimbursements_receivable, got.reimbursements_received) == (0, 11_230_000)
    assert views(got) == (-10_000_000, -50_000_000 + 11_230_000, -10_000_000 + 11_230_000)


def test_too_much_received_is_owed_to_the_carrier() -> None:
    got = view(*over_deductible(), filed(12_000_000, "2025-07-01"), reimbursed(12_000_000, "2025-08-01"))
    assert (got.reimbursements_receivable, got.due_to_carrier) == (0, 770_000)
    assert got.positions.accrual == -10_000_000 + 11_230_000


@pytest.mark.parametrize(
    ("recognition", "receivable"), [("paid", 11_230_000), ("filed", 9_000_000), ("approved", 0), ("received", 0)]
)
def test_recognition_says_when_a_reimbursement_counts(recognition: str, receivable: int) -> None:
    found = view(*over_deductible(), filed(9_000_000, "2025-07-01"), recognition=recognition)
    assert found.reimbursements_receivable == receivable


def test_an_approved_amount_replaces_the_filed_one() -> None:
    decided = e.StopLossClaimDecided(
        filing="SL-1", decision="partial", approved=8_000_000, decided_on=day("2025-09-01")
    )
    for recognition in ("filed", "approved"):
        found = view(*over_deductible(), filed(9_000_000, "2025-07-01"), decided, recognition=recognition)
        assert found.reimbursements_receivable == 8_000_000


def test_the_sample_statement() -> None:
    """-22,750.15 + 1,200,000.00 - 1,311,250.40 + 185,000.00 - 58,320.00 = -7,320.55."""
    history = History(
        recorded(
            [
                *registered(recognition="received"),
                opened(2025, -2_275_015),
                budget(120_000_000),
                specific(10_000_000),
                page(line(131_125_040, "2025-06-30")),
                filed(18_500_000, "2025-10-01"),
                reimbursed(18_500_000, "2025-11-01"),
                money(e.FeeCharged, 5_832_000, "2025-12-01"),
                money(e.FundingReceived, 120_000_000, "2025-01-02"),
            ]
        )
    )
    found = positions.position(history, 2025, YEAR_END)
    assert (found.opening, found.surplus_for_year, found.closing) == (-2_275_015, 1_542_960, -732_055)
    assert [printed.name for printed in positions.lines(found)] == [
        "opening", "budget", "gross-claims", "voids", "refunds", "claims-paid", "recoveries", "rebates", "fees",
        "stop-loss-premium", "contributions", "funding-received", "reimbursements-received",
        "reimbursements-receivable", "surplus-for-year", "closing",
    ]  # fmt: skip


def test_pay_as_you_go_owes_what_was_billed() -> None:
    found = view(
        page(line(500_000, "2025-03-03")),
        money(e.FeeCharged, 10_000, "2025-03-31"),
        money(e.FundingReceived, 400_000, "2025-03-31"),
        funding="pay-as-you-go",
    )
    assert (found.positions.cash, found.positions.accrual) == (-110_000, 0)


def test_voids_refunds_reissues_and_recoveries_stand_apart() -> None:
    paid = line(120_410, "2025-02-03")
    again = line(120_410, "2025-02-10", original_version=4, original_line=1)
    back = {**line(-20_000, "2025-02-20"), "original_version": 6, "original_line": 1}
    third = e.SubrogationRecovered(
        recovery_id="S-1", member="M-1", incurred_on=day("2025-01-10"), paid_on=day("2025-02-03"),
        received_on=day("2025-03-01"), gross=30_000, fee=10_000,
    )  # fmt: skip
    found = view(
        page(paid),
        void(4, 1, paid, "2025-02-05"),
        page(again, kind=e.PaymentsReissued),
        page(back, kind=e.ClaimRefundsReceived),
        third,
    )
    assert (found.gross_claims, found.voids, found.refunds) == (240_820, -120_410, -20_000)
    assert (found.claims_paid, found.recoveries, found.positions.cash) == (100_410, 20_000, -80_410)


def test_incurred_attribution_puts_run_out_in_the_year_of_service() -> None:
    late = line(70_000, "2026-02-01", incurred_on=line(0, "2025-12-20")["incurred_on"])
    later = date(2026, 3, 31)
    incurred, paid = view(page(late), as_of=later, attribution="incurred"), view(page(late), as_of=later)
    assert (incurred.claims_paid, paid.claims_paid) == (70_000, 0)
    assert [m.month for m in incurred.months][-2:] == ["2025-12", "2026-02"]


def test_budget_to_date_holds_the_months_begun_and_the_latest_revision() -> None:
    history = History(
        recorded(
            [
                *registered(),
                opened(2025),
                budget(1_200),
                budget(2_400, kind=e.BudgetRevised, replaces_version=4, reason="more lives"),
                e.CorrectionPosted(
                    corrects_version=5, corrects_kind="budget-revised", effective_on=day("2025-06-01"), reason="wrong"
                ),
            ]
        )
    )
    at = date(2025, 3, 1)
    assert [positions.position(history, 2025, at, known_at=k).budget for k in (4, 5, 6)] == [300, 600, 300]


def test_dispositions_move_the_closing_and_the_next_opening() -> None:
    posted = {"settlement": "S-2025-01", "year": 2025, "effective_on": day("2026-04-01")}
    history = History(
        recorded(
            [
                *registered(),
                opened(2025, 1_000),
                budget(12_000),
                e.SurplusRefunded(amount=4_000, **posted),
                e.ReserveTransferred(amount=3_000, to="claims-fluctuation-reserve", **posted),
                e.SurplusCarriedForward(amount=6_000, to_year=2026, **posted),
            ]
        )
    )
    at = date(2026, 4, 30)
    found = positions.position(history, 2025, at)
    assert (found.opening, found.surplus_for_year, found.closing) == (1_000, 12_000, 6_000)
    assert found.positions.cash == -4_000
    assert positions.position(history, 2026, at).opening == found.closing
    assert positions.position(history, 2025, at).closing == 6_000


def test_a_correction_takes_an_event_back_in_full_on_its_own_date() -> None:
    wrong = page(line(21_230_000, "2025-03-03"))
    back = e.CorrectionPosted(
        corrects_version=5, corrects_kind="claims-paid", effective_on=day("2025-05-01"), reason="other plan"
    )
    before, after = (view(specific(10_000_000), wrong, back, as_of=date(2025, m, 28)) for m in (4, 5))
    assert (before.claims_paid, before.reimbursements_receivable) == (21_230_000, 11_230_000)
    assert (after.claims_paid, after.reimbursements_receivable, after.positions.cash) == (0, 0, 0)


def test_a_correction_taken_back_restores_what_it_took() -> None:
    wrong, mistaken = page(line(500, "2025-03-03")), day("2025-05-01")
    found = view(
        wrong,
        e.CorrectionPosted(corrects_version=4, corrects_kind="claims-paid", effective_on=mistaken, reason="x"),
        e.CorrectionPosted(corrects_version=5, corrects_kind="correction-posted", effective_on=mistaken, reason="y"),
    )
    assert (found.claims_paid, found.months[4].claims_paid) == (500, 0)


def test_a_receipt_taken_back_is_receivable_again_from_that_day() -> None:
    events = [
        *over_deductible(),
        filed(11_230_000, "2025-07-01"),
        reimbursed(11_230_000, "2025-08-01"),
        e.CorrectionPosted(
            corrects_version=8, corrects_kind="reimbursement-received", effective_on=day("2025-10-01"), reason="x"
        ),
    ]
    before, after = view(*events, as_of=date(2025, 9, 30)), view(*events)
    assert (before.reimbursements_received, before.reimbursements_receivable) == (11_230_000, 0)
    assert (after.reimbursements_received, after.reimbursements_receivable) == (0, 11_230_000)


def test_a_plan_year_that_starts_in_july() -> None:
    plan = e.PlanRegistered(code="P", name="School Plan", sponsor="District", year_start_month=7)
    history = History(recorded([plan, page(line(7, "2025-06-30"), line(5, "2025-07-01"), line(3, "2026-06-30"))]))
    found = [positions.position(history, year, date(2026, 12, 31)).claims_paid for year in (2024, 2025, 2026)]
    assert found == [7, 8, 0]
