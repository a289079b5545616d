"""Files that are written whole or not at all: a full disk or an interruption leaves what was there as it was."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_new(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file that is not there yet; nothing is left on failure."""
    with path.open("xb") as file:
        try:
            file.writelines(parts)
            file.flush()
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise


def write_over(path: Path, data: bytes) -> None:
    """Write a file in place of the one that is there, which stays on failure; a device is written as it is."""
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        write_new(beside, [data])
        beside.replace(target)
    except BaseException as problem:
        with suppress(OSError):
            beside.unlink()
        if isinstance(problem, OSError):
            problem.filename, problem.filename2 = str(path), None
        raise
