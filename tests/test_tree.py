"""The tree against published answers, against vectors of others, and against itself in all small sizes."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimfund.evidence.verify_claimfund_log import Bad, root_of_leaf
from ledger import tree

VECTORS = Path(__file__).parents[2] / "shared" / "vectors" / "rfc6962_inclusion"
CLASSIC = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
LEAVES = [tree.leaf_hash(str(number).encode()) for number in range(130)]


def roots() -> list[bytes]:
    frontier, result = tree.Frontier(), [tree.EMPTY_ROOT]
    for leaf in LEAVES:
        frontier.append(leaf)
        result.append(frontier.root())
    return result


def test_the_published_root_over_eight_leaves_comes_out() -> None:
    expected = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert tree.root(tree.leaf_hash(leaf) for leaf in CLASSIC).hex() == expected


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert tree.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_leaf_of_every_small_tree_has_a_proof_that_fits_nowhere_else() -> None:
    sizes = roots()
    for size in range(1, 130):
        for index in range(size):
            proof = tree.inclusion_proof(LEAVES[:size], index)
            assert tree.verify_inclusion(LEAVES[index], index, size, proof, sizes[size])
            assert not tree.verify_inclusion(LEAVES[index], (index + 1) % size, size, proof, sizes[size]) or size == 1
            assert not tree.verify_inclusion(LEAVES[index], index, size, [*proof, LEAVES[0]], sizes[size])
            assert not tree.verify_inclusion(LEAVES[index], index, size, proof[:-1], sizes[size]) or size == 1


def test_every_small_tree_is_shown_to_begin_with_every_smaller_one() -> None:
    sizes = roots()
    for size2 in range(1, 130):
        for size1 in range(1, size2 + 1):
            proof = tree.consistency_proof(LEAVES[:size2], size1)
            assert tree.verify_consistency(size1, size2, sizes[size1], sizes[size2], proof)
            assert not tree.verify_consistency(size1, size2, sizes[size1 - 1], sizes[size2], proof)
            assert not tree.verify_consistency(size1, size2, sizes[size1], sizes[size2 + 1], proof)
            assert not tree.verify_consistency(size1, size2, sizes[size1], sizes[size2], [*proof, LEAVES[0]])
            if proof:
                assert not tree.verify_consistency(size1, size2, sizes[size1], sizes[size2], proof[:-1])


def test_a_proof_from_the_empty_tree_is_refused() -> None:
    assert not tree.verify_consistency(0, 3, tree.EMPTY_ROOT, tree.root(LEAVES[:3]), [])
    with pytest.raises(ValueError, match="No proof"):
        tree.consistency_proof(LEAVES[:3], 0)


def test_a_proof_for_a_leaf_outside_the_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        tree.inclusion_proof(LEAVES[:3], 3)


@given(st.integers(0, 129), st.integers(0, 129))
def test_a_frontier_read_back_grows_to_the_same_root(one: int, two: int) -> None:
    first, last = sorted((one, two))
    frontier = tree.Frontier()
    frontier.extend(LEAVES[:first])
    again = tree.Frontier.from_bytes(frontier.to_bytes())
    again.extend(LEAVES[first:last])
    assert (again.size, again.root()) == (last, tree.root(LEAVES[:last]))
    assert frontier.size == first


@pytest.mark.parametrize("data", [b"", b"1234567", bytes(7) + b"\x01", bytes(8) + bytes(32), bytes(8) + b"x"])
def test_bytes_that_are_no_frontier_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        tree.Frontier.from_bytes(data)


def test_the_vectors_of_others_are_answered_as_they_say() -> None:
    files = sorted(VECTORS.rglob("*.json"))
    if not files:
        pytest.skip(f"no vectors at {VECTORS}")
    wrong = []
    for file in files:
        case = json.loads(file.read_text())
        proof = [base64.b64decode(part) for part in case["proof"] or []]
        leaf, root = base64.b64decode(case["leafHash"] or ""), base64.b64decode(case["root"] or "")
        good = tree.verify_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, root)
        try:
            also = root_of_leaf(leaf, case["leafIdx"], case["treeSize"], proof) == root and len(leaf) == 32
        except Bad:
            also = False
        if good == case["wantErr"] or also != good:
            wrong.append(str(file.relative_to(VECTORS)))
    assert not wrong
    assert len(files) == 98
