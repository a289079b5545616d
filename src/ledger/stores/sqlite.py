"""The ledger in one SQLite file: every commit is on the disk before it is acknowledged."""

# ruff: noqa: S608 - the only names put into statements are our own constants

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident

from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
)

from ledger.checkpoint import VerifyingKey
from ledger.ports import Appended, Batch
from ledger.refusals import LedgerDamaged, StoreUnusable
from ledger.stores.file_lock import FileLock
from ledger.stores.keys import Signer
from ledger.stores.paging import COLUMNS, LOCK_SECONDS
from ledger.stores.recording import (
    LedgerRecorder,
    Prepared,
    Request,
    Tip,
    prepare,
    repeated,
)
from ledger.stores.sqlite_reading import SQLiteRecords, connected, head_of, recorded_under, sqlite_errors

JOURNAL_BYTES = 4 << 20  # what is kept of the journal beside the file, so that a commit need not make it anew


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite has the repair without which a write-ahead log can lose a commit."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def system_user() -> str:
    """The name of the user whose process this is, asked from the system and not from the environment."""
    if not hasattr(os, "getuid"):
        return os.getlogin()
    import pwd  # Only where there are user numbers.

    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid-{number}"


@contextmanager
def recorder_errors(path: Path) -> Iterator[None]:
    """Say in one sentence what SQLite, or the library over it, could not do."""
    try:
        with sqlite_errors(path):
            yield
    except PersistenceError as error:
        raise StoreUnusable(f"The ledger {path} cannot be used now: {error}. Try again.") from error


class LedgerPool(SQLiteConnectionPool):
    """Connections that write through to the disk and trust nothing in the file."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        super().__init__(db_name=str(path), pool_timeout=LOCK_SECONDS)
        self._path = path
        self._read_only = read_only

    def _create_connection(self) -> SQLiteConnection:
        connection = connected(self._path, read_only=self._read_only)
        try:
            if not self._read_only:
                connection.execute(f"PRAGMA journal_mode={'WAL' if wal_is_safe() else 'PERSIST'}")
                connection.execute(f"PRAGMA journal_size_limit={JOURNAL_BYTES}")
                connection.execute("PRAGMA fullfsync=ON")
                connection.execute("PRAGMA checkpoint_fullfsync=ON")
        except BaseException:
            connection.close()
            raise
        return SQLiteConnection(sqlite_conn=connection, max_age=self.max_age)


class LedgerDatastore(SQLiteDatastore):
    """The library's datastore over our connections."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        super().__init__(str(path), originator_id_type="text")
        self.pool.close()
        self.pool = LedgerPool(path, read_only=read_only)


class SQLiteLedgerRecorder(SQLiteRecords, LedgerRecorder, SQLiteApplicationRecorder):
    """The contract over one file. Reading takes a page at a time; appending takes the write lock at once."""

    def __init__(
        self, datastore: LedgerDatastore, path: Path, ledger_id: str, verifying_key: VerifyingKey,
        signer: Signer, *, read_only: bool,
    ) -> None:  # fmt: skip
        super().__init__(datastore, events_table_name="events")
        self.path = path
        self.ledger_id = ledger_id
        self.verifying_key = verifying_key
        self._signer = signer
        self._read_only = read_only
        self._lock = FileLock(path.with_name(path.name + ".lock"))
        self._writer: tuple[int, SQLiteConnection] | None = None

    def construct_create_table_statements(self) -> list[str]:
        """None: the tables come from ``sqlite_schema`` when the ledger is created."""
        return []

    @contextmanager
    def writing(self, plans: Sequence[str]) -> Iterator[None]:
        """One writer a file at a time, over threads and processes; what it reads and appends is one transaction."""
        self._refuse_read_only()
        with self._lock.held(LOCK_SECONDS):
            if self._own_connection() is not None:
                yield
                return
            with recorder_errors(self.path), self.datastore.get_connection(commit=True) as connection:
                self._writer = get_ident(), connection
                try:
                    _begin(connection)
                    yield
                finally:
                    self._writer = None
                    _undo(connection)

    def append(
        self, batches: Sequence[Batch], *, actor: str, idempotency_key: str, digest: bytes, recorded_at: int
    ) -> Appended:
        """Record all batches or nothing, on the disk when this returns."""
        self._refuse_read_only()
        request = Request(tuple(batches), actor, idempotency_key, digest, recorded_at)
        with recorder_errors(self.path), self._immediate() as cursor:
            again = repeated(recorded_under(cursor, idempotency_key), request)
            if again is not None:
                return again
            tip = _tip(cursor)
            prepared = prepare(tip, lambda plan: _version_of(cursor, plan), request, self._signer)
            _write(cursor, prepared, request)
        return prepared.appended

    def logged_in(self) -> str:
        """The user of the operating system: a file has no users of its own."""
        return system_user()

    def close(self) -> None:
        """Close all connections."""
        self.datastore.close()

    def _refuse_read_only(self) -> None:
        if self._read_only:
            raise StoreUnusable(f"The ledger {self.path} is read-only, so nothing can be recorded.")

    def _own_connection(self) -> SQLiteConnection | None:
        """The writer's connection, when this thread is the writer."""
        writer = self._writer
        return writer[1] if writer is not None and writer[0] == get_ident() else None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        if (own := self._own_connection()) is not None:
            with sqlite_errors(self.path), own.cursor() as cursor:
                yield cursor
            return
        with (
            recorder_errors(self.path),
            self.datastore.get_connection(commit=False) as connection,
            connection.cursor() as cursor,
        ):
            yield cursor

    @contextmanager
    def _immediate(self) -> Iterator[sqlite3.Cursor]:
        with self.writing(()):
            connection = self._own_connection()
            assert connection is not None
            _begin(connection)
            try:
                with connection.cursor() as cursor:
                    yield cursor
                connection.commit()
            except BaseException:
                _undo(connection)
                raise


def _begin(connection: SQLiteConnection) -> None:
    """Take the write lock, unless this connection holds it."""
    if not connection._sqlite_conn.in_transaction:
        connection._sqlite_conn.execute("BEGIN IMMEDIATE")


def _undo(connection: SQLiteConnection) -> None:
    """Take back what was not committed, if anything was begun."""
    with suppress(sqlite3.Error):
        connection.rollback()


def _version_of(cursor: sqlite3.Cursor, plan: str) -> int:
    cursor.execute("SELECT coalesce(max(version), 0) FROM events WHERE plan = ?", (plan,))
    return int(cursor.fetchone()[0])


def _tip(cursor: sqlite3.Cursor) -> Tip:
    cursor.execute("SELECT frontier, newest FROM head")
    row = cursor.fetchone()
    if row is None:
        raise LedgerDamaged("The ledger has no head.")
    return Tip.checked(row[0], row[1], head_of(cursor))


def _write(cursor: sqlite3.Cursor, prepared: Prepared, request: Request) -> None:
    cursor.executemany(
        f"INSERT INTO events ({COLUMNS}, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                record.position, record.plan, record.version, record.topic, record.state,
                record.actor, record.idempotency_key, record.recorded_at, entry.leaf,
            )
            for entry in prepared.entries
            for record in (entry.record,)
        ),
    )  # fmt: skip
    appended, head = prepared.appended, prepared.head
    cursor.execute(
        "INSERT INTO commands VALUES (?, ?, ?, ?)",
        (request.idempotency_key, request.digest, appended.first, appended.last),
    )
    cursor.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (head.size, head.root, head.checkpoint))
    cursor.execute("UPDATE head SET frontier = ?, newest = ?", (prepared.tip.frontier.to_bytes(), prepared.tip.newest))
