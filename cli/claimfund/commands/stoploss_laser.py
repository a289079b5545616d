"""``claimfund stoploss laser``: put a laser on a member, or take it off."""

from __future__ import annotations

from datetime import date

import click

from claimfund.errors import Rejected
from claimfund.options import AMOUNT, DAY, pass_session, recording
from claimfund.recording import policy_of, record, say
from claimfund.session import Session

_POLICY = click.option("--policy", help="The policy; default: the only specific one.")


class _MemberFirst(click.Group):
    """A group whose command is ``set`` unless another one is named: ``laser M-AB12 --deductible 150000.00``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["set", *args]
        return super().parse_args(ctx, args)


@click.group("laser", cls=_MemberFirst)
def laser() -> None:
    """Put a laser on a member (laser MEMBER …), or take it off."""


@laser.command("set", epilog="\b\nExample:\n  claimfund stoploss laser M-AB12 --deductible 150000.00")
@click.argument("member")
@click.option("--deductible", type=AMOUNT, help="The member's own deductible.")
@click.option("--excluded", is_flag=True, help="The carrier pays nothing for the member.")
@click.option("--conditional", is_flag=True, help="It holds until it is removed.")
@click.option("--lower", is_flag=True, help="A deductible below the policy's is meant.")
@click.option("--from", "start", type=DAY, metavar="DATE", help="First day of service it holds for; default: all.")
@click.option("--to", "end", type=DAY, metavar="DATE", help="Last day of service it holds for; default: all.")
@_POLICY
@recording
@pass_session
def put(
    session: Session, member: str, deductible: int | None, excluded: bool, conditional: bool, lower: bool,
    policy: str | None, start: date | None, end: date | None,
) -> None:  # fmt: skip
    """Put a laser on a member for services incurred between two dates."""
    from ledger.commands import SetLaser
    from ledger.terms import Laser

    if (deductible is None) != excluded:
        raise click.UsageError("Give one of --deductible and --excluded.")
    if deductible is not None and deductible < 0:
        raise Rejected("--deductible: a deductible is not negative.")
    named = policy_of(session, "specific", policy)
    made = Laser(
        member=member, deductible=deductible, excluded=excluded, conditional=conditional, lower=lower,
        from_date=start, to_date=end,
    )  # fmt: skip
    say(session, record(session, SetLaser(named, made)), f"laser on {member} under {named}")


@laser.command(
    "remove", epilog='\b\nExample:\n  claimfund stoploss laser remove M-AB12 --from 2025-07-01 --reason "Notified"'
)
@click.argument("member")
@click.option("--from", "start", type=DAY, required=True, metavar="DATE", help="First day of service it is off for.")
@click.option("--reason", required=True, help="Why.")
@_POLICY
@recording
@pass_session
def remove(session: Session, member: str, start: date, reason: str, policy: str | None) -> None:
    """Take a member's lasers off for services incurred from a date on."""
    from ledger.commands import RemoveLaser

    named = policy_of(session, "specific", policy)
    outcome = record(session, RemoveLaser(named, member, start, reason))
    say(session, outcome, f"laser on {member} under {named} off from {start}")
