"""The key by which an equal line is found again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledger.identity import among, identities, occurrences, payment_keys, same_identity, text_keys
from ledger.lines import TXN_TYPES, Lines, joined, lines_of

_ROW = {"claim_id": "C-1", "txn_type": "PAYMENT", "paid_on": 20000, "booked_on": 20000, "amount": 800, "occurrence": 1}
_TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)


def test_the_key_of_a_known_line_never_changes() -> None:
    lines = lines_of([_ROW, {**_ROW, "row_id": "R1"}])
    assert identities(lines).tolist() == [3595370205869915553, -5785902209172247382]


@given(st.lists(_TEXT, min_size=1, max_size=20), st.integers(1, 60))
def test_the_width_of_the_array_does_not_change_the_key(ids: list[str], extra: int) -> None:
    plain = np.array([text.encode() for text in ids], dtype=np.bytes_)
    wide = plain.astype(f"S{plain.dtype.itemsize + extra}")
    assert identities(Lines({"claim_id": plain})).tolist() == identities(Lines({"claim_id": wide})).tolist()


@given(st.lists(st.sampled_from(["A", "B", "CC"]), min_size=1, max_size=40))
def test_equal_rows_are_numbered_in_their_order(ids: list[str]) -> None:
    expected = [ids[: place + 1].count(text) for place, text in enumerate(ids)]
    assert occurrences(lines_of([{**_ROW, "claim_id": text} for text in ids])).tolist() == expected


@given(_TEXT, _TEXT, st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_lines_have_one_key_exactly_when_they_are_the_same(a: str, b: str, x: int, y: int) -> None:
    ours, theirs = ({**_ROW, "claim_id": claim, "amount": amount} for claim, amount in ((a, x), (b, y)))
    lines = lines_of([ours, theirs])
    keys = identities(lines)
    assert (keys[0] == keys[1]) == same_identity(lines, 0, lines, 1) == ((a, x) == (b, y))


@given(
    st.lists(
        st.tuples(
            _TEXT, st.sampled_from(["", "R1", "R" * 17]), st.sampled_from(TXN_TYPES), st.integers(-(10**14), 10**14)
        ),
        min_size=1, max_size=3,
    )
)  # fmt: skip
def test_a_few_lines_have_the_keys_that_they_have_among_many(rows: list[tuple[str, str, str, int]]) -> None:
    few = lines_of(
        [
            {**_ROW, "claim_id": claim, "payment_ref": claim[::-1], "row_id": row, "txn_type": word, "amount": amount,
             "booked_on": 20001, "claim_line": -amount}
            for claim, row, word, amount in rows
        ]
    )  # fmt: skip
    many = joined([few] * 9)
    for keys in (identities, payment_keys, lambda lines: text_keys(lines["claim_id"])):
        assert keys(few).tolist() == keys(many).tolist()[: few.count]


def test_a_void_keeps_its_identity_when_the_paid_date_of_the_original_is_put_in() -> None:
    void = {**_ROW, "txn_type": "VOID", "amount": -800}
    lines = lines_of([void, {**void, "paid_on": 19000}])
    assert len(set(identities(lines).tolist())) == 1
    assert same_identity(lines, 0, lines, 1)


def test_a_row_id_alone_is_the_identity_of_its_row() -> None:
    lines = lines_of([{**_ROW, "row_id": "R1"}, {**_ROW, "row_id": "R1", "amount": 1}, {**_ROW, "row_id": "R2"}])
    keys = identities(lines).tolist()
    assert keys[0] == keys[1] != keys[2]


def test_no_lines_have_no_keys() -> None:
    assert identities(Lines({}, 0)).tolist() == occurrences(Lines({}, 0)).tolist() == []


@given(st.lists(st.binary(max_size=20).map(lambda text: text.replace(b"\0", b"")), min_size=1), st.data())
def test_texts_among_the_wanted_are_told_whatever_the_widths(texts: list[bytes], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from([*texts, b"", b"another"]), min_size=1))
    found = among(np.array(texts, dtype=np.bytes_), np.array(wanted, dtype=np.bytes_))
    assert found.tolist() == [text in wanted for text in texts]
