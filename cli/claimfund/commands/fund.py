"""``claimfund fund``: money from the plan sponsor."""

from __future__ import annotations

from datetime import date

import click

from claimfund.options import AMOUNT, DAY, pass_session, recording
from claimfund.recording import record, say
from claimfund.session import Session


@click.group("fund")
def command() -> None:
    """Record money from the plan sponsor."""


@command.command("receive", epilog="\b\nExample:\n  claimfund fund receive --amount 100000.00 --date 2025-01-02")
@click.option("--amount", type=AMOUNT, required=True)
@click.option("--date", "day", type=DAY, required=True, metavar="DATE", help="When it came in.")
@click.option(
    "--year",
    type=click.IntRange(1900, 2200),
    metavar="YEAR",
    help="The plan year it is for; default: that of the date.",
)
@click.option("--reference", default="", help="Wire or deposit number.")
@click.option("--method", default="", help="How it was paid.")
@recording
@pass_session
def receive(session: Session, amount: int, day: date, year: int | None, reference: str, method: str) -> None:
    """Record a deposit."""
    from ledger.commands import RecordMoney
    from ledger.money import shown

    outcome = record(session, RecordMoney("funding", amount, day, year, reference, method))
    say(session, outcome, f"funding of {shown(amount)} received {day}")
