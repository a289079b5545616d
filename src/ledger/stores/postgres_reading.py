"""Reading a ledger in PostgreSQL, over a connection of one's own or those of the recorder."""

# ruff: noqa: S608 - the only names put into statements are our own constants

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
from psycopg.rows import tuple_row

from ledger.checkpoint import VerifyingKey
from ledger.ports import Appended, Head, Record
from ledger.refusals import LedgerDamaged
from ledger.stores.paging import COLUMNS, END, PagedRecords, which_page
from ledger.stores.postgres_connection import PgConnection, PgCursor, in_index_order, postgres_errors
from ledger.stores.postgres_schema import SCHEMA


def leaves_of(*, by_plan: bool) -> str:
    """Where the leaf hashes of all plans are seen, also by a role that sees the events of some plans only."""
    return f"{SCHEMA}.{'leaves' if by_plan else 'events'}"


class PostgresRecords(PagedRecords):
    """What is read from a database, a page at a time; no transaction stays open between pages."""

    _leaves: str

    @abstractmethod
    def _reading(self) -> AbstractContextManager[PgCursor]:
        """A cursor for one question."""

    def recorded_under(self, idempotency_key: str) -> tuple[Appended, bytes] | None:
        """The result and digest recorded under this key, or nothing."""
        with self._reading() as cursor:
            return recorded_under(cursor, idempotency_key)

    def recorded_at(self, position: int) -> int | None:
        """The moment at which the event of a position was recorded, or nothing; of plans not seen too."""
        with self._reading() as cursor:
            cursor.execute(f"SELECT recorded_at FROM {self._leaves} WHERE position = %s", [position])
            row = cursor.fetchone()
            return None if row is None else int(row[0])

    def plans(self) -> tuple[str, ...]:
        """The codes of all plans, in the order of their first record."""
        with self._reading() as cursor:
            cursor.execute(f"SELECT plan FROM {SCHEMA}.events WHERE version = 1 ORDER BY position")
            return tuple(str(plan) for (plan,) in cursor)

    def head(self) -> Head:
        """The newest checkpoint."""
        with self._reading() as cursor:
            return head_of(cursor)

    def bytes_held(self) -> int:
        """The size of the table of events with its indexes."""
        with self._reading() as cursor:
            cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [f"{SCHEMA}.events"])
            (size,) = cursor.fetchone() or (0,)
            return int(size)

    def _page(self, plan: str | None, version: int, after: int, until: int | None, limit: int) -> list[Record]:
        where, values = which_page("%s", plan, version, after, until, limit)
        with self._reading() as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM {SCHEMA}.events WHERE {where}", values)
            return [Record(*row) for row in cursor]

    def _leaf_page(self, after: int, until: int | None, limit: int) -> list[tuple[int, bytes]]:
        with self._reading() as cursor:
            cursor.execute(
                f"SELECT position, leaf FROM {self._leaves} WHERE position > %s AND position <= %s "
                "ORDER BY position LIMIT %s",
                [after, END if until is None else until, limit],
            )
            return [(position, leaf) for position, leaf in cursor]

    def _checkpoint_page(self, after: int, limit: int) -> list[Head]:
        with self._reading() as cursor:
            cursor.execute(
                f"SELECT size, root, note FROM {SCHEMA}.checkpoints WHERE size > %s ORDER BY size LIMIT %s",
                [after, limit],
            )
            return [Head(*row) for row in cursor]


class PostgresReader(PostgresRecords):
    """A ledger that is only read: one connection, and nothing loaded that only recording needs."""

    def __init__(self, url: str, place: str, ledger_id: str, verifying_key: VerifyingKey, *, by_plan: bool) -> None:
        self.place = place
        self.ledger_id = ledger_id
        self.verifying_key = verifying_key
        self._leaves = leaves_of(by_plan=by_plan)
        self._options = in_index_order(url)
        self._connection: PgConnection | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[PgCursor]:
        with postgres_errors(self.place):
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._options, autocommit=True, connect_timeout=10)
            with self._connection.cursor(binary=True, row_factory=tuple_row) as cursor:
                yield cursor


def recorded_under(cursor: PgCursor, key: str) -> tuple[Appended, bytes] | None:
    cursor.execute(f"SELECT first, last, digest FROM {SCHEMA}.commands WHERE idempotency_key = %s", [key])
    row = cursor.fetchone()
    return None if row is None else (Appended(row[0], row[1]), row[2])


def head_of(cursor: PgCursor) -> Head:
    cursor.execute(f"SELECT size, root, note FROM {SCHEMA}.checkpoints ORDER BY size DESC LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        raise LedgerDamaged("The ledger has no checkpoint.")
    return Head(*row)
