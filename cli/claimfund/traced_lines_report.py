"""Traces down to payments as reports: of a member, a check, a stop-loss figure, a settlement."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.counting import many
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from ledger.events import SettlementPosted
    from projections.traced_lines import TracedLines, TracedPosted


def lines_report(
    session: Session, found: TracedLines, command: str, as_of: date, reached: int | None, *, claims: bool = False
) -> Report:
    """The lines of a figure, each with its source, and the proof of the sum; ``claims`` shows claim numbers too."""
    from ledger.money import money, shown

    stamped = stamp(session, as_of, reached)
    rows = [
        {
            "address": line.address, "what": line.what, "member": line.member, "claim_id": line.claim_id,
            "paid_on": line.paid_on.isoformat(), "plan_paid": money(line.plan_paid), "amount": money(line.amount),
            "status": line.status, "reason": line.reason, "source": line.source_sha256,
            "source_name": line.source_name, "source_line": line.source_line, "actor": line.actor,
        }
        for line in found.lines
    ]  # fmt: skip
    table = Table((
        ("Line", "text"), ("What", "text"), ("Member", "text"), ("Paid", "text"), ("Plan paid", "amount"),
        ("Counts", "amount"), ("Became", "text"), ("Source", "text"), ("By", "text"),
    ))  # fmt: skip
    for line in found.lines:
        source = line.source_name or line.source_sha256[:12] or "by hand"
        at = f"{source} line {line.source_line}" if line.source_line else source
        table.rows.append([
            line.address, line.what.replace("-", " "), line.member, line.paid_on.isoformat(), line.plan_paid,
            line.amount, line.status or line.reason, at, line.actor,
        ])  # fmt: skip
    table.rows += [["", name, "", "", None, amount, "", "", ""] for name, amount in found.beside]
    table.rows += [Rule(), ["", found.figure, "", "", None, found.amount, "", "", ""], Rule(double=True)]
    data: dict[str, Any] = {
        "figure": found.figure, "amount": money(found.amount), "proved": found.proved, "lines": rows,
        "beside": [{"name": name, "amount": money(amount)} for name, amount in found.beside],
        "counted": list(found.counted),
    }  # fmt: skip
    if claims:
        numbers = [line.claim_id for line in found.lines]
        table = table.with_column(3, ("Claim", "text"), numbers)
    made_of = many(len(found.beside), "part") if found.beside and not rows else many(len(rows), "line")
    headers = [f"{found.figure} = {shown(found.amount)}, {made_of}", second_line(stamped)]
    notes = ["The lines add up to the figure." if found.proved else "! The lines do not add up to the figure."]
    notes += [f"Counts in {', '.join(found.counted)}."] if found.counted else []
    return Report("trace-lines", command, stamped, data, headers, [table], notes, rows or data["beside"])


def settlement_report(
    session: Session, posted: SettlementPosted, found: tuple[TracedPosted, ...], reached: int | None
) -> Report:
    """Every posted line beside the same line worked out again from the events known then."""
    from ledger.money import money

    stamped = stamp(session, posted.as_of, reached)
    table = Table((("Line", "text"), ("Posted", "amount"), ("Worked out again", "amount"), ("Difference", "amount")))
    table.rows += [[line.name, line.posted, line.again, line.again - line.posted] for line in found]
    rows = [{"line": line.name, "posted": money(line.posted), "again": money(line.again)} for line in found]
    proved = all(line.posted == line.again for line in found)
    data = {"settlement": posted.settlement, "year": posted.year, "known_at_event": posted.known_at, "proved": proved,
            "lines": rows}  # fmt: skip
    headers = [f"Settlement {posted.settlement} of {posted.year}, from events to {posted.known_at:,}",
               second_line(stamped)]  # fmt: skip
    notes = ["Every line comes out as it was posted." if proved else "! Lines come out otherwise than posted."]
    notes.append(f"Down to the events: claimfund trace position {posted.year} --line NAME --as-of {posted.as_of} "
                 f"--known-at {posted.known_at}")  # fmt: skip
    return Report("trace-settlement", "trace settlement", stamped, data, headers, [table], notes, rows)
