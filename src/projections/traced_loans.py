"""From what the terms of an accommodation ask for after a month to what it is made of (domain 5.5)."""

from __future__ import annotations

from ledger.money import money, rate, share
from ledger.policies import AggregatePolicy
from projections.accommodations import LentMonth

OF_LOAN = ("target", "move", "advance", "repay", "outstanding_after")
"""The amounts of a month of an accommodation that are worked out; what was recorded is traced to its events."""


def loan_parts(policy: AggregatePolicy, month: LentMonth, excess: int, figure: str) -> tuple[tuple[str, int], ...]:
    """The parts of one of ``OF_LOAN``, minor units; ``excess`` is the month's own, which can be traced in turn.

    What keeps an amount from being the sum of its inputs (a maximum, a least advance) stands beside them.
    """
    due, terms = month.due, policy.terms
    if figure == "target":
        asked = share(excess, rate(terms.percentage), policy.rounding)
        return _cut(((f"excess {money(excess)} × {terms.percentage}", asked),), due.target, "nothing above the maximum")
    if figure == "move":
        return ("target", due.target), ("outstanding", -due.outstanding_before)
    if figure == "advance":
        waits = "below the least advance, so it waits" if due.move > 0 else "nothing to advance"
        return _cut((("move", due.move),), due.advance, waits)
    if figure == "repay":
        return _cut((("move", -due.move),), due.repay, "nothing to repay")
    return ("outstanding", due.outstanding_before), ("advance", due.advance), ("repay", -due.repay)


def _cut(parts: tuple[tuple[str, int], ...], amount: int, why: str) -> tuple[tuple[str, int], ...]:
    rest = amount - sum(part for _, part in parts)
    return (*parts, (why, rest)) if rest else parts
