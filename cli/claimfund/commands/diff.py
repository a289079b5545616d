"""``claimfund diff``: what changed between two points, and the events that explain it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from claimfund.errors import DIFFERENCES
from claimfund.options import begun, output, pass_session, placed
from claimfund.output import emit
from claimfund.session import Session


@click.command(
    "diff",
    epilog="\b\nExamples:\n  claimfund diff 2025-12-31@2026-01-31 2025-12-31@2026-03-31\n"
    "  claimfund diff 2025-Q2 2025-Q3 --year 2025 --json\n"
    "  claimfund diff S-2025-01 S-2025-02 --exit-code\n"
    "  claimfund diff 2025-12-31@600 2025-12-31 --report stoploss-specific",
)
@click.argument("first", metavar="AS_OF[@KNOWN_AT]|SETTLEMENT")
@click.argument("second", metavar="AS_OF[@KNOWN_AT]|SETTLEMENT")
@click.option("--year", type=click.IntRange(1900, 2200), help="The plan year; default: that of the earlier date.")
@click.option(
    "--report", "compared", type=click.Choice(("position", "stoploss-specific", "stoploss-aggregate")),
    default="position", show_default=True, help="Whose lines to compare.",
)
@click.option("--exit-code", is_flag=True, help="End with code 5 when the two differ.")
@output
@placed
@pass_session
@click.pass_context
def command(
    ctx: click.Context, session: Session, first: str, second: str, year: int | None,
    compared: Literal["position", "stoploss-specific", "stoploss-aggregate"], exit_code: bool, form: str | None,
    as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show every line at two points, the change, and what explains it to the cent."""
    from claimfund.differing import default_year, diff_report, read_point
    from projections.differences import difference

    history = session.history()
    head = session.head.size
    one, two = (read_point(session, history, text, head) for text in (first, second))
    settled = [posted.year for text in (first, second) if (posted := history.facts.settlements.get(text))]
    year = year if year is not None or not settled else settled[0]
    year = default_year(history, one.as_of, two.as_of, year, session.today)
    for point in (one, two):
        begun(year, history.year_span(year)[0], point.as_of)
    found = difference(history, year, one, two, compared)
    emit(session, diff_report(session, found, (first, second), compared), form=form, as_json=as_json, out=out)
    if exit_code and found.changed:
        ctx.exit(DIFFERENCES)
