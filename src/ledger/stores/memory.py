"""The ledger in plain objects: for tests, trials and what-if questions. It signs with a key of its own."""

from __future__ import annotations

import secrets
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from eventsourcing.persistence import StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from ledger.checkpoint import SigningKey, VerifyingKey, origin_of
from ledger.ports import Appended, Batch, Head, Record
from ledger.refusals import StoreUnusable
from ledger.stores.paging import LOCK_SECONDS
from ledger.stores.recording import Entry, LedgerRecorder, Request, Signs, Tip, prepare, repeated
from ledger.tree import EMPTY_ROOT, Frontier


class MemoryLedgerRecorder(LedgerRecorder, POPOApplicationRecorder):
    """The contract without a disk; what it holds ends with the process. Who works with it is said when it is made."""

    def __init__(self, ledger_id: str | None = None, *, login: str = "") -> None:
        super().__init__()
        self.login = login
        self.ledger_id = ledger_id or secrets.token_hex(8)
        key = SigningKey.generate(origin_of(self.ledger_id))
        self._signer: Signs = key
        self.verifying_key = key.verifying
        self._entries: list[Entry | bytes] = []  # the leaf hash alone of an event that is not shown
        self._shown: list[int] = []
        self._plans: dict[str, list[int]] = {}
        self._commands: dict[str, tuple[Appended, bytes]] = {}
        self._tip = Tip(Frontier(), 0)
        self._heads = [Head(0, EMPTY_ROOT, self._signer.sign(0, EMPTY_ROOT))]
        self._writers = threading.RLock()

    @contextmanager
    def writing(self, plans: Sequence[str]) -> Iterator[None]:
        """One writer at a time; the plans do not matter here."""
        if not self._writers.acquire(timeout=LOCK_SECONDS):
            raise StoreUnusable("The ledger is locked by another writer. Try again.")
        try:
            yield
        finally:
            self._writers.release()

    def append(
        self, batches: Sequence[Batch], *, actor: str, idempotency_key: str, digest: bytes, recorded_at: int
    ) -> Appended:
        """Record all batches or nothing."""
        request = Request(tuple(batches), actor, idempotency_key, digest, recorded_at)
        with self._database_lock:
            again = repeated(self._commands.get(idempotency_key), request)
            if again is not None:
                return again
            prepared = prepare(self._tip, self._version_of, request, self._signer)
            entries = [Entry(entry.record, entry.leaf) for entry in prepared.entries]
            self._update_table(
                [
                    StoredEvent(record.plan, record.version, record.topic, record.state)
                    for record in (entry.record for entry in entries)
                ]
            )
            for entry in entries:
                self._plans.setdefault(entry.record.plan, []).append(entry.record.position)
                self._shown.append(entry.record.position)
            self._entries.extend(entries)
            self._commands[idempotency_key] = (prepared.appended, digest)
            self._tip = prepared.tip
            self._heads.append(prepared.head)
        self._notify_listeners()
        return prepared.appended

    def recorded_under(self, idempotency_key: str) -> tuple[Appended, bytes] | None:
        """The result and digest recorded under this key, or nothing."""
        return self._commands.get(idempotency_key)

    def plans(self) -> tuple[str, ...]:
        """The codes of all plans, in the order of their first record."""
        return tuple(self._plans)

    def head(self) -> Head:
        """The newest checkpoint."""
        return self._heads[-1]

    def recorded_at(self, position: int) -> int | None:
        """The moment of an event; of one that is not shown, the moment of the newest shown before it."""
        if not 0 < position <= len(self._entries):
            return None
        before = bisect_right(self._shown, position)
        return super().recorded_at(self._shown[before - 1] if before else self._shown[0])

    def logged_in(self) -> str:
        """The login that was said."""
        return self.login

    def bytes_held(self) -> int:
        """Nothing is on a disk."""
        return 0

    def close(self) -> None:
        """Nothing to release."""

    def restored(self, vkey: VerifyingKey, signer: Signs) -> _MemoryRows:
        """Where the rows of a restored ledger of this key go; what was here is given up."""
        self.verifying_key, self._signer = vkey, signer
        self._heads.clear()
        return _MemoryRows(self)

    def _version_of(self, plan: str) -> int:
        return len(self._plans.get(plan, ()))

    def _page(self, plan: str | None, version: int, after: int, until: int | None, limit: int) -> list[Record]:
        with self._database_lock:
            last = len(self._entries) if until is None else min(until, len(self._entries))
            after = max(after, 0)
            positions = self._shown if plan is None else self._plans.get(plan, [])
            start = max(version if plan else 0, bisect_right(positions, after))
            stop = min(bisect_right(positions, last), start + limit)
            entries = [self._entries[position - 1] for position in positions[start:stop]]
            return [entry.record for entry in entries if isinstance(entry, Entry)]

    def _leaf_page(self, after: int, until: int | None, limit: int) -> list[tuple[int, bytes]]:
        with self._database_lock:
            last = len(self._entries) if until is None else min(until, len(self._entries))
            page = self._entries[after : min(last, after + limit)]
            leaves = (entry.leaf if isinstance(entry, Entry) else entry for entry in page)
            return list(enumerate(leaves, after + 1))

    def _checkpoint_page(self, after: int, limit: int) -> list[Head]:
        with self._database_lock:
            return [head for head in self._heads if head.size > after][:limit]


class _MemoryRows:
    def __init__(self, store: MemoryLedgerRecorder) -> None:
        self._store = store

    def entry(self, entry: Entry) -> None:
        store, record = self._store, entry.record
        store._update_table([StoredEvent(record.plan, record.version, record.topic, record.state)])
        store._plans.setdefault(record.plan, []).append(record.position)
        store._shown.append(record.position)
        store._entries.append(entry)

    def hidden(self, leaf: bytes) -> None:
        self._store._entries.append(leaf)

    def command(self, key: str, digest: bytes, at: Appended) -> None:
        self._store._commands[key] = (at, digest)

    def checkpoint(self, head: Head) -> None:
        self._store._heads.append(head)

    def tip(self, tip: Tip) -> None:
        self._store._tip = tip
