"""The parts of a line of the position that is no sum of the books: other lines, policies, or the month before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ledger.calendar import month_end
from projections import position as positions
from projections.carriers import receivables
from projections.history import History

_FLOWS = ("recoveries", "rebates", "contributions", "reimbursements-received", "claims-paid", "fees",
          "stop-loss-premium")  # fmt: skip


def parts_of(
    history: History, view: positions.Figures, line: str, as_of: date, month: str | None
) -> Iterable[positions.StatementLine]:
    """The lines that a derived line is made of, each signed as it enters."""
    printed = {found.name: found.amount for found in positions.lines(view)}
    billed = history.arrangement(view.year).funding == "pay-as-you-go"
    spent = ("claims-paid", "fees", "stop-loss-premium")
    came_in = ("recoveries", "rebates", "contributions", "reimbursements-received")
    names: tuple[str, ...] = ()
    extra: dict[str, int] = {}
    if line == "closing":
        names, extra = ("opening", "surplus-for-year"), {"dispositions": view.dispositions}
    elif line == "surplus-for-year":
        names = (*(() if billed else ("budget", *spent)), *came_in, "reimbursements-receivable")
        extra = {"due-to-carrier": -view.due_to_carrier}
    elif line == "opening":
        yield from _before(history, view, as_of, month)
        return
    elif line in ("reimbursements-receivable", "due-to-carrier"):
        yield from _by_policy(history, view.year, line, as_of, month)
        return
    else:
        yield from _of_view(history, view.year, line, as_of if month is None else min(month_end(month), as_of))
        return
    yield from (positions.StatementLine(name, printed[name]) for name in names)
    yield from (positions.StatementLine(name, amount) for name, amount in extra.items())


def _before(
    history: History, view: positions.Figures, as_of: date, month: str | None
) -> Iterable[positions.StatementLine]:
    """A month opens with the closing of the month before, the first with what was brought into the year."""
    year = positions.position(history, view.year, as_of)
    at = [each.month for each in year.months].index(month or "")
    if at:
        yield positions.StatementLine(f"closing of {year.months[at - 1].month}", year.months[at - 1].closing)
    else:
        yield positions.StatementLine("opening of the year", year.opening)


def _by_policy(
    history: History, year: int, line: str, as_of: date, month: str | None
) -> Iterable[positions.StatementLine]:
    """What is due from (or to) the carrier of each policy; of a month, what it moved by since the month before."""
    name = "receivable" if line == "reimbursements-receivable" else "due_to_carrier"
    end = as_of if month is None else min(month_end(month), as_of)
    yield from (
        positions.StatementLine(due.policy, getattr(due, name)) for due in receivables(history, year, end)
    )
    shown = [] if month is None else [each for each in positions.months_of(history, year, as_of) if each < month]
    for due in receivables(history, year, month_end(shown[-1])) if shown else ():
        yield positions.StatementLine(f"{due.policy} at the end of {shown[-1]}", -getattr(due, name))


def _of_view(history: History, year: int, line: str, until: date) -> Iterable[positions.StatementLine]:
    """One of the three views to a date: lines with their signs, and what was paid out of or into the balance."""
    printed = {found.name: found.amount for found in positions.lines(positions.position(history, year, until))}
    names = {
        "position-budget": ("budget", "claims-paid"),
        "position-cash": ("funding-received", *_FLOWS),
        "position-accrual": ("surplus-for-year",),
    }[line]
    yield from (positions.StatementLine(name, printed[name]) for name in names)
    if line != "position-budget":
        sums = positions.balances(history, year, until)
        for account, sign in positions.CASH_DISPOSITIONS.items():
            if paid := int(sums[account]) * sign:
                yield positions.StatementLine(account.name.lower().replace("_", " "), paid)
