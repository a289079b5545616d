"""Money: exact, whole, symmetric, and nothing lost."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import LIMIT, AmountError, Rounding, allocate, cents, money, rate, rounded, share, shown

AMOUNTS = st.integers(1 - LIMIT, LIMIT - 1)
MODES: st.SearchStrategy[Rounding] = st.sampled_from(("half-up", "half-even", "truncate"))
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


@given(AMOUNTS)
def test_an_amount_is_read_as_it_was_written(amount: int) -> None:
    assert cents(money(amount)) == amount


@given(AMOUNTS)
def test_an_amount_for_people_says_the_same(amount: int) -> None:
    plain = shown(amount).replace(",", "")
    assert plain == (f"({money(-amount)})" if amount < 0 else money(amount))


@pytest.mark.parametrize(
    "text",
    ["1,204.105", "1,204.10", "1.204,10", "1204.1", "1204.105", ".50", "5.", "+5.00", "--5.00", "(5.00)",
     "5.00-", "$5.00", "1e5", "1E5", "NaN", "nan", "Infinity", "-inf", "0x10", "1_000", "1_000.00", "", " ",
     " 5.00", "5.00 ", "5.00\n", "5 00",
     "１２.３４", "٣.٠٠", "5．00", "−5.00", "5\u00a0000.00", "12345678901234.00", "five", "5.0a", "\x005"],
)  # fmt: skip
def test_a_text_that_is_not_plainly_an_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        cents(text)


@pytest.mark.parametrize("value", [5, 5.0, None, b"5.00", True, ["5.00"], Fraction(5)])
def test_only_text_is_read_as_an_amount_or_rate(value: Any) -> None:
    with pytest.raises(AmountError):
        cents(value)
    with pytest.raises(AmountError):
        rate(value)


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        amount = cents(text)
    except AmountError:
        return
    assert amount == Fraction(text) * 100


@pytest.mark.parametrize("text", ["1e5", "NaN", "1/3", "", "%", "1,25", "１.2", "1.", ".5", "1%%", "1_0"])
def test_a_text_that_is_not_plainly_a_rate_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        rate(text)


def test_a_percentage_is_a_hundredth() -> None:
    assert rate("125%") == rate("1.25") == Fraction(5, 4)


@given(st.fractions(), MODES)
def test_rounding_is_symmetric_and_near(value: Fraction, mode: Rounding) -> None:
    assert rounded(-value, mode) == -rounded(value, mode)
    error = abs(rounded(value, mode) - value)
    assert error < 1 if mode == "truncate" else error <= Fraction(1, 2)


@given(st.integers(-(10**12), 10**12))
def test_halves_go_where_the_mode_says(whole: int) -> None:
    value = abs(whole) + Fraction(1, 2)
    assert rounded(value, "half-up") == abs(whole) + 1
    assert rounded(value, "half-even") % 2 == 0
    assert rounded(value, "truncate") == abs(whole)


@given(AMOUNTS, MODES)
def test_the_whole_share_is_the_amount(amount: int, mode: Rounding) -> None:
    assert share(amount, Fraction(1), mode) == amount
    assert share(amount, Fraction(0), mode) == 0


@given(AMOUNTS, WEIGHTS)
def test_the_parts_of_an_allocation_add_up_and_are_fair(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    assert all(abs(part - Fraction(amount * w, total)) < 1 for part, w in zip(parts, weights, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
    assert allocate(-amount, weights) == tuple(-part for part in parts)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [3, -1]])
def test_an_allocation_without_usable_weights_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)
