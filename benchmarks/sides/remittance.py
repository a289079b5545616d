"""Reading an 835 with the library that others would use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Work = Callable[[], dict[str, Any]]


def parse(file: str) -> Work:
    """``oxedi`` parses the file and nothing more."""
    import oxedi

    def work() -> dict[str, Any]:
        found = oxedi.parse_file(file)
        return {"parsed": str(type(found).__name__)}

    return work
