"""The leaf frame and the signed checkpoint."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import (
    Checkpoint,
    CheckpointRefused,
    SigningKey,
    VerifyingKey,
    frame,
    origin_of,
    parse_note,
    record_leaf,
)
from ledger.ports import Record
from ledger.tree import leaf_hash

KEY = SigningKey(origin_of("abc"), bytes(range(32)))
ROOT = bytes(range(32))
RECORD = Record(7, "P", 3, "t.v1", b"{}", "ada", "k", -1)


def test_the_frame_of_a_record_is_these_bytes() -> None:
    expected = (
        "61736f2d6576656e742f763100" "0000000000000007" "0000000000000003" "0000000150" "00000004742e7631"
        "000000027b7d" "00000003616461" "000000016b" "ffffffffffffffff"
    )  # fmt: skip
    assert frame(RECORD).hex() == expected
    assert record_leaf(RECORD) == leaf_hash(bytes.fromhex(expected))


TEXT = st.text(alphabet="ab\u00e9", max_size=3)


RECORDS = st.builds(
    Record,
    st.just(7),
    TEXT,
    st.just(3),
    TEXT,
    TEXT.map(str.encode),
    TEXT,
    TEXT,
    recorded_at=st.integers(0, 2),
)


@given(RECORDS, RECORDS)
def test_different_records_never_share_a_frame(one: Record, two: Record) -> None:
    assert (frame(one) == frame(two)) == (one == two)


def test_a_signed_checkpoint_is_verified_by_its_vkey() -> None:
    note = KEY.sign(12, ROOT)
    vkey = VerifyingKey.from_text(str(KEY.verifying))
    assert vkey.verify(note) == Checkpoint("claimfund/abc", 12, ROOT)
    assert note.startswith(f"claimfund/abc\n12\n{base64.b64encode(ROOT).decode()}\n\n\u2014 claimfund/abc ")


def test_the_published_vkey_of_the_go_implementation_is_read() -> None:
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFY"
        "C2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    vkey = VerifyingKey.from_text(text)
    assert str(vkey) == text
    with pytest.raises(CheckpointRefused, match="an origin, a size and a root"):
        vkey.verify(note)  # the signature is good; the text is not a checkpoint


@pytest.mark.parametrize("at", range(0, 100, 7))
def test_a_changed_byte_of_a_checkpoint_is_refused(at: int) -> None:
    note = KEY.sign(12, ROOT)
    changed = note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :]
    with pytest.raises(CheckpointRefused):
        KEY.verifying.verify(changed)


def test_a_signature_of_an_unknown_key_is_passed_over() -> None:
    other = SigningKey.generate("witness.example/w1")
    note = KEY.sign(12, ROOT)
    _, signatures = parse_note(other.sign(12, ROOT))
    extra = f"\u2014 witness.example/w1 {base64.b64encode(signatures[0][1]).decode()}\n"
    assert KEY.verifying.verify(note + extra).size == 12
    with pytest.raises(CheckpointRefused, match="not signed by"):
        other.verifying.verify(note)


def test_a_checkpoint_of_another_ledger_with_the_same_key_is_refused() -> None:
    body = Checkpoint("claimfund/other", 1, ROOT).body()
    signature = KEY.verifying.key_hash + KEY._private.sign(body.encode())
    note = f"{body}\n\u2014 claimfund/abc {base64.b64encode(signature).decode()}\n"
    with pytest.raises(CheckpointRefused, match="not of"):
        KEY.verifying.verify(note)


def test_a_signing_key_is_read_from_its_line_and_does_not_show_itself() -> None:
    again = SigningKey.from_text(KEY.to_text())
    assert again.sign(3, ROOT) == KEY.sign(3, ROOT)
    assert base64.b64encode(bytes(range(32))).decode() not in repr(again)


@pytest.mark.parametrize(
    "text", ["", "x", "a+b+c", "PRIVATE+KEY+claimfund/abc+00000000+AQIDBA==", "PRIVATE+KEY+a b+00+AA=="]
)
def test_what_is_not_a_key_is_refused(text: str) -> None:
    with pytest.raises(CheckpointRefused):
        SigningKey.from_text(text)
    with pytest.raises(CheckpointRefused):
        VerifyingKey.from_text(text)


@pytest.mark.parametrize("body", ["", "a\n1\n", "a\n01\nAA==\n", "a\n1\nAA==\n", "a\n-1\nAA==\n", "\n1\nAA==\n"])
def test_what_is_not_a_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(CheckpointRefused):
        Checkpoint.from_body(body)
