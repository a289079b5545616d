"""The door for personal data: what somebody asks to record is looked through, field by field, before it is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from ledger import commands as cmd
from ledger.lines import Lines
from ledger.personal import ID, PROSE, REFERENCE, TITLE, Forms, looks_like

_FORMS: dict[str, Forms] = {
    **dict.fromkeys(
        ("reason", "note", "what", "recipients", "recipient", "program", "fee_type", "method", "owner"), PROSE
    ),
    **dict.fromkeys(("reference", "bank_reference", "payment_ref", "payer_trace", "division", "row_id"), REFERENCE),
    **dict.fromkeys(("name", "sponsor", "administrator", "carrier", "jurisdiction"), TITLE),
    **dict.fromkeys(("member", "family", "claim_id"), ID),
}
_COLUMNS = ("claim_id", "member", "family", "row_id", "division", "payment_ref", "payer_trace")


def personal_data(command: cmd.Command, *, from_file: bool = False) -> Iterator[tuple[str, str]]:
    """Each field of a command that looks like personal data, with what it looks like; never its value.

    The lines of a file were looked through when it was read.
    """
    yield from looked_through(command)
    if isinstance(command, cmd.RecordExport):
        yield from params_told(command.params)
    for item in () if from_file else fields(command):
        if isinstance(value := getattr(command, item.name), Lines):
            yield from _lines(value)


def looked_through(thing: Any) -> Iterator[tuple[str, str]]:
    """The same of every text that has a name in a command, an event or a part of one; not of columns of lines."""
    names = type(thing).model_fields if isinstance(thing, BaseModel) else (item.name for item in fields(thing))
    for name in names:
        value: Any = getattr(thing, name)
        if isinstance(value, str):
            if name in _FORMS and (what := personal_text(name, value)):
                yield name, what
            continue
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, BaseModel) or is_dataclass(part):
                yield from ((f"{name} {inner}", what) for inner, what in looked_through(part))


def params_told(params: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What a report was asked with, ``name=value`` each: a value is looked through like a reference."""
    for text in params:
        name, _, value = text.partition("=")
        if what := looks_like(value, REFERENCE):
            yield f"params {name}", what


def personal_text(name: str, value: str) -> str:
    """What a text of a field looks like, when no field of that name takes it."""
    return looks_like(value, _FORMS[name])


def _lines(lines: Lines) -> Iterator[tuple[str, str]]:
    for name in _COLUMNS:
        for value in {bytes(cell).decode() for cell in lines[name].tolist()}:
            if what := personal_text(name, value):
                yield name, what
