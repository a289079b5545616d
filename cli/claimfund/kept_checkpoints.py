"""What an auditor kept, against a ledger or an exported log: checkpoints, and logs without any ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.counting import many, signatures
from claimfund.errors import DAMAGED, Failed, Rejected
from claimfund.evidence.verify_claimfund_log import Bad, check_file, read_note, read_vkey

if TYPE_CHECKING:
    from ledger.ports import Head


def text_of(path: Path) -> str:
    """A kept file's text; Rejected when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not text"
        raise Rejected(f"{path} cannot be read ({why}).", "Name a checkpoint that was kept.") from problem


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
            "Its past was rewritten or cut off, or it is an older copy. Keep the ledger as it is, and the checkpoint.",
            code=DAMAGED,
        )
    return size, root


@dataclass(frozen=True)
class CheckedFile:
    """What holds about a file: its figures as data, and each check with its cases and words."""

    data: dict[str, Any]
    checks: tuple[tuple[str, int, str], ...]
    root: str
    size: int
    sha256: str


def checked_file(
    path: Path, vkey: str, against: Path | None, frame: Path | None, expected: str | None, every_signature: bool = False
) -> CheckedFile:
    """A log, pack or proof checked without a ledger; Failed (integrity) with the first bad event."""
    try:
        read_vkey(vkey)
    except Bad as bad:
        raise Rejected(f"--key: {bad}", "Write it as it was printed: claimfund verify --report FILE names it.") from bad
    if path.is_file() and path.stat().st_size == 0:
        raise Rejected(f"{path} is empty: it is no exported log, audit pack or proof.",
                       "Name a file written by: claimfund export")  # fmt: skip
    try:
        others = (str(against) if against else None, str(frame) if frame else None)
        data = check_file(str(path), vkey, *others, every_signature)
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except (OSError, UnicodeDecodeError) as problem:
        which = getattr(problem, "filename", None) or f"{path}, or a file given with it,"
        why = problem.strerror if isinstance(problem, OSError) else "it is not text"
        raise Rejected(f"{which} cannot be read ({why}).", "Name a file written by: claimfund export") from problem
    except Bad as bad:
        raise Failed(
            f"VERIFICATION FAILED{bad.place} of {path}: {bad}",
            "Keep this file as it is, and compare it with an earlier export.",
            code=DAMAGED,
        ) from bad
    root, size = str(data["root"]), int(data.get("size", data.get("events", 0)))
    if expected is not None and not root.startswith(expected):
        raise Failed(
            f"VERIFICATION FAILED: the head of {path} is {root[:12]}…, you expected {expected}.",
            "This is another log, or an earlier or later one.",
            code=DAMAGED,
        )
    return CheckedFile(data, tuple(_told(data)), root, size, digest)


def _told(data: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    if "position" in data:
        event = f"event {data['position']:,} ({data['topic']})"
        yield "Proof", 1, f"{event} is one of {data['size']:,}, root {data['root']}"
        return
    if "old_size" in data:
        begin = f"{data['size']:,} events begin with the {data['old_size']:,} of the kept checkpoint"
        yield "Proof", data["old_size"], begin
        return
    events, plans = data["events"], data["plans"]
    yield "Tree", events, f"{events:,} events, root {data['root']}"
    yield "Signatures", data["checkpoints"], signatures(data["signatures"], data["checkpoints"])
    yield "Positions", events, f"event numbers 1 to {events:,}, none missing, none twice"
    yield "Versions", plans, f"{many(plans, 'plan')}, no gaps"
    yield "Times", events, "recorded times never go back"
    yield "Commands", data["commands"], f"{many(data['commands'], 'command')}, each with its events and checkpoint"
    for words in data["also"]:
        yield "Also", 1, words
