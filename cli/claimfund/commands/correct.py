"""``claimfund correct``: take back one recorded event in full."""

from __future__ import annotations

from datetime import date

import click

from claimfund.errors import Refused
from claimfund.options import DAY, pass_session, recording
from claimfund.recording import record, say, state
from claimfund.session import Session


@click.command("correct", epilog='\b\nExample:\n  claimfund correct 18233 --reason "Posted to the wrong plan year"')
@click.argument("number", type=click.IntRange(min=1), metavar="EVENT")
@click.option("--reason", required=True, help="Why.")
@click.option("--effective", type=DAY, metavar="DATE", help="The correction's own date; default: today, if open.")
@recording
@pass_session
def command(session: Session, number: int, reason: str, effective: date | None) -> None:
    """Take back one event of money in full; the right one is then recorded anew. Nothing is erased."""
    from ledger.commands import Correct

    kept = session.store.record(number)
    if kept is None or kept.plan != session.plan:
        raise Refused(f"plan {session.plan} has no event {number}.", "List them with: claimfund events")
    day = effective or state(session).first_open_day(session.today)
    outcome = record(session, Correct(kept.version, day, reason), reason=reason)
    say(session, outcome, f"event {number} taken back, effective {day}")
