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
    data = {**_found(history, until), **_waiting(session, history, until, reached)}
    unsettled = data["unsettled_years"]
    lines = [
        plan.name,
        second_line(stamped, counted(history)),
        f"Plan years         {', '.join(str(year) for year in data['years']) or 'none'}",
        f"Open months        {_span(data['open_months'])}",
        f"Filings open       {', '.join(data['open_filings']) or 'none'}",
        f"Second person      {', '.join(f'change {number}' for number in data['open_proposals']) or 'nothing waits'}",
        f"Carrier notices    {_told(data)}",
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


def _waiting(session: Session, history: History, today: date, reached: int | None) -> dict[str, Any]:
    """What waits for a second person, and what the newest year's carriers have still to be told."""
    from claimfund.recording import state
    from ledger.refusals import Refusal
    from projections.notices import told

    proposals = state(session, reached).proposals.known.values()
    begun = [year for year in sorted(history.facts.years) if history.year_span(year)[0] <= today]
    try:
        notices = told(history, begun[-1], today) if begun and history.facts.policies else ()
    except Refusal:  # a factor is missing, which the register itself says
        notices = ()
    return {
        "open_proposals": [each.position for each in proposals if each.standing(today) == "open"],
        "notices_due": sum(each.state == "due" and each.due is not None for each in notices),
        "notices_late": sum(each.state == "late" for each in notices),
    }


def _told(data: dict[str, Any]) -> str:
    late = f"{data['notices_late']} late" if data["notices_late"] else ""
    due = f"{data['notices_due']} due" if data["notices_due"] else ""
    return ", ".join(part for part in (late, due) if part) or "none to send"


def _span(months: list[str]) -> str:
    return "none" if not months else months[0] if len(months) == 1 else f"{months[0]} to {months[-1]} ({len(months)})"


def _next(data: dict[str, Any]) -> str:
    if data["without_budget"]:
        return f"claimfund budget set --year {data['without_budget'][0]} --annual 1200000.00"
    if data["open_proposals"]:
        return "claimfund proposals --open"
    if data["notices_late"]:
        return "claimfund stoploss notices"
    if data["unsettled_years"]:
        return f"claimfund settle preview {data['unsettled_years'][0]}"
    return f"claimfund position --year {data['years'][-1]}" if data["years"] else "claimfund init plan.toml"
