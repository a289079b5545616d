"""The least attachment points of the law, reported and never enforced (domain 5.6)."""

from __future__ import annotations

from datetime import date

from ledger.statutory import RULES, aggregate_minimum, statutory_checks
from ledger.terms import AggregateTerms, SpecificTerms

NOW = date(2024, 1, 1)


def specific(dollars: int) -> SpecificTerms:
    """A specific with a deductible of whole dollars."""
    return SpecificTerms(deductible=dollars * 100, contract_basis="12/12")


def test_california_asks_for_50000_of_ten_members_with_30000_expected() -> None:
    """ST-01: California Insurance Code 10752.4."""
    own = AggregateTerms(minimum_attachment=49_999_99)
    checks = statutory_checks("US-CA", NOW, specific=specific(40_000), aggregate=own, members=10, expected=30_000_00)
    assert [(each.kind, each.minimum, each.met) for each in checks] == [
        ("specific", 40_000_00, True),
        ("aggregate", 50_000_00, False),
    ]
    assert [each.rule.law for each in checks if each.met is False] == ["California Insurance Code 10752.4"]


def test_the_model_law_asks_for_60000_of_ten_members_with_50000_expected() -> None:
    """ST-02: NAIC Model 92 for small groups."""
    own = AggregateTerms(attachment="1.20")
    checks = statutory_checks("US", NOW, specific=specific(19_999), aggregate=own, members=10, expected=50_000_00)
    assert [(each.minimum, each.actual, each.met) for each in checks] == [
        (20_000_00, 19_999_00, False),
        (60_000_00, 60_000_00, True),
    ]


def test_the_model_law_asks_110_percent_of_groups_of_51_and_more() -> None:
    for members, least in ((50, 200_000_00), (51, 110_000_00)):
        own = AggregateTerms(attachment="1.15")
        checks = statutory_checks("US", NOW, aggregate=own, members=members, expected=100_000_00)
        assert [each.minimum for each in checks] == [least]


def test_maryland_asks_from_june_2015_on() -> None:
    own = AggregateTerms(attachment="1.19")
    before, from_then_on = date(2015, 5, 31), date(2015, 6, 1)
    asked = [
        statutory_checks("US-MD", day, specific=specific(22_500), aggregate=own, members=30, expected=100_000_00)
        for day in (before, from_then_on)
    ]
    assert asked[0] == ()
    assert [(each.minimum, each.met) for each in asked[1]] == [(22_500_00, True), (120_000_00, False)]


def test_the_attachment_point_of_the_year_is_taken_before_what_the_terms_promise() -> None:
    own = AggregateTerms(monthly_minimum=5_000_00)
    promised, known = (
        statutory_checks("US-CA", NOW, aggregate=own, members=8, expected=0, attachment_point=point)
        for point in (None, 39_999_99)
    )
    assert [each.met for each in (*promised, *known)] == [True, False]


def test_an_attachment_that_is_not_known_is_neither_met_nor_violated() -> None:
    (check,) = statutory_checks("US-CA", NOW, aggregate=AggregateTerms(), members=8)
    assert (check.minimum, check.actual, check.met) == (40_000_00, None, None)
    assert check.met is not False


def test_where_no_law_is_known_nothing_is_checked() -> None:
    assert statutory_checks("US-TX", NOW, specific=specific(1), members=8) == ()
    assert statutory_checks("US-CA", date(2015, 12, 31), specific=specific(1), members=8) == ()


def test_every_rule_names_its_law_and_source() -> None:
    assert all(rule.law and rule.source and rule.applies_to for rule in RULES)
    assert all(aggregate_minimum(rule, 60, 100_00) for rule in RULES)
