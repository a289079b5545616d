"""The plainest loads there are: ``csv.reader`` into an indexed table of SQLite, and ``COPY`` into PostgreSQL."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Work = Callable[[], dict[str, Any]]

COLUMNS = "plan,claim,line,txn,coverage,member,family,relationship,incurred,paid,method,ref,payee,billed,amount"


def _rows(file: str) -> Iterator[tuple[Any, ...]]:
    with Path(file).open(newline="") as source:
        lines = csv.reader(source)
        next(lines)
        for row in lines:
            yield (*row[:13], int(row[13].replace(".", "")), int(row[14].replace(".", "")))


def load(database: str, file: str) -> Work:
    """``executemany`` in one durable transaction; nothing is checked but the key."""

    def work() -> dict[str, Any]:
        connection = sqlite3.connect(database)
        typed = COLUMNS.replace(",billed,amount", ",billed integer,amount integer")
        connection.executescript(
            f"pragma synchronous=full; create table p({typed});"
            "create unique index i on p(plan, claim, line, paid, ref, amount);"
        )
        connection.executemany(f"insert into p values({','.join('?' * 15)})", _rows(file))
        connection.commit()
        total = int(connection.execute("select sum(amount) from p").fetchone()[0])
        connection.close()
        return {"total": total}

    return work


def copy(url: str, file: str) -> Work:
    """``COPY`` of the same rows, in one durable transaction, into one table with the same key."""
    import psycopg

    def work() -> dict[str, Any]:
        with psycopg.connect(url) as connection:
            typed = ",".join(
                f"{name} {'bigint' if name in ('billed', 'amount') else 'text'}" for name in COLUMNS.split(",")
            )
            connection.execute(f"create table p({typed})".encode())
            connection.execute(b"create unique index i on p(plan, claim, line, paid, ref, amount)")
            with connection.cursor().copy(f"copy p({COLUMNS}) from stdin".encode()) as into:
                for row in _rows(file):
                    into.write_row(row)
            connection.commit()
            total = int(connection.execute(b"select sum(amount) from p").fetchone()[0])  # type: ignore[index]
        return {"total": total}

    return work
