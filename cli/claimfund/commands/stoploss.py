"""``claimfund stoploss``: registers, filings, decisions, receipts and factors."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from claimfund.commands.stoploss_bind import bind
from claimfund.commands.stoploss_carrier import COMMANDS as CARRIER_COMMANDS
from claimfund.commands.stoploss_laser import laser
from claimfund.commands.stoploss_reading import COMMANDS as READING_COMMANDS
from claimfund.options import AMOUNT, COVERAGES, CUTOFF, DAY, MONTH, pass_session, reading, recording
from claimfund.recording import policy_of, record, say, state
from claimfund.session import Session


@click.group("stoploss")
def command() -> None:
    """Stop-loss positions, filings and reimbursements."""


@command.command("specific", epilog="\b\nExample:\n  claimfund stoploss specific --year 2025")
@click.option(
    "--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The policy year; default: the newest one begun."
)
@click.option("--as-of", type=CUTOFF, help="Payments booked by then; default: all.")
@click.option("--all", "everybody", is_flag=True, help="Also members below the notice level.")
@click.option("--member", metavar="MEMBER", help="With --explain: the member.")
@click.option("--explain", is_flag=True, help="Step by step how the figure of --member comes about.")
@reading
@pass_session
def specific(
    session: Session, year: int | None, as_of: date | None, everybody: bool, member: str | None, explain: bool,
    known_at: str | None, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show everybody against the specific deductible."""
    from claimfund.stop_loss_more import explain_report
    from claimfund.stop_loss_reports import specific_report

    if explain != (member is not None):
        raise click.UsageError("Give --explain and --member MEMBER together.")
    if member is not None:
        report = explain_report(session, member, year, as_of, known_at)
    else:
        report = specific_report(session, year, as_of, known_at, everybody)
    from claimfund.output import emit

    emit(session, report, form=form, as_json=as_json, out=out)


@command.command("aggregate", epilog="\b\nExample:\n  claimfund stoploss aggregate --year 2025 --monthly")
@click.option(
    "--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The policy year; default: the newest one begun."
)
@click.option("--as-of", type=CUTOFF, help="Payments booked by then; default: the year's last day.")
@click.option("--monthly", is_flag=True, help="A line for every month.")
@click.option("--explain", is_flag=True, help="Step by step how the figure comes about.")
@reading
@pass_session
def aggregate(
    session: Session, year: int | None, as_of: date | None, monthly: bool, explain: bool, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show the plan against its aggregate attachment point."""
    from claimfund.aggregate_report import aggregate_report
    from claimfund.output import emit
    from claimfund.stop_loss_more import explain_report

    if explain:
        report = explain_report(session, "aggregate", year, as_of, known_at)
    else:
        report = aggregate_report(session, year, as_of, known_at, monthly)
    emit(session, report, form=form, as_json=as_json, out=out)


@command.command("buckets", epilog="\b\nExample:\n  claimfund stoploss buckets --year 2025")
@click.option(
    "--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The policy year; default: the newest one begun."
)
@click.option("--policy", help="Only this policy.")
@click.option("--as-of", type=CUTOFF, help="Payments booked by then; default: all.")
@reading
@pass_session
def buckets(
    session: Session, year: int | None, policy: str | None, as_of: date | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show where every net paid cent stands under each policy."""
    from claimfund.bucket_report import bucket_report
    from claimfund.output import emit

    emit(session, bucket_report(session, year, policy, as_of, known_at), form=form, as_json=as_json, out=out)


@command.command(
    "file", epilog="\b\nExample:\n  claimfund stoploss file M-19C7 --amount 72700.00 --reference SL-2025-07"
)
@click.argument("member", metavar="MEMBER|aggregate")
@click.option("--amount", type=AMOUNT, required=True)
@click.option("--reference", required=True, help="The filing's own number; decide and receive name it.")
@click.option("--policy", help="The policy; default: the only one of its kind.")
@click.option(
    "--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The policy year, when there are several."
)
@click.option("--date", "day", type=DAY, metavar="DATE", help="When it was filed; default: today.")
@recording
@pass_session
def file(
    session: Session, member: str, amount: int, reference: str, policy: str | None, year: int | None, day: date | None
) -> None:
    """File a claim with the stop-loss carrier."""
    from ledger.commands import FileClaim
    from ledger.money import shown

    kind = "aggregate" if member == "aggregate" else "specific"
    named = policy_of(session, kind, policy, year)
    who = "" if kind == "aggregate" else member
    filed = FileClaim(reference, named, who, amount, day or session.today, reference)
    say(session, record(session, filed), f"filing {reference} of {shown(amount)} under {named}")


@command.command("decide", epilog="\b\nExample:\n  claimfund stoploss decide SL-2025-07 --approved 70000.00")
@click.argument("filing")
@click.option("--approved", type=AMOUNT, required=True)
@click.option("--date", "day", type=DAY, metavar="DATE", help="When it was decided; default: today.")
@recording
@pass_session
def decide(session: Session, filing: str, approved: int, day: date | None) -> None:
    """Record what the carrier decided."""
    from ledger.commands import DecideClaim
    from ledger.money import shown

    known = state(session).filings.get(filing)
    word = "approved" if known is None or approved == known.filed else "partial" if approved else "denied"
    outcome = record(session, DecideClaim(filing, word, approved, day or session.today))
    say(session, outcome, f"decision on {filing}: {shown(approved)} {word}")


@command.command(
    "receive",
    epilog="\b\nExample:\n  claimfund stoploss receive SL-2025-07 --amount 28300.00 --effective 2025-12-30",
)
@click.argument("filing")
@click.option("--amount", type=AMOUNT, required=True)
@click.option("--effective", type=DAY, metavar="DATE", help="When it came in; default: today.")
@click.option("--bank-ref", default="", help="Wire or deposit number.")
@click.option("--overpayment", is_flag=True, help="Take more than is outstanding; it stays visible.")
@recording
@pass_session
def receive(
    session: Session, filing: str, amount: int, effective: date | None, bank_ref: str, overpayment: bool
) -> None:
    """Record what the carrier paid."""
    from ledger.commands import ReceiveReimbursement
    from ledger.money import shown

    day = effective or session.today
    outcome = record(session, ReceiveReimbursement(filing, amount, day, bank_ref, overpayment))
    say(session, outcome, f"reimbursement of {shown(amount)} on {filing}, {day}")


@command.command("factor", epilog="\b\nExample:\n  claimfund stoploss factor EE --amount 313.42 --from 2025-01")
@click.argument("tier")
@click.option("--amount", required=True, help="The monthly factor of one unit, such as 313.42.")
@click.option("--from", "start", type=MONTH, required=True, metavar="MONTH")
@click.option("--coverage", type=click.Choice(COVERAGES), help="Only for this line of coverage.")
@click.option("--policy", help="The policy; default: the only aggregate one.")
@recording
@pass_session
def factor(session: Session, tier: str, amount: str, start: str, coverage: str | None, policy: str | None) -> None:
    """Set a tier's monthly aggregate factor from a month on."""
    from ledger.commands import SetFactor
    from ledger.money import unit_rate

    unit_rate(amount)
    named = policy_of(session, "aggregate", policy)
    outcome = record(session, SetFactor(named, tier, amount, start, coverage))
    say(session, outcome, f"aggregate factor of {tier} from {start}: {amount}")
    for note in missing_factors(session, named):
        click.echo(note)


def missing_factors(session: Session, policy: str) -> list[str]:
    """What is still without a factor under a policy, a line each tier; shown when one was set."""
    from ledger.aggregate import months_without_factor, tiers_without_factor

    plan = state(session)
    own = next(each for each in plan.aggregate_policies() if each.policy == policy)
    tiers = plan.registered.tiers if plan.registered else ()
    unpriced = {
        tier for month, lives in plan.enrollment.items() for tier in tiers_without_factor(own, month, lives)
    }  # fmt: skip
    notes = []
    for tier, months in months_without_factor(own, tiers).items():
        span = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
        then = (
            "it has lives there, so the attachment point cannot be worked out until it has one" if tier in unpriced
            else "lives there are refused until it has one"
        )  # fmt: skip
        notes.append(f"Still missing: policy {policy} has no factor for {tier} in {span}; {then}.")
    return notes


for further in (*READING_COMMANDS, *CARRIER_COMMANDS, laser, bind):
    command.add_command(further)
