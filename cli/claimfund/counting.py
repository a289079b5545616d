"""How much a history holds, in words: events and payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from projections.history import History


def counted(history: History) -> str:
    """``1,104 events · 18,247 payments``."""
    payments = sum(page.lines.count for page in history.pages if not page.correcting)
    return f"{many(len(history.records), 'event')} · {many(payments, 'payment')}"


def many(count: int, word: str) -> str:
    """``1 event``, ``2 events``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def signatures(verified: int, checkpoints: int) -> str:
    """Which signatures were looked at: all of them, or of a long log a part with the newest."""
    if verified >= checkpoints:
        return f"{checkpoints:,} signed checkpoints, all true"
    return (f"{checkpoints:,} checkpoints, all as their events give them; {verified:,} signatures, the newest among "
            "them, all true (the others with --every-signature)")  # fmt: skip
