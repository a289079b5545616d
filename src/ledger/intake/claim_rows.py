"""Chunks of rows of a paid-claims file turned into lines, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dict

import numpy as np

from ledger.intake.byte_cells import Block
from ledger.intake.byte_rows import ByteRows
from ledger.intake.cells import CellError, Cells, amount_of, texts
from ledger.intake.mapping import Mapping, Rule
from ledger.intake.members import Names
from ledger.intake.picked import BACKWARD, FORWARD, IDS, MORE_IDS, STAY, UNKEPT_DAYS, UNKEPT_MONEY, YES_NO, Picked
from ledger.intake.pseudonyms import Pseudonyms
from ledger.intake.table import CHUNK, Chunk
from ledger.lines import COVERAGES, METHODS, PAYEES, RELATIONSHIPS, TXN_TYPES, Column, Lines
from ledger.problems import Problem


class Rows:
    """Turns rows into lines under one mapping; problems gather over the file.

    Blocks of bytes are read by whole columns. Only rows among which something is wrong or unusual become text.
    """

    def __init__(
        self,
        mapping: Mapping,
        default_plan: str,
        keys: Names | None,
        pseudonymise: bool,
        show_values: bool,
    ) -> None:
        self.mapping = mapping
        self.problems: list[Problem] = []
        self._default_plan = default_plan
        self._show = show_values
        self._names = Pseudonyms(keys, pseudonymise)
        self._by_bytes = ByteRows(mapping, default_plan, self._names)

    def read(self, rows: Block | Chunk) -> Iterator[Picked]:
        """The lines of some rows."""
        if isinstance(rows, Chunk):
            yield self._explained(rows)
        elif (picked := self._by_bytes.read(rows)) is not None:
            yield picked
        elif rows.count > CHUNK:
            for part in rows.parts(CHUNK):
                yield from self.read(part)
        else:
            numbers = np.arange(rows.first_line, rows.first_line + rows.count, dtype=np.int64)
            yield self._explained(Chunk(rows.columns(), numbers))

    def _explained(self, chunk: Chunk) -> Picked:
        """The lines of one chunk, and a problem for everything wrong in it."""
        read, not_ours, cents_not_ours = len(chunk.numbers), 0, 0
        if self.mapping.where:
            chunk, not_ours, cents_not_ours = self._ours(chunk)
        cells = Cells(chunk.numbers, self.problems, self._show)
        count = len(chunk.numbers)
        if not count:
            nothing = np.zeros(0, dtype=np.int64)
            return Picked(
                Lines({}, 0), [], nothing, read, cents_not_ours, not_ours=not_ours, cents_not_ours=cents_not_ours
            )
        got = {
            name: self._values(cells, chunk, name, count) for name in (*self.mapping.columns, *self.mapping.defaults)
        }
        plans = got.get("plan_id") or (self._default_plan,) * count
        if "plan_id" in got and self._default_plan:
            plans = tuple(plan or self._default_plan for plan in plans)
        got["plan_id"] = plans
        self._name_members(got)
        for name in (*IDS, *MORE_IDS):
            if name in got:
                needed = name in ("plan_id", "claim_id", "member_key", "subscriber_key")
                cells.ids(name, got[name], needed, 20 if name == "note_code" else 80)
        columns, readable = self._columns(cells, got, count)
        self._check(cells, got, columns)
        good = ~cells.bad
        reference = (columns["payment_ref"] == b"") & (columns["method"] != METHODS.index("NON")) & good
        total = int(columns["amount"].sum()) + cents_not_ours
        lines = Lines(columns, count)
        places = {plan: place for place, plan in enumerate(sorted(set(plans)))}
        plan_of = np.fromiter(map(places.__getitem__, plans), dtype=np.int64, count=count)
        if not good.all():
            lines, plan_of = lines.take(good), plan_of[good]
        unread = count - int(readable.sum())
        return Picked(
            lines,
            list(places),
            plan_of,
            read,
            total,
            int(columns["billed"].sum()),
            unread,
            not_ours,
            cents_not_ours,
            frozenset(value or "USD" for value in set(got.get("currency", ("USD",)))),
            int(reference.sum()),
        )

    def _ours(self, chunk: Chunk) -> tuple[Chunk, int, int]:
        mask = np.ones(len(chunk.numbers), dtype=bool)
        for name, wanted in self.mapping.where.items():
            mask &= np.array([value in wanted for value in chunk.columns[name]], dtype=bool)
        rule = self.mapping.columns.get("plan_paid")
        source = rule.sources[0] if rule and rule.sources else ""
        left = 0
        for value, mine in zip(chunk.columns.get(source, ()), mask.tolist(), strict=False):
            if not mine and value.strip():
                try:
                    left += amount_of(value, self.mapping.money)
                except CellError:
                    continue
        keep = mask.tolist()
        columns = {
            name: tuple(value for value, mine in zip(values, keep, strict=True) if mine)
            for name, values in chunk.columns.items()
        }
        return Chunk(columns, chunk.numbers[mask]), int((~mask).sum()), left

    def _values(self, cells: Cells, chunk: Chunk, name: str, count: int) -> tuple[str, ...]:
        rule = self.mapping.columns.get(name)
        if rule is None:
            return (self.mapping.defaults[name],) * count
        made = _joined(rule, [chunk.columns[source] for source in rule.sources])
        if self.mapping.pad:
            made = tuple([value.strip(" ") for value in made])
        if rule.strip_zeros:
            made = tuple([value.lstrip("0") or value[-1:] for value in made])
        if rule.values is not None:
            made = self._translated(cells, name, made, rule.values)
        return made

    def _translated(self, cells: Cells, name: str, values: tuple[str, ...], known: Dict[str, str]) -> tuple[str, ...]:
        if not set(values) <= set(known):
            for row, value in enumerate(values):
                if value not in known:
                    cells.note(row, name, "COD002", "is not among the values of the mapping; add it there", value)
        return tuple([known.get(value, "") for value in values])

    def _name_members(self, got: dict[str, tuple[str, ...]]) -> None:
        for name in ("member_key", "subscriber_key"):
            rule = self.mapping.columns.get(name)
            if self._names.asked(rule is not None and rule.pseudonymise):
                got[name] = tuple(self._names.of(list(zip(got["plan_id"], got[name], strict=True))))

    def _columns(self, cells: Cells, got: dict[str, tuple[str, ...]], count: int) -> tuple[dict[str, Column], Column]:
        money, dates = self.mapping.money, self.mapping.dates
        nothing = np.zeros(count, dtype=np.int64)
        amount, readable = cells.amounts("plan_paid", got["plan_paid"], money, True)
        parts = {
            name: cells.amounts(name, got[name], money, False)[0] if name in got else nothing
            for name in ("interest", "surcharge", "billed", *UNKEPT_MONEY)
        }
        for name in UNKEPT_DAYS:
            if name in got:
                cells.days(name, got[name], dates, False)
        paid = cells.days("paid_date", got["paid_date"], dates, True)
        columns = {
            "claim_id": texts(got["claim_id"]),
            "claim_line": cells.whole("claim_line", got.get("claim_line", ())),
            "txn_type": cells.codes("txn_type", got["txn_type"], TXN_TYPES),
            "row_id": texts(got.get("row_id", ()), count),
            "member": texts(got["member_key"]),
            "family": texts(got["subscriber_key"]),
            "relationship": cells.codes("relationship", got.get("relationship", ()), RELATIONSHIPS),
            "coverage": cells.codes("coverage", got["coverage"], COVERAGES),
            "division": texts(got.get("division", ()), count),
            "incurred_on": cells.days("incurred_from", got["incurred_from"], dates, True),
            "paid_on": paid,
            "booked_on": paid,
            "amount": amount,
            "eligible": amount - parts["interest"] - parts["surcharge"],
            "interest": parts["interest"],
            "surcharge": parts["surcharge"],
            "billed": parts["billed"],
            "method": cells.codes("payment_method", got.get("payment_method", ()), METHODS),
            "payment_ref": texts(got.get("payment_ref", ()), count),
            "payer_trace": texts(got.get("payer_trace_id", ()), count),
            "payee": cells.codes("payee_kind", got.get("payee_kind", ()), PAYEES),
            "source_line": cells.numbers,
            **{STAY[name]: cells.days(name, got[name], dates, False) for name in STAY if name in got},
        }
        for name in ("specific_eligible", "aggregate_eligible"):
            columns[name] = (cells.codes(name, got.get(name, ()), YES_NO) != 2).astype(np.int64)
        return columns, readable

    def _check(self, cells: Cells, got: dict[str, tuple[str, ...]], columns: dict[str, Column]) -> None:
        kinds, amounts = columns["txn_type"], columns["amount"]
        for row in np.flatnonzero(np.isin(kinds, BACKWARD) & (amounts > 0)).tolist():
            word = TXN_TYPES[kinds[row]]
            reason = f"is positive, but a {word} carries a negative amount or zero; correct its sign or its txn_type"
            cells.note(row, "plan_paid", "AMT007", reason, got["plan_paid"][row])
        for row in np.flatnonzero(np.isin(kinds, FORWARD) & (amounts < 0)).tolist():
            word = TXN_TYPES[kinds[row]]
            reason = (
                f"is negative, but a {word} carries a positive amount or zero; send it as VOID, REFUND or ADJUSTMENT"
            )
            cells.note(row, "plan_paid", "AMT007", reason, got["plan_paid"][row])
        early = (columns["incurred_on"] > columns["paid_on"]) & ~cells.bad
        for row in np.flatnonzero(early).tolist():
            reason = "is before the date of service (incurred_from); correct one of the two dates"
            cells.note(row, "paid_date", "DAT005", reason, got["paid_date"][row])
        if "admitted_on" in columns and "discharged_on" in columns:
            begun, ended = columns["admitted_on"], columns["discharged_on"]
            for row in np.flatnonzero((begun > ended) & (ended != 0) & ~cells.bad).tolist():
                reason = "is before the admission (admission_date); correct one of the two dates"
                cells.note(row, "discharge_date", "DAT005", reason, got["discharge_date"][row])


def _joined(rule: Rule, columns: list[tuple[str, ...]]) -> tuple[str, ...]:
    if len(columns) == 1:
        return columns[0]
    if rule.first:
        return tuple([next((v for v in values if v.strip()), "") for values in zip(*columns, strict=True)])
    return tuple(["-".join(v.strip() for v in values) for values in zip(*columns, strict=True)])
