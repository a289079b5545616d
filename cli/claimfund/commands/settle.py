"""``claimfund settle``: preview a plan year's settlement, post it, look at it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.errors import Refused, Rejected
from claimfund.options import CUTOFF, DAY, begun, begun_plan, dated, known_position, pass_session, reading, recording
from claimfund.output import emit
from claimfund.session import Session

if TYPE_CHECKING:
    from projections.history import History


@click.group("settle")
def command() -> None:
    """Settle a plan year."""


@command.command("preview", epilog="\b\nExample:\n  claimfund settle preview 2025")
@click.argument("year", type=click.IntRange(1900, 2200), metavar="YEAR")
@click.option("--as-of", type=CUTOFF, help="Paid through; default: the end of the run-out, or today.")
@reading
@pass_session
def preview(
    session: Session, year: int, as_of: date | None, known_at: str | None, form: str | None, as_json: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """Show what settling the year would post. Records nothing."""
    from claimfund.settlements import preview_report, settled_report
    from projections.settlement import settle

    reached = known_position(session, known_at)
    history = session.history(reached)
    _open_year(history, year)
    until = as_of or _through(history, year, session.today)
    begun(year, history.year_span(year)[0], until)
    view = settle(history, year, until)
    posted = history.facts.settlements.get(view.supersedes)
    if posted is not None and posted.settlement_kind == "interim":
        posted = None  # What comes next is the true-up, or the final settlement.
    report = (
        settled_report(session, history, posted, view, reached) if posted else preview_report(session, view, reached)
    )
    emit(session, report, form=form, as_json=as_json, out=out)


@command.command("post", epilog="\b\nExample:\n  claimfund settle post 2025 --expect-head 9f3c1b7e --actor controller")
@click.argument("year", type=click.IntRange(1900, 2200), metavar="YEAR")
@click.option("--expect-head", required=True, metavar="HEX", help="The head of the preview you approved.")
@click.option("--as-of", type=CUTOFF, help="As in the preview.")
@click.option(
    "--effective",
    type=DAY,
    metavar="DATE",
    help="When the dispositions take effect; default: as the cut-off, or the first open day.",
)
@click.option("--force", is_flag=True, help="Post as final although a check has not passed.")
@click.option("--reason", default="", help="Why, when a check has not passed.")
@recording
@pass_session
def post(
    session: Session, year: int, expect_head: str, as_of: date | None, effective: date | None, force: bool, reason: str
) -> None:
    """Post the settlement you previewed, if nothing was recorded since."""
    from claimfund.recording import proposed
    from claimfund.settlements import interim_note, is_final, said
    from ledger.commands import PostSettlement
    from projections.settlement import settle

    history = session.history()
    _open_year(history, year)
    until = as_of or _through(history, year, session.today)
    day = effective or session.ledger.plan(session.plan).first_open_day(until)
    view = settle(history, year, until, effective_on=day)
    final = is_final(view, force, reason)
    command_ = PostSettlement(
        settlement=view.settlement, year=year, as_of=until, known_at=view.known_at,
        lines=tuple((line.name, line.amount) for line in view.lines), amount=view.amount,
        dispositions=tuple(view.dispositions), effective_on=day, restates=view.supersedes, reason=reason,
        final=final,
    )  # fmt: skip
    outcome = session.ledger.handle(
        session.plan, [command_], actor=session.actor, reason=reason, expect_head=expect_head
    )
    if waiting := proposed(outcome):
        click.echo(waiting)
        return
    click.echo(said(view, outcome))
    if not final:
        click.echo(interim_note(view))
    if not session.quiet:
        click.echo(f"Next: claimfund settle show {view.settlement}")


@command.command("show", epilog="\b\nExample:\n  claimfund settle show S-2025-01")
@click.argument("settlement")
@dated
@reading
@pass_session
def show(
    session: Session, settlement: str, as_of: date | None, known_at: str | None, form: str | None, as_json: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """Show a posted settlement."""
    from claimfund.settlements import posted_report, require_posted

    reached = known_position(session, known_at)
    history = session.history(reached)
    begun_plan(history, as_of)
    posted = require_posted(session, history, settlement, known_at)
    if as_of is not None and posted.as_of > as_of:
        raise Refused(f"{settlement} is paid through {posted.as_of}, after {as_of}.",
                      f"Ask as of {posted.as_of} or later.")  # fmt: skip
    emit(session, posted_report(session, history, posted, reached), form=form, as_json=as_json, out=out)


@command.command("list")
@dated
@reading
@pass_session
def list_(
    session: Session, as_of: date | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None
) -> None:
    """List the posted settlements."""
    from claimfund.settlements import list_report

    reached = known_position(session, known_at)
    history = session.history(reached)
    begun_plan(history, as_of)
    report = list_report(session, history, reached, as_of)
    emit(session, report, form=form, as_json=as_json, out=out)


def _open_year(history: History, year: int) -> None:
    if year not in history.facts.years:
        names = ", ".join(str(known) for known in sorted(history.facts.years)) or "none"
        raise Rejected(f"plan year {year} is not open in this ledger.", f"Open are: {names}.")


def _through(history: History, year: int, today: date) -> date:
    """The end of the run-out; today while it runs, and the year's last day before."""
    from ledger.calendar import add_months, month_end, month_of

    last = history.year_span(year)[1]
    end = month_end(month_of(add_months(last, history.arrangement(year).run_out_months)))
    return max(last, min(end, today))
