"""A new ledger in a PostgreSQL database from an exported log, in one transaction: all of it or nothing."""

# ruff: noqa: S608 - the only names put into statements are our own constants

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from ledger.checkpoint import VerifyingKey
from ledger.ports import Appended, Head
from ledger.refusals import StoreUnusable
from ledger.stores.paging import COLUMNS, SCHEMA_VERSION
from ledger.stores.postgres import COLUMN_TYPES
from ledger.stores.postgres_connection import postgres_errors
from ledger.stores.postgres_opening import CREATION_LOCK, place_of, stored_meta
from ledger.stores.postgres_schema import SCHEMA, TABLES, triggers
from ledger.stores.recording import Entry, Tip
from ledger.stores.restoring import Part, Rows, fill, id_of

TYPES = {
    "events": COLUMN_TYPES,
    "commands": ("text", "bytea", "int8", "int8"),
    "checkpoints": ("int8", "bytea", "text"),
}
FLUSH_ROWS = 2_000
FLUSH_BYTES = 8 << 20


def restore_postgres(url: str, vkey: VerifyingKey, parts: Iterable[Part]) -> int:
    """Write the ledger into a database that holds none; nothing is left on failure."""
    place = place_of(url)
    with postgres_errors(place), psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [CREATION_LOCK])
        if stored_meta(connection) is not None:
            raise StoreUnusable(
                f"The database {place} holds a ledger; a log is imported only into a database without one."
            )
        with connection.transaction():
            connection.execute(TABLES)
            connection.execute(
                f"INSERT INTO {SCHEMA}.meta VALUES (1, %s, %s, %s)", [SCHEMA_VERSION, id_of(vkey), str(vkey)]
            )
            count = fill(_DatabaseRows(connection), parts)
            connection.execute(triggers())
    return count


class _DatabaseRows(Rows):
    """Rows gathered until there are some thousands; a COPY for each table then."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._waiting: dict[str, list[tuple[Any, ...]]] = {"events": [], "commands": [], "checkpoints": []}
        self._bytes = 0

    def entry(self, entry: Entry) -> None:
        values = (getattr(entry.record, name) for name in COLUMNS.split(", "))
        self._waiting["events"].append((*values, entry.leaf))
        self._bytes += len(entry.record.state)
        if len(self._waiting["events"]) >= FLUSH_ROWS or self._bytes >= FLUSH_BYTES:
            self._flush()

    def command(self, key: str, digest: bytes, at: Appended) -> None:
        self._waiting["commands"].append((key, digest, at.first, at.last))

    def checkpoint(self, head: Head) -> None:
        self._waiting["checkpoints"].append((head.size, head.root, head.checkpoint))

    def tip(self, tip: Tip) -> None:
        self._flush()
        self._connection.execute(f"INSERT INTO {SCHEMA}.head VALUES (1, %s, %s)", [tip.frontier.to_bytes(), tip.newest])

    def _flush(self) -> None:
        for table, rows in self._waiting.items():
            statement = f"COPY {SCHEMA}.{table} FROM STDIN (FORMAT BINARY)"
            with self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                copy.set_types(TYPES[table])
                for row in rows:
                    copy.write_row(row)
            rows.clear()
        self._bytes = 0
