"""Mapping files: how a sender's columns become the columns of a claims register.

They are strict: an unknown key is a mistake, and every mistake is named.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import tomllib
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.intake.cells import DateRule, MoneyRule
from ledger.intake.keyed import TomlReader
from ledger.refusals import Refusal

REQUIRED = (
    "plan_id",
    "claim_id",
    "txn_type",
    "coverage",
    "member_key",
    "subscriber_key",
    "incurred_from",
    "paid_date",
    "plan_paid",
)
OPTIONAL = (
    *(
        "row_id",
        "division",
        "funding_account",
        "claim_line",
        "original_claim_id",
        "relationship",
        "incurred_to",
    ),
    *(
        "received_date",
        "processed_date",
        "payment_method",
        "payment_ref",
        "payer_trace_id",
        "payee_kind",
        "billed",
    ),
    *("allowed", "cob", "member_resp", "interest", "surcharge", "currency", "specific_eligible"),
    *("aggregate_eligible", "note_code", "admission_date", "discharge_date"),
)
TARGETS = REQUIRED + OPTIONAL
_KEPT_TEXTS = frozenset((
    "plan_id", "claim_id", "row_id", "division", "funding_account", "original_claim_id", "payment_ref",
    "payer_trace_id", "note_code",
))  # fmt: skip
_PERSONAL = re.compile(
    r"(?i)(?:^|[^a-z])(?:ssn|social|dob|birth\w*|diag\w*|icd\w*|dx\d*|npi|address|addr|street|phone|e-?mail"
    r"|(?:patient|member|first|last|middle|provider|subscriber)[ _-]?name)(?:[^a-z]|$)"
)
NEGATIVES = ("-123.45", "123.45-", "(123.45)")


class MappingUnusable(Refusal):
    """A mapping file with mistakes; ``problems`` names each with its key."""

    code = "mapping-unusable"

    def __init__(self, name: str, problems: list[str]) -> None:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        super().__init__(f"The mapping {name} has {count}: " + " ".join(problems), "Correct the mapping file.")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one target column comes from: source columns joined with ``-`` (or the first that is not empty)."""

    sources: tuple[str, ...]
    values: Dict[str, str] | None = None
    strip_zeros: bool = False
    pseudonymise: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Trailer:
    """A last line of control totals: its pattern, and the numbers (from 1) of the fields that hold them."""

    match: str
    rows: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping as read, with the digest of its bytes."""

    name: str
    sha256: str
    columns: Dict[str, Rule]
    defaults: Dict[str, str]
    where: Dict[str, frozenset[str]]
    ignored: tuple[str, ...]
    money: MoneyRule
    dates: DateRule
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    header: bool = True
    skip_rows: int = 0
    trailer: Trailer | None = None
    pad: bool = True


def canonical(header: tuple[str, ...]) -> Mapping:
    """The mapping of a file that is in the canonical form already."""
    columns = {name: Rule((name,)) for name in header if name in TARGETS}
    return Mapping("", "", columns, {}, {}, (), MoneyRule(), DateRule(), pad=False)


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises ``MappingUnusable`` with all its problems."""
    try:
        data = path.read_bytes()
        document = tomllib.loads(data.decode("utf-8-sig"))
    except OSError as problem:
        raise MappingUnusable(path.name, [f"it cannot be read ({problem.strerror})."]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise MappingUnusable(path.name, [f"it is not TOML: {problem}."]) from None
    reader = TomlReader()
    made = _mapping(reader, document, hashlib.sha256(data).hexdigest())
    if reader.problems:
        raise MappingUnusable(path.name, reader.problems)
    return made


def _mapping(reader: TomlReader, document: Dict[str, Any], digest: str) -> Mapping:
    known = ("schema", "name", "input", "defaults", "money", "dates", "columns", "filter", "ignore")
    for name in document:
        if name not in known:
            reader.wrong(name, f"unknown key; known are {', '.join(known)}")
    if document.get("schema") != 1:
        reader.wrong("schema", "must be 1")
    given = reader.table(document, "input", ("kind", "delimiter", "encoding", "header", "skip_rows", "trailer"))
    if given.get("kind", "csv") != "csv":
        reader.wrong("input.kind", 'only "csv" is read; export the sheet as CSV')
    delimiter = reader.typed(given, "input.delimiter", str, ",")
    if len(delimiter) != 1:
        reader.wrong("input.delimiter", "must be one character")
    encoding = reader.typed(given, "input.encoding", str, "utf-8-sig")
    try:
        codecs.lookup(encoding)
    except LookupError:
        reader.wrong("input.encoding", "no such encoding")
    where = reader.table(reader.table(document, "filter", ("where",)), "where")
    columns, defaults = _columns(reader, document)
    ignored = reader.table(document, "ignore", ("columns",))
    return Mapping(
        name=reader.typed(document, "name", str, ""),
        sha256=digest,
        columns=columns,
        defaults=defaults,
        where={name: frozenset(reader.texts(values, f"filter.where.{name}")) for name, values in where.items()},
        ignored=reader.texts(ignored.get("columns", []), "ignore.columns"),
        money=_money(reader, document),
        dates=_dates(reader, document),
        delimiter=delimiter,
        encoding=encoding,
        header=reader.typed(given, "input.header", bool, True),
        skip_rows=reader.typed(given, "input.skip_rows", int, 0),
        trailer=_trailer(reader, given),
    )


def _columns(reader: TomlReader, document: Dict[str, Any]) -> tuple[dict[str, Rule], dict[str, str]]:
    columns: dict[str, Rule] = {}
    for target, value in reader.table(document, "columns", TARGETS).items():
        columns[target] = _rule(reader, f"columns.{target}", value)
        for source in columns[target].sources if target in _KEPT_TEXTS else ():
            if _PERSONAL.search(source):
                reader.wrong(
                    f"columns.{target}", f"takes {source!r}, which names personal data; list it in ignore.columns"
                )
    defaults = {
        name: reader.typed({name: v}, name, str, "") for name, v in reader.table(document, "defaults", TARGETS).items()
    }
    for name in defaults:
        if name in columns:
            reader.wrong(f"defaults.{name}", f"is also in columns.{name}; keep one of them")
    for name in REQUIRED:
        if name not in columns and name not in defaults and name != "plan_id":
            reader.wrong(f"columns.{name}", "is missing; map a column to it or give it a default")
    return columns, defaults


def _rule(reader: TomlReader, path: str, value: Any) -> Rule:
    if isinstance(value, str):
        return Rule((value,))
    if not isinstance(value, dict):
        reader.wrong(path, 'must be a column name or a table such as { from = "CHECK NO" }')
        return Rule(())
    for name in value:
        if name not in ("from", "values", "strip", "pseudonymise", "pick"):
            reader.wrong(f"{path}.{name}", "unknown key; known are from, values, strip, pseudonymise, pick")
    values = value.get("values")
    if values is not None and not (isinstance(values, dict) and all(isinstance(v, str) for v in values.values())):
        reader.wrong(f"{path}.values", "must be a table of texts")
        values = None
    if "from" not in value:
        reader.wrong(f"{path}.from", "is missing; name the source column")
    reader.word(value, f"{path}.strip", ("0-left",))
    return Rule(
        reader.texts(value.get("from", []), f"{path}.from"),
        values,
        "strip" in value,
        reader.typed(value, f"{path}.pseudonymise", bool, False),
        reader.word(value, f"{path}.pick", ("all", "first")) == "first",
    )


def _money(reader: TomlReader, document: Dict[str, Any]) -> MoneyRule:
    table = reader.table(document, "money", ("unit", "thousands", "negative", "round"))
    negative = reader.texts(table.get("negative", ["-123.45"]), "money.negative")
    if not set(negative) <= set(NEGATIVES):
        reader.wrong("money.negative", f"known forms are {', '.join(NEGATIVES)}")
    return MoneyRule(
        unit=reader.word(table, "money.unit", ("decimal", "cents", "overpunch")),
        thousands=reader.word(table, "money.thousands", ("", ",", " ", "'")),
        trailing="123.45-" in negative,
        parentheses="(123.45)" in negative,
        leading="-123.45" in negative,
        half_even=reader.word(table, "money.round", ("reject", "half_even")) == "half_even",
        lax=True,
    )


def _dates(reader: TomlReader, document: Dict[str, Any]) -> DateRule:
    table = reader.table(document, "dates", ("format", "empty"))
    formats = reader.texts(table.get("format", ["%Y-%m-%d"]), "dates.format")
    for form in formats:
        if "%y" in form:
            reader.wrong("dates.format", f"{form} has a year of two digits, which can mean two centuries; use %Y")
        elif not all(part in form for part in ("%Y", "%d")) or not re.search("%[mbB]", form):
            reader.wrong("dates.format", f"{form} needs %Y, %m and %d")
    return DateRule(formats, reader.texts(table.get("empty", [""]), "dates.empty"))


def _trailer(reader: TomlReader, given: Dict[str, Any]) -> Trailer | None:
    if "trailer" not in given:
        return None
    table = reader.table(given, "trailer", ("match", "rows", "total"))
    match = reader.typed(table, "trailer.match", str, "")
    try:
        re.compile(match)
    except re.error as problem:
        reader.wrong("input.trailer.match", f"is not a pattern ({problem})")
    if not match:
        reader.wrong("input.trailer.match", 'is missing; write a pattern such as "^TRL"')
    return Trailer(match, reader.typed(table, "trailer.rows", int, 0), reader.typed(table, "trailer.total", int, 0))
