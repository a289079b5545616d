"""Explanations: every step recomputes from its printed inputs, and the last one is the register's figure."""

from __future__ import annotations

from datetime import date

import pytest

from projections.explanation import explain_member, recomputed
from projections.explanation_aggregate import explain_aggregate
from projections.history import History
from projections.stop_loss_report import aggregate_register, specific_register
from stop_loss_year import AGGREGATES, AS_OF, TERMS, story
from story import (
    recorded,
)  # fmt: skip


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
