"""``claimfund trace stoploss`` and ``trace filing``: from every amount of the stop-loss registers to what makes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.errors import Rejected
from claimfund.options import CUTOFF, begun_plan, known_position, pass_session, reading
from claimfund.output import emit
from claimfund.sampled import Drawing, sampling, traced_report
from claimfund.sealing import Claims, revealing
from claimfund.session import Session

if TYPE_CHECKING:
    from projections.history import History
    from projections.traced_lines import TracedLines

_AS_OF = click.option("--as-of", type=CUTOFF, help="As of this date; default: today.")
_PRINTED = {
    "amount": "filed", "accommodation_outstanding": "lent", "outstanding_before": "outstanding",
    "recorded_advanced": "advanced", "recorded_repaid": "repaid",
}  # fmt: skip
"""Names that reports give to amounts, where the ledger's own word is another."""


@click.command(
    "stoploss",
    epilog="\b\nExamples:\n  claimfund trace stoploss --year 2025 --policy SP-25 --member M-4F2A\n"
    "  claimfund trace stoploss --year 2025 --policy SP-25 --member M-4F2A --figure received\n"
    "  claimfund trace stoploss --year 2025 --policy SP-25 --bucket out_of_window\n"
    "  claimfund trace stoploss --year 2025 --policy AG-25 --figure eligible --month 2025-03",
)
@click.option("--policy", metavar="POLICY", help="Default: the only one; of a figure alone all specific ones.")
@click.option("--member", metavar="MEMBER", help="Only what counts of this member (or family) under a specific policy.")
@click.option("--bucket", metavar="NAME", help="What stands in this bucket, as stoploss buckets names it.")
@click.option("--figure", metavar="NAME", help="An amount of the register, as its JSON names it; default: what counts.")
@click.option("--month", metavar="MONTH|run-out", help="The amount in this month of an aggregate policy.")
@click.option("--tie", metavar="REASON", help="A line between ageing and position, as stoploss ageing names it.")
@click.option("--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="Default: the newest one begun.")
@_AS_OF
@revealing
@sampling
@reading
@pass_session
def stoploss_(
    session: Session, policy: str | None, member: str | None, bucket: str | None, figure: str | None,
    month: str | None, tie: str | None, year: int | None, as_of: date | None, reveal: bool, key: Path | None,
    drawing: Drawing | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show what makes an amount of a stop-loss register, of a member or month of it, or what stands in a bucket."""
    from claimfund.stop_loss_more import asked

    if bucket is not None and (member, figure, month) != (None, None, None):
        raise click.UsageError("--bucket stands alone: without --member, --figure and --month.")
    if tie is not None and (policy, member, bucket, figure, month) != (None,) * 5:
        raise click.UsageError("--tie stands alone, with --year.")
    if month is not None and member is not None:
        raise click.UsageError("Months are those of an aggregate policy; --member goes with a specific one.")
    history, year, until, reached = asked(session, year, as_of, known_at)
    kinds = {own.policy: "specific" for own in history.specific_policies(year)}
    kinds |= {own.policy: "aggregate" for own in history.aggregate_policies(year)}
    wanted = None if figure is None else figure.replace("-", "_")
    wanted = _PRINTED.get(wanted or "", wanted)
    found = None if tie is None else _tied(history, year, until, tie)
    if found is None and (policy, member, month) == (None, None, None):
        found = _total(history, year, until, kinds, wanted)
    if found is None:
        policy = _policy(year, kinds, policy, member, month)
        if member is not None and kinds[policy] == "aggregate":
            raise click.UsageError("--member goes with a specific policy.")
        if month is not None and kinds[policy] == "specific":
            raise click.UsageError("--month goes with an aggregate policy.")
        found = _traced(history, year, until, (policy, kinds[policy]), member, bucket, wanted, month)
    if reveal:
        found = Claims(session, history, key).revealed_in(found, command="trace stoploss", to_file=out is not None)
    report = traced_report(session, history, found, "trace stoploss", until, reached, drawing, claims=reveal)
    emit(session, report, form=form, as_json=as_json, out=out)


def _tied(history: History, year: int, until: date, tie: str) -> TracedLines:
    """A line of the tie; written as the table or as the JSON has it."""
    from projections.tie import trace_tie

    try:
        return trace_tie(history, year, tie[:1].lower() + tie[1:], until)
    except KeyError:
        raise Rejected(f"the tie of {year} has no line {tie!r} by {until}.",
                       "See its lines with: claimfund stoploss ageing") from None  # fmt: skip


def _total(
    history: History, year: int, until: date, kinds: Mapping[str, str], figure: str | None
) -> TracedLines | None:
    """The total of the specific register, when a figure of it is named and nothing else."""
    from projections.traced_figures import trace_specific_total

    if figure is None or "specific" not in kinds.values():
        return None
    try:
        return trace_specific_total(history, year, until, None, figure)
    except KeyError:
        return None


def _policy(year: int, kinds: Mapping[str, str], policy: str | None, member: str | None, month: str | None) -> str:
    """The policy named, or the only one that can be meant."""
    if policy is None:
        meant = [
            name for name, kind in kinds.items()
            if (kind == "specific" or not member) and (kind == "aggregate" or not month)
        ]  # fmt: skip
        policy = meant[0] if len(meant) == 1 else None
    if policy is None or policy not in kinds:
        raise Rejected(f"no stop-loss policy {policy or ''} is meant for {year}.".replace("  ", " "),
                       f"Name one with --policy: {', '.join(kinds) or 'none is bound'}.")  # fmt: skip
    return policy


def _traced(
    history: History, year: int, until: date, own: tuple[str, str], member: str | None, bucket: str | None,
    figure: str | None, month: str | None,
) -> TracedLines:  # fmt: skip
    from projections.traced_figures import (
        OF_AGGREGATE,
        OF_MEMBER,
        trace_aggregate_figure,
        trace_member_figure,
        trace_specific_total,
    )
    from projections.traced_lines import trace_policy
    from projections.traced_loans import OF_LOAN
    from projections.traced_months import OF_MONTH

    policy, kind = own
    names = (*OF_MONTH, *OF_LOAN) if month else OF_MEMBER if kind == "specific" else OF_AGGREGATE
    if figure is not None and figure not in names:
        raise Rejected(f"there is no figure {figure!r} to trace there.", f"Figures are: {', '.join(names)}.")
    try:
        if figure is None and month is None:
            return trace_policy(history, kind, year, until, policy=policy, member=member, bucket=bucket)
        if kind == "aggregate":
            return trace_aggregate_figure(history, year, until, policy, figure or "eligible", month)
        if member is None:
            return trace_specific_total(history, year, until, policy, figure or "eligible_paid")
        return trace_member_figure(history, year, until, policy, member, figure or "eligible_paid")
    except StopIteration:
        raise Rejected(f"{member} has no row under {policy} by {until}.", "claimfund stoploss specific --all") from None
    except KeyError:
        if bucket is not None:
            raise Rejected(f"{policy} has no bucket {bucket!r}.",
                           f"List them with: claimfund stoploss buckets --year {year}") from None  # fmt: skip
        if month is None:
            raise Rejected(f"{figure!r} has no total over members.", "Name a member with --member.") from None
        raise Rejected(f"{policy} has no month {month!r} by {until} with that figure.",
                       f"See them with: claimfund stoploss aggregate --year {year} --monthly") from None  # fmt: skip


@click.command(
    "filing",
    epilog="\b\nExamples:\n  claimfund trace filing SL-2025-07\n"
    "  claimfund trace filing SL-2025-07 --figure written_off --as-of 2026-03-31",
)
@click.argument("filing")
@click.option("--figure", default="outstanding", show_default=True, help="An amount, as stoploss ageing names it.")
@_AS_OF
@reading
@pass_session
def filing_(
    session: Session, filing: str, figure: str, as_of: date | None, known_at: str | None, form: str | None,
    as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show the events behind an amount of a claim on the carrier, and what each added to it."""
    from projections.traced_filings import OF_FILING, trace_filing

    reached = known_position(session, known_at)
    history, until = session.history(reached), as_of or session.today
    begun_plan(history, until)
    wanted = _PRINTED.get(figure, figure.replace("-", "_"))
    if wanted not in OF_FILING:
        raise Rejected(f"a filing has no figure {figure!r}.", f"Figures are: {', '.join(OF_FILING)}.")
    try:
        found = trace_filing(history, filing, wanted, until)
    except KeyError:
        raise Rejected(f"nothing was filed as {filing!r} by {until}.",
                       "List filings with: claimfund stoploss ageing") from None  # fmt: skip
    report = traced_report(session, history, found, f"trace filing {filing}", until, reached, None)
    emit(session, report, form=form, as_json=as_json, out=out)
