"""``claimfund stoploss bind``: put the policies of a plan document in force on a plan that exists."""

from __future__ import annotations

from pathlib import Path

import click

from claimfund.commands.plan import checked
from claimfund.errors import Rejected
from claimfund.options import FILE, pass_session, recording
from claimfund.recording import record, say, state
from claimfund.session import Session


@click.command("bind", epilog="\b\nExample:\n  claimfund stoploss bind plan-2026.toml")
@click.argument("document", type=FILE)
@recording
@pass_session
def bind(session: Session, document: Path) -> None:
    """Bind the policies of a plan document that are not bound yet."""
    from ledger.commands import BindPolicy, SetFactor, SetLaser

    read, bound = checked(session, document, None), state(session).policies
    if read.code != session.plan:
        raise Rejected(f"{document} is of plan {read.code}, not {session.plan}.", "Correct plan.code, or give --plan.")
    found = [each for each in read.commands if isinstance(each, (BindPolicy, SetFactor, SetLaser))]
    new = [each for each in found if each.policy not in bound]
    if not new:
        known = ", ".join(bound) or "none"
        sentence = f"{document} has no policy that is not bound yet (bound: {known})."
        raise Rejected(sentence, "Give a renewal its own code.")
    names = ", ".join(each.policy for each in new if isinstance(each, BindPolicy))
    say(session, record(session, *new), f"stop-loss {names} bound")
