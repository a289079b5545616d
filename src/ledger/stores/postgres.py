"""The ledger in PostgreSQL: dense positions under one head row, binary COPY, and no blind repetition.

When the reply to a commit is lost, the idempotency key is read back behind the head row's lock: then the
command is either found, or known not to be recorded.
"""

# ruff: noqa: S608 - the only names put into statements are our own constants

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from threading import Lock, get_ident

import psycopg
from eventsourcing.persistence import ApplicationRecorder, Subscription
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.rows import tuple_row

from ledger.checkpoint import VerifyingKey
from ledger.ports import Appended, Batch
from ledger.refusals import LedgerDamaged, StoreUnusable
from ledger.stores.keys import Signer
from ledger.stores.paging import COLUMNS, LOCK_SECONDS
from ledger.stores.postgres_connection import PgConnection, PgCursor, in_index_order
from ledger.stores.postgres_datastore import LedgerDatastore, recorder_errors
from ledger.stores.postgres_reading import PostgresRecords, head_of, leaves_of, recorded_under
from ledger.stores.postgres_schema import SCHEMA
from ledger.stores.recording import (
    LedgerRecorder,
    Prepared,
    Request,
    Tip,
    prepare,
    repeated,
)

COLUMN_TYPES = ("int8", "text", "int8", "text", "bytea", "text", "text", "int8", "bytea")


class ReplyLost(Exception):
    """The connection broke while the commit was under way: it may have happened or not."""


class PostgresLedgerRecorder(PostgresRecords, LedgerRecorder, PostgresApplicationRecorder):
    """The contract over a database."""

    def __init__(
        self,
        datastore: LedgerDatastore,
        place: str,
        ledger_id: str,
        verifying_key: VerifyingKey,
        signer: Signer,
        *,
        by_plan: bool = False,
    ) -> None:
        super().__init__(datastore, events_table_name="events")
        self.sql_create_statements.clear()
        self.place = place
        self.ledger_id = ledger_id
        self.verifying_key = verifying_key
        self._signer = signer
        self._leaves = leaves_of(by_plan=by_plan)
        self._write_events = _insert_events if by_plan else _copy_events
        self._store = datastore
        self._lockers: list[PgConnection] = []
        self._writers: dict[int, PgConnection] = {}
        self._lockers_guard = Lock()

    @contextmanager
    def writing(self, plans: Sequence[str]) -> Iterator[None]:
        """Hold each plan's advisory lock on a session of its own, which also answers what this thread asks meanwhile;
        not to be taken twice by one thread.
        """
        keys = sorted({self._lock_key(plan) for plan in plans})
        with recorder_errors(self.place):
            connection = self._locked(keys)
        writer = get_ident()
        self._writers[writer] = connection
        try:
            yield
        finally:
            del self._writers[writer]
            try:
                connection.execute("SELECT pg_advisory_unlock_all()")
            except psycopg.Error:
                connection.close()
            else:
                with self._lockers_guard:
                    self._lockers.append(connection)

    def append(
        self, batches: Sequence[Batch], *, actor: str, idempotency_key: str, digest: bytes, recorded_at: int
    ) -> Appended:
        """Record all batches or nothing; a lost reply is resolved by reading back, never by writing again."""
        request = Request(tuple(batches), actor, idempotency_key, digest, recorded_at)
        with recorder_errors(self.place):
            try:
                with self._store.plain_connection() as connection:
                    return self._append(connection, request)
            except ReplyLost as lost:
                return self._read_back(request, lost)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Not offered: nothing is notified; follow the ledger by reading after a position."""
        raise NotImplementedError("Follow the ledger with select_notifications or read(after=...).")

    def logged_in(self) -> str:
        """The role that opened the session, as the server says; taking on another role does not change it."""
        with self._reading() as cursor:
            cursor.execute("SELECT session_user::text")
            row = cursor.fetchone()
            return str(row[0]) if row else ""

    def close(self) -> None:
        """Close all connections."""
        with self._lockers_guard:
            for connection in self._lockers:
                connection.close()
            self._lockers.clear()
        self._store.close()

    def _append(self, connection: PgConnection, request: Request) -> Appended:
        with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            with connection.pipeline():  # Questions after the lock see what was committed before it was got.
                connection.execute("BEGIN")
                connection.execute(f"SET LOCAL lock_timeout = '{int(LOCK_SECONDS)}s'")
                cursor.execute(f"SELECT frontier, newest FROM {SCHEMA}.head FOR UPDATE")
            row = cursor.fetchone()
            if row is None:
                raise LedgerDamaged("The ledger has no head.")
            again = repeated(recorded_under(cursor, request.idempotency_key), request)
            if again is not None:
                return again
            tip = Tip.checked(bytes(row[0]), row[1], head_of(cursor))
            prepared = prepare(tip, _versions(cursor), request, self._signer)
            if prepared.few:
                with connection.pipeline():
                    _insert_events(cursor, prepared)
                    _write(cursor, prepared, request)
            else:
                self._write_events(cursor, prepared)
                _write(cursor, prepared, request)
        try:
            self._commit(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise ReplyLost(str(error)) from error
        return prepared.appended

    def _commit(self, connection: PgConnection) -> None:
        connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[PgCursor]:
        if (own := self._writers.get(get_ident())) is not None:
            with recorder_errors(self.place), own.cursor(binary=True, row_factory=tuple_row) as cursor:
                yield cursor
            return
        with (
            recorder_errors(self.place),
            self._store.plain_connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            yield cursor

    def _read_back(self, request: Request, lost: ReplyLost) -> Appended:
        """Whether the commit happened. Waiting for the head row waits for a commit still under way."""
        try:
            with psycopg.connect(self._store.url, connect_timeout=10) as connection:
                connection.execute(f"SET LOCAL lock_timeout = '{int(LOCK_SECONDS)}s'")
                cursor = connection.cursor(binary=True, row_factory=tuple_row)
                cursor.execute(f"SELECT 1 FROM {SCHEMA}.head FOR UPDATE")
                known = recorded_under(cursor, request.idempotency_key)
        except psycopg.Error as error:
            raise StoreUnusable(
                f"The connection to {self.place} broke while recording, and it is unknown whether the "
                f"request was recorded. Repeat it with the same idempotency key {request.idempotency_key!r}."
            ) from error
        found = repeated(known, request)
        if found is None:
            raise StoreUnusable(
                f"The connection to {self.place} broke while recording; nothing was recorded. Repeat the request."
            ) from lost
        return Appended(found.first, found.last)

    def _locked(self, keys: Sequence[int]) -> PgConnection:
        """A session that holds these locks; one that broke while it was idle is replaced."""
        while (connection := self._idle_locker()) is not None:
            try:
                self._lock_all(connection, keys)
            except psycopg.OperationalError:
                if not connection.broken:
                    connection.close()
                    raise
            else:
                return connection
        connection = psycopg.connect(in_index_order(self._store.url), autocommit=True, connect_timeout=10)
        try:
            connection.execute(f"SET lock_timeout = '{int(LOCK_SECONDS)}s'")
            self._lock_all(connection, keys)
        except BaseException:
            connection.close()
            raise
        return connection

    def _idle_locker(self) -> PgConnection | None:
        with self._lockers_guard:
            return self._lockers.pop() if self._lockers else None

    @staticmethod
    def _lock_all(connection: PgConnection, keys: Sequence[int]) -> None:
        for key in keys:
            connection.execute("SELECT pg_advisory_lock(%s)", [key])

    def _lock_key(self, plan: str) -> int:
        digest = sha256(f"{self.ledger_id}\n{plan}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def _versions(cursor: PgCursor) -> Callable[[str], int]:
    def version_of(plan: str) -> int:
        cursor.execute(f"SELECT coalesce(max(version), 0) FROM {SCHEMA}.events WHERE plan = %s", [plan])
        row = cursor.fetchone()
        return 0 if row is None else int(row[0])

    return version_of


def _rows(prepared: Prepared) -> Iterator[tuple[object, ...]]:
    for entry in prepared.entries:
        record = entry.record
        yield (
            record.position, record.plan, record.version, record.topic, record.state,
            record.actor, record.idempotency_key, record.recorded_at, entry.leaf,
        )  # fmt: skip


def _copy_events(cursor: PgCursor, prepared: Prepared) -> None:
    with cursor.copy(f"COPY {SCHEMA}.events ({COLUMNS}, leaf) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(COLUMN_TYPES)
        for row in _rows(prepared):
            copy.write_row(row)


def _insert_events(cursor: PgCursor, prepared: Prepared) -> None:
    """Under row-level security there is no COPY into a table: whole columns in one INSERT instead."""
    columns = [list(column) for column in zip(*_rows(prepared), strict=True)]
    arrays = ", ".join(f"%s::{kind}[]" for kind in COLUMN_TYPES)
    cursor.execute(f"INSERT INTO {SCHEMA}.events ({COLUMNS}, leaf) SELECT * FROM unnest({arrays})", columns)


def _write(cursor: PgCursor, prepared: Prepared, request: Request) -> None:
    appended, head = prepared.appended, prepared.head
    cursor.execute(
        f"INSERT INTO {SCHEMA}.commands VALUES (%s, %s, %s, %s)",
        [request.idempotency_key, request.digest, appended.first, appended.last],
    )
    cursor.execute(f"INSERT INTO {SCHEMA}.checkpoints VALUES (%s, %s, %s)", [head.size, head.root, head.checkpoint])
    cursor.execute(
        f"UPDATE {SCHEMA}.head SET frontier = %s, newest = %s",
        [prepared.tip.frontier.to_bytes(), prepared.tip.newest],
    )
