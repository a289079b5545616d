"""``claimfund position``: the surplus or deficit of a plan year."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimfund.figures import BODY, LINES, figures, months_csv
from claimfund.options import CUTOFF, begun, known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from projections.history import History
    from projections.position import Figures, PositionView


@click.command(
    "position",
    epilog="\b\nExamples:\n  claimfund position --year 2025\n  claimfund position --year 2025 --monthly -f csv\n"
    "  claimfund position --year 2025 --as-of 2025-12 --known-at 2026-01-31",
)
@click.option(
    "--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The plan year; default: the newest one begun."
)
@click.option("--as-of", type=CUTOFF, help="Only what was effective by then: 2025-12-31, 2025-12, 2025-Q4, today.")
@click.option("--monthly", is_flag=True, help="A line for every month.")
@click.option("--compare", type=click.Choice(("prior", "none")), default="prior", help="What stands beside it.")
@reading
@pass_session
def command(
    session: Session, year: int | None, as_of: date | None, monthly: bool, compare: str, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show where the plan stands: surplus, deficit and what they are made of."""
    on_screen = form in (None, "table", "md") and not as_json and out is None
    report = position_report(session, year, as_of, known_at, monthly=monthly, compare=compare, months=not on_screen)
    emit(session, report, form=form, as_json=as_json, out=out)


def position_report(
    session: Session, year: int | None, as_of: date | None, known_at: str | None, *, monthly: bool = False,
    compare: str = "prior", months: bool = True,
) -> Report:  # fmt: skip
    """The statement of a plan year, or its months; ``months`` are in the data also when no table shows them."""
    from projections.position import position

    reached = known_position(session, known_at)
    history = session.history(reached)
    year = chosen_year(history, year, session.today)
    until = as_of or default_as_of(history, year, session.today)
    begun(year, history.year_span(year)[0], until)
    view = position(history, year, until, monthly=monthly or months)
    prior = _prior(history, view, until) if compare == "prior" else None
    stamped = stamp(session, until, reached)
    billed = history.arrangement(year).funding == "pay-as-you-go"
    tables = [_monthly(view)] if monthly else [_statement(view, prior, billed), _views(view)]
    rows = months_csv(view) if monthly else [_flat(view)]
    return Report(
        "position",
        "position",
        stamped,
        figures(view),
        header(history, view, stamped) + _compared(history, prior, until),
        tables,
        _notes(history, view, as_of or max(session.today, history.year_span(year)[1])),
        rows,
    )


def chosen_year(history: History, given: int | None, today: date) -> int:
    """The plan year asked for, else the newest one that has begun."""
    from claimfund.errors import Rejected

    years = sorted(history.facts.years)
    if given is not None:
        if given not in years:
            names = ", ".join(str(year) for year in years) or "none"
            raise Rejected(f"plan year {given} is not open in this ledger.", f"Open are: {names}.")
        return given
    if not years:
        raise Rejected("no plan year is open yet.", "Open one with: claimfund init plan.toml")
    begun = [year for year in years if history.year_span(year)[0] <= today]
    return (begun or years)[-1]


def default_as_of(history: History, year: int, today: date) -> date:
    """The last day of the plan year, or today while it runs."""
    return min(history.year_span(year)[1], max(today, history.year_span(year)[0]))


def header(history: History, view: PositionView, stamped: Any) -> list[str]:
    """Whose figures, of which year and basis; as of when, known when, from how many events."""
    from claimfund.counting import counted

    plan = history.facts.plan
    assert plan is not None
    first = f"{plan.name} · plan year {view.year} · {view.basis} basis · {plan.currency}"
    return [first, second_line(stamped, counted(history))]


def _prior(history: History, view: PositionView, as_of: date) -> PositionView | None:
    from projections.position import position

    before = view.year - 1
    if before not in history.facts.years:
        return None
    return position(history, before, min(as_of, history.year_span(before)[1]), monthly=False)


def _compared(history: History, prior: PositionView | None, as_of: date) -> list[str]:
    """The cut-off of the column beside: the prior plan year is shown as of its own date."""
    return [] if prior is None else [f"{prior.year} beside it as of {min(as_of, history.year_span(prior.year)[1])}"]


def _statement(view: PositionView, prior: PositionView | None, billed: bool) -> Table:
    years = [view, *([prior] if prior else [])]
    columns: list[tuple[str, Any]] = [("Claims fund", "text"), *((str(each.year), "amount") for each in years)]
    table = Table(tuple(columns))

    def line(name: str, amounts: list[int]) -> None:
        table.rows.append([name, *amounts])

    line(_signed("brought forward", view.opening), [each.opening for each in years])
    for name, amounts in _body(years, billed):
        line(name, amounts)
    table.rows.append(Rule())
    line("Surplus (deficit) for the year", [each.surplus_for_year for each in years])
    if any(each.dispositions for each in years):
        line("Dispositions of surplus or deficit", [each.dispositions for each in years])
    table.rows.append(Rule())
    line(_signed("carried forward", view.closing), [each.closing for each in years])
    table.rows.append(Rule(double=True))
    return table


def _body(years: list[PositionView], billed: bool) -> list[tuple[str, list[int]]]:
    """The lines between opening and result; they add up. Without a budget the funding is what was billed."""
    from projections.position import lines

    named = [{line.name: line.amount for line in lines(each)} for each in years]
    rows = [(LINES[name], [found[name] for found in named]) for name in BODY]
    due = ("Due to the stop-loss carrier", [-each.due_to_carrier for each in years])
    rest = [amounts for _, amounts in (*rows, due)]
    results = [each.surplus_for_year for each in years]
    funding = [result - sum(column) for result, column in zip(results, zip(*rest, strict=True), strict=True)]
    first = ("Claims funding billed" if billed else LINES["budget"], funding)
    return [(name, amounts) for name, amounts in (first, *rows, due) if any(amounts)]


def _views(view: PositionView) -> Table:
    table = Table((("Three views, never mixed", "text"), ("To date", "amount")), dash=False)
    table.rows += [
        ["Received from the sponsor", view.funding_received],
        ["Budget: budget to date less net paid claims", view.positions.budget],
        ["Cash: money in less money out", view.positions.cash],
        ["Accrual: cash with receivables and payables", view.positions.accrual],
    ]
    return table


def _monthly(view: PositionView) -> Table:
    names: tuple[tuple[str, Any], ...] = (
        ("Month", "text"), ("Budget", "amount"), ("Claims paid", "amount"), ("Fees", "amount"),
        ("Funding", "amount"), ("Reimbursed", "amount"), ("Budget position", "amount"), ("Closing", "amount"),
    )  # fmt: skip
    table = Table(names)
    for month in view.months:
        table.rows.append([month.month, *_monthly_cells(month), month.closing])
    table.rows += [Rule(), [str(view.year), *_monthly_cells(view), view.closing], Rule(double=True)]
    return table


def _monthly_cells(found: Figures) -> list[int]:
    return [
        found.budget, found.claims_paid, found.fees, found.funding_received, found.reimbursements_received,
        found.positions.budget,
    ]  # fmt: skip


def _flat(view: PositionView) -> dict[str, Any]:
    made = figures(view)
    made.pop("months")
    positions = made.pop("positions")
    return {**made, **{f"position_{name}": amount for name, amount in positions.items()}}


def _over(history: History, year: int, until: date) -> set[tuple[str, str]]:
    """Policy and member (none for the plan as a whole) of every threshold that is exceeded."""
    from projections.carriers import specifics
    from projections.stop_loss_report import aggregate_register

    found = {
        (policy.policy, reached.found.keys[at])
        for policy, reached in specifics(history, year, until, history.lines_until(until))
        for at in (reached.found.eligible > reached.found.deductible).nonzero()[0].tolist()
    }
    return found | {(row.policy, "") for row in aggregate_register(history, year, until) if row.position.excess > 0}


def _notes(history: History, view: PositionView, until: date) -> list[str]:
    trace = f"claimfund trace position {view.year} --line claims-paid"
    notes = [f"Where a figure comes from:   {trace}"]
    triggers = {(found.policy, found.member or ""): found for found in history.facts.triggers}
    over = _over(history, view.year, until) if triggers else set()
    for key, trigger in triggers.items():
        policy = history.facts.policies.get(trigger.policy)
        if (
            policy is not None
            and key in over
            and history.year_span(view.year)[0] <= policy.effective <= history.year_span(view.year)[1]
        ):
            who = trigger.member or "The plan"
            kind = trigger.coverage_kind
            notes.insert(0, f"! {who} went over the {kind} stop-loss threshold.   claimfund stoploss {kind}")
    return notes


def _signed(words: str, amount: int) -> str:
    return f"{'Deficit' if amount < 0 else 'Surplus' if amount > 0 else 'Balance'} {words}"
