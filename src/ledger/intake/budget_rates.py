"""A budget from monthly rates: enrolled units of each tier times its rate, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.events import BudgetMonth


class MissingEnrollment(ValueError):
    """A month without enrollment has no budget by rates."""


def budget_by_rates(
    months: Sequence[str], enrollment: Mapping[str, Mapping[str, int]], rates: Mapping[str, int]
) -> tuple[BudgetMonth, ...]:
    """The budget of each month; a month without its own enrollment has that of the last month before it."""
    made: list[BudgetMonth] = []
    for month in months:
        earlier = [known for known in enrollment if known <= month]
        if not earlier:
            raise MissingEnrollment(f"no enrollment is recorded for {month} or before.")
        counts = enrollment[max(earlier)]
        without = sorted(tier for tier, lives in counts.items() if lives and tier not in rates)
        if without:
            raise MissingEnrollment(f"no rate is given for {', '.join(without)}, enrolled in {max(earlier)}.")
        made.append(BudgetMonth(month=month, amount=sum(lives * rates.get(tier, 0) for tier, lives in counts.items())))
    return tuple(made)
