"""Connections to PostgreSQL, and what they cannot do in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import PoolTimeout

from ledger.refusals import StoreUnusable
from ledger.stores.postgres_schema import SCHEMA
from ledger.stores.recording import LOCK_SECONDS

PgConnection = psycopg.Connection[Any]
PgCursor = psycopg.Cursor[tuple[Any, ...]]

# Every page is a short walk along an index. Without statistics the planner would rather gather all that is
# left of the ledger for each page, and sort it.
IN_INDEX_ORDER = "-c enable_bitmapscan=off -c enable_seqscan=off -c enable_sort=off"


@contextmanager
def postgres_errors(place: str) -> Iterator[None]:
    """Say in one sentence what PostgreSQL could not do."""
    try:
        yield
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
        raise StoreUnusable(f"The ledger {place} is locked by another writer. Try again.") from error
    except psycopg.errors.DiskFull as error:
        reason = "cannot grow: the disk is full"
        raise StoreUnusable(f"The ledger {place} {reason}. Nothing was recorded.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        reason = " ".join(str(error).split())
        raise StoreUnusable(
            f"Your database role may not do this in the ledger {place}: {reason}. Nothing was recorded. "
            "Who owns the ledger gives the right with: claimfund db grant"
        ) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise StoreUnusable(f"The ledger {place} is read-only. Nothing was recorded.") from error
    except (psycopg.Error, PoolTimeout) as error:
        reason = " ".join(str(error).split())
        raise StoreUnusable(f"The ledger {place} cannot be used: {reason}.") from error


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
        self.pool.conninfo = make_conninfo(url, options=f"{parts.get('options') or ''} {IN_INDEX_ORDER}".strip())
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
