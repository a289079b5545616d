"""``claimfund withdraw``: take back one's own proposed change."""

from __future__ import annotations

import click

from claimfund.options import pass_session, recording
from claimfund.recording import record, say
from claimfund.session import Session


@click.command("withdraw", epilog="\b\nExample:\n  claimfund withdraw 18250")
@click.argument("number", type=click.IntRange(min=1), metavar="CHANGE")
@click.option("--reason", default="", help="Why.")
@recording
@pass_session
def command(session: Session, number: int, reason: str) -> None:
    """Take back a change that you proposed."""
    from claimfund.answers import proposal_at
    from ledger.commands import WithdrawChange

    outcome = record(session, WithdrawChange(proposal_at(session, number).version, reason), reason=reason)
    say(session, outcome, f"change {number} withdrawn")
