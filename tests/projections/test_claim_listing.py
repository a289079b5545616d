"""The carrier's listing: line by line, and its sums are the registers'."""

from __future__ import annotations

from datetime import date

import pytest

from projections.buckets import stop_loss_buckets
from projections.claim_listing import claim_listing
from projections.history import History
from projections.notices import notices
from projections.stop_loss_report import aggregate_register, specific_register
from stop_loss_year import story
from story import recorded

AS_OF = date(2026, 3, 31)


@pytest.mark.parametrize("as_of", [date(2025, 6, 30), AS_OF])
def test_what_is_counted_adds_up_to_the_registers(as_of: date) -> None:
    history = History(recorded(story({"attachment": "1.25", "per_person_limit": "none"})))
    specific = sum(row.counted for row in claim_listing(history, "specific", 2025, as_of))
    assert specific == specific_register(history, 2025, as_of).total.eligible_paid
    (row,) = aggregate_register(history, 2025, as_of)
    (held,) = stop_loss_buckets(history, 2025, as_of, policy=row.policy)
    limited = sum(each.amount for each in held.buckets if each.name in ("run_in_limit", "above_person_limit"))
    counted = sum(each.counted for each in claim_listing(history, "aggregate", 2025, as_of))
    assert counted == row.position.eligible + limited


def test_every_line_that_counts_less_says_why() -> None:
    history = History(recorded(story({"attachment": "1.25"})))
    for row in claim_listing(history, "specific", 2025, AS_OF):
        assert bool(row.reason) == (row.counted != row.plan_paid)


def test_a_lifetime_maximum_that_is_near_and_an_attachment_reached_are_told() -> None:
    history = History(recorded(story({"attachment": "1.25"}, lifetime_maximum=12_000_000)))
    kinds = {(one.kind, one.member) for one in notices(history, 2025, AS_OF)}
    assert {("lifetime-near", "M-1"), ("attachment-reached", ""), ("deductible-reached", "M-2")} <= kinds
    assert ("deductible-reached", "M-9") not in kinds
