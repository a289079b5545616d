"""``claimfund stoploss``: what becomes of a filing, advances, notices and the receivable by age."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from claimfund.errors import Rejected
from claimfund.options import AMOUNT, CUTOFF, DAY, MONTH, pass_session, reading, recording
from claimfund.recording import policy_of, record, say, state
from claimfund.session import Session

_DATE = click.option("--date", "day", type=DAY, metavar="DATE", help="When it happened; default: today.")
_REASON = click.option("--reason", required=True, help="Why.")
_POLICY = click.option("--policy", help="The policy; default: the only one of its kind.")


def _an_amount_of(name: str, metavar: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a command that moves an amount of something, for a reason, on a day."""
    stack = (
        click.argument(name, metavar=metavar), click.option("--amount", type=AMOUNT, required=True), _REASON, _DATE,
        recording, pass_session,
    )  # fmt: skip

    def wrapped(command: Callable[..., None]) -> Callable[..., None]:
        for each in reversed(stack):
            command = each(command)
        return command

    return wrapped


@click.command("acknowledge", epilog="\b\nExample:\n  claimfund stoploss acknowledge SL-2025-07 --reference C-881")
@click.argument("filing")
@click.option("--reference", default="", help="The carrier's number.")
@_DATE
@recording
@pass_session
def acknowledge(session: Session, filing: str, reference: str, day: date | None) -> None:
    """Record that the carrier has a filing."""
    from ledger.commands import AcknowledgeClaim

    outcome = record(session, AcknowledgeClaim(filing, day or session.today, reference))
    say(session, outcome, f"filing {filing} acknowledged")


@click.command("more-info", epilog='\b\nExample:\n  claimfund stoploss more-info SL-2025-07 --what "Itemised bill"')
@click.argument("filing")
@click.option("--what", required=True, help="What the carrier asks for.")
@_DATE
@recording
@pass_session
def more_info(session: Session, filing: str, what: str, day: date | None) -> None:
    """Record what the carrier still asks for."""
    from ledger.commands import RequestInformation

    outcome = record(session, RequestInformation(filing, day or session.today, what))
    say(session, outcome, f"the carrier asks for more on {filing}")


@click.command(
    "appeal", epilog='\b\nExample:\n  claimfund stoploss appeal SL-2025-07 --amount 2700.00 --reason "Was eligible"'
)
@_an_amount_of("filing")
def appeal(session: Session, filing: str, amount: int, reason: str, day: date | None) -> None:
    """Claim again what the carrier denied."""
    from ledger.commands import AppealClaim
    from ledger.money import shown

    outcome = record(session, AppealClaim(filing, amount, day or session.today, reason))
    say(session, outcome, f"appeal of {shown(amount)} on {filing}")


@click.command(
    "write-off", epilog='\b\nExample:\n  claimfund stoploss write-off SL-2025-07 --amount 70.00 --reason "Too small"'
)
@_an_amount_of("filing")
def write_off(session: Session, filing: str, amount: int, reason: str, day: date | None) -> None:
    """Give up what is still due on a filing."""
    from ledger.commands import WriteOffClaim
    from ledger.money import shown

    outcome = record(session, WriteOffClaim(filing, amount, day or session.today, reason))
    say(session, outcome, f"write-off of {shown(amount)} on {filing}")


@click.command(
    "return", epilog='\b\nExample:\n  claimfund stoploss return SL-2025-07 --amount 70.00 --reason "Overpaid"'
)
@_an_amount_of("reference", "FILING|ADVANCE")
def give_back(session: Session, reference: str, amount: int, reason: str, day: date | None) -> None:
    """Record money that went back to the carrier."""
    from ledger.commands import ReturnAdvance, ReturnReimbursement
    from ledger.money import shown

    known = state(session)
    made = ReturnAdvance if reference in known.advances and reference not in known.filings else ReturnReimbursement
    outcome = record(session, made(reference, amount, day or session.today, reason))
    say(session, outcome, f"return of {shown(amount)} on {reference}")


@click.command(
    "advance", epilog="\b\nExample:\n  claimfund stoploss advance M-19C7 --amount 90.00 --reference A-1 --payment 12.3"
)
@click.argument("member")
@click.option("--amount", type=AMOUNT, required=True)
@click.option("--reference", required=True, help="The advance's own number; return names it.")
@click.option("--payment", "payments", multiple=True, required=True, metavar="EVENT.LINE", help="A payment it is for.")
@_POLICY
@_DATE
@recording
@pass_session
def advance(
    session: Session, member: str, amount: int, reference: str, payments: tuple[str, ...], policy: str | None,
    day: date | None,
) -> None:  # fmt: skip
    """Record what the carrier paid ahead for named payments."""
    from ledger.commands import FundAdvance
    from ledger.money import shown

    named = policy_of(session, "specific", policy)
    places = tuple(_place(session, text) for text in payments)
    outcome = record(session, FundAdvance(reference, named, member, places, amount, day or session.today))
    say(session, outcome, f"advance {reference} of {shown(amount)} under {named}")


def _place(session: Session, text: str) -> tuple[int, int]:
    event, dot, line = text.partition(".")
    if not (dot and event.isdecimal() and line.isdecimal()):
        raise Rejected(f"--payment: {text!r} is not EVENT.LINE.", "List payments with: claimfund claim list.")
    page = next((page for page in state(session).pages if page.position == int(event)), None)
    if page is None:
        raise Rejected(f"--payment: event {event} holds no payments.", "List payments with: claimfund claim list.")
    return page.version, int(line)


@click.command("accommodate", epilog="\b\nExample:\n  claimfund stoploss accommodate --month 2025-03 --amount 19000.00")
@click.option("--month", type=MONTH, required=True, metavar="MONTH")
@click.option("--amount", type=AMOUNT, required=True)
@click.option("--repaid", is_flag=True, help="The plan repaid it.")
@_POLICY
@_DATE
@recording
@pass_session
def accommodate(session: Session, month: str, amount: int, repaid: bool, policy: str | None, day: date | None) -> None:
    """Record an aggregate advance of a month, or its repayment."""
    from ledger.commands import Accommodate
    from ledger.money import shown

    named = policy_of(session, "aggregate", policy)
    outcome = record(session, Accommodate(named, month, amount, day or session.today, repaid))
    say(session, outcome, f"accommodation of {month} {'repaid' if repaid else 'advanced'}: {shown(amount)}")


@click.command("finalize", epilog="\b\nExample:\n  claimfund stoploss finalize AGG-2025 --audit-ref A-2026-03")
@click.argument("policy")
@click.option("--audit-ref", required=True, help="The audit of the paid claims.")
@click.option("--reason", default="", help="Why again, when it was finalised before.")
@_DATE
@recording
@pass_session
def finalize(session: Session, policy: str, audit_ref: str, reason: str, day: date | None) -> None:
    """Keep the final figures of an aggregate policy whose year is over."""
    from ledger.commands import FinalizeAggregate
    from ledger.events import AggregateFinalized
    from ledger.money import shown

    outcome = record(session, FinalizeAggregate(policy, audit_ref, day or session.today, reason))
    said = f"{policy} finalised"
    for made in (each.event for each in outcome.events if isinstance(each.event, AggregateFinalized)):
        figures = f"eligible {shown(made.eligible)}, attachment {shown(made.attachment_point)}"
        said += f": {figures}, benefit {shown(made.reimbursable)}"
    say(session, outcome, said)


@click.command(
    "notice",
    epilog="\b\nExample:\n  claimfund stoploss notice M-19C7 --basis 50pct --amount 90000.00 --reference N-1 "
    "--due 2025-06-30",
)
@click.argument("member")
@click.option(
    "--basis",
    type=click.Choice(("50pct", "deductible", "attachment", "window", "lifetime", "diagnosis", "stay")),
    required=True,
    help="Why; a diagnosis itself is never recorded.",
)
@click.option("--amount", type=AMOUNT, required=True, help="Eligible paid when it was sent.")
@click.option("--reference", required=True, help="The notice's own number.")
@click.option("--due", type=DAY, required=True, metavar="DATE", help="When the contract wants it.")
@_POLICY
@_DATE
@recording
@pass_session
def notice(
    session: Session, member: str, basis: str, amount: int, reference: str, due: date, policy: str | None,
    day: date | None,
) -> None:  # fmt: skip
    """Record a notice sent to the carrier."""
    from ledger.commands import SendNotice

    named = policy_of(session, "aggregate" if basis == "attachment" else "specific", policy)
    outcome = record(session, SendNotice(reference, named, member, basis, amount, due, day or session.today))
    say(session, outcome, f"notice {reference} under {named}")


@click.command("ageing", epilog="\b\nExample:\n  claimfund stoploss ageing --as-of 2025-12-31")
@click.option("--as-of", type=CUTOFF, help="As filings stood then; default: today.")
@reading
@pass_session
def ageing(
    session: Session, as_of: date | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None
) -> None:
    """Show what carriers owe, by age."""
    from claimfund.carrier_reports import ageing_report
    from claimfund.output import emit

    emit(session, ageing_report(session, as_of, known_at), form=form, as_json=as_json, out=out)


COMMANDS = (acknowledge, more_info, appeal, write_off, give_back, advance, accommodate, finalize, notice, ageing)
