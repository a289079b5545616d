"""What is kept of a plan's lines so that one more payment does not add up stop-loss again.

What is kept is the most that a person or a plan can have reached: every positive amount that counts, and nothing that
was taken back. Only when that is above the deductible or the attachment point is the exact figure worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_number
from ledger.dating import incurred_days, paid_days
from ledger.gains import Ints
from ledger.lines import COVERAGES, Lines
from ledger.policies import (
    AggregatePolicy,
    SpecificPolicy,
    aggregate_window,
    contract_window,
    covered_lines,
    in_window,
    overlapping,
    own_pages,
)

_DAYS = 1500
FEW = 64  # lines that are looked at one by one
Policies = Sequence[SpecificPolicy]


class HasLines(Protocol):
    """A page of lines."""

    @property
    def lines(self) -> Lines: ...


Pages = Sequence[HasLines]


class _Aggregate:
    """The most that a plan can have reached under an aggregate policy by each day, through some pages."""

    def __init__(self, policy: AggregatePolicy) -> None:
        self._policy, self._held = policy, aggregate_window(policy)
        self._first = day_number(self._held.paid_from)
        self._most = np.zeros(_DAYS, dtype=np.int64)
        self._seen = 0

    def add(self, pages: Pages) -> None:
        """Take in new pages."""
        for page in pages[self._seen :]:
            days, amounts = self._counting(page.lines)
            np.add.at(self._most, np.minimum(days, _DAYS - 1), amounts)
        self._seen = len(pages)

    def to(self, as_of: date, added: Sequence[Lines]) -> int:
        """The most by a date, with lines that are about to be added."""
        last = day_number(as_of) - self._first
        most = int(self._most[: max(0, min(last + 1, _DAYS))].sum())
        for page in added:
            days, amounts = self._counting(page)
            most += int(amounts[np.minimum(days, _DAYS - 1) <= last].sum())
        return most

    def _counting(self, page: Lines) -> tuple[Ints, Ints]:
        """The positive amounts that can count, with the days since the first paid date."""
        counts = in_window(self._held, self._policy.terms, page) & covered_lines(self._policy.terms.covered, page)
        counts &= (page["aggregate_eligible"] == 1) & (page["eligible"] > 0)
        return paid_days(self._policy.terms, page)[counts] - self._first, page["eligible"][counts]


class _Person:
    """Which lines can count for a person under a specific policy, told line by line."""

    def __init__(self, policies: Policies, place: int) -> None:
        terms = policies[place].terms
        held = contract_window(terms.contract_basis, policies[place].effective, policies[place].expires)
        self._policies, self._place, self._shared = policies, place, overlapping(policies)
        self._terms = terms
        self._name = "member" if terms.unit == "person" else "family"
        self._incurred = day_number(held.incurred_from), day_number(held.incurred_to)
        self._paid = day_number(held.paid_from), day_number(held.paid_to)
        self._covered = [word in terms.covered for word in COVERAGES]
        self._levels = {laser.member: terms.deductible for laser in policies[place].lasers}
        for laser in policies[place].lasers:
            if laser.deductible is not None:
                self._levels[laser.member] = min(self._levels[laser.member], laser.deductible)
        self._deductible = terms.deductible
        self.sums: dict[bytes, int] = {}
        self.seen = 0

    def least(self, key: bytes) -> int:
        """The least that a person must be above to cross: the deductible, or a laser's that is lower."""
        return self._levels.get(key.decode(), self._deductible) if self._levels else self._deductible

    def counting(self, page: Lines) -> Iterator[tuple[bytes, int]]:
        """Each line that can count: whose it is and its positive amount."""
        if self._shared:
            page = own_pages(self._policies, [page])[self._place][0]
        (first, last), (since, until) = self._incurred, self._paid
        columns = [
            page[self._name], incurred_days(self._terms, page), paid_days(self._terms, page),
            page["coverage"], page["specific_eligible"], page["eligible"],
        ]  # fmt: skip
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for key, incurred, paid, coverage, counts, eligible in rows:
            inside = first <= incurred <= last and since <= paid <= until
            if eligible > 0 and counts == 1 and inside and self._covered[coverage]:
                yield key, eligible

    def add(self, pages: Pages) -> None:
        """Take in new pages; after a long one everybody is asked about anew."""
        for page in pages[self.seen :]:
            if page.lines.count > FEW:
                self.sums.clear()
            elif self.sums:
                for key, eligible in self.counting(page.lines):
                    if key in self.sums:
                        self.sums[key] += eligible
        self.seen = len(pages)


class Accumulators:
    """The most that each aggregate policy of a plan, and each person asked about, can have reached."""

    def __init__(self) -> None:
        self._most: dict[str, _Aggregate] = {}
        self._persons: dict[str, _Person] = {}

    def terms_changed(self) -> None:
        """Forget what rests on the terms of policies."""
        self._most.clear()
        self._persons.clear()

    def most_to(self, policy: AggregatePolicy, pages: Pages, added: Sequence[Lines], as_of: date) -> int:
        """An amount that what counts toward an aggregate of the payments paid to a date cannot exceed."""
        if (held := self._most.get(policy.policy)) is None:
            held = self._most[policy.policy] = _Aggregate(policy)
        held.add(pages)
        return held.to(as_of, added)

    def can_cross(
        self, policies: Policies, place: int, keys: npt.NDArray[np.bytes_], pages: Pages, added: Sequence[Lines],
        lines_of: Callable[[npt.NDArray[np.bytes_]], Sequence[Lines]],
    ) -> npt.NDArray[np.bytes_]:  # fmt: skip
        """Those of some people who can be above their deductible once lines are added; of many, all.

        ``lines_of`` gives the recorded lines of people; recoveries take back, so they raise nobody and are left out.
        """
        if keys.size > FEW or sum(page.count for page in added) > FEW:
            return keys
        if (held := self._persons.get(policies[place].policy)) is None:
            held = self._persons[policies[place].policy] = _Person(policies, place)
        held.add(pages)
        rise = dict.fromkeys(keys.tolist(), 0)
        for page in added:
            for key, eligible in held.counting(page):
                if key in rise:
                    rise[key] += eligible
        kept = []
        for at, (key, more) in enumerate(rise.items()):
            if key not in held.sums:
                own = (each for page in lines_of(keys[at : at + 1]) for each in held.counting(page))
                held.sums[key] = sum(eligible for whose, eligible in own if whose == key)
            if held.sums[key] + more > held.least(key):
                kept.append(at)
        return keys[kept]
