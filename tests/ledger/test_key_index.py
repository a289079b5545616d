"""Keys that come in any portions are found again, whichever way they are looked for."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.key_index import KeyIndex

keys = st.lists(st.integers(-5, 5), max_size=30)


@given(st.lists(st.tuples(keys, st.lists(st.integers(-6, 6), max_size=40)), max_size=8))
@settings(max_examples=150, deadline=None)
def test_every_equal_key_is_found_in_the_order_in_which_it_came(steps: list[tuple[list[int], list[int]]]) -> None:
    index, held = KeyIndex(), list[int]()
    for added, wanted in steps:
        index.add(np.array(added, dtype=np.int64))
        held += added
        places, numbers = index.find(np.array(wanted, dtype=np.int64))
        expected = [(at, number) for at, key in enumerate(wanted) for number, one in enumerate(held) if one == key]
        assert list(zip(places.tolist(), numbers.tolist(), strict=True)) == expected
        assert len(index) == len(held)
