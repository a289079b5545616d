"""Tampering behind the triggers is found, and the first bad event is named."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from ledger.checkpoint import SigningKey, frame
from ledger.ports import Head, Record, Store
from ledger.refusals import LedgerDamaged
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.stores.verification import verify_store
from ledger.tree import leaf_hash
from stores.store_helpers import Address, append, batch


def bytes_of(address: Address, data: bytes) -> str:
    return f"X'{data.hex()}'" if address.kind == "sqlite" else f"'\\x{data.hex()}'::bytea"


@pytest.fixture
def filled(address: Address) -> Address:
    """Nine events in three batches: 1 to 4, 5 to 6, 7 to 9."""
    store = address.open(create=True)
    append(store, "1", batch("A", 0, "a", "b", "c"), batch("B", 0, "d"), at=10)
    append(store, "2", batch("A", 3, "e", "f"), at=20)
    append(store, "3", batch("B", 1, "g", "h", "i"), at=30)
    store.close()
    address.drop_triggers("events", "checkpoints", "head", "commands")
    return address


def damage(address: Address, *statements: str) -> LedgerDamaged:
    address.sql(*statements)
    store = address.open()
    try:
        with pytest.raises(LedgerDamaged) as caught:
            verify_store(store)
    finally:
        store.close()
    return caught.value


def test_an_untouched_ledger_is_in_order_from_any_position(filled: Address) -> None:
    store = filled.open()
    assert [verify_store(store, after=after).events for after in range(11)] == [
        9,
        8,
        7,
        6,
        5,
        4,
        3,
        2,
        1,
        0,
        0,
    ]
    found = verify_store(store)
    assert (found.checkpoints, found.plans, found.head) == (4, 2, store.head())
    store.close()


@pytest.mark.parametrize("position", range(1, 10))
def test_a_changed_byte_is_found_at_its_event(filled: Address, position: int) -> None:
    change = f"UPDATE events SET state = {bytes_of(filled, b'z')} WHERE position = {position}"
    assert damage(filled, change).position == position


@pytest.mark.parametrize(
    "column", ["actor = 'eve'", "topic = 'x'", "recorded_at = 21", "idempotency_key = 'x'", "plan = 'C'"]
)
def test_a_changed_envelope_is_found_at_its_event(filled: Address, column: str) -> None:
    assert damage(filled, f"UPDATE events SET {column} WHERE position = 6").position == 6


@pytest.mark.parametrize("position", [1, 2, 4, 5, 9])
def test_a_deleted_event_is_found_at_its_place(filled: Address, position: int) -> None:
    assert damage(filled, f"DELETE FROM events WHERE position = {position}").position == position


def test_a_deleted_event_with_the_rest_moved_up_is_found_at_its_place(filled: Address) -> None:
    moved = [
        f"UPDATE events SET position = {at - 1}, version = version - {int(at > 6)} WHERE position = {at}"
        for at in range(5, 10)
    ]
    assert damage(filled, "DELETE FROM events WHERE position = 4", *moved).position == 4


def test_a_swapped_pair_is_found_at_its_first_event(filled: Address) -> None:
    swap = [f"UPDATE events SET position = {new} WHERE position = {old}" for old, new in ((3, 99), (8, 3), (99, 8))]
    assert damage(filled, *swap).position == 3


def test_an_event_rewritten_with_its_leaf_is_found_in_its_batch(filled: Address) -> None:
    leaf = leaf_hash(frame(Record(6, "A", 5, "claims-paid.v1", b"z", "ada", "2", 20)))
    changed = f"state = {bytes_of(filled, b'z')}, leaf = {bytes_of(filled, leaf)}"
    found = damage(filled, f"UPDATE events SET {changed} WHERE position = 6")
    assert found.position == 5
    assert "events 5 to 6" in str(found)


def test_a_deleted_checkpoint_is_found(filled: Address) -> None:
    assert damage(filled, "DELETE FROM checkpoints WHERE size = 6").position == 5


def test_a_deleted_or_changed_command_is_found(filled: Address) -> None:
    assert damage(filled, "UPDATE commands SET last = 5 WHERE idempotency_key = '2'").position == 6
    assert damage(filled, "DELETE FROM commands WHERE idempotency_key = '1'").position == 4


def test_a_removed_tail_with_its_checkpoint_kept_is_found(filled: Address) -> None:
    assert damage(filled, "DELETE FROM events WHERE position >= 8").position == 8


def test_an_event_put_behind_the_signed_state_is_found(filled: Address) -> None:
    """Triggers let one in at the end, for who may record; no report counts it, and verify says that it is there."""
    columns = "plan, topic, state, actor, idempotency_key, recorded_at, leaf"
    found = damage(
        filled,
        f"INSERT INTO events (position, version, {columns}) SELECT 10, 6, {columns} FROM events WHERE position = 6",
    )
    assert (found.position, "no checkpoint signs it" in str(found)) == (10, True)


def test_a_checkpoint_signed_by_another_key_is_found(filled: Address) -> None:
    store = filled.open()
    head = store.head()
    note = SigningKey.generate("claimfund/other").sign(head.size, head.root)
    store.close()
    assert damage(filled, f"UPDATE checkpoints SET note = '{note}' WHERE size = 9").position == 9


def test_a_changed_frontier_stops_the_next_append(filled: Address) -> None:
    filled.sql(f"UPDATE head SET frontier = {bytes_of(filled, bytes(8))}")
    store = filled.open()
    with pytest.raises(LedgerDamaged, match="frontier"):
        append(store, "4", batch("A", 5, "x"))
    store.close()


def test_a_ledger_is_verified_with_the_key_the_auditor_keeps() -> None:
    store: Store = MemoryLedgerRecorder("one")
    append(store, "1", batch("A", 0, "a"))
    assert isinstance(store, MemoryLedgerRecorder)
    assert verify_store(store, vkey=str(store.verifying_key)).events == 1
    with pytest.raises(LedgerDamaged, match="not signed by"):
        verify_store(store, vkey=str(SigningKey.generate("claimfund/one").verifying))


def test_of_many_checkpoints_the_newest_signature_and_every_root_are_always_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ledger.stores.verification.ALL_UNTIL", 3)
    monkeypatch.setattr("ledger.stores.verification.ONE_OF", 4)
    store = MemoryLedgerRecorder("long")
    for number in range(12):
        append(store, str(number), batch("A", number, "s"), at=number)
    kept = list(store._heads)
    found = verify_store(store)
    assert (found.checkpoints, found.signatures) == (13, 6)  # 0, 1, 2, 4, 8 and 12 events
    assert verify_store(store, every_signature=True).signatures == 13
    other = SigningKey.generate(store.verifying_key.name)

    def forged(size: int) -> Head:
        """The right text, under the right name and key hash, with a signature of another key."""
        body, _, line = kept[size].checkpoint.rpartition(" ")
        own, false = b64decode(line), b64decode(other.sign(size, kept[size].root).rpartition(" ")[2])
        return Head(size, kept[size].root, f"{body} {b64encode(own[:4] + false[4:]).decode()}\n")

    for size, found_anyway in ((5, False), (8, True), (12, True)):
        store._heads[size] = forged(size)
        if found_anyway:
            with pytest.raises(LedgerDamaged, match="is false"):
                verify_store(store)
        else:
            assert verify_store(store).signatures == 6
        with pytest.raises(LedgerDamaged, match="is false"):
            verify_store(store, every_signature=True)
        store._heads[size] = kept[size]
    store._heads[5] = Head(5, kept[6].root, kept[5].checkpoint)
    with pytest.raises(LedgerDamaged, match="does not say what it is kept for"):
        verify_store(store)
