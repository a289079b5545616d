"""Small CSV files of an accountant: enrolment by month and tier, and amounts of funding, fees or reimbursements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ledger.calendar import DateError, month_start
from ledger.intake.cells import CellError, Cells, DateRule, MoneyRule, amount_of, day_of_cell
from ledger.intake.reading import Bytes, fatal, look
from ledger.intake.table import Table, form_problem
from ledger.money import cents
from ledger.problems import Problem

AmountsKind = Literal["funding", "fees", "reimbursements"]

_EXTRA: dict[AmountsKind, tuple[str, ...]] = {
    "funding": ("kind",),
    "fees": ("fee_type", "kind"),
    "reimbursements": ("policy", "year", "kind"),
}


@dataclass(frozen=True, slots=True)
class EnrollmentRow:
    """Covered lives (employees) of one tier in one month."""

    line: int
    month: str
    tier: str
    lives: int


@dataclass(frozen=True, slots=True)
class AmountRow:
    """One dated amount in cents; ``kind`` also holds the fee type; empty or 0 is what the file does not say."""

    line: int
    date: int
    amount: int
    reference: str
    kind: str = ""
    policy: str = ""
    year: int = 0


def read_enrollment(path: Path) -> tuple[tuple[EnrollmentRow, ...], tuple[Problem, ...]]:
    """Rows of ``month,tier,lives``; a month and tier may come once."""
    problems: list[Problem] = []
    rows: list[EnrollmentRow] = []
    seen: set[tuple[str, str]] = set()
    for line, cells, values in _rows(path, ("month", "tier", "lives"), (), problems):
        month, tier, lives = values["month"], values["tier"], values["lives"]
        cells.ids("tier", (tier,), True)
        try:
            month_start(month)
        except DateError:
            cells.note(0, "month", "DAT001", "is not a month; write it as 2025-12", month)
        if not re.fullmatch("[0-9]{1,9}", lives):
            cells.note(0, "lives", "NUM001", "is not a whole number; write digits only", lives)
        if (month, tier) in seen:
            cells.note(0, "month", "DUP001", "comes twice for the same tier; keep one of the rows", month)
        seen.add((month, tier))
        if not cells.bad[0]:
            rows.append(EnrollmentRow(line, month, tier, int(lives)))
    return tuple(rows), tuple(problems)


def read_budget(path: Path) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """Cents by month from rows of ``month,amount``; a month may come once, and no amount is negative."""
    problems: list[Problem] = []
    months: dict[str, int] = {}
    for _, cells, values in _rows(path, ("month", "amount"), (), problems):
        month, amount = values["month"], 0
        try:
            month_start(month)
        except DateError:
            cells.note(0, "month", "DAT001", "is not a month; write it as 2025-12", month)
        try:
            written = values["amount"]
            amount = cents(written) if re.fullmatch("[0-9]{1,13}", written) else amount_of(written, MoneyRule())
        except CellError as error:
            cells.note(0, "amount", error.code, error.reason, values["amount"])
        if amount < 0:
            cells.note(0, "amount", "AMT007", "is negative, and a budget is not; correct it", values["amount"])
        if month in months:
            cells.note(0, "month", "DUP001", "comes twice; keep one of the rows", month)
        if not cells.bad[0]:
            months[month] = amount
    return months, tuple(problems)


def read_amounts(path: Path, kind: AmountsKind) -> tuple[tuple[AmountRow, ...], tuple[Problem, ...]]:
    """Rows of ``date,amount,reference`` and the columns that the kind of file may add."""
    problems: list[Problem] = []
    rows: list[AmountRow] = []
    for line, cells, values in _rows(path, ("date", "amount", "reference"), _EXTRA[kind], problems):
        day = amount = 0
        try:
            day = day_of_cell(values["date"], DateRule())
        except CellError as error:
            cells.note(0, "date", error.code, error.reason, values["date"])
        try:
            amount = amount_of(values["amount"], MoneyRule())
        except CellError as error:
            cells.note(0, "amount", error.code, error.reason, values["amount"])
        for name in ("reference", "kind", "fee_type", "policy"):
            cells.ids(name, (values.get(name, ""),), name == "fee_type" and name in values)
        year = values.get("year", "")
        if year and not re.fullmatch("(19|20|21)[0-9]{2}", year):
            cells.note(0, "year", "NUM002", "is not a year; write it as 2025", year)
        if not cells.bad[0]:
            word = values.get("fee_type") or values.get("kind", "")
            row = AmountRow(line, day, amount, values["reference"], word, values.get("policy", ""), int(year or 0))
            rows.append(row)
    return tuple(rows), tuple(problems)


def _rows(
    path: Path, required: tuple[str, ...], optional: tuple[str, ...], problems: list[Problem]
) -> Iterator[tuple[int, Cells, dict[str, str]]]:
    """Each row with a place to note what is wrong with it; nothing when the file or its header is wrong."""
    seen = look(path)
    broken = seen if isinstance(seen, Problem) else form_problem(seen, "utf-8-sig")
    if broken is not None or not isinstance(seen, Bytes):
        problems.extend([broken] if broken is not None else [])
        return
    table = Table(path)
    try:
        for name in table.header:
            if name not in (*required, *optional):
                known = ", ".join((*required, *optional))
                sentence = f"The column {name!r} is not known here; the columns are {known}."
                problems.append(fatal("COL001", sentence, where="header", column=name[:40]))
        for name in required:
            if table.header and name not in table.header:
                sentence = f"The column {name!r} is missing; add it to the file."
                problems.append(fatal("COL002", sentence, where="header", column=name))
        problems.extend(table.problems)
        if problems:
            return
        for chunk in table.chunks():
            for row in range(len(chunk.numbers)):
                values = {name: column[row] for name, column in chunk.columns.items()}
                yield int(chunk.numbers[row]), Cells(chunk.numbers[row : row + 1], problems, False), values
        problems.extend(problem for problem in table.problems if problem not in problems)
        if table.control is not None:
            problems.append(fatal("CTL002", "A #CONTROL line is not known in this file; remove it."))
    finally:
        table.close()
