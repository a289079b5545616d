"""Dates: inclusive, clamped at month ends, and only one way to write them."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calendar import (
    DateError,
    add_months,
    day_number,
    day_of,
    micros_of,
    moment_of,
    month_end,
    month_of,
    month_start,
    months_between,
    parse_cutoff,
    parse_day,
    plan_year_of,
)

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
MONTHS = st.integers(-600, 600)


@given(DAYS)
def test_a_day_is_its_number_and_its_text(day: date) -> None:
    assert day_of(day_number(day)) == day
    assert parse_day(day.isoformat()) == day


@given(DAYS, MONTHS)
def test_months_are_added_with_clamping(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == min(day.day, monthrange(moved.year, moved.month)[1])


@given(DAYS.filter(lambda day: day.day <= 28), MONTHS, MONTHS)
def test_months_add_up_where_nothing_is_clamped(day: date, first: int, second: int) -> None:
    assert add_months(add_months(day, first), second) == add_months(day, first + second)


def test_january_31_and_a_month_is_the_end_of_february() -> None:
    assert add_months(date(2025, 1, 31), 1) == date(2025, 2, 28)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2025, 3, 31), -1) == date(2025, 2, 28)


@given(DAYS)
def test_a_day_lies_in_its_month(day: date) -> None:
    month = month_of(day)
    assert month_start(month) <= day <= month_end(month)
    assert (month_end(month) + timedelta(days=1)).day == 1


@given(DAYS, st.integers(0, 2000))
def test_the_months_between_two_days_follow_each_other(day: date, length: int) -> None:
    months = months_between(day, day + timedelta(days=length))
    assert months[0] == month_of(day)
    assert months[-1] == month_of(day + timedelta(days=length))
    starts = [month_start(month) for month in months]
    assert all(add_months(first, 1) == second for first, second in pairwise(starts))
    assert months_between(day, day - timedelta(days=40)) == ()


@pytest.mark.parametrize(
    "text",
    ["01/02/2025", "1/2/25", "2025-2-3", "20250203", "2025-02-29", "2025-13-01", "2025-00-10", "2025-W01-1",
     "2025-02-03T00", " 2025-02-03", "2025-02-03\n",
     "２０２５-02-03", "1899-12-31", "2201-01-01", "0000-01-01", "yesterday", ""],
)  # fmt: skip
def test_a_text_that_is_not_plainly_a_date_is_refused(text: str) -> None:
    with pytest.raises(DateError):
        parse_day(text)


@pytest.mark.parametrize("text", ["2025-13", "2025-00", "2025-1", "1899-12", "2025-12-01", "٢٠٢٥-01", ""])
def test_a_text_that_is_not_plainly_a_month_is_refused(text: str) -> None:
    with pytest.raises(DateError):
        month_start(text)


def test_a_cutoff_is_the_last_day_of_what_was_written() -> None:
    today = date(2026, 5, 4)
    wanted = {
        "today": today,
        "2025": date(2025, 12, 31),
        "2025-Q1": date(2025, 3, 31),
        "2025-Q4": date(2025, 12, 31),
        "2024-02": date(2024, 2, 29),
        "2025-07-09": date(2025, 7, 9),
    }
    assert {text: parse_cutoff(text, today) for text in wanted} == wanted
    for text in ("2025-Q5", "Q1", "tomorrow", "25"):
        with pytest.raises(DateError):
            parse_cutoff(text, today)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_is_its_microseconds(moment: datetime) -> None:
    assert moment_of(micros_of(moment)) == moment


@given(DAYS, st.integers(1, 12), st.integers(1, 28))
def test_a_day_lies_in_its_plan_year(day: date, month: int, first: int) -> None:
    start = date(plan_year_of(day, month, first), month, first)
    assert start <= day < add_months(start, 12)
