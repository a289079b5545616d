"""A new SQLite ledger from an exported log: the same bytes, positions, commands and signed checkpoints.

The ledger keeps its identity and its verifying key, so every checkpoint an auditor holds stays good. The signing
key is never in a log: until the owner puts it beside the new file, reading and verifying work and recording is
refused. No new key is made, because signing on with another key would break the chain to the old checkpoints.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from ledger.checkpoint import Checkpoint, VerifyingKey, parse_note, record_leaf
from ledger.ports import Appended, Record
from ledger.refusals import StoreUnusable
from ledger.stores.recording import SCHEMA_VERSION
from ledger.stores.sqlite import COLUMNS, sqlite_errors
from ledger.stores.sqlite_schema import APPLICATION_ID, TABLES, triggers
from ledger.tree import Frontier

Part = Record | tuple[str, bytes, Appended] | str


def restore_sqlite(path: Path, vkey: VerifyingKey, parts: Iterable[Part]) -> int:
    """Write a new ledger file in one transaction and return the number of events; nothing is left on failure.

    ``parts`` are records in order, commands (key, digest, positions) and checkpoint notes, already verified.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise StoreUnusable(f"{path} exists; a log is imported only into a new file. Name another.") from None
    except OSError as error:
        raise StoreUnusable(f"The ledger {path} cannot be created ({error.strerror}).") from error
    try:
        with sqlite_errors(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
            return _fill(connection, vkey, parts)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _fill(connection: sqlite3.Connection, vkey: VerifyingKey, parts: Iterable[Part]) -> int:
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute("BEGIN IMMEDIATE")
    for statement in TABLES:
        connection.execute(statement)
    ledger_id = vkey.name.partition("/")[2] or vkey.name
    connection.execute("INSERT INTO meta VALUES (1, ?, ?, ?)", (SCHEMA_VERSION, ledger_id, str(vkey)))
    frontier, newest = Frontier(), 0
    for part in parts:
        if isinstance(part, Record):
            leaf = record_leaf(part)
            frontier.append(leaf)
            newest = part.recorded_at
            values = [getattr(part, name) for name in COLUMNS.split(", ")]
            connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, leaf))
        elif isinstance(part, str):
            checkpoint = _checkpoint(part)
            connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (*checkpoint, part))
        else:
            key, digest, at = part
            connection.execute("INSERT INTO commands VALUES (?, ?, ?, ?)", (key, digest, at.first, at.last))
    connection.execute("INSERT INTO head VALUES (1, ?, ?)", (frontier.to_bytes(), newest))
    for statement in triggers():
        connection.execute(statement)
    connection.execute("COMMIT")
    return frontier.size


def _checkpoint(note: str) -> tuple[int, bytes]:

    found = Checkpoint.from_body(parse_note(note)[0])
    return found.size, found.root
