"""The ageing of the stop-loss receivable as a report; the JSON keys are those that scripts rely on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.options import begun_plan, known_position
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from projections.tie import Tie

_AMOUNTS = ("amount", "approved", "denied", "received", "written_off", "outstanding", "to_return")


def ageing_report(session: Session, as_of: date | None, known_at: str | None) -> Report:
    """Every filing with what is outstanding on it and for how long."""
    from ledger.money import money, shown
    from projections.ageing import BUCKETS, ageing
    from projections.tie import ties

    reached = known_position(session, known_at)
    until = as_of or session.today
    history = session.history(reached)
    begun_plan(history, until)
    found, tied = ageing(history, until), ties(history, until)
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
        "position": [_tied(each) for each in tied],
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
    notes += [f"! Plan year {each.year}: the lines do not add up to the position." for each in tied if not each.proved]
    tables = [table, *(_tie_table(each) for each in tied)]
    return Report("stoploss-ageing", "stoploss ageing", stamped, data, headers, tables, notes, rows)


def _tied(found: Tie) -> dict[str, Any]:
    from ledger.money import money

    return {
        "year": found.year, "recognition": found.recognition, "outstanding": money(found.outstanding),
        "overpaid": money(found.overpaid),
        "lines": [{"reason": line.reason, "amount": money(line.amount)} for line in found.lines],
        "receivable": money(found.receivable), "due_to_carrier": money(found.due_to_carrier), "proved": found.proved,
    }  # fmt: skip


def _tie_table(found: Tie) -> Table:
    table = Table(((f"Position {found.year}, recognised when {found.recognition}", "text"), ("Amount", "amount")))
    table.rows += [["Outstanding on filings", found.outstanding], ["Overpaid on filings", -found.overpaid]]
    table.rows += [[line.reason[0].upper() + line.reason[1:], line.amount] for line in found.lines]
    net = found.receivable - found.due_to_carrier
    table.rows += [Rule(), ["Receivable less due to carriers", net], Rule(double=True)]
    table.rows += [["  of it receivable", found.receivable], ["  due to carriers", -found.due_to_carrier]]
    return table
