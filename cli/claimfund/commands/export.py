"""``claimfund export``: the whole log as a file, and the program that checks it without claimfund."""

from __future__ import annotations

from pathlib import Path

import click

from claimfund.access import log_whole
from claimfund.errors import Rejected
from claimfund.options import FILE, pass_session, placed
from claimfund.session import Session


@click.group("export")
def command() -> None:
    """Write the log, or the program that checks it, to a file."""


def _new(path: Path) -> Path:
    if path.exists():
        raise Rejected(f"{path} exists, and an export never overwrites.", "Name a new file with -o FILE.")
    return path


@command.command("events", epilog="\b\nExample:\n  claimfund export events -o log.ndjson")
@click.option("-o", "--output", "out", type=FILE, required=True, metavar="FILE", help="The new file.")
@placed
@pass_session
def events(session: Session, out: Path) -> None:
    """Write every event as stored, and every signed checkpoint."""
    from claimfund.evidence.exporting import log_lines
    from ledger.stores.verification import Signed

    store = session.store
    assert isinstance(store, Signed)
    log_whole(session, _new(out), "export events")
    with out.open("x", encoding="ascii", newline="") as file:
        file.writelines(log_lines(store, str(store.verifying_key)))
    if not session.quiet:
        click.echo(f"Wrote {out}", err=True)


@command.command("verifier", epilog="\b\nExample:\n  claimfund export verifier -o verify_claimfund_log.py")
@click.option("-o", "--output", "out", type=FILE, required=True, metavar="FILE", help="The new file.")
def verifier(out: Path) -> None:
    """Write the one-file program with which an auditor checks an exported log."""
    source = Path(__file__).parents[1] / "evidence" / "verify_claimfund_log.py"
    with _new(out).open("xb") as file:
        file.write(source.read_bytes())
    click.echo(f"Wrote {out}", err=True)
