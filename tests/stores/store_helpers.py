"""Short words for the tests of the stores."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ledger.ports import Appended, Batch, NewRecord, Store
from ledger.stores.opening import open_store


def batch(plan: str, after: int, *states: str) -> Batch:
    return Batch(plan, after, tuple(NewRecord("claims-paid.v1", state.encode()) for state in states))


def append(store: Store, key: str, *batches: Batch, at: int = 1_000, said: str = "") -> Appended:
    digest = sha256((said or key).encode()).digest()
    return store.append(batches, actor="ada", idempotency_key=key, digest=digest, recorded_at=at)


@dataclass(frozen=True)
class Address:
    """Where a durable store is, so that a test can open it again or reach behind it."""

    kind: str
    text: str
    key: Path

    def open(self, *, create: bool = False) -> Store:
        return open_store(self.text, create=create, signing_key_path=self.key)

    def sql(self, *statements: str) -> None:
        """What an administrator of the database can do behind the ledger's back."""
        if self.kind == "sqlite":
            import sqlite3
            from contextlib import closing

            with closing(sqlite3.connect(self.text, isolation_level=None)) as connection:
                for statement in statements:
                    connection.execute(statement)
            return
        import psycopg

        with psycopg.connect(self.text, autocommit=True, options="-csearch_path=claimfund") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def drop_triggers(self, *tables: str) -> None:
        for table in tables or ("events",):
            if self.kind == "postgres":
                self.sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            else:
                for name in ("no_update", "no_delete", "at_end"):
                    self.sql(f"DROP TRIGGER IF EXISTS {table}_{name}")
