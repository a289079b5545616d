"""Lines are grouped by their keys' bytes, whatever the keys are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledger.gains import grouped

KEYS = st.lists(st.text(alphabet="AB0\u00e9", max_size=20), max_size=60)


@given(KEYS)
def test_lines_share_a_place_exactly_when_they_share_a_key(names: list[str]) -> None:
    keys = np.array([name.encode() for name in names], dtype="S40")
    distinct, place = grouped(keys)
    assert [distinct[at] for at in place.tolist()] == names
    assert len(distinct) == len(set(names))


def test_keys_that_meet_in_a_slot_are_still_told_apart() -> None:
    names = [f"{number * 2654435761 % 4294967296:010d}" for number in range(20_000)] * 3
    distinct, place = grouped(np.array([name.encode() for name in names]))
    assert [distinct[at] for at in place.tolist()] == names
    assert len(distinct) == 20_000
