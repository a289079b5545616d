"""A second opinion on the aggregate, written from domain 5.4 alone: one row and one month at a time, in fractions.

It shares no code with the ledger. A policy is a dict, a day is (year, month, day) or a number since 1970.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Row = dict[str, Any]
Policy = dict[str, Any]
Lives = dict[str, dict[str, int]]


def month_length(year: int, month: int) -> int:
    """The days of a month, leap years included."""
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


def number(day: tuple[int, int, int]) -> int:
    """Days since 1 January 1970, a month at a time."""
    year, month, total = 1970, 1, 0
    while (year, month) < day[:2]:
        total += month_length(year, month)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    while (year, month) > day[:2]:
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        total -= month_length(year, month)
    return total + day[2] - 1


def day(number_: int) -> tuple[int, int, int]:
    """The day of a number."""
    year, month, left = 1970, 1, number_
    while left >= month_length(year, month):
        left -= month_length(year, month)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return year, month, left + 1


def later(start: tuple[int, int, int], months: int) -> tuple[int, int, int]:
    """Months later or earlier, clamped to the last day of the month."""
    count = start[0] * 12 + start[1] - 1 + months
    year, month = count // 12, count % 12 + 1
    return year, month, min(start[2], month_length(year, month))


def name(of: tuple[int, int, int]) -> str:
    """The calendar month as text."""
    return f"{of[0]:04d}-{of[1]:02d}"


def nearest(value: Fraction) -> int:
    """To the nearest cent, a half upwards; nothing here is negative."""
    return int(value + Fraction(1, 2))


def last_day(policy: Policy) -> int:
    """The last day of the policy year, or of a policy that ended before."""
    whole = number(later(policy["effective"], 12)) - 1
    return whole if policy["expires"] is None or policy["expires"] > whole else int(policy["expires"])


def counts(policy: Policy, row: Row) -> bool:
    """Whether a row is covered and inside both windows (domain 5.2), the paid one longer by terminal liability."""
    if row["coverage"] not in policy["covered"] or row["aggregate_eligible"] != 1:
        return False
    start, whole = policy["effective"], number(later(policy["effective"], 12)) - 1
    incurred_from, incurred_to = number(start), whole
    paid_to: int | None
    if policy["basis"] == "paid":
        incurred_from, paid_to = number((1900, 1, 1)), whole
    elif policy["basis"] == "incurred":
        paid_to = None
    else:
        run_in, run_out = (int(part) - 12 for part in policy["basis"].split("/"))
        incurred_from, paid_to = number(later(start, -run_in)), number(later(start, 12 + run_out)) - 1
    if last_day(policy) < whole:
        incurred_to = last_day(policy)
        paid_to = last_day(policy) if paid_to is None else min(paid_to, last_day(policy))
    if paid_to is not None and policy["terminal"]:
        paid_to = number(later(day(paid_to + 1), policy["terminal"])) - 1
    if not incurred_from <= row["incurred_on"] <= incurred_to:
        return False
    return number(start) <= row["paid_on"] and (paid_to is None or row["paid_on"] <= paid_to)


def exact_months(policy: Policy, lives: Lives, budget: dict[str, int], as_of: int) -> list[Fraction | None]:
    """What each month begun brings, in cents and unrounded; nothing where the month was not recorded."""
    found: list[Fraction | None] = []
    for place in range(12):
        start = later(policy["effective"], place)
        if number(start) > as_of or number(start) > last_day(policy):
            break
        if policy["corridor"] is not None and not policy["factors"]:
            planned = budget.get(name(start))
            found.append(None if planned is None else planned * Fraction(policy["corridor"]))
            continue
        enrolled = lives.get(name(later(start, -policy["lag"])))
        if enrolled is None:
            found.append(None)
            continue
        total = Fraction(0)
        for tier, units in enrolled.items():
            for line in [None, *policy["covered"]]:
                newest: tuple[str, str] | None = None
                for own, coverage, text, since in policy["factors"]:
                    fits = own == tier and coverage == line and since <= name(start)
                    if fits and (newest is None or since >= newest[0]):
                        newest = (since, text)
                total += units * Fraction(newest[1]) * 100 if newest else 0
        found.append(total)
    return found


def per_person(policy: Policy, rows: list[Row], day_: int) -> dict[str, int]:
    """What each person brings by a day, run-in limited per person and then in all; rows are never negative
    where limits are given.
    """
    start = number(policy["effective"])
    people: dict[str, int] = {}
    early: dict[str, int] = {}
    pool = policy["run_in_total"]
    for row in sorted(rows, key=lambda each: each["paid_on"]):
        if row["paid_on"] > day_ or not counts(policy, row):
            continue
        amount, who = row["eligible"], row["member"]
        if row["incurred_on"] < start:
            if policy["run_in_person"] is not None:
                amount = min(amount, policy["run_in_person"] - early.get(who, 0))
                early[who] = early.get(who, 0) + amount
            if pool is not None:
                amount = min(amount, pool)
                pool -= amount
        people[who] = people.get(who, 0) + amount
    return people


def position(
    policy: Policy, rows: list[Row], lives: Lives, budget: dict[str, int], cap: int | None, rebates: int, as_of: int
) -> dict[str, int]:
    """Domain 5.4: the attachment point with its minimum, what counts (G) and what is due (RA)."""
    exact = [month or Fraction(0) for month in exact_months(policy, lives, budget, as_of)]
    total = nearest(sum(exact, Fraction(0)))
    minimum = max(policy["minimum"], sum(policy["monthly_minimum"] for _ in range(12)))
    if policy["minimum_percent"] is not None and exact:
        minimum = max(minimum, nearest(exact[0] * 12 * Fraction(policy["minimum_percent"])))
    if as_of >= last_day(policy):
        again = exact[max(0, len(exact) - policy["terminal"]) :]
        point = max(total, minimum) + nearest(sum(again, Fraction(0)))
    elif policy["ytd"] == "none":
        point = total
    else:
        part = 12 if policy["ytd"] == "full" else len(exact)
        point = max(total, nearest(Fraction(minimum * part, 12)))
    brought = per_person(policy, rows, as_of).values()
    eligible = sum(amount if cap is None or amount < cap else cap for amount in brought)
    excess = max(0, eligible - rebates - point)
    due = nearest(excess * Fraction(policy["percentage"]))
    return {
        "attachment_point": point,
        "sum_of_months": total,
        "minimum": minimum,
        "eligible": eligible,
        "excess": excess,
        "reimbursable": due if policy["maximum"] is None else min(due, policy["maximum"]),
    }
