"""Yesterday's spelling of an event turned into today's, step by step, when read; stored bytes never change.

An upcaster belongs to a kind and the version it starts from. It takes the event's fields as plain JSON values
(of a page: all but its lines) and gives them back in the spelling of the next version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fields = dict[str, Any]
Upcasters = Mapping[tuple[str, int], Callable[[Fields], Fields]]

UPCASTERS: Upcasters = {}


def current_version(kind: str, version: int, table: Upcasters = UPCASTERS) -> int:
    """The version that the upcasters of a kind lead to."""
    while (kind, version) in table:
        version += 1
    return version


def upcast(kind: str, version: int, fields: Fields, table: Upcasters = UPCASTERS) -> Fields:
    """The fields in the newest spelling of the kind. Raises ``ValueError`` when they do not fit."""
    while step := table.get((kind, version)):
        try:
            fields = step(fields)
        except (LookupError, TypeError, AttributeError):
            raise ValueError(f"not the fields of {kind}.v{version}") from None
        version += 1
    return fields
