"""Specific stop-loss: what the carrier pays above a deductible per person (domain 5.2, 5.3).

The benefit is a percentage of what *exceeds* the deductible, up to a maximum: Standard Security Life policy
SL-2001 section 4 (City of La Porte TX). Payments count in (paid_on, given) order. A negative line takes back
its own claim of that day, else the person's latest payments; limits fill up with the gains that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ledger.calendar import add_months, day_number
from ledger.lines import COVERAGES, Lines
from ledger.money import Rounding
from ledger.terms import AggregateTerms, Laser, SpecificTerms, Window, window

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_FAR = np.int64(2**62)
_WANTED = ("paid_on", "incurred_on", "eligible", "claim_id", "claim_line")


@dataclass(frozen=True, slots=True)
class SpecificPolicy:
    """A specific policy with its lasers; ``expires`` is set when it ended before its year was over."""

    policy: str
    effective: date
    expires: date | None
    terms: SpecificTerms
    lasers: tuple[Laser, ...] = ()
    rounding: Rounding = "half-up"


class _View(NamedTuple):
    """Lines that count, side by side; ``person`` is an index into the keys."""

    person: Ints
    paid: Ints
    incurred: Ints
    amount: Ints
    claim: npt.NDArray[np.bytes_]
    claim_line: Ints

    def ordered(self, where: Bools) -> tuple[_View, Ints]:
        """The lines of a mask in (paid_on, given) order, and their places here."""
        found = np.flatnonzero(where)
        places = found[np.argsort(self.paid[found], kind="stable")]
        columns: list[Any] = [column[places] for column in self]
        return _View(*columns), places


class Assessed(NamedTuple):
    """Steps 1 to 5 of domain 5.3, an array a figure, one place a person."""

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


def year_end(effective: date, expires: date | None) -> date:
    """The last day of the policy year, or of the policy when it ended before."""
    last = add_months(effective, 12) - timedelta(days=1)
    return last if expires is None else min(last, expires)


def contract_window(basis: str, effective: date, expires: date | None) -> Window:
    """The window of a policy; an expiry that is not early leaves the run-out whole (domain 5.2)."""
    early = expires is not None and expires < year_end(effective, None)
    return window(basis, effective, expires if early else None)


def in_window(held: Window, lines: Lines) -> Bools:
    """Which lines were incurred and paid inside, all four ends included (domain 5.2, INV-31)."""
    incurred, paid = lines["incurred_on"], lines["paid_on"]
    inside: Bools = (incurred >= day_number(held.incurred_from)) & (incurred <= day_number(held.incurred_to))
    return inside & (paid >= day_number(held.paid_from)) & (paid <= day_number(held.paid_to))


def covered_lines(covered: Sequence[str], page: Lines) -> Bools:
    """Which lines are of a covered line of coverage."""
    table: Bools = np.array([word in covered for word in COVERAGES])
    return table[page["coverage"]]


def grouped(keys: npt.NDArray[np.bytes_]) -> tuple[list[str], Ints]:
    """The distinct keys, and the place of each line's key among them.

    Keys are told apart by a 64-bit mix of their bytes, which is then checked key by key.
    """
    width = -(-keys.dtype.itemsize // 8)
    words = np.ascontiguousarray(keys.astype(f"S{width * 8}", copy=False)).view(np.uint64)
    mixed = np.zeros(len(keys), dtype=np.uint64)
    for word in words.reshape(len(keys), width).T:
        mixed = (mixed ^ word) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    _, first, place = np.unique(mixed, return_index=True, return_inverse=True)
    distinct = keys[first]
    if not np.array_equal(distinct[place], keys):
        distinct, place = np.unique(keys, return_inverse=True)
    return [key.decode() for key in distinct.tolist()], place


def summed(place: Ints, amounts: Ints, size: int) -> Ints:
    """The exact sum of the amounts of each place."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, place, amounts)
    return sums


def lasers_of(policy: SpecificPolicy) -> dict[str, Laser]:
    """The laser of each member (family key when the unit is one) for the policy year.

    A laser whose dates touch the policy year holds for the whole of it: an exclusion before a deductible,
    then the highest deductible. A conditional laser holds until its terms are taken back by a later policy.
    """
    first, last = policy.effective, year_end(policy.effective, policy.expires)
    found: dict[str, Laser] = {}
    for laser in policy.lasers:
        if (laser.from_date or first) > last or (laser.to_date or last) < first:
            continue
        held = found.get(laser.member)
        if held is None or (laser.excluded, laser.deductible or 0) > (held.excluded, held.deductible or 0):
            found[laser.member] = laser
    return found


def _net_claims(view: _View) -> Ints:
    """The amounts after negative lines took from the latest lines of the same claim and day."""
    amount = view.amount.copy()
    cell = (view.person << 20) + view.paid
    shared = np.flatnonzero(np.isin(cell, cell[amount < 0]))
    columns = (cell, view.incurred, view.claim, view.claim_line)
    keys = list(zip(*(column[shared].tolist() for column in columns), strict=True))
    paid: dict[tuple[int, int, bytes, int], list[int]] = {}
    for place, key in zip(shared.tolist(), keys, strict=True):
        if amount[place] > 0:
            paid.setdefault(key, []).append(place)
    for place, key in zip(shared.tolist(), keys, strict=True):
        while amount[place] < 0 and (left := paid.get(key)):
            taken = min(-amount[place], amount[left[-1]])
            amount[place] += taken
            amount[left[-1]] -= taken
            if not amount[left[-1]]:
                left.pop()
    return amount


def _runs(group: Ints, amounts: Ints) -> tuple[Ints, Ints, Ints]:
    """Running sums within each group: the order that brings groups together, group starts, and sums in that
    order.
    """
    order = np.argsort(group, kind="stable")
    ordered, by_group = amounts[order], group[order]
    starts = np.flatnonzero(np.concatenate([np.ones(1, dtype=bool), by_group[1:] != by_group[:-1]]))
    sums = np.cumsum(ordered)
    lengths = np.diff(np.append(starts, len(order)))
    return order, starts, sums - np.repeat(sums[starts] - ordered[starts], lengths)


def _steps(order: Ints, starts: Ints, path: Ints) -> Ints:
    steps = np.diff(path, prepend=0)
    steps[starts] = path[starts]
    placed = np.empty_like(steps)
    placed[order] = steps
    return placed


def _gains(view: _View) -> Ints:
    """What each line adds for good, never negative: negative lines take back the person's latest gains."""
    if not len(view.person):
        return view.amount
    negative = bool((view.amount < 0).any())
    amount = _net_claims(view) if negative else view.amount
    order, starts, path = _runs(view.person, amount)
    if negative:
        ends = np.append(starts[1:], len(path))
        falls = np.add.reduceat((amount[order] < 0).astype(np.int64), starts) > 0
        for start, end in zip(starts[falls].tolist(), ends[falls].tolist(), strict=True):
            path[start:end] = np.minimum.accumulate(path[start:end][::-1])[::-1]
        path = np.maximum(path, 0)
    return _steps(order, starts, path)


def _filled(group: Ints, gains: Ints, room: Ints) -> Ints:
    """How much of each gain still fits into the room of its group, in order."""
    if not len(gains):
        return gains
    order, starts, path = _runs(group, gains)
    return _steps(order, starts, np.minimum(path, room[group[order]]))


def _limited_run_in(terms: SpecificTerms | AggregateTerms, effective: date, view: _View, size: int) -> Ints:
    """Step 2: the amounts with run-in cut to the limit per person, then to the limit in total, in paid
    order.
    """
    if terms.run_in_limit_person is None and terms.run_in_limit_total is None:
        return view.amount
    early = view.incurred < day_number(effective)
    net = summed(view.person[early], view.amount[early], size)
    part, places = view.ordered(early & (net[view.person] > 0))
    kept = _gains(part)
    if terms.run_in_limit_person is not None:
        kept = _filled(part.person, kept, np.full(size, terms.run_in_limit_person, dtype=np.int64))
    if terms.run_in_limit_total is not None:
        kept = _filled(np.zeros_like(kept), kept, np.array([terms.run_in_limit_total], dtype=np.int64))
    amount = view.amount.copy()
    amount[places] = kept
    return amount


def limited_run_in(terms: AggregateTerms, effective: date, columns: Sequence[npt.NDArray[Any]], size: int) -> Ints:
    """The amounts of lines with run-in cut to an aggregate's own limits (domain 5.2): columns are the place of
    the person, paid and incurred day, amount, claim and claim line.
    """
    return _limited_run_in(terms, effective, _View(*columns), size)


def assess(policy: SpecificPolicy, pages: Sequence[Lines]) -> Assessed:
    """Steps 1 to 5 of domain 5.3 for everybody."""
    terms = policy.terms
    held = contract_window(terms.contract_basis, policy.effective, policy.expires)
    key = "member" if terms.unit == "person" else "family"
    wanted = (key, *_WANTED)
    parts: list[list[npt.NDArray[Any]]] = [[Lines({}, 0)[name]] for name in wanted]
    for page in pages:
        counts = in_window(held, page) & covered_lines(terms.covered, page) & (page["specific_eligible"] == 1)
        for part, name in zip(parts, wanted, strict=True):
            part.append(page[name][counts])
    named, *columns = (np.concatenate(part) for part in parts)
    keys, person = grouped(named)
    return _assessed(policy, keys, _View(person, *columns))


def _assessed(policy: SpecificPolicy, keys: list[str], view: _View) -> Assessed:
    size, lasers = len(keys), lasers_of(policy)
    deductible = np.full(size, policy.terms.deductible, dtype=np.int64)
    excluded = np.zeros(size, dtype=bool)
    for place, key in enumerate(keys) if lasers else ():
        if (laser := lasers.get(key)) is not None:
            excluded[place] = laser.excluded
            deductible[place] = policy.terms.deductible if laser.deductible is None else laser.deductible
    out = excluded[view.person]
    left_out = summed(view.person[out], view.amount[out], size)
    view = view._replace(amount=np.where(out, 0, view.amount))
    early = view.incurred < day_number(policy.effective)
    raw = summed(view.person[early], view.amount[early], size)
    view = view._replace(amount=_limited_run_in(policy.terms, policy.effective, view, size))
    run_in = summed(view.person[early], view.amount[early], size)
    eligible = summed(view.person, view.amount, size)
    part, _ = view.ordered((eligible > deductible)[view.person])
    gains = _gains(part)
    rise = gains - _filled(part.person, gains, deductible)
    pool = np.array([policy.terms.aggregating_deductible], dtype=np.int64)
    absorbed = summed(part.person, _filled(np.zeros_like(rise), rise, pool), size)
    crossed = np.full(size, _FAR, dtype=np.int64)
    np.minimum.at(crossed, part.person[rise > 0], part.paid[rise > 0])
    excess = np.maximum(eligible - deductible, 0)
    return Assessed(keys, eligible, run_in, raw - run_in, left_out, deductible, excluded, excess, absorbed, crossed)


def in_force(specifics: Sequence[SpecificPolicy], effective: date, expires: date | None) -> SpecificPolicy | None:
    """The specific policy in force in a policy year; of several, the one that starts last."""
    last = year_end(effective, expires)
    touching = [
        own for own in specifics
        if own.effective <= last and year_end(own.effective, own.expires) >= effective
    ]  # fmt: skip
    return max(touching, key=lambda own: own.effective, default=None)


def caps_under(policy: SpecificPolicy, keys: Sequence[str]) -> Ints:
    """What each person can bring to the aggregate at most: the base deductible, the laser's if its band
    counts.
    """
    caps = np.full(len(keys), policy.terms.deductible, dtype=np.int64)
    lasers = lasers_of(policy) if policy.terms.laser_band_counts else {}
    for place, key in enumerate(keys) if lasers else ():
        if (laser := lasers.get(key)) is not None and laser.deductible is not None:
            caps[place] = max(laser.deductible, policy.terms.deductible)
    return caps


def absorbed_to(policy: SpecificPolicy, pages: Sequence[Lines], keys: Sequence[str], day: int) -> Ints:
    """What the aggregating deductible took from each person of the payments paid to a day."""
    found = assess(policy, [page.take(page["paid_on"] <= day) for page in pages])
    taken = dict(zip(found.keys, found.absorbed.tolist(), strict=True))
    return np.array([taken.get(key, 0) for key in keys], dtype=np.int64)
