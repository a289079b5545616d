"""Traces as reports."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.figures import TRACED
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from projections.trace import TracedFigure, TracedRecord


def figure_report(
    session: Session, found: TracedFigure, year: int, as_of: date, reached: int | None, month: str | None = None
) -> Report:
    """A figure of a plan year, or of a month of it, the events that make it, and their source files."""
    from ledger.money import money, shown

    stamped = stamp(session, as_of, reached)
    name = f"{TRACED[found.line]}, {month} of" if month else TRACED[found.line]
    made_of = f" = {len(found.events):,} events" if found.events else ""
    headers = [f"{name} {year} = {shown(found.amount)}{made_of}", second_line(stamped)]
    events = [
        {
            "event": e.position,
            "kind": e.kind,
            "amount": money(e.amount),
            "transfers": e.transfers,
            "source": e.source_sha256,
        }
        for e in found.events
    ]
    data: dict[str, Any] = {
        "year": year, "month": month, "line": found.line, "amount": money(found.amount), "proved": found.proved,
        "events": events,
        "sources": [
            {"source": s.source_sha256, "name": s.name, "first": s.first, "last": s.last, "events": s.events,
             "amount": money(s.amount)}
            for s in found.sources
        ],
        "parts": [{"name": part.name, "amount": money(part.amount)} for part in found.parts],
    }  # fmt: skip
    proof = "The events add up to the figure." if found.proved else "! The events do not add up to the figure."
    tables = [_parts(found)] if found.parts else [_kinds(found), _sources(found)] if found.events else []
    return Report("trace-position", "trace position", stamped, data, headers, tables, [proof], events or data["parts"])


def _parts(found: TracedFigure) -> Table:
    table = Table((("Made of", "text"), ("Amount", "amount")))
    table.rows += [[TRACED.get(part.name, part.name), part.amount] for part in found.parts]
    table.rows += [Rule(), [TRACED[found.line], found.amount], Rule(double=True)]
    return table


def _kinds(found: TracedFigure) -> Table:
    table = Table((("By kind", "text"), ("Events", "count"), ("Lines", "count"), ("Amount", "amount")))
    for kind in dict.fromkeys(event.kind for event in found.events):
        events = [event for event in found.events if event.kind == kind]
        lines, amount = sum(event.transfers for event in events), sum(event.amount for event in events)
        table.rows.append([kind.replace("-", " "), len(events), lines, amount])
    table.rows += [Rule(), [TRACED[found.line], len(found.events), None, found.amount], Rule(double=True)]
    return table


def _sources(found: TracedFigure) -> Table:
    table = Table((("By source", "text"), ("sha256", "text"), ("Events", "text"), ("Amount", "amount")))
    for source in found.sources:
        span = str(source.first) if source.first == source.last else f"{source.first}–{source.last}"
        named = source.name or ("a file" if source.source_sha256 else "entered by hand")
        table.rows.append([named, source.source_sha256[:8], span, source.amount])
    return table


def event_report(session: Session, found: TracedRecord, as_of: date | None, reached: int | None) -> Report:
    """One event or payment."""
    from ledger.money import money, shown

    stamped = stamp(session, as_of, reached)
    when = found.recorded_at
    headers = [f"{found.address}  {found.sentence}", second_line(stamped)]
    if found.amount is not None:
        net = f" (net {shown(found.net)})" if found.net is not None and found.net != found.amount else ""
        headers.append(f"        {shown(found.amount)}{net}")
    payment = _payment(found)
    if payment:
        headers.append("        " + " · ".join(f"{name} {value}" for name, value in payment.items() if value))
    source = f" · {found.source_name or found.source_sha256[:12]}" if found.source_sha256 else ""
    line = f" line {found.source_line}" if found.source_line else ""
    headers.append(f"        recorded {when:%Y-%m-%d %H:%M} UTC by {found.actor}{source}{line}")
    if found.reason:
        headers.append(f'        reason "{found.reason}"')
    if found.cites:
        headers.append(f"        acts on {found.cites}")
    for later in found.later:
        why = f', "{later.reason}"' if later.reason else ""
        headers.append(
            f"        {later.kind.replace('-', ' ')} by {later.address} ({later.actor}{why}) {shown(later.amount)}"
        )
    if found.counted:
        headers.append(f"        counted in {', '.join(found.counted)}")
    data = {
        "address": found.address, "kind": found.kind, "what": found.sentence,
        "amount": None if found.amount is None else money(found.amount),
        "net": None if found.net is None else money(found.net),
        "business_date": found.business_date.isoformat() if found.business_date else None,
        "recorded_at": when.isoformat().replace("+00:00", "Z"), "actor": found.actor,
        "source": found.source_sha256, "source_name": found.source_name, "source_line": found.source_line,
        "reason": found.reason, "cites": found.cites, "payment": payment or None,
        "later": [
            {"address": e.address, "kind": e.kind, "actor": e.actor, "reason": e.reason, "amount": money(e.amount)}
            for e in found.later
        ],
        "counted": list(found.counted),
    }  # fmt: skip
    return Report("trace-event", "trace event", stamped, data, headers)


def _payment(found: TracedRecord) -> dict[str, str]:
    """What identifies the payment, as text."""
    from ledger.calendar import day_of

    row = found.payment
    if row is None:
        return {}
    made = {"claim": str(row["claim_id"]), "member": str(row["member"]), "coverage": str(row["coverage"])}
    made |= {name: day_of(int(row[f"{name}_on"])).isoformat() for name in ("incurred", "paid", "booked")}
    return {**made, "reference": str(row["payment_ref"])}
