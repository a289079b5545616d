"""``claimfund init``: a ledger from a plan document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.commands.plan import checked, write_template
from claimfund.options import FILE, pass_session, recording
from claimfund.recording import record
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.commands import Command


@click.command(
    "init",
    epilog="\b\nExamples:\n  claimfund init --template\n  claimfund init plan.toml",
)
@click.argument("document", type=FILE, required=False, metavar="[PLAN.TOML]")
@click.option("--template", is_flag=True, help="Write a commented plan.toml to start from.")
@click.option(
    "--year",
    type=click.IntRange(1900, 2200),
    metavar="YEAR",
    help="The plan year to open; default: as the document says.",
)
@recording
@pass_session
def command(session: Session, document: Path | None, template: bool, year: int | None) -> None:
    """Create a ledger and record the plan, its first year and its stop-loss terms."""
    if template:
        write_template(document or Path("plan.toml"))
        return
    if document is None:
        raise click.UsageError("Name a plan document, or write one with: claimfund init --template")
    read = checked(session, document, year)
    location = session.ledger_name or f"{_slug(read.commands)}.ledger"
    existed = "://" in location or Path(location).exists()
    session.create(location)
    outcome = record(session, *read.commands, plan=read.code)
    kind = "PostgreSQL" if "://" in location else "SQLite"
    verb = "Added to" if existed else "Created"
    click.echo(
        f"{verb} {location if kind == 'SQLite' else 'the ledger'}  ({kind}, plan {read.code}, plan year {read.year})"
    )
    click.echo(f"Recorded {len(outcome.events)} events: plan registered, year opened, terms set.")
    if not session.quiet:
        click.echo(f"Next: claimfund budget set --year {read.year} --annual 1200000.00")


def _slug(commands: tuple[Command, ...]) -> str:
    from ledger.commands import RegisterPlan

    first = commands[0]
    name = first.sponsor if isinstance(first, RegisterPlan) else "plan"
    return re.sub(r"[^a-z0-9]+", "-", name.split()[0].lower()).strip("-") or "plan"
