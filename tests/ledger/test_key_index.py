"""Keys that come in any portions are found again, whichever way they are looked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import key_index
from ledger.key_index import KeyIndex

SOME = (-(1 << 63), -(1 << 40), -1, 0, 1, 1 << 40, (1 << 63) - 1)
one = st.sampled_from(SOME)
added = st.one_of(st.lists(one, max_size=3), st.lists(one, min_size=17, max_size=40))
wanted = st.one_of(st.lists(one, max_size=3), st.lists(one, min_size=17, max_size=40))


@pytest.mark.parametrize("long", [1 << 15, 20])
@given(steps=st.lists(st.tuples(added, wanted), max_size=8))
@settings(max_examples=60, deadline=None)
def test_every_equal_key_is_found_in_the_order_in_which_it_came(
    long: int, steps: list[tuple[list[int], list[int]]]
) -> None:
    before = key_index._LONG, key_index._PATIENCE, key_index._KEPT
    key_index._LONG, key_index._PATIENCE, key_index._KEPT = long, 2, 4
    try:
        index, held = KeyIndex(), list[int]()
        for keys, asked in steps:
            index.add(np.array(keys, dtype=np.int64))
            held += keys
            places, numbers = index.find(np.array(asked, dtype=np.int64))
            expected = [(at, number) for at, key in enumerate(asked) for number, one in enumerate(held) if one == key]
            assert list(zip(places.tolist(), numbers.tolist(), strict=True)) == expected
            assert len(index) == len(held)
    finally:
        key_index._LONG, key_index._PATIENCE, key_index._KEPT = before


def test_keys_in_drawers_are_each_found() -> None:
    keys = np.random.default_rng(7).integers(-(1 << 63), (1 << 63) - 1, 100_000)
    index = KeyIndex()
    index.add(keys)
    for number in range(0, 100_000, 997):
        assert index.find(keys[number : number + 1])[1].tolist() == [number]
