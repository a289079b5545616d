"""Settings from ``claimfund.toml``: the nearest one upwards, then the user's own."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from claimfund.errors import Rejected


def defaults() -> dict[str, Any]:
    """What the settings files say; the nearer file wins."""
    home = Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser() / "claimfund" / "config.toml"
    merged: dict[str, Any] = {}
    for path in (home, _nearest()):
        if path is not None and path.is_file():
            merged.update(_read(path))
    return merged


def _nearest() -> Path | None:
    here = Path.cwd()
    return next((found for folder in (here, *here.parents) if (found := folder / "claimfund.toml").is_file()), None)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            read = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Rejected(f"{path} cannot be read: {problem}.", "Correct it or move it away.") from None
    ledger = read.get("ledger")
    if isinstance(ledger, str) and "://" not in ledger:
        read["ledger"] = str(path.parent / ledger)
    return read
