"""Lines are grouped by their keys' bytes, whatever the keys are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledger.gains import grouped, grouped_lines, numbered
from ledger.lines import Lines

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


@given(
    st.lists(st.lists(st.tuples(st.sampled_from(["M-1", "M-2", "m", "", "Ü"]), st.booleans()), min_size=1), max_size=5),
    st.integers(0, 5),
)
def test_members_known_as_codes_are_grouped_as_their_texts_are(
    pages: list[list[tuple[str, bool]]], coded: int
) -> None:
    plain = [Lines({"member": [name for name, _ in page]}) for page in pages]
    masks = [np.array([counts for _, counts in page], dtype=np.bool_) for page in pages]
    known = [*numbered(plain[:coded]), *plain[coded:]]
    wanted = [name for page in pages for name, counts in page if counts]
    for given_pages in (plain, known):
        keys, place = grouped_lines(given_pages, masks, "member")
        assert [keys[at] for at in place.tolist()] == wanted
        assert sorted(keys) == sorted(set(wanted))


@given(st.lists(st.sampled_from(["M-1", "M-2", "M-33"]), min_size=1), st.data())
def test_lines_taken_from_others_keep_their_codes(names: list[str], data: st.DataObject) -> None:
    (lines,) = numbered([Lines.later(len(names), {"member": lambda: Lines({"member": names})["member"]})])
    mask = np.array([data.draw(st.booleans()) for _ in names])
    found = lines.take(mask)
    coded = found.coded("member")
    assert coded is not None
    assert coded.texts[coded.places].tolist() == found["member"].tolist()
