"""Opening a ledger by its address, creating it when asked to."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.checkpoint import CheckpointRefused, VerifyingKey, origin_of
from ledger.ports import Records, Store
from ledger.refusals import StoreUnusable
from ledger.stores.file_lock import FileLock
from ledger.stores.keys import Signer, create_key
from ledger.stores.paging import LOCK_SECONDS, SCHEMA_VERSION
from ledger.stores.sqlite_reading import SQLiteReader, sqlite_errors
from ledger.stores.sqlite_schema import APPLICATION_ID, TABLES, triggers
from ledger.tree import EMPTY_ROOT, Frontier

if TYPE_CHECKING:
    from ledger.stores.sqlite import SQLiteLedgerRecorder

POSTGRES_PREFIXES = ("postgresql://", "postgres://")


def open_store(url_or_path: str, *, create: bool = False, signing_key_path: Path | None = None) -> Store:
    """The store at a file path or a ``postgresql://`` address; ``StoreUnusable`` says why there is none.

    ``create`` makes the ledger and its signing key when they do not exist yet; an existing ledger is opened.
    The key is kept beside a file as ``<ledger>.key``, for PostgreSQL under ``~/.config/claimfund/keys``.
    """
    if url_or_path.startswith(POSTGRES_PREFIXES):
        from ledger.stores.postgres_opening import open_postgres

        return open_postgres(url_or_path, create=create, signing_key_path=signing_key_path)
    return open_sqlite(Path(url_or_path), create=create, signing_key_path=signing_key_path)


def open_records(url_or_path: str) -> Records:
    """An existing ledger to be read only; what only recording needs is not loaded. Raises ``StoreUnusable``."""
    if url_or_path.startswith(POSTGRES_PREFIXES):
        from ledger.stores.postgres_opening import read_postgres

        return read_postgres(url_or_path)
    path = _existing(Path(url_or_path))
    read_only = _read_only(path)
    return SQLiteReader(path, *_read_meta(path, read_only=read_only), read_only=read_only)


def open_sqlite(path: Path, *, create: bool = False, signing_key_path: Path | None = None) -> SQLiteLedgerRecorder:
    """The ledger in a file, to be written."""
    from ledger.stores.sqlite import LedgerDatastore, SQLiteLedgerRecorder

    if create:
        path = path.expanduser().resolve()
        _create_missing(path, signing_key_path or _key_path(path))
    path = _existing(path)
    read_only = _read_only(path)
    ledger_id, verifying = _read_meta(path, read_only=read_only)
    datastore = LedgerDatastore(path, read_only=read_only)
    signer = Signer(signing_key_path or _key_path(path), verifying)
    return SQLiteLedgerRecorder(datastore, path, ledger_id, verifying, signer, read_only=read_only)


def _existing(path: Path) -> Path:
    path = path.expanduser().resolve()
    if path.is_dir():
        raise StoreUnusable(f"{path} is a directory, not a ledger. Name a file in it.")
    if not path.exists():
        raise StoreUnusable(f"There is no ledger at {path}. Check the path, or create one with: claimfund init")
    return path


def _key_path(path: Path) -> Path:
    return path.with_name(path.name + ".key")


def _read_only(path: Path) -> bool:
    return not os.access(path, os.W_OK) or path.stat().st_mode & 0o222 == 0


def _create_missing(path: Path, key_path: Path) -> None:
    if path.is_dir():
        return  # Said when it is opened.
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"The directory {path.parent} cannot be made ({error.strerror}).") from error
    with FileLock(path.with_name(path.name + ".lock")).held(LOCK_SECONDS):
        if path.exists() and path.stat().st_size > 0:
            return
        with sqlite_errors(path):
            _create_tables(path, key_path)


def _create_tables(path: Path, key_path: Path) -> None:
    ledger_id = secrets.token_hex(8)
    key = create_key(key_path, origin_of(ledger_id))
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(path, isolation_level=None, timeout=LOCK_SECONDS)) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute("BEGIN IMMEDIATE")
            for statement in TABLES:
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES (1, ?, ?, ?)", (SCHEMA_VERSION, ledger_id, str(key.verifying)))
            connection.execute("INSERT INTO head VALUES (1, ?, 0)", (Frontier().to_bytes(),))
            note = key.sign(0, EMPTY_ROOT)
            connection.execute("INSERT INTO checkpoints VALUES (0, ?, ?)", (EMPTY_ROOT, note))
            for statement in triggers():
                connection.execute(statement)
            connection.execute("COMMIT")
    except BaseException as error:
        key_path.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StoreUnusable(f"The ledger {path} cannot be created ({error.strerror}).") from error
        raise


def _read_meta(path: Path, *, read_only: bool) -> tuple[str, VerifyingKey]:
    """What the ledger says of itself. Opened to write where possible: a crash may have left work to undo."""
    uri = f"{path.as_uri()}?mode={'ro' if read_only else 'rw'}"
    with (
        sqlite_errors(path),
        closing(sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS)) as connection,
    ):
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        if application_id != APPLICATION_ID:
            raise StoreUnusable(f"The file {path} is not a ledger. Check the path.")
        row = connection.execute("SELECT schema_version, ledger_id, vkey FROM meta").fetchone()
    return checked_meta(str(path), row)


def checked_meta(place: str, row: tuple[int, str, str] | None) -> tuple[str, VerifyingKey]:
    """The ledger's id and verifying key from its description, when this program can read that version."""
    if row is None:
        raise StoreUnusable(f"The ledger {place} has no description of itself. Restore it from a copy.")
    version, ledger_id, vkey = row
    if version > SCHEMA_VERSION:
        raise StoreUnusable(
            f"The ledger {place} has format {version}; this program reads up to {SCHEMA_VERSION}. "
            "Install a newer claimfund."
        )
    try:
        verifying = VerifyingKey.from_text(vkey)
    except CheckpointRefused as error:
        raise StoreUnusable(f"The ledger {place} names no usable verifying key. {error}") from error
    return ledger_id, verifying
