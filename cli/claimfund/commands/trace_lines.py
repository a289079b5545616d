"""``claimfund trace member``, ``check``, ``stoploss`` and ``settlement``: down to the payments."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.errors import Refused, Rejected
from claimfund.figures import LINES
from claimfund.options import CUTOFF, begun_plan, known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.sampled import Drawing, line_sample, lines_sample, sampling
from claimfund.session import Session

if TYPE_CHECKING:
    from projections.history import History
    from projections.traced_lines import TracedLines

_AS_OF = click.option("--as-of", type=CUTOFF, help="Lines booked by then; default: today.")


def _told(
    session: Session, history: History, found: TracedLines, command: str, as_of: date, reached: int | None,
    drawing: Drawing | None,
) -> Report:  # fmt: skip
    """All lines, or a sample of them."""
    from claimfund.traced_lines_report import lines_report

    if drawing is not None:
        return lines_sample(session, history, found, command, as_of, reached, drawing)
    return lines_report(session, found, command, as_of, reached)


@click.command("member", epilog="\b\nExample:\n  claimfund trace member M-4F2A")
@click.argument("member")
@_AS_OF
@sampling
@reading
@pass_session
def member_(
    session: Session, member: str, as_of: date | None, drawing: Drawing | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show every line of a member, added up to what the books hold."""
    from projections.traced_lines import trace_member

    reached = known_position(session, known_at)
    history, until = session.history(reached), as_of or session.today
    begun_plan(history, until)
    if member not in history.member_names:
        raise Rejected(f"plan {session.plan} has no payments of member {member!r}.",
                       "List members with: claimfund claimants")  # fmt: skip
    found = trace_member(history, member, until)
    report = _told(session, history, found, f"trace member {member}", until, reached, drawing)
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
    report = _told(session, history, found, f"trace check {reference}", until, reached, drawing)
    emit(session, report, form=form, as_json=as_json, out=out)


@click.command(
    "stoploss",
    epilog="\b\nExamples:\n  claimfund trace stoploss --year 2025 --policy SP-25 --member M-4F2A\n"
    "  claimfund trace stoploss --year 2025 --policy SP-25 --bucket out_of_window",
)
@click.option("--policy", metavar="POLICY", help="The policy; default: the year's only one.")
@click.option("--member", metavar="MEMBER", help="Only what counts of this member (or family) under a specific policy.")
@click.option("--bucket", metavar="NAME", help="What stands in this bucket, as stoploss buckets names it.")
@click.option("--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="Default: the newest one begun.")
@_AS_OF
@sampling
@reading
@pass_session
def stoploss_(
    session: Session, policy: str | None, member: str | None, bucket: str | None, year: int | None,
    as_of: date | None, drawing: Drawing | None, known_at: str | None, form: str | None, as_json: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """Show the lines behind a policy's eligible amount, a member's, or a bucket."""
    from claimfund.stop_loss_more import asked
    from projections.traced_lines import trace_policy

    if member is not None and bucket is not None:
        raise click.UsageError("Give --member or --bucket, not both.")
    history, year, until, reached = asked(session, year, as_of, known_at)
    kinds = {own.policy: "specific" for own in history.specific_policies(year)}
    kinds |= {own.policy: "aggregate" for own in history.aggregate_policies(year)}
    if policy is None:
        named = [name for name, kind in kinds.items() if kind == "specific" or not member]
        policy = named[0] if len(named) == 1 else None
    if policy is None or policy not in kinds:
        raise Rejected(f"no stop-loss policy {policy or ''} is meant for {year}.".replace("  ", " "),
                       f"Name one with --policy: {', '.join(kinds) or 'none is bound'}.")  # fmt: skip
    if member is not None and kinds[policy] == "aggregate":
        raise click.UsageError("--member goes with a specific policy.")
    try:
        found = trace_policy(history, kinds[policy], year, until, policy=policy, member=member, bucket=bucket)
    except StopIteration:
        raise Rejected(f"{member} has no row under {policy} by {until}.", "claimfund stoploss specific --all") from None
    except KeyError:
        raise Refused(f"bucket {bucket!r} of {policy} is not made of lines, or there is none.",
                      "See the steps of a member with: claimfund stoploss explain MEMBER") from None  # fmt: skip
    report = _told(session, history, found, "trace stoploss", until, reached, drawing)
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


COMMANDS = (member_, check_, stoploss_, settlement_)
