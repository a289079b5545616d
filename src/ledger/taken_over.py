"""Personal data in what was recorded elsewhere: events are looked through as their commands would have been (INV-33).

Whoever wrote a log may have had another program, or none of these checks. A form is looked for only where both ways of
recording here (a command, a file) refuse it, so that a log made by this program is never suspected.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ledger import events as ev
from ledger.codec import decode
from ledger.command_text import UnreadableCommand, read
from ledger.door import looked_through, params_told, personal_data, personal_text
from ledger.lines import Lines
from ledger.personal import PLACE, looks_like, telling
from ledger.ports import Record

_COLUMNS = ("claim_id", "member", "family", "row_id", "division", "payment_ref", "payer_trace")


def personal_data_of(record: Record) -> Iterator[tuple[str, str]]:
    """Each field of a stored event that looks like personal data, with what it looks like; never its value.

    Raises ``LedgerDamaged`` for an event that cannot be read, which cannot be looked through either.
    """
    found = decode(record, later=True)
    event = found.event
    yield from looked_through(event)
    if isinstance(event, ev.Page):
        yield from _columns(event.lines)
    elif isinstance(event, ev.ExportProduced):
        yield from params_told(event.params)
    elif isinstance(event, ev.ChangeProposed):
        yield from _proposed(event.command)
    if what := personal_text("reason", found.about.reason):
        yield "reason", what


def _proposed(text: str) -> Iterator[tuple[str, str]]:
    try:
        command = read(text)
    except UnreadableCommand:
        return  # of another version; nobody can approve it
    yield from ((f"command {name}", what) for name, what in personal_data(command))


def _columns(lines: Lines) -> Iterator[tuple[str, str]]:
    """The text columns of a page: only cells of a telling shape are read, and each text once."""
    for name in _COLUMNS:
        column = lines.said(name)
        if column is None or not column.size:
            continue
        texts = column[:1] if column.strides == (0,) else column
        for cell in np.unique(texts[telling(texts)]).tolist():
            value = bytes(cell).decode()
            # Files may name a division after a place, as in "Denver, Colorado".
            if what := looks_like(value, PLACE) if name == "division" else personal_text(name, value):
                yield f"lines {name}", what
                break
