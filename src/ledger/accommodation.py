"""Monthly aggregate accommodation: what the carrier advances before the year is over (domain 5.5).

After each policy month the carrier lends what the plan is above its attachment to date; when claims fall back
under it the employer repays. The last move of the year makes what is outstanding the benefit that is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.aggregate import AggregatePosition
from ledger.calendar import add_months
from ledger.money import money, rate, share
from ledger.policies import AggregatePolicy, year_end
from ledger.refusals import Refusal


class RepaidMoreThanAdvanced(Refusal):
    """More was recorded as repaid than the carrier had advanced by then (INV-24)."""

    code = "repaid-more-than-advanced"

    def __init__(self, policy: str, on: date, over: int) -> None:
        super().__init__(
            f"On {on} more is repaid under policy {policy} than was advanced, by {money(over)}.",
            "Record the advance first, or correct the repayment.",
        )
        self.policy, self.on, self.over = policy, on, over


@dataclass(frozen=True, slots=True)
class Movement:
    """An advance (positive minor units) or a repayment (negative) that was recorded on a day."""

    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class AccommodationMonth:
    """A policy month at its last day, in minor units.

    ``target`` is what should be outstanding, ``outstanding_before`` what is, of the movements recorded to that
    day; ``move`` is the difference. ``advance`` or ``repay`` is what to do about it; an advance below the
    policy's minimum waits. ``outstanding`` is what is left once that is done.
    """

    month: str
    on: date
    target: int
    outstanding_before: int
    move: int
    advance: int
    repay: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class Accommodation:
    """The months of a policy and where the loan stands: ``outstanding`` is ``advanced`` less ``repaid``.

    ``true_up`` is the last move of a final year: positive is due from the carrier, negative is to be repaid.
    With it the advances less the repayments are the benefit due (INV-24). It is nothing before the end.
    """

    policy: str
    months: tuple[AccommodationMonth, ...]
    advanced: int
    repaid: int
    outstanding: int
    true_up: int | None


def accommodation(
    policy: AggregatePolicy, position: AggregatePosition, movements: Iterable[Movement], *, final: bool = False
) -> Accommodation:
    """The advances and repayments that follow from a position and what was recorded (domain 5.5).

    The attachment to date is that of the position, so in the policy's ``ytd_minimum`` mode. A policy without
    accommodation has no months; what it has recorded is still trued up. ``final`` says that the position is that
    of the finished year. Raises :class:`RepaidMoreThanAdvanced`.
    """
    recorded = sorted(movements, key=lambda each: (each.on, -each.amount))
    held = 0
    for each in recorded:
        held += each.amount
        if held < 0:
            raise RepaidMoreThanAdvanced(policy.policy, each.on, -held)
    return Accommodation(
        policy=policy.policy,
        months=_months(policy, position, recorded) if policy.terms.accommodation else (),
        advanced=sum(each.amount for each in recorded if each.amount > 0),
        repaid=-sum(each.amount for each in recorded if each.amount < 0),
        outstanding=held,
        true_up=position.reimbursable - held if final else None,
    )


def _months(
    policy: AggregatePolicy, position: AggregatePosition, recorded: list[Movement]
) -> tuple[AccommodationMonth, ...]:
    terms, last = policy.terms, year_end(policy.effective, policy.expires)
    ratio, made = rate(terms.percentage), []
    for place, month in enumerate(position.months, 1):
        on = min(add_months(policy.effective, place) - timedelta(days=1), last)
        target = share(month.excess, ratio, policy.rounding)
        if terms.maximum is not None:
            target = min(target, terms.maximum)
        before = sum(each.amount for each in recorded if each.on <= on)
        move = target - before
        advance = move if move > 0 and move >= terms.accommodation_minimum_advance else 0
        repay = min(-move, before) if move < 0 else 0
        made.append(AccommodationMonth(month.month, on, target, before, move, advance, repay, before + advance - repay))
    return tuple(made)
