"""Reading a store a page at a time, whichever database keeps it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from ledger.checkpoint import VerifyingKey
from ledger.ports import Head, Record

SCHEMA_VERSION = 1
LOCK_SECONDS = 30.0
PAGE_RECORDS = 256
PAGE_BYTES = 4 << 20
COLUMNS = "position, plan, version, topic, state, actor, idempotency_key, recorded_at"
END = (1 << 63) - 1


def which_page(
    mark: str, plan: str | None, version: int, after: int, until: int | None, limit: int
) -> tuple[str, list[str | int]]:
    """Which records are on a page, as SQL with its values; ``mark`` is how the database writes a place for one."""
    values: list[str | int] = [after, END if until is None else until, limit]
    where = f"position > {mark} AND position <= {mark} ORDER BY position"
    if plan is not None:
        where = f"plan = {mark} AND version > {mark} AND position > {mark} AND position <= {mark} ORDER BY version"
        values[:0] = [plan, version]
    return f"{where} LIMIT {mark}", values


class PagedRecords(ABC):
    """What every store reads, from the few questions that each database answers in its own way."""

    ledger_id: str
    verifying_key: VerifyingKey

    @abstractmethod
    def head(self) -> Head: ...

    @abstractmethod
    def _page(self, plan: str | None, version: int, after: int, until: int | None, limit: int) -> list[Record]:
        """At most ``limit`` records after this version (of one plan) and position, in position order."""

    @abstractmethod
    def _leaf_page(self, after: int, until: int | None, limit: int) -> list[tuple[int, bytes]]:
        """At most ``limit`` positions with their stored leaf hashes."""

    @abstractmethod
    def _checkpoint_page(self, after: int, limit: int) -> list[Head]:
        """At most ``limit`` checkpoints of a larger size than ``after``, smallest first."""

    def read(self, plan: str | None = None, *, after: int = 0, until: int | None = None) -> Iterator[Record]:
        """Records in position order; no transaction stays open between pages."""
        return self._read(plan, 0, after, until)

    def _read(self, plan: str | None, version: int, after: int, until: int | None) -> Iterator[Record]:
        limit = 16
        while page := self._page(plan, version, after, until, limit):
            yield from page
            if len(page) < limit:
                return
            after, version = page[-1].position, page[-1].version
            mean = 1 + sum(len(record.state) for record in page) // len(page)
            limit = max(1, min(PAGE_RECORDS, PAGE_BYTES // mean))

    def record(self, position: int) -> Record | None:
        """The record at a position, or nothing."""
        page = self._page(None, 0, position - 1, position, 1)
        return page[0] if page else None

    def recorded_at(self, position: int) -> int | None:
        """The moment at which the event of a position was recorded, or nothing."""
        found = self.record(position)
        return None if found is None else found.recorded_at

    def leaf_hashes(self, *, after: int = 0, until: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Positions with the leaf hashes stored beside the records."""
        while page := self._leaf_page(after, until, 4096):
            yield from page
            after = page[-1][0]

    def checkpoints(self) -> Iterator[Head]:
        """Every signed checkpoint, oldest first."""
        after = -1
        while page := self._checkpoint_page(after, PAGE_RECORDS):
            yield from page
            after = page[-1].size
