"""Forms of personal data that no field takes (INV-33): known by their look alone, named in words, never repeated.

What is allowed differs by field. A check number may have nine digits, a claim number dashes; a reason may not name a
person. Only forms are known: a name that looks like any other word is not found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_SSN = r"(?<![\w-])[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}(?![\w-])"
_EMAIL = r"[\w.+-]+@[\w-]+\.\w"
_PHONE = r"\([0-9]{3}\) ?[0-9]{3}[-. ][0-9]{4}"
_BARE_PHONE = r"(?<![\w.-])[0-9]{3}[-.][0-9]{3}[-.][0-9]{4}(?![\w-])"
_DIAGNOSIS = r"(?<![\w.])[A-TV-Z][0-9][0-9A-Z]\.[0-9A-Z]{1,4}(?![\w.])"
_NAME_WORD = r"[A-Z][A-Za-z'’-]+"
_LAST_FIRST = rf"{_NAME_WORD}, ?{_NAME_WORD}(?: [A-Z]\.?)?"
_WORDS_ONLY = r"[A-Za-z][A-Za-z.'’-]*(?: [A-Za-z.'’-]+)+"
_TITLED = (
    rf"\b(?:Mr|Mrs|Ms|Dr)\.? {_NAME_WORD}"
    r"|\b(?:patient|member|claimant|subscriber|dependent|insured|spouse|child) "
    rf"(?:{_LAST_FIRST}|[A-Z][a-z]+ [A-Z][a-z]+)"
)
_BORN = r"(?i:\bDOB\b|\bdate of birth\b|\bbirth ?date\b|\bborn (?:on )?[0-9])"
_NINE = r"(?<![\w-])[0-9]{9}(?![\w-])"

Forms = Sequence[tuple[str, re.Pattern[str]]]

SSN = ("a social security number", re.compile(_SSN))
EMAIL = ("an e-mail address", re.compile(_EMAIL))
PHONE = ("a telephone number", re.compile(_PHONE))
_WHOLE_NAME = ("a name", re.compile(rf"\A(?:{_LAST_FIRST})\Z"))
_WHOLE_DIAGNOSIS = ("a diagnosis code", re.compile(rf"\A(?:{_DIAGNOSIS})\Z"))

_WHOLE_SSN = (SSN[0], re.compile(rf"\A(?:{_SSN})\Z"))

ID: Forms = (_WHOLE_SSN, EMAIL, PHONE, _WHOLE_NAME, _WHOLE_DIAGNOSIS, ("a name", re.compile(rf"\A(?:{_WORDS_ONLY})\Z")))
REFERENCE: Forms = (_WHOLE_SSN, EMAIL, PHONE, _WHOLE_NAME, _WHOLE_DIAGNOSIS)
PLACE: Forms = (_WHOLE_SSN, EMAIL, PHONE, _WHOLE_DIAGNOSIS)
TITLE: Forms = (SSN, EMAIL, ("a date of birth", re.compile(_BORN)))
PROSE: Forms = (
    SSN, ("a number of nine digits", re.compile(_NINE)), EMAIL, PHONE, ("a telephone number", re.compile(_BARE_PHONE)),
    ("a diagnosis code", re.compile(_DIAGNOSIS)), ("a date of birth", re.compile(_BORN)), _WHOLE_NAME,
    ("a name", re.compile(_TITLED)),
)  # fmt: skip


def looks_like(text: str, forms: Forms) -> str:
    """What a text looks like, in words; nothing when it looks like none of the forms."""
    return next((what for what, form in forms if form.search(text)), "")


_MARKS = b"@( ,"
_DOT, _DASH = ord("."), ord("-")


def telling(texts: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which texts of a column of bytes have the shape of some form of ``ID`` or ``REFERENCE``; the others have none."""
    cells = np.frombuffer(texts.tobytes(), dtype=np.uint8).reshape(len(texts), -1)
    found = np.zeros(len(texts), dtype=bool)
    for mark in _MARKS:
        found |= (cells == mark).any(axis=1)
    if cells.shape[1] > 3:  # a diagnosis code has its dot there
        found |= cells[:, 3] == _DOT
    if cells.shape[1] > 6:  # a social security number has its dashes there
        found |= (cells[:, 3] == _DASH) & (cells[:, 6] == _DASH)
    return found
