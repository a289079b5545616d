"""``claimfund proposals``: changes that need a second person, and what became of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from claimfund.options import CUTOFF, known_position, pass_session, reading
from claimfund.output import emit
from claimfund.session import Session


@click.command("proposals", epilog="\b\nExample:\n  claimfund proposals --open")
@click.option("--open", "only_open", is_flag=True, help="Only those that still wait.")
@click.option("--as-of", type=CUTOFF, help="The day on which expiry is judged; default: today.")
@reading
@pass_session
def command(
    session: Session, only_open: bool, as_of: date | None, known_at: str | None, form: str | None, as_json: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """List the changes that need a second person, and what became of them."""
    from claimfund.answers import proposals_report

    reached = known_position(session, known_at)
    report = proposals_report(session, as_of or session.today, reached, only_open)
    emit(session, report, form=form, as_json=as_json, out=out)
