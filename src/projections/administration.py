"""What the administrator charges for a month by the plan's terms: for each enrolled unit, and as a part of claims."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.calendar import month_end
from ledger.money import rate, share
from projections import position as positions
from projections.history import History


@dataclass(frozen=True, slots=True)
class AdministrationFee:
    """The fee of a month, minor units: ``units`` enrolled at ``pepm`` each, and ``percent`` of ``claims`` paid net.

    The part of claims is rounded once (domain 2.4: a fee a month for each enrolled unit, adjusted when enrollment is).
    """

    units: int
    pepm: int
    percent: str
    claims: int
    amount: int


def administration_fee(history: History, year: int, month: str) -> AdministrationFee:
    """The fee of a calendar month by the arrangement of its plan year; units are those recorded for the month."""
    terms = history.arrangement(year)
    units = sum(history.facts.enrollment.get(month, {}).values())
    last = month_end(month)
    view = positions.position(history, year, last)
    claims = sum(each.claims_paid for each in view.months if each.month == month)
    part = share(claims, rate(terms.administration_percent_of_claims), terms.rounding)
    return AdministrationFee(
        units, terms.administration_pepm, terms.administration_percent_of_claims, claims,
        units * terms.administration_pepm + part,
    )  # fmt: skip
