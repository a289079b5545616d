"""The lines of a file, as blocks of bytes while nobody has to look at them, and as text when somebody has."""

from __future__ import annotations

import codecs
import io
from collections import deque
from pathlib import Path

import numpy as np

BLOCK = 1 << 21
_KEPT = 31 << 20
LINE_BYTES = 1 << 20
# In these encodings a line of ASCII bytes is the line of text, and a line feed is never part of another character.
_LIKE_ASCII = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"})


class LineFile:
    """A file read once from front to back; each line comes out either in a block or as text."""

    def __init__(self, path: Path, encoding: str) -> None:
        # Once a large array was freed, glibc keeps what is freed for the next ones. Otherwise the memory of each block
        # goes back to the system and comes again page by page, which takes longer than much of what is done with it.
        np.empty(_KEPT, dtype=np.uint8)
        self._file = path.open("rb")
        name = codecs.lookup(encoding).name
        if name == "utf-8-sig":
            name = "utf-8"
            if self._file.peek(3)[:3] == codecs.BOM_UTF8:
                self._file.read(3)
        self._other: io.TextIOWrapper | None = None
        if name not in _LIKE_ASCII:
            self._other = io.TextIOWrapper(self._file, encoding=encoding, newline="", errors="strict")
        self._decoder = codecs.getincrementaldecoder(name)("strict")
        self._blocks: deque[bytes] = deque()
        self._lines: deque[str] = deque()
        self._begun = ""  # the beginning of a line whose end has not been read
        self._undecodable: UnicodeDecodeError | None = None

    def close(self) -> None:
        """Let go of the file."""
        (self._other or self._file).close()

    def block(self) -> bytes:
        """The next whole lines, ending with a line feed or the file; nothing when the next has to be read as text."""
        if self._other is not None or self._lines or self._begun or self._undecodable is not None:
            return b""
        if self._blocks:
            return self._blocks.popleft()
        data = self._file.read(BLOCK)
        if data and not data.endswith(b"\n"):
            rest = self._file.readline(LINE_BYTES)
            data += rest
            if len(rest) == LINE_BYTES and not rest.endswith(b"\n"):
                self._decode(data)
                return b""
        return data

    def give_back(self, block: bytes, lines: int) -> None:
        """Put a block back: cut into blocks of so many lines, or, when it has no more than that, as text."""
        pieces = _pieces(block, lines)
        if len(pieces) > 1:
            self._blocks.extendleft(reversed(pieces))
        else:
            self._decode(block)

    def line(self) -> str:
        """The next line as text with its end; nothing at the end of the file. Raises ``UnicodeDecodeError``."""
        if self._other is not None:
            return self._other.readline()
        while not self._lines:
            if self._undecodable is not None:
                raise self._undecodable
            data = self._blocks.popleft() if self._blocks else self._file.readline(LINE_BYTES)
            self._decode(data)
            if not (data or self._lines or self._undecodable):
                return ""
        return self._lines.popleft()

    def _decode(self, data: bytes) -> None:
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as problem:
            self._undecodable = problem
            text = bytes(problem.object[: problem.start]).decode(problem.encoding)
        lines = list(io.StringIO(self._begun + text, newline=""))
        self._begun = "" if not lines or lines[-1].endswith("\n") or not data else lines.pop()
        self._lines.extend(lines)


def _pieces(block: bytes, lines: int) -> list[bytes]:
    """A block cut after every so many line feeds."""
    pieces, start, end, count = [], 0, 0, 0
    while start < len(block):
        end = block.find(b"\n", end) + 1 or len(block)
        count += 1
        if count == lines or end == len(block):
            pieces.append(block[start:end])
            start, count = end, 0
    return pieces
