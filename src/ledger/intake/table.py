"""A delimited text file as chunks of columns; what is wrong with its form becomes problems."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ledger.intake.byte_cells import FIELD_LIMIT, Block, cut
from ledger.intake.byte_lines import LineFile
from ledger.intake.cells import Numbers
from ledger.intake.reading import Bytes, fatal
from ledger.problems import Problem

CHUNK = 4_000
_DATA = re.compile(r"[0-9]{6}|[0-9]{4}-[0-9]{2}|[0-9]\.[0-9]|[0-9]/[0-9]|@")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows, a tuple of cells for each column of the header, and the line number of each row."""

    columns: dict[str, tuple[str, ...]]
    numbers: Numbers


class Table:
    """The rows of a file. Read ``header`` first, then go through ``chunks``; problems gather in ``problems``."""

    def __init__(
        self,
        path: Path,
        *,
        encoding: str = "utf-8-sig",
        delimiter: str = ",",
        header: bool = True,
        skip_rows: int = 0,
        trailer: str = "",
    ) -> None:
        csv.field_size_limit(FIELD_LIMIT)
        self.path = path
        self.encoding = encoding
        self.problems: list[Problem] = []
        self.control: list[str] | None = None
        self.control_line = 0
        self.ragged = 0
        self._broken = False
        self._trailer = re.compile(trailer) if trailer else None
        self._lines = LineFile(path, encoding)
        self._delimiter = delimiter
        self._passed = 0  # lines that the reader never saw
        self._reader = csv.reader(self._source(), delimiter=delimiter, strict=True)
        self._rows = self._guarded()
        for _ in range(skip_rows):
            next(self._rows, None)
        self._first: tuple[int, list[str]] | None = next(self._rows, None)
        self.header: tuple[str, ...] = ()
        if self._first is not None:
            cells = self._first[1]
            self.header = tuple(cells) if header else tuple(str(i + 1) for i in range(len(cells)))
            self._first = None if header else self._first
        self._check_header(header)

    def close(self) -> None:
        """Let go of the file."""
        self._lines.close()

    def _check_header(self, named: bool) -> None:
        if named and any(_DATA.search(name) for name in self.header):
            self.header = ()  # its cells may be somebody's data, so no sentence may name them
            sentence = "The first row looks like data, not like column names; add a header row."
            self.problems.append(fatal("HDR004", sentence, where="line 1", number=1))
        if not self.header:
            if not self.problems:
                self.problems.append(
                    fatal("HDR001", "The file has no header row; its first row must name the columns.")
                )
            return
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        for name in twice:
            sentence = f"The column {name!r} is in the header twice; keep one of them."
            self.problems.append(fatal("HDR002", sentence, where="line 1", number=1, column=name[:40]))
        if named and any(not name for name in self.header):
            sentence = "The header holds a column without a name; name it or remove it."
            self.problems.append(fatal("HDR003", sentence, where="line 1", number=1))

    def _source(self) -> Iterator[str]:
        while line := self._lines.line():
            yield line

    def _guarded(self) -> Iterator[tuple[int, list[str]]]:
        reader = self._reader
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except (UnicodeDecodeError, csv.Error) as problem:
            self._note_broken(problem)

    def _note_broken(self, problem: Exception) -> None:
        self._broken = True
        line = self._passed + self._reader.line_num
        if isinstance(problem, UnicodeDecodeError):
            self.problems.append(_encoding_problem(self.path, self.encoding))
            return
        if "field larger" in str(problem):
            sentence = "A field is longer than 1 MB; check the quotes of this row."
        else:
            sentence = f"The row cannot be read ({problem}); check its quotes and line ends."
        self.problems.append(fatal("CSV001", sentence, where=f"line {line}", number=line))

    def chunks(self) -> Iterator[Chunk]:
        """The rows after the header as text, some thousands at a time; ragged rows are left out and reported."""
        for rows in self.parts():
            if isinstance(rows, Chunk):
                yield rows
                continue
            for block in rows.parts(CHUNK):
                numbers = np.arange(block.first_line, block.first_line + block.count, dtype=np.int64)
                yield Chunk(block.columns(), numbers)

    def parts(self) -> Iterator[Block | Chunk]:
        """The same rows, left as bytes where no line needs to be looked at."""
        width = len(self.header)
        held = [] if self._first is None else [self._first]
        if held:
            yield self._chunk([held[0][1]], np.array([held[0][0]], dtype=np.int64))
        for batch in self._batches():
            if isinstance(batch, Block):
                yield batch
                continue
            rows, numbers = batch
            if self.control is not None or self._holds_control(rows):
                rows, numbers = self._without_control(rows, numbers)
            if set(map(len, rows)) - {width}:
                even = [len(row) == width for row in rows]
                for row, number, fits in zip(rows, numbers.tolist(), even, strict=True):
                    if not fits:
                        self._note_ragged(number, len(row), width)
                rows = [row for row, fits in zip(rows, even, strict=True) if fits]
                numbers = numbers[np.array(even, dtype=bool)]
            if rows:
                yield self._chunk(rows, numbers)

    def _batches(self) -> Iterator[Block | tuple[list[list[str]], Numbers]]:
        """Rows with their line numbers; a row over several lines has the number of its first line.

        Lines that need no reader, because they hold no quote and have the right number of cells, are cut at once.
        """
        while True:
            start = self._passed + self._reader.line_num
            if lines := b"" if self._broken or self.control is not None else self._lines.block():
                marked = b"#" in lines and b"#CONTROL" in lines  # one byte is found far faster than a word
                block = None if marked else cut(lines, self.header, self._delimiter, start + 1)
                if block is None or (self._trailer is not None and self._ends(block)):
                    self._lines.give_back(lines, CHUNK)
                else:
                    self._passed += block.count
                    yield block
                continue
            rows = self._some()
            if not rows:
                return
            if self._passed + self._reader.line_num - start == len(rows):
                sizes = np.ones(len(rows), dtype=np.int64)
            else:
                spans = [sum(cell.count("\n") for cell in row) + 1 for row in rows]
                sizes = np.array(spans, dtype=np.int64)
            numbers = start + np.cumsum(sizes) - sizes + 1
            if not all(rows):
                numbers = numbers[np.array([bool(row) for row in rows], dtype=bool)]
                rows = [row for row in rows if row]
            yield rows, numbers

    def _ends(self, block: Block) -> bool:
        """Whether the trailer may be among the lines of a block."""
        return any(self._is_control([cell]) for cell in block.columns()[self.header[0]])

    def _some(self) -> list[list[str]]:
        rows: list[list[str]] = []
        if self._broken:
            return rows
        try:
            rows.extend(islice(self._reader, CHUNK))
        except (UnicodeDecodeError, csv.Error) as problem:
            self._note_broken(problem)
        return rows

    def _without_control(self, rows: list[list[str]], numbers: Numbers) -> tuple[list[list[str]], Numbers]:
        """Take the control line out; it must be the last row of the file."""
        keep = [not self._is_control(row) for row in rows]
        for row, number, kept in zip(rows, numbers.tolist(), keep, strict=True):
            if self.control is not None:
                sentence = f"Rows follow the control line {self.control_line}; it must be the last."
                self.problems.append(fatal("CTL002", sentence, where=f"line {number}", number=number))
                self.control = None
            if not kept:
                self.control, self.control_line = row, number
        return [row for row, kept in zip(rows, keep, strict=True) if kept], numbers[np.array(keep, dtype=bool)]

    def _holds_control(self, rows: list[list[str]]) -> bool:
        if self._trailer is None:
            return "#CONTROL" in [row[0] for row in rows]
        return any(map(self._is_control, rows))

    def _is_control(self, row: list[str]) -> bool:
        if self._trailer is not None:
            return bool(self._trailer.search(row[0]))
        return row[0] == "#CONTROL"

    def _note_ragged(self, number: int, found: int, width: int) -> None:
        self.ragged += 1
        sentence = f"The row has {found} fields where the header has {width}; quote fields that hold the delimiter."
        self.problems.append(Problem(f"line {number}", number, "", "CSV002", sentence, "row"))

    def _chunk(self, rows: list[list[str]], numbers: Numbers) -> Chunk:
        return Chunk(dict(zip(self.header, zip(*rows, strict=True), strict=True)), numbers)


_NO_TEXT = (
    (b"PK\x03\x04", "This is a spreadsheet or an archive; export its sheet as CSV, or unpack it."),
    (b"\x1f\x8b", "The file is compressed with gzip; unpack it first."),
    (b"%PDF", "This is a PDF; ask the sender for the data."),
    (b"\xd0\xcf\x11\xe0", "This is a spreadsheet of the old form (.xls); export its sheet as CSV."),
)


def form_problem(seen: Bytes, encoding: str) -> Problem | None:
    """What the bytes alone say against a text file: NUL bytes, or another Unicode form."""
    for start, sentence in _NO_TEXT:
        if seen.head.startswith(start):
            return fatal("ENC004", sentence)
    if seen.head[:2] in (b"\xff\xfe", b"\xfe\xff") and not encoding.lower().startswith("utf-16"):
        return fatal("ENC002", "The file is UTF-16; save it as UTF-8, or name its encoding in the mapping.")
    if seen.nul >= 0 and not encoding.lower().startswith(("utf-16", "utf-32")):
        return fatal("ENC003", f"There is a NUL byte at byte {seen.nul}; this is not a text file, or it was damaged.")
    return None


def _encoding_problem(path: Path, encoding: str) -> Problem:
    name = "UTF-8" if encoding.lower().startswith("utf-8") else encoding
    try:
        path.read_bytes().decode(encoding)
    except UnicodeDecodeError as problem:
        start = problem.start + (3 if encoding == "utf-8-sig" and path.read_bytes()[:3] == b"\xef\xbb\xbf" else 0)
        sentence = f"The file is not {name}: byte {start} cannot be read; save it as UTF-8 or name its encoding."
        return fatal("ENC001", sentence)
    return fatal("ENC001", f"The file is not {name}; save it as UTF-8 or name its encoding.")
