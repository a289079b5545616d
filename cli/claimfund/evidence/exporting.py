"""Writing a whole ledger as lines: a header, the events as stored, the signed checkpoints, and the file's own hash."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from claimfund.evidence.verify_claimfund_log import FORMAT, b64, plain_line, record_line
from ledger.checkpoint import record_leaf
from ledger.ports import Record

if TYPE_CHECKING:
    from ledger.ports import Head, Store


def log_lines(store: Store, vkey: str, until: int | None = None) -> Iterator[str]:
    """The lines of the log up to the newest signed state, or to the signed state of ``until`` events.

    Each command's key and digest follow its last event, so that a repeated command is known after an import; then
    comes the checkpoint that was signed with it. One event is held at a time, by who writes and by who checks.
    """
    digest = sha256()
    for line in _lines(store, vkey, until):
        digest.update(line.encode("ascii"))
        yield line
    yield plain_line({"sha256": digest.hexdigest()})


def event_line(record: Record) -> str:
    """One event: its envelope, its leaf hash, and the exact stored bytes in base64."""
    fields = {name: getattr(record, name) for name in Record.__slots__}
    return record_line({**fields, "state": b64(record.state)}, b64(record_leaf(record)))


def _lines(store: Store, vkey: str, until: int | None) -> Iterator[str]:
    size = store.head().size if until is None else until
    heads = store.checkpoints()
    yield plain_line({"format": FORMAT, "vkey": vkey})
    yield _checkpoint(heads)
    last = ""
    for record in store.read(until=size):
        if last and record.idempotency_key != last:
            yield _command(store, last)
            yield _checkpoint(heads)
        last = record.idempotency_key
        yield event_line(record)
    if last:
        yield _command(store, last)
        yield _checkpoint(heads)


def _checkpoint(heads: Iterator[Head]) -> str:
    head = next(heads, None)
    return "" if head is None else plain_line({"checkpoint": head.checkpoint})


def _command(store: Store, key: str) -> str:
    known = store.recorded_under(key)
    return plain_line({"command": key, "digest": "" if known is None else b64(known[1])})
