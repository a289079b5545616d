"""Specific stop-loss: what the carrier pays above a deductible per person (domain 5.2, 5.3).

The benefit is a percentage of what *exceeds* the deductible, up to a maximum: Standard Security Life policy
SL-2001 section 4 (City of La Porte TX). Payments count in (paid_on, given) order. A negative line takes back
its own claim of that day, else the person's latest payments; limits fill up with the gains that are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_number
from ledger.dating import incurred_days, paid_days
from ledger.gains import Bools, Ints, View, chosen, chosen_later, filled, gains, grouped_lines, netted, summed
from ledger.levels import Levels, Sums, excess_of, excess_path, line_levels, standing, sums_of
from ledger.lines import TXN_TYPES, Lines
from ledger.money import Rounding, share
from ledger.policies import SpecificPolicy, contract_window, covered_lines, in_window
from ledger.terms import AggregateTerms, SpecificTerms

RECOVERY = TXN_TYPES.index("RECOVERY")
NO_LIMIT = 2**62
_FAR = np.int64(NO_LIMIT)


class Assessed(NamedTuple):
    """Steps 1 to 5 of domain 5.3, an array a figure, one place a person.

    ``deductible`` is the highest level at which something is eligible; ``levels`` are those of each person who has
    several. When recoveries are shared pro rata, ``recovered`` is what came back of eligible amounts and
    ``given_back`` the carrier's part of it: ``eligible`` and ``excess`` are after them. Else both are nothing.
    """

    keys: list[str]
    eligible: Ints
    run_in: Ints
    run_in_cut: Ints
    excluded_amount: Ints
    deductible: Ints
    excluded: Bools
    excess: Ints
    absorbed: Ints
    crossed: Ints
    levels: Mapping[int, Sums]
    recovered: Ints
    given_back: Ints


def _limited_run_in(terms: SpecificTerms | AggregateTerms, effective: date, view: View, size: int) -> Ints:
    """Step 2: the amounts with run-in cut to the limit per person, then to the limit in total, in paid
    order.
    """
    if terms.run_in_limit_person is None and terms.run_in_limit_total is None:
        return view.amount
    early = view.incurred < day_number(effective)
    net = summed(view.person[early], view.amount[early], size)
    part, places = view.ordered(early & (net[view.person] > 0))
    kept = gains(part.person, netted(part))
    if terms.run_in_limit_person is not None:
        kept = filled(part.person, kept, np.full(size, terms.run_in_limit_person, dtype=np.int64))
    if terms.run_in_limit_total is not None:
        kept = filled(np.zeros_like(kept), kept, np.array([terms.run_in_limit_total], dtype=np.int64))
    amount = view.amount.copy()
    amount[places] = kept
    return amount


def limited_run_in(terms: AggregateTerms, effective: date, columns: Sequence[npt.NDArray[Any]], size: int) -> Ints:
    """The amounts of lines with run-in cut to an aggregate's own limits (domain 5.2): columns are the place of
    the person, paid and incurred day, amount, claim and claim line.
    """
    return _limited_run_in(terms, effective, View(*columns), size)


def assess(policy: SpecificPolicy, pages: Sequence[Lines]) -> Assessed:
    """Steps 1 to 5 of domain 5.3 for everybody."""
    terms = policy.terms
    held = contract_window(terms.contract_basis, policy.effective, policy.expires)
    key = "member" if terms.unit == "person" else "family"
    masks = [
        in_window(held, terms, page) & covered_lines(terms.covered, page) & (page["specific_eligible"] == 1)
        for page in pages
    ]
    keys, person = grouped_lines(pages, masks, key)
    paid, incurred, amount, kinds = (
        chosen(pages, masks, column_of)
        for column_of in (
            partial(paid_days, terms), partial(incurred_days, terms), itemgetter("eligible"), itemgetter("txn_type"),
        )
    )  # fmt: skip
    claims = (chosen_later(pages, masks, itemgetter(name)) for name in ("claim_id", "claim_line"))
    return _assessed(policy, keys, View(person, paid, incurred, amount, *claims), kinds == RECOVERY)


def _assessed(policy: SpecificPolicy, keys: list[str], view: View, back: Bools) -> Assessed:
    size = len(keys)
    levels = line_levels(policy.lasers, policy.terms.deductible, keys, view.person, view.incurred)
    left_out = summed(view.person[levels.out], view.amount[levels.out], size)
    if levels.lasered:
        view = view._replace(amount=np.where(levels.out, 0, view.amount))
    recovered = np.zeros(size, dtype=np.int64)
    if policy.terms.recovery_allocation == "pro_rata" and back.any():
        recovered = summed(view.person[back], -view.amount[back], size)
        view = view._replace(amount=np.where(back, 0, view.amount))
    early = view.incurred < day_number(policy.effective)
    raw = summed(view.person[early], view.amount[early], size)
    view = view._replace(amount=_limited_run_in(policy.terms, policy.effective, view, size))
    run_in = summed(view.person[early], view.amount[early], size)
    eligible = summed(view.person, view.amount, size)
    deductible, excluded, several = _levelled(policy, keys, levels, view, left_out)
    excess = np.maximum(eligible - deductible, 0)
    for at, sums in several.items():
        excess[at] = excess_of(sums)
    part, places = view.ordered((excess > 0)[view.person])
    rise = _rise(part, deductible, levels.of_line[places], several)
    given_back = carriers_parts(recovered, eligible, excess, policy.rounding)
    if given_back.any():
        excess = excess - given_back
        rise = filled(part.person, rise, excess)
    pool = np.array([policy.terms.aggregating_deductible], dtype=np.int64)
    absorbed = summed(part.person, filled(np.zeros_like(rise), rise, pool), size)
    crossed = np.full(size, _FAR, dtype=np.int64)
    np.minimum.at(crossed, part.person[rise > 0], part.paid[rise > 0])
    return Assessed(
        keys, eligible - recovered, run_in, raw - run_in, left_out, deductible, excluded, excess, absorbed, crossed,
        several, recovered, given_back,
    )  # fmt: skip


def carriers_parts(recovered: Ints, eligible: Ints, excess: Ints, rounding: Rounding) -> Ints:
    """What of each person's recoveries is the carrier's pro rata: the excess's share of the eligible amount.

    Both are before the recoveries; the part is rounded once a person (domain 5.10; docs/decisions/0014).
    """
    parts = np.zeros_like(excess)
    for at in np.flatnonzero((recovered > 0) & (excess > 0)).tolist():
        most = int(eligible[at])
        parts[at] = share(int(excess[at]), Fraction(min(int(recovered[at]), most), most), rounding)
    return parts


def _levelled(
    policy: SpecificPolicy, keys: list[str], levels: Levels, view: View, left_out: Ints
) -> tuple[Ints, Bools, dict[int, Sums]]:
    """Step 3: the deductible of each person, who is excluded, and who has amounts at several levels."""
    base = policy.terms.deductible
    deductible, excluded = np.full(len(keys), base, dtype=np.int64), np.zeros(len(keys), dtype=bool)
    several: dict[int, Sums] = {}
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    for at, lines in levels.lasered.items():
        counting = lines[~levels.out[lines]]
        sums = sums_of(levels.of_line[counting], view.amount[counting])
        if sums:
            deductible[at] = sums[-1][0]
        elif left_out[at]:
            excluded[at] = True
        else:
            excluded[at], deductible[at] = standing(policy.lasers, base, keys[at], held)
        if len(sums) > 1:
            several[at] = sums
    return deductible, excluded, several


def _rise(part: View, deductible: Ints, level: Ints, several: Mapping[int, Sums]) -> Ints:
    """What each line adds to its person's excess for good."""
    amount = netted(part)
    gained = gains(part.person, amount)
    rise = gained - filled(part.person, gained, deductible)
    for at in several:
        own = np.flatnonzero(part.person == at)
        if own.size:
            rise[own] = excess_path(level[own], amount[own])
    return rise
