"""Writing a whole ledger as lines: a header, the events as stored, the signed checkpoints, and the file's own hash."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from claimfund.evidence.verify_claimfund_log import FORMAT, PLAN_FORMAT, b64, plain_line, record_line
from ledger.checkpoint import record_leaf
from ledger.ports import Record

if TYPE_CHECKING:
    from ledger.ports import Head, Records


def log_lines(store: Records, vkey: str, until: int | None = None, plan: str | None = None) -> Iterator[str]:
    """The lines of the log up to the newest signed state, or to the signed state of ``until`` events.

    With ``plan``, of that plan alone: the events of other plans are there by their leaf hashes, which prove the plan's
    own in the signed tree and show nothing of theirs. A ledger that holds no other plan gives its whole log.

    Each command's key and digest follow its last event, so that a repeated command is known after an import; then
    comes the checkpoint that was signed with it. One event is held at a time, by who writes and by who checks.
    """
    digest, size = sha256(), store.head().size if until is None else until
    alone = plan is None or _holds_only(store, plan, size)
    for line in _lines(store, vkey, size) if alone or plan is None else _lines_of(store, vkey, size, plan):
        digest.update(line.encode("ascii"))
        yield line
    yield plain_line({"sha256": digest.hexdigest()})


def event_line(record: Record) -> str:
    """One event: its envelope, its leaf hash, and the exact stored bytes in base64."""
    fields = {name: getattr(record, name) for name in Record.__slots__}
    return record_line({**fields, "state": b64(record.state)}, b64(record_leaf(record)))


def _holds_only(store: Records, plan: str, size: int) -> bool:
    """Whether all events are of a plan: then its newest one's version is its number."""
    last = store.record(size)
    return last is not None and (last.plan, last.version) == (plan, size)


def _lines_of(store: Records, vkey: str, size: int, plan: str) -> Iterator[str]:
    """The same for one plan; commands of which nothing is shown leave only the checkpoint signed after them."""
    yield plain_line({"format": PLAN_FORMAT, "vkey": vkey, "plan": plan})
    heads, own = store.checkpoints(), store.read(plan, until=size)
    yield _checkpoint(heads)
    head, record, key = next(heads, None), next(own, None), ""
    for position, leaf in store.leaf_hashes(until=size):
        if record is not None and record.position == position:
            yield event_line(record)
            key, record = record.idempotency_key, next(own, None)
        else:
            yield plain_line({"hidden": position, "leaf": b64(leaf)})
        if head is not None and head.size == position:
            if key:
                yield _command(store, key)
            yield plain_line({"checkpoint": head.checkpoint})
            head, key = next(heads, None), ""


def _lines(store: Records, vkey: str, size: int) -> Iterator[str]:
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


def _command(store: Records, key: str) -> str:
    known = store.recorded_under(key)
    return plain_line({"command": key, "digest": "" if known is None else b64(known[1])})
