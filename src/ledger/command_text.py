"""A command as text: the canonical JSON that a proposed change holds, and the command read back from it.

The names under which commands are written are for ever, like the topics of events; a command of a name that is not
known any more cannot be approved and is proposed again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from pydantic import TypeAdapter, ValidationError

from ledger import commands as cmd
from ledger.codec import canonical, strict_json

NAMES: Mapping[str, type[cmd.Command]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower(): kind for kind in get_args(cmd.Command)
}
_ADAPTERS: dict[type[cmd.Command], TypeAdapter[Any]] = {}
_NAME_OF = {kind: name for name, kind in NAMES.items()}


class UnreadableCommand(ValueError):
    """The text is not a command of this version of claimfund."""


def name_of(command: cmd.Command) -> str:
    """The name under which a command is written, such as ``post-settlement``."""
    return _NAME_OF[type(command)]


def spelled(command: cmd.Command) -> str:
    """The one spelling of a command. Raises ``ValueError`` for one that would not be read back the same."""
    fields = _adapter(type(command)).dump_python(command, mode="json")
    text = canonical({"change": name_of(command), "fields": fields}).decode()
    read(text)
    return text


def read(text: str) -> cmd.Command:
    """The command in a text. Raises ``UnreadableCommand``."""
    try:
        parts = strict_json(text.encode())
        kind = NAMES[parts["change"]]
        found = _adapter(kind).validate_json(canonical(parts["fields"]), strict=True)
    except (ValidationError, ValueError, LookupError, TypeError) as problem:
        raise UnreadableCommand(f"the text is not a command ({type(problem).__name__})") from None
    return cast(cmd.Command, found)


def sha256_of(text: str) -> str:
    """The hash that an approval names."""
    return hashlib.sha256(text.encode()).hexdigest()


def _adapter(kind: type[cmd.Command]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
