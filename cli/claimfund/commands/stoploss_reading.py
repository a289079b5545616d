"""``claimfund stoploss explain`` and the other readings of stop-loss beside its registers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from claimfund.options import CUTOFF, FILE, pass_session, reading
from claimfund.sealing import revealing
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


@click.command(
    "whatif",
    epilog="\b\nExamples:\n  claimfund stoploss whatif --year 2025 --set specific.deductible=75000\n"
    "  claimfund stoploss whatif --year 2025 --set SP-25.laser.M-1=250000 --set AG-25.factor.EE=320.00\n"
    "  claimfund stoploss whatif --year 2025 --set specific.effective=2025-02-01 --set specific.laser.M-2=excluded",
)
@click.option(
    "--set", "given", multiple=True, metavar="KEY=VALUE",
    help="A changed term of all policies of a kind, or of one: POLICY.KEY=VALUE.",
)
@click.option("--policy", "document", type=FILE, metavar="FILE", help="Take the stop-loss tables of a plan document.")
@dated
@reading
@pass_session
def whatif(
    session: Session, given: tuple[str, ...], document: Path | None, year: int | None, as_of: date | None,
    known_at: str | None, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show the year under other terms beside those in force."""
    from claimfund.output import emit
    from claimfund.what_if_report import whatif_report

    if not given and document is None:
        raise click.UsageError("Give --set KEY=VALUE or --policy FILE.")
    report = whatif_report(session, given, document, year, as_of, known_at)
    emit(session, report, form=form, as_json=as_json, out=out)


@click.command(
    "listing", epilog="\b\nExample:\n  claimfund stoploss listing --kind specific --year 2025 -o listing.xlsx"
)
@click.option("--kind", type=click.Choice(("specific", "aggregate")), required=True, help="For which policies.")
@revealing
@dated
@reading
@pass_session
def listing(
    session: Session, kind: str, reveal: bool, key: Path | None, year: int | None, as_of: date | None,
    known_at: str | None, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """List the payments as a stop-loss carrier asks for them."""
    from claimfund.output import emit, format_of
    from claimfund.stop_loss_listing import listing_report

    shown, chosen = key if reveal else None, format_of(form, as_json, out)
    report = listing_report(session, kind, year, as_of, known_at, chosen, key=shown, to_file=out is not None)
    emit(session, report, form=form, as_json=as_json, out=out)


@click.command("notices", epilog="\b\nExample:\n  claimfund stoploss notices --year 2025 --as-of 2025-09")
@click.option(
    "--notice-days", type=click.IntRange(0, 365), default=31, show_default=True, help="After the end of the month."
)
@dated
@reading
@pass_session
def notices(
    session: Session, notice_days: int, year: int | None, as_of: date | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """List what stop-loss carriers have to be told, and by when."""
    from claimfund.output import emit
    from claimfund.stop_loss_listing import notices_report

    report = notices_report(session, year, as_of, known_at, notice_days)
    emit(session, report, form=form, as_json=as_json, out=out)


@click.command("policy", epilog="\b\nExample:\n  claimfund stoploss policy --policy SPEC-2025")
@click.option("--policy", metavar="POLICY", help="Only this one.")
@click.option("--as-of", type=CUTOFF, help="Only those effective by then.")
@reading
@pass_session
def policy(
    session: Session, policy: str | None, as_of: date | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show the stop-loss policies with their terms, windows, lasers and factors."""
    from claimfund.output import emit
    from claimfund.stop_loss_policies import policy_report

    emit(session, policy_report(session, policy, as_of, known_at), form=form, as_json=as_json, out=out)


@click.command("accommodation", epilog="\b\nExample:\n  claimfund stoploss accommodation --year 2025 --as-of 2025-09")
@click.option("--policy", metavar="POLICY", help="Only this one.")
@dated
@reading
@pass_session
def accommodation(
    session: Session, policy: str | None, year: int | None, as_of: date | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show month by month what the carrier should lend on the aggregate."""
    from claimfund.accommodation_report import accommodation_report
    from claimfund.output import emit

    emit(session, accommodation_report(session, year, policy, as_of, known_at), form=form, as_json=as_json, out=out)


@click.command("statutory", epilog="\b\nExample:\n  claimfund stoploss statutory --year 2025 --jurisdiction US-CA")
@click.option("--jurisdiction", metavar="STATE", help="Such as US-CA; default: the plan's.")
@click.option(
    "--members", type=click.IntRange(min=0), metavar="N", help="The group's members; default: those enrolled at first."
)
@click.option("--policy", metavar="POLICY", help="Only this one.")
@dated
@reading
@pass_session
def statutory(
    session: Session, jurisdiction: str | None, members: int | None, policy: str | None, year: int | None,
    as_of: date | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Check the policies against the minimums of a state's law."""
    from claimfund.accommodation_report import statutory_report
    from claimfund.output import emit

    report = statutory_report(session, jurisdiction, members, policy, year, as_of, known_at)
    emit(session, report, form=form, as_json=as_json, out=out)


COMMANDS = (explain, whatif, listing, notices, policy, accommodation, statutory)
