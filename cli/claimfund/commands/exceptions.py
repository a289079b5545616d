"""``claimfund exceptions``: what was recorded after its period was closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimfund.counting import many
from claimfund.errors import DIFFERENCES, Rejected
from claimfund.options import known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from projections.exceptions import Late
    from projections.history import History

COLUMNS = (
    "event", "recorded_at", "effective_on", "period", "kind", "what", "lines", "amount", "actor", "reason",
    "closed_by", "reopened_by", "proposal", "proposed_by",
)  # fmt: skip
"""What is said of each exception, in the order of a CSV file."""


@click.command("exceptions", epilog="\b\nExample:\n  claimfund exceptions --year 2025 --exit-code")
@click.option("--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The plan year; default: the newest.")
@click.option("--exit-code", "exit_code", is_flag=True, help="Exit with 5 when there is one.")
@reading
@pass_session
@click.pass_context
def command(
    ctx: click.Context, /, session: Session, year: int | None, exit_code: bool, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """List reopened months, what was then booked in them, and late facts of closed months."""
    from projections.exceptions import exceptions

    reached = known_position(session, known_at)
    history = session.history(reached)
    years = sorted(history.facts.years)
    if not years or (year is not None and year not in years):
        named = ", ".join(map(str, years)) or "none"
        raise Rejected(f"plan year {year or ''} is not open in this ledger.", f"Open are: {named}.")
    chosen = year or years[-1]
    found = exceptions(history, chosen)
    emit(session, exceptions_report(session, history, chosen, found, reached), form=form, as_json=as_json, out=out)
    if exit_code and found:
        ctx.exit(DIFFERENCES)


def exceptions_report(
    session: Session, history: History, year: int, found: tuple[Late, ...], reached: int | None
) -> Report:
    """What was recorded after its period was closed, with who did it and why."""
    from ledger.money import money, shown

    rows = [_row(history, late) for late in found]
    table = Table((
        ("Event", "text"), ("Recorded", "text"), ("Effective", "text"), ("Period", "text"), ("What", "text"),
        ("Amount", "amount"), ("By", "text"), ("Reason", "text"),
    ))  # fmt: skip
    for late, row in zip(found, rows, strict=True):
        by = f"{row['proposed_by']}, {row['actor']}" if row["proposed_by"] else row["actor"]
        table.rows.append([
            str(row["event"]), row["recorded_at"][:10], row["effective_on"] or "", late.period, _what(late),
            late.amount, by, late.reason,
        ])  # fmt: skip
    net = sum(late.amount or 0 for late in found)
    stamped = stamp(session, None, reached)
    headers = [f"Recorded after the period was closed · plan year {year}", second_line(stamped)]
    notes = [f"{many(len(found), 'exception')}, net {shown(net)}" if found else "No exceptions."]
    data = {"year": year, "count": len(rows), "net": money(net), "exceptions": rows}
    return Report("exceptions", "exceptions", stamped, data, headers, [table] if rows else [], notes, rows, COLUMNS)


def _what(late: Late) -> str:
    if late.kind == "in a later month":
        return f"{late.what}: {many(late.lines, 'line')} booked in a later month"
    if late.kind == "in a reopened month" and late.lines:
        return f"{late.what}: {many(late.lines, 'line')}"
    return late.what


def _row(history: History, late: Late) -> dict[str, Any]:
    from ledger.calendar import moment_of
    from ledger.money import money

    recorded = late.recorded
    proposal = history.by_version.get(recorded.about.causation)
    return {
        "event": recorded.position,
        "recorded_at": moment_of(recorded.recorded_at).isoformat().replace("+00:00", "Z"),
        "effective_on": late.effective_on.isoformat() if late.effective_on else None,
        "period": late.period, "kind": late.kind, "what": late.what, "lines": late.lines,
        "amount": None if late.amount is None else money(late.amount), "actor": recorded.actor, "reason": late.reason,
        "closed_by": late.closed_by, "reopened_by": late.reopened_by.position if late.reopened_by else None,
        "proposal": proposal.position if proposal else None, "proposed_by": proposal.actor if proposal else "",
    }  # fmt: skip
