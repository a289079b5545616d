"""Cells of whole lines where they lie in the bytes of a file: found, compared and read a column at a time.

Nothing here explains anything. Whatever is not plain gives ``None``, and the same lines are then read as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ledger.lines import Column

Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Spans = npt.NDArray[np.int32]

FRONT = 16  # bytes before the first line, so that an amount can be taken from its end
BACK = 96  # bytes after the last line, so that a cell can be taken at full width
WIDEST = 80
FIELD_LIMIT = 1 << 20  # a longer field is a quote that was not closed, and refuses the file
_FIRST_BYTES = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)
_LAST_BYTES = np.array([((1 << 8 * size) - 1) << 8 * (8 - size) for size in range(9)], dtype=np.uint64)
_ZEROS = np.uint64(0x3030303030303030)
_HIGH = np.uint64(0xF0F0F0F0F0F0F0F0)
_SIX = np.uint64(0x0606060606060606)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SLOTS = 16


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines that hold no quote: the bytes, and for each column where its cell starts and how long it is."""

    data: bytes
    header: tuple[str, ...]
    delimiter: str
    starts: dict[str, Spans]
    sizes: dict[str, Spans]
    first_line: int
    count: int

    def parts(self, rows: int) -> list[Block]:
        """The same lines in smaller blocks."""
        cuts = [slice(start, start + rows) for start in range(0, self.count, rows)]
        return [
            Block(
                self.data, self.header, self.delimiter,
                {name: places[cut] for name, places in self.starts.items()},
                {name: sizes[cut] for name, sizes in self.sizes.items()},
                self.first_line + cut.start, len(range(self.count)[cut]),
            )
            for cut in cuts
        ]  # fmt: skip

    def columns(self) -> dict[str, tuple[str, ...]]:
        """The cells as text."""
        first, last = self.header[0], self.header[-1]
        start, end = int(self.starts[first][0]), int(self.starts[last][-1] + self.sizes[last][-1])
        text, width = self.data[start:end].decode("ascii"), len(self.header)
        cells = text.replace("\n", self.delimiter).split(self.delimiter)
        return {name: tuple(cells[place::width]) for place, name in enumerate(self.header)}


def cut(block: bytes, header: tuple[str, ...], delimiter: str, first_line: int) -> Block | None:
    """The cells of lines that mean the same to a plain cut as to a reader of CSV, else nothing."""
    width = len(header)
    if width < 2 or b'"' in block or not block.isascii() or not delimiter.isascii():
        return None
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    data = b"".join((bytes(FRONT), block, b"" if block.endswith(b"\n") else b"\n", bytes(BACK)))
    cells = np.frombuffer(data, dtype=np.uint8)[FRONT:-BACK]
    ends = cells == 10
    lines = int(np.count_nonzero(ends))
    expected = lines + (block.count(delimiter.encode()) if delimiter < " " else 0)
    if int(np.count_nonzero(cells < 32)) != expected or b"\x7f" in block:
        return None
    ends |= cells == ord(delimiter)
    bounds = np.flatnonzero(ends)
    if bounds.size != width * lines or not (cells[bounds[width - 1 :: width]] == 10).all():
        return None
    by_column = np.ascontiguousarray(bounds.astype(np.int32).reshape(lines, width).T)
    begins = np.empty_like(by_column)
    begins[0, 0], begins[0, 1:] = -1, by_column[-1, :-1]
    begins[1:] = by_column[:-1]
    spans = by_column - begins
    spans -= 1
    begins += FRONT + 1
    if len(block) > FIELD_LIMIT and int(spans.max()) > FIELD_LIMIT:
        return None
    starts, sizes = dict(zip(header, begins, strict=True)), dict(zip(header, spans, strict=True))
    return Block(data, header, delimiter, starts, sizes, first_line, lines)


class Cells:
    """One column of a block; trimming moves its bounds and copies nothing."""

    __slots__ = ("_data", "longest", "shortest", "sizes", "starts")

    def __init__(self, data: bytes, starts: Spans, sizes: Spans) -> None:
        self._data = data
        self.starts = starts
        self.sizes = sizes
        self.shortest, self.longest = (int(sizes.min()), int(sizes.max())) if sizes.size else (0, 0)

    def _bytes(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self._data, dtype=np.uint8)

    def moved(self, starts: Spans, sizes: Spans) -> Cells:
        """Other cells of the same bytes."""
        return Cells(self._data, starts, sizes)

    def without_spaces(self) -> Cells:
        """The cells without spaces at both ends."""
        made, data = self._without_first(32, 0), self._bytes()
        while (spare := (data[made.starts + made.sizes - 1] == 32) & (made.sizes > 0)).any():
            made = Cells(self._data, made.starts, made.sizes - spare)
        return made

    def without_zeros(self) -> Cells:
        """The cells without zeros in front; of zeros alone the last stays."""
        return self._without_first(48, 1)

    def _without_first(self, byte: int, left: int) -> Cells:
        starts, sizes, data = self.starts, self.sizes, self._bytes()
        while (spare := (data[starts] == byte) & (sizes > left)).any():
            starts, sizes = starts + spare, sizes - spare
        return Cells(self._data, starts, sizes)

    def texts(self) -> Column | None:
        """The cells as a text column of a page, at most ``WIDEST`` wide; its width is a multiple of eight bytes."""
        if self.longest > WIDEST:
            return None
        width = max(8, -(-self.longest // 8) * 8)
        if self.longest == 1:
            one = self._bytes()[self.starts].astype(np.uint64)
            return (one if self.shortest else one * (self.sizes > 0)).view("S8")
        words = self._taken(self.starts, width)
        for at in range(width // 8):
            if self.shortest == self.longest:
                words[:, at] &= _FIRST_BYTES[min(self.longest - 8 * at, 8)]
            elif self.shortest < 8 * at + 8:
                words[:, at] &= _FIRST_BYTES[np.clip(self.sizes - 8 * at, 0, 8)]
        return words.reshape(-1).view(f"S{width}")

    def _taken(self, starts: Spans, width: int) -> Words:
        """So many bytes from each start on, whatever follows the cell."""
        reach = len(self._data) - width + 1
        every = np.ndarray((reach,), dtype=f"S{width}", buffer=self._data, strides=(1,))
        return every[starts].view("<u8").reshape(len(starts), width // 8)

    def amounts(self) -> Column | None:
        """Cents of cells written ``-?digits.dd`` with at most twelve digits before the point; an empty cell is 0."""
        made = self._cents(self.sizes)
        if made is not None:
            return made
        negative = self._bytes()[self.starts] == 45
        if not negative.any() or ((self.sizes == 1) & negative).any():
            return None
        made = self._cents(self.sizes - negative)
        return None if made is None else np.where(negative, -made, made)

    def _cents(self, sizes: Spans) -> Column | None:
        """Cents of the last so many bytes of each cell, written ``digits.dd``; of none 0."""
        empty, longest = sizes == 0, int(sizes.max())
        if longest > 15 or ((sizes < 4) & ~empty).any():
            return None
        ends = self.starts + self.sizes
        (low,) = self._taken(ends - 8, 8).T
        if int(sizes.min()) < 8:
            low = low & _LAST_BYTES[np.minimum(sizes, 8)]
        point = (low >> np.uint64(40)) & np.uint64(0xFF)
        if not ((point == 46) | empty).all():
            return None
        whole = low & np.uint64(0x000000FFFFFFFFFF)
        result = _number((low & np.uint64(0xFFFF000000000000)) | (whole << np.uint64(8)), np.minimum(sizes, 8) - 1)
        if longest > 8 and result is not None:
            long = np.flatnonzero(sizes > 8)
            more = sizes[long] - 8
            (high,) = self._taken(ends[long] - 16, 8).T
            upper = _number(high & _LAST_BYTES[more], more)
            if upper is None:
                return None
            result[long] += upper * 10_000_000
        return result


def _number(digits: Words, sizes: Spans) -> Column | None:
    """The numbers in words of eight bytes whose last so many bytes are digits and whose first are zero bytes."""
    made, plain = _read(digits, sizes)
    return made if plain.all() else None


def numbers(data: bytes, ends: Spans, sizes: Spans) -> tuple[Column, npt.NDArray[np.bool_]]:
    """The numbers in the last so many bytes (at most 8) before some places, and which of them are digits throughout."""
    every = np.ndarray((len(data) - 7,), dtype="S8", buffer=data, strides=(1,))
    return _read(every[ends - 8].view("<u8") & _LAST_BYTES[sizes], sizes)


def _read(digits: Words, sizes: Spans) -> tuple[Column, npt.NDArray[np.bool_]]:
    digits = digits | (_ZEROS & ~_LAST_BYTES[np.maximum(sizes, 0)])
    plain = ((digits & _HIGH) | (((digits + _SIX) & _HIGH) >> np.uint64(4))) == np.uint64(0x3333333333333333)
    digits = digits - _ZEROS
    digits = digits * np.uint64(10) + (digits >> np.uint64(8))
    low = (digits & np.uint64(0x000000FF000000FF)) * np.uint64(0x000F424000000064)
    high = ((digits >> np.uint64(16)) & np.uint64(0x000000FF000000FF)) * np.uint64(0x0000271000000001)
    return ((low + high) >> np.uint64(32)).view(np.int64), plain


def distinct(texts: Column) -> tuple[list[str], Places] | None:
    """The different texts of a column of whole words, and for each row its place among them."""
    words = texts.view("<u8").reshape(len(texts), -1)
    changed = words[1:, 0] != words[:-1, 0]
    for at in range(1, words.shape[1]):
        changed |= words[1:, at] != words[:-1, at]
    if int(np.count_nonzero(changed)) * 8 < len(texts):
        heads = np.concatenate(([0], np.flatnonzero(changed) + 1))
        found = _apart(texts[heads], words[heads])
        return found and (found[0], np.repeat(found[1], np.diff(heads, append=len(texts))))
    return _apart(texts, words)


def _apart(texts: Column, words: Words) -> tuple[list[str], Places] | None:
    """The same, told apart by a mix of the words of a text."""
    keys = words[:, 0] * _MIX
    for at in range(1, words.shape[1]):
        keys = ((keys ^ (keys >> np.uint64(29))) + words[:, at]) * _MIX
    rows = np.arange(len(texts))
    slots = (keys >> np.uint64(64 - _SLOTS)).view(np.int64)
    table = np.empty(1 << _SLOTS, dtype=np.int64)  # a slot that no row has is never read
    table[slots] = rows
    of = table[slots]
    missed = np.flatnonzero(keys[of] != keys)
    if missed.size:
        _, first, inverse = np.unique(keys[missed], return_index=True, return_inverse=True)
        of[missed] = missed[first[inverse]]
    if words.shape[1] > 1 and any(not np.array_equal(words[of, at], words[:, at]) for at in range(words.shape[1])):
        return None  # two texts share a key
    used = np.zeros(len(texts), dtype=bool)
    used[of] = True
    places = np.cumsum(used) - 1
    return [text.decode() for text in texts[used].tolist()], places[of]


def coded(texts: Column, codes: Mapping[str, int]) -> Column | None:
    """The code of each text, at most eight bytes long; nothing when some text has none."""
    words, left = texts.view("<u8"), len(texts)
    made = np.zeros(len(texts), dtype=np.int8)
    for text, code in codes.items():
        if len(word := text.encode()) <= 8 and left:
            same = words == np.uint64(int.from_bytes(word, "little"))
            left -= int(np.count_nonzero(same))
            made += same.view(np.int8) * np.int8(code)
    return None if left else made
