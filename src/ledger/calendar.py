"""Dates as the field uses them: inclusive at both ends, months added with clamping, days as numbers in columns."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

EPOCH = date(1970, 1, 1)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


class DateError(ValueError):
    """A text that is not a date; the message says what to write."""


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=number)


def add_months(day: date, months: int) -> date:
    """The same day some months later, clamped to the month's last day (Jan 31 + 1 month = Feb 28 or 29)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_of(day: date) -> str:
    """The calendar month as ``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"


@lru_cache(maxsize=4096)
def month_start(month: str) -> date:
    """The first day of ``YYYY-MM``. Raises ``DateError``."""
    found = _MONTH.fullmatch(month)
    if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1900:
        raise DateError(f"{month!r} is not a month; write it as 2025-12")
    return date(int(found[1]), int(found[2]), 1)


@lru_cache(maxsize=4096)
def month_end(month: str) -> date:
    """The last day of ``YYYY-MM``."""
    return add_months(month_start(month), 1) - timedelta(days=1)


@lru_cache(maxsize=1024)
def months_between(first: date, last: date) -> tuple[str, ...]:
    """Every calendar month touched from one date to another, both included."""
    months = []
    at = first.replace(day=1)
    while at <= last:
        months.append(month_of(at))
        at = add_months(at, 1)
    return tuple(months)


def parse_day(text: str) -> date:
    """A date written ``YYYY-MM-DD`` and nothing else."""
    if not _DAY.fullmatch(text):
        raise DateError(f"{text!r} is not a date this tool accepts{_two_days(text)} Use a form such as 2025-12-31.")
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise DateError(f"{text!r} is not a date: {problem}. Use a form such as 2025-12-31.") from None
    if not 1900 <= day.year <= 2200:
        raise DateError(f"{text!r} is out of range: years from 1900 to 2200 are accepted.")
    return day


def _two_days(text: str) -> str:
    return ", because it can mean two days." if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}", text) else "."


def parse_cutoff(text: str, today: date) -> date:
    """The last day of what was written: a day, month (``2025-12``), quarter (``2025-Q4``), year, or ``today``."""
    if text == "today":
        return today
    if _YEAR.fullmatch(text):
        return date(int(text), 12, 31)
    if quarter := _QUARTER.fullmatch(text):
        return month_end(f"{quarter[1]}-{int(quarter[2]) * 3:02d}")
    if _MONTH.fullmatch(text):
        return month_end(text)
    return parse_day(text)


def moment_of(micros: int) -> datetime:
    """The UTC moment of a recorded time in microseconds."""
    return datetime.fromtimestamp(0, tz=UTC) + timedelta(microseconds=micros)


def micros_of(moment: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC of an aware moment."""
    delta = moment - datetime.fromtimestamp(0, tz=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def plan_year_of(day: date, start_month: int, start_day: int) -> int:
    """The plan year a date falls in, named by the calendar year in which that plan year starts."""
    return day.year if (day.month, day.day) >= (start_month, start_day) else day.year - 1
