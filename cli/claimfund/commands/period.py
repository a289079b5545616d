"""``claimfund period``: close a month."""

from __future__ import annotations

import click

from claimfund.options import MONTH, pass_session, recording
from claimfund.recording import record, say
from claimfund.session import Session


@click.group("period")
def command() -> None:
    """Close a month."""


@command.command("close", epilog="\b\nExample:\n  claimfund period close 2025-12 --actor m.ortiz")
@click.argument("month", type=MONTH)
@recording
@pass_session
def close(session: Session, month: str) -> None:
    """Close a calendar month: nothing is booked in it any more."""
    from ledger.commands import ClosePeriod

    outcome = record(session, ClosePeriod(month))
    say(session, outcome, f"{month} closed")
