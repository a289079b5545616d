"""Checking a whole ledger against what was signed, in one streaming pass that names the first bad event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ledger.checkpoint import CheckpointRefused, VerifyingKey, record_leaf
from ledger.ports import Head, Record, Records
from ledger.refusals import LedgerDamaged
from ledger.tree import Frontier


@runtime_checkable
class Signed(Protocol):
    """A store that knows the key its checkpoints are signed with."""

    verifying_key: VerifyingKey


@runtime_checkable
class Leaved(Protocol):
    """A store that keeps each record's leaf hash beside it."""

    def leaf_hashes(self, *, after: int = 0, until: int | None = None) -> Iterator[tuple[int, bytes]]: ...


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found in order: so many events under this root, and so many signed checkpoints.

    ``hidden`` counts events of plans that the database does not show: only their hashes were checked. ``signatures``
    counts the checkpoints whose signature was verified; all of them say what their events give.
    """

    events: int
    checkpoints: int
    plans: int
    head: Head
    vkey: str
    commands: int
    hidden: int = 0
    signatures: int = 0


ALL_UNTIL, ONE_OF = 10_000, 100
"""Of so many checkpoints every signature is verified; of those after them one of a hundred, and the newest."""


def verify_store(store: Records, *, after: int = 0, vkey: str | None = None, every_signature: bool = False) -> Verified:
    """Check every record after a position and every checkpoint; raise ``LedgerDamaged`` at the first bad one.

    The signatures of a long log are verified in part unless ``every_signature`` is asked for (docs/decisions/0022); the
    newest always is.

    Records up to ``after`` are taken by their stored leaf hashes, which the roots still bind. ``vkey`` is the
    key the auditor keeps; without it the ledger's own is used.
    """
    if vkey is not None:
        key = VerifyingKey.from_text(vkey)
    elif isinstance(store, Signed):
        key = store.verifying_key
    else:
        raise ValueError("This store names no key; give the vkey to verify with.")
    return _Verification(store, key, after, every_signature).run()


class _Verification:
    def __init__(self, store: Records, key: VerifyingKey, after: int, every: bool) -> None:
        self._store = store
        self._key = key
        self._head = store.head()
        self._every = every
        self._after = min(after, self._head.size)
        self._frontier = Frontier()
        self._versions: dict[str, int] = {}
        self._last: Record | None = None
        self._checkpoints = store.checkpoints()
        self._signed_size = 0
        self._count = self._commands = self._hidden = self._signatures = 0

    def run(self) -> Verified:
        self._next = self._next_checkpoint()
        if self._next is None or self._next.size != 0:
            raise LedgerDamaged("The checkpoint of the empty ledger is missing.", 1)
        self._check_root()
        self._skip_to_after()
        leaves = self._stored_leaves()
        for record in self._store.read(after=self._after, until=self._head.size):
            self._pass_hidden(record.position, leaves)
            self._check_record(record, leaves)
        self._pass_hidden(self._head.size + 1, leaves)
        size = self._frontier.size
        if size < self._head.size:
            raise LedgerDamaged(
                f"Event {size + 1} is missing: {self._head.size} were signed, the ledger ends at {size}.",
                size + 1,
            )
        if self._next is not None and self._next.size <= size:
            raise LedgerDamaged(f"A checkpoint of size {self._next.size} is out of place.", self._next.size)
        if self._last is not None:
            self._check_end_of_batch(self._last)
        if self._signed_size != size:
            raise LedgerDamaged(f"The checkpoint of size {size} is missing.", self._signed_size + 1)
        self._check_nothing_unsigned(size)
        events, plans = size - self._after - self._hidden, len(self._versions)
        counted = self._commands, self._hidden, self._signatures
        return Verified(events, self._count, plans, self._head, str(self._key), *counted)

    def _check_nothing_unsigned(self, size: int) -> None:
        """What stands behind the signed state was put there past the recorder, unless it has been signed since."""
        beyond = next((record.position for record in self._store.read(after=size)), None)
        if beyond is None and isinstance(self._store, Leaved):
            beyond = next((position for position, _ in self._store.leaf_hashes(after=size)), None)
        if beyond is not None and self._store.head().size < beyond:
            raise LedgerDamaged(f"Event {beyond} is stored, and no checkpoint signs it.", beyond)

    def _pass_hidden(self, position: int, leaves: Iterator[tuple[int, bytes]] | None) -> None:
        """Take the events before a position that the database does not show by their hashes, which the root binds."""
        while self._frontier.size + 1 < position and leaves is not None:
            wanted = self._frontier.size + 1
            found = next(leaves, None)
            if found is None or found[0] != wanted:
                raise LedgerDamaged(f"Event {wanted} is missing.", wanted)
            self._hidden += 1
            self._last = None
            self._grow(found[1])

    def _skip_to_after(self) -> None:
        if not self._after:
            return
        if isinstance(self._store, Leaved):
            leaves = self._store.leaf_hashes(until=self._after)
        else:
            leaves = ((r.position, record_leaf(r)) for r in self._store.read(until=self._after))
        for position, leaf in leaves:
            self._expect(position)
            self._grow(leaf)
        if self._frontier.size < self._after:
            self._expect(self._after + 1)

    def _stored_leaves(self) -> Iterator[tuple[int, bytes]] | None:
        if isinstance(self._store, Leaved):
            return self._store.leaf_hashes(after=self._after, until=self._head.size)
        return None

    def _check_record(self, record: Record, leaves: Iterator[tuple[int, bytes]] | None) -> None:
        position, last = record.position, self._last
        self._expect(position)
        leaf = record_leaf(record)
        if leaves is not None and next(leaves, None) != (position, leaf):
            raise LedgerDamaged(f"The stored bytes of event {position} are not those that were hashed.", position)
        if last is not None and last.idempotency_key != record.idempotency_key:
            self._check_end_of_batch(last)
        version = self._versions.get(record.plan, record.version - 1 if self._after else 0) + 1
        if record.version != version:
            raise LedgerDamaged(
                f"Event {position} is version {record.version} of plan {record.plan}; expected {version}.",
                position,
            )
        if last is not None and record.recorded_at < last.recorded_at:
            raise LedgerDamaged(f"Event {position} was recorded before event {position - 1}.", position)
        self._versions[record.plan] = version
        self._last = record
        self._grow(leaf)

    def _check_end_of_batch(self, last: Record) -> None:
        """A batch ends with a signed checkpoint, and its command is kept with its positions."""
        if self._signed_size != last.position:
            raise LedgerDamaged(
                f"The checkpoint of size {last.position} is missing.",
                min(self._signed_size + 1, last.position),
            )
        self._commands += 1
        known = self._store.recorded_under(last.idempotency_key)
        if known is None or known[0].last != last.position:
            raise LedgerDamaged(
                f"The command {last.idempotency_key!r} of event {last.position} is missing or changed.",
                last.position,
            )

    def _expect(self, position: int) -> None:
        wanted = self._frontier.size + 1
        if position != wanted:
            raise LedgerDamaged(f"Event {wanted} is missing.", wanted)

    def _grow(self, leaf: bytes) -> None:
        self._frontier.append(leaf)
        if self._next is not None and self._next.size == self._frontier.size:
            self._check_root()

    def _check_root(self) -> None:
        """The root over the events so far is the one that was signed; then wait for the next checkpoint."""
        head = self._next
        assert head is not None
        first = self._signed_size + 1
        if head.root != self._frontier.root():
            if head.size <= first:
                raise LedgerDamaged(f"Event {first} is not what was signed.", first)
            raise LedgerDamaged(f"Of the events {first} to {head.size}, one or more are not what was signed.", first)
        self._signed_size = head.size
        self._next = self._next_checkpoint()

    def _next_checkpoint(self) -> Head | None:
        head = next(self._checkpoints, None)
        if head is None or head.size > self._head.size:
            return None
        looked_at = self._every or head.size == self._head.size or self._count < ALL_UNTIL or not self._count % ONE_OF
        try:
            signed = self._key.read(head.checkpoint, signature=looked_at)
        except CheckpointRefused as error:
            raise LedgerDamaged(f"The checkpoint of size {head.size} is false: {error}", max(head.size, 1)) from error
        if (signed.size, signed.root) != (head.size, head.root):
            raise LedgerDamaged(
                f"The checkpoint of size {head.size} does not say what it is kept for.", max(head.size, 1)
            )
        self._count += 1
        self._signatures += looked_at
        return head
