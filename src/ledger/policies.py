"""Stop-loss policies as bound, their windows, and which of several of a kind a line counts under (domain 5.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from ledger.calendar import add_months, day_number
from ledger.dating import incurred_days, paid_days
from ledger.gains import Bools, Ints
from ledger.lines import COVERAGES, Lines
from ledger.money import Rounding
from ledger.terms import UNLIMITED_FUTURE, AggregateTerms, DayRules, Laser, SpecificTerms, Window, window


@dataclass(frozen=True, slots=True)
class SpecificPolicy:
    """A specific policy with its lasers; ``expires`` is set when it ended before its year was over."""

    policy: str
    effective: date
    expires: date | None
    terms: SpecificTerms
    lasers: tuple[Laser, ...] = ()
    rounding: Rounding = "half-up"


@dataclass(frozen=True, slots=True)
class Factor:
    """The monthly factor of a tier (and line of coverage), decimal text in major units, from a month on."""

    tier: str
    coverage: str | None
    factor: str
    from_month: str


@dataclass(frozen=True, slots=True)
class AggregatePolicy:
    """An aggregate policy with its factors; ``expires`` is set when it ended before its year was over."""

    policy: str
    effective: date
    expires: date | None
    terms: AggregateTerms
    factors: tuple[Factor, ...] = ()
    rounding: Rounding = "half-up"


def year_end(effective: date, expires: date | None) -> date:
    """The last day of the policy year, or of the policy when it ended before."""
    last = add_months(effective, 12) - timedelta(days=1)
    return last if expires is None else min(last, expires)


def contract_window(basis: str, effective: date, expires: date | None) -> Window:
    """The window of a policy; an expiry that is not early leaves the run-out whole (domain 5.2)."""
    early = expires is not None and expires < year_end(effective, None)
    return window(basis, effective, expires if early else None)


def in_window(held: Window, terms: DayRules, lines: Lines) -> Bools:
    """Which lines were incurred and paid inside by a policy's terms, all four ends included (domain 5.2, INV-31)."""
    incurred, paid = incurred_days(terms, lines), paid_days(terms, lines)
    inside: Bools = (incurred >= day_number(held.incurred_from)) & (incurred <= day_number(held.incurred_to))
    return inside & (paid >= day_number(held.paid_from)) & (paid <= day_number(held.paid_to))


def covered_lines(covered: Sequence[str], page: Lines) -> Bools:
    """Which lines are of a covered line of coverage."""
    table: Bools = np.array([word in covered for word in COVERAGES])
    return table[page["coverage"]]


def aggregate_window(policy: AggregatePolicy) -> Window:
    """The window of a policy: terminal liability lets claims be paid some months longer (IIS, policy terms)."""
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    if not policy.terms.terminal_months or held.paid_to >= UNLIMITED_FUTURE:
        return held
    after = add_months(held.paid_to + timedelta(days=1), policy.terms.terminal_months)
    return replace(held, paid_to=after - timedelta(days=1))


def policy_window(policy: SpecificPolicy | AggregatePolicy) -> Window:
    """The window in which lines count under a policy: an aggregate's is longer with terminal liability."""
    if isinstance(policy, AggregatePolicy):
        return aggregate_window(policy)
    return contract_window(policy.terms.contract_basis, policy.effective, policy.expires)


def common_days(one: Window, other: Window) -> Window | None:
    """The incurred and paid dates that two windows share, or nothing when no claim can be in both."""
    found = Window(
        max(one.incurred_from, other.incurred_from),
        min(one.incurred_to, other.incurred_to),
        max(one.paid_from, other.paid_from),
        min(one.paid_to, other.paid_to),
    )
    return found if found.incurred_from <= found.incurred_to and found.paid_from <= found.paid_to else None


def policy_of_lines(policies: Sequence[SpecificPolicy | AggregatePolicy], lines: Lines) -> Ints:
    """The place of the one policy each line counts under, or -1: no payment counts twice (INV-20).

    A payment eligible in two policy periods (inside the windows of both, of a coverage that both cover) applies to the
    one in which it was incurred (SAFECO LGC 8809, Indian River County FL); if it was incurred in neither, to the
    earlier. That a carrier turns it away, or leaves its member out by a laser, moves it to no other policy.
    ``own_pages`` gives each policy its own lines.
    """
    chosen = np.full(lines.count, -1, dtype=np.int64)
    eligible = [in_window(policy_window(p), p.terms, lines) & covered_lines(p.terms.covered, lines) for p in policies]
    latest_first = sorted(enumerate(policies), key=lambda pair: pair[1].effective, reverse=True)
    for own_year in (False, True):
        for place, policy in latest_first:
            fits = eligible[place]
            if own_year:
                last = day_number(year_end(policy.effective, policy.expires))
                incurred = incurred_days(policy.terms, lines)
                fits = fits & (incurred >= day_number(policy.effective)) & (incurred <= last)
            chosen[fits] = place
    return chosen


def own_pages(policies: Sequence[SpecificPolicy | AggregatePolicy], pages: Sequence[Lines]) -> list[list[Lines]]:
    """The pages of each policy of one kind, without the lines that count under another (INV-20).

    ``policies`` are all of a kind that the plan has. Those that cannot hold the same line need no sorting out.
    """
    if not overlapping(policies):
        return [list(pages) for _ in policies]
    chosen = [policy_of_lines(policies, page) for page in pages]
    return [[page.take(own == at) for page, own in zip(pages, chosen, strict=True)] for at in range(len(policies))]


def overlapping(policies: Sequence[SpecificPolicy | AggregatePolicy]) -> bool:
    """Whether a line can be inside the windows of two of the policies."""
    return any(may_share(one, other) for at, one in enumerate(policies) for other in policies[:at])


def may_share(one: SpecificPolicy | AggregatePolicy, other: SpecificPolicy | AggregatePolicy) -> bool:
    """Whether a line can be inside the windows of both: they have days in common, or date lines by different rules."""
    mine, theirs = policy_window(one), policy_window(other)
    incurred = mine.incurred_from <= theirs.incurred_to and theirs.incurred_from <= mine.incurred_to
    paid = mine.paid_from <= theirs.paid_to and theirs.paid_from <= mine.paid_to
    a, b = one.terms, other.terms
    incurred = incurred or a.inpatient_incurred_rule != b.inpatient_incurred_rule
    same_paid = (a.reissue_paid_date, a.void_window_rule) == (b.reissue_paid_date, b.void_window_rule)
    return incurred and (paid or not same_paid)
