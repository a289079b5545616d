"""``claimfund stoploss explain`` and the other readings of stop-loss beside its registers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from claimfund.options import CUTOFF, pass_session, reading
from claimfund.session import Session

F = TypeVar("F", bound=Callable[..., Any])


def dated(function: F) -> F:
    """``--year`` and ``--as-of``."""
    function = click.option("--as-of", type=CUTOFF, help="Payments booked by then; default: all.")(function)
    return click.option(
        "--year", type=click.IntRange(1900, 2200), metavar="YEAR",
        help="The policy year; default: the newest one begun.",
    )(function)  # fmt: skip


@click.command("explain", epilog="\b\nExample:\n  claimfund stoploss explain M-4F2A --year 2025")
@click.argument("member", metavar="MEMBER|aggregate")
@dated
@reading
@pass_session
def explain(
    session: Session, member: str, year: int | None, as_of: date | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show how a stop-loss figure comes about, step by step."""
    from claimfund.output import emit
    from claimfund.stop_loss_more import explain_report

    emit(session, explain_report(session, member, year, as_of, known_at), form=form, as_json=as_json, out=out)
