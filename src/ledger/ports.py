"""What the ledger needs from the outside: a store that keeps records, and a clock that tells the moment.

A *record* is an event as it is kept: its stored bytes and the envelope around them. A *batch* is what one command
adds to one plan's history; a command that names several plans brings several batches, recorded together or not at
all. Moments are whole microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One event about to be recorded: its kind with version (``claims-paid.v1``) and its encoded bytes."""

    topic: str
    state: bytes


@dataclass(frozen=True, slots=True)
class LaidRecord:
    """One event about to be recorded whose encoded bytes are not in memory: they are read each time."""

    topic: str
    read: Callable[[], bytes]

    @property
    def state(self) -> bytes:
        """The encoded bytes."""
        return self.read()


@dataclass(frozen=True, slots=True)
class Batch:
    """What is added to one plan's history, directly after version ``after_version`` (0 for a new plan)."""

    plan: str
    after_version: int
    records: tuple[NewRecord | LaidRecord, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One event as it is kept. ``position`` is dense over the ledger and starts at 1; ``version`` over the plan."""

    position: int
    plan: str
    version: int
    topic: str
    state: bytes
    actor: str
    idempotency_key: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Head:
    """The newest signed state of the whole ledger: ``size`` events, their RFC 6962 root, the signed checkpoint."""

    size: int
    root: bytes
    checkpoint: str

    @property
    def short(self) -> str:
        """Eight hexadecimal digits of the root, as printed in report headers."""
        return self.root.hex()[:8]


@dataclass(frozen=True, slots=True)
class Appended:
    """The positions that a command's events received; ``again`` when the same command had been recorded before."""

    first: int
    last: int
    again: bool = False


class Clock(Protocol):
    """Tells the moment at which a command is recorded, in microseconds since 1970-01-01 UTC."""

    def now(self) -> int: ...


class Records(Protocol):
    """What is read of a log of records; the same contract for memory, SQLite and PostgreSQL."""

    def recorded_under(self, idempotency_key: str) -> tuple[Appended, bytes] | None:
        """The result and digest recorded under this key, or nothing."""
        ...

    def read(self, plan: str | None = None, *, after: int = 0, until: int | None = None) -> Iterator[Record]:
        """Records in position order, of one plan or of all: ``after`` < position <= ``until``."""
        ...

    def record(self, position: int) -> Record | None:
        """The record at a position, or nothing."""
        ...

    def recorded_at(self, position: int) -> int | None:
        """The moment at which the event of a position was recorded, or nothing; known for plans not seen too."""
        ...

    def leaf_hashes(self, *, after: int = 0, until: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Positions with the leaf hashes stored beside the records; of plans not seen too."""
        ...

    def plans(self) -> tuple[str, ...]:
        """The codes of all plans with records, in the order of their first record."""
        ...

    def head(self) -> Head:
        """The newest size, root and signed checkpoint. A new ledger has size 0."""
        ...

    def checkpoints(self) -> Iterator[Head]:
        """Every signed checkpoint, oldest first."""
        ...

    def bytes_held(self) -> int:
        """How many bytes the ledger takes up on a disk, roughly; 0 when it is in memory only."""
        ...

    def close(self) -> None: ...


class Store(Records, Protocol):
    """An append-only log of records."""

    def logged_in(self) -> str:
        """The login under which this program works, as the database or the system knows it, not as it is told."""
        ...

    def writing(self, plans: Sequence[str]) -> AbstractContextManager[None]:
        """Hold the right to add to these plans; others wait. Taken before reading what is decided upon."""
        ...

    def append(
        self, batches: Sequence[Batch], *, actor: str, idempotency_key: str, digest: bytes, recorded_at: int
    ) -> Appended:
        """Record all batches or nothing, durably, with positions, tree and signed checkpoint.

        ``digest`` is the SHA-256 of what was asked for. The same key with the same digest returns the first result
        again. Raises ``IdempotencyConflict`` for the same key with another digest and ``PlanMoved`` when a plan's
        version is not ``after_version``. A ``recorded_at`` earlier than the newest record's is lifted to it, so that
        recorded times never go back.
        """
        ...
