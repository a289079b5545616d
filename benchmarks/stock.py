"""The baseline that we replace: the event-sourcing library as it comes, one event a payment."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Register(Aggregate):
    """A register whose payments are events of their own."""

    @event("Opened")
    def __init__(self) -> None:
        self.total = 0

    @event("Paid")
    def pay(self, claim: str, member: str, paid: str, amount: int) -> None:
        """One payment."""
        self.total += amount


def import_stock(database: Path, file: Path, limit: int) -> int:
    """Record the first payments of a file, a thousand a save; gives how many."""
    application: Any = Application(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(database)})
    count = 0
    with file.open(newline="") as source:
        lines = csv.reader(source)
        next(lines)
        register = Register()
        for row in lines:
            register.pay(row[1], row[5], row[8], int(row[11].replace(".", "")))
            count += 1
            if count % 1_000 == 0 or count == limit:
                application.save(register)
                register = Register()
            if count == limit:
                break
    application.close()
    return count
