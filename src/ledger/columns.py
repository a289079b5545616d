"""The lines of a page as bytes: a table that says how each column is kept, and a block for each that varies.

The format is written down in ``docs/event-format.md``. What cannot be kept or read raises ``MalformedError``
and says why; :mod:`ledger.codec` turns it into damage when it comes from stored bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import zstandard

from ledger.lines import BY_NAME, PAGE_LIMIT, SPECS, Column, Lines, Spec, repeated
from ledger.money import LIMIT

Entry = dict[str, Any]
Packed = tuple[Entry, bytes | None]
Opener = zstandard.ZstdDecompressor
Bytes2D = npt.NDArray[np.uint8]


class MalformedError(ValueError):
    """Lines that cannot be kept, or bytes that do not hold lines."""


TEXT_LIMIT = 1024
_OWN = threading.local()
_WRAP = 1 << 64
_MIX = np.uint64(0x9E3779B97F4A7C15)
_BLOCK = frozenset({"name", "encoding", "raw", "stored"})
_CONSTANT = frozenset({"name", "encoding", "value"})
_KEYS: Mapping[tuple[str, Any], frozenset[str]] = {
    ("int", "constant"): _CONSTANT,
    ("int", "int"): _BLOCK | {"width", "min"},
    ("code", "constant"): _CONSTANT,
    ("code", "words"): _BLOCK | {"words"},
    ("text", "constant"): _CONSTANT,
    ("text", "text"): _BLOCK | {"width"},
    ("text", "dictionary"): _BLOCK | {"width", "values"},
}


def packed(lines: Lines) -> tuple[list[Entry], bytes]:
    """The column table and the blocks, of every column that is not wholly empty or zero."""
    table: list[Entry] = []
    blocks: list[bytes] = []
    compressor = _compressor()
    for spec in SPECS:
        column = lines.said(spec.name)
        if column is None:
            entry, raw = _constant_entry("" if spec.kind == "text" else spec.words[0] if spec.words else 0), None
        elif lines.count == 1:
            entry, raw = _constant_entry(_one(spec, column[0])), None
        else:
            entry, raw = _PACK[spec.kind](spec, column)
        if entry.get("value") in (0, ""):
            continue
        if raw is not None:
            block = _compressed(compressor, raw)
            entry |= {"raw": len(raw), "stored": len(block)}
            blocks.append(block)
        table.append({"name": spec.name, **entry})
    return table, b"".join(blocks)


def _constant_entry(value: int | str) -> Entry:
    return {"encoding": "constant", "value": value}


def _one(spec: Spec, cell: Any) -> int | str:
    """The value of the one line of a page, which is a constant whatever it is."""
    if spec.kind == "text":
        text = bytes(cell)
        _check_width(spec, len(text))
        if b"\0" in text or not text.isascii():
            _check_text(spec, np.frombuffer(text, dtype=np.uint8).reshape(1, -1))
        return text.decode()
    number = int(cell)
    if spec.kind == "int":
        _check_bounds(spec, number, number)
        return number
    return _words(spec, number, number)[0]


def _words(spec: Spec, low: int, high: int) -> tuple[str, ...]:
    """The words that codes from the least to the greatest stand for."""
    if low < 0 or high >= len(spec.words):
        raise MalformedError(f"column {spec.name} holds a code that stands for no word")
    return spec.words[low : high + 1]


def _compressor() -> zstandard.ZstdCompressor:
    """The compressor of this thread: making one costs as much as compressing a page."""
    if (kept := getattr(_OWN, "compressor", None)) is None:
        _OWN.compressor = kept = zstandard.ZstdCompressor(level=1)
    return cast(zstandard.ZstdCompressor, kept)


def _compressed(compressor: zstandard.ZstdCompressor, raw: bytes) -> bytes:
    """A zstd frame when it saves more than a sixteenth, else the bytes themselves."""
    if len(raw) < 64:
        return raw
    frame = compressor.compress(raw)
    return frame if len(frame) <= len(raw) - len(raw) // 16 - 1 else raw


def _pack_int(spec: Spec, column: Column) -> Packed:
    size = column.dtype.itemsize
    low, high = (int(column[0]),) * 2 if _constant_by_form(column) else (int(column.min()), int(column.max()))
    _check_bounds(spec, low, high)
    if low == high:
        return _constant_entry(low), None
    width = next(size for size in (1, 2, 4, 8) if high - low < 1 << 8 * size)
    unsigned = np.dtype(f"<u{size}")
    offsets = np.ascontiguousarray(column).view(unsigned) - unsigned.type(low % (1 << 8 * size))
    narrow = offsets.astype(f"<u{width}").view(np.uint8).reshape(-1, width)
    return {"encoding": "int", "width": width, "min": low}, narrow.T.tobytes()


def _constant_by_form(column: Column) -> bool:
    """Whether one value stands for all lines."""
    return column.strides == (0,)


def _pack_code(spec: Spec, column: Column) -> Packed:
    low, high = (int(column[0]),) * 2 if _constant_by_form(column) else (int(column.min()), int(column.max()))
    words = _words(spec, low, high)
    if low == high:
        return _constant_entry(words[0]), None
    used = [code for code in range(low, high + 1) if (column == code).any()]
    places = np.zeros(len(column), dtype=np.uint8)
    for place, code in enumerate(used[1:], start=1):
        places += (column == code).view(np.uint8) * np.uint8(place)
    return {"encoding": "words", "words": [spec.words[code] for code in used]}, places.tobytes()


def _pack_text(spec: Spec, column: Column) -> Packed:
    if _constant_by_form(column):
        column = column[:1]
    cells = np.ascontiguousarray(column).view(np.uint8).reshape(len(column), -1)
    width = cells.shape[1]
    while width > 1 and not cells[:, width - 1].any():
        width -= 1
    _check_width(spec, width)
    raw = cells[:, :width].T.tobytes()
    by_place = np.frombuffer(raw, dtype=np.uint8).reshape(width, -1)
    if b"\0" in raw and ((by_place[:-1] == 0) & (by_place[1:] != 0)).any():
        raise MalformedError(f"column {spec.name} holds a NUL inside a text")
    if not raw.isascii():
        _check_text(spec, np.ascontiguousarray(cells[:, :width]))
    if (by_place == by_place[:, :1]).all():
        return _constant_entry(by_place[:, 0].tobytes().rstrip(b"\0").decode()), None
    found = _dictionary(cells, width)
    if found is None:
        return {"encoding": "text", "width": width}, raw
    values, codes = found
    entry = {"encoding": "dictionary", "width": width, "values": len(values)}
    return entry, values.tobytes() + codes.tobytes()


def _dictionary(cells: Bytes2D, width: int) -> tuple[Bytes2D, npt.NDArray[np.uint8]] | None:
    """Up to 256 different values and each line's place among them, when they take at most half the bytes.

    Only the first ``width`` bytes of a cell hold anything.
    """
    count = len(cells)
    if len(set(_keys(cells[:: count // 512 + 1], width).tolist())) > 256:
        return None
    keys = _keys(cells, width)
    distinct = np.unique(keys)
    if len(distinct) > 256 or len(distinct) * width + count > count * width // 2:
        return None
    codes = np.searchsorted(distinct, keys).astype(np.uint8)
    places = np.zeros(len(distinct), dtype=np.intp)
    places[codes] = np.arange(count)
    values = cells[places, :width]
    return (values, codes) if np.array_equal(values[codes], cells[:, :width]) else None


def _keys(cells: Bytes2D, width: int) -> npt.NDArray[np.uint64]:
    """A mix of the first so many bytes of each cell."""
    padded = np.zeros((len(cells), -(-width // 8) * 8), dtype=np.uint8)
    padded[:, :width] = cells[:, :width]
    chunks = padded.view("<u8")
    keys = chunks[:, 0].astype(np.uint64)
    for at in range(1, chunks.shape[1]):
        keys = (keys ^ (keys >> np.uint64(29))) * _MIX + chunks[:, at]
    return keys


_Pack = Callable[[Spec, Column], Packed]
_PACK: Mapping[str, _Pack] = {"int": _pack_int, "code": _pack_code, "text": _pack_text}


def _opener() -> Opener:
    """The decompressor of this thread: making one costs as much as opening a column."""
    if (kept := getattr(_OWN, "opener", None)) is None:
        _OWN.opener = kept = Opener()
    return cast(Opener, kept)


def unpacked(count: int, table: Any, body: memoryview, names: Collection[str] | None = None) -> Lines:
    """The lines of a table and its blocks; only the named columns when names are given."""
    zstd = _opener()
    return Lines(
        {
            spec.name: _opened_column(spec, entry, count, block, zstd)
            for spec, entry, block in _blocks(count, table, body)
            if names is None or spec.name in names
        },
        count,
    )


def unpacked_later(count: int, table: Any, body: memoryview, damage: Callable[[Exception], Exception]) -> Lines:
    """The lines of a table and its blocks, each column opened and checked when it is asked for.

    The table and the sizes of the blocks are checked now; a column that does not hold what the table says raises what
    ``damage`` makes of it.
    """

    def opener(spec: Spec, entry: Entry, block: memoryview) -> Callable[[], Column]:
        def opened() -> Column:
            try:
                return _opened_column(spec, entry, count, block, _opener())
            except ValueError as problem:
                raise damage(problem) from None

        return opened

    return Lines.later(
        count, {spec.name: opener(spec, entry, block) for spec, entry, block in _blocks(count, table, body)}
    )


def _blocks(count: int, table: Any, body: memoryview) -> list[tuple[Spec, Entry, memoryview]]:
    """Each column's entry of the table with its block."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= PAGE_LIMIT:
        raise MalformedError("the page has no valid count")
    if not isinstance(table, list):
        raise MalformedError("the column table is not a list")
    found: list[tuple[Spec, Entry, memoryview]] = []
    seen: set[str] = set()
    at = 0
    for entry in table:
        spec, stored = _checked(entry, seen)
        if at + stored > len(body):
            raise MalformedError(f"the block of column {spec.name} is cut off")
        found.append((spec, entry, body[at : at + stored]))
        at += stored
    if at != len(body):
        raise MalformedError("the page holds bytes after its last block")
    return found


def _opened_column(spec: Spec, entry: Entry, count: int, block: memoryview, zstd: Opener) -> Column:
    column = _unpack(spec, entry, count, block, zstd)
    column.flags.writeable = False
    return column


def _checked(entry: Any, seen: set[str]) -> tuple[Spec, int]:
    """The column an entry of the table describes, and the size of its block."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise MalformedError("the column table holds something that is not a column")
    name, encoding = entry["name"], entry.get("encoding")
    spec = BY_NAME.get(name)
    if spec is None or name in seen:
        raise MalformedError(f"the column table names {name!r}, which is unknown or named twice")
    seen.add(name)
    if not isinstance(encoding, str) or entry.keys() != _KEYS.get((spec.kind, encoding)):
        raise MalformedError(f"column {name} has an encoding that does not fit it")
    return spec, 0 if encoding == "constant" else _natural(entry, "stored", PAGE_LIMIT * TEXT_LIMIT)


def _natural(entry: Entry, key: str, most: int) -> int:
    value = entry[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise MalformedError(f"column {entry['name']} has no valid {key}")
    return value


def _unpack(spec: Spec, entry: Entry, count: int, block: memoryview, zstd: Opener) -> Column:
    encoding = entry["encoding"]
    if encoding == "constant":
        return _constant(spec, entry["value"], count)
    if encoding == "words":
        return _unpack_words(spec, entry, _opened(entry, block, count, zstd))
    width = _natural(entry, "width", TEXT_LIMIT)
    if width == 0 or (encoding == "int" and width not in (1, 2, 4, 8)):
        raise MalformedError(f"column {spec.name} has no valid width")
    if encoding == "dictionary":
        values = _natural(entry, "values", 256) * width
        return _looked_up(spec, width, _opened(entry, block, values + count, zstd), values)
    cells = _rows(_opened(entry, block, count * width, zstd), width)
    if encoding == "int":
        return _unpack_int(spec, entry, cells.view(f"<u{width}").reshape(-1))
    _check_text(spec, cells)
    return cells.view(f"S{width}").reshape(count)


def _constant(spec: Spec, value: Any, count: int) -> Column:
    if spec.kind == "int":
        if isinstance(value, bool) or not isinstance(value, int):
            raise MalformedError(f"column {spec.name} must hold whole numbers")
        _check_bounds(spec, value, value)
        return repeated(np.array([value], dtype=np.int64), count)
    if not isinstance(value, str) or "\0" in value:
        raise MalformedError(f"column {spec.name} must hold text")
    if spec.kind == "code":
        return np.full(count, _word(spec, value), dtype=np.int8)
    text = value.encode()
    _check_width(spec, len(text))
    return np.full(count, text, dtype=f"S{max(len(text), 1)}")


def _opened(entry: Entry, block: memoryview, raw: int, zstd: Opener) -> bytes:
    """The uncompressed bytes of a block, whose size is known beforehand."""
    if _natural(entry, "raw", PAGE_LIMIT * TEXT_LIMIT * 2) != raw or len(block) > raw:
        raise MalformedError(f"column {entry['name']} has a block of the wrong size")
    if len(block) == raw:
        return bytes(block)
    try:
        if zstandard.frame_content_size(block) != raw:
            raise MalformedError(f"column {entry['name']} has a block of the wrong size")
        opened = zstd.decompress(block, max_output_size=raw, allow_extra_data=False)
    except zstandard.ZstdError:
        raise MalformedError(f"the block of column {entry['name']} cannot be decompressed") from None
    if len(opened) != raw:
        raise MalformedError(f"column {entry['name']} has a block of the wrong size")
    return opened


def _rows(raw: bytes, width: int) -> Bytes2D:
    """Byte columns put back into rows; of many short ones a column at a time, which numpy does several times faster."""
    columns = np.frombuffer(raw, dtype=np.uint8).reshape(width, -1)
    if width > 8 or columns.shape[1] < 256:
        return np.ascontiguousarray(columns.T)
    made = np.empty((columns.shape[1], width), dtype=np.uint8)
    for at in range(width):
        made[:, at] = columns[at]
    return made


def _unpack_int(spec: Spec, entry: Entry, offsets: npt.NDArray[Any]) -> Column:
    low = entry["min"]
    if type(low) is not int:
        raise MalformedError(f"column {spec.name} has no valid min")
    _check_bounds(spec, low, low + int(offsets.max()))
    wide = offsets.astype(np.uint64)
    wide += np.uint64(low % _WRAP)
    return wide.view(np.int64)


def _unpack_words(spec: Spec, entry: Entry, raw: bytes) -> Column:
    words = entry["words"]
    if not isinstance(words, list) or not words:
        raise MalformedError(f"column {spec.name} has no valid words")
    codes = np.array([_word(spec, word) for word in words], dtype=np.int8)
    places = np.frombuffer(raw, dtype=np.uint8)
    if int(places.max()) >= len(codes):
        raise MalformedError(f"column {spec.name} holds a code that stands for no word")
    return np.asarray(codes[places])


def _looked_up(spec: Spec, width: int, raw: bytes, end: int) -> Column:
    """The texts in the first ``end`` bytes, at the places that follow."""
    values = np.frombuffer(raw, dtype=np.uint8, count=end).reshape(-1, width)
    places = np.frombuffer(raw, dtype=np.uint8, offset=end)
    if int(places.max()) >= len(values):
        raise MalformedError(f"column {spec.name} holds a code that stands for no text")
    _check_text(spec, values)
    return np.asarray(values.view(f"S{width}").reshape(-1)[places])


def _word(spec: Spec, word: Any) -> int:
    if not isinstance(word, str) or word not in spec.words:
        raise MalformedError(f"column {spec.name} holds an unknown word")
    return spec.words.index(word)


def _check_bounds(spec: Spec, low: int, high: int) -> None:
    """Whole numbers stay within 10^15, so that the sum of a page cannot wrap round to its control total."""
    least, most = (-(1 << 63), (1 << 63) - 1) if spec.name == "identity" else (-LIMIT, LIMIT)
    if low < least or high > most:
        raise MalformedError(f"column {spec.name} holds a number out of range")


def _check_width(spec: Spec, width: int) -> None:
    if width > TEXT_LIMIT:
        raise MalformedError(f"column {spec.name} holds a text of more than {TEXT_LIMIT} bytes")


def _check_text(spec: Spec, cells: Bytes2D) -> None:
    """Every cell is UTF-8, filled up with NUL at its end only."""
    raw = cells.tobytes()
    if b"\0" in raw and ((cells[:, :-1] == 0) & (cells[:, 1:] != 0)).any():
        raise MalformedError(f"column {spec.name} holds a NUL inside a text")
    if raw.isascii():
        return
    apart = np.zeros((cells.shape[0], cells.shape[1] + 1), dtype=np.uint8)
    apart[:, :-1] = cells
    try:
        apart.tobytes().decode()
    except UnicodeDecodeError:
        raise MalformedError(f"column {spec.name} holds a text that is not UTF-8") from None
