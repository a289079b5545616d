"""A budget from monthly rates: enrolled units of each tier times its rate, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ledger.events import BudgetMonth
from ledger.money import rounded


class MissingEnrollment(ValueError):
    """A month without enrollment, or enrolled ``tiers`` without a rate, have no budget by rates."""

    def __init__(self, sentence: str, tiers: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.tiers = tuple(tiers)


def budget_by_rates(
    months: Sequence[str], enrollment: Mapping[str, Mapping[str, int]], rates: Mapping[str, Fraction]
) -> tuple[BudgetMonth, ...]:
    """The budget of each month; a month without its own enrollment has that of the last month before it.

    Rates are in major units. What they come to is rounded once, as a total from the first month on, so that the
    months add up to the year.
    """
    made: list[BudgetMonth] = []
    exact, placed = Fraction(0), 0
    for month in months:
        earlier = [known for known in enrollment if known <= month]
        if not earlier:
            raise MissingEnrollment(f"no enrollment is recorded for {month} or before.")
        counts = enrollment[max(earlier)]
        without = sorted(tier for tier, lives in counts.items() if lives and tier not in rates)
        if without:
            raise MissingEnrollment(f"no rate is given for {', '.join(without)}, enrolled in {max(earlier)}.", without)
        exact += sum((lives * rates.get(tier, Fraction(0)) * 100 for tier, lives in counts.items()), Fraction(0))
        made.append(BudgetMonth(month=month, amount=rounded(exact) - placed))
        placed = rounded(exact)
    return tuple(made)
