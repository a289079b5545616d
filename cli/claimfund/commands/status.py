"""``claimfund status``: what is recorded and what is waiting."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimfund.counting import counted
from claimfund.options import known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import stamp

if TYPE_CHECKING:
    from projections.history import History


@click.command("status")
@reading
@pass_session
def command(
    session: Session, known_at: str | None, form: str | None, as_json: bool, out: Path | None
) -> None:
    """Show what is recorded and what is waiting."""
    reached = known_position(session, known_at)
    history = session.history(reached)
    stamped = stamp(session, None, reached)
    plan = history.facts.plan
    assert plan is not None
    data = _found(session, history)
    unsettled = data["unsettled_years"]
    lines = [
        f"{plan.name} · {counted(history)} · head {stamped.head}",
        f"Plan years         {', '.join(str(year) for year in data['years']) or 'none'}",
        f"Open months        {_span(data['open_months'])}",
        f"Filings open       {', '.join(data['open_filings']) or 'none'}",
        f"Unsettled years    {', '.join(str(year) for year in unsettled) or 'none'}",
    ]
    if reached is not None:
        lines.insert(1, f"As known at        event {reached:,}")
    elif not session.quiet:
        lines.append(f"Next: {_next(data)}")
    emit(session, Report("status", "status", stamped, data, lines), form=form, as_json=as_json, out=out)


def _found(session: Session, history: History) -> dict[str, Any]:
    from ledger.calendar import months_between

    facts, today = history.facts, session.today
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
        if filing.standing(today).receivable
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
