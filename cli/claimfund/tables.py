"""Tables as people read them: digits in line, closing parentheses hanging, rules above totals; and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from claimfund.errors import clean

Cell = str | int | None
Row = Sequence[Cell]
Kind = Literal["text", "amount", "count"]


@dataclass(frozen=True)
class Rule:
    """A line under the amounts: single above a subtotal, double under the end."""

    double: bool = False


@dataclass
class Table:
    """Columns with a kind each, and rows; an ``int`` in an amount column is minor units, ``None`` is blank."""

    columns: tuple[tuple[str, Kind], ...]
    rows: list[Row | Rule] = field(default_factory=list)
    title: str = ""
    dash: bool = True

    def text(self, row: Row) -> list[str]:
        """The cells of a row as people read them."""
        return [self._cell(cell, kind) for cell, (_, kind) in zip(row, self.columns, strict=True)]

    def with_column(self, place: int, column: tuple[str, Kind], cells: Sequence[Cell]) -> Table:
        """The same with a column more at a place; rows after the last of its cells have a blank there."""
        found, rows = iter(cells), list[Row | Rule]()
        for row in self.rows:
            rows.append(row if isinstance(row, Rule) else [*row[:place], next(found, ""), *row[place:]])
        return Table((*self.columns[:place], column, *self.columns[place:]), rows, self.title, self.dash)

    def _cell(self, cell: Cell, kind: Kind) -> str:
        from ledger.money import shown

        if cell is None:
            return ""
        if isinstance(cell, str):
            return clean(cell)
        return shown(cell, dash=self.dash) if kind == "amount" else f"{cell:,}"


def plain(table: Table) -> list[str]:
    """The table as lines of text without anything to draw it with but spaces and rules."""
    rows = [None if isinstance(row, Rule) else _hung(table, table.text(row)) for row in table.rows]
    head = _hung(table, [name for name, _ in table.columns])
    widths = [
        max([len(head[index]), *(len(row[index]) for row in rows if row is not None)])
        for index in range(len(table.columns))
    ]
    lines = [clean(table.title)] if table.title else []
    lines.append(_line(table, head, widths))
    for at, (source, row) in enumerate(zip(table.rows, rows, strict=True)):
        if isinstance(source, Rule):
            lines.append(_rule(table, at, source, widths))
        elif row is not None:
            lines.append(_line(table, row, widths))
    return lines


def _hung(table: Table, cells: Sequence[str]) -> list[str]:
    return [
        f"{cell} " if kind == "amount" and not cell.endswith(")") else cell
        for cell, (_, kind) in zip(cells, table.columns, strict=True)
    ]


def _line(table: Table, cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = [
        cell.ljust(width) if kind == "text" else cell.rjust(width)
        for cell, width, (_, kind) in zip(cells, widths, table.columns, strict=True)
    ]
    return "  ".join(parts).rstrip()


def _rule(table: Table, at: int, rule: Rule, widths: Sequence[int]) -> str:
    """The rule, under those columns in which the sum has an amount: the row below a single one, above a double one."""
    beside = at - 1 if rule.double else at + 1
    sums = table.rows[beside] if 0 <= beside < len(table.rows) else None
    mark = "═" if rule.double else "─"
    cells = [""] * len(widths) if sums is None or isinstance(sums, Rule) else sums
    parts = [
        (mark if kind == "amount" and cell is not None else " ") * width
        for cell, width, (_, kind) in zip(cells, widths, table.columns, strict=True)
    ]
    return "  ".join(parts).rstrip()


def markdown(table: Table) -> list[str]:
    """The table in Markdown."""
    marks = ["---" if kind == "text" else "---:" for _, kind in table.columns]
    lines = [f"### {clean(table.title)}", ""] if table.title else []
    lines += [_bars([name for name, _ in table.columns]), _bars(marks)]
    lines += [_bars(table.text(row)) for row in table.rows if not isinstance(row, Rule)]
    return [*lines, ""]


def _bars(cells: Sequence[str]) -> str:
    return (
        "| " + " | ".join(cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"
    )
