"""The library's connections to PostgreSQL, with every option of the address, and those of our own beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg_pool import PoolTimeout

from ledger.refusals import StoreUnusable
from ledger.stores.paging import LOCK_SECONDS
from ledger.stores.postgres_connection import PgConnection, in_index_order, postgres_errors
from ledger.stores.postgres_schema import SCHEMA


@contextmanager
def recorder_errors(place: str) -> Iterator[None]:
    """Say in one sentence what PostgreSQL, or the library's pool, could not do."""
    try:
        with postgres_errors(place):
            yield
    except PoolTimeout as error:
        raise StoreUnusable(f"The ledger {place} cannot be used: {error}.") from error


class LedgerDatastore(PostgresDatastore):
    """The library's datastore, with every option of the address, and without database functions."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        super().__init__(
            str(parts.get("dbname") or ""), str(parts.get("host") or ""), str(parts.get("port") or ""),
            str(parts.get("user") or ""), str(parts.get("password") or ""),
            connect_timeout=LOCK_SECONDS, idle_in_transaction_session_timeout=60.0,
            pool_size=1, max_overflow=15, schema=SCHEMA,
            originator_id_type="text", enable_db_functions=False,
        )  # fmt: skip
        self.url = url
        self.pool.conninfo = in_index_order(url)
        self.pool.kwargs = {"row_factory": dict_row}

        self._options = self.pool.conninfo
        self._idle: list[PgConnection] = []
        self._guard = Lock()

    @contextmanager
    def plain_connection(self) -> Iterator[PgConnection]:
        """A connection with psycopg's errors, made when none is idle; work not committed is undone."""
        connection = self._take()
        try:
            yield connection
        finally:
            with suppress(psycopg.Error):
                connection.rollback()
            if not connection.closed:
                with self._guard:
                    self._idle.append(connection)

    def _take(self) -> PgConnection:
        while True:
            with self._guard:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return psycopg.connect(self._options, autocommit=True, connect_timeout=10)
            try:
                connection.execute("")
            except psycopg.Error:
                connection.close()
            else:
                return connection

    def close(self) -> None:
        """Close the idle connections and the library's pool."""
        for connection in getattr(self, "_idle", ()):
            connection.close()
        super().close()
