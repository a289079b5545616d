"""Reading a ledger in one SQLite file, over a connection of one's own or that of the recorder."""

# ruff: noqa: S608 - the only names put into statements are our own constants

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ledger.checkpoint import VerifyingKey
from ledger.ports import Appended, Head, Record
from ledger.refusals import LedgerDamaged, StoreUnusable
from ledger.stores.paging import COLUMNS, END, LOCK_SECONDS, PagedRecords, which_page


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Say in one sentence what SQLite could not do."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        if name.startswith("SQLITE_CORRUPT"):
            raise LedgerDamaged(f"The file {path} is damaged: {error}.") from error
        raise StoreUnusable(_sentence(path, name, error)) from error


def _sentence(path: Path, name: str, error: sqlite3.Error) -> str:
    reasons = {
        "SQLITE_BUSY": "is locked by another program. Try again when it has finished",
        "SQLITE_LOCKED": "is locked by another program. Try again when it has finished",
        "SQLITE_FULL": "cannot grow: the disk is full. Nothing was recorded; make room and repeat",
        "SQLITE_READONLY": "is read-only. Nothing was recorded",
        "SQLITE_IOERR": "cannot be read or written: the disk reports an error. Nothing was recorded",
        "SQLITE_CANTOPEN": "cannot be opened",
        "SQLITE_NOTADB": "is not a ledger",
    }
    reason = next((text for code, text in reasons.items() if name.startswith(code)), f"refuses: {error}")
    return f"The ledger {path} {reason}."


MAPPED = 64 << 20
"""Bytes at the beginning of the file that are read where the system keeps them; writing does not change by it."""


def connected(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection that trusts nothing in the file. Where it may it can write: a crash may have left work to undo."""
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=LOCK_SECONDS)
    try:
        for pragma in ("synchronous=FULL", "trusted_schema=OFF", "cell_size_check=ON", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA mmap_size={MAPPED}")
    except BaseException:
        connection.close()
        raise
    return connection


class SQLiteRecords(PagedRecords):
    """What is read from one file, a page at a time; no transaction stays open between pages."""

    path: Path

    @abstractmethod
    def _reading(self) -> AbstractContextManager[sqlite3.Cursor]:
        """A cursor for one question."""

    def recorded_under(self, idempotency_key: str) -> tuple[Appended, bytes] | None:
        """The result and digest recorded under this key, or nothing."""
        with self._reading() as cursor:
            return recorded_under(cursor, idempotency_key)

    def plans(self) -> tuple[str, ...]:
        """The codes of all plans, in the order of their first record."""
        with self._reading() as cursor:
            cursor.execute("SELECT plan FROM events WHERE version = 1 ORDER BY position")
            return tuple(plan for (plan,) in cursor.fetchall())

    def head(self) -> Head:
        """The newest checkpoint."""
        with self._reading() as cursor:
            return head_of(cursor)

    def bytes_held(self) -> int:
        """The size of the file."""
        return self.path.stat().st_size

    def _page(self, plan: str | None, version: int, after: int, until: int | None, limit: int) -> list[Record]:
        where, values = which_page("?", plan, version, after, until, limit)
        with self._reading() as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM events WHERE {where}", values)
            return [Record(*row) for row in cursor.fetchall()]

    def _leaf_page(self, after: int, until: int | None, limit: int) -> list[tuple[int, bytes]]:
        with self._reading() as cursor:
            cursor.execute(
                "SELECT position, leaf FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?",
                (after, END if until is None else until, limit),
            )
            return [(position, leaf) for position, leaf in cursor.fetchall()]

    def _checkpoint_page(self, after: int, limit: int) -> list[Head]:
        with self._reading() as cursor:
            cursor.execute(
                "SELECT size, root, note FROM checkpoints WHERE size > ? ORDER BY size LIMIT ?",
                (after, limit),
            )
            return [Head(*row) for row in cursor.fetchall()]


class SQLiteReader(SQLiteRecords):
    """A ledger that is only read: one connection, and nothing loaded that only recording needs."""

    def __init__(self, path: Path, ledger_id: str, verifying_key: VerifyingKey, *, read_only: bool) -> None:
        self.path = path
        self.ledger_id = ledger_id
        self.verifying_key = verifying_key
        with sqlite_errors(path):
            self._connection = connected(path, read_only=read_only)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        with sqlite_errors(self.path):
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()


def recorded_under(cursor: sqlite3.Cursor, key: str) -> tuple[Appended, bytes] | None:
    cursor.execute("SELECT first, last, digest FROM commands WHERE idempotency_key = ?", (key,))
    row = cursor.fetchone()
    return None if row is None else (Appended(row[0], row[1]), row[2])


def head_of(cursor: sqlite3.Cursor) -> Head:
    cursor.execute("SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        raise LedgerDamaged("The ledger has no checkpoint.")
    return Head(*row)
