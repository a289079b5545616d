"""Published examples and edges of stop-loss, retold with the ledger's own columns.

The figures are those of the sources named in each test (domain section 10); policy years are 2024 unless a
source says otherwise. Amounts of examples are whole dollars, written in cents by ``usd``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.accommodation import Movement, accommodation
from ledger.calendar import add_months, day_number
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
    in_window,
    specific_position,
)
from ledger.terms import AggregateTerms, DayRules, Laser, SpecificTerms, window

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


def claims(**dollars: int) -> list[Lines]:
    """One payment a person, a month apart, in the order given."""
    return [lines_of([row(key, usd(each), date(2024, at, 9)) for at, (key, each) in enumerate(dollars.items(), 1)])]


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


def test_farmers_branch_pays_the_claimant_above_150000() -> None:
    """SP-01: City of Farmers Branch TX, Resolution 2025-230."""
    position = specific_position(policy(usd(150_000)), claims(P1=400_000))
    assert position.reimbursable == usd(250_000)
    assert position.eligible - position.reimbursable == usd(150_000)


def test_only_the_specific_deductible_counts_toward_the_aggregate() -> None:
    """SP-02: XL Benefits, stop-loss FAQ."""
    own, found = policy(usd(50_000)), claims(P1=200_000)
    assert specific_position(own, found).reimbursable == usd(150_000)
    assert plan(claims=found, specifics=(own,)).eligible == usd(50_000)
    assert buckets(own, found).retained == usd(50_000)


def test_apex_pays_25000_above_an_attachment_of_100000() -> None:
    """SP-06: APEX Benefits Group, stop loss."""
    assert specific_position(policy(usd(100_000)), claims(P1=125_000)).reimbursable == usd(25_000)


def test_losses_equal_to_the_deductible_do_not_exceed_it() -> None:
    """SP-08: Standard Security Life policy SL-2001 section 4, City of La Porte TX."""
    own, found = policy(usd(115_000)), claims(P1=115_000)
    assert specific_position(own, found).reimbursable == 0
    assert plan(claims=found, specifics=(own,)).eligible == usd(115_000)


def test_sun_life_pays_what_three_claimants_leave_of_the_aggregating_deductible() -> None:
    """AS-01: Sun Life, aggregating specific flyer; the split is derived."""
    own = policy(usd(75_000), aggregating_deductible=usd(60_000))
    position = specific_position(own, claims(Bob=80_000, Sue=100_000, Tom=120_000))
    got = {each.member: (each.excess, each.absorbed, each.reimbursable) for each in position.members}
    assert got == {
        "Bob": (usd(5_000), usd(5_000), 0),
        "Sue": (usd(25_000), usd(25_000), 0),
        "Tom": (usd(45_000), usd(30_000), usd(15_000)),
    }
    assert position.reimbursable == usd(15_000)


def test_sun_life_pays_nothing_on_one_claim_that_just_exhausts_both_layers() -> None:
    """AS-02: Sun Life, aggregating specific flyer."""
    own = policy(usd(75_000), aggregating_deductible=usd(60_000))
    position = specific_position(own, claims(P1=135_000))
    assert (position.absorbed, position.reimbursable) == (usd(60_000), 0)


def test_four_lasers_raise_the_exposure_from_400000_to_2000000() -> None:
    """LZ-01: Caravus, Understanding lasering. Each person costs a million."""
    own, found = policy(usd(100_000)), claims(A=1_000_000, B=1_000_000, C=1_000_000, D=1_000_000)
    lasers = tuple(Laser(member=member, deductible=usd(500_000)) for member in "ABCD")
    for terms, exposure in ((own, 400_000), (replace(own, lasers=lasers), 2_000_000)):
        position = specific_position(terms, found)
        assert position.eligible - position.reimbursable == usd(exposure)


def test_the_tiers_of_la_porte_give_the_printed_attachment_point() -> None:
    """AG-01: City of La Porte TX 2004-05, SL-2001 schedule, page 3."""
    start = date(2004, 4, 1)
    terms = AggregateTerms(contract_basis="18/12", minimum_attachment=usd(3_426_277), maximum=usd(1_000_000))
    factors = (Factor("single", None, "313.42", "2004-04"), Factor("family", None, "940.25", "2004-04"))
    own = AggregatePolicy("A", start, None, terms, factors)
    months = [add_months(start, at).isoformat()[:7] for at in range(12)]
    lives = {month: {"single": 143, "family": 256} for month in months}
    position = aggregate_position(own, [], enrollment=lives, budget={}, as_of=date(2005, 3, 31))
    assert position.months[0].attachment == 28_552_306
    assert position.sum_of_months == 342_627_672
    assert position.attachment_point == usd(3_426_277)


def test_a_corridor_of_125_percent_on_a_million_expected_is_1250000() -> None:
    """AG-02: XL Benefits, stop-loss FAQ; the million is budgeted by month, the last month takes the rest."""
    own = AggregatePolicy("A", date(2024, 1, 1), None, AggregateTerms(attachment="1.25"))
    budget = {f"2024-{month:02d}": 8_333_333 for month in range(1, 12)} | {"2024-12": 8_333_337}
    position = aggregate_position(own, [], enrollment={}, budget=budget, as_of=END)
    assert sum(budget.values()) == usd(1_000_000)
    assert position.attachment_point == usd(1_250_000)
    whole = plan(claims=[], budget=8_333_336, attachment="125%")
    assert whole.attachment_point == 8_333_336 * 15


def test_claims_of_1050000_over_an_attachment_of_900000_pay_150000() -> None:
    """AG-04: SuperfastCPA, aggregate stop-loss; expected 800,000 at a derived corridor of 1.125."""
    found = claims(P1=400_000, P2=650_000)
    position = plan(claims=found, lives={"EE": 100}, factors={"EE": "750"}, per_person_limit="none")
    assert (position.attachment_point, position.reimbursable) == (usd(900_000), usd(150_000))


def test_safeco_keeps_the_full_minimum_when_the_policy_ends_early() -> None:
    """AG-06: SAFECO Excess Loss LGC 8809 11/01, Indian River County FL. 25,000 a month."""
    monthly: dict[str, Any] = {"claims": [], "lives": {"EE": 100}, "factors": {"EE": "250"}}
    ended = date(2024, 6, 30)
    low = plan(**monthly, expires=ended, as_of=ended, minimum_attachment=usd(280_000))
    assert (low.sum_of_months, low.attachment_point) == (usd(150_000), usd(280_000))
    high = plan(**monthly, expires=ended, as_of=END, minimum_attachment=usd(140_000))
    assert high.attachment_point == usd(150_000)


def test_the_minimum_is_95_percent_of_the_first_month_times_twelve() -> None:
    """AG-07: Viehdorfer, aggregate stop loss coverage."""
    monthly: dict[str, Any] = {"claims": [], "lives": {"EE": 100}, "factors": {"EE": "250"}}
    position = plan(**monthly, minimum_percent_of_first_month="0.95")
    assert position.minimum == usd(285_000)
    fixed = plan(**monthly, minimum_percent_of_first_month="95%", minimum_attachment=usd(290_000))
    assert fixed.minimum == usd(290_000)


def test_terminal_liability_adds_the_last_three_months_again() -> None:
    """AG-08: IIS, policy terms and features."""
    position = plan(claims=[], lives={"EE": 100}, factors={"EE": "250"}, terminal_months=3)
    assert position.attachment_point == usd(375_000)


def test_319000_of_claims_against_300000_after_three_months_are_19000_over() -> None:
    """AC-01: Strategic Benefit Resources, aggregate monthly accommodation."""
    found = claims(P1=100_000, P2=100_000, P3=119_000)
    position = plan(claims=found, lives={"EE": 100}, factors={"EE": "1000"}, as_of=date(2024, 3, 31))
    assert [each.excess for each in position.months] == [0, 0, usd(19_000)]
    assert position.excess == usd(19_000)


@pytest.mark.parametrize(
    ("incurred", "paid", "eligible"),
    [(date(2025, 3, 15), date(2025, 12, 31), True), (date(2025, 11, 15), date(2026, 1, 10), False)],
)
def test_a_twelve_twelve_contract_loses_what_is_paid_next_year(incurred: date, paid: date, eligible: bool) -> None:
    """CB-01: Conner Insurance, stop-loss contract types."""
    held = window("12/12", date(2025, 1, 1))
    assert in_window(held, DayRules(), lines_of([row("P", 1, paid, incurred)])).tolist() == [eligible]


def test_the_eighteen_twelve_window_of_la_porte_has_sharp_edges() -> None:
    """CB-02: City of La Porte TX, SL-2001 schedule; the cases are derived from its dates."""
    first, start, last = date(2003, 10, 1), date(2004, 4, 1), date(2005, 3, 31)
    cases = [
        (date(2003, 9, 30), start, False),
        (first, start, True),
        (first, date(2004, 3, 31), False),
        (last, last, True),
        (last, date(2005, 4, 1), False),
    ]
    found = lines_of([row("P", 1, paid, incurred) for incurred, paid, _ in cases])
    assert in_window(window("18/12", start), DayRules(), found).tolist() == [eligible for *_, eligible in cases]


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
