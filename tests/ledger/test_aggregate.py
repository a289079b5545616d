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
    aggregate_position,
    buckets,
    specific_position,
)
from ledger.terms import AggregateTerms, Laser, SpecificTerms
from oracles import stop_loss_oracle as oracle

MEMBERS = ("M1", "M2", "M3")
STARTS = (date(2024, 1, 1), date(2024, 2, 29), date(2023, 7, 1), date(2024, 8, 31))
FIGURES = ("attachment_point", "sum_of_months", "minimum", "eligible", "excess", "reimbursable")
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
    )
    rates = st.sampled_from(("0", "1.005", "7.333333", "12.25", "31.50"))
    since = st.sampled_from((month_of(start), month_of(add_months(start, 4)), "2023-01"))
    factors = [Factor(tier, None, draw(rates), "2020-01") for tier in ("EE", "FAM")]
    for _ in range(draw(st.integers(0, 4))):
        coverage = draw(st.sampled_from((None, "RX", "DEN")))
        factors.append(Factor(draw(st.sampled_from(("EE", "FAM"))), coverage, draw(rates), draw(since)))
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
        "terminal": terms.terminal_months,
        "ytd": terms.ytd_minimum,
        "percentage": terms.percentage,
        "maximum": terms.maximum,
    }


Plan = tuple[AggregatePolicy, list[Row], Lives, date]


@settings(max_examples=150, deadline=None)
@given(plans(), st.integers(0, 5_000))
def test_every_figure_is_that_of_the_second_opinion(plan: Plan, rebates: int) -> None:
    own, found, lives, as_of = plan
    position = aggregate_position(
        own,
        paged(found),
        enrollment=lives,
        budget={},
        specifics=[specific(own)],
        rebates=rebates,
        as_of=as_of,
    )
    limit = own.terms.per_person_limit
    cap = {"none": None, "specific": 30_000}.get(limit, 20_000) if isinstance(limit, str) else limit
    deducted = rebates if own.terms.rebates_reduce else 0
    expected = oracle.aggregate(told(own), found, lives, cap, deducted, day_number(as_of))
    assert {name: getattr(position, name) for name in FIGURES} == expected
    monthly = oracle.monthly(told(own), lives, day_number(as_of))
    assert [each.attachment for each in position.months] == [each or 0 for each in monthly]
    assert len(position.missing_months) == monthly.count(None)
    for at, each in enumerate(position.months, 1):
        end = min(day_number(as_of), day_number(add_months(own.effective, at)) - 1, oracle.last_day(told(own)))
        then = oracle.aggregate(told(own), found, lives, cap, 0, end)
        assert each.cumulative_eligible == then["eligible"]


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
    own = replace(own, terms=own.terms.model_copy(update={"per_person_limit": "specific"}))
    beside, late = specific(own), date(2199, 1, 1)
    position = aggregate_position(own, paged(found), enrollment=lives, budget={}, specifics=[beside], as_of=late)
    over = specific_position(beside, paged(found))
    assert position.eligible == over.eligible - over.excess == buckets(beside, paged(found)).retained


@settings(deadline=None)
@given(plans(), st.booleans(), st.booleans())
def test_the_aggregate_counts_what_the_buckets_call_retained(plan: Plan, band: bool, pool: bool) -> None:
    """INV-26 and INV-23: the laser band and the aggregating deductible count when the terms say so."""
    own, found, lives, _ = plan
    found = [{**each, "aggregate_eligible": 1} for each in found]
    own = replace(own, terms=own.terms.model_copy(update={"per_person_limit": "specific"}))
    counted = {"laser_band_counts": band, "asd_counts_to_aggregate": pool, "aggregating_deductible": 9_000}
    lasers = (Laser(member="M1", deductible=45_000),)
    beside = replace(specific(own, **counted), lasers=lasers)
    position = aggregate_position(
        own, paged(found), enrollment=lives, budget={}, specifics=[beside], as_of=date(2199, 1, 1)
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
    assert [each.attachment for each in position.months] == [1_253, 0, 1_250]
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
