"""``claimfund period``: close a month, or open it again."""

from __future__ import annotations

import click

from claimfund.options import MONTH, pass_session, recording
from claimfund.recording import record, say
from claimfund.session import Session


@click.group("period")
def command() -> None:
    """Close a month, or open it again."""


@command.command("close", epilog="\b\nExample:\n  claimfund period close 2025-12 --actor m.ortiz")
@click.argument("month", type=MONTH)
@recording
@pass_session
def close(session: Session, month: str) -> None:
    """Close a calendar month: nothing is booked in it any more."""
    from ledger.commands import ClosePeriod

    outcome = record(session, ClosePeriod(month))
    say(session, outcome, f"{month} closed")


@command.command(
    "reopen", epilog='\b\nExample:\n  claimfund period reopen 2025-12 --reason "Carrier advice late" --actor m.ortiz'
)
@click.argument("month", type=MONTH)
@click.option("--reason", required=True, help="Why; it is listed as an exception.")
@recording
@pass_session
def reopen(session: Session, month: str, reason: str) -> None:
    """Open a closed month again. The reopening and what is then booked in the month are listed as exceptions."""
    from ledger.commands import ReopenPeriod

    outcome = record(session, ReopenPeriod(month, reason), reason=reason)
    say(session, outcome, f"{month} reopened", f"close it again with: claimfund period close {month}")
