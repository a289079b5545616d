"""A new ledger from an exported log: the same bytes, positions, commands and signed checkpoints, in any kind of store.

The ledger keeps its identity and its verifying key, so every checkpoint an auditor holds stays good. The signing
key is never in a log: until the owner puts it in its place, reading and verifying work and recording is refused. No
new key is made, because signing on with another key would break the chain to the old checkpoints.

Parts come already checked, and nothing is left when their giver raises before the last one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Protocol

from ledger.checkpoint import Checkpoint, VerifyingKey, parse_note, record_leaf
from ledger.ports import Appended, Head, Record
from ledger.refusals import StoreUnusable
from ledger.stores.keys import Signer
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.stores.paging import COLUMNS, SCHEMA_VERSION
from ledger.stores.recording import Entry, Tip
from ledger.stores.sqlite_reading import sqlite_errors
from ledger.stores.sqlite_schema import APPLICATION_ID, TABLES, triggers
from ledger.tree import Frontier

Part = Record | tuple[str, bytes, Appended] | str | bytes
"""A record in its order, a command with its digest and positions, a checkpoint's note, or the leaf hash of an event
that is not shown."""


class Rows(Protocol):
    """Where the rows of a restored ledger go."""

    def entry(self, entry: Entry) -> None: ...
    def command(self, key: str, digest: bytes, at: Appended) -> None: ...
    def checkpoint(self, head: Head) -> None: ...
    def tip(self, tip: Tip) -> None: ...
    def hidden(self, leaf: bytes) -> None:
        """An event of which only the leaf hash is known; ``StoreUnusable`` where a ledger must be whole."""
        raise StoreUnusable(
            "This is the log of one plan: the events of others are in it by their hashes only, and a ledger must be "
            "whole. Import the whole log: claimfund export events"
        )


def fill(rows: Rows, parts: Iterable[Part]) -> int:
    """Write all parts and the tip they lead to; the number of events."""
    frontier, newest = Frontier(), 0
    for part in parts:
        if isinstance(part, Record):
            leaf = record_leaf(part)
            frontier.append(leaf)
            newest = part.recorded_at
            rows.entry(Entry(part, leaf))
        elif isinstance(part, bytes):
            frontier.append(part)
            rows.hidden(part)
        elif isinstance(part, str):
            stated = Checkpoint.from_body(parse_note(part)[0])
            rows.checkpoint(Head(stated.size, stated.root, part))
        else:
            rows.command(*part)
    rows.tip(Tip(frontier, newest))
    return frontier.size


def restore(location: str, vkey: VerifyingKey, parts: Iterable[Part]) -> int:
    """Write a new ledger at a file path or a ``postgresql://`` address in one transaction; the number of events."""
    from ledger.stores.opening import POSTGRES_PREFIXES

    if location.startswith(POSTGRES_PREFIXES):
        from ledger.stores.restoring_postgres import restore_postgres

        return restore_postgres(location, vkey, parts)
    return restore_sqlite(Path(location).expanduser(), vkey, parts)


def id_of(vkey: VerifyingKey) -> str:
    """The id of the ledger that this key belongs to."""
    return vkey.name.partition("/")[2] or vkey.name


def restore_memory(vkey: VerifyingKey, parts: Iterable[Part]) -> MemoryLedgerRecorder:
    """The ledger in memory; it has no signing key, so it only reads."""
    store = MemoryLedgerRecorder(id_of(vkey))
    unsigned = Signer(Path(f"{id_of(vkey)}.key"), vkey)
    fill(store.restored(vkey, unsigned), parts)
    return store


def restore_sqlite(path: Path, vkey: VerifyingKey, parts: Iterable[Part]) -> int:
    """Write a new ledger file; nothing is left on failure."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise StoreUnusable(f"{path} exists; a log is imported only into a new file. Name another.") from None
    except OSError as error:
        raise StoreUnusable(f"The ledger {path} cannot be created ({error.strerror}).") from error
    try:
        with sqlite_errors(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
            return _fill_file(connection, vkey, parts)
    except BaseException:
        path.unlink(missing_ok=True)
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        raise


def _fill_file(connection: sqlite3.Connection, vkey: VerifyingKey, parts: Iterable[Part]) -> int:
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute("BEGIN IMMEDIATE")
    for statement in TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES (1, ?, ?, ?)", (SCHEMA_VERSION, id_of(vkey), str(vkey)))
    count = fill(_FileRows(connection), parts)
    for statement in triggers():
        connection.execute(statement)
    connection.execute("COMMIT")
    return count


class _FileRows(Rows):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def entry(self, entry: Entry) -> None:
        values = [getattr(entry.record, name) for name in COLUMNS.split(", ")]
        self._run("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, entry.leaf))

    def command(self, key: str, digest: bytes, at: Appended) -> None:
        self._run("INSERT INTO commands VALUES (?, ?, ?, ?)", (key, digest, at.first, at.last))

    def checkpoint(self, head: Head) -> None:
        self._run("INSERT INTO checkpoints VALUES (?, ?, ?)", (head.size, head.root, head.checkpoint))

    def tip(self, tip: Tip) -> None:
        self._run("INSERT INTO head VALUES (1, ?, ?)", (tip.frontier.to_bytes(), tip.newest))
