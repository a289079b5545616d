"""A stretch of X12 bytes cut into segments and elements at once; an element of many segments is a column of cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ledger.intake.byte_cells import BACK, FRONT, Cells, numbers
from ledger.lines import Column

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_WIDEST = 80
_MOST_WHOLE = 12  # digits before the point of an amount
_SPACE, _POINT, _MINUS = 32, 46, 45
_BLANK = np.isin(np.arange(256), [ord(blank) for blank in " \t\r\n"])


class CutSegments:
    """The segments of some text, and which of them hold something that only a closer look understands (``odd``).

    ``text`` ends before the terminator of its last segment. Segments are counted from 0; ``starts`` and ``stops`` are
    places in the text.
    """

    def __init__(self, text: str, element: str, end: str) -> None:
        body = text.encode("latin-1")
        self._data = b"".join((bytes(FRONT), body, end.encode("latin-1"), bytes(BACK)))
        self._bytes = data = np.frombuffer(self._data, dtype=np.uint8)
        places = data[FRONT : FRONT + len(body) + 1]
        ends = np.flatnonzero(places == ord(end)) + FRONT
        starts, stops = np.concatenate(([FRONT], ends[:-1] + 1)), ends.copy()
        while (spare := _BLANK[data[starts]] & (starts < stops)).any():
            starts += spare
        while (spare := _BLANK[data[stops - 1]] & (starts < stops)).any():
            stops -= spare
        full = starts < stops
        self._starts, self._stops = starts[full], stops[full]
        self.count = self._starts.size
        marks = np.flatnonzero(places == ord(element)) + FRONT
        self._first = np.searchsorted(marks, self._starts)
        self.elements = np.searchsorted(marks, self._stops) - self._first + 1
        self._marks = np.append(marks, 0)
        self.odd = np.zeros(self.count, dtype=bool)
        strange = np.flatnonzero((places < _SPACE) | (places > 126)) + FRONT
        if self.count and strange.size:
            of = np.minimum(np.searchsorted(self._stops, strange, side="right"), self.count - 1)
            self.odd[of[(strange >= self._starts[of]) & (strange < self._stops[of])]] = True
        self.tags = self._tags()

    def place(self, segment: int) -> int:
        """Where a segment begins in the text."""
        return int(self._starts[segment]) - FRONT

    def _tags(self) -> npt.NDArray[np.uint32]:
        """The name of each segment as a number, see :func:`tag`; 0 when it is longer than any known."""
        every = np.ndarray((len(self._data) - 3,), dtype="S4", buffer=self._data, strides=(1,))
        sizes = np.where(self.elements > 1, self._marks[self._first], self._stops) - self._starts
        masks = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0], dtype=np.uint32)
        found: npt.NDArray[np.uint32] = every[self._starts].view("<u4") & masks[np.minimum(sizes, 4)]
        return found

    def cells(self, segments: Ints, place: Ints | int) -> Cells:
        """An element of each segment; empty where it is not there. One with blanks around it makes its segment odd."""
        there = place < self.elements[segments]
        mark = self._first[segments] + place
        starts = np.where(there, self._marks[np.where(there, mark - 1, 0)] + 1, FRONT)
        last = place + 1 == self.elements[segments]
        stops = np.where(there & ~last, self._marks[np.where(there & ~last, mark, 0)], self._stops[segments])
        sizes = np.where(there, stops - starts, 0)
        blank = (sizes > 0) & ((self._bytes[starts] == _SPACE) | (self._bytes[starts + sizes - 1] == _SPACE))
        self.odd[segments[blank]] = True
        return Cells(self._data, starts.astype(np.int32), sizes.astype(np.int32))

    def texts(self, segments: Ints, place: int) -> Column:
        """An element as text; one that is too long is cut and makes its segment odd."""
        return self.texts_of(segments, self.cells(segments, place))

    def texts_of(self, segments: Ints, cells: Cells) -> Column:
        """Cells as text; one that is too long is cut and makes its segment odd."""
        self.odd[segments[cells.sizes > _WIDEST]] = True
        made = Cells(self._data, cells.starts, np.minimum(cells.sizes, _WIDEST)).texts()
        assert made is not None
        return made

    def cents(self, segments: Ints, place: Ints | int, *, required: bool = False) -> Ints:
        """The cents of an element written ``-?digits[.d[d]]``; an empty one is 0. Any other makes its segment odd."""
        cells = self.cells(segments, place)
        ends = cells.starts + cells.sizes
        negative = (self._bytes[cells.starts] == _MINUS) & (cells.sizes > 0)
        sizes = cells.sizes - negative
        tens, ones = self._bytes[ends - 2], self._bytes[ends - 1]
        two = (self._bytes[ends - 3] == _POINT) & (sizes >= 3)
        one = (tens == _POINT) & (sizes >= 2) & ~two
        none = (ones == _POINT) & (sizes >= 1) & ~two & ~one
        after = 2 * two.astype(np.int32) + one  # digits after the point
        whole = sizes - after - (two | one | none)
        made, plain = self._whole(ends - after - (two | one | none), whole)
        made *= 100
        made[two] += (tens[two] - np.int64(48)) * 10 + ones[two] - 48
        made[one] += (ones[one] - np.int64(48)) * 10
        digits = (ones - np.uint8(48) < 10) | ~(two | one)
        digits &= (tens - np.uint8(48) < 10) | ~two
        empty = cells.sizes == 0
        good = (plain & digits & (whole + after > 0) & (whole <= _MOST_WHOLE)) | (empty & (not required))
        self.odd[segments[~good]] = True
        made[~good | empty] = 0
        made[negative] *= -1
        return made

    def _whole(self, ends: npt.NDArray[np.int32], sizes: npt.NDArray[np.int32]) -> tuple[Ints, Bools]:
        """The numbers of the last so many bytes before each place, and which are digits throughout."""
        low, plain = numbers(self._data, ends, np.clip(sizes, 0, 8))
        long = np.flatnonzero(sizes > 8)
        if long.size:
            high, more = numbers(self._data, ends[long] - 8, np.minimum(sizes[long] - 8, 8))
            low[long] += high * 100_000_000
            plain[long] &= more
        return low, plain

    def counts(self, segments: Ints, place: int, digits: int) -> Ints:
        """The whole number in an element of at most so many digits (at most 8); any other makes its segment odd."""
        cells = self.cells(segments, place)
        made, plain = numbers(self._data, cells.starts + cells.sizes, np.minimum(cells.sizes, 8))
        self.odd[segments[~plain | (cells.sizes > digits) | (cells.sizes == 0)]] = True
        return made


def tag(name: str) -> int:
    """The number that a segment's name of up to three letters is compared by."""
    return int.from_bytes(name.encode(), "little")
