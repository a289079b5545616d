"""Advances of the carrier before the year is over (domain 5.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accommodation import Accommodation, Movement, RepaidMoreThanAdvanced, accommodation
from ledger.calendar import add_months, day_number
from ledger.lines import lines_of
from ledger.stop_loss import AggregatePolicy, Factor, aggregate_position
from ledger.terms import AggregateTerms

START = date(2024, 1, 1)
END = date(2024, 12, 31)
A_MONTH = 100_000_00


def told(
    claims: list[int], as_of: date, movements: list[Movement] | None = None, *, final: bool = False,
    rebates: dict[date, int] | None = None, **terms: Any,
) -> Accommodation:
    """The accommodation of a plan with a monthly attachment of 100,000 and one payment a month."""
    own = AggregatePolicy(
        "A", START, None, AggregateTerms(**{"accommodation": True, **terms}), (Factor("EE", None, "1000", "2024-01"),)
    )
    rows = []
    for at, amount in enumerate(claims):
        day = day_number(add_months(START, at))
        rows.append({
            "member": f"M{at}", "family": "F", "coverage": "MED", "incurred_on": day, "paid_on": day, "amount": amount,
            "eligible": amount, "specific_eligible": 1, "aggregate_eligible": 1,
        })  # fmt: skip
    lives = {f"2024-{month:02d}": {"EE": 100} for month in range(1, 13)}
    back = rebates or {}
    position = aggregate_position(own, [lines_of(rows)], enrollment=lives, budget={}, rebates=back, as_of=as_of)
    return accommodation(own, position, movements or [], final=final)


def test_319000_against_300000_after_three_months_are_advanced_as_19000() -> None:
    """AC-01: Strategic Benefit Resources, aggregate monthly accommodation."""
    found = told([100_000_00, 100_000_00, 119_000_00], date(2024, 3, 31))
    assert [each.advance for each in found.months] == [0, 0, 19_000_00]
    assert found.months[-1].outstanding == 19_000_00


def test_150000_against_100000_in_the_first_month_are_advanced_as_50000() -> None:
    """AC-02: the second published accommodation of domain 5.5."""
    (month,) = told([150_000_00], date(2024, 1, 31)).months
    assert (month.target, month.move, month.advance, month.repay) == (50_000_00, 50_000_00, 50_000_00, 0)


def test_a_rebate_lowers_what_is_lent_from_the_month_in_which_it_comes_in() -> None:
    """Domain 5.4 and 5.5: 319,000 less 10,000 of February against 300,000 leave 9,000 in March; in April 419,000 less
    14,000 against 400,000 leave 5,000, so 4,000 go back. A policy that does not deduct rebates lends 19,000.
    """
    claims, came_in = [100_000_00, 100_000_00, 119_000_00, 100_000_00], {
        date(2024, 2, 15): 10_000_00, date(2024, 4, 30): 4_000_00, date(2024, 5, 1): 99_000_00,
    }  # fmt: skip
    lent = [Movement(date(2024, 3, 31), 9_000_00)]
    found = told(claims, date(2024, 4, 30), lent, rebates=came_in).months
    assert [each.target for each in found] == [0, 0, 9_000_00, 5_000_00]
    assert found[-1].repay == 4_000_00
    kept = told(claims, date(2024, 4, 30), lent, rebates=came_in, rebates_reduce=False).months
    assert [each.target for each in kept] == [0, 0, 19_000_00, 19_000_00]


def test_what_was_advanced_is_repaid_when_claims_fall_back_under_the_attachment() -> None:
    found = told([150_000_00, 70_000_00], date(2024, 2, 29), [Movement(date(2024, 2, 10), 50_000_00)])
    assert (found.months[1].target, found.months[1].repay) == (20_000_00, 30_000_00)
    assert found.months[1].outstanding == 20_000_00


def test_an_advance_below_the_minimum_waits() -> None:
    claims, least = [100_999_99, 100_000_01], 1_000_00
    found = told(claims, date(2024, 2, 29), accommodation_minimum_advance=least)
    assert [(each.move, each.advance) for each in found.months] == [(999_99, 0), (1_000_00, 1_000_00)]


def test_the_end_of_the_year_makes_what_is_outstanding_the_benefit_due() -> None:
    claims = [150_000_00] + [100_000_00] * 10 + [70_000_00]
    ended = told(claims, END, [Movement(date(2024, 2, 10), 50_000_00)], final=True)
    assert (ended.outstanding, ended.true_up) == (50_000_00, -30_000_00)
    under = told([150_000_00], END, [Movement(date(2024, 2, 10), 50_000_00)], final=True)
    assert under.true_up == -50_000_00
    assert told(claims, date(2024, 6, 30)).true_up is None


def test_advances_stop_at_the_maximum_and_at_the_carriers_share() -> None:
    assert told([150_000_00], date(2024, 1, 31), percentage="0.90").months[0].target == 45_000_00
    assert told([150_000_00], date(2024, 1, 31), maximum=20_000_00).months[0].target == 20_000_00


def test_a_policy_without_accommodation_advances_nothing() -> None:
    found = told([150_000_00] * 12, END, final=True, accommodation=False)
    assert (found.months, found.true_up) == ((), 600_000_00)


def test_repaying_more_than_was_advanced_is_refused() -> None:
    moves = [Movement(date(2024, 2, 10), 50_00), Movement(date(2024, 3, 1), -50_01)]
    with pytest.raises(RepaidMoreThanAdvanced, match=r"On 2024-03-01 .* policy A .* by 0.01"):
        told([0], END, moves)


@given(
    st.lists(st.integers(0, 250_000_00), min_size=1, max_size=12),
    st.sampled_from((0, 1_000_00)),
    st.sampled_from(("1.00", "0.90", "0.333")),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_advances_less_repayments_are_the_benefit_due(
    claims: list[int], least: int, percentage: str, followed: list[bool]
) -> None:
    """INV-24, whether or not each suggestion was acted upon."""
    terms: dict[str, Any] = {"accommodation_minimum_advance": least, "percentage": percentage}
    moves: list[Movement] = []
    for month in range(12):
        on = add_months(date(2024, 1, 31), month)
        now = told(claims, on, moves, **terms).months[month]
        assert now.outstanding_before >= 0 and now.outstanding >= 0
        assert not (now.advance and now.repay)
        assert now.advance == 0 or now.advance >= least
        if followed[month] and (now.advance or now.repay):
            moves.append(Movement(on, now.advance - now.repay))
    ended = told(claims, END, moves, final=True, **terms)
    assert ended.outstanding == ended.advanced - ended.repaid >= 0
    assert ended.true_up is not None
    due = told(claims, END, final=True, **terms).true_up
    assert ended.advanced - ended.repaid + ended.true_up == due
