"""A second opinion on stop-loss, written from domain section 5 alone: slow, row by row, in fractions.

It shares no code with the ledger. Rows and policies are dicts, dates (year, month, day) or day numbers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Row = dict[str, Any]
Policy = dict[str, Any]
FOREVER = 10**9


def leap(year: int) -> bool:
    """Whether the year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def length(year: int, month: int) -> int:
    """The days of a month."""
    return 29 if month == 2 and leap(year) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def number(day: tuple[int, int, int]) -> int:
    """Days since 1 January 1970, counted one year and one month at a time."""
    year, month, of_month = day
    total = of_month - 1
    for y in range(1970, year):
        total += 366 if leap(y) else 365
    for y in range(year, 1970):
        total -= 366 if leap(y) else 365
    for m in range(1, month):
        total += length(year, m)
    return total


def later(day: tuple[int, int, int], months: int) -> tuple[int, int, int]:
    """Months later, or the last day of the month when it is shorter."""
    year, month, of_month = day
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return year, month, min(of_month, length(year, month))


def last_day(policy: Policy) -> int:
    """The last day of the policy year, or of the policy."""
    end = number(later(policy["effective"], 12)) - 1
    return end if policy["expires"] is None else min(end, policy["expires"])


def inside(policy: Policy, row: Row) -> bool:
    """Whether a row was incurred and paid within the contract basis (domain 5.2)."""
    start = policy["effective"]
    end = number(later(start, 12)) - 1
    basis = policy["basis"]
    if basis == "paid":
        dates = [number((1900, 1, 1)), end, number(start), end]
    elif basis == "incurred":
        dates = [number(start), end, number(start), FOREVER]
    else:
        a, b = (int(x) for x in basis.split("/"))
        dates = [number(later(start, -(a - 12))), end, number(start), number(later(start, b)) - 1]
    if last_day(policy) < end:
        dates[1], dates[3] = min(dates[1], last_day(policy)), min(dates[3], last_day(policy))
    return dates[0] <= row["incurred_on"] <= dates[1] and dates[2] <= row["paid_on"] <= dates[3]


def counts_under(policies: list[Policy], row: Row) -> int | None:
    """The one policy of a kind a row counts under: that of its incurred date, else the earliest (domain 5.2)."""
    holding = [at for at, policy in enumerate(policies) if inside(policy, row)]
    of_year = [
        at for at in holding
        if number(policies[at]["effective"]) <= row["incurred_on"] <= last_day(policies[at])
    ]  # fmt: skip
    return min(of_year or holding, key=lambda at: policies[at]["effective"], default=None)


def recovered(row: Row, gross: int) -> Row:
    """The row by which a recovery of a payment takes eligible amounts back (domain 5.10)."""
    dates = {name: row[name] for name in ("incurred_on", "paid_on", "member", "family", "coverage")}
    taken = {"amount": -gross, "eligible": -gross, "specific_eligible": 1, "aggregate_eligible": 1}
    return {**dates, **taken, "claim_id": "", "claim_line": 0}


def half_up(value: Fraction) -> int:
    """To the nearest cent, halves away from zero."""
    size = int(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


def level(policy: Policy, member: str, day: int) -> int | None:
    """The deductible of a service of that day; nothing when the member is excluded on it."""
    held = [
        each for each in policy["lasers"]
        if each["member"] == member
        and (each["from"] is None or each["from"] <= day)
        and (each["to"] is None or day <= each["to"])
    ]  # fmt: skip
    if any(each["deductible"] is None for each in held):
        return None
    return max((each["deductible"] for each in held), default=policy["deductible"])


def kept(sums: dict[int, int]) -> int:
    """What the plan keeps when levels are filled lowest first; a negative one takes back from the next lower."""
    held = dict(sums)
    for deductible in sorted(held, reverse=True):
        for lower in sorted((d for d in held if d < deductible), reverse=True):
            if held[deductible] < 0 < held[lower]:
                taken = min(-held[deductible], held[lower])
                held[deductible] += taken
                held[lower] -= taken
    found = 0
    for deductible in sorted(held):
        found += min(held[deductible], max(0, deductible - found))
    return found


def standing(policy: Policy, member: str) -> tuple[bool, int]:
    """Of a member with no amount: whether he is out on every day of the incurred window, and his highest level."""
    start = policy["effective"]
    end = number(later(start, 12)) - 1
    last = min(end, last_day(policy))
    basis = policy["basis"]
    first = number(start)
    if basis == "paid":
        first = number((1900, 1, 1))
    elif basis != "incurred":
        first = number(later(start, -(int(basis.split("/")[0]) - 12)))
    days = range(first, last + 1) if basis != "paid" else [first, *range(number(start) - 900, last + 1)]
    found = [level(policy, member, day) for day in days] if policy["lasers"] else [policy["deductible"]]
    known = [each for each in found if each is not None]
    return not known, max(known, default=policy["deductible"])


def _taken_back(rows: list[tuple[Row, int]]) -> list[tuple[Row, int]]:
    """One person's rows in paid order after negative rows took from the latest rows of their own claim and day."""
    amounts = [amount for _, amount in rows]
    same = ("paid_on", "incurred_on", "claim_id", "claim_line")
    for at, (row, _) in enumerate(rows):
        for other in reversed(range(len(rows))):
            match = all(rows[other][0][name] == row[name] for name in same)
            if amounts[at] < 0 < amounts[other] and match:
                taken = min(-amounts[at], amounts[other])
                amounts[at] += taken
                amounts[other] -= taken
    return [(row, amount) for (row, _), amount in zip(rows, amounts, strict=True)]


def layers(rows: list[tuple[Row, int]]) -> list[tuple[Row, int]]:
    """One person's rows in paid order, without what was taken back: (row, what is left of it).

    A negative row takes from the latest rows of its own claim and day, then from the latest row before it;
    what finds nothing to take is a debt that later rows pay first.
    """
    stack: list[list[Any]] = []
    debt = 0
    for row, amount in _taken_back(rows):
        if amount > 0:
            paid = min(debt, amount)
            debt -= paid
            stack.append([row, amount - paid])
            continue
        owed = -amount
        while owed and stack:
            taken = min(owed, stack[-1][1])
            stack[-1][1] -= taken
            owed -= taken
            if not stack[-1][1]:
                stack.pop()
        debt += owed
    return [(row, left) for row, left in stack if left]


def _in_order(found: list[tuple[Row, int]]) -> list[tuple[Row, int]]:
    return sorted(found, key=lambda pair: (pair[0]["paid_on"], pair[0]["at"]))


def _counted(policy: Policy, rows: list[Row]) -> dict[str, list[tuple[Row, int]]]:
    """Steps 1 and 2 of domain 5.3: each person's counting rows in paid order with what counts of each."""
    people: dict[str, list[tuple[Row, int]]] = {}
    for at, row in enumerate(rows):
        if row["specific_eligible"] == 1 and row["coverage"] in policy["covered"] and inside(policy, row):
            people.setdefault(row[policy["key"]], []).append(({**row, "at": at}, row["eligible"]))
    people = {key: _in_order(found) for key, found in people.items()}
    person_limit, total_limit = policy["run_in_person"], policy["run_in_total"]
    early_kept: list[tuple[str, Row, int]] = []
    result: dict[str, list[tuple[Row, int]]] = {}
    for key, found in people.items():
        found = [(row, 0 if level(policy, key, row["incurred_on"]) is None else amount) for row, amount in found]
        early = [pair for pair in found if pair[0]["incurred_on"] < number(policy["effective"])]
        result[key] = found
        limited = person_limit is not None or total_limit is not None
        if limited and sum(amount for _, amount in early) > 0:
            room = FOREVER * FOREVER if person_limit is None else person_limit
            for row, amount in layers(early):
                early_kept.append((key, row, min(amount, room)))
                room -= min(amount, room)
            result[key] = [pair for pair in found if pair not in early]
    room = FOREVER * FOREVER if total_limit is None else total_limit
    for key, row, amount in sorted(early_kept, key=lambda each: (each[1]["paid_on"], each[1]["at"])):
        result[key].append((row, min(amount, room)))
        room -= min(amount, room)
    return {key: _in_order(found) for key, found in result.items()}


def _figures(policy: Policy, key: str, found: list[tuple[Row, int]], out: int) -> dict[str, Any]:
    """Steps 3 and 4: the levels of a person, what is shown as the deductible, and the excess."""
    sums: dict[int, int] = {}
    for row, amount in found:
        deductible = level(policy, key, row["incurred_on"])
        if deductible is not None:
            sums[deductible] = sums.get(deductible, 0) + amount
    sums = {deductible: amount for deductible, amount in sums.items() if amount}
    excluded, shown = (False, max(sums)) if sums else standing(policy, key)
    if not sums and out:
        excluded, shown = True, policy["deductible"]
    start = number(policy["effective"])
    eligible = sum(sums.values())
    return {
        "eligible": eligible,
        "run_in": sum(amount for row, amount in found if row["incurred_on"] < start),
        "deductible": shown,
        "excluded": excluded,
        "excess": eligible - kept(sums),
        "absorbed": 0,
        "crossed_on": None,
        "levels": sums,
    }


def _left_out(policy: Policy, key: str, rows: list[Row]) -> int:
    """What a person's exclusion took out of the amounts that would count."""
    return sum(
        row["eligible"]
        for row in rows
        if row[policy["key"]] == key and row["specific_eligible"] == 1 and row["coverage"] in policy["covered"]
        and inside(policy, row) and level(policy, key, row["incurred_on"]) is None
    )  # fmt: skip


def _rises(policy: Policy, key: str, found: list[tuple[Row, int]], sums: dict[int, int]) -> list[tuple[Row, int]]:
    """What each row in paid order adds to the excess for good."""
    if len(sums) < 2:
        deductible = max(sums, default=0)
        height, rises = 0, []
        for row, amount in layers(found) if sum(sums.values()) > deductible else ():
            over = max(0, height + amount - deductible) - max(0, height - deductible)
            height += amount
            rises.append((row, over))
        return rises
    amounts = dict(sums.fromkeys(sums, 0))
    path = []
    after = _taken_back(found)
    for row, amount in after:
        deductible = level(policy, key, row["incurred_on"])
        if deductible is not None:
            amounts[deductible] = amounts.get(deductible, 0) + amount
        path.append((row, sum(amounts.values()) - kept(amounts)))
    rises = []
    for at, (row, _) in enumerate(path):
        now = min(excess for _, excess in path[at:])
        before = min(excess for _, excess in path[at - 1 :]) if at else 0
        rises.append((row, now - before))
    return rises


def specific(policy: Policy, rows: list[Row], prior: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Domain 5.3, step by step: each person's figures."""
    people = _counted(policy, rows)
    answer: dict[str, dict[str, Any]] = {}
    pieces: list[tuple[Row, str, int]] = []
    for key, found in people.items():
        answer[key] = _figures(policy, key, found, _left_out(policy, key, rows))
        sums = answer[key].pop("levels")
        for row, over in _rises(policy, key, found, sums):
            if over:
                pieces.append((row, key, over))
                if answer[key]["crossed_on"] is None:
                    answer[key]["crossed_on"] = row["paid_on"]
    pool = policy["asd"]
    for _, key, over in sorted(pieces, key=lambda piece: (piece[0]["paid_on"], piece[0]["at"])):
        taken = min(over, pool)
        pool -= taken
        answer[key]["absorbed"] += taken
    for key, figures in answer.items():
        due = half_up(Fraction(policy["percentage"]) * (figures["excess"] - figures["absorbed"]))
        if policy["annual_maximum"] is not None:
            due = min(due, policy["annual_maximum"])
        if policy["lifetime_maximum"] is not None:
            due = min(due, max(0, policy["lifetime_maximum"] - prior.get(key, 0)))
        figures["reimbursable"] = due
    return answer
