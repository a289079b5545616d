"""The log as Parquet, for those who ask it questions with other tools; needs the extra ``parquet``.

``lines``: a row for each line of every page (payments, voids, reissues, refunds) with the envelope of its event.
``events``: a row for each event with its exact stored bytes and its leaf hash. Amounts are whole minor units, days are
dates, moments are microseconds UTC. One event is held at a time, and what is written together.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from claimfund.errors import Rejected
from ledger.checkpoint import record_leaf
from ledger.codec import decode
from ledger.events import Page
from ledger.lines import SPECS, Lines, Spec

if TYPE_CHECKING:
    import pyarrow as pa

    from ledger.ports import Record, Records

EVENTS_A_GROUP = 2_000
BYTES_A_GROUP = 16 << 20
LINES_A_GROUP = 100_000
SOME_DAYS = frozenset({"admitted_on", "discharged_on", "first_paid_on"})  # null where none is given
DAYS = frozenset({"incurred_on", "paid_on", "booked_on"}) | SOME_DAYS


def write_parquet(store: Records, path: Path, rows: str) -> None:
    """Write ``lines`` or ``events`` up to the newest signed state into a new file; nothing is left on failure."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise Rejected(
            'writing Parquet needs the extra "parquet".', "pip install 'claimfund[parquet]', or write a .ndjson file."
        ) from None
    schema = _event_schema(pa) if rows == "events" else _line_schema(pa)
    groups = _event_groups(pa, store, schema) if rows == "events" else _line_groups(pa, store, schema)
    try:
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for table in groups:
                writer.write_table(table)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _envelope(pa: Any) -> list[tuple[str, Any]]:
    return [
        ("position", pa.int64()), ("plan", pa.string()), ("version", pa.int64()), ("topic", pa.string()),
        ("actor", pa.string()), ("idempotency_key", pa.string()), ("recorded_at", pa.timestamp("us", tz="UTC")),
    ]  # fmt: skip


def _event_schema(pa: Any) -> pa.Schema:
    return pa.schema([*_envelope(pa), ("leaf", pa.binary(32)), ("state", pa.binary())])


def _line_schema(pa: Any) -> pa.Schema:
    kinds = {"text": pa.string(), "code": pa.string(), "int": pa.int64()}
    columns = [(spec.name, pa.date32() if spec.name in DAYS else kinds[spec.kind]) for spec in SPECS]
    return pa.schema([*_envelope(pa), ("register_id", pa.string()), ("line", pa.int32()), *columns])


def _event_groups(pa: Any, store: Records, schema: pa.Schema) -> Iterator[pa.Table]:
    waiting: list[Record] = []
    size = 0
    for record in store.read(until=store.head().size):
        waiting.append(record)
        size += len(record.state)
        if len(waiting) >= EVENTS_A_GROUP or size >= BYTES_A_GROUP:
            yield _event_table(pa, waiting, schema)
            waiting, size = [], 0
    if waiting:
        yield _event_table(pa, waiting, schema)


def _event_table(pa: Any, records: list[Record], schema: pa.Schema) -> pa.Table:
    columns: dict[str, list[Any]] = {name: [getattr(r, name) for r in records] for name, _ in _envelope(pa)}
    columns |= {"leaf": [record_leaf(r) for r in records], "state": [r.state for r in records]}
    return pa.table(columns, schema=schema)


def _line_groups(pa: Any, store: Records, schema: pa.Schema) -> Iterator[pa.Table]:
    """Pages gathered into groups of rows, so that the file does not fall into as many groups as there are pages."""
    waiting: list[pa.Table] = []
    for record in store.read(until=store.head().size):
        event = decode(record).event
        if isinstance(event, Page):
            waiting.append(_page_table(pa, record, event, schema))
            if sum(len(table) for table in waiting) >= LINES_A_GROUP:
                yield pa.concat_tables(waiting).combine_chunks()
                waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _page_table(pa: Any, record: Record, page: Page, schema: pa.Schema) -> pa.Table:
    count = page.lines.count
    named = [(name, getattr(record, name)) for name, _ in _envelope(pa)] + [("register_id", page.register_id)]
    arrays = [pa.repeat(pa.scalar(value, schema.field(name).type), count) for name, value in named]
    arrays.append(pa.array(np.arange(1, count + 1, dtype=np.int32)))
    arrays += [_column(pa, spec, page.lines, schema.field(spec.name).type) for spec in SPECS]
    return pa.table(arrays, schema=schema)


def _column(pa: Any, spec: Spec, lines: Lines, kind: Any) -> Any:
    column = lines[spec.name]
    if spec.name in DAYS:
        none = column == 0 if spec.name in SOME_DAYS else None
        return pa.array(column.astype(np.int32), mask=none).cast(kind)
    if spec.kind == "code":
        return pa.array(np.asarray(spec.words, dtype=object)[column], kind)
    if spec.kind == "text":
        return pa.array([cell.decode() for cell in column.tolist()], kind)
    return pa.array(column, kind)
