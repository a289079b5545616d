"""``claimfund enroll``: the enrolled units of a month."""

from __future__ import annotations

import click

from claimfund.errors import Rejected
from claimfund.options import MONTH, pass_session, recording
from claimfund.recording import record, say
from claimfund.session import Session


@click.group("enroll")
def command() -> None:
    """Record the enrolled units of a month."""


@command.command("set", epilog="\b\nExample:\n  claimfund enroll set --month 2025-01 EE=143 FAM=256")
@click.option("--month", type=MONTH, required=True)
@click.argument("counts", nargs=-1, required=True, metavar="TIER=UNITS…")
@recording
@pass_session
def set_(session: Session, month: str, counts: tuple[str, ...]) -> None:
    """Set the enrolled units of each tier; a later record of the month replaces it."""
    from ledger.commands import RecordEnrollment

    pairs: dict[str, int] = {}
    for given in counts:
        tier, equals, units = given.partition("=")
        if not equals or not units.isascii() or not units.isdecimal() or tier in pairs:
            raise Rejected(f"{given!r} is not TIER=UNITS, each tier once.", "Write, for example: EE=143 FAM=256")
        pairs[tier] = int(units)
    outcome = record(session, RecordEnrollment(month, tuple(pairs.items())))
    said = ", ".join(f"{tier} {units:,}" for tier, units in pairs.items())
    say(session, outcome, f"enrollment of {month}, {said}")
