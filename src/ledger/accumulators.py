"""What is kept of a plan's lines so that one more payment does not add up the aggregate again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from ledger.calendar import day_number
from ledger.dating import paid_days
from ledger.gains import Ints
from ledger.lines import Lines
from ledger.policies import AggregatePolicy, aggregate_window, covered_lines, in_window

_DAYS = 1500


def most_by_day(policy: AggregatePolicy, page: Lines) -> Ints:
    """What a page can bring to an aggregate at most, by days since the first paid date: its positive amounts."""
    held = aggregate_window(policy)
    counts = in_window(held, policy.terms, page) & covered_lines(policy.terms.covered, page)
    counts &= (page["aggregate_eligible"] == 1) & (page["eligible"] > 0)
    found = np.zeros(_DAYS, dtype=np.int64)
    days = np.minimum(paid_days(policy.terms, page)[counts] - day_number(held.paid_from), _DAYS - 1)
    np.add.at(found, days, page["eligible"][counts])
    return found


class Accumulators:
    """The most that each aggregate policy of a plan can have reached by each day."""

    def __init__(self) -> None:
        self._most: dict[str, tuple[int, Ints]] = {}

    def most_to(self, policy: AggregatePolicy, pages: Sequence[Lines], added: Sequence[Lines], as_of: date) -> int:
        """An amount that what counts toward an aggregate of the payments paid to a date cannot exceed."""
        done, most = self._most.get(policy.policy, (0, np.zeros(_DAYS, dtype=np.int64)))
        for page in pages[done:]:
            most = most + most_by_day(policy, page)
        self._most[policy.policy] = (len(pages), most)
        last = min(day_number(as_of) - day_number(aggregate_window(policy).paid_from), _DAYS - 1)
        every = [most, *(most_by_day(policy, page) for page in added)]
        return sum(int(each[: max(0, last + 1)].sum()) for each in every)
