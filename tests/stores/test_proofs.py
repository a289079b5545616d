"""Proof files as C2SP writes them: of one event, and of the log of today against a kept checkpoint."""

from __future__ import annotations

import base64
from functools import cache
from itertools import pairwise

import pytest

from claimfund.evidence import verify_claimfund_log as verifier
from claimfund.evidence.proofs import consistency_file, inclusion_file, signed_state
from ledger import tree
from ledger.checkpoint import SigningKey, frame
from ledger.ports import Head
from ledger.stores.memory import MemoryLedgerRecorder
from stores.test_evidence import filled

LEAVES = [tree.leaf_hash(str(number).encode()) for number in range(130)]
ROOTS = [tree.root(LEAVES[:size]) for size in range(131)]


@cache
def million() -> tuple[list[bytes], bytes]:
    """The leaves and root of a tree of 1,000,000 equal leaves."""
    leaves = [LEAVES[0]] * 1_000_000
    return leaves, tree.root(leaves)


def test_the_verifiers_own_arithmetic_agrees_on_every_small_tree() -> None:
    for size in range(1, 130):
        for index in range(size):
            path = tree.inclusion_proof(LEAVES[:size], index)
            assert verifier.root_of_leaf(LEAVES[index], index, size, path) == ROOTS[size]
            for other in ([*path, LEAVES[0]], path[:-1] if path else [LEAVES[0]]):
                with pytest.raises(verifier.Bad):
                    verifier.root_of_leaf(LEAVES[index], index, size, other)
        for size1 in range(1, size + 1):
            path = tree.consistency_proof(LEAVES[:size], size1)
            known = ROOTS[size1] if size1 & (size1 - 1) == 0 or size1 == size else None
            assert verifier.roots_of_both(size1, size, path, known) == (ROOTS[size1], ROOTS[size])
            with pytest.raises(verifier.Bad):
                verifier.roots_of_both(size1, size, [*path, LEAVES[0]], known)
    with pytest.raises(verifier.Bad, match="empty log"):
        verifier.roots_of_both(0, 3, [], tree.EMPTY_ROOT)


def test_each_event_of_a_log_is_proven_by_its_file_and_frame_and_no_other() -> None:
    store = filled(37, each=1)
    vkey = str(store.verifying_key)
    files = [inclusion_file(store, position) for position in range(1, 38)]
    for position, (text, data) in enumerate(files, start=1):
        found = verifier.verify_inclusion_file(text, data, vkey)
        record = store.record(position)
        assert record is not None
        for name in ("position", "plan", "version", "topic", "actor", "recorded_at"):
            assert getattr(found, name) == getattr(record, name)
        assert found.size == 37
        assert data == frame(record)
    for (text, _), (_, data) in pairwise(files):
        with pytest.raises(verifier.Bad, match="not event"):
            verifier.verify_inclusion_file(text, data, vkey)


def test_a_proof_is_written_as_c2sp_shows_it_and_extra_data_is_passed_over() -> None:
    store = filled(5)
    text, data = inclusion_file(store, 3)
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 2"]
    assert [len(base64.b64decode(line, validate=True)) for line in lines[2:]] == [32, 32, 32]
    assert note == store.head().checkpoint
    extra = "\n".join([lines[0], "extra YWdlLXYxLjIuMQ==", *lines[1:]]) + "\n\n" + note
    assert verifier.verify_inclusion_file(extra, data, str(store.verifying_key)).position == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"), ("index 2", "index 02"), ("index 2", "index 3"), ("index 2", "index -2"),
        ("index 2", "leaf 2"), ("index 2\n", "index 2\nAAAA\n"), ("\n\n", "\n"),
        ("index", "extra AA==\nextra AA==\nindex"),
    ],
)  # fmt: skip
def test_a_proof_that_is_written_otherwise_is_refused(old: str, new: str) -> None:
    store = filled(5)
    text, data = inclusion_file(store, 3)
    with pytest.raises(verifier.Bad):
        verifier.verify_inclusion_file(text.replace(old, new, 1), data, str(store.verifying_key))


@pytest.mark.parametrize("cut", [0, 5, 20, 33, -1])
def test_bytes_that_are_no_frame_are_refused(cut: int) -> None:
    store = filled(2)
    text, data = inclusion_file(store, 1)
    with pytest.raises(verifier.Bad):
        verifier.verify_inclusion_file(text, data[:cut], str(store.verifying_key))


def test_a_proof_in_a_log_of_a_million_events_is_smaller_than_1300_bytes() -> None:
    leaves, root = million()
    key = SigningKey("claimfund/0123456789abcdef", bytes(32))
    head = Head(1_000_000, root, key.sign(1_000_000, root))

    class Million(MemoryLedgerRecorder):
        """A store that holds one event and says that a million stand before it."""

        def leaf_hashes(self, *, after: int = 0, until: int | None = None):  # type: ignore[no-untyped-def]
            return ((number, leaf) for number, leaf in enumerate(leaves, start=1))

    store = Million()
    vars(store).update(vars(filled(1)))
    text, _ = inclusion_file(store, 1, head)
    assert len(text.encode()) < 1_300


def test_the_log_of_today_is_shown_to_begin_with_every_earlier_checkpoint() -> None:
    store = filled(21)
    vkey = str(store.verifying_key)
    heads = list(store.checkpoints())
    for old in heads[1:]:
        text = consistency_file(store, old.size)
        assert verifier.verify_consistency_file(text, old.checkpoint, vkey) == (old.size, 21, store.head().root)
        earlier = signed_state(store, old.size)
        between = consistency_file(store, 1, earlier)
        assert verifier.verify_consistency_file(between, heads[1].checkpoint, vkey)[1] == old.size
    with pytest.raises(verifier.Bad, match="kept is of 7"):
        verifier.verify_consistency_file(consistency_file(store, 6), heads[7].checkpoint, vkey)


def test_a_rewritten_log_has_no_proof_that_fits_the_kept_checkpoint() -> None:
    key = SigningKey.generate("claimfund/audit")
    honest, forged = filled(21, key=key), filled(21, "x", key=key)
    kept = next(head for head in honest.checkpoints() if head.size == 15)
    with pytest.raises(verifier.Bad, match="not those of the checkpoint you kept"):
        verifier.verify_consistency_file(consistency_file(forged, 15), kept.checkpoint, str(key.verifying))


def test_no_flipped_bit_of_a_proof_or_of_the_events_bytes_passes() -> None:
    store = filled(5)
    vkey = str(store.verifying_key)
    text, data = inclusion_file(store, 3)
    said = text.encode()
    for bit in range((len(said) + len(data)) * 8):
        both = bytearray(said + data)
        both[bit >> 3] ^= 1 << (bit & 7)
        with pytest.raises((verifier.Bad, UnicodeDecodeError)):
            verifier.verify_inclusion_file(both[: len(said)].decode(), bytes(both[len(said) :]), vkey)
