"""``claimfund fee``: administration fees and stop-loss premium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from claimfund.errors import Rejected
from claimfund.options import AMOUNT, DAY, MONTH, pass_session, recording
from claimfund.recording import policy_of, record, say, state
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


@command.command("bill", epilog="\b\nExample:\n  claimfund fee bill --month 2025-01")
@click.option("--month", type=MONTH, required=True, metavar="MONTH", help="The month it is for.")
@click.option("--date", "day", type=DAY, metavar="DATE", help="When it is paid; default: the month's last day.")
@recording
@pass_session
def bill(session: Session, month: str, day: date | None) -> None:
    """Record a month's administration fee by the plan's terms: for each enrolled unit, and as a part of claims paid.

    After a change of enrollment it records the difference.
    """
    from ledger.calendar import month_end, month_start
    from ledger.commands import RecordMoney
    from ledger.money import shown
    from projections.administration import administration_fee

    known = state(session)
    fee = administration_fee(session.history(), known.year_of(month_start(month)), month)
    if not fee.units and fee.pepm:
        raise Rejected(f"no enrollment is recorded for {month}.", "Record it first: claimfund enroll set --month …")
    prefix, at = f"ADM-{month}", day or month_end(month)
    before = {key[2]: amount for key, amount in known.money.items()
              if key[0] == "fee-charged" and (key[2] == prefix or key[2].startswith(f"{prefix}-"))}  # fmt: skip
    amount = fee.amount - sum(before.values())
    terms = f"{fee.units:,} units at {shown(fee.pepm)}"
    if fee.percent not in ("0", "0.00"):
        terms += f" and {fee.percent} of {shown(fee.claims)} claims paid"
    if not amount:
        click.echo(f"Nothing to record: {month} is billed with {shown(fee.amount)} ({terms}).")
        return
    name = prefix if not before else f"{prefix}-{len(before) + 1}"
    outcome = record(session, RecordMoney("fee", amount, at, None, name, "administration"))
    what = "administration fee" if not before else "adjustment of the administration fee"
    say(session, outcome, f"{what} of {month}, {shown(amount)} ({terms}), {at}")


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
