"""Edges of stop-loss, told with the ledger's own columns; published examples are in ``tests/worked``.

Policy years are 2024. Amounts in whole dollars are written in cents by ``usd``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.accommodation import Movement, accommodation
from ledger.calendar import day_number
from ledger.lines import Lines, lines_of
from ledger.stop_loss import (
    AggregatePolicy,
    AggregatePosition,
    Factor,
    MissingFactor,
    SpecificPolicy,
    Specifics,
    aggregate_position,
    buckets,
    specific_position,
)
from ledger.terms import AggregateTerms, Laser, SpecificTerms

Row = dict[str, Any]
END = date(2024, 12, 31)


def usd(amount: float) -> int:
    """Whole dollars in cents."""
    return int(amount) * 100


def row(member: str, eligible: int, paid_on: date, incurred_on: date | None = None, **more: Any) -> Row:
    """A payment that counts, unless said otherwise."""
    dates = {"incurred_on": day_number(incurred_on or paid_on), "paid_on": day_number(paid_on)}
    counts = {"specific_eligible": 1, "aggregate_eligible": 1}
    return {"member": member, "amount": eligible, "eligible": eligible, **dates, **counts, **more}


def undone(of: Row) -> Row:
    """The void of a row."""
    return {**of, "amount": -of["amount"], "eligible": -of["eligible"], "txn_type": "VOID"}


def policy(deductible: int = 100, basis: str = "12/12", **terms: Any) -> SpecificPolicy:
    """A specific policy of 2024."""
    own = SpecificTerms(deductible=deductible, contract_basis=basis, **terms)
    return SpecificPolicy("S", date(2024, 1, 1), None, own)


def plan(
    *, claims: list[Lines], lives: dict[str, int] | None = None, factors: dict[str, str] | None = None,
    expires: date | None = None, as_of: date = END, specifics: tuple[SpecificPolicy, ...] = (),
    budget: int | None = None, **terms: Any,
) -> AggregatePosition:  # fmt: skip
    """An aggregate position of 2024 with the same lives (or budget) in every month."""
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    own = AggregatePolicy(
        "A", date(2024, 1, 1), expires, AggregateTerms(**terms),
        tuple(Factor(tier, None, text, "2024-01") for tier, text in (factors or {}).items()),
    )  # fmt: skip
    return aggregate_position(
        own, claims, enrollment={month: lives for month in months if lives is not None}, as_of=as_of,
        budget={} if budget is None else dict.fromkeys(months, budget),
        specifics=Specifics(specifics, specifics, claims),
    )  # fmt: skip


def test_a_corridor_written_in_percent_is_exact_over_months_that_are_not_whole_dollars() -> None:
    assert plan(claims=[], budget=8_333_336, attachment="125%").attachment_point == 8_333_336 * 15


def test_a_tier_with_lives_and_no_factor_is_refused_by_name() -> None:
    with pytest.raises(MissingFactor, match="Policy A has no aggregate factor for tier FAM in 2024-01") as told:
        plan(claims=[], lives={"EE": 1, "FAM": 2}, factors={"EE": "250"})
    assert (told.value.policy, told.value.tier, told.value.month) == ("A", "FAM", "2024-01")
    assert plan(claims=[], lives={"EE": 1, "FAM": 0}, factors={"EE": "1"}).sum_of_months == usd(12)


def test_exactly_at_the_deductible_pays_nothing_and_one_cent_above_pays_one_cent() -> None:
    day = date(2024, 3, 1)
    at = specific_position(policy(), [lines_of([row("M1", 100, day)])])
    assert (at.reimbursable, at.members[0].crossed_on) == (0, None)
    above = specific_position(policy(), [lines_of([row("M1", 101, day)])])
    assert (above.reimbursable, above.members[0].crossed_on) == (1, day)


def test_a_void_pays_the_aggregating_deductible_back_to_the_next_in_line() -> None:
    first, second = row("M1", 150, date(2024, 3, 1)), row("M2", 150, date(2024, 4, 1))
    own = policy(aggregating_deductible=50)
    before = specific_position(own, [lines_of([first, second])])
    assert {each.member: each.reimbursable for each in before.members} == {"M1": 0, "M2": 50}
    after = specific_position(own, [lines_of([first, second]), lines_of([undone(first)])])
    assert {each.member: each.absorbed for each in after.members} == {"M1": 0, "M2": 50}
    assert after.reimbursable == 0


def test_a_family_unit_adds_its_members_together() -> None:
    found = [row("M1", 60, date(2024, 3, 1), family="F"), row("M2", 60, date(2024, 3, 2), family="F")]
    position = specific_position(policy(unit="family"), [lines_of(found)])
    assert [(each.member, each.excess) for each in position.members] == [("F", 20)]
    assert position.members[0].crossed_on == date(2024, 3, 2)


def test_no_lines_is_a_position_of_nothing() -> None:
    position = specific_position(policy(), [])
    assert (position.members, position.eligible, position.reimbursable) == ((), 0, 0)
    assert buckets(policy(), []).total == 0


def test_an_expiry_on_the_last_day_of_the_year_leaves_the_run_out_open() -> None:
    own = replace(policy(basis="12/15"), expires=date(2024, 12, 31))
    late = row("M1", 150, date(2025, 3, 31), date(2024, 12, 31))
    assert specific_position(own, [lines_of([late])]).excess == 50
    ended = replace(own, expires=date(2024, 12, 30))
    assert specific_position(ended, [lines_of([late])]).members == ()


def test_the_percentage_is_rounded_before_the_maximum_applies() -> None:
    found = [lines_of([row("M1", 105, date(2024, 3, 1))])]
    assert specific_position(policy(percentage="0.90"), found).reimbursable == 5  # 4.5
    assert specific_position(policy(percentage="0.90", annual_maximum=4), found).reimbursable == 4
    lifetime = policy(lifetime_maximum=10)
    assert specific_position(lifetime, found, prior_reimbursed={"M1": 8}).reimbursable == 2
    assert specific_position(lifetime, found, prior_reimbursed={"M1": 11}).reimbursable == 0


def test_a_refund_of_another_claim_moves_the_crossing_to_when_it_was_for_good() -> None:
    found = [row("M1", each, date(2024, at, 1), claim_id=f"C{at}") for at, each in ((1, 150), (2, -100), (3, 100))]
    assert specific_position(policy(), [lines_of(found)]).members[0].crossed_on == date(2024, 3, 1)


def test_a_laser_holds_for_services_of_its_last_day_and_not_of_the_day_after() -> None:
    found, ends = [lines_of([row("M1", 500, END)])], (END, END - timedelta(days=1))
    lasers = [(Laser(member="M1", deductible=300, to_date=day),) for day in ends]
    assert [specific_position(replace(policy(), lasers=each), found).excess for each in lasers] == [200, 400]


def test_the_request_form_of_east_coast_gives_the_same_request_as_the_accommodation() -> None:
    """AG-09: East Coast Underwriters, aggregate request form; amounts are made up, the lines are the form's."""
    january, march = date(2024, 1, 9), date(2024, 3, 9)
    own, voided = policy(usd(50_000)), row("P2", usd(30_000), march)
    found = [
        row("P1", usd(200_000), january),
        row("P2", usd(40_000), january),
        row("P3", usd(35_000), march, aggregate_eligible=0),
        *(voided, undone(voided)),
    ]
    aggregate = AggregatePolicy(
        "A", date(2024, 1, 1), None,
        AggregateTerms(accommodation=True, ytd_minimum="full", minimum_attachment=usd(80_000)),
        (Factor("EE", None, "250", "2024-01"),),
    )  # fmt: skip
    lives = {f"2024-{month:02d}": {"EE": 100} for month in range(1, 13)}
    position = aggregate_position(
        aggregate, [lines_of(found)], enrollment=lives, budget={},
        specifics=Specifics([own], [own], [lines_of(found)]), as_of=date(2024, 3, 31),
    )
    total, over, ineligible, back = usd(305_000), usd(150_000), usd(35_000), usd(30_000)  # lines A to D
    eligible = total - over - ineligible - back
    attachment = max(usd(75_000), usd(80_000))  # line F: to date, or the minimum
    assert (position.eligible, position.attachment_point) == (eligible, attachment)
    for advanced in (usd(4_000), usd(10_000), usd(14_000)):  # line G
        told = accommodation(aggregate, position, [Movement(date(2024, 2, 15), advanced)])
        request = eligible - attachment - advanced  # line H: negative is due to the carrier
        assert told.months[-1].move == told.months[-1].advance - told.months[-1].repay == request
