"""Whole columns of a block turned into lines without making a text of any cell, when every cell of it is in order.

One cell that is not gives ``None`` for the block, and :mod:`ledger.intake.claim_rows` reads the same rows as text,
which finds and explains the same cells. What differs only a few times in a column is read once for each difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from ledger.intake import byte_cells
from ledger.intake.byte_cells import Block, Places, Spans, distinct
from ledger.intake.cells import CellError, day_of_cell
from ledger.intake.mapping import Mapping
from ledger.intake.personal_cells import may_hold, suspects
from ledger.intake.picked import BACKWARD, FORWARD, IDS, MORE_IDS, STAY, UNKEPT_DAYS, UNKEPT_MONEY, YES_NO, Picked
from ledger.intake.pseudonyms import Pseudonyms
from ledger.lines import COVERAGES, METHODS, PAYEES, RELATIONSHIPS, TXN_TYPES, Column, Lines

_NEEDED = ("plan_id", "claim_id", "member_key", "subscriber_key")
_WHOLE = re.compile("[0-9]{0,9}")
_FEW = 16  # words that a column is compared with one by one
_SIGNS = np.array([(kind in FORWARD) - (kind in BACKWARD) for kind in range(len(TXN_TYPES))], dtype=np.int8)


class NotPlainError(Exception):
    """Some cell has to be looked at as text."""


class ByteRows:
    """Turns blocks into lines under one mapping."""

    def __init__(self, mapping: Mapping, default_plan: str, names: Pseudonyms) -> None:
        self.mapping = mapping
        self.default_plan = default_plan
        self.names = names
        self._read_once: dict[str, dict[str, int]] = {}
        rules = mapping.columns.values()
        self.possible = not mapping.where and all(len(rule.sources) == 1 for rule in rules)

    def read(self, block: Block) -> Picked | None:
        """The lines of a block, all good; nothing when some cell is not plain."""
        if not self.possible or not block.count:
            return None
        try:
            return _Columns(self, block).picked()
        except NotPlainError:
            return None

    def numbers(self, name: str, values: Sequence[str], read: Callable[[str], int]) -> Column:
        """The number of each different text, each read once a file."""
        known = self._read_once.setdefault(name, {})
        for value in values:
            if value not in known:
                known[value] = read(value)
        return np.array([known[value] for value in values], dtype=np.int32)


class _Columns:
    """The columns of one block."""

    def __init__(self, rows: ByteRows, block: Block) -> None:
        self.rows, self.block, self.mapping = rows, block, rows.mapping
        self._cells: dict[str, byte_cells.Cells] = {}
        self._texts: dict[str, Column] = {}
        self._distinct: dict[str, tuple[list[str], Places]] = {}
        self._pseudonymised: set[str] = set()

    def picked(self) -> Picked:
        """Everything read and checked. Raises ``NotPlainError``."""
        plans, plan_of = self._plans()
        texts = {name: self._text(name) for name in ("claim_id", "row_id", "division", "payment_ref", "payer_trace_id")}
        members = self._members("member_key", plans, plan_of), self._members("subscriber_key", plans, plan_of)
        for name in (*IDS, *MORE_IDS):
            self._check_ids(name)
        amount = self._amount("plan_paid", required=True)
        parts = {name: self._amount(name) for name in ("interest", "surcharge", "billed")}
        for name in UNKEPT_MONEY:
            self._amount(name)
        for name in UNKEPT_DAYS:
            self._days(name, required=False)
        paid, incurred = self._days("paid_date"), self._days("incurred_from")
        types = self._codes("txn_type", TXN_TYPES)
        stay = {name: self._days(name, required=False) for name in STAY}
        begun, ended = stay.values()
        wrong = (_SIGNS[types] * amount) < 0
        if wrong.any() or (incurred > paid).any() or ((begun > ended) & (ended != 0)).any():
            raise NotPlainError
        count = self.block.count
        columns: dict[str, Column | None] = {
            "claim_id": texts["claim_id"],
            "claim_line": self._numbers("claim_line", _whole),
            "txn_type": types,
            "row_id": texts["row_id"],
            "member": members[0],
            "family": members[1],
            "relationship": self._codes("relationship", RELATIONSHIPS),
            "coverage": self._codes("coverage", COVERAGES),
            "division": texts["division"],
            "incurred_on": incurred,
            "paid_on": paid,
            "booked_on": paid,
            "amount": amount,
            "eligible": amount,
            "method": self._codes("payment_method", METHODS),
            "payment_ref": texts["payment_ref"],
            "payer_trace": texts["payer_trace_id"],
            "payee": self._codes("payee_kind", PAYEES),
            "source_line": np.arange(self.block.first_line, self.block.first_line + count, dtype=np.int32),
            **{name: part for name, part in parts.items() if part.any()},
            **{STAY[name]: days for name, days in stay.items() if days.any()},
        }
        for name in ("specific_eligible", "aggregate_eligible"):
            columns[name] = (self._codes(name, YES_NO) != 2).astype(np.int8)
        if parts["interest"].any() or parts["surcharge"].any():
            columns["eligible"] = amount - parts["interest"] - parts["surcharge"]
        references, methods = columns["payment_ref"], columns["method"]
        unnamed = np.ones(count, dtype=bool)
        if references is not None:
            unnamed = references.view("<u8")[:: references.itemsize // 8] == 0
        return Picked(
            lines=Lines({name: _closed(column) for name, column in columns.items() if column is not None}, count),
            plans=plans,
            plan_of=plan_of,
            read=count,
            total=int(amount.sum(dtype=np.int64)),
            billed=int(parts["billed"].sum(dtype=np.int64)),
            currencies=self._currencies(),
            without_reference=int((unnamed & (methods != METHODS.index("NON"))).sum()),
        )

    def _given(self, name: str) -> byte_cells.Cells | None:
        """The cells of a target column, trimmed as the mapping says; nothing when it does not come from the file."""
        if name in self._cells:
            return self._cells[name]
        rule = self.mapping.columns.get(name)
        if rule is None:
            return None
        (source,) = rule.sources
        made = byte_cells.Cells(self.block.data, self.block.starts[source], self.block.sizes[source])
        made = made.without_spaces() if self.mapping.pad else made
        made = made.without_zeros() if rule.strip_zeros else made
        self._cells[name] = made
        return made

    def _raw(self, name: str) -> Column | None:
        """The cells of a column as text of fixed width, before any translation."""
        if name not in self._texts:
            if (cells := self._given(name)) is None:
                return None
            if (texts := cells.texts()) is None:
                raise NotPlainError
            self._texts[name] = texts
        return self._texts[name]

    def _different(self, name: str) -> tuple[list[str], Places] | None:
        """The different values of a column, translated, and the place of each row among them."""
        if name in self._distinct:
            return self._distinct[name]
        if (default := self.mapping.defaults.get(name)) is not None:
            return [default], np.zeros(self.block.count, dtype=np.int64)
        if (texts := self._raw(name)) is None:
            return None
        if (found := distinct(texts)) is None:
            raise NotPlainError
        values, places = found
        known = self.mapping.columns[name].values
        if known is not None:
            if any(value not in known for value in values):
                raise NotPlainError
            values = [known[value] for value in values]
        self._distinct[name] = values, places
        return values, places

    def _translates(self, name: str) -> bool:
        rule = self.mapping.columns.get(name)
        return rule is None or rule.values is not None

    def _text(self, name: str) -> Column | None:
        if not self._translates(name):
            return self._raw(name)
        return None if (found := self._different(name)) is None else _spread(*found)

    def _plans(self) -> tuple[list[str], Places]:
        found = self._different("plan_id")
        if found is None:
            return [self.rows.default_plan], np.zeros(self.block.count, dtype=np.int64)
        values, places = found
        values = [value or self.rows.default_plan for value in values]
        if not all(values):
            raise NotPlainError
        return values, places

    def _members(self, name: str, plans: list[str], plan_of: Places) -> Column | None:
        """Member ids, or their pseudonyms where the mapping or the caller asks for them."""
        rule = self.mapping.columns.get(name)
        if not self.rows.names.asked(rule is not None and rule.pseudonymise):
            return self._text(name)
        values, places = self._different(name) or ([""], np.zeros(self.block.count, dtype=np.int64))
        pairs, pair_of = np.unique(plan_of * len(values) + places, return_inverse=True)
        people = [(plans[pair // len(values)], values[pair % len(values)]) for pair in pairs.tolist()]
        named = self.rows.names.of(people)
        self._distinct[name] = named, pair_of
        self._pseudonymised.add(name)
        self._texts.pop(name, None)
        return _spread(named, pair_of)

    def _check_ids(self, name: str) -> None:
        """Present, not too long, none that looks like personal data; control characters are not plain."""
        limit = 20 if name == "note_code" else byte_cells.WIDEST
        cells = self._given(name)
        if name in self._texts and cells is not None and not self._translates(name):
            if name in _NEEDED and not (name == "plan_id" and self.rows.default_plan) and not cells.sizes.all():
                raise NotPlainError
            if int(cells.sizes.max()) > limit:
                raise NotPlainError
            if name in ("member_key", "subscriber_key") and _nine_digits(self._texts[name], cells.sizes):
                raise NotPlainError
            if may_hold(self._texts[name], name):
                raise NotPlainError
            return
        found = self._different(name)
        if name in self._pseudonymised:
            if found and "" in found[0]:
                raise NotPlainError
            return  # a pseudonym of the vault is in order
        for value in found[0] if found else ():
            secret = name in ("member_key", "subscriber_key")
            if (name in _NEEDED and not value) or len(value) > limit or not value.isprintable() or (
                suspects((value,), name) or (secret and re.fullmatch("[0-9]{9}", value))
            ):  # fmt: skip
                raise NotPlainError

    def _amount(self, name: str, *, required: bool = False) -> Column:
        """Minor units."""
        cells = self._given(name)
        if cells is None and name not in self.mapping.defaults and not required:
            return np.zeros(1, dtype=np.int8)
        if cells is None or self._translates(name) or not self.mapping.money.plain:
            raise NotPlainError
        made = cells.amounts()
        if made is None or (required and not cells.sizes.all()):
            raise NotPlainError
        return made.astype(np.int32) if int(made.min()) > -(1 << 31) and int(made.max()) < 1 << 31 else made

    def _numbers(self, name: str, read: Callable[[str], int]) -> Column | None:
        if (found := self._different(name)) is None:
            return None
        return self.rows.numbers(name, found[0], read)[found[1]]

    def _days(self, name: str, *, required: bool = True) -> Column:
        """Day numbers."""
        rule = self.mapping.dates

        def day(value: str) -> int:
            if not required and value.strip() in rule.empty:
                return 0
            try:
                return day_of_cell(value, rule)
            except CellError:
                raise NotPlainError from None

        made = self._numbers(name, day)
        return np.zeros(1, dtype=np.int32) if made is None else made

    def _codes(self, name: str, words: Sequence[str]) -> Column:
        """The places of words in a list of words."""
        rule = self.mapping.columns.get(name)
        known = dict(zip(words, words, strict=True)) if rule is None or rule.values is None else rule.values
        if rule is not None and len(known) <= _FEW and (texts := self._raw(name)) is not None and texts.itemsize == 8:
            codes = {text: words.index(word) for text, word in known.items() if word in words}
            if (made := byte_cells.coded(texts, codes)) is None:
                raise NotPlainError
            return made
        if (found := self._different(name)) is None:
            return np.zeros(self.block.count, dtype=np.int8)
        if any(value not in words for value in found[0]):
            raise NotPlainError
        return np.array([words.index(value) for value in found[0]], dtype=np.int8)[found[1]]

    def _currencies(self) -> frozenset[str]:
        found = self._different("currency")
        return frozenset(value or "USD" for value in found[0]) if found else frozenset(("USD",))


def _whole(value: str) -> int:
    if not _WHOLE.fullmatch(value):
        raise NotPlainError
    return int(value or "0")


def _spread(values: list[str], places: Places) -> Column:
    """Texts at the places of the rows, in words of eight bytes."""
    encoded = [value.encode() for value in values]
    width = max(8, -(-max(map(len, encoded)) // 8) * 8)
    return np.array(encoded, dtype=f"S{width}")[places]


def _nine_digits(texts: Column, sizes: Spans) -> bool:
    """Whether some text is nine digits and nothing else."""
    if not (alike := sizes == 9).any():
        return False
    cells = texts[alike].view(np.uint8).reshape(int(alike.sum()), -1)[:, :9]
    return bool(((cells >= 48) & (cells <= 57)).all(axis=1).any())


def _closed(column: Column) -> Column:
    column.flags.writeable = False
    return column
