"""The carrier's claim listing as a report, and the notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.errors import Rejected
from claimfund.output import Report
from claimfund.sealing import Claims
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.stop_loss_more import asked
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from projections.claim_listing import Footing, ListedPayment

_TEXTS = ("policy", "address", "member", "claim_id", "coverage", "incurred_on", "paid_on", "payment_ref", "reason")
_AMOUNTS = ("plan_paid", "eligible", "counted")
_COLUMNS = (*_TEXTS[:8], "plan_paid", "eligible", "reason", "counted")


def listing_report(
    session: Session, kind: str, year: int | None, as_of: date | None, known_at: str | None, form: str, *,
    key: Path | None = None, to_file: bool = False,
) -> Report:  # fmt: skip
    """Payment by payment, each policy footed to its register; in CSV the footing follows the policy's payments.

    Of table, rows and data only what the format writes is made: a listing can be of a million payments. With a member
    key sealed claim numbers and references are shown as the administrator wrote them.
    """
    from ledger.money import money
    from projections.claim_listing import claim_listing, footings

    history, year, until, reached = asked(session, year, as_of, known_at)
    listed: Callable[[], Iterator[ListedPayment]] = partial(claim_listing, history, kind, year, until)
    if key is not None:
        shown = Claims(session, history, key).revealed(list(listed()), command="stoploss listing", to_file=to_file)
        listed = partial(iter, shown)
    found = footings(history, kind, year, until)
    if not found:
        raise Rejected(f"no {kind} stop-loss policy is bound for {year}.",
                       "See the bound ones with: claimfund stoploss policy")  # fmt: skip
    stamped = stamp(session, until, reached)
    headers = [f"Claim listing · {kind} stop-loss {year}", second_line(stamped)]
    data: dict[str, Any] = {}
    if form == "json":
        sums = _Sums()
        payments = [_row(each) for each in map(sums.seen, listed())]
        data = {
            "year": year, "kind": kind, "payments": payments,
            "total": {name: money(amount) for name, amount in sums.amounts.items()},
            "footing": [_footed(each) for each in found],
        }  # fmt: skip
    told = (row for each in _told(listed(), found) if (row := _plain(each)) is not None)
    tables = [_table(_told(listed(), found))] if form in ("table", "md", "xlsx") else []
    notes = [f"! {each.policy}: the listing does not foot to the register." for each in found if not each.proved]
    return Report(
        "stoploss-listing", "stoploss listing", stamped, data, headers, tables, notes, told,
        of_members=any(page.lines.count for page in history.pages),
    )  # fmt: skip


class _Sums:
    """The amounts of the payments seen, added up."""

    def __init__(self) -> None:
        self.amounts = dict.fromkeys(_AMOUNTS, 0)

    def seen(self, payment: ListedPayment) -> ListedPayment:
        """The payment, counted."""
        self.amounts["plan_paid"] += payment.plan_paid
        self.amounts["eligible"] += payment.eligible
        self.amounts["counted"] += payment.counted
        return payment


def _told(
    listed: Iterable[ListedPayment], found: Sequence[Footing]
) -> Iterator[ListedPayment | dict[str, Any] | Rule]:
    """The payments of each policy, then its sums and how they foot to the register, between rules."""
    by_policy = groupby(listed, key=attrgetter("policy"))
    payments = next(by_policy, None)
    for footing in found:
        sums = _Sums()
        if payments is not None and payments[0] == footing.policy:
            yield from map(sums.seen, payments[1])
            payments = next(by_policy, None)
        yield Rule()
        yield _foot(f"Total {footing.policy}", "", **sums.amounts)
        for name, amount in footing.cuts:
            yield _foot(f"  {name}", "", counted=amount)
        if footing.eligible is not None:
            yield _foot(f"Eligible {footing.policy}", "by the register", counted=footing.eligible)
        yield Rule(double=True)


def _row(each: ListedPayment) -> dict[str, Any]:
    from ledger.money import money

    return {
        "policy": each.policy, "address": each.address, "member": each.member, "claim_id": each.claim_id,
        "coverage": each.coverage, "incurred_on": each.incurred_on.isoformat(), "paid_on": each.paid_on.isoformat(),
        "payment_ref": each.payment_ref, "plan_paid": money(each.plan_paid), "eligible": money(each.eligible),
        "reason": each.reason, "counted": money(each.counted),
    }  # fmt: skip


def _plain(each: ListedPayment | dict[str, Any] | Rule) -> dict[str, Any] | None:
    """A row as data."""
    from ledger.money import money

    if isinstance(each, Rule):
        return None
    if isinstance(each, dict):
        return {name: money(cell) if isinstance(cell, int) else cell for name, cell in each.items()}
    return _row(each)


def _table(told: Iterable[ListedPayment | dict[str, Any] | Rule]) -> Table:
    table = Table(tuple((name, "amount" if name in _AMOUNTS else "text") for name in _COLUMNS), dash=False)
    table.rows = [each if isinstance(each, Rule) else _cells(each) for each in told]
    return table


def _cells(each: ListedPayment | dict[str, Any]) -> list[Any]:
    if isinstance(each, dict):
        return [(each[name] if each[name] != "" else None) if name in _AMOUNTS else each[name] for name in _COLUMNS]
    cells = [getattr(each, name) for name in _COLUMNS]
    return [cell.isoformat() if isinstance(cell, date) else cell for cell in cells]


def _foot(what: str, reason: str, **amounts: int) -> dict[str, Any]:
    return {**dict.fromkeys(_COLUMNS, ""), "policy": what, "reason": reason, **amounts}


def _footed(found: Footing) -> dict[str, Any]:
    from ledger.money import money

    return {
        "policy": found.policy, "plan_paid": money(found.plan_paid), "counted": money(found.counted),
        "cuts": [{"cut": name, "amount": money(amount)} for name, amount in found.cuts],
        "eligible": None if found.eligible is None else money(found.eligible), "proved": found.proved,
    }  # fmt: skip


def notices_report(
    session: Session, year: int | None, as_of: date | None, known_at: str | None, notice_days: int
) -> Report:
    """What carriers have to be told and what they were told, the earliest due first."""
    from ledger.money import money
    from projections.notices import told

    history, year, until, reached = asked(session, year, as_of, known_at)
    if as_of is None:
        until = session.today
    table = Table((
        ("Due", "text"), ("What", "text"), ("Policy", "text"), ("Member", "text"), ("Since", "text"),
        ("Amount", "amount"), ("Threshold", "amount"), ("Sent", "text"), ("Notice", "text"), ("State", "text"),
    ))  # fmt: skip
    rows = []
    found = told(history, year, until, notice_days=notice_days)
    for each in found:
        own = each.notice
        since, due, sent = (day.isoformat() if day else None for day in (own.since, each.due, each.sent_on))
        state = each.state if each.derived else f"{each.state}; no such level now"
        table.rows.append([due, own.kind, own.policy, own.member, since, own.amount, own.threshold, sent,
                           each.reference, each.state if own.kind in ("diagnosis", "stay") else state])  # fmt: skip
        rows.append({
            "kind": own.kind, "policy": own.policy, "member": own.member, "since": since, "due": due,
            "amount": money(own.amount), "threshold": money(own.threshold), "derived": each.derived,
            "sent_on": sent, "notice": each.reference, "state": each.state,
        })  # fmt: skip
    stamped = stamp(session, until, reached)
    headers = [f"Stop-loss notices {year} · {notice_days} days after the month's end", second_line(stamped)]
    data = {"year": year, "notice_days": notice_days, "notices": rows}
    late = sum(each.state == "late" for each in found)
    notes = [] if rows else ["Nothing to tell."]
    notes += [f"! {late} not sent and past due. Record one sent with: claimfund stoploss notice"] if late else []
    return Report("stoploss-notices", "stoploss notices", stamped, data, headers, [table], notes, rows)
