"""``claimfund report``: formatted reports for people outside."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.options import AMOUNT, CUTOFF, FILE, begun, known_position, pass_session, placed
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.ports import Head


@click.group("report")
def command() -> None:
    """Write formatted reports."""


@command.command(
    "audit-pack",
    epilog="\b\nExamples:\n  claimfund report audit-pack --year 2025 -o audit-2025.zip\n"
    "  claimfund report audit-pack --year 2025 --as-of 2026-03-31 --since-checkpoint kept.txt -o audit-2025.zip",
)
@click.option("--year", type=click.IntRange(1900, 2200), required=True, metavar="YEAR", help="The plan year.")
@click.option("--as-of", type=CUTOFF, help="Only what was effective by then; default: the last day of the year.")
@click.option("--known-at", metavar="EVENT|MOMENT", help="Only what was recorded by then.")
@click.option("--over", type=AMOUNT, default="50000.00", show_default=True, help="List claimants above this amount.")
@click.option(
    "--since-checkpoint", "since", type=FILE, metavar="FILE",
    help="A checkpoint you kept; default: the settlement of the year before.",
)  # fmt: skip
@click.option("-o", "--output", "out", type=FILE, required=True, metavar="FILE.zip", help="The new file.")
@placed
@pass_session
def audit_pack(
    session: Session, year: int, as_of: date | None, known_at: str | None, over: int, since: Path | None, out: Path
) -> None:
    """Write statement, schedules, the log and its proofs for an auditor; same dates, same bytes."""
    from claimfund.commands.position import chosen_year
    from claimfund.evidence.audit_pack import Asked, since_before, write_pack
    from claimfund.evidence.exported import exported, log_bytes, new_file

    reached = known_position(session, known_at)
    history = session.history(reached)
    year = chosen_year(history, year, session.today)
    first, last = history.year_span(year)
    until = as_of or last
    begun(year, first, until)
    kept, why = _kept(session, since) if since is not None else since_before(session.store, history, year)
    new_file(out)
    part = new_file(out.with_name(out.name + ".part"))
    write_pack(session, part, Asked(year, until, reached, over, kept, why))
    try:
        log_bytes(session, "report audit-pack", "zip", part.read_bytes(), (f"year={year}",), (session.plan,))
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    exported(session, f"audit pack of {year}", out)


def _kept(session: Session, since: Path) -> tuple[Head, str]:
    from claimfund.kept_checkpoints import require_kept
    from ledger.stores.verification import Signed

    store = session.store
    assert isinstance(store, Signed)
    size, root = require_kept(since, str(store.verifying_key), session.store.checkpoints())
    found = next(head for head in session.store.checkpoints() if (head.size, head.root) == (size, root))
    return found, f"the checkpoint of {size:,} events that was named"
