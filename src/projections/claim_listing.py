"""The claim listing a stop-loss carrier asks for: payment by payment, with what counts and why not (domain 5.7).

Recoveries are listed like payments. Each policy's listing foots from all that the plan paid to the register's eligible
amount, every cut named and worked out on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from ledger.brought import brought
from ledger.calendar import day_number, day_of
from ledger.dating import paid_days
from ledger.lines import COVERAGES, Lines
from ledger.policies import aggregate_window, contract_window, covered_lines, in_window
from ledger.specific import assess
from ledger.stop_loss import AggregatePolicy, MissingFactor, SpecificPolicy, policy_of_lines
from projections.carriers import aggregates, beside, specifics
from projections.history import History

Bools = npt.NDArray[np.bool_]
Policies = Sequence[SpecificPolicy | AggregatePolicy]


@dataclass(frozen=True, slots=True)
class ListedPayment:
    """One line; ``address`` is ``EVENT.LINE``, of a recovery ``EVENT``. ``counted`` is what enters the register before
    limits per person.

    ``reason`` says why less than ``plan_paid`` is counted. Amounts are minor units, negative for what came back.
    """

    policy: str
    address: str
    member: str
    claim_id: str
    coverage: str
    incurred_on: date
    paid_on: date
    payment_ref: str
    plan_paid: int
    eligible: int
    reason: str
    counted: int


@dataclass(frozen=True, slots=True)
class Footing:
    """The sums of one policy's listing, and the cuts (negative) from what is counted to what is eligible.

    ``eligible`` is the register's; nothing while a factor of the aggregate is missing.
    """

    policy: str
    plan_paid: int
    counted: int
    cuts: tuple[tuple[str, int], ...]
    eligible: int | None

    @property
    def proved(self) -> bool:
        """Whether the listing ends at the register."""
        return self.eligible == self.counted + sum(amount for _, amount in self.cuts)


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Lines with the address of each."""

    lines: Lines
    addresses: Sequence[str]


def claim_listing(
    history: History, kind: str, year: int, as_of: date, *, known_at: int | None = None
) -> Iterator[ListedPayment]:
    """Every payment booked by a date under each policy of a kind (``specific`` or ``aggregate``), in recorded order."""
    history = history.until(known_at)
    pages = _pages(history, as_of)
    policies: Policies = history.specific_policies() if kind == "specific" else history.aggregate_policies()
    wanted = _wanted(history, kind, year)
    for at, policy in enumerate(policies):
        if policy.policy in wanted:
            for page in pages:
                yield from _listed(policies, at, page, as_of)


def footings(
    history: History, kind: str, year: int, as_of: date, *, known_at: int | None = None
) -> tuple[Footing, ...]:
    """How each policy's listing foots to its register."""
    history = history.until(known_at)
    pages = history.lines_until(as_of)
    policies: Policies = history.specific_policies() if kind == "specific" else history.aggregate_policies()
    wanted, eligible = _wanted(history, kind, year), _eligible(history, kind, year, as_of, pages)
    made = []
    for at, policy in enumerate(policies):
        if policy.policy not in wanted:
            continue
        share = [page.take(_own(policies, at, page)) for page in pages]
        counted = sum(page.take(_counts(policy, page, as_of)).total("eligible") for page in share)
        cuts = _cuts(history, policy, year, share, pages, as_of)
        paid = sum(page.total() for page in pages)
        made.append(Footing(policy.policy, paid, counted, tuple(cuts.items()), eligible.get(policy.policy)))
    return tuple(made)


def _wanted(history: History, kind: str, year: int) -> set[str]:
    own: Policies = history.specific_policies(year) if kind == "specific" else history.aggregate_policies(year)
    return {policy.policy for policy in own}


def _eligible(history: History, kind: str, year: int, as_of: date, pages: Sequence[Lines]) -> dict[str, int]:
    if kind == "specific":
        return {policy.policy: found.eligible for policy, found in specifics(history, year, as_of, pages)}
    try:
        return {policy.policy: found.eligible for policy, found in aggregates(history, year, as_of, pages)}
    except MissingFactor:
        return {}


def _cuts(
    history: History,
    policy: SpecificPolicy | AggregatePolicy,
    year: int,
    share: Sequence[Lines],
    pages: Sequence[Lines],
    as_of: date,
) -> dict[str, int]:
    """What limits and lasers take from what is counted, negative."""
    if isinstance(policy, SpecificPolicy):
        found = assess(policy, share)
        return {
            "excluded by laser": -int(found.excluded_amount.sum()),
            "above the run-in limits": -int(found.run_in_cut.sum()),
        }
    total = brought(policy, share, beside(history, year, pages), [as_of])
    return {
        "above the run-in limits": -int((total.accepted - total.reached).sum()),
        "above the limit per person": -int((total.reached - total.kept).sum()),
    }


def _pages(history: History, as_of: date) -> list[_Numbered]:
    """The lines booked by a date with their addresses, recoveries last, as the registers take them."""
    limit, made = day_number(as_of), []
    for page, lines in zip(history.pages, history.pages_until(as_of), strict=True):
        places = np.flatnonzero(page.lines["booked_on"] <= limit).tolist()
        made.append(_Numbered(lines, [f"{page.position}.{at + 1}" for at in places]))
    recovered = history.recoveries_until(as_of)
    if recovered:
        numbers = {id(recorded.event): recorded.position for recorded in history.records}
        made.append(_Numbered(history.lines_until(as_of)[-1], [str(numbers[id(event)]) for event in recovered]))
    return made


def _own(policies: Policies, at: int, lines: Lines) -> Bools:
    chosen = policy_of_lines(policies, lines)
    mine: Bools = (chosen == at) | (chosen == -1)
    return mine


def _counts(policy: SpecificPolicy | AggregatePolicy, lines: Lines, as_of: date) -> Bools:
    inside, covered, accepts = _marks(policy, lines, as_of)
    return inside & covered & accepts


def _marks(policy: SpecificPolicy | AggregatePolicy, lines: Lines, as_of: date) -> tuple[Bools, Bools, Bools]:
    """Which lines are inside the windows, of a covered line, and accepted."""
    covered = covered_lines(policy.terms.covered, lines)
    if isinstance(policy, AggregatePolicy):
        inside = in_window(aggregate_window(policy), policy.terms, lines)
        inside &= paid_days(policy.terms, lines) <= day_number(as_of)
        return inside, covered, lines["aggregate_eligible"] == 1
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    return in_window(held, policy.terms, lines), covered, lines["specific_eligible"] == 1


def _listed(policies: Policies, place: int, page: _Numbered, as_of: date) -> Iterator[ListedPayment]:
    policy, lines = policies[place], page.lines
    chosen = policy_of_lines(policies, lines)
    inside, covered, accepts = _marks(policy, lines, as_of)
    counts = ((chosen == place) | (chosen == -1)) & inside & covered & accepts
    texts = ("member", "claim_id", "payment_ref", "disallowed")
    member, claim, reference, code = ([text.decode() for text in lines[name].tolist()] for name in texts)
    coverage = [COVERAGES[kind] for kind in lines["coverage"].tolist()]
    incurred, paid = _days(lines["incurred_on"]), _days(lines["paid_on"])
    amount, eligible = lines["amount"].tolist(), lines["eligible"].tolist()
    counted = np.where(counts, lines["eligible"], 0).tolist()
    marks = zip(chosen.tolist(), inside.tolist(), covered.tolist(), accepts.tolist(), strict=True)
    for at, (policy_at, is_inside, is_covered, is_accepted) in enumerate(marks):
        reason = (
            f"counts under {policies[policy_at].policy}" if policy_at not in (place, -1)
            else _reason(code[at], amount[at] == eligible[at], is_inside, is_covered, is_accepted)
        )  # fmt: skip
        yield ListedPayment(
            policy=policy.policy,
            address=page.addresses[at],
            member=member[at],
            claim_id=claim[at],
            coverage=coverage[at],
            incurred_on=incurred[at],
            paid_on=paid[at],
            payment_ref=reference[at],
            plan_paid=amount[at],
            eligible=eligible[at],
            reason=reason,
            counted=counted[at],
        )


def _days(numbers: npt.NDArray[np.integer]) -> list[date]:
    """The dates of day numbers, each made once."""
    days, place = np.unique(numbers, return_inverse=True)
    made = [day_of(number) for number in days.tolist()]
    return [made[at] for at in place.tolist()]


def _reason(code: str, whole: bool, inside: bool, covered: bool, accepts: bool) -> str:
    if not inside:
        return "out of the windows"
    if not covered:
        return "coverage not covered"
    if not accepts:
        return code or "not eligible"
    return "" if whole else code or "accepted in part"
