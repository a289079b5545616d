"""What is wrong with a file: a place, a stable code and one sentence; never the value, only its shape."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Severity = Literal["fatal", "row", "warning"]

_KEPT = frozenset(".,-/()$+ :*_#'\"|")
_SHAPE_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: ``fatal`` refuses the file, ``row`` makes one row bad, ``warning`` is shown and kept."""

    where: str
    number: int
    column: str
    code: str
    sentence: str
    severity: Severity
    shape: str = ""


def shape_of(value: str) -> str:
    """The form of a value without its content: digits as 9, letters as X, other characters as they are or ``?``.

    >>> shape_of("1234567.89-"), shape_of("12/31/25"), shape_of("Smith")
    ('9(7).99-', '99/99/99', 'X(5)')
    """
    parts = []
    for kind, run in groupby(value[:200], _class_of):
        size = len(list(run))
        parts.append(kind * size if size < 3 or kind not in "9XU?" else f"{kind}({size})")
    made = "".join(parts)
    return made if len(made) <= _SHAPE_LIMIT else made[: _SHAPE_LIMIT - 1] + "…"


def _class_of(character: str) -> str:
    if not character.isascii():
        return "U"
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "X"
    return character if character in _KEPT else "?"


def pointed(value: str, show: bool) -> str:
    """How a sentence names a value: the value when it may be shown, else its shape."""
    if show:
        return f'"{value}"'
    return f"(of form {shape_of(value)})" if value else "(empty)"
