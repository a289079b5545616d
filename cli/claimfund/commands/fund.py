"""``claimfund fund``: money that comes in: deposits, pharmacy rebates, contributions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from claimfund.options import AMOUNT, DAY, pass_session, recording
from claimfund.recording import record, say
from claimfund.session import Session

F = TypeVar("F", bound=Callable[..., Any])
CONTRIBUTORS = ("employee", "cobra", "retiree", "employer")


@click.group("fund")
def command() -> None:
    """Record money that came in: deposits, rebates, contributions."""


def _money(function: F) -> F:
    for option in (
        click.option("--reference", default="", help="Wire or deposit number."),
        click.option(
            "--year",
            type=click.IntRange(1900, 2200),
            metavar="YEAR",
            help="The plan year it is for; default: that of the date.",
        ),
        click.option("--date", "day", type=DAY, required=True, metavar="DATE", help="When it came in."),
        click.option("--amount", type=AMOUNT, required=True),
    ):
        function = option(function)
    return function


@command.command("receive", epilog="\b\nExample:\n  claimfund fund receive --amount 100000.00 --date 2025-01-02")
@_money
@click.option("--method", default="", help="How it was paid.")
@recording
@pass_session
def receive(session: Session, amount: int, day: date, year: int | None, reference: str, method: str) -> None:
    """Record a deposit."""
    from ledger.commands import RecordMoney
    from ledger.money import shown

    outcome = record(session, RecordMoney("funding", amount, day, year, reference, method))
    say(session, outcome, f"funding of {shown(amount)} received {day}")


@command.command(
    "rebate", epilog="\b\nExample:\n  claimfund fund rebate --amount 8120.44 --date 2025-06-30 --program 2024-Q4"
)
@_money
@click.option("--program", default="", help="The rebate program or quarter.")
@recording
@pass_session
def rebate(session: Session, amount: int, day: date, year: int | None, reference: str, program: str) -> None:
    """Record a pharmacy rebate; where the aggregate policy says so, it lowers what counts."""
    from ledger.commands import RecordMoney
    from ledger.money import shown

    outcome = record(session, RecordMoney("rebate", amount, day, year, reference, program))
    say(session, outcome, f"rebate of {shown(amount)} received {day}")


@command.command(
    "contribution",
    epilog="\b\nExample:\n  claimfund fund contribution --amount 816.00 --date 2025-02-01 --from cobra",
)
@_money
@click.option(
    "--from", "contributor", type=click.Choice(CONTRIBUTORS), default="employee", help="Who paid; default: employee."
)
@recording
@pass_session
def contribution(session: Session, amount: int, day: date, year: int | None, reference: str, contributor: str) -> None:
    """Record what participants paid: employees, COBRA beneficiaries, retirees."""
    from ledger.commands import RecordMoney
    from ledger.money import shown

    outcome = record(session, RecordMoney("contribution", amount, day, year, reference, contributor))
    say(session, outcome, f"{contributor} contribution of {shown(amount)} received {day}")
