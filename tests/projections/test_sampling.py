"""Samples: the same on every machine, only of what is there, and every large item when money decides."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger import events as e
from projections.history import History
from projections.position import lines, position, weights
from projections.sampling import Chance, Item, Method, draw, met, population
from projections.trace import COSTS
from random_years import days, story
from story import line, money, opened, page, recorded, registered

END = date(2025, 12, 31)
# What any machine must come to, worked out from SHA-256 alone; never to be changed.
NUMBERS = [806, 74, 599, 880, 141, 501]
DRAWN = {
    "random": ["4.3", "4.7", "5.7", "5.8", "5.10", "6.2"],
    "monetary-unit": ["4.7", "5.5", "6.1", "6.8", "7.3", "7.8"],
}
methods = st.sampled_from(["random", "monetary-unit"])
populations = st.lists(st.integers(-100_000, 5_000_000), min_size=1, max_size=60).map(
    lambda amounts: [Item(n, 1, amount, END, "M-1") for n, amount in enumerate(amounts, 1)]
)


def fixed() -> History:
    """Four registers of ten payments and two fees."""
    made: list[e.Event] = [*registered(), opened(2025)]
    for month in range(1, 5):
        rows = [line(100_00 * month + 7_13 * n * n, f"2025-{month:02d}-{n + 1:02d}") for n in range(10)]
        made.append(page(*rows, register=f"R-{month}"))
    made += [money(e.FeeCharged, 5_00, "2025-06-02"), money(e.FeeCharged, 6_00, "2025-07-02")]
    return History(recorded(made))


def test_chance_is_the_same_everywhere() -> None:
    chance = Chance(7)
    assert [chance.below(1000) for _ in range(6)] == NUMBERS


@pytest.mark.parametrize("method", ["random", "monetary-unit"])
def test_the_same_seed_draws_these_items_on_any_machine(method: Method) -> None:
    found = draw(population(fixed(), 2025, "claims-paid", END), 6, 7, method)
    assert [item.address for item in found.items] == DRAWN[method]


@given(story(), days, st.integers(1, 9), st.integers(0, 9), methods)
def test_every_item_drawn_belongs_to_the_line(
    events: list[e.Event], as_of: date, size: int, seed: int, method: Method
) -> None:
    history = History(recorded(events))
    printed = {x.name: x.amount for x in lines(position(history, 2025, as_of, monthly=False))}
    for name in printed:
        if weights(name) is not None:
            items = population(history, 2025, name, as_of)
            assert sum(item.amount for item in items) == printed[name] * (-1 if name in COSTS else 1)
            found = draw(items, size, seed, method)
            assert set(found.items) <= set(items)
            assert len(set(found.items)) == len(found.items) <= size


@given(populations, st.integers(1, 40), st.integers(0, 10**6))
def test_money_meets_every_item_larger_than_the_interval(items: list[Item], size: int, seed: int) -> None:
    assume(any(item.amount for item in items))
    found = draw(items, size, seed, "monetary-unit")
    assert found.interval == Fraction(sum(abs(item.amount) for item in items), size)
    assert {item for item in items if abs(item.amount) > found.interval} <= set(found.items)
    assert sum(found.hits) == size
    assert all(item.amount for item in found.items)


def test_a_published_selection_by_fixed_interval_is_met() -> None:
    """Arbutus Analyzer's manual, "Monetary Unit Sampling - Example": interval 10, starting value 4.

    Its lines 1 (the 4th dollar), 3 (the 14th) and 8 are selected, and line 7, of 12 dollars, as above the interval. The
    manual takes such a line out and reports it; here it stays, and a point that lies in it meets it.
    """
    dollars = [5, 3, 6, 2, 4, 1, 12, 7]
    lines_ = [Item(n, 1, amount, END, "M-1") for n, amount in enumerate(dollars, 1)]
    size = sum(dollars) // 10
    start = (4 - 1) * size  # the beginning of the fourth dollar, multiplied by the size
    assert [place + 1 for place in met(lines_, size, start)] == [1, 3, 7, 8]
    backwards = [Item(n, 1, -amount, END, "M-1") for n, amount in enumerate(dollars, 1)]
    assert met(backwards, size, start) == met(lines_, size, start)  # money taken back weighs what it is


@given(populations, st.integers(1, 80), st.integers(0, 10**6))
def test_chance_draws_as_many_as_asked_for_or_all(items: list[Item], size: int, seed: int) -> None:
    assert len(draw(items, size, seed).items) == min(size, len(items))


def test_a_line_made_of_other_lines_has_no_items() -> None:
    with pytest.raises(ValueError, match="made of other lines"):
        population(fixed(), 2025, "closing", END)
