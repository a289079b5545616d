"""The ledger in one SQLite file: every commit is on the disk before it is acknowledged."""

# ruff: noqa: S608 - the only names put into statements are our own constants

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from ledger.checkpoint import VerifyingKey
from ledger.ports import Appended, Batch, Head, Record
from ledger.refusals import LedgerDamaged, StoreUnusable
from ledger.stores.file_lock import FileLock
from ledger.stores.keys import Signer
from ledger.stores.recording import (
    LOCK_SECONDS,
    LedgerRecorder,
    Prepared,
    Request,
    Tip,
    prepare,
    repeated,
)

COLUMNS = "position, plan, version, topic, state, actor, idempotency_key, recorded_at"
END = (1 << 63) - 1


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite has the repair without which a write-ahead log can lose a commit."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


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
    except PersistenceError as error:
        raise StoreUnusable(f"The ledger {path} cannot be used now: {error}. Try again.") from error


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


class LedgerPool(SQLiteConnectionPool):
    """Connections that write through to the disk and trust nothing in the file."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        super().__init__(db_name=str(path), pool_timeout=LOCK_SECONDS)
        self._uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
        self._read_only = read_only

    def _create_connection(self) -> SQLiteConnection:
        connection = sqlite3.connect(
            self._uri, uri=True, check_same_thread=False, isolation_level=None, timeout=LOCK_SECONDS
        )
        try:
            for pragma in ("synchronous=FULL", "trusted_schema=OFF", "cell_size_check=ON", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")
            if not self._read_only:
                connection.execute(f"PRAGMA journal_mode={'WAL' if wal_is_safe() else 'TRUNCATE'}")
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


class SQLiteLedgerRecorder(LedgerRecorder, SQLiteApplicationRecorder):
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

    def construct_create_table_statements(self) -> list[str]:
        """None: the tables come from ``sqlite_schema`` when the ledger is created."""
        return []

    @contextmanager
    def writing(self, plans: Sequence[str]) -> Iterator[None]:
        """One writer a file at a time, over threads and processes."""
        self._refuse_read_only()
        with self._lock.held(LOCK_SECONDS):
            yield

    def append(
        self, batches: Sequence[Batch], *, actor: str, idempotency_key: str, digest: bytes, recorded_at: int
    ) -> Appended:
        """Record all batches or nothing, on the disk when this returns."""
        self._refuse_read_only()
        request = Request(tuple(batches), actor, idempotency_key, digest, recorded_at)
        with sqlite_errors(self.path), self._immediate() as cursor:
            again = repeated(_recorded_under(cursor, idempotency_key), request)
            if again is not None:
                return again
            tip = _tip(cursor)
            prepared = prepare(tip, lambda plan: _version_of(cursor, plan), request, self._signer)
            _write(cursor, prepared, request)
        return prepared.appended

    def recorded_under(self, idempotency_key: str) -> tuple[Appended, bytes] | None:
        """The result and digest recorded under this key, or nothing."""
        with self._reading() as cursor:
            return _recorded_under(cursor, idempotency_key)

    def plans(self) -> tuple[str, ...]:
        """The codes of all plans, in the order of their first record."""
        with self._reading() as cursor:
            cursor.execute("SELECT plan FROM events WHERE version = 1 ORDER BY position")
            return tuple(plan for (plan,) in cursor.fetchall())

    def head(self) -> Head:
        """The newest checkpoint."""
        with self._reading() as cursor:
            return _head(cursor)

    def bytes_held(self) -> int:
        """The size of the file."""
        return self.path.stat().st_size

    def close(self) -> None:
        """Close all connections."""
        self.datastore.close()

    def _refuse_read_only(self) -> None:
        if self._read_only:
            raise StoreUnusable(f"The ledger {self.path} is read-only, so nothing can be recorded.")

    @contextmanager
    def _reading(self) -> Iterator[SQLiteCursor]:
        with sqlite_errors(self.path), self.datastore.get_connection(commit=False) as connection:
            cursor = connection.cursor()
            try:
                yield cursor
            finally:
                cursor.sqlite_cursor.close()

    @contextmanager
    def _immediate(self) -> Iterator[SQLiteCursor]:
        with self.datastore.get_connection(commit=True) as connection:
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                connection.commit()
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.rollback()
                raise

    def _page(self, plan: str | None, version: int, after: int, until: int | None, limit: int) -> list[Record]:
        values: list[str | int] = [after, END if until is None else until, limit]
        where = "position > ? AND position <= ? ORDER BY position"
        if plan is not None:
            where = "plan = ? AND version > ? AND position > ? AND position <= ? ORDER BY version"
            values[:0] = [plan, version]
        with self._reading() as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM events WHERE {where} LIMIT ?", values)
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


def _recorded_under(cursor: SQLiteCursor, key: str) -> tuple[Appended, bytes] | None:
    cursor.execute("SELECT first, last, digest FROM commands WHERE idempotency_key = ?", (key,))
    row = cursor.fetchone()
    return None if row is None else (Appended(row[0], row[1]), row[2])


def _version_of(cursor: SQLiteCursor, plan: str) -> int:
    cursor.execute("SELECT coalesce(max(version), 0) FROM events WHERE plan = ?", (plan,))
    return int(cursor.fetchone()[0])


def _head(cursor: SQLiteCursor) -> Head:
    cursor.execute("SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        raise LedgerDamaged("The ledger has no checkpoint.")
    return Head(*row)


def _tip(cursor: SQLiteCursor) -> Tip:
    cursor.execute("SELECT frontier, newest FROM head")
    row = cursor.fetchone()
    if row is None:
        raise LedgerDamaged("The ledger has no head.")
    return Tip.checked(row[0], row[1], _head(cursor))


def _write(cursor: SQLiteCursor, prepared: Prepared, request: Request) -> None:
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
