"""``claimfund claim``: one payment, a void, or what a third party paid back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.errors import Refused, Rejected
from claimfund.options import AMOUNT, COVERAGES, DAY, pass_session, recording
from claimfund.recording import record, say, state
from claimfund.sealing import KEY, plan_sealing
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.lines import Lines


@click.group("claim")
def command() -> None:
    """Record one claim payment, void one, or record a recovery."""


@command.command(
    "pay",
    epilog="\b\nExample:\n  claimfund claim pay --member M-8E03 --amount 1204.10 --paid 2025-12-29 \\\n"
    "      --incurred 2025-11-20 --coverage MED --claim C-55120",
)
@click.option("--member", required=True, metavar="KEY", help="The member's pseudonym.")
@click.option("--amount", type=AMOUNT, required=True, help="What the plan paid.")
@click.option("--paid", type=DAY, required=True, metavar="DATE", help="When it was released.")
@click.option("--incurred", type=DAY, required=True, metavar="DATE", help="The date of service.")
@click.option("--admitted", type=DAY, metavar="DATE", help="The first day of an inpatient stay.")
@click.option("--discharged", type=DAY, metavar="DATE", help="The last day of an inpatient stay.")
@click.option("--coverage", type=click.Choice(COVERAGES, case_sensitive=False), default="MED")
@click.option("--claim", required=True, metavar="ID", help="The administrator's claim number.")
@click.option("--claim-line", type=click.IntRange(0, 9999), default=0)
@click.option("--reference", default="", help="Check or trace number.")
@click.option("--eligible", type=AMOUNT, help="What stop-loss accepts of it; default: all.")
@click.option("--family", default="", metavar="KEY", help="The subscriber's pseudonym; default: the member's.")
@click.option("--effective", type=DAY, metavar="DATE", help="Book it on this open date.")
@KEY
@recording
@pass_session
def pay(session: Session, /, effective: date | None, key: Path | None, **given: object) -> None:
    """Record one claim payment."""
    from ledger.commands import RecordRegister
    from ledger.handling import take_no_personal_data
    from ledger.identity import identities
    from ledger.money import shown

    lines = _line(given)
    if (seal := plan_sealing(session, key)) is not None:
        take_no_personal_data(RecordRegister("by-hand", lines))
        lines = seal.lines(lines)
        lines = lines.replaced(identity=identities(lines))
    name = re.sub(r"[^A-Za-z0-9._-]", "-", bytes(lines["claim_id"][0]).decode())[:32]
    register = f"MANUAL-{name}-{given['paid']}-{int(lines['identity'][0]) & 0xFFFFFFFF:08x}"
    command_ = RecordRegister(register, lines, effective_on=effective)
    outcome = record(session, command_)
    say(session, outcome, f"claim payment of {shown(lines.total())}, member {given['member']}, paid {given['paid']}")


def _line(given: dict[str, object]) -> Lines:
    from ledger.calendar import day_number
    from ledger.identity import identities
    from ledger.lines import lines_of

    amount, paid, incurred = given["amount"], given["paid"], given["incurred"]
    assert isinstance(amount, int) and isinstance(paid, date) and isinstance(incurred, date)
    if amount <= 0:
        raise Rejected(
            "--amount: a payment is above zero.", "Take a payment back with: claimfund claim void EVENT.LINE"
        )
    if incurred > paid:
        raise Rejected(f"--incurred: {incurred} is after the payment ({paid}).", "Check the two dates.")
    admitted, discharged = given["admitted"], given["discharged"]
    if isinstance(admitted, date) and isinstance(discharged, date) and admitted > discharged:
        raise Rejected(f"--admitted: {admitted} is after the discharge ({discharged}).", "Check the two dates.")
    for option in ("member", "claim"):
        if not str(given[option]).strip():
            raise Rejected(f"--{option} is empty.", "Name the payment's member and claim.")
    eligible = given["eligible"]
    row: dict[str, str | int] = {
        "claim_id": str(given["claim"]), "claim_line": int(str(given["claim_line"])), "txn_type": "PAYMENT",
        "occurrence": 1, "member": str(given["member"]), "family": str(given["family"] or given["member"]),
        "coverage": str(given["coverage"]).upper(), "incurred_on": day_number(incurred), "paid_on": day_number(paid),
        "booked_on": day_number(paid), "amount": amount,
        "eligible": eligible if isinstance(eligible, int) else amount,
        "specific_eligible": 1, "aggregate_eligible": 1, "payment_ref": str(given["reference"]), "source_line": 1,
        "admitted_on": day_number(admitted) if isinstance(admitted, date) else 0,
        "discharged_on": day_number(discharged) if isinstance(discharged, date) else 0,
    }  # fmt: skip
    if any(not str(value).isprintable() for value in row.values()):
        raise Rejected("a text holds characters that are not printable.")
    lines = lines_of([row])
    return lines.replaced(identity=identities(lines))


@command.command("void", epilog='\b\nExample:\n  claimfund claim void 18196.37 --reason "Duplicate of 18103.2"')
@click.argument("address", metavar="EVENT.LINE")
@click.option("--reason", required=True)
@click.option("--effective", type=DAY, metavar="DATE", help="The void's own date; default: today.")
@recording
@pass_session
def void(session: Session, address: str, reason: str, effective: date | None) -> None:
    """Void one recorded payment; nothing is erased."""
    from ledger.commands import VoidPayment
    from ledger.rules import NotAllowed

    found = re.fullmatch(r"(\d{1,12})(?:\.(\d{1,5}))?", address, re.ASCII)
    if not found:
        raise Rejected(f"{address!r} is not an address of a payment.", "Write EVENT.LINE, such as 18196.37.")
    event, line = int(found[1]), int(found[2] or 1)
    kept = session.store.record(event)
    if kept is None or kept.plan != session.plan:
        raise Refused(f"{address}: plan {session.plan} has no event {event}.", "List them with: claimfund events")
    day = effective or state(session).first_open_day(session.today)
    try:
        outcome = record(session, VoidPayment(kept.version, line, reason, day), reason=reason)
    except NotAllowed as problem:
        if problem.code != "unknown-original":
            raise
        raise Refused(f"{address} is not a recorded claim payment.", problem.remedy) from None
    say(session, outcome, f"void of claim payment {event}.{line}, effective {_booked(outcome.events, day)}")


def _booked(events: tuple[object, ...], day: date) -> date:
    """The date on which a void was booked."""
    from ledger.calendar import day_of
    from ledger.events import ClaimPaymentsVoided

    for recorded in events:
        event = getattr(recorded, "event", None)
        if isinstance(event, ClaimPaymentsVoided):
            return day_of(int(event.lines["booked_on"][0]))
    return day


@command.command(
    "recover",
    epilog="\b\nExample:\n  claimfund claim recover --member M-8E03 --amount 9000.00 --fee 3000.00 \\\n"
    "      --date 2026-02-10 --paid 2025-12-29 --incurred 2025-11-20 --claim C-55120 --reference SUB-17",
)
@click.option("--member", required=True, metavar="KEY", help="The member's pseudonym.")
@click.option("--amount", type=AMOUNT, required=True, help="What the third party paid, before the vendor's fee.")
@click.option("--fee", type=AMOUNT, default=0, metavar="AMOUNT", help="What the recovery vendor kept.")
@click.option("--date", "received", type=DAY, required=True, metavar="DATE", help="When it came in.")
@click.option("--paid", type=DAY, required=True, metavar="DATE", help="When the claim had been paid.")
@click.option("--incurred", type=DAY, required=True, metavar="DATE", help="The claim's date of service.")
@click.option("--coverage", type=click.Choice(COVERAGES, case_sensitive=False), default="MED")
@click.option("--claim", default="", metavar="ID", help="The administrator's claim number.")
@click.option("--eligible", type=AMOUNT, help="What of it stop-loss had accepted; default: all.")
@click.option("--reference", required=True, help="The recovery's own number.")
@KEY
@recording
@pass_session
def recover(
    session: Session, member: str, amount: int, fee: int, received: date, paid: date, incurred: date, coverage: str,
    claim: str, eligible: int | None, reference: str, key: Path | None,
) -> None:  # fmt: skip
    """Record what a third party paid back (subrogation): it lowers what stop-loss owes on that claim."""
    import numpy as np

    from ledger.commands import RecordRecovery
    from ledger.handling import take_no_personal_data
    from ledger.money import shown

    if amount <= 0 or fee < 0:
        raise Rejected("--amount: a recovery is above zero, and its fee not below.", "Correct the amounts.")
    if not incurred <= paid <= received:
        raise Rejected(
            f"--date: service ({incurred}), payment ({paid}) and recovery ({received}) follow one another.",
            "Check the three dates.",
        )
    asked = RecordRecovery(reference, member, coverage.upper(), incurred, paid, received, amount, fee, claim, eligible)
    if claim and (seal := plan_sealing(session, key)) is not None:
        take_no_personal_data(asked)
        known = state(session).payments_of(np.array([claim.encode()], dtype=np.bytes_))
        asked = replace(asked, claim_id=claim if known else seal.seal.token("claim", claim))
    outcome = record(session, asked)
    kept = f", {shown(fee)} of it kept by the vendor" if fee else ""
    say(session, outcome, f"recovery of {shown(amount)}{kept}, member {member}, received {received}")
