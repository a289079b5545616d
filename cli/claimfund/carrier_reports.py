"""The ageing of the stop-loss receivable as a report; the JSON keys are those that scripts rely on."""

from __future__ import annotations

from datetime import date
from typing import Any

from claimfund.options import known_position
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

_AMOUNTS = ("amount", "approved", "denied", "received", "written_off", "outstanding", "to_return")


def ageing_report(session: Session, as_of: date | None, known_at: str | None) -> Report:
    """Every filing with what is outstanding on it and for how long."""
    from ledger.money import money, shown
    from projections.ageing import BUCKETS, ageing

    reached = known_position(session, known_at)
    until = as_of or session.today
    found = ageing(session.history(reached), until)
    rows: list[dict[str, Any]] = [
        {
            "filing": row.filing, "policy": row.policy, "claimant": row.member or "aggregate",
            "filed_on": row.filed_on.isoformat(), **{name: money(getattr(row, name)) for name in _AMOUNTS},
            "days": row.days, "bucket": row.bucket, "state": row.state,
        }
        for row in found.filings
    ]  # fmt: skip
    data = {
        "filings": rows,
        "total": {name: money(found.total(name)) for name in _AMOUNTS},
        "buckets": [{"bucket": name, "outstanding": money(found.bucket(name))} for name in BUCKETS],
        "advances": [
            {
                "advance": a.advance, "policy": a.policy, "member": a.member, "received_on": a.received_on.isoformat(),
                "left": money(a.left), "to_return": money(a.returnable),
            }
            for a in found.advances
        ],
    }  # fmt: skip
    table = Table((
        ("Filing", "text"), ("Claimant", "text"), ("Filed", "text"), ("Amount", "amount"), ("Approved", "amount"),
        ("Denied", "amount"), ("Received", "amount"), ("Written off", "amount"), ("Outstanding", "amount"),
        ("Days", "text"), ("Bucket", "text"), ("State", "text"),
    ))  # fmt: skip
    for row in found.filings:
        table.rows.append([
            row.filing, row.member or "aggregate", row.filed_on.isoformat(), row.amount, row.approved, row.denied,
            row.received, row.written_off, row.outstanding, str(row.days), row.bucket, row.state,
        ])  # fmt: skip
    totals = [found.total(name) for name in _AMOUNTS[:-1]]
    table.rows += [Rule(), ["Total", "", "", *totals, "", "", ""], Rule(double=True)]
    notes = ["Outstanding by age: " + "; ".join(f"{name} {shown(found.bucket(name))}" for name in BUCKETS) + "."]
    notes += [
        f"Advance {a.advance}: {shown(a.returnable)} must go back; its payments were voided or refunded."
        for a in found.advances
        if a.returnable
    ]
    notes += [f"Filing {row.filing}: {shown(row.to_return)} was overpaid." for row in found.filings if row.to_return]
    stamped = stamp(session, until, reached)
    headers = [f"Stop-loss receivable by age · {until}", second_line(stamped)]
    return Report("stoploss-ageing", "stoploss ageing", stamped, data, headers, [table], notes, rows)
