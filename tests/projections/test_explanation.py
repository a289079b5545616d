"""Explanations: every step recomputes from its printed inputs, and the last one is the register's figure."""

from __future__ import annotations

from datetime import date

import pytest

from ledger import events as e
from ledger.calendar import day_number
from ledger.terms import AggregateTerms, Laser
from projections.explanation import explain_member, recomputed
from projections.explanation_aggregate import explain_aggregate
from projections.history import History
from projections.stop_loss_report import aggregate_register, specific_register
from projections.story import (
    budget,
    day,
    filed,
    line,
    opened,
    page,
    recorded,
    registered,
    reimbursed,
    specific,
    void,
)  # fmt: skip

AS_OF = date(2026, 3, 31)
BIG = line(21_230_033, "2025-03-03", "M-1")
LINES = (
    BIG,
    line(4_000_000, "2025-04-04", "M-1", incurred_on=day_number(day("2024-11-01"))),
    line(300_000, "2025-04-05", "M-1", coverage="DEN"),
    line(500_000, "2025-04-06", "M-1", eligible=350_000, disallowed="CO-97"),
    line(20_000, "2025-04-07", "M-1", specific_eligible=0, aggregate_eligible=0),
    line(14_000_000, "2025-05-05", "M-2"),
    line(16_000_000, "2025-06-05", "M-3"),
)
TERMS = (
    {},
    {"percentage": "0.90", "annual_maximum": 5_000_000},
    {"aggregating_deductible": 6_000_000, "lifetime_maximum": 4_000_000},
    {"aggregating_deductible": 12_000_000, "percentage": "0.333"},
)
AGGREGATES = (
    {"attachment": "1.25"},
    {"attachment": "1.25", "minimum_attachment": 90_000_000, "ytd_minimum": "full"},
    {"minimum_percent_of_first_month": "95%", "terminal_months": 3, "percentage": "0.8", "maximum": 900_000},
)


def story(loss: dict[str, object], **more: object) -> list[e.Event]:
    aggregate = e.StopLossPolicyBound(
        policy="AG-25", coverage_kind="aggregate", effective=day("2025-01-01"), aggregate=AggregateTerms(**loss)
    )
    enrolled = [
        e.EnrollmentRecorded(month=f"2025-{month:02d}", counts=(e.TierLives(tier="EE", lives=140 + month),))
        for month in range(1, 13)
    ]
    factors = [
        e.AggregateFactorSet(policy="AG-25", tier="EE", factor=amount, from_month=start)
        for amount, start in (("113.427", "2025-01"), ("120.10", "2025-06"))
    ]
    start = [*registered(), opened(2025), budget(12_000_000), specific(10_000_000, **more), aggregate, *enrolled]
    return [
        *start, *(factors if "attachment" not in loss else []),
        e.LaserSet(policy="SP-25", laser=Laser(member="M-3", deductible=15_000_000)),
        page(*LINES), void(len(start) + (2 if "attachment" not in loss else 0) + 2, 1, BIG, "2025-09-09"),
        page(BIG, register="R-2"), filed(1_000_000, "2025-10-01"), reimbursed(1_000_000, "2025-11-01"),
    ]  # fmt: skip


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("as_of", [date(2025, 6, 30), AS_OF])
def test_every_step_of_a_member_recomputes_and_ends_at_the_register(terms: dict[str, object], as_of: date) -> None:
    history = History(recorded(story({"attachment": "1.25"}, **terms)))
    for row in specific_register(history, 2025, as_of).rows:
        (found,) = explain_member(history, row.member, 2025, as_of)
        assert [recomputed(step, found.rounding) for step in found.steps] == [step.result for step in found.steps]
        results = {step.name: step.result for step in found.steps}
        assert found.due == row.due
        assert (results["Eligible paid"], results["Deductible"]) == (row.eligible_paid, row.deductible)
        assert (results["Excess"], results["Reimbursable"]) == (row.excess, row.reimbursable)


def test_what_was_left_out_is_counted_and_summed_by_reason() -> None:
    history = History(recorded(story({"attachment": "1.25"})))
    (found,) = explain_member(history, "M-1", 2025, AS_OF)
    left = {each.name: each.amount for step in found.steps[1:4] for each in step.inputs}
    assert left == {
        "incurred outside (1 lines)": 4_000_000,
        "not covered: DEN (1 lines)": 300_000,
        "ineligible: CO-97 (1 lines)": 150_000,
        "ineligible: no reason given (1 lines)": 20_000,
    }
    assert explain_member(history, "M-9", 2025, AS_OF) == ()


@pytest.mark.parametrize("loss", AGGREGATES)
@pytest.mark.parametrize("as_of", [date(2025, 6, 30), AS_OF])
def test_every_step_of_the_aggregate_recomputes_and_ends_at_the_register(loss: dict[str, object], as_of: date) -> None:
    history = History(recorded(story(loss)))
    (row,) = aggregate_register(history, 2025, as_of)
    (found,) = explain_aggregate(history, 2025, as_of)
    assert [recomputed(step, found.rounding) for step in found.steps] == [step.result for step in found.steps]
    results = {step.name: step.result for step in found.steps}
    point = next(s.result for s in reversed(found.steps) if s.name.startswith("Attachment point"))
    assert (point, found.due) == (row.position.attachment_point, row.receivable)
    assert results["E  Eligible paid"] == row.position.eligible
    assert (results["Excess"], results["Reimbursable"]) == (row.position.excess, row.position.reimbursable)
