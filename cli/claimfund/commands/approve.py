"""``claimfund approve``: let a proposed change happen."""

from __future__ import annotations

import click

from claimfund.options import pass_session, recording
from claimfund.recording import record, say
from claimfund.session import Session


@click.command("approve", epilog="\b\nExample:\n  claimfund approve 18250 --hash ab12cd34ab12cd34 --actor controller")
@click.argument("number", type=click.IntRange(min=1), metavar="CHANGE")
@click.option("--hash", "sha256", required=True, metavar="HEX", help="The hash of what was proposed, 8 digits or more.")
@click.option("--expect-head", metavar="HEX", help="Only if nothing was recorded since this head.")
@recording
@pass_session
def command(session: Session, number: int, sha256: str, expect_head: str | None) -> None:
    """Let a change happen that another person proposed. It is recorded exactly as proposed."""
    from claimfund.answers import proposal_at
    from ledger.commands import ApproveChange

    proposal = proposal_at(session, number)
    outcome = record(session, ApproveChange(proposal.version, sha256), expect_head=expect_head)
    say(session, outcome, f"change {number} of {proposal.proposer} approved: {proposal.event.summary}")
