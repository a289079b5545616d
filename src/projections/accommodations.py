"""Aggregate accommodation month by month: what should be lent, what was, and the true-up of a finished year.

Domain 5.5 and INV-24: what was advanced less what was repaid is never negative; with the true-up it is the benefit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.accommodation import Accommodation, AccommodationMonth, Movement, accommodation
from projections.carriers import aggregates, filings_of
from projections.history import History


@dataclass(frozen=True, slots=True)
class LentMonth:
    """A policy month as the terms see it, and what was recorded as advanced and repaid on its days, in minor units."""

    due: AccommodationMonth
    advanced: int
    repaid: int


@dataclass(frozen=True, slots=True)
class PolicyAccommodation:
    """An aggregate policy with its months, minor units.

    ``agreed`` says whether the policy has accommodation. ``advanced_after`` and ``repaid_after`` were recorded on
    days after the last month shown. ``received`` came in on filings. ``still_due`` is the true-up less that:
    positive is due from the carrier, negative goes back to it; nothing before the policy year has ended.
    """

    policy: str
    agreed: bool
    final: bool
    reimbursable: int
    received: int
    found: Accommodation
    months: tuple[LentMonth, ...]
    advanced_after: int
    repaid_after: int

    @property
    def still_due(self) -> int | None:
        """The true-up less what came in on filings."""
        return None if self.found.true_up is None else self.found.true_up - self.received


def accommodations(
    history: History, year: int, as_of: date, *, policy: str | None = None, known_at: int | None = None
) -> tuple[PolicyAccommodation, ...]:
    """Every aggregate policy of a plan year (or the one named).

    Raises :class:`ledger.accommodation.RepaidMoreThanAdvanced`.
    """
    history = history.until(known_at)
    made = []
    for own, position in aggregates(history, year, as_of, history.lines_until(as_of)):
        if policy not in (None, own.policy):
            continue
        moves = movements(history, own.policy, as_of)
        final = history.policy_ended(own, as_of)
        found = accommodation(own, position, moves, final=final)
        months, rest = _placed(found.months, moves)
        made.append(
            PolicyAccommodation(
                policy=own.policy,
                agreed=own.terms.accommodation,
                final=final,
                reimbursable=position.reimbursable,
                received=sum(filing.received(as_of) for filing in filings_of(history, own.policy, as_of)),
                found=found,
                months=months,
                advanced_after=sum(max(0, move.amount) for move in rest),
                repaid_after=sum(max(0, -move.amount) for move in rest),
            )
        )
    return tuple(made)


def movements(history: History, policy: str, as_of: date) -> list[Movement]:
    """What was advanced (positive) and repaid (negative) under a policy by a date."""
    return [
        Movement(event.effective_on, event.amount if event.kind == "accommodation-advanced" else -event.amount)
        for event in history.facts.accommodations
        if event.policy == policy and event.effective_on <= as_of
    ]


def _placed(
    months: Sequence[AccommodationMonth], moves: Sequence[Movement]
) -> tuple[tuple[LentMonth, ...], list[Movement]]:
    """The movements on the days of each month, and those after the last."""
    rest, made = sorted(moves, key=lambda move: move.on), []
    for month in months:
        own = [move.amount for move in rest if move.on <= month.on]
        rest = rest[len(own) :]
        made.append(LentMonth(month, sum(max(0, x) for x in own), sum(max(0, -x) for x in own)))
    return tuple(made), rest
