"""What every store promises, on each kind of store."""

from __future__ import annotations

from hashlib import sha256
from threading import Thread

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from ledger.ports import Appended, Store
from ledger.refusals import IdempotencyConflict, PlanMoved
from ledger.stores.recording import LedgerRecorder
from ledger.stores.verification import verify_store
from ledger.tree import EMPTY_ROOT
from stores.store_helpers import append, batch


def test_a_new_ledger_has_an_empty_signed_head(store: Store) -> None:
    head = store.head()
    assert (head.size, head.root) == (0, EMPTY_ROOT)
    assert [checkpoint.size for checkpoint in store.checkpoints()] == [0]
    assert (list(store.read()), store.plans(), store.record(1)) == ([], (), None)
    assert verify_store(store).events == 0


def test_positions_are_dense_over_plans_and_versions_within_a_plan(store: Store) -> None:
    append(store, "1", batch("B", 0, "a", "b"))
    append(store, "2", batch("A", 0, "c"))
    append(store, "3", batch("B", 2, "d"), batch("A", 1, "e", "f"))
    found = [(r.position, r.plan, r.version, r.state) for r in store.read()]
    assert found == [
        (1, "B", 1, b"a"), (2, "B", 2, b"b"), (3, "A", 1, b"c"),
        (4, "B", 3, b"d"), (5, "A", 2, b"e"), (6, "A", 3, b"f"),
    ]  # fmt: skip
    assert store.plans() == ("B", "A")
    assert [head.size for head in store.checkpoints()] == [0, 2, 3, 6]
    assert verify_store(store).events == 6


def test_reading_is_bounded_by_plan_and_position(store: Store) -> None:
    for number in range(6):
        append(store, str(number), batch("AB"[number % 2], number // 2, str(number)))
    assert [r.position for r in store.read(after=2, until=4)] == [3, 4]
    assert [r.position for r in store.read("B")] == [2, 4, 6]
    assert [r.position for r in store.read("B", after=2, until=5)] == [4]
    assert list(store.read("C")) == []
    third = store.record(3)
    assert third is not None
    assert (third.state, third.actor, third.idempotency_key) == (b"2", "ada", "2")
    assert (store.record(0), store.record(7)) == (None, None)


def test_reading_many_records_crosses_pages_without_loss(store: Store) -> None:
    append(store, "1", batch("A", 0, *map(str, range(1500))), batch("B", 0, "x" * 300_000))
    assert [r.position for r in store.read()] == list(range(1, 1502))
    assert [r.version for r in store.read("A", after=20)] == list(range(21, 1501))


def test_a_moved_plan_is_refused_and_nothing_is_recorded(store: Store) -> None:
    append(store, "1", batch("A", 0, "a"))
    for expected in (0, 2):
        with pytest.raises(PlanMoved, match="found 1"):
            append(store, "2", batch("B", 0, "b"), batch("A", expected, "b"))
    assert store.head().size == 1
    assert store.plans() == ("A",)
    assert store.recorded_under("2") is None


def test_the_same_key_and_request_give_the_first_result_again(store: Store) -> None:
    first = append(store, "k", batch("A", 0, "a", "b"))
    assert first == Appended(1, 2)
    append(store, "l", batch("A", 2, "c"))
    assert append(store, "k", batch("A", 0, "a", "b")) == Appended(1, 2, again=True)
    assert store.recorded_under("k") == (Appended(1, 2), sha256(b"k").digest())
    assert store.head().size == 3


def test_the_same_key_for_another_request_is_a_conflict(store: Store) -> None:
    append(store, "k", batch("A", 0, "a"))
    with pytest.raises(IdempotencyConflict):
        append(store, "k", batch("A", 1, "b"), said="something else")
    assert store.head().size == 1


def test_recorded_times_never_go_back(store: Store) -> None:
    append(store, "1", batch("A", 0, "a"), at=2_000)
    append(store, "2", batch("A", 1, "b"), at=1_000)
    append(store, "3", batch("A", 2, "c"), at=3_000)
    assert [r.recorded_at for r in store.read()] == [2_000, 2_000, 3_000]


def test_bytes_and_texts_come_back_as_they_were(store: Store) -> None:
    state = bytes(range(256)).decode("latin-1")
    append(store, "schl\u00fcssel \U0001f4b6", batch("PL\u00c4N'", 0, state, ""), at=-5)
    first, second = store.read()
    assert (first.plan, first.state, first.recorded_at) == ("PL\u00c4N'", state.encode(), 0)
    assert (second.state, second.idempotency_key) == (b"", "schl\u00fcssel \U0001f4b6")


@pytest.mark.parametrize("plan", ["", "a\x00b"])
def test_an_append_without_form_is_an_error(store: Store, plan: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        append(store, "k", batch(plan, 0, "a"))
    with pytest.raises(ValueError, match="at least one"):
        append(store, "k", batch("A", 0))
    assert store.head().size == 0


def test_appending_while_holding_the_right_to_write(store: Store) -> None:
    with store.writing(["A", "B"]):
        append(store, "1", batch("A", 0, "a"), batch("B", 0, "b"))
    with store.writing(["B"]):
        append(store, "2", batch("B", 1, "c"))
    assert store.head().size == 3


def test_a_writer_reads_and_appends_again_and_again_until_something_is_refused(store: Store) -> None:
    with store.writing(["A"]):
        append(store, "1", batch("A", 0, "a"))
        assert store.head().size == 1
        with pytest.raises(PlanMoved):
            append(store, "2", batch("A", 0, "b"))
        append(store, "3", batch("A", 1, "c"))
        assert [record.state for record in store.read("A")] == [b"a", b"c"]
    with pytest.raises(KeyError), store.writing(["A"]):
        raise KeyError
    append(store, "4", batch("A", 2, "d"))
    assert store.head().size == 3


def test_somebody_who_reads_meanwhile_sees_what_is_recorded(store: Store) -> None:
    append(store, "1", batch("A", 0, "a"))
    seen: list[int] = []
    with store.writing(["A"]):
        reading = Thread(target=lambda: seen.append(store.head().size))
        reading.start()
        reading.join()
        append(store, "2", batch("A", 1, "b"))
    assert seen == [1]


def test_the_recorder_interface_of_the_library_works(store: Store) -> None:
    assert isinstance(store, LedgerRecorder)
    events = [
        StoredEvent("A", 1, "t.v1", b"1"),
        StoredEvent("A", 2, "u.v1", b"2"),
        StoredEvent("B", 1, "t.v1", b"3"),
    ]
    assert list(store.insert_events(events)) == [1, 2, 3]
    assert store.select_events("A") == events[:2]
    assert store.select_events("A", gt=1) == events[1:2]
    assert store.select_events("A", desc=True, limit=1) == events[1:2]
    assert [n.id for n in store.select_notifications(start=2, limit=5)] == [2, 3]
    assert [n.id for n in store.select_notifications(start=None, limit=5, topics=["t.v1"])] == [1, 3]
    assert [n.id for n in store.select_notifications(2, 5, inclusive_of_start=False)] == [3]
    assert store.max_notification_id() == 3
    for again in (events[:1], [StoredEvent("A", 5, "t.v1", b"gap")]):
        with pytest.raises(IntegrityError):
            store.insert_events(again)


def test_a_reader_in_the_middle_does_not_stop_a_writer(store: Store) -> None:
    append(store, "1", batch("A", 0, *map(str, range(40))))
    reading = store.read()
    next(reading)
    append(store, "2", batch("A", 40, "x"))
    assert len(list(reading)) == 40
