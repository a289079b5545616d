"""The columns of a register page: many payments, voids, reissues or refunds of one document, kept side by side.

One event carries a page of at most 10,000 lines. A line is cited as ``EVENT.LINE``, lines numbered from 1. Amounts are
signed minor units, dates are day numbers (days since 1970-01-01), texts are ASCII or UTF-8 bytes of fixed width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

PAGE_LIMIT = 10_000

Column = npt.NDArray[Any]
Cells = tuple[npt.NDArray[np.int64], Column]  # rows, ascending, and what stands there
NO_CELLS: Mapping[str, Cells] = {}
Kind = Literal["text", "int", "code"]

COVERAGES = ("MED", "RX", "DEN", "VIS", "STD", "OTH")
TXN_TYPES = ("PAYMENT", "ADJUSTMENT", "VOID", "REVERSAL", "REISSUE", "REFUND", "RECOVERY", "FEE")
METHODS = ("", "CHK", "ACH", "VCC", "WIRE", "NON")
PAYEES = ("", "PROVIDER", "MEMBER", "OTHER")
RELATIONSHIPS = ("", "E", "S", "C", "O")


@dataclass(frozen=True, slots=True)
class Spec:
    """One column: its name, what it holds, the words a code stands for, and what it means."""

    name: str
    kind: Kind
    meaning: str
    words: tuple[str, ...] = ()


SPECS: tuple[Spec, ...] = (
    Spec("claim_id", "text", "payer claim control number (835 CLP07)"),
    Spec("claim_line", "int", "line of the claim, 0 = whole claim"),
    Spec("txn_type", "code", "what the line is", TXN_TYPES),
    Spec("row_id", "text", "the sender's unique id of the row, or empty"),
    Spec("occurrence", "int", "n-th equal row within its file, from 1"),
    Spec("identity", "int", "64-bit key of the line's identity, for finding duplicates (signed)"),
    Spec("member", "text", "member key: a pseudonym"),
    Spec("family", "text", "subscriber (certificate) key: a pseudonym"),
    Spec("relationship", "code", "of the member to the subscriber", RELATIONSHIPS),
    Spec("coverage", "code", "line of coverage", COVERAGES),
    Spec("division", "text", "sub-group or cost centre, or empty"),
    Spec("incurred_on", "int", "date of service, day number"),
    Spec(
        "paid_on",
        "int",
        "date released to the payee, day number; of the original payment for voids and refunds",
    ),
    Spec("booked_on", "int", "business date in the fund, day number: the void's or refund's own date"),
    Spec("amount", "int", "what the plan pays, minor units; negative for voids and refunds"),
    Spec("eligible", "int", "what the stop-loss carrier accepts of the amount, minor units"),
    Spec("specific_eligible", "int", "1 when it counts toward the specific, else 0"),
    Spec("aggregate_eligible", "int", "1 when it counts toward the aggregate, else 0"),
    Spec("disallowed", "text", "reason code when eligible differs from amount, or empty"),
    Spec("interest", "int", "part of the amount that is interest, minor units"),
    Spec("surcharge", "int", "part of the amount that is a surcharge or tax, minor units"),
    Spec("billed", "int", "what the provider billed, minor units"),
    Spec("method", "code", "how it was paid (835 BPR04)", METHODS),
    Spec("payment_ref", "text", "check number or trace (835 TRN02)"),
    Spec("payer_trace", "text", "payer id of the trace (835 TRN03), or empty"),
    Spec("payee", "code", "who was paid", PAYEES),
    Spec("original_version", "int", "plan version of the event that holds the original payment, 0 = none"),
    Spec("original_line", "int", "line of the original payment in that event, 0 = none"),
    Spec("source_line", "int", "line, row or segment of the source document"),
    Spec("admitted_on", "int", "first day of the inpatient stay, day number; 0 = none given"),
    Spec("discharged_on", "int", "last day of the inpatient stay, day number; 0 = none given"),
    Spec("first_paid_on", "int", "date of the first release of a payment issued again, day number; 0 = never was"),
    Spec("claim_sealed", "text", "where claim_id is a token: the claim id, sealed under its member's secret"),
    Spec("reference_sealed", "text", "where payment_ref is a token: the payment reference, sealed likewise"),
)
@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A text column as the place of each line's text among distinct texts."""

    texts: Column
    places: Column

    def part(self, index: Any) -> Coded:
        """Those of the lines of an index or mask."""
        return Coded(self.texts, self.places[index])


Coder = Callable[[], "Coded | None"]
BY_NAME: Mapping[str, Spec] = {spec.name: spec for spec in SPECS}
NAMES: tuple[str, ...] = tuple(spec.name for spec in SPECS)
LATER = frozenset(NAMES[NAMES.index("source_line") + 1 :])  # columns that registers of before have not


NO_CODERS: Mapping[str, Coder] = MappingProxyType({})


class Lines:
    """The lines of one page, a numpy array a column: int64 for amounts and dates, int8 for codes, bytes for texts.

    Arrays are read-only. Columns not given are empty text, code 0 or 0. Whole numbers given in fewer bytes stay so
    until they are asked for, so that many lines take little memory.
    """

    __slots__ = ("_coders", "_columns", "count")

    def __init__(self, columns: Mapping[str, Any], count: int | None = None) -> None:
        self._coders: Mapping[str, Coder] = {}
        unknown = set(columns) - set(NAMES)
        if unknown:
            raise ValueError(f"unknown column {min(unknown)!r}")
        sizes = {len(column) for column in columns.values()}
        if count is not None:
            sizes.add(count)
        if len(sizes) != 1:
            raise ValueError("the columns of a page have different lengths")
        self.count: int = sizes.pop()
        self._columns: MutableMapping[str, Column] = {
            name: _column(BY_NAME[name], column) for name, column in columns.items()
        }

    @classmethod
    def later(
        cls, count: int, openers: Mapping[str, Callable[[], Column]], coders: Mapping[str, Coder] = NO_CODERS
    ) -> Lines:
        """Lines whose columns are made when somebody asks for them; ``coders`` know some of the texts as codes."""
        made = cls({}, count)
        made._columns, made._coders = _Later(openers), coders
        return made

    @classmethod
    def kept(cls, count: int, names: Iterable[str], read: Callable[[str, int, int], Column]) -> Lines:
        """Lines that stay where they are: ``read`` gives a column of a run of them each time somebody asks for it."""
        made = cls({}, count)
        made._columns = _Kept(tuple(names), read, slice(0, count), {})
        return made

    def narrow(self, name: str) -> Column:
        """A column as it is held: whole numbers may be in fewer bytes, and one value may stand for all lines."""
        column = self._columns.get(name)
        if column is None:
            self._columns[name] = column = _nothing(BY_NAME[name], self.count)
        return column

    def __getitem__(self, name: str) -> Column:
        column = self.narrow(name)
        if column.dtype.kind in "iu" and column.dtype.itemsize < 8 and BY_NAME[name].kind == "int":
            column = column.astype(np.int64)
            column.flags.writeable = False
        return column

    def with_codes(self, coders: Mapping[str, Coder]) -> Lines:
        """The same lines, some of whose texts are also known as codes."""
        made = Lines({}, self.count)
        made._columns, made._coders = self._columns, coders
        return made

    def coded(self, name: str) -> Coded | None:
        """A text column as codes, where it is known so; lines of one source share their table of texts."""
        coder = self._coders.get(name)
        return None if coder is None else coder()

    def said(self, name: str) -> Column | None:
        """A column, or nothing when it was not given and is wholly empty or zero."""
        return self.narrow(name) if name in self._columns else None

    def __len__(self) -> int:
        return self.count

    def total(self, name: str = "amount") -> int:
        """The exact sum of an integer column."""
        return int(self[name].sum(dtype=np.int64)) if self.count else 0

    def given(self) -> dict[str, Column]:
        """The columns that say something: those that are not wholly empty or zero."""
        return {name: self._columns[name] for name in NAMES if name in self._columns and _says(self._columns[name])}

    def aside(self) -> Lines:
        """The same lines for one look: columns that are opened only for it are not kept with these."""
        if not isinstance(self._columns, _Later):
            return self
        made = Lines({}, self.count)
        made._columns = self._columns.copy()
        return made

    def row(self, line: int) -> dict[str, str | int]:
        """One line, numbered from 1, as words and numbers; dates and amounts stay numbers."""
        return {name: _cell(BY_NAME[name], self[name][line - 1]) for name in NAMES}

    def rows(self) -> Iterator[dict[str, str | int]]:
        """All lines as words and numbers."""
        return (self.row(line) for line in range(1, self.count + 1))

    def take(self, index: Any) -> Lines:
        """The lines of an index or mask, in its order."""
        if isinstance(self._columns, _Kept):
            made = Lines({}, _chosen(index, self.count))
            made._columns = self._columns.of(index)
            return made
        if isinstance(self._columns, _Later):
            size = _chosen(index, self.count)
            openers = {name: partial(self._part, name, index) for name in self._columns}
            return Lines.later(size, openers, {name: partial(self._coded_part, name, index) for name in self._coders})
        columns = {name: column[index] for name, column in self._columns.items()}
        for column in columns.values():
            column.flags.writeable = False
        return Lines(columns, None if columns else 0)

    def _part(self, name: str, index: Any) -> Column:
        column: Column = self._columns[name][index]
        column.flags.writeable = False
        return column

    def _coded_part(self, name: str, index: Any) -> Coded | None:
        coded = self.coded(name)
        return None if coded is None else coded.part(index)

    def replaced(self, **columns: Any) -> Lines:
        """The same lines with some columns put in place."""
        if isinstance(self._columns, _Kept):
            made = Lines({}, self.count)
            made._columns = self._columns.with_own(Lines(columns, self.count)._columns)
            return made
        return Lines({**self._columns, **columns}, self.count)

    def changed(self, rows: npt.NDArray[np.int64], values: Mapping[str, Column]) -> Lines:
        """The same lines with other cells in some rows; of lines that are kept elsewhere only those cells are held."""
        if not isinstance(self._columns, _Kept):
            return self.replaced(**{name: put(self[name], rows, cells) for name, cells in values.items()})
        made = Lines({}, self.count)
        made._columns = self._columns.with_cells(rows, values)
        return made

    def pages(self, size: int = PAGE_LIMIT) -> Iterator[Lines]:
        """The lines cut into pages in order."""
        for start in range(0, self.count, size):
            yield self.take(slice(start, start + size))

    def look_through(self) -> None:
        """Open every column that nobody asked for yet, and keep none: what cannot be read raises its damage."""
        if isinstance(self._columns, _Later):
            self._columns.look_through()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lines):
            return NotImplemented
        return self.count == other.count and all(np.array_equal(self[name], other[name]) for name in NAMES)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Lines({self.count} lines, total {self.total()})"


def _nothing(spec: Spec, count: int) -> Column:
    """A column that says nothing: one empty text or zero that stands for all lines."""
    return repeated(np.zeros(1, dtype="S1" if spec.kind == "text" else _DTYPES[spec.kind]), count)


def repeated(one: Column, count: int) -> Column:
    """A column that holds the one value of ``one`` for all lines, in the room of one."""
    made: Column = np.ndarray((count,), dtype=one.dtype, buffer=one, strides=(0,))
    made.flags.writeable = False
    return made


class _Later(MutableMapping[str, Column]):
    """Columns by name, each made when it is first asked for."""

    __slots__ = ("_made", "_openers")

    def __init__(self, openers: Mapping[str, Callable[[], Column]]) -> None:
        self._openers = dict(openers)
        self._made: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._made:
            self._made[name] = self._openers[name]()
            del self._openers[name]
        return self._made[name]

    def look_through(self) -> None:
        """Make every column that is not made yet, and keep none."""
        for opener in self._openers.values():
            opener()

    def copy(self) -> _Later:
        """The same columns; what is made of the copy is made for it alone."""
        copied = _Later(self._openers)
        copied._made = dict(self._made)
        return copied

    def __setitem__(self, name: str, column: Column) -> None:
        self._made[name] = column

    def __delitem__(self, name: str) -> None:
        self._openers.pop(name, None)
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*self._made, *self._openers])

    def __len__(self) -> int:
        return len(self._made) + len(self._openers)


class _Kept(MutableMapping[str, Column]):
    """Columns by name, read again each time; ``rows`` are those of the lines where they are kept."""

    __slots__ = ("_cells", "_names", "_own", "_read", "_rows")

    def __init__(
        self, names: tuple[str, ...], read: Callable[[str, int, int], Column], rows: slice | Column,
        own: Mapping[str, Column], cells: Mapping[str, Cells] = NO_CELLS,
    ) -> None:  # fmt: skip
        self._names = names
        self._read = read
        self._rows = rows
        self._own = dict(own)
        self._cells = cells

    def __getitem__(self, name: str) -> Column:
        if name in self._own:
            return self._own[name]
        if name not in self._names and name not in self._cells:
            raise KeyError(name)
        if isinstance(self._rows, slice):
            return self._run(name, self._rows.start, self._rows.stop)
        if not self._rows.size:
            return self._run(name, 0, 0)
        first, last = int(self._rows.min()), int(self._rows.max())
        column: Column = self._run(name, first, last + 1)[self._rows - first]
        column.flags.writeable = False
        return column

    def _run(self, name: str, start: int, stop: int) -> Column:
        column = self._read(name, start, stop) if name in self._names else _nothing(BY_NAME[name], stop - start)
        if name not in self._cells:
            return column
        rows, values = self._cells[name]
        first, last = np.searchsorted(rows, (start, stop))
        return put(column, rows[first:last] - start, values[first:last]) if last > first else column

    def of(self, index: Any) -> _Kept:
        """The columns of the lines of an index or mask; of a run of lines nothing is copied."""
        own = {name: column[index] for name, column in self._own.items()}
        for column in own.values():
            column.flags.writeable = False
        if not isinstance(self._rows, slice):
            return _Kept(self._names, self._read, self._rows[index], own, self._cells)
        if isinstance(index, slice):
            start, stop, step = index.indices(self._rows.stop - self._rows.start)
            if step == 1:
                run = slice(self._rows.start + start, self._rows.start + max(start, stop))
                cells = {name: _within(held, run) for name, held in self._cells.items()}
                return _Kept(self._names, self._read, run, own, cells)
        rows = np.arange(self._rows.start, self._rows.stop)[index]
        return _Kept(self._names, self._read, rows, own, self._cells)

    def with_own(self, columns: Mapping[str, Column]) -> _Kept:
        """The same with some columns put in place."""
        return _Kept(self._names, self._read, self._rows, {**self._own, **columns}, self._cells)

    def with_cells(self, rows: Column, values: Mapping[str, Column]) -> _Kept:
        """The same with other cells in some of these lines."""
        own = {name: put(self._own[name], rows, cells) for name, cells in values.items() if name in self._own}
        where = rows + self._rows.start if isinstance(self._rows, slice) else self._rows[rows]
        order = np.argsort(where, kind="stable")
        cells = {name: (where[order], column[order]) for name, column in values.items() if name not in own}
        for name in cells.keys() & self._cells.keys():
            cells[name] = _later_cells(self._cells[name], cells[name])
        return _Kept(self._names, self._read, self._rows, {**self._own, **own}, {**self._cells, **cells})

    def __setitem__(self, name: str, column: Column) -> None:
        self._own[name] = column

    def __delitem__(self, name: str) -> None:
        self._names = tuple(other for other in self._names if other != name)
        self._cells = {other: cells for other, cells in self._cells.items() if other != name}
        self._own.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._names, *self._own, *self._cells)))

    def __len__(self) -> int:
        return len({*self._names, *self._own, *self._cells})


def _chosen(index: Any, count: int) -> int:
    """How many of so many lines an index or mask takes."""
    if isinstance(index, slice):
        return len(range(*index.indices(count)))
    index = np.asarray(index)
    return int(index.sum()) if index.dtype == bool else int(index.size)


def _within(cells: Cells, run: slice) -> Cells:
    """The cells of a run of lines."""
    first, last = np.searchsorted(cells[0], (run.start, run.stop))
    return cells[0][first:last], cells[1][first:last]


def put(column: Column, rows: Column, cells: Column) -> Column:
    """A copy of a column with other cells in some rows, as wide as the widest."""
    made = column.astype(np.promote_types(column.dtype, cells.dtype))
    made[rows] = cells
    made.flags.writeable = False
    return made


def _later_cells(before: Cells, after: Cells) -> Cells:
    """Cells put over others: where both say something, the later."""
    stays = ~np.isin(before[0], after[0])
    rows = np.concatenate([before[0][stays], after[0]])
    order = np.argsort(rows, kind="stable")
    return rows[order], np.concatenate([before[1][stays], after[1]])[order]


def _says(column: Column) -> bool:
    """Whether anything in a column is not empty or zero; texts are looked at as bytes, which is far quicker."""
    return bool(np.ascontiguousarray(column).view(np.uint8).any()) if column.size else False


_DTYPES: Mapping[Kind, Any] = {"int": np.int64, "code": np.int8}


def _column(spec: Spec, values: Any) -> Column:
    if spec.kind == "text":
        array = values if isinstance(values, np.ndarray) and values.dtype.kind == "S" else _texts(values)
    elif spec.kind == "code" and not isinstance(values, np.ndarray):
        array = np.array([spec.words.index(v) if isinstance(v, str) else int(v) for v in values], dtype=np.int8)
    else:
        array = np.asarray(values)
        if array.size and array.dtype.kind not in "iu":
            raise TypeError(f"column {spec.name} must hold whole numbers")
        if spec.kind == "code" or array.dtype.kind != "i":
            array = array.astype(_DTYPES[spec.kind], copy=False)
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def _texts(values: Sequence[str | bytes]) -> Column:
    encoded = [value.encode() if isinstance(value, str) else bytes(value) for value in values]
    if any(b"\0" in value for value in encoded):
        raise ValueError("a text column may not hold NUL")
    return np.array(encoded, dtype=np.bytes_) if encoded else np.zeros(0, dtype="S1")


def _cell(spec: Spec, value: Any) -> str | int:
    if spec.kind == "text":
        return bytes(value).decode()
    return spec.words[int(value)] if spec.kind == "code" else int(value)


def run(rows: npt.NDArray[np.int64]) -> slice | npt.NDArray[np.int64]:
    """Rows that follow each other without a gap as a slice, which copies nothing."""
    first, last = int(rows[0]), int(rows[-1])
    return slice(first, last + 1) if last - first + 1 == rows.size else rows


def lines_of(rows: Sequence[Mapping[str, str | int]]) -> Lines:
    """Lines from rows of words and numbers; a missing name is empty or zero."""
    names = [name for name in NAMES if any(name in row for row in rows)]
    empty: dict[str, str | int] = {n: ("" if BY_NAME[n].kind == "text" else 0) for n in names}
    return Lines({name: [row.get(name, empty[name]) for row in rows] for name in names}, len(rows))


def joined(pages: Sequence[Lines]) -> Lines:
    """Pages laid end to end."""
    if len(pages) == 1:
        return pages[0]
    if not pages:
        return Lines({}, 0)
    columns: dict[str, Column] = {}
    for name in NAMES:
        found = [page._columns.get(name) for page in pages]
        if any(column is not None for column in found):
            columns[name] = np.concatenate([
                _nothing(BY_NAME[name], page.count) if column is None else column
                for page, column in zip(pages, found, strict=True)
            ])  # fmt: skip
            columns[name].flags.writeable = False
    return Lines(columns, sum(page.count for page in pages))


def side_by_side(pages: Sequence[Lines]) -> Lines:
    """Pages laid end to end, each column when somebody asks for it."""

    def column(name: str) -> Column:
        made = np.concatenate([page[name] for page in pages])
        made.flags.writeable = False
        return made

    return Lines.later(sum(page.count for page in pages), {name: partial(column, name) for name in NAMES})
