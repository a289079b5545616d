"""``claimfund claimants``: the members with the highest claims."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from claimfund.commands.position import chosen_year, default_as_of
from claimfund.options import AMOUNT, CUTOFF, begun, known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table


@click.command("claimants", epilog="\b\nExample:\n  claimfund claimants --year 2025 --over 50000.00 --top 10")
@click.option(
    "--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The plan year; default: the newest one begun."
)
@click.option("--as-of", type=CUTOFF, help="Only what was effective by then.")
@click.option("--over", type=AMOUNT, default="0.00", show_default=True, help="Only members with more than this.")
@click.option("--top", type=click.IntRange(min=1), help="At most so many.")
@reading
@pass_session
def command(
    session: Session, year: int | None, as_of: date | None, over: int, top: int | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show the members with the highest net claims paid."""
    report = claimants_report(session, year, as_of, known_at, over, top)
    emit(session, report, form=form, as_json=as_json, out=out)


def claimants_report(
    session: Session, year: int | None, as_of: date | None, known_at: str | None, over: int, top: int | None = None
) -> Report:
    """Members with more than an amount, the highest first."""
    from ledger.money import money
    from projections.claims_register import claimants

    reached = known_position(session, known_at)
    history = session.history(reached)
    year = chosen_year(history, year, session.today)
    until = as_of or default_as_of(history, year, session.today)
    begun(year, history.year_span(year)[0], until)
    found = claimants(history, year, until, over, top)
    table = Table((("Member", "text"), ("Lines", "count"), ("Net paid", "amount")), dash=False)
    table.rows += [[claimant.member, claimant.lines, claimant.paid] for claimant in found]
    rows = [{"member": c.member, "lines": c.lines, "paid": money(c.paid)} for c in found]
    stamped = stamp(session, until, reached)
    headers = [f"Claimants of plan year {year} · {history.arrangement(year).attribution} basis", second_line(stamped)]
    data = {"year": year, "over": money(over), "members": rows}
    return Report("claimants", "claimants", stamped, data, headers, [table], (), rows)
