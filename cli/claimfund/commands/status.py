"""``claimfund status``: what is recorded and what is waiting."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimfund.counting import counted
from claimfund.options import CUTOFF, begun_plan, known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp

if TYPE_CHECKING:
    from projections.history import History


@click.command("status", epilog="\b\nExample:\n  claimfund status --as-of 2025-12-31 --known-at 2026-01-31")
@click.option("--as-of", type=CUTOFF, help="What was open then; default: today.")
@reading
@pass_session
def command(
    session: Session, as_of: date | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None
) -> None:
    """Show what is recorded and what is waiting."""
    reached = known_position(session, known_at)
    history = session.history(reached)
    begun_plan(history, as_of)
    until = as_of or session.today
    stamped = stamp(session, until, reached)
    plan = history.facts.plan
    assert plan is not None
    data = _found(history, until)
    unsettled = data["unsettled_years"]
    lines = [
        plan.name,
        second_line(stamped, counted(history)),
        f"Plan years         {', '.join(str(year) for year in data['years']) or 'none'}",
        f"Open months        {_span(data['open_months'])}",
        f"Filings open       {', '.join(data['open_filings']) or 'none'}",
        f"Unsettled years    {', '.join(str(year) for year in unsettled) or 'none'}",
    ]
    if reached is None and as_of is None and not session.quiet:
        lines.append(f"Next: {_next(data)}")
    emit(session, Report("status", "status", stamped, data, lines), form=form, as_json=as_json, out=out)


def _found(history: History, today: date) -> dict[str, Any]:
    from ledger.calendar import months_between

    facts = history.facts
    years = sorted(facts.years)
    settled = {posted.year for posted in facts.settlements.values()}
    begun = [year for year in years if history.year_span(year)[0] <= today]
    months = [
        month
        for year in begun
        for month in months_between(history.year_span(year)[0], min(history.year_span(year)[1], today))
        if month not in facts.closed
    ]
    open_filings = [
        name for name, filing in facts.filings.items()
        if filing.event.filed_on <= today and filing.standing(today).receivable
    ]  # fmt: skip
    ended = [year for year in begun if history.year_span(year)[1] < today]
    return {
        "events": len(history.records),
        "payments": sum(page.lines.count for page in history.pages if not page.correcting),
        "years": years,
        "open_months": months,
        "open_filings": open_filings,
        "unsettled_years": [year for year in ended if year not in settled],
        "without_budget": [year for year in years if year not in facts.budgets],
    }


def _span(months: list[str]) -> str:
    return "none" if not months else months[0] if len(months) == 1 else f"{months[0]} to {months[-1]} ({len(months)})"


def _next(data: dict[str, Any]) -> str:
    if data["without_budget"]:
        return f"claimfund budget set --year {data['without_budget'][0]} --annual 1200000.00"
    if data["unsettled_years"]:
        return f"claimfund settle preview {data['unsettled_years'][0]}"
    return f"claimfund position --year {data['years'][-1]}" if data["years"] else "claimfund init plan.toml"
