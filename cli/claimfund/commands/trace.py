"""``claimfund trace``: from a figure to its events, and from an event to its figures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from claimfund.commands.position import default_as_of
from claimfund.commands.trace_lines import COMMANDS
from claimfund.errors import Refused, Rejected
from claimfund.options import CUTOFF, MONTH, begun, dated, known_position, pass_session, reading
from claimfund.output import emit
from claimfund.sampled import Drawing, line_sample, sampling
from claimfund.sealing import Claims, revealing
from claimfund.session import Session


@click.group("trace")
def command() -> None:
    """Show what a figure or an event is made of."""


@command.command(
    "position",
    epilog="\b\nExamples:\n  claimfund trace position 2025 --line claims-paid\n"
    "  claimfund trace position 2025 --line fees --month 2025-03\n"
    "  claimfund trace position 2025 --line claims-paid --sample 25 --seed 7 -o sample.xlsx",
)
@click.argument("named", type=click.IntRange(1900, 2200), metavar="[YEAR]", required=False)
@click.option("--year", type=click.IntRange(1900, 2200), help="The plan year, when it is not given as the argument.")
@click.option("--line", default="closing", show_default=True, help="The line of the statement, such as claims-paid.")
@click.option("--month", type=MONTH, help="The line in this month, as position --monthly shows it.")
@click.option("--as-of", type=CUTOFF, help="As in the position.")
@sampling
@reading
@pass_session
def position_(
    session: Session, named: int | None, year: int | None, line: str, month: str | None, as_of: date | None,
    drawing: Drawing | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show the events behind a line of the position, added up again."""
    from claimfund.commands.position import chosen_year
    from claimfund.figures import TRACED
    from claimfund.tracing import figure_report
    from projections.trace import trace_position

    reached = known_position(session, known_at)
    history = session.history(reached)
    if named is not None and year is not None and named != year:
        raise click.UsageError(f"Two plan years are named, {named} and {year}. Name one.")
    year = chosen_year(history, named if named is not None else year, session.today)
    name = line.replace("_", "-")
    if name not in TRACED:
        raise Rejected(f"the position has no line {line!r}.", f"Lines are: {', '.join(TRACED)}.")
    if month is not None and drawing is not None:
        raise click.UsageError("A sample is of a whole plan year; leave out --month.")
    until = as_of or default_as_of(history, year, session.today)
    begun(year, history.year_span(year)[0], until)
    if drawing is not None:
        report = line_sample(session, history, year, name, until, reached, drawing)
        emit(session, report, form=form, as_json=as_json, out=out)
        return
    try:
        found = trace_position(history, year, name, until, month=month)
    except KeyError:
        raise Refused(f"{month} is not a month of plan year {year} begun by {until}, and nothing of the year is booked "
                      "in it.", f"See its months: claimfund position --year {year} --monthly") from None  # fmt: skip
    emit(session, figure_report(session, found, year, until, reached, month), form=form, as_json=as_json, out=out)


@command.command("event", epilog="\b\nExample:\n  claimfund trace event 18196.37")
@click.argument("address", metavar="EVENT[.LINE]")
@dated
@revealing
@reading
@pass_session
def event_(
    session: Session, address: str, as_of: date | None, reveal: bool, key: Path | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show one event or payment: where it comes from, what became of it, where it counts."""
    from claimfund.tracing import event_report
    from projections.trace import trace_event

    read = re.fullmatch(r"(\d{1,12})(?:\.(\d{1,5}))?", address, re.ASCII)
    if not read:
        raise Rejected(f"{address!r} is not an address.", "Write EVENT or EVENT.LINE, such as 18196.37.")
    reached = known_position(session, known_at)
    history = session.history(reached)
    try:
        found = trace_event(history, int(read[1]), int(read[2]) if read[2] else None, as_of=as_of)
    except KeyError:
        raise Rejected(f"plan {session.plan} has no event {address}.", "List them with: claimfund events") from None
    if as_of is not None and found.business_date is not None and found.business_date > as_of:
        raise Refused(f"{address} is of {found.business_date}, after {as_of}.", "Ask as of a later date.")
    if reveal and found.payment is not None:
        claims = Claims(session, history, key)
        if (texts := claims.of(address)) is not None:
            found = replace(found, payment={**found.payment, "claim_id": texts[0], "payment_ref": texts[1]})
            if out is None:
                claims.log(f"trace event {address}", [address])
    emit(session, event_report(session, found, as_of, reached), form=form, as_json=as_json, out=out)


for further in COMMANDS:
    command.add_command(further)
