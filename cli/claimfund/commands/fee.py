"""``claimfund fee``: administration fees and stop-loss premium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from claimfund.options import AMOUNT, DAY, pass_session, recording
from claimfund.recording import policy_of, record, say
from claimfund.session import Session

F = TypeVar("F", bound=Callable[..., Any])


@click.group("fee")
def command() -> None:
    """Record fees and stop-loss premium."""


def _money(function: F) -> F:
    for option in (
        click.option("--reference", default="", help="Invoice or wire number."),
        click.option(
            "--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The plan year; default: that of the date."
        ),
        click.option("--date", "day", type=DAY, required=True, metavar="DATE"),
        click.option("--amount", type=AMOUNT, required=True, help="Negative for a credit."),
    ):
        function = option(function)
    return function


@command.command("charge", epilog="\b\nExample:\n  claimfund fee charge --amount 4860.00 --date 2025-01-31")
@_money
@click.option("--type", "kind", default="administration", help="What the fee is for.")
@recording
@pass_session
def charge(session: Session, amount: int, day: date, year: int | None, reference: str, kind: str) -> None:
    """Record an administration fee."""
    from ledger.commands import RecordMoney
    from ledger.money import shown

    outcome = record(session, RecordMoney("fee", amount, day, year, reference, kind))
    say(session, outcome, f"{kind} fee of {shown(amount)}, {day}")


@command.command("premium", epilog="\b\nExample:\n  claimfund fee premium --amount 12450.00 --date 2025-01-31")
@_money
@click.option("--policy", help="The stop-loss policy; default: the specific one.")
@recording
@pass_session
def premium(session: Session, amount: int, day: date, year: int | None, reference: str, policy: str | None) -> None:
    """Record stop-loss premium."""
    from ledger.commands import RecordMoney
    from ledger.money import shown

    named = policy or policy_of(session, "specific", None)
    outcome = record(session, RecordMoney("premium", amount, day, year, reference, named))
    say(session, outcome, f"stop-loss premium of {shown(amount)} for {named}, {day}")
