"""Paid-claims files, the canonical CSV (version 1) or any CSV with a mapping, read into lines for each plan."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from ledger.identity import identified
from ledger.intake.claim_rows import Rows
from ledger.intake.control import compare, line_control, sidecar_control, trailer_control
from ledger.intake.laid_by import LaidBy, Room
from ledger.intake.mapping import REQUIRED, Mapping, canonical
from ledger.intake.members import Names
from ledger.intake.picked import Picked
from ledger.intake.reading import Bytes, Control, Document, Reading, Source, fatal, look, refused, source_of
from ledger.intake.sealing import Sealing, left_readable
from ledger.intake.table import Table, form_problem
from ledger.lines import Lines
from ledger.problems import Problem

KIND = "claims-csv"


def read_claims(
    path: Path,
    *,
    mapping: Mapping | None = None,
    default_plan: str = "",
    keys: Names | None = None,
    pseudonymise: bool = False,
    sealing: Sealing | None = None,
    expect_rows: int | None = None,
    expect_total: int | None = None,
    show_values: bool = False,
    seen: Bytes | None = None,
) -> Reading:
    """Read a whole file and report everything wrong with it at once.

    Nothing is guessed and nothing is dropped unseen. ``show_values`` puts values into sentences: terminal only.
    ``sealing`` seals claims whose members are pseudonymised. ``seen`` is the first pass over the file when it was made
    already.
    """
    named = (mapping.name, mapping.sha256) if mapping else ("", "")
    looked = seen or look(path)
    source = source_of(path, looked, KIND, mapping=named)
    if not isinstance(looked, Bytes):
        return refused(source, looked)
    if broken := form_problem(looked, mapping.encoding if mapping else "utf-8-sig"):
        return refused(source, broken)
    table = _open(path, mapping)
    try:
        used = mapping or canonical(table.header)
        if not table.header:
            return refused(source, *table.problems)
        problems = _column_problems(table.header, used, default_plan)
        needs_keys = pseudonymise or any(rule.pseudonymise for rule in used.columns.values())
        if needs_keys and keys is None:
            problems.append(
                fatal(
                    "MEM001",
                    "Member ids are to be pseudonymised, but there is no member key; name a key file.",
                )
            )
        if problems or table.problems:
            return refused(source, *table.problems, *problems)
        stated = _Expected(expect_rows, expect_total)
        rows = Rows(used, default_plan, keys, pseudonymise, show_values)
        own = used.columns.get("member_key")
        sealed = keys is not None and (pseudonymise or (own is not None and own.pseudonymise))
        return _read(path, source, table, rows, stated, sealing if sealed else None)
    finally:
        table.close()


def _open(path: Path, mapping: Mapping | None) -> Table:
    if mapping is None:
        return Table(path)
    return Table(
        path,
        encoding=mapping.encoding,
        delimiter=mapping.delimiter,
        header=mapping.header,
        skip_rows=mapping.skip_rows,
        trailer=mapping.trailer.match if mapping.trailer else "",
    )


class _Expected:
    """Totals given by hand."""

    def __init__(self, rows: int | None, total: int | None) -> None:
        self.control = None if rows is None and total is None else Control(rows, total, None, "expected by you")


class _Counted:
    """What was counted over all rows of a file."""

    def __init__(self) -> None:
        self.read = self.total = self.billed = self.unread = 0
        self.not_ours = self.cents_not_ours = self.without_reference = 0
        self.currencies: set[str] = set()

    def add(self, part: Picked) -> None:
        """Count some rows."""
        self.read += part.read
        self.total += part.total
        self.billed += part.billed
        self.unread += part.unread
        self.not_ours += part.not_ours
        self.cents_not_ours += part.cents_not_ours
        self.without_reference += part.without_reference
        self.currencies |= part.currencies


def _read(
    path: Path, source: Source, table: Table, rows: Rows, expected: _Expected, sealing: Sealing | None
) -> Reading:
    count, room, by_plan = _Counted(), Room(), dict[str, LaidBy]()
    for chunk in table.parts():
        for part in rows.read(chunk):
            count.add(part)
            for plan, lines in part.by_plan():
                if plan not in by_plan:
                    seal = sealing.of(plan) if sealing is not None else None
                    by_plan[plan] = LaidBy(room, seal.lines if seal is not None else None)
                by_plan[plan].add(lines)
    problems = [*table.problems, *rows.problems]
    documents = _documents(source, by_plan, problems)
    read, unread = count.read + table.ragged, count.unread + table.ragged
    control = _stated(path, table, rows.mapping, problems)
    if control is not None and rows.mapping.where:
        control = replace(control, billed=None)  # what was billed on rows that are not ours is not read
    for one in (control, expected.control):
        if one is not None:
            problems.extend(compare(one, read, count.total, count.billed, unread))
    currencies = sorted(count.currencies)
    if len(currencies) > 1:
        sentence = f"The file holds {len(currencies)} currencies; a file holds one, so split it."
        problems.append(fatal("CUR001", sentence, column="currency"))
    if not read:
        problems.append(Problem("file", 0, "", "FIL004", "The file has a header and no rows.", "warning"))
    if count.without_reference:
        sentence = f"{count.without_reference} payments have no payment_ref, so they cannot be matched with the bank."
        problems.append(Problem("file", 0, "payment_ref", "REF001", sentence, "warning"))
    if sealing is not None:
        problems.extend(left_readable(plan) for plan in sorted(sealing.readable & {one.plan for one in documents}))
    kept = sum(len(document.lines) for document in documents)
    ours = sum(document.lines.total() for document in documents)
    return Reading(
        source=source,
        documents=documents,
        problems=tuple(sorted(problems, key=lambda problem: problem.number)),
        rows_read=read,
        rows_not_ours=count.not_ours,
        cents_not_ours=count.cents_not_ours,
        rows_bad=read - kept - count.not_ours,
        cents_bad=count.total - ours - count.cents_not_ours,
        control=control or expected.control,
        envelopes=(),
        currency=currencies[0] if len(currencies) == 1 else "",
    )


def _stated(path: Path, table: Table, mapping: Mapping, problems: list[Problem]) -> Control | None:
    if table.control is not None and mapping.trailer is not None:
        return trailer_control(table.control, mapping.trailer, mapping.money, table.control_line, problems)
    if table.control is not None:
        return line_control(table.control, table.control_line, problems)
    if mapping.trailer is not None:
        sentence = "The mapping expects a trailer line with control totals, and the file has none; it may be cut off."
        problems.append(fatal("CTL004", sentence))
    return sidecar_control(path, problems)


def _documents(source: Source, by_plan: dict[str, LaidBy], problems: list[Problem]) -> tuple[Document, ...]:
    """Lines by plan, with occurrence and identity filled in; a row_id that comes twice makes its later rows bad."""
    documents = []
    for plan in sorted(by_plan):
        mine = identified(by_plan.pop(plan).lines())
        again = (mine["row_id"] != b"") & (mine["occurrence"] > 1)
        if again.any():
            for number in mine["source_line"][again].tolist():
                sentence = "row_id is that of an earlier row of this file; each row needs its own."
                problems.append(Problem(f"line {number}", number, "row_id", "IDS004", sentence, "row"))
            mine = mine.take(~again)
        documents.append(_document(plan, source, mine))
    return tuple(documents)


def _document(plan: str, source: Source, lines: Lines) -> Document:
    return Document(plan, source.sha256[:16], lines, (), lines.total())


def _column_problems(header: tuple[str, ...], mapping: Mapping, default_plan: str) -> list[Problem]:
    """Columns that are missing or that nobody knows what to do with."""
    found: list[Problem] = []
    used = {name for rule in mapping.columns.values() for name in rule.sources} | set(mapping.where)
    own = "" if mapping.name or mapping.sha256 else " of the canonical form"
    for name in header:
        ignored = any(fnmatchcase(name, pattern) for pattern in mapping.ignored)
        if name not in used and not ignored:
            remedy = (
                "map it, or list it in ignore.columns"
                if not own
                else "remove it, or import with a mapping that ignores it"
            )
            sentence = f"The column {name!r} is not a column{own or ' of the mapping'}; {remedy}."
            found.append(_header_problem("COL001", name, sentence))
        elif name in used and ignored:
            found.append(_header_problem("COL003", name, f"The column {name!r} is both used and ignored; choose one."))
    missing = sorted(used - set(header)) if not own else []
    for name in REQUIRED:
        given = name in mapping.columns or name in mapping.defaults or (name == "plan_id" and default_plan)
        if not given:
            missing.append(name)
    for name in missing:
        sentence = f"The column {name!r} is missing; add it to the file{' or correct the mapping' if not own else ''}."
        if name == "plan_id":
            sentence = "The column 'plan_id' is missing; add it, or say which plan the file is for."
        found.append(_header_problem("COL002", name, sentence))
    return found


def _header_problem(code: str, name: str, sentence: str) -> Problem:
    return replace(fatal(code, sentence, where="header"), column=name[:40])
