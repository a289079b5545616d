"""Aggregate stop-loss against the second opinion and the invariants of domain section 9."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.calendar import add_months, day_number, day_of, month_of
from ledger.lines import Lines, lines_of
from ledger.stop_loss import (
    AggregatePolicy,
    Factor,
    SpecificPolicy,
    Specifics,
    aggregate_position,
    buckets,
    specific_position,
)
from ledger.terms import AggregateTerms, Laser, SpecificTerms
from oracles import aggregate_oracle as oracle

MEMBERS = ("M1", "M2", "M3")
STARTS = (date(2024, 1, 1), date(2024, 2, 29), date(2023, 7, 1), date(2024, 8, 31))
FIGURES = ("attachment_point", "sum_of_months", "minimum", "eligible", "excess", "reimbursable")
# The aggregate with the window, lines and run-in of a specific beside it.
UNLIMITED = {
    "per_person_limit": "specific", "terminal_months": 0, "run_in_limit_person": None, "run_in_limit_total": None,
}  # fmt: skip
Row = dict[str, Any]
Lives = dict[str, dict[str, int]]


@st.composite
def rows(draw: st.DrawFn, start: date) -> list[Row]:
    """Payments in and about the policy year, some taken back, in any order."""
    days = st.one_of(st.sampled_from([0, -1, 30, 31, 364, 365, 366, 455, 456]), st.integers(-60, 480))
    found: list[Row] = []
    for _ in range(draw(st.integers(0, 14))):
        paid = draw(days)
        amount = draw(st.integers(0, 60_000))
        found.append(
            {
                "member": draw(st.sampled_from(MEMBERS)),
                "family": "F",
                "coverage": draw(st.sampled_from(("MED", "MED", "RX", "DEN"))),
                "incurred_on": day_number(start) + min(paid, draw(days)),
                "paid_on": day_number(start) + paid,
                "amount": amount,
                "eligible": amount,
                "specific_eligible": 1,
                "aggregate_eligible": draw(st.sampled_from((1, 1, 1, 0))),
            }
        )
    for each in draw(st.lists(st.sampled_from(found), max_size=3, unique_by=id)) if found else ():
        found.append({**each, "amount": -each["amount"], "eligible": -each["eligible"]})
    return draw(st.permutations(found))


@st.composite
def policies(draw: st.DrawFn) -> AggregatePolicy:
    """Terms of every kind, with factors by tier and by line of coverage."""
    start = draw(st.sampled_from(STARTS))
    terms = AggregateTerms(
        contract_basis=draw(st.sampled_from(("12/12", "12/15", "15/12", "24/12", "paid", "incurred"))),
        minimum_attachment=draw(st.sampled_from((0, 10_000, 90_000))),
        minimum_percent_of_first_month=draw(st.sampled_from((None, "0.95", "100%", "33.3%"))),
        enrollment_lag_months=draw(st.integers(0, 3)),
        percentage=draw(st.sampled_from(("1.00", "0.90", "0.333"))),
        maximum=draw(st.sampled_from((None, 5_000))),
        per_person_limit=draw(st.sampled_from(("none", "specific", 20_000))),
        rebates_reduce=draw(st.booleans()),
        ytd_minimum=draw(st.sampled_from(("full", "prorata", "none"))),
        terminal_months=draw(st.integers(0, 12)),
        monthly_minimum=draw(st.sampled_from((None, 0, 2_000, 9_001))),
        attachment=draw(st.sampled_from((None, "1.25", "1.1777"))),
        run_in_limit_person=draw(st.sampled_from((None, None, 15_000))),
        run_in_limit_total=draw(st.sampled_from((None, None, 25_000))),
    )
    rates = st.sampled_from(("0", "1.005", "7.333333", "12.25", "31.50"))
    since = st.sampled_from((month_of(start), month_of(add_months(start, 4)), "2023-01"))
    factors = [Factor(tier, None, draw(rates), "2020-01") for tier in ("EE", "FAM")]
    for _ in range(draw(st.integers(0, 4))):
        coverage = draw(st.sampled_from((None, "RX", "DEN")))
        factors.append(Factor(draw(st.sampled_from(("EE", "FAM"))), coverage, draw(rates), draw(since)))
    if terms.attachment is not None and draw(st.booleans()):
        factors = []
    expires = draw(st.one_of(st.none(), st.integers(10, 400).map(lambda n: day_of(day_number(start) + n))))
    return AggregatePolicy("A", start, expires, terms, tuple(factors))


@st.composite
def plans(draw: st.DrawFn) -> tuple[AggregatePolicy, list[Row], Lives, date]:
    own = draw(policies())
    months = [month_of(add_months(own.effective, at)) for at in range(-3, 12)]
    counts = st.fixed_dictionaries({"EE": st.integers(0, 9), "FAM": st.integers(0, 9)})
    lives = draw(st.dictionaries(st.sampled_from(months), counts))
    if draw(st.booleans()):
        lives = {month: draw(counts) for month in months}
    as_of = day_of(day_number(own.effective) + draw(st.integers(-5, 500)))
    return own, draw(rows(own.effective)), lives, as_of


def specific(own: AggregatePolicy, **terms: Any) -> SpecificPolicy:
    """A specific policy beside the aggregate, with the same dates."""
    kept = {"deductible": 30_000, "contract_basis": own.terms.contract_basis, **terms}
    return SpecificPolicy("S", own.effective, own.expires, SpecificTerms(**kept))


def paged(found: list[Row]) -> list[Lines]:
    """The rows in pages of five."""
    return list(lines_of(found).pages(5)) if found else []


def told(own: AggregatePolicy) -> dict[str, Any]:
    """The policy in the words of the oracle."""
    terms = own.terms
    return {
        "effective": (own.effective.year, own.effective.month, own.effective.day),
        "expires": None if own.expires is None else day_number(own.expires),
        "basis": terms.contract_basis,
        "covered": terms.covered,
        "lag": terms.enrollment_lag_months,
        "factors": [(each.tier, each.coverage, each.factor, each.from_month) for each in own.factors],
        "minimum": terms.minimum_attachment,
        "minimum_percent": {None: None, "0.95": "0.95", "100%": "1", "33.3%": "0.333"}[
            terms.minimum_percent_of_first_month
        ],
        "monthly_minimum": terms.monthly_minimum or 0,
        "corridor": terms.attachment,
        "run_in_person": terms.run_in_limit_person,
        "run_in_total": terms.run_in_limit_total,
        "terminal": terms.terminal_months,
        "ytd": terms.ytd_minimum,
        "percentage": terms.percentage,
        "maximum": terms.maximum,
    }


Plan = tuple[AggregatePolicy, list[Row], Lives, date]
budgets = st.dictionaries(st.integers(0, 11), st.integers(0, 90_000))


@settings(max_examples=120, deadline=None)
@given(plans(), budgets, st.integers(0, 5_000))
def test_every_figure_is_that_of_the_second_opinion(plan: Plan, planned: dict[int, int], rebates: int) -> None:
    """INV-23, INV-25 and INV-31, with early termination, leap days, voids and every minimum."""
    own, found, lives, as_of = plan
    if own.terms.run_in_limit_person is not None or own.terms.run_in_limit_total is not None:
        found = [each for each in found if each["eligible"] >= 0]
    budget = {month_of(add_months(own.effective, at)): amount for at, amount in planned.items()}
    position = aggregate_position(
        own,
        paged(found),
        enrollment=lives,
        budget=budget,
        specifics=Specifics([specific(own)]) if own.terms.per_person_limit == "specific" else Specifics(),
        rebates={date(1900, 1, 1): rebates},
        as_of=as_of,
    )
    limit = own.terms.per_person_limit
    cap = {"none": None, "specific": 30_000}.get(limit, 20_000) if isinstance(limit, str) else limit
    deducted = rebates if own.terms.rebates_reduce else 0
    expected = oracle.position(told(own), found, lives, budget, cap, deducted, day_number(as_of))
    assert {name: getattr(position, name) for name in FIGURES} == expected
    monthly = oracle.exact_months(told(own), lives, budget, day_number(as_of))
    assert len(position.missing_months) == monthly.count(None)
    assert len(position.months) == len(monthly)
    for at, each in enumerate(position.months, 1):
        end = min(day_number(as_of), day_number(add_months(own.effective, at)) - 1, oracle.last_day(told(own)))
        then = oracle.position(told(own), found, lives, budget, cap, 0, end)
        assert each.cumulative_eligible == then["eligible"]
        assert each.cumulative_attachment == then["sum_of_months"]


@settings(deadline=None)
@given(plans())
def test_months_add_up_to_what_was_reached(plan: Plan) -> None:
    own, found, lives, as_of = plan
    position = aggregate_position(own, paged(found), enrollment=lives, budget={}, as_of=as_of)
    attachment = eligible = 0
    for each in position.months:
        attachment, eligible = attachment + each.attachment, eligible + each.eligible
        assert (each.cumulative_attachment, each.cumulative_eligible) == (attachment, eligible)
        assert each.excess == max(0, eligible - each.to_attachment)
        assert each.to_attachment >= attachment
    assert position.sum_of_months == attachment
    if position.months and as_of < add_months(own.effective, 12) and own.expires is None:
        assert position.eligible == eligible


@settings(deadline=None)
@given(plans())
def test_nobody_brings_more_than_the_limit_and_the_rest_is_the_specifics(plan: Plan) -> None:
    """INV-23, where both policies have the same window and lines."""
    own, found, lives, _ = plan
    found = [{**each, "aggregate_eligible": 1} for each in found]
    own = replace(own, terms=own.terms.model_copy(update=UNLIMITED))
    beside, late = specific(own), date(2199, 1, 1)
    by = Specifics([beside], [beside], paged(found))
    position = aggregate_position(own, paged(found), enrollment=lives, budget={}, specifics=by, as_of=late)
    over = specific_position(beside, paged(found))
    assert position.eligible == over.eligible - over.excess == buckets(beside, paged(found)).retained


@settings(deadline=None)
@given(plans(), st.booleans(), st.booleans())
def test_the_aggregate_counts_what_the_buckets_call_retained(plan: Plan, band: bool, pool: bool) -> None:
    """INV-26 and INV-23: the laser band and the aggregating deductible count when the terms say so."""
    own, found, lives, _ = plan
    found = [{**each, "aggregate_eligible": 1} for each in found]
    own = replace(own, terms=own.terms.model_copy(update=UNLIMITED))
    counted = {"laser_band_counts": band, "asd_counts_to_aggregate": pool, "aggregating_deductible": 9_000}
    lasers = (Laser(member="M1", deductible=45_000),)
    beside = replace(specific(own, **counted), lasers=lasers)
    position = aggregate_position(
        own,
        paged(found),
        enrollment=lives,
        budget={},
        specifics=Specifics([beside], [beside], paged(found)),
        as_of=date(2199, 1, 1),
    )
    assert position.eligible == buckets(beside, paged(found)).retained


@settings(deadline=None)
@given(plans(), st.integers(1, 5), st.data())
def test_more_lives_never_lower_the_attachment_point(plan: Plan, more: int, data: st.DataObject) -> None:
    """INV-25, and the minimum holds at the end of the year."""
    own, found, lives, _ = plan
    late = date(2199, 1, 1)
    before = aggregate_position(own, paged(found), enrollment=lives, budget={}, as_of=late)
    assert before.attachment_point >= before.minimum >= own.terms.minimum_attachment
    assert before.reimbursable <= before.excess
    if lives:
        month = data.draw(st.sampled_from(sorted(lives)))
        lives = {**lives, month: {**lives[month], "EE": lives[month]["EE"] + more}}
    after = aggregate_position(own, paged(found), enrollment=lives, budget={}, as_of=late)
    assert after.attachment_point >= before.attachment_point


@settings(deadline=None)
@given(plans())
def test_claims_do_not_move_the_attachment_point(plan: Plan) -> None:
    """INV-32: only enrollment, factors and terms do."""
    own, found, lives, as_of = plan
    filled = aggregate_position(own, paged(found), enrollment=lives, budget={}, as_of=as_of)
    empty = aggregate_position(own, [], enrollment=lives, budget={}, as_of=as_of)
    assert filled.attachment_point == empty.attachment_point
    assert [each.to_attachment for each in filled.months] == [each.to_attachment for each in empty.months]


@settings(deadline=None)
@given(plans())
def test_a_payment_and_its_void_leave_the_position_as_it_was(plan: Plan) -> None:
    """INV-30."""
    own, found, lives, as_of = plan
    back = [{**each, "amount": -each["amount"], "eligible": -each["eligible"]} for each in found]
    nothing = aggregate_position(own, [], enrollment=lives, budget={}, as_of=as_of)
    assert aggregate_position(own, paged(found + back), enrollment=lives, budget={}, as_of=as_of) == nothing


def test_a_corridor_takes_the_budget_of_the_month_and_names_months_without_one() -> None:
    own = AggregatePolicy("A", date(2024, 1, 1), None, AggregateTerms(attachment="1.25"))
    position = aggregate_position(
        own, [], enrollment={}, budget={"2024-01": 1_002, "2024-03": 1_000}, as_of=date(2024, 3, 15)
    )
    assert [each.attachment for each in position.months] == [1_253, 0, 1_250]  # 12.525 and 25.025
    assert position.missing_months == ("2024-02",)


def test_lagged_lives_are_those_of_months_before() -> None:
    terms = AggregateTerms(enrollment_lag_months=2)
    own = AggregatePolicy("A", date(2024, 1, 1), None, terms, (Factor("EE", None, "10", "2020-01"),))
    lives = {"2023-11": {"EE": 3}, "2023-12": {"EE": 4}}
    position = aggregate_position(own, [], enrollment=lives, budget={}, as_of=date(2024, 3, 1))
    assert [(each.month, each.attachment) for each in position.months] == [
        ("2024-01", 3_000),
        ("2024-02", 4_000),
        ("2024-03", 0),
    ]
    assert position.missing_months == ("2024-01",)


@settings(deadline=None)
@given(plans(), st.data())
def test_counts_recorded_late_give_the_point_they_would_have_given_at_once(plan: Plan, data: st.DataObject) -> None:
    """INV-32: a later count of a month takes the place of the earlier, and of nothing else."""
    own, found, lives, as_of = plan
    if not lives:
        return
    month = data.draw(st.sampled_from(sorted(lives)))
    later = {**lives, month: {"EE": data.draw(st.integers(0, 20)), "FAM": 1}}
    first = aggregate_position(own, paged(found), enrollment=lives, budget={}, as_of=as_of)
    again = aggregate_position(own, paged(found), enrollment=later, budget={}, as_of=as_of)
    assert [each.eligible for each in first.months] == [each.eligible for each in again.months]
    moved = sum(1 for one, two in zip(first.months, again.months, strict=True) if one.lives != two.lives)
    assert moved <= 1


@settings(deadline=None)
@given(plans())
def test_limits_on_run_in_only_ever_lower_what_counts(plan: Plan) -> None:
    """Domain 5.2: what was incurred before the policy brings at most the limit, voids or not."""
    own, found, lives, _ = plan
    late = date(2199, 1, 1)
    found = [{**each, "incurred_on": min(each["incurred_on"], day_number(own.effective) - 1)} for each in found]
    terms = own.terms.model_copy(update={"run_in_limit_total": 25_000, "run_in_limit_person": 15_000})
    limited = aggregate_position(
        replace(own, terms=terms), paged(found), enrollment=lives, budget={}, as_of=late
    ).eligible
    assert limited <= 25_000


def test_a_corridor_is_rounded_once_for_the_year() -> None:
    own = AggregatePolicy("A", date(2024, 1, 1), None, AggregateTerms(attachment="1.25"))
    budget = {f"2024-{month:02d}": 1_002 for month in range(1, 13)}
    position = aggregate_position(own, [], enrollment={}, budget=budget, as_of=date(2024, 12, 31))
    assert position.attachment_point == 15_030  # twelve times 12.53 would be 150.36
    assert sum(each.attachment for each in position.months) == 15_030
    assert {each.attachment for each in position.months} == {1_252, 1_253}


def test_a_factor_of_fractions_of_a_cent_is_rounded_once_for_the_year() -> None:
    factors = (Factor("EE", None, "7.333333", "2024-01"),)
    own = AggregatePolicy("A", date(2024, 1, 1), None, AggregateTerms(), factors)
    lives = {f"2024-{month:02d}": {"EE": 1} for month in range(1, 13)}
    position = aggregate_position(own, [], enrollment=lives, budget={}, as_of=date(2024, 12, 31))
    assert position.attachment_point == 8_800  # twelve times 7.33 would be 87.96


def test_monthly_minimums_are_summed_over_twelve_months_also_when_the_policy_ends_early() -> None:
    terms = AggregateTerms(attachment="1.25", monthly_minimum=1_000, minimum_attachment=11_000)
    own = AggregatePolicy("A", date(2024, 1, 1), date(2024, 3, 31), terms)
    budget = {f"2024-{month:02d}": 100 for month in range(1, 13)}
    position = aggregate_position(own, [], enrollment={}, budget=budget, as_of=date(2024, 3, 31))
    assert (position.sum_of_months, position.minimum, position.attachment_point) == (375, 12_000, 12_000)


def paid(day: date, amount: int, incurred: date) -> Row:
    """A payment of one member."""
    return {
        "member": "M1", "family": "F", "coverage": "MED", "incurred_on": day_number(incurred), "amount": amount,
        "paid_on": day_number(day), "eligible": amount, "specific_eligible": 1, "aggregate_eligible": 1,
    }  # fmt: skip


def test_terminal_liability_counts_what_is_paid_three_months_after_the_end_and_not_a_day_later() -> None:
    incurred = date(2024, 12, 1)
    found = [paid(day, 1 if day.day == 31 else 100, incurred) for day in (date(2025, 3, 31), date(2025, 4, 1))]
    for months, eligible in ((0, 0), (3, 1)):
        terms = AggregateTerms(attachment="1.00", terminal_months=months)
        own = AggregatePolicy("A", date(2024, 1, 1), None, terms)
        position = aggregate_position(own, paged(found), enrollment={}, budget={}, as_of=date(2025, 12, 31))
        assert position.eligible == eligible


def test_terminal_liability_follows_a_policy_that_ended_early_and_adds_its_last_three_months() -> None:
    terms = AggregateTerms(attachment="1.00", terminal_months=3)
    own = AggregatePolicy("A", date(2024, 1, 1), date(2024, 6, 30), terms)
    budget = {f"2024-{month:02d}": month for month in range(1, 13)}
    found = [paid(date(2024, 9, 30), 1, date(2024, 6, 30)), paid(date(2024, 10, 1), 10, date(2024, 6, 30))]
    position = aggregate_position(own, paged(found), enrollment={}, budget=budget, as_of=date(2024, 12, 31))
    assert position.attachment_point == (1 + 2 + 3 + 4 + 5 + 6) + (4 + 5 + 6)
    assert position.eligible == 1


def test_run_in_brings_at_most_its_limits() -> None:
    early, start = date(2023, 12, 1), date(2024, 1, 1)
    found = [paid(start, 500, early), {**paid(start, 400, early), "member": "M2"}, paid(date(2024, 5, 1), 70, start)]
    for person, total, eligible in ((None, None, 970), (300, None, 670), (300, 350, 420), (None, 0, 70)):
        terms = AggregateTerms(contract_basis="15/12", run_in_limit_person=person, run_in_limit_total=total)
        own = AggregatePolicy("A", start, None, terms)
        position = aggregate_position(own, paged(found), enrollment={}, budget={}, as_of=date(2024, 12, 31))
        assert position.eligible == eligible
