"""The library that we build on, as it comes: one event a payment."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

Work = Callable[[], dict[str, Any]]


class Register(Aggregate):
    """A register whose payments are events of their own."""

    @event("Opened")
    def __init__(self) -> None:
        self.total = 0

    @event("Paid")
    def pay(self, claim: str, member: str, paid: str, amount: int) -> None:
        """One payment."""
        self.total += amount


def application(database: str = "", url: str = "") -> Application[Any]:
    """The library over SQLite as it comes, or over PostgreSQL."""
    if url:
        from urllib.parse import parse_qs, urlsplit

        found = urlsplit(url)
        return Application(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": found.path[1:],
                "POSTGRES_HOST": found.hostname or parse_qs(found.query)["host"][0],
                "POSTGRES_USER": found.username or "",
                "POSTGRES_PORT": str(found.port or 5432),
                "POSTGRES_PASSWORD": found.password or "",
            }
        )
    return Application(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": database})


def load(database: str, file: str, limit: int) -> Work:
    """The first payments of a file, a thousand a save."""
    kept = application(database)

    def work() -> dict[str, Any]:
        count = 0
        with Path(file).open(newline="") as source:
            lines = csv.reader(source)
            next(lines)
            register = Register()
            for row in lines:
                register.pay(row[1], row[5], row[9], int(row[14].replace(".", "")))
                count += 1
                if count % 1_000 == 0 or count == limit:
                    kept.save(register)
                    register = Register()
                if count == limit:
                    break
        kept.close()
        return {"payments": count}

    return work
