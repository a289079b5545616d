"""Money is a whole number of minor units (cents); text with two decimals exists only at the edges.

Amounts are plain ``int`` inside, signed, below 10^15 in size. A rate meets an amount only in :func:`share`, and
rounding happens there, once, in a named mode. No float is accepted on any path.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Literal

Rounding = Literal["half-up", "half-even", "truncate"]

LIMIT = 10**15
_AMOUNT = re.compile(r"(-?)(\d{1,13})\.(\d{2})", re.ASCII)
_WHOLE = re.compile(r"(-?)(\d{1,13})", re.ASCII)
_UNIT_RATE = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_RATE = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)


class AmountError(ValueError):
    """A text that is not an amount of money; the message says why and what to write."""


def cents(text: str) -> int:
    """The minor units of an amount written ``-?digits.dd`` (or whole), ASCII digits only.

    >>> cents("1204.10"), cents("-0.05"), cents("500")
    (120410, -5, 50000)
    """
    if not isinstance(text, str):
        raise AmountError(f"{text!r} is not an amount: write it as text with two decimals, such as 1204.10")
    found = _AMOUNT.fullmatch(text)
    if found:
        sign, whole, fraction = found.groups()
    else:
        found = _WHOLE.fullmatch(text)
        if not found:
            raise AmountError(_why_not(text))
        (sign, whole), fraction = found.groups(), "00"
    value = int(whole) * 100 + int(fraction)
    return -value if sign else value


def _why_not(text: str) -> str:
    bare = text.strip()
    if not bare:
        return "the amount is empty; write it with two decimals, such as 1204.10"
    if re.fullmatch(r"-?[\d,]*\.\d{3,}", bare, re.ASCII):
        return f"{text!r} has more than two decimals"
    if "," in bare:
        return f"{text!r} holds a thousands separator; write plain digits, such as 1204.10"
    if not bare.isascii():
        return f"{text!r} holds characters that are not ASCII digits; write it as 1204.10"
    return f"{text!r} is not an amount in units and cents, such as 1204.10"


def money(amount: int) -> str:
    """The amount as data: two decimals, minus sign, no separators.

    >>> money(-120410)
    '-1204.10'
    """
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), 100)
    return f"{sign}{whole}.{fraction:02d}"


def shown(amount: int, *, dash: bool = False) -> str:
    """The amount for people: thousands separators, negatives in parentheses, zero as a dash when asked.

    >>> shown(-120410), shown(0, dash=True)
    ('(1,204.10)', '–')
    """
    if amount == 0 and dash:
        return "–"
    whole, fraction = divmod(abs(amount), 100)
    text = f"{whole:,}.{fraction:02d}"
    return f"({text})" if amount < 0 else text


def rate(text: str) -> Fraction:
    """An exact ratio from decimal text (``1.25``, ``0.95``, ``313.42``) or a percentage (``125%``)."""
    if not isinstance(text, str):
        raise AmountError(f"{text!r} is not a rate: write it as text, such as 1.25 or 125%")
    return _rate(text)


@lru_cache(maxsize=1024)
def _rate(text: str) -> Fraction:
    """The same terms are read again and again; there are few of them."""
    bare, percent = (text[:-1], True) if text.endswith("%") else (text, False)
    if not _RATE.fullmatch(bare):
        raise AmountError(f"{text!r} is not a rate such as 1.25 or 125%")
    value = Fraction(bare)
    return value / 100 if percent else value


def unit_rate(text: str) -> Fraction:
    """An amount per enrolled unit and month, such as ``313.42`` or ``499.3615``: at most six decimals, not negative.

    Composite factors and premium rates are quoted beyond the cent; only what they add up to is rounded (domain 8.1).
    """
    if isinstance(text, str) and _UNIT_RATE.fullmatch(text):
        return Fraction(text)
    if isinstance(text, str) and re.fullmatch(r"\d+\.\d{7,}", text, re.ASCII):
        raise AmountError(f"{text!r} has more than six decimals")
    if cents(text) < 0:
        raise AmountError(f"{text!r} must not be negative")
    raise AmountError(f"{text!r} is too large")


def rounded(value: Fraction, mode: Rounding = "half-up") -> int:
    """A whole number of minor units; symmetric, so that ``rounded(-x) == -rounded(x)`` in every mode."""
    size, part = divmod(abs(value.numerator), value.denominator)
    twice = 2 * part
    if mode == "half-up":
        up = twice >= value.denominator
    elif mode == "half-even":
        up = twice > value.denominator or (twice == value.denominator and size % 2 == 1)
    else:
        up = False
    size += 1 if up else 0
    return -size if value < 0 else size


def share(amount: int, ratio: Fraction, mode: Rounding = "half-up") -> int:
    """A ratio of an amount, rounded once. The only place where a rate meets money."""
    return rounded(amount * ratio, mode)


def allocate(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Parts of an amount in proportion to weights (largest remainder, ties to the earlier part); they add up to it.

    Raises ``ValueError`` when there is no positive weight or one is negative.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("allocation needs weights that are not negative and not all zero")
    size = abs(amount)
    parts = [size * weight // total for weight in weights]
    remainders = [size * weight % total for weight in weights]
    left = size - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: (-remainders[i], i))[:left]:
        parts[index] += 1
    return tuple(-part if amount < 0 else part for part in parts)
