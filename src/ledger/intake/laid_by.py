"""Lines of a document laid by while its file is read, and read again a column and a run of lines at a time.

A large document does not stay in memory: beyond ``ROOM`` bytes its columns lie in a temporary file without a name,
which nobody else can open and which is gone with the process.
"""

from __future__ import annotations

import os
import weakref
from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import IO

import numpy as np

from ledger.lines import NAMES, Column, Lines, joined, repeated
from ledger.ports import LaidRecord, NewRecord
from ledger.refusals import StoreUnusable

ROOM = 32 << 20  # bytes of columns that one file may keep in memory
SMALL = 4096  # bytes of a record that stays in memory
GATHERED = 10_000  # lines of a plan that are laid by together
_SHARED = {"booked_on": "paid_on", "eligible": "amount"}  # columns that mostly say what another says


class Room:
    """Where the columns of one file are: in memory up to ``ROOM`` bytes, then all of them in a temporary file."""

    def __init__(self) -> None:
        self._limit = ROOM
        self._size = 0
        self._file: IO[bytes] | None = None
        self._held: list[_Piece] = []

    def lay(self, column: Column) -> _Piece:
        """Keep a column of some lines. Raises ``StoreUnusable`` when the temporary file cannot take it."""
        if column[0] == column[-1] and (column == column[0]).all():
            return _Piece(repeated(column[:1].copy(), len(column)), self)
        piece = _Piece(np.ascontiguousarray(column), self)
        self._size += column.nbytes
        self._held.append(piece)
        if self._file is not None or self._size > self._limit:
            try:
                self._put_down()
            except OSError as problem:
                raise StoreUnusable(
                    f"The file is too large for memory and cannot be laid by in a temporary file ({problem.strerror}). "
                    "Nothing was recorded. Make room in the folder for temporary files, or name another in TMPDIR."
                ) from problem
        return piece

    def _put_down(self) -> None:
        if self._file is None:
            import tempfile  # most programs never get here

            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open until nobody can read the lines
            weakref.finalize(self, self._file.close)
        for piece in self._held:
            assert piece.column is not None
            data, at = piece.column.view(np.uint8).data, self._file.seek(0, os.SEEK_END)
            while data:
                data = data[self._file.write(data) :]
            piece.at, piece.column = at, None
        self._held.clear()

    def read(self, at: int, size: int) -> bytes:
        """Bytes that were put down."""
        assert self._file is not None
        parts = []
        while size:
            parts.append(part := os.pread(self._file.fileno(), size, at))
            if not part:
                raise StoreUnusable("The temporary file of an import was cut short. Nothing was recorded; repeat it.")
            at, size = at + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class _Piece:
    """One column of some lines."""

    __slots__ = ("at", "column", "dtype", "room")

    def __init__(self, column: Column, room: Room) -> None:
        self.column: Column | None = column
        self.dtype = column.dtype
        self.at = 0
        self.room = room

    def rows(self, start: int, stop: int) -> Column:
        """The cells of some lines, read-only."""
        if self.column is not None:
            return self.column[start:stop]
        width = self.dtype.itemsize
        return np.frombuffer(self.room.read(self.at + start * width, (stop - start) * width), dtype=self.dtype)


def laid_record(record: NewRecord, room: Room) -> NewRecord | LaidRecord:
    """A record about to be appended, its bytes laid by unless they are few."""
    if len(record.state) < SMALL:
        return record
    size, piece = len(record.state), room.lay(np.frombuffer(record.state, dtype=np.uint8))
    return LaidRecord(record.topic, lambda: piece.rows(0, size).tobytes())


class LaidBy:
    """The lines of one plan in their order: laid by some thousands at a time, then read as :class:`Lines`.

    ``made`` changes lines before they are laid by.
    """

    def __init__(self, room: Room, made: Callable[[Lines], Lines] | None = None) -> None:
        self._room = room
        self._made = made
        self._waiting: list[Lines] = []
        self._count = self._laid = 0
        self._firsts: list[int] = []
        self._pieces: dict[str, list[_Piece]] = {}

    def add(self, lines: Lines) -> None:
        """Take in the next lines."""
        self._waiting.append(lines)
        self._count += lines.count
        if self._count - self._laid >= GATHERED:
            self._lay()

    def lines(self) -> Lines:
        """All lines; their columns are read when they are asked for."""
        if self._waiting:
            self._lay()
        return Lines.kept(self._count, self._pieces, self._rows)

    def _lay(self) -> None:
        lines = joined(self._waiting) if self._made is None else self._made(joined(self._waiting))
        self._waiting.clear()
        self._firsts.append(self._laid)
        self._laid += lines.count
        given, laid = lines.given(), dict[str, _Piece]()
        for name in sorted(NAMES, key=_SHARED.__contains__):
            if name in given and name not in self._pieces:
                nothing = np.zeros(1, dtype=given[name].dtype)
                self._pieces[name] = [
                    _Piece(repeated(nothing, stop - start), self._room) for start, stop in pairwise(self._firsts)
                ]
            if name in self._pieces:
                column, other = given.get(name, lines.narrow(name)), _SHARED.get(name, "")
                if other in laid and other in given and np.array_equal(column, given[other]):
                    laid[name] = laid[other]
                else:
                    laid[name] = self._room.lay(column)
                self._pieces[name].append(laid[name])

    def _rows(self, name: str, start: int, stop: int) -> Column:
        if start >= stop:
            return self._pieces[name][0].rows(0, 0)
        found = []
        for place in range(bisect_right(self._firsts, start) - 1, bisect_right(self._firsts, stop - 1)):
            first = self._firsts[place]
            end = self._firsts[place + 1] if place + 1 < len(self._firsts) else self._laid
            found.append(self._pieces[name][place].rows(max(start, first) - first, min(stop, end) - first))
        if len(found) == 1:
            return found[0]
        column: Column = np.concatenate(found)
        column.flags.writeable = False
        return column
