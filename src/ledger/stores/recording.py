"""What all stores share: preparing an append, and the recorder interface of ``eventsourcing``."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol
from uuid import UUID, uuid4

from eventsourcing.persistence import ApplicationRecorder, IntegrityError, Notification, StoredEvent

from ledger.checkpoint import record_leaf
from ledger.ports import Appended, Batch, Head, LaidRecord, NewRecord, Record
from ledger.refusals import IdempotencyConflict, LedgerDamaged, PlanMoved
from ledger.stores.paging import PagedRecords
from ledger.tree import Frontier

FEW_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Request:
    """What one append asks for."""

    batches: tuple[Batch, ...]
    actor: str
    idempotency_key: str
    digest: bytes
    recorded_at: int

    def __post_init__(self) -> None:
        if not any(batch.records for batch in self.batches):
            raise ValueError("An append needs at least one record.")
        if len(self.digest) != 32:
            raise ValueError("The digest of a request is a SHA-256.")
        texts = [self.actor, self.idempotency_key]
        for batch in self.batches:
            texts.append(batch.plan)
            texts.extend(record.topic for record in batch.records)
        if any(not text or "\x00" in text for text in texts):
            raise ValueError("Plan, topic, actor and idempotency key are texts, not empty and without NUL.")


@dataclass(frozen=True, slots=True)
class Tip:
    """Where the ledger stands: the tree's frontier and the newest recorded moment."""

    frontier: Frontier
    newest: int

    @classmethod
    def checked(cls, frontier: bytes, newest: int, head: Head) -> Tip:
        """The tip from its stored form, when it agrees with the newest checkpoint."""
        try:
            result = cls(Frontier.from_bytes(frontier), newest)
        except ValueError as error:
            raise LedgerDamaged(f"The frontier of the ledger is not readable: {error}") from error
        if (result.frontier.size, result.frontier.root()) != (head.size, head.root):
            raise LedgerDamaged("The frontier of the ledger does not agree with its newest checkpoint.")
        return result


@dataclass(frozen=True, slots=True)
class Entry:
    """A record and the hash of its leaf, as they are stored together."""

    record: Record
    leaf: bytes


@dataclass(frozen=True, slots=True)
class LaidEntry:
    """The same while the record's bytes are not in memory: ``record`` reads them each time."""

    envelope: Record
    new: LaidRecord
    leaf: bytes

    @property
    def record(self) -> Record:
        """The record with its bytes."""
        return replace(self.envelope, state=self.new.state)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything one append writes."""

    entries: tuple[Entry | LaidEntry, ...]
    tip: Tip
    head: Head

    @property
    def few(self) -> bool:
        """Whether all of it is little enough to be sent at once."""
        return len(self.entries) <= 16 and all(
            isinstance(entry, Entry) and len(entry.record.state) <= FEW_BYTES for entry in self.entries
        )

    @property
    def appended(self) -> Appended:
        """The positions of the new records."""
        last = self.tip.frontier.size
        return Appended(last - len(self.entries) + 1, last)


class Signs(Protocol):
    """Makes the signed checkpoint for a size and a root."""

    def sign(self, size: int, root: bytes) -> str: ...


def prepare(tip: Tip, version_of: Callable[[str], int], request: Request, signer: Signs) -> Prepared:
    """Give the records positions, versions and leaves; ``PlanMoved`` when a plan is elsewhere."""
    versions: dict[str, int] = {}
    frontier, moment = tip.frontier.copy(), max(tip.newest, request.recorded_at)
    entries: list[Entry | LaidEntry] = []
    for batch in request.batches:
        found = versions[batch.plan] if batch.plan in versions else version_of(batch.plan)
        if found != batch.after_version:
            raise PlanMoved(batch.plan, batch.after_version, found)
        for version, new in enumerate(batch.records, start=found + 1):
            record = Record(
                frontier.size + 1, batch.plan, version, new.topic, bytes(new.state),
                request.actor, request.idempotency_key, moment,
            )  # fmt: skip
            leaf = record_leaf(record)
            frontier.append(leaf)
            if isinstance(new, LaidRecord):
                entries.append(LaidEntry(replace(record, state=b""), new, leaf))
            else:
                entries.append(Entry(record, leaf))
        versions[batch.plan] = found + len(batch.records)
    size, root = frontier.size, frontier.root()
    return Prepared(tuple(entries), Tip(frontier, moment), Head(size, root, signer.sign(size, root)))


def repeated(known: tuple[Appended, bytes] | None, request: Request) -> Appended | None:
    """The first result when this request was recorded before; a conflict when the key meant another."""
    if known is None:
        return None
    appended, digest = known
    if digest != request.digest:
        raise IdempotencyConflict(request.idempotency_key)
    return Appended(appended.first, appended.last, again=True)


class LedgerRecorder(PagedRecords, ApplicationRecorder):
    """A store that is also a recorder of ``eventsourcing``; a notification's id is its position."""

    @abstractmethod
    def append(
        self, batches: Sequence[Batch], *, actor: str, idempotency_key: str, digest: bytes, recorded_at: int
    ) -> Appended: ...

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append events of the library; the envelope (``actor``, ``idempotency_key``, ...) may be given."""
        if not stored_events:
            return []
        batches = as_batches(stored_events)
        digest: bytes = kwargs.get("digest") or _digest_of(stored_events)
        try:
            appended = self.append(
                batches,
                actor=kwargs.get("actor", "eventsourcing"),
                idempotency_key=kwargs.get("idempotency_key") or f"eventsourcing/{uuid4()}",
                digest=digest,
                recorded_at=kwargs.get("recorded_at", time.time_ns() // 1000),
            )
        except (PlanMoved, IdempotencyConflict) as refusal:
            raise IntegrityError(str(refusal)) from refusal
        return range(appended.first, appended.last + 1)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """A plan's events by version, as the library asks for them."""
        found = (
            StoredEvent(record.plan, record.version, record.topic, record.state)
            for record in self._read(str(originator_id), gt or 0, 0, None)
            if lte is None or record.version <= lte
        )
        if desc:
            return list(found)[::-1][:limit]
        return list(islice(found, limit))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Records from a position on, as the library's notification log."""
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        found = (
            Notification(record.plan, record.version, record.topic, record.state, record.position)
            for record in self._read(None, 0, after, stop)
            if not topics or record.topic in topics
        )
        return list(islice(found, limit))

    def max_notification_id(self) -> int:
        """The newest position; 0 in a new ledger."""
        return self.head().size


def as_batches(stored_events: Sequence[StoredEvent]) -> list[Batch]:
    """The library's events as batches: neighbours of one plan with versions that follow each other."""
    batches: list[Batch] = []
    for event in stored_events:
        plan, new = str(event.originator_id), NewRecord(event.topic, event.state)
        last = batches[-1] if batches else None
        if last and last.plan == plan and event.originator_version == last.after_version + len(last.records) + 1:
            batches[-1] = Batch(plan, last.after_version, (*last.records, new))
        else:
            batches.append(Batch(plan, event.originator_version - 1, (new,)))
    return batches


def _digest_of(stored_events: Sequence[StoredEvent]) -> bytes:
    digest = sha256()
    for event in stored_events:
        for part in (str(event.originator_id).encode(), event.topic.encode(), event.state):
            digest.update(len(part).to_bytes(8, "big") + part)
        digest.update(event.originator_version.to_bytes(8, "big", signed=True))
    return digest.digest()
