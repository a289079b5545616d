"""The carrier's claim listing as a report, and the notices."""

from __future__ import annotations

from datetime import date
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
    from projections.claim_listing import Footing

_TEXTS = ("policy", "address", "member", "claim_id", "coverage", "incurred_on", "paid_on", "payment_ref", "reason")
_AMOUNTS = ("plan_paid", "eligible", "counted")
_COLUMNS = (*_TEXTS[:8], "plan_paid", "eligible", "reason", "counted")


def listing_report(
    session: Session, kind: str, year: int | None, as_of: date | None, known_at: str | None, *,
    key: Path | None = None, to_file: bool = False,
) -> Report:  # fmt: skip
    """Payment by payment, each policy footed to its register; in CSV the footing follows the policy's payments.

    With a member key sealed claim numbers and references are shown as the administrator wrote them.
    """
    from ledger.money import cents, money
    from projections.claim_listing import claim_listing, footings

    history, year, until, reached = asked(session, year, as_of, known_at)
    rows: list[dict[str, Any]] = []
    listed = list(claim_listing(history, kind, year, until))
    if key is not None:
        listed = Claims(session, history, key).revealed(listed, command="stoploss listing", to_file=to_file)
    for each in listed:
        row = {name: getattr(each, name) for name in _COLUMNS}
        row |= {name: money(row[name]) for name in _AMOUNTS}
        rows.append({**row, "incurred_on": each.incurred_on.isoformat(), "paid_on": each.paid_on.isoformat()})
    found = footings(history, kind, year, until)
    if not found:
        raise Rejected(f"no {kind} stop-loss policy is bound for {year}.",
                       "See the bound ones with: claimfund stoploss policy")  # fmt: skip
    table = Table(tuple((name, "amount" if name in _AMOUNTS else "text") for name in _COLUMNS), dash=False)
    told: list[dict[str, Any]] = []
    for footing in found:
        own = [row for row in rows if row["policy"] == footing.policy]
        sums = {name: money(sum(cents(row[name]) for row in own)) for name in _AMOUNTS}
        last = [_foot(f"Total {footing.policy}", "", **sums)]
        last += [_foot(f"  {name}", "", counted=money(amount)) for name, amount in footing.cuts]
        if footing.eligible is not None:
            last.append(_foot(f"Eligible {footing.policy}", "by the register", counted=money(footing.eligible)))
        told += [*own, *last]
        table.rows += [*map(_cells, own), Rule(), *map(_cells, last), Rule(double=True)]
    stamped = stamp(session, until, reached)
    headers = [f"Claim listing · {kind} stop-loss {year}", second_line(stamped)]
    data = {
        "year": year, "kind": kind, "payments": rows,
        "total": {name: money(sum(cents(row[name]) for row in rows)) for name in _AMOUNTS},
        "footing": [_footed(each) for each in found],
    }  # fmt: skip
    notes = [f"! {each.policy}: the listing does not foot to the register." for each in found if not each.proved]
    return Report("stoploss-listing", "stoploss listing", stamped, data, headers, [table], notes, told)


def _foot(what: str, reason: str, **amounts: str) -> dict[str, Any]:
    return {**dict.fromkeys(_COLUMNS, ""), "policy": what, "reason": reason, **amounts}


def _footed(found: Footing) -> dict[str, Any]:
    from ledger.money import money

    return {
        "policy": found.policy, "plan_paid": money(found.plan_paid), "counted": money(found.counted),
        "cuts": [{"cut": name, "amount": money(amount)} for name, amount in found.cuts],
        "eligible": None if found.eligible is None else money(found.eligible), "proved": found.proved,
    }  # fmt: skip


def _cells(row: dict[str, Any]) -> list[Any]:
    from ledger.money import cents

    return [(cents(row[name]) if row[name] else None) if name in _AMOUNTS else row[name] for name in _COLUMNS]


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
