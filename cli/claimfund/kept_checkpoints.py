"""What an auditor kept, against a ledger or an exported log: checkpoints, and logs without any ledger."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from claimfund.errors import DAMAGED, Failed, Rejected
from claimfund.evidence.verify_claimfund_log import Bad, Found, read_note, verify_log

if TYPE_CHECKING:
    from ledger.ports import Head


def text_of(path: Path) -> str:
    """A kept file's text; Rejected when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Rejected(f"{path} cannot be read as text.", "Name a checkpoint that was kept.") from problem


def require_kept(path: Path, vkey: str, heads: Iterable[Head]) -> tuple[int, bytes]:
    """Size and root of a kept checkpoint that the ledger went through; Failed (integrity) when it did not."""
    try:
        size, root = read_note(text_of(path), vkey)
    except Bad as bad:
        raise Failed(
            f"VERIFICATION FAILED: {path} is not a checkpoint signed with the key {vkey.split('+')[0]}: {bad}",
            "Bring the checkpoint of this ledger, and its key from another channel.",
            code=DAMAGED,
        ) from bad
    if not any(head.size == size and head.root == root for head in heads):
        raise Failed(
            f"VERIFICATION FAILED: this ledger never had the {size} events of {path}.",
            "Its past was rewritten or cut off, or it is an older copy. Keep both files.",
            code=DAMAGED,
        )
    return size, root


def verified_log(path: Path, vkey: str, against: Path | None, expected: str | None) -> Found:
    """An exported log checked without a ledger; Failed (integrity) with the first bad event."""
    old = None if against is None else text_of(against)
    try:
        with path.open("rb") as lines:
            found = verify_log(lines, vkey, old)
    except OSError as problem:
        raise Rejected(f"{path} cannot be read.", "Name a file written by: claimfund export events") from problem
    except Bad as bad:
        raise Failed(
            f"VERIFICATION FAILED{bad.place} of {path}: {bad}",
            "Keep this file as it is, and compare it with an earlier export.",
            code=DAMAGED,
        ) from bad
    if expected is not None and not found.root.hex().startswith(expected):
        raise Failed(
            f"VERIFICATION FAILED: the log's head is {found.root.hex()[:12]}…, you expected {expected}.",
            "This is another log, or an earlier or later one.",
            code=DAMAGED,
        )
    return found
