"""Cells of a column read as cents, day numbers, codes and ids: a whole column at once.

Cells are looked at one by one only to explain what is wrong with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ledger.calendar import DateError, day_number, parse_day
from ledger.intake.personal_cells import forms_of, suspects
from ledger.lines import Column
from ledger.money import LIMIT, rounded
from ledger.personal import looks_like
from ledger.problems import Problem, Severity, pointed, shape_of

Numbers = npt.NDArray[np.int64]

_PLAIN = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}(?:\n-?[0-9]{1,12}\.[0-9]{2})*")
_DECIMAL = re.compile(r"([0-9]{1,13})(?:\.([0-9]+))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufeff\u2028\u2029\u200b-\u200f\u202a-\u202e]")
_NINE = re.compile(r"^[0-9]{9}$", re.MULTILINE)
_OVERPUNCH = {c: (i % 10, i >= 10) for i, c in enumerate("{ABCDEFGHI}JKLMNOPQR")} | {
    str(i): (i, False) for i in range(10)
}


class CellError(ValueError):
    """Why a cell cannot be read: a stable code and the end of a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MoneyRule:
    """How a sender writes amounts; the canonical form is ``-?digits.dd`` and nothing else."""

    unit: str = "decimal"
    thousands: str = ""
    leading: bool = True
    trailing: bool = False
    parentheses: bool = False
    half_even: bool = False
    lax: bool = False

    @property
    def plain(self) -> bool:
        """Whether an amount in the canonical form means the same under this rule."""
        return self.unit == "decimal" and self.leading


@dataclass(frozen=True, slots=True)
class DateRule:
    """The date forms a sender uses, and what stands for no date."""

    formats: tuple[str, ...] = ()
    empty: tuple[str, ...] = ("",)


def amount_of(text: str, rule: MoneyRule) -> int:
    """The cents of one cell. Raises ``CellError``."""
    bare, negative = _sign(text.strip() if rule.lax else text, rule)
    if rule.unit == "overpunch" and bare:
        last = _OVERPUNCH.get(bare[-1])
        if last is None or not re.fullmatch("[0-9]{0,14}", bare[:-1]) or negative:
            raise CellError(
                "AMT008",
                "is not a COBOL signed amount; write digits and a last sign character, such as 12041{",
            )
        size = int(bare[:-1] or "0") * 10 + last[0]
        return -size if last[1] else size
    if rule.unit == "cents" and re.fullmatch("[0-9]{1,15}", bare):
        return -int(bare) if negative else int(bare)
    if rule.thousands and rule.thousands in bare:
        grouped = re.escape(rule.thousands)
        if re.fullmatch(rf"[0-9]{{1,3}}(?:{grouped}[0-9]{{3}})+(?:\.[0-9]*)?", bare):
            bare = bare.replace(rule.thousands, "")
    found = _DECIMAL.fullmatch(bare)
    if rule.unit == "cents" or not found:
        raise _amount_error(text, rule)
    whole, fraction = found[1], found[2] or ""
    exact = len(fraction) == 2 or (rule.lax and (not fraction or rule.half_even))
    if not exact and not (rule.half_even and fraction):
        raise _amount_error(text, rule)
    size = rounded(Fraction(f"{whole}.{fraction or '0'}") * 100, "half-even")
    if size >= LIMIT:
        raise CellError("AMT006", "is larger than this tool accepts; check it with the sender")
    return -size if negative else size


def _sign(bare: str, rule: MoneyRule) -> tuple[str, bool]:
    if rule.leading and bare.startswith("-"):
        return bare[1:], True
    if rule.trailing and bare.endswith("-"):
        return bare[:-1], True
    if rule.parentheses and bare.startswith("(") and bare.endswith(")"):
        return bare[1:-1], True
    return bare, False


def _amount_error(text: str, rule: MoneyRule) -> CellError:
    bare = text.strip()
    if not bare:
        return CellError("AMT001", "is empty; write an amount with two decimals, such as 1204.10")
    if rule.unit == "cents":
        return CellError("AMT008", "is not a whole number of cents; write digits only, such as 120410")
    if not bare.isascii():
        return CellError("AMT004", "holds characters that are not ASCII digits; write it as 1204.10")
    if re.fullmatch(r"[-(]?[0-9,]*\.[0-9]{3,}[-)]?", bare):
        remedy = ', or set round = "half_even" in the mapping' if rule.lax else ""
        return CellError("AMT002", f"has more than two decimals; round it at its source{remedy}")
    if "," in bare:
        return CellError("AMT003", "holds a thousands separator; write plain digits, such as 1204.10")
    if re.fullmatch(r"-?[0-9]{14,}(\.[0-9]*)?", bare):
        return CellError("AMT006", "is larger than this tool accepts; check it with the sender")
    if re.fullmatch(r"-?[0-9]+(\.[0-9]?)?", bare):
        return CellError("AMT009", "does not have two decimals; write it as 1204.10")
    return CellError(
        "AMT005",
        "is not an amount in units and cents; write it as 1204.10, without exponent, sign or currency",
    )


def day_of_cell(text: str, rule: DateRule) -> int:
    """The day number of one cell. Raises ``CellError``."""
    for form in rule.formats:
        try:
            day = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007
        except ValueError:
            continue
        if not text.isascii():
            break
        if not 1900 <= day.year <= 2200:
            raise CellError("DAT003", "is out of range; years from 1900 to 2200 are accepted")
        return day_number(day)
    if rule.formats:
        raise CellError(
            "DAT001", "is not a date in the form of the mapping; correct it, or add its form to dates.format"
        )
    try:
        return day_number(parse_day(text))
    except DateError:
        pass
    if re.fullmatch(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}", text):
        raise CellError(
            "DAT002",
            "is not a date this tool accepts, because it can mean two days; use a form such as 2025-12-31",
        )
    if not text:
        raise CellError("DAT004", "is empty; write a date such as 2025-12-31")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and not date.min.year <= int(text[:4]):
        raise CellError("DAT003", "is out of range; years from 1900 to 2200 are accepted")
    raise CellError("DAT001", "is not a date this tool accepts; use a day that exists, written as 2025-12-31")


class Cells:
    """The cells of some rows; what cannot be read marks its row as bad and leaves a problem."""

    def __init__(self, numbers: Numbers, problems: list[Problem], show_values: bool) -> None:
        self.numbers = numbers
        self.problems = problems
        self.show = show_values
        self.bad = np.zeros(len(numbers), dtype=bool)

    def note(self, row: int, column: str, code: str, reason: str, value: str, severity: Severity = "row") -> None:
        """A problem of one cell: ``column value reason.``"""
        number = int(self.numbers[row])
        sentence = f"{column} {pointed(value, self.show)} {reason}."
        self.problems.append(Problem(f"line {number}", number, column, code, sentence, severity, shape_of(value)))
        if severity == "row":
            self.bad[row] = True

    def amounts(self, column: str, values: Sequence[str], rule: MoneyRule, required: bool) -> tuple[Numbers, Column]:
        """Cents, and which cells could be read. Empty cells are 0 when the column is not required."""
        filled = values if required else ["0.00" if not value.strip() else value for value in values]
        count = len(filled)
        if rule.plain and _PLAIN.fullmatch(text := "\n".join(filled)):
            made = np.fromstring(text.replace(".", ""), dtype=np.int64, sep="\n")
            if len(made) == count:
                return made, np.ones(count, dtype=bool)
        result, readable = np.zeros(count, dtype=np.int64), np.ones(count, dtype=bool)
        for row, value in enumerate(filled):
            try:
                result[row] = amount_of(value, rule if value != "0.00" else MoneyRule())
            except CellError as error:
                readable[row] = False
                self.note(row, column, error.code, error.reason, value)
        return result, readable

    def days(self, column: str, values: Sequence[str], rule: DateRule, required: bool) -> Numbers:
        """Day numbers; 0 for an empty cell of a column that is not required."""
        known: dict[str, int | CellError] = {}
        for value in set(values):
            try:
                empty = not required and value.strip() in rule.empty
                known[value] = 0 if empty else day_of_cell(value, rule)
            except CellError as error:
                known[value] = error
        read = {value: found for value, found in known.items() if not isinstance(found, CellError)}
        if len(read) == len(known):
            return np.fromiter(map(read.__getitem__, values), dtype=np.int64, count=len(values))
        for row, value in enumerate(values):
            if isinstance(found := known[value], CellError):
                self.note(row, column, found.code, found.reason, value)
        return np.array([read.get(value, 0) for value in values], dtype=np.int64)

    def codes(self, column: str, values: Sequence[str], words: Sequence[str]) -> Column:
        """The places of words in a list of words."""
        if not values:
            return np.zeros(len(self.numbers), dtype=np.int8)
        places = {word: place for place, word in enumerate(words)}
        try:
            return np.fromiter(map(places.__getitem__, values), dtype=np.int8, count=len(values))
        except KeyError:
            for row, value in enumerate(values):
                if value not in places:
                    listed = ", ".join(word for word in words if word)
                    self.note(row, column, "COD001", f"is not a known code; use one of {listed}", value)
        return np.array([places.get(value, 0) for value in values], dtype=np.int8)

    def whole(self, column: str, values: Sequence[str]) -> Numbers:
        """Whole numbers from 0; an empty cell is 0."""
        if not values:
            return np.zeros(len(self.numbers), dtype=np.int64)
        distinct = set(values)
        known = {value: int(value or "0") for value in distinct if re.fullmatch("[0-9]{0,9}", value)}
        for row, value in enumerate(values) if len(known) < len(distinct) else ():
            if value not in known:
                self.note(
                    row,
                    column,
                    "NUM001",
                    "is not a whole number; write digits only, or leave it empty",
                    value,
                )
        if len(known) == len(distinct):
            return np.fromiter(map(known.__getitem__, values), dtype=np.int64, count=len(values))
        return np.array([known.get(value, 0) for value in values], dtype=np.int64)

    def ids(self, column: str, values: Sequence[str], required: bool, limit: int = 80) -> None:
        """Check ids: present, not too long, no control characters, none that looks like personal data."""
        secret = column in ("member_key", "subscriber_key")
        sizes = set(map(len, values))
        suspect = secret and 9 in sizes and bool(_NINE.search("\n".join(values)))
        together = "".join(values)  # Printable text, which is quick to tell, holds no control character.
        clean = (together.isprintable() or not _CONTROL.search(together)) and max(sizes, default=0) <= limit
        suspect = suspect or (any(mark in together for mark in "@( ,.-") and suspects(set(values), column))
        if clean and not suspect and not (required and 0 in sizes):
            return
        for row, value in enumerate(values):
            if required and not value:
                self.note(row, column, "IDS001", "is empty; every row needs it", value)
            elif len(value) > limit:
                self.note(row, column, "IDS002", f"is longer than {limit} characters; shorten it", value)
            elif _CONTROL.search(value):
                self.note(row, column, "IDS003", "holds a control character; remove it", value)
            elif secret and _NINE.fullmatch(value):
                self._personal(row, column, "a social security number", value)
            elif what := looks_like(value, forms_of(column)):
                self._personal(row, column, what, value)

    def _personal(self, row: int, column: str, what: str, value: str) -> None:
        secret = column in ("member_key", "subscriber_key")
        remedy = "send a pseudonym, or use --pseudonymise" if secret else "no field takes it; send a number or a code"
        code = "PHI001" if "security" in what else "PHI002"
        self.note(row, column, code, f"looks like {what}; {remedy}", value)


def texts(values: Sequence[str], count: int = 0) -> Column:
    """A column of UTF-8 bytes of fixed width; without values, so many empty ones."""
    if not values:
        return np.zeros(count, dtype="S1")
    if "".join(values).isascii():
        return np.array(values, dtype=f"S{max(1, *map(len, values))}")
    return np.array([value.encode() for value in values], dtype=np.bytes_)
