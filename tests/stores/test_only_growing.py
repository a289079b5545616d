"""The database itself refuses what is not an addition at the end."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest

from stores.store_helpers import Address, append, batch

REFUSED = (sqlite3.IntegrityError, psycopg.errors.RestrictViolation, psycopg.errors.UniqueViolation)
EVENT = "(position, plan, version, topic, state, actor, idempotency_key, recorded_at, leaf)"


def event(address: Address, position: int, plan: str, version: int) -> str:
    blob = f"X'{'00' * 32}'" if address.kind == "sqlite" else f"'\\x{'00' * 32}'::bytea"
    return f"{EVENT} VALUES ({position}, '{plan}', {version}, 't', {blob}, 'eve', 'k', 0, {blob})"


@pytest.fixture
def filled(address: Address) -> Address:
    store = address.open(create=True)
    append(store, "1", batch("A", 0, "a", "b"))
    store.close()
    return address


@pytest.mark.parametrize("table", ["events", "commands", "checkpoints", "meta"])
def test_rows_cannot_be_changed_or_deleted(filled: Address, table: str) -> None:
    column = {"events": "actor", "commands": "first", "checkpoints": "note", "meta": "vkey"}[table]
    with pytest.raises(REFUSED, match="only grows"):
        filled.sql(f"UPDATE {table} SET {column} = {column}")
    with pytest.raises(REFUSED, match="only grows"):
        filled.sql(f"DELETE FROM {table}")
    with pytest.raises(REFUSED, match="only grows"):
        filled.sql("DELETE FROM head")


@pytest.mark.parametrize(
    ("position", "plan", "version"),
    [(2, "A", 2), (2, "A", 3), (3, "A", 2), (4, "A", 3), (3, "A", 4), (3, "B", 2)],
)
def test_events_cannot_be_placed_anywhere_but_at_the_end(
    filled: Address, position: int, plan: str, version: int
) -> None:
    with pytest.raises(REFUSED):
        filled.sql(f"INSERT INTO events {event(filled, position, plan, version)}")
    if filled.kind == "sqlite":
        with pytest.raises(REFUSED, match="only grows"):
            filled.sql(f"INSERT OR REPLACE INTO events {event(filled, position, plan, version)}")


def test_commands_and_checkpoints_cannot_be_replaced(filled: Address) -> None:
    if filled.kind == "postgres":
        for table in ("events", "commands", "checkpoints", "meta", "head"):
            with pytest.raises(REFUSED, match="only grows"):
                filled.sql(f"TRUNCATE {table} CASCADE")
        return
    for table in ("commands", "checkpoints", "meta", "head"):
        with pytest.raises(REFUSED, match="only grows"):
            filled.sql(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_the_triggers_of_postgres_fire_for_replication_roles_too(filled: Address) -> None:
    if filled.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    with pytest.raises(REFUSED, match="only grows"):
        filled.sql("SET session_replication_role = replica", "DELETE FROM events")
