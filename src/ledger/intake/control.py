"""Control totals: what the sender states about a file, and whether the file ties to it to the cent."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from ledger.intake.cells import CellError, MoneyRule, amount_of
from ledger.intake.mapping import Trailer
from ledger.intake.reading import Control, fatal
from ledger.money import AmountError, cents, money
from ledger.problems import Problem, shape_of

_SIDECAR = ("rows", "sum_plan_paid", "sum_billed", "period_from", "period_to")


def sidecar_control(path: Path, problems: list[Problem]) -> Control | None:
    """The control of ``NAME.ctl.toml`` next to the file (NAME with or without its ending), if there is one."""
    for beside in (path.with_name(path.name + ".ctl.toml"), path.with_name(path.stem + ".ctl.toml")):
        if not beside.is_file():
            continue
        try:
            stated = tomllib.loads(beside.read_text("utf-8"))
            unknown = sorted(set(stated) - set(_SIDECAR))
            if unknown:
                raise ValueError(f"unknown key {unknown[0]!r}")
            rows = stated.get("rows")
            if rows is not None and (not isinstance(rows, int) or isinstance(rows, bool)):
                raise ValueError("rows must be a whole number")
            total, billed = (cents(stated[name]) if name in stated else None for name in _SIDECAR[1:3])
            return Control(rows, total, billed, "control file")
        except AmountError:
            problems.append(fatal("CTL003", "The control file next to this file holds what is no amount; correct it."))
        except (OSError, ValueError) as problem:
            sentence = f"The control file next to this file cannot be used: {problem}. Correct it or remove it."
            problems.append(fatal("CTL003", sentence))
    return None


def line_control(cells: Sequence[str], line: int, problems: list[Problem]) -> Control | None:
    """The control of a last line ``#CONTROL,rows,sum_plan_paid,sum_billed,period_from,period_to``."""
    padded = [*cells[1:], "", "", ""]
    return _control(padded[0], padded[1], padded[2], line, MoneyRule(), problems)


def trailer_control(
    cells: Sequence[str], trailer: Trailer, rule: MoneyRule, line: int, problems: list[Problem]
) -> Control | None:
    """The control of a trailer line that a mapping describes."""
    padded = [*cells, *[""] * max(trailer.rows, trailer.total)]
    rows = padded[trailer.rows - 1] if trailer.rows else ""
    total = padded[trailer.total - 1] if trailer.total else ""
    return _control(rows, total, "", line, rule, problems)


def _control(rows: str, total: str, billed: str, line: int, rule: MoneyRule, problems: list[Problem]) -> Control | None:
    try:
        if rows.strip() and not re.fullmatch("[0-9]{1,12}", rows.strip()):
            raise CellError("NUM001", "is not a whole number of rows")
        return Control(
            int(rows) if rows.strip() else None,
            amount_of(total, rule) if total.strip() else None,
            amount_of(billed, rule) if billed.strip() else None,
            f"line {line}",
        )
    except CellError as error:
        shape = shape_of(",".join((rows, total, billed)))
        sentence = f"The control line (of form {shape}) cannot be used, because a field {error.reason}."
        problems.append(fatal("CTL003", sentence, where=f"line {line}", number=line))
        return None


def compare(control: Control, rows: int, total: int, billed: int, unread: int) -> list[Problem]:
    """What does not tie. Amounts that cannot be read leave a total unproven: then the problem is one of rows."""
    found: list[Problem] = []
    if control.rows is not None and control.rows != rows:
        sentence = (
            f"The control total ({control.where}) says {control.rows} rows and the file has {rows}, "
            f"a difference of {rows - control.rows}; ask the sender for the whole file."
        )
        found.append(fatal("CTL001", sentence, column="rows"))
    for column, stated, counted in (("plan_paid", control.total, total), ("billed", control.billed, billed)):
        if stated is None or stated == counted:
            continue
        text = (
            f"The control total of {column} ({control.where}) is {money(stated)} and the file adds up to "
            f"{money(counted)}, a difference of {money(counted - stated)}"
        )
        if unread:
            sentence = f"{text}, with {unread} amounts or rows that cannot be read; correct them first."
            found.append(Problem("file", 0, column, "CTL001", sentence, "row"))
        else:
            found.append(fatal("CTL001", f"{text}; ask the sender for the right file.", column=column))
    return found
