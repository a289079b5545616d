"""``claimfund trace member``, ``claim``, ``check`` and ``settlement``: down to the payments."""

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
from claimfund.sealing import Claims, revealing
from claimfund.session import Session

_AS_OF = click.option("--as-of", type=CUTOFF, help="Lines booked by then; default: today.")


@click.command(
    "member", epilog="\b\nExamples:\n  claimfund trace member M-4F2A\n  claimfund trace member M-4F2A --year 2025"
)
@click.argument("member")
@click.option("--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="Only of this plan year, as claimants.")
@_AS_OF
@revealing
@sampling
@reading
@pass_session
def member_(
    session: Session, member: str, year: int | None, as_of: date | None, reveal: bool, key: Path | None,
    drawing: Drawing | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None,
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
    found, command = trace_member(history, member, until, year), f"trace member {member}"
    if reveal:
        found = Claims(session, history, key).revealed_in(found, command=command, to_file=out is not None)
    report = traced_report(session, history, found, command, until, reached, drawing, claims=reveal)
    emit(session, report, form=form, as_json=as_json, out=out)


def _numbered(name: str, what: str, example: str) -> click.Command:
    """``trace check`` and ``trace claim``: the lines that have a number of the administrator's."""

    @click.command(name, help=f"Show every line with a {what}.", epilog=f"\b\nExample:\n  claimfund trace {example}")
    @click.argument("number")
    @_AS_OF
    @revealing
    @sampling
    @reading
    @pass_session
    def run(
        session: Session, number: str, as_of: date | None, reveal: bool, key: Path | None, drawing: Drawing | None,
        known_at: str | None, form: str | None, as_json: bool, out: Path | None,
    ) -> None:  # fmt: skip
        from projections.traced_lines import trace_check, trace_claim

        reached = known_position(session, known_at)
        history, until = session.history(reached), as_of or session.today
        begun_plan(history, until)
        claims = Claims(session, history, key)
        known = claims.token("claim" if name == "claim" else "reference", number)
        found = (trace_claim if name == "claim" else trace_check)(history, known, until)
        if not found.lines:
            raise Rejected(f"plan {session.plan} has no payment with the {what} {number!r} by {until}.",
                           "Write it as the register has it; see: claimfund trace member MEMBER")  # fmt: skip
        if reveal:
            found = claims.revealed_in(found, command=f"trace {name} {known}", to_file=out is not None)
        report = traced_report(
            session, history, found, f"trace {name} {known}", until, reached, drawing, claims=reveal
        )  # fmt: skip
        emit(session, report, form=form, as_json=as_json, out=out)

    return run


check_ = _numbered("check", "check number or payment reference", "check 10021")
claim_ = _numbered("claim", "claim number", "claim C-55120")


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
    from claimfund.settlements import require_posted
    from claimfund.traced_lines_report import settlement_report
    from projections.traced_lines import trace_settlement

    reached = known_position(session, known_at)
    history = session.history(reached)
    posted = require_posted(session, history, settlement, known_at)
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


COMMANDS = (member_, claim_, check_, stoploss_, filing_, settlement_)
