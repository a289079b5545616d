"""The columns of a page: rows in, the same rows out, cut and joined without loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.lines import NAMES, PAGE_LIMIT, SPECS, Lines, Spec, joined, lines_of

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def cell(spec: Spec) -> st.SearchStrategy[Any]:
    if spec.kind == "code":
        return st.sampled_from(spec.words)
    return TEXT if spec.kind == "text" else st.integers(-(10**15), 10**15)


ROWS = st.lists(st.fixed_dictionaries({spec.name: cell(spec) for spec in SPECS}), min_size=1, max_size=8)


@given(ROWS)
def test_rows_come_out_as_they_went_in(rows: list[dict[str, Any]]) -> None:
    lines = lines_of(rows)
    assert list(lines.rows()) == rows
    assert lines.total() == sum(row["amount"] for row in rows)
    assert Lines(lines.given() or {"amount": lines["amount"]}, lines.count) == lines


@given(ROWS, st.integers(1, 4))
def test_pages_laid_end_to_end_are_the_lines(rows: list[dict[str, Any]], size: int) -> None:
    lines = lines_of(rows)
    pages = list(lines.pages(size))
    assert all(len(page) <= size for page in pages)
    assert joined(pages) == lines
    assert sum(page.total() for page in pages) == lines.total()


@given(ROWS)
def test_lines_are_taken_in_the_order_of_the_index(rows: list[dict[str, Any]]) -> None:
    lines = lines_of(rows)
    assert list(lines.take(np.arange(len(rows))[::-1]).rows()) == rows[::-1]
    assert len(lines.take(np.zeros(len(rows), dtype=bool))) == 0


def test_a_column_not_given_is_empty_or_zero() -> None:
    lines = Lines({"amount": [5, 6]})
    assert lines.row(2) == {spec.name: {"text": "", "int": 0}.get(spec.kind, spec.words[:1] and spec.words[0])
                            for spec in SPECS} | {"amount": 6}  # fmt: skip
    assert set(lines.given()) == {"amount"}
    assert lines == Lines({"amount": [5, 6], "claim_id": ["", ""]})
    assert lines != Lines({"amount": [5, 7]})


def test_one_column_is_put_in_place_of_another() -> None:
    lines = Lines({"amount": [5, 6]}).replaced(amount=[1, 2], member=["a", "b"])
    assert [(row["amount"], row["member"]) for row in lines.rows()] == [(1, "a"), (2, "b")]


def test_columns_cannot_be_written_to() -> None:
    given_array = np.array([5, 6])
    lines = Lines({"amount": given_array})
    given_array[0] = 9
    assert lines.total() == 11
    for name in NAMES:
        with pytest.raises(ValueError, match="read-only"):
            lines[name][0] = 1


@pytest.mark.parametrize(
    ("columns", "count"),
    [
        ({"unheard": [1]}, None),
        ({"amount": [1], "billed": [1, 2]}, None),
        ({"amount": [1]}, 2),
        ({}, None),
        ({"coverage": ["NONE"]}, None),
        ({"claim_id": ["a\0b"]}, None),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: dict[str, Any], count: int | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        Lines(columns, count)


@pytest.mark.parametrize("values", [[1.5], [1.0], ["5"], [True], [None], [2**64], np.array([1.0])])
def test_amounts_that_are_not_whole_numbers_are_refused(values: Any) -> None:
    with pytest.raises((TypeError, OverflowError)):
        Lines({"amount": values})


def test_no_lines_are_no_pages() -> None:
    nothing = joined([])
    assert (len(nothing), nothing.total(), list(nothing.pages())) == (0, 0, [])
    assert PAGE_LIMIT == 10_000
