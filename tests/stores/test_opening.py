"""Opening says in a sentence why there is no ledger, and keeps the key outside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.refusals import StoreUnusable
from ledger.stores.opening import open_store
from ledger.stores.sqlite import wal_is_safe
from ledger.stores.verification import verify_store
from stores.store_helpers import Address, append, batch


def test_a_ledger_is_created_once_and_opened_again(address: Address) -> None:
    for number in range(3):
        store = address.open(create=number < 2)
        append(store, str(number), batch("A", number, "a"))
        assert verify_store(store).events == number + 1
        store.close()


def test_a_missing_ledger_is_said_to_be_missing(address: Address) -> None:
    with pytest.raises(StoreUnusable, match="claimfund init"):
        address.open()
    assert not address.key.exists()


def test_a_ledger_without_its_key_can_be_read_but_not_added_to(address: Address) -> None:
    store = address.open(create=True)
    append(store, "1", batch("A", 0, "a"))
    store.close()
    address.key.unlink()
    store = address.open()
    assert verify_store(store).events == 1
    with pytest.raises(StoreUnusable, match=r"signing key .* is missing"):
        append(store, "2", batch("A", 1, "b"))
    assert store.head().size == 1
    store.close()


def test_a_ledger_of_a_newer_format_is_not_touched(address: Address) -> None:
    address.open(create=True).close()
    address.drop_triggers("meta")
    address.sql("UPDATE meta SET schema_version = 2")
    with pytest.raises(StoreUnusable, match="newer claimfund"):
        address.open()


def test_files_of_a_ledger_are_for_the_owner_only(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "plan.ledger"), create=True)
    with store.writing(["A"]):
        append(store, "1", batch("A", 0, "a"))
    store.close()
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert {"plan.ledger", "plan.ledger.key", "plan.ledger.lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_key_of_another_ledger_is_refused(tmp_path: Path) -> None:
    open_store(str(tmp_path / "one"), create=True).close()
    open_store(str(tmp_path / "two"), create=True).close()
    store = open_store(str(tmp_path / "one"), signing_key_path=tmp_path / "two.key")
    with pytest.raises(StoreUnusable, match="not the signing key"):
        append(store, "1", batch("A", 0, "a"))
    store.close()


def test_an_existing_key_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "plan.key").write_text("precious")
    with pytest.raises(StoreUnusable, match="Move it away"):
        open_store(str(tmp_path / "plan"), create=True)
    assert (tmp_path / "plan.key").read_text() == "precious"


def test_a_directory_or_another_file_is_not_a_ledger(tmp_path: Path) -> None:
    text, database = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("This is a text and by no means a ledger of anything." * 100)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreUnusable, match="is a directory"):
        open_store(str(tmp_path))
    for path in (text, database):
        for create in (False, True):
            with pytest.raises(StoreUnusable, match="is not a ledger"):
                open_store(str(path), create=create)


def test_a_read_only_ledger_can_be_read_and_verified_but_not_added_to(tmp_path: Path) -> None:
    path = tmp_path / "plan.ledger"
    store = open_store(str(path), create=True)
    append(store, "1", batch("A", 0, "a"))
    store.close()
    path.chmod(0o400)
    store = open_store(str(path))
    assert verify_store(store).events == 1
    with pytest.raises(StoreUnusable, match="read-only"):
        append(store, "2", batch("A", 1, "b"))
    with pytest.raises(StoreUnusable, match="read-only"), store.writing(["A"]):
        pass
    store.close()


def test_a_database_without_a_server_or_address_is_unusable() -> None:
    for url in ("postgresql://nobody@127.0.0.1:1/none", "postgresql://[::1", "postgresql://h/d?nonsense=1"):
        with pytest.raises(StoreUnusable):
            open_store(url)


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False),
        ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True),
    ],
)  # fmt: skip
def test_the_write_ahead_log_is_used_only_where_it_is_repaired(version: tuple[int, ...], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_every_connection_writes_through(tmp_path: Path) -> None:
    from ledger.stores.opening import open_sqlite

    store = open_sqlite(tmp_path / "plan.ledger", create=True)
    with store.datastore.get_connection(commit=True) as connection:
        values = {}
        for name in ("synchronous", "journal_mode", "trusted_schema", "cell_size_check", "busy_timeout"):
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA {name}")
            values[name] = cursor.fetchone()[0]
    mode = "wal" if wal_is_safe() else "persist"
    assert values == {
        "synchronous": 2, "journal_mode": mode, "trusted_schema": 0, "cell_size_check": 1,
        "busy_timeout": 30_000,
    }  # fmt: skip
    store.close()
