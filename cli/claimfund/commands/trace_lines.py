"""``claimfund trace member``, ``check`` and ``settlement``: down to the payments."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from claimfund.commands.position import chosen_year
from claimfund.commands.trace_stoploss import filing_, stoploss_
from claimfund.errors import Refused, Rejected
from claimfund.figures import LINES
from claimfund.options import CUTOFF, begun, begun_plan, known_position, pass_session, reading
from claimfund.output import emit
from claimfund.sampled import Drawing, line_sample, sampling, traced_report
from claimfund.session import Session

_AS_OF = click.option("--as-of", type=CUTOFF, help="Lines booked by then; default: today.")


@click.command(
    "member", epilog="\b\nExamples:\n  claimfund trace member M-4F2A\n  claimfund trace member M-4F2A --year 2025"
)
@click.argument("member")
@click.option("--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="Only of this plan year, as claimants.")
@_AS_OF
@sampling
@reading
@pass_session
def member_(
    session: Session, member: str, year: int | None, as_of: date | None, drawing: Drawing | None,
    known_at: str | None, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show every line of a member, added up to what the books hold."""
    from projections.traced_lines import trace_member

    reached = known_position(session, known_at)
    history, until = session.history(reached), as_of or session.today
    begun_plan(history, until)
    if year is not None:
        begun(chosen_year(history, year, until), history.year_span(year)[0], until)
    if member not in history.member_names:
        raise Rejected(f"plan {session.plan} has no payments of member {member!r}.",
                       "List members with: claimfund claimants")  # fmt: skip
    found = trace_member(history, member, until, year)
    report = traced_report(session, history, found, f"trace member {member}", until, reached, drawing)
    emit(session, report, form=form, as_json=as_json, out=out)


@click.command("check", epilog="\b\nExample:\n  claimfund trace check 10021")
@click.argument("reference", metavar="NUMBER")
@_AS_OF
@sampling
@reading
@pass_session
def check_(
    session: Session, reference: str, as_of: date | None, drawing: Drawing | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show every line with a check number or payment reference."""
    from projections.traced_lines import trace_check

    reached = known_position(session, known_at)
    history, until = session.history(reached), as_of or session.today
    begun_plan(history, until)
    found = trace_check(history, reference, until)
    if not found.lines:
        raise Rejected(f"plan {session.plan} has no payment with the reference {reference!r} by {until}.",
                       "Write it as the register has it; see: claimfund trace member MEMBER")  # fmt: skip
    report = traced_report(session, history, found, f"trace check {reference}", until, reached, drawing)
    emit(session, report, form=form, as_json=as_json, out=out)


@click.command("settlement", epilog="\b\nExample:\n  claimfund trace settlement S-2025-01")
@click.argument("settlement")
@click.option("--as-of", type=CUTOFF, help="Refused when the settlement is paid through a later date.")
@click.option("--line", default="claims-paid", show_default=True, help="The line that a sample is drawn of.")
@sampling
@reading
@pass_session
def settlement_(
    session: Session, settlement: str, as_of: date | None, line: str, drawing: Drawing | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Work every line of a posted settlement out again from the events known then."""
    from claimfund.traced_lines_report import settlement_report
    from projections.traced_lines import trace_settlement

    reached = known_position(session, known_at)
    history = session.history(reached)
    posted = history.facts.settlements.get(settlement)
    if posted is None:
        names = ", ".join(history.facts.settlements) or "none"
        raise Rejected(f"there is no settlement {settlement!r}.", f"Posted are: {names}.")
    if as_of is not None and posted.as_of > as_of:
        raise Refused(f"{settlement} is paid through {posted.as_of}, after {as_of}.", f"Ask as of {posted.as_of}.")
    if drawing is not None:
        name = line.replace("_", "-")
        if name not in LINES:
            raise Rejected(f"a settlement has no line {line!r}.", f"Lines are: {', '.join(LINES)}.")
        known = history.until(posted.known_at)
        report = line_sample(session, known, posted.year, name, posted.as_of, posted.known_at, drawing,
                             f"trace settlement {settlement} --sample")  # fmt: skip
        emit(session, report, form=form, as_json=as_json, out=out)
        return
    report = settlement_report(session, posted, trace_settlement(history, settlement), reached)
    emit(session, report, form=form, as_json=as_json, out=out)


COMMANDS = (member_, check_, stoploss_, filing_, settlement_)
