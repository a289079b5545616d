"""``claimfund budget``: set or revise a plan year's budget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.counting import many
from claimfund.errors import Rejected
from claimfund.importing import placed
from claimfund.options import AMOUNT, FILE, MONTH, pass_session, recording
from claimfund.recording import record, say, state
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.events import BudgetMonth


@click.group("budget")
def command() -> None:
    """Set or revise a plan year's budget."""


@command.command(
    "set",
    epilog="\b\nExamples:\n  claimfund budget set --year 2025 --annual 1200000.00\n"
    "  claimfund budget set --year 2025 --monthly budget.csv",
)
@click.option("--year", type=click.IntRange(1900, 2200), metavar="YEAR", required=True)
@click.option("--annual", type=AMOUNT, help="The year's budget, spread evenly over its months.")
@click.option("--monthly", type=FILE, help="A CSV file with the columns month,amount.")
@click.option("--rates", multiple=True, metavar="TIER=RATE", help="A monthly rate a unit; needs the enrollment.")
@click.option("--note", default="", help="Who approved it, and when.")
@recording
@pass_session
def set_(
    session: Session, year: int, annual: int | None, monthly: Path | None, rates: tuple[str, ...], note: str
) -> None:
    """Set the budget of a plan year."""
    from ledger.commands import SetBudget

    if sum((annual is not None, monthly is not None, bool(rates))) != 1:
        raise click.UsageError("Give one of --annual, --monthly and --rates.")
    if annual is not None:
        months, basis = _spread(annual, _months(session, year)), "annual"
    elif monthly is not None:
        months, basis = _from_file(monthly), "monthly"
    else:
        months, basis = _from_rates(session, year, rates), "rates"
    outcome = record(session, SetBudget(year, months, basis, note))
    say(session, outcome, _said(year, months))


@command.command(
    "revise",
    epilog='\b\nExample:\n  claimfund budget revise --from 2025-07 --amount 105000.00 --reason "Renewal"',
)
@click.option("--from", "start", type=MONTH, required=True, help="The first month that changes.")
@click.option("--amount", type=AMOUNT, help="The new amount of each month from then on.")
@click.option("--monthly", type=FILE, help="A CSV file with the columns month,amount.")
@click.option(
    "--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The plan year; default: that of the month."
)
@click.option("--reason", required=True, help="Why.")
@recording
@pass_session
def revise(
    session: Session, start: str, amount: int | None, monthly: Path | None, year: int | None, reason: str
) -> None:
    """Replace the budget from a month on; earlier months keep theirs."""
    from ledger.calendar import month_start
    from ledger.commands import ReviseBudget
    from ledger.events import BudgetMonth

    if (amount is None) == (monthly is None):
        raise click.UsageError("Give one of --amount and --monthly.")
    found = year or state(session).year_of(month_start(start))
    if monthly is not None:
        months = _from_file(monthly)
    else:
        assert amount is not None
        if amount < 0:
            raise Rejected("--amount: a budget is not negative.")
        later = [month for month in _months(session, found) if month >= start]
        months = tuple(BudgetMonth(month=month, amount=amount) for month in later)
    if not months or min(month.month for month in months) < start:
        raise Rejected(f"the months must be {start} or later, within plan year {found}.")
    outcome = record(session, ReviseBudget(found, _whole(session, found, months), reason), reason=reason)
    say(session, outcome, f"budget of {found} revised from {start}")


def _whole(session: Session, year: int, revised: tuple[BudgetMonth, ...]) -> tuple[BudgetMonth, ...]:
    """The whole year with the revised months put in: a recorded revision holds every month."""
    known = state(session).budgets.get(year)
    months = {month.month: month for month in (*(known[1].months if known else ()), *revised)}
    return tuple(months[name] for name in sorted(months))


def _months(session: Session, year: int) -> tuple[str, ...]:
    from ledger.calendar import add_months, month_of

    start = state(session).year_starts(year)
    return tuple(month_of(add_months(start, number)) for number in range(12))


def _spread(annual: int, months: tuple[str, ...]) -> tuple[BudgetMonth, ...]:
    from ledger.events import BudgetMonth
    from ledger.money import allocate

    if annual < 0:
        raise Rejected("--annual: a budget is not negative.")
    parts = allocate(annual, [1] * len(months))
    return tuple(BudgetMonth(month=month, amount=part) for month, part in zip(months, parts, strict=True))


def _from_file(path: Path) -> tuple[BudgetMonth, ...]:
    from ledger.events import BudgetMonth
    from ledger.intake.simple import read_budget

    months, problems = read_budget(path)
    if problems:
        alone = problems[0].sentence if len(problems) == 1 and problems[0].where == "file" else ""
        details = [] if alone else [placed(problem) for problem in problems]
        raise Rejected(alone or f"{path} has {many(len(problems), 'problem')}.", details=details)
    if not months:
        raise Rejected(f"{path} has no rows.", "Give a row month,amount for each month.")
    return tuple(BudgetMonth(month=month, amount=amount) for month, amount in sorted(months.items()))


def _from_rates(session: Session, year: int, rates: tuple[str, ...]) -> tuple[BudgetMonth, ...]:
    from ledger.intake.budget_rates import MissingEnrollment, budget_by_rates
    from ledger.money import unit_rate

    registered = state(session).registered
    known = registered.tiers if registered else ()
    pairs = {}
    for given in rates:
        tier, equals, amount = given.partition("=")
        if not equals:
            raise Rejected(f"--rates: {given!r} is not TIER=RATE, such as EE=313.42.")
        if tier in pairs:
            raise Rejected(f"--rates: {tier} comes twice.", "Give one rate a tier.")
        if known and tier not in known:
            raise Rejected(f"--rates: {tier!r} is not a tier of the plan.", f"Tiers: {', '.join(known)}.")
        pairs[tier] = unit_rate(amount)
    try:
        return budget_by_rates(_months(session, year), state(session).enrollment, pairs)
    except MissingEnrollment as problem:
        remedy = "Record it first: claimfund enroll set --month …"
        raise Rejected(str(problem), "Give a rate for every enrolled tier." if problem.tiers else remedy) from None


def _said(year: int, months: tuple[BudgetMonth, ...]) -> str:
    from ledger.money import shown

    total = sum(month.amount for month in months)
    amounts = {month.amount for month in months}
    each = f" of {shown(amounts.pop())}" if len(amounts) == 1 else ""
    return f"budget of {shown(total)} for {year}, {len(months)} deposits{each}"
