"""Opening and creating a ledger in a PostgreSQL database."""

# ruff: noqa: S608 - the only names put into statements are our own constants

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ledger.checkpoint import VerifyingKey, origin_of
from ledger.ports import Records, Store
from ledger.refusals import StoreUnusable
from ledger.stores.keys import Signer, create_key
from ledger.stores.opening import checked_meta
from ledger.stores.paging import SCHEMA_VERSION
from ledger.stores.postgres_connection import postgres_errors
from ledger.stores.postgres_reading import PostgresReader
from ledger.stores.postgres_schema import SCHEMA, TABLES, triggers
from ledger.tree import EMPTY_ROOT, Frontier

CREATION_LOCK = 0x636C61696D66756E  # one creation at a time in a database


def open_postgres(url: str, *, create: bool = False, signing_key_path: Path | None = None) -> Store:
    """The ledger in a database, in the schema ``claimfund``."""
    from ledger.stores.postgres import PostgresLedgerRecorder
    from ledger.stores.postgres_datastore import LedgerDatastore

    place, ledger_id, verifying, by_plan = _found(url, create, signing_key_path)
    signer = Signer(signing_key_path or default_key_path(ledger_id), verifying)
    with postgres_errors(place):
        return PostgresLedgerRecorder(LedgerDatastore(url), place, ledger_id, verifying, signer, by_plan=by_plan)


def read_postgres(url: str) -> Records:
    """The ledger in a database, to be read only."""
    place, ledger_id, verifying, by_plan = _found(url, False, None)
    return PostgresReader(url, place, ledger_id, verifying, by_plan=by_plan)


def _found(url: str, create: bool, signing_key_path: Path | None) -> tuple[str, str, VerifyingKey, bool]:
    """The place, id and verifying key of the ledger, and whether this role sees some plans only."""
    place = place_of(url)
    with postgres_errors(place), psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        row = stored_meta(connection)
        if row is None and create:
            row = _create(connection, signing_key_path)
        by_plan = row is not None and _by_plan(connection)
    if row is None:
        raise StoreUnusable(f"The database {place} has no ledger. Create one with: claimfund init")
    return place, *checked_meta(place, row), by_plan


def default_key_path(ledger_id: str) -> Path:
    """Where the signing key of a ledger in PostgreSQL is kept: never in the database."""
    return Path.home() / ".config" / "claimfund" / "keys" / f"{ledger_id}.key"


def place_of(url: str) -> str:
    """The database of an address as messages name it, without its password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise StoreUnusable(f"The address of the ledger cannot be read: {error}") from None
    return f"{parts.get('dbname', '')} at {parts.get('host', 'the local server')}"


def stored_meta(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[int, str, str] | None:
    """What the database says of the ledger it holds, or nothing."""
    found = connection.execute("SELECT to_regclass(%s)::text", [f"{SCHEMA}.meta"]).fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute(f"SELECT schema_version, ledger_id, vkey FROM {SCHEMA}.meta").fetchone()
    if row is None:
        return None
    return int(str(row[0])), str(row[1]), str(row[2])


def _by_plan(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Whether some roles see only some plans (``claimfund db grant --administrator``)."""
    found = connection.execute(
        f"SELECT to_regclass('{SCHEMA}.leaves') IS NOT NULL AND row_security_active('{SCHEMA}.events'::regclass)"
    ).fetchone()
    return found is not None and bool(found[0])


def _create(connection: psycopg.Connection[tuple[object, ...]], signing_key_path: Path | None) -> tuple[int, str, str]:
    """Make tables, key and first checkpoint; whoever comes second finds what the first has made.

    The lock belongs to the session, which ends after this, and the second look is a transaction of its own:
    inside the transaction that waited, the server may still remember that there was no such table.
    """
    connection.execute("SELECT pg_advisory_lock(%s)", [CREATION_LOCK])
    row = stored_meta(connection)
    if row is not None:
        return row
    ledger_id = secrets.token_hex(8)
    key_path = signing_key_path or default_key_path(ledger_id)
    key = create_key(key_path, origin_of(ledger_id))
    try:
        with connection.transaction():
            connection.execute(TABLES + triggers())
            _first_rows(connection, ledger_id, key.verifying, key.sign(0, EMPTY_ROOT))
    except psycopg.OperationalError:
        raise  # the commit may have happened, so the key is kept
    except psycopg.Error:
        key_path.unlink(missing_ok=True)
        raise
    return SCHEMA_VERSION, ledger_id, str(key.verifying)


def _first_rows(
    connection: psycopg.Connection[tuple[object, ...]], ledger_id: str, verifying: VerifyingKey, note: str
) -> None:
    connection.execute(f"INSERT INTO {SCHEMA}.meta VALUES (1, %s, %s, %s)", [SCHEMA_VERSION, ledger_id, str(verifying)])
    connection.execute(f"INSERT INTO {SCHEMA}.head VALUES (1, %s, 0)", [Frontier().to_bytes()])
    connection.execute(f"INSERT INTO {SCHEMA}.checkpoints VALUES (0, %s, %s)", [EMPTY_ROOT, note])
