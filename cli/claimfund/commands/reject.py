"""``claimfund reject``: refuse a proposed change."""

from __future__ import annotations

import click

from claimfund.options import pass_session, recording
from claimfund.recording import record, say
from claimfund.session import Session


@click.command("reject", epilog='\b\nExample:\n  claimfund reject 18250 --reason "Run-out has not ended"')
@click.argument("number", type=click.IntRange(min=1), metavar="CHANGE")
@click.option("--reason", required=True, help="Why.")
@recording
@pass_session
def command(session: Session, number: int, reason: str) -> None:
    """Refuse a proposed change; nothing of it is recorded."""
    from claimfund.answers import proposal_at
    from ledger.commands import RejectChange

    proposal = proposal_at(session, number)
    outcome = record(session, RejectChange(proposal.version, reason), reason=reason)
    say(session, outcome, f"change {number} of {proposal.proposer} rejected")
