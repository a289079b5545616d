"""The claim listing a stop-loss carrier asks for: payment by payment, with what counts and why not (domain 5.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from ledger.calendar import day_number, day_of
from ledger.lines import COVERAGES, Lines
from ledger.specific import contract_window, covered_lines, in_window
from ledger.stop_loss import AggregatePolicy, SpecificPolicy
from projections.history import History, PageAt


@dataclass(frozen=True, slots=True)
class ListedPayment:
    """One line; ``address`` is ``EVENT.LINE``. ``counted`` is what enters the register before limits per person.

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


def claim_listing(
    history: History, kind: str, year: int, as_of: date, *, known_at: int | None = None
) -> Iterator[ListedPayment]:
    """Every payment booked by a date under each policy of a kind (``specific`` or ``aggregate``), in recorded order."""
    history = history.until(known_at)
    policies: list[SpecificPolicy] | list[AggregatePolicy] = (
        history.specific_policies(year) if kind == "specific" else history.aggregate_policies(year)
    )
    for policy in policies:
        for page in history.pages:
            yield from _listed(policy, page, kind, as_of)


def _listed(policy: SpecificPolicy | AggregatePolicy, page: PageAt, kind: str, as_of: date) -> Iterator[ListedPayment]:
    lines = page.lines
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    inside, covered = in_window(held, lines), covered_lines(policy.terms.covered, lines)
    if kind == "aggregate":
        inside &= lines["paid_on"] <= day_number(as_of)
    accepts = lines["specific_eligible" if kind == "specific" else "aggregate_eligible"] == 1
    counts = inside & covered & accepts
    for at in np.flatnonzero(lines["booked_on"] <= day_number(as_of)).tolist():
        reason = _reason(lines, at, bool(inside[at]), bool(covered[at]), bool(accepts[at]))
        yield ListedPayment(
            policy=policy.policy,
            address=f"{page.position}.{at + 1}",
            member=lines["member"][at].decode(),
            claim_id=lines["claim_id"][at].decode(),
            coverage=COVERAGES[int(lines["coverage"][at])],
            incurred_on=day_of(int(lines["incurred_on"][at])),
            paid_on=day_of(int(lines["paid_on"][at])),
            payment_ref=lines["payment_ref"][at].decode(),
            plan_paid=int(lines["amount"][at]),
            eligible=int(lines["eligible"][at]),
            reason=reason,
            counted=int(lines["eligible"][at]) if counts[at] else 0,
        )


def _reason(lines: Lines, at: int, inside: bool, covered: bool, accepts: bool) -> str:
    if not inside:
        return "out of the windows"
    if not covered:
        return "coverage not covered"
    code = str(lines["disallowed"][at].decode())
    if not accepts:
        return code or "not eligible"
    return "" if lines["eligible"][at] == lines["amount"][at] else code or "accepted in part"
