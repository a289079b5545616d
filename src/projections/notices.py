"""What a stop-loss carrier has to be told, or will soon be asked for: derived from the registers (domain 5.7).

Beside it stands what was told. Nothing recorded decides what is derived, so it comes out the same again (INV-35).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from ledger.calendar import day_number, day_of, month_end, month_of
from ledger.events import StopLossNoticeSent
from ledger.lines import Lines
from ledger.money import rate, share
from ledger.policies import contract_window
from ledger.specific import assess
from ledger.stop_loss import AggregatePolicy, SpecificPolicy, policy_window
from ledger.terms import Laser
from projections.carriers import policies_of, prior_reimbursed, shared_lines
from projections.history import History
from projections.stop_loss_report import (
    AggregateRow,
    SpecificRegister,
    SpecificRow,
    aggregate_register,
    specific_register,
)

Kind = Literal[
    "notice-level", "deductible-reached", "attachment-reached", "window-closing", "lifetime-near", "diagnosis", "stay"
]  # fmt: skip
State = Literal["due", "late", "sent", "sent late"]
BASES: Mapping[str, Kind] = {
    "50pct": "notice-level", "deductible": "deductible-reached", "attachment": "attachment-reached",
    "window": "window-closing", "lifetime": "lifetime-near", "diagnosis": "diagnosis", "stay": "stay",
}  # fmt: skip
NOTICE_DAYS, CLOSING_DAYS, NEAR = 31, 60, "80%"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell: since when it holds, until when to say it, and the amount against its threshold."""

    kind: Kind
    policy: str
    member: str
    since: date | None
    due: date | None
    amount: int
    threshold: int


@dataclass(frozen=True, slots=True)
class Told:
    """A notice and what was sent about it; ``derived`` is false when the registers give no reason for it (any more).

    ``due`` is the contract's own date when one was recorded with what was sent, else the derived one. ``sent_on``
    and ``reference`` are empty while nothing was sent.
    """

    notice: Notice
    derived: bool
    due: date | None
    sent_on: date | None
    reference: str
    state: State


def told(
    history: History,
    year: int,
    as_of: date,
    *,
    notice_days: int = NOTICE_DAYS,
    register: SpecificRegister | None = None,
    known_at: int | None = None,
) -> tuple[Told, ...]:
    """Everything to tell and everything told about a plan year's policies by a date, the earliest due first.

    ``register`` is the specific register when whoever asks has worked it out already.
    """
    history = history.until(known_at)
    left = _sent(history, year, as_of)
    made = []
    for notice in notices(history, year, as_of, notice_days=notice_days, register=register):
        own = next((sent for sent in left if _about(sent) == (notice.kind, notice.policy, notice.member)), None)
        if own is not None:
            left.remove(own)
        made.append(_told(notice, True, own, as_of))
    for sent in left:
        kind, policy, member = _about(sent)
        made.append(_told(Notice(kind, policy, member, None, None, sent.amount_at_notice, 0), False, sent, as_of))
    return tuple(sorted(made, key=lambda t: (t.due or date.max, t.notice.kind, t.notice.policy, t.notice.member)))


def _sent(history: History, year: int, as_of: date) -> list[StopLossNoticeSent]:
    """What was sent by a date under the policies of a plan year, the earliest first."""
    own = policies_of(history, year)
    found = [e for e in history.facts.notices.values() if e.policy in own and e.sent_on <= as_of]
    return sorted(found, key=lambda event: (event.sent_on, event.notice))


def _about(sent: StopLossNoticeSent) -> tuple[Kind, str, str]:
    kind = BASES[sent.basis]
    whole = kind in ("attachment-reached", "window-closing")
    return kind, sent.policy, "" if whole else sent.member


def _told(notice: Notice, derived: bool, sent: StopLossNoticeSent | None, as_of: date) -> Told:
    due = sent.due_on if sent else notice.due
    on = sent.sent_on if sent else None
    late = due is not None and (on or as_of) > due
    state: State = ("sent late" if late else "sent") if on else ("late" if late else "due")
    return Told(notice, derived, due, on, sent.notice if sent else "", state)


def notices(
    history: History,
    year: int,
    as_of: date,
    *,
    notice_days: int = NOTICE_DAYS,
    register: SpecificRegister | None = None,
    known_at: int | None = None,
) -> tuple[Notice, ...]:
    """Everything to tell carriers about a plan year, the earliest due first.

    Due is the end of the paid month in which a level was reached and ``notice_days`` (domain 5.7).
    """
    history = history.until(known_at)
    found: list[Notice] = []
    rows = (register or specific_register(history, year, as_of)).notable
    shares = shared_lines(history.specific_policies(), history.lines_until(as_of))
    for policy in history.specific_policies(year):
        own = [row for row in rows if row.policy == policy.policy]
        found += _specific(history, policy, shares[policy.policy], own, as_of, notice_days)
    aggregates = {policy.policy: policy for policy in history.aggregate_policies(year)}
    for total in aggregate_register(history, year, as_of):
        found += _aggregate(aggregates[total.policy], total, as_of, notice_days)
    return tuple(sorted(found, key=lambda n: (n.due or date.max, n.kind, n.policy, n.member)))


def _specific(
    history: History,
    policy: SpecificPolicy,
    lines: Sequence[Lines],
    rows: list[SpecificRow],
    as_of: date,
    notice_days: int,
) -> Iterator[Notice]:
    terms = policy.terms
    earlier = prior_reimbursed(history, policy, as_of)
    levels = {row.member: share(row.deductible, rate(terms.notice_at), policy.rounding) for row in rows}
    near_or_over = {row.member: levels[row.member] for row in rows if row.eligible_paid >= levels[row.member]}
    reached = _reached(policy, lines, near_or_over, as_of) if near_or_over else {}
    for row in rows:
        if row.state == "excluded":
            continue
        near = levels[row.member]
        if row.excess:
            since = row.triggered_at
            yield _notice("deductible-reached", row, since, notice_days, row.eligible_paid, row.deductible)
        if row.eligible_paid >= near and row.eligible_paid > 0:
            yield _notice("notice-level", row, reached.get(row.member), notice_days, row.eligible_paid, near)
        if terms.lifetime_maximum is not None:
            paid = row.reimbursable + earlier.get(row.member, 0)
            level = share(terms.lifetime_maximum, rate(NEAR), policy.rounding)
            if paid >= level and paid > 0:
                yield Notice("lifetime-near", policy.policy, row.member, None, None, paid, terms.lifetime_maximum)
    last = contract_window(terms.contract_basis, policy.effective, policy.expires).paid_to
    unfiled = sum(max(0, row.reimbursable - row.filed) for row in rows)
    if unfiled and as_of <= last <= as_of + timedelta(days=CLOSING_DAYS):
        yield Notice("window-closing", policy.policy, "", None, last, unfiled, 0)


def _aggregate(policy: AggregatePolicy, row: AggregateRow, as_of: date, notice_days: int) -> Iterator[Notice]:
    position = row.position
    if position.excess:
        since = next((month_end(month.month) for month in position.months if month.excess), as_of)
        since = min(since, as_of)
        due = month_end(month_of(since)) + timedelta(days=notice_days)
        amount = position.eligible - position.rebates
        yield Notice("attachment-reached", row.policy, "", since, due, amount, position.attachment_point)
    last = policy_window(policy).paid_to
    unfiled = max(0, position.reimbursable - row.filed)
    if unfiled and as_of <= last <= as_of + timedelta(days=CLOSING_DAYS):
        yield Notice("window-closing", row.policy, "", None, last, unfiled, 0)


def _notice(kind: Kind, row: SpecificRow, since: date | None, days: int, amount: int, threshold: int) -> Notice:
    due = None if since is None else month_end(month_of(since)) + timedelta(days=days)
    return Notice(kind, row.policy, row.member, since, due, amount, threshold)


def _reached(policy: SpecificPolicy, share: Sequence[Lines], levels: Mapping[str, int], as_of: date) -> dict[str, date]:
    """The paid date from which each member has been at their level for good, by the policy's own rules: those of a
    policy that pays from one cent below the level on.
    """
    under = {member: max(0, level - 1) for member, level in levels.items()}
    lasers = (*(laser for laser in policy.lasers if laser.excluded),
              *(Laser(member=member, deductible=level) for member, level in under.items()))  # fmt: skip
    terms = policy.terms.model_copy(update={"recovery_allocation": "carrier_first"})
    found = assess(replace(policy, lasers=lasers, terms=terms), share)
    crossed = zip(found.keys, found.crossed.tolist(), strict=True)
    last = day_number(as_of)
    return {key: day_of(day) for key, day in crossed if key in levels and day <= last}
