"""What reading one file gives: lines for each plan, what was left out, and every problem found."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from ledger.intake.file_names import known_name
from ledger.lines import Lines
from ledger.problems import Problem

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """The file that was read, known by its bytes; its own name is kept only when it is plainly harmless."""

    sha256: str
    size: int
    name: str
    kind: str
    mapping: str
    mapping_sha256: str
    importer: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A provider-level item of an 835 (PLB), held in suspense; a positive amount reduces the payment."""

    number: int
    reason: str
    reference: str
    amount: int
    payment_ref: str
    day: int


@dataclass(frozen=True, slots=True)
class Document:
    """What one file says about one plan."""

    plan: str
    register_id: str
    lines: Lines
    adjustments: tuple[Adjustment, ...]
    payments_total: int


@dataclass(frozen=True, slots=True)
class Control:
    """Totals that the sender states about the file; ``None`` where nothing is stated."""

    rows: int | None
    total: int | None
    billed: int | None
    where: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One file, read whole. Rows and cents add up: read = in documents + not ours + bad."""

    source: Source
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    rows_read: int
    rows_not_ours: int
    cents_not_ours: int
    rows_bad: int
    cents_bad: int
    control: Control | None
    envelopes: tuple[str, ...]
    currency: str = ""

    @property
    def usable(self) -> bool:
        """Whether nothing refuses the file as a whole."""
        return not any(problem.severity == "fatal" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Bytes:
    """A first pass over a file: its digest and size, where its first NUL byte is (-1: nowhere), how it starts."""

    sha256: str
    size: int
    nul: int
    head: bytes


def look(path: Path) -> Bytes | Problem:
    """Read the bytes once. A missing, unreadable or empty file, or what is no file, is a problem."""
    if path.is_dir():
        return fatal("FIL002", "This is a directory, not a file; name one file in it.")
    if path.exists() and not path.is_file() and path != Path(os.devnull):
        return fatal("FIL002", "This is a pipe or a device, not a file, and it is read more than once; save it first.")
    digest, size, nul, head = hashlib.sha256(), 0, -1, b""
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                head = head or block[:4]
                if nul < 0 and (found := block.find(b"\0")) >= 0:
                    nul = size + found
                digest.update(block)
                size += len(block)
    except FileNotFoundError:
        return fatal("FIL001", "There is no such file; check its path.")
    except OSError as problem:
        return fatal("FIL001", f"The file cannot be read ({problem.strerror}); check its permissions.")
    if not size:
        return fatal("FIL003", "The file is empty (0 bytes); ask the sender for it again.")
    return Bytes(digest.hexdigest(), size, nul, head)


def fatal(code: str, sentence: str, *, where: str = "file", number: int = 0, column: str = "") -> Problem:
    """A problem that refuses the file."""
    return Problem(where, number, column, code, sentence, "fatal")


def source_of(path: Path, seen: Bytes | Problem, kind: str, *, mapping: tuple[str, str] = ("", "")) -> Source:
    """The source of a file: its name when that says nothing about anybody, else its digest."""
    sha, size = (seen.sha256, seen.size) if isinstance(seen, Bytes) else ("", 0)
    return Source(sha, size, known_name(path, sha), kind, mapping[0], mapping[1], f"{kind}/1")


def refused(source: Source, *problems: Problem) -> Reading:
    """The reading of a file of which nothing could be read."""
    return Reading(source, (), tuple(problems), 0, 0, 0, 0, 0, None, ())
