"""``claimfund demo``: a folder with an invented ledger."""

from __future__ import annotations

import time
from pathlib import Path

import click

from claimfund.errors import Rejected
from claimfund.options import pass_session
from claimfund.session import Session


@click.command("demo", epilog="\b\nExamples:\n  claimfund demo\n  claimfund demo northwind --scale 10")
@click.argument("folder", default="northwind-demo", metavar="[NAME]")
@click.option("--scale", type=click.IntRange(1, 1000), default=1, help="So many times the payments.")
@pass_session
def command(session: Session, folder: str, scale: int) -> None:
    """Create a folder with an invented ledger and files to practise on."""
    from claimfund.demo_data import create_demo

    path = Path(folder)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise Rejected(f"{path} exists already and is not empty.", "Name another folder: claimfund demo OTHER")
    started = time.monotonic()

    def progress(text: str) -> None:
        if session.verbose:
            click.echo(text, err=True)

    made = create_demo(path, scale=scale, progress=progress)
    took = time.monotonic() - started
    click.echo(f"Created {path}/ in {took:.1f} s: {made.events:,} events · {made.payments:,} payments, invented data")
    if not session.quiet:
        click.echo(f"Next: cd {path} && claimfund position --year 2025")
