"""Reading an exported log back into a new ledger file: verified first, from end to end, then recorded at once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from claimfund.errors import DAMAGED, Failed
from claimfund.evidence.verify_claimfund_log import Bad, verify_log
from ledger.checkpoint import VerifyingKey
from ledger.ports import Appended, Record
from ledger.stores.restoring import Part, restore_sqlite


def import_log(log: Path, target: Path, vkey: str | None = None) -> int:
    """The number of events recorded in the new ledger. ``vkey`` is the key kept elsewhere, else the log's own."""
    try:
        with log.open("rb") as lines:
            key = vkey or _named_key(lines.readline())
            lines.seek(0)
            verify_log(lines, key)
    except Bad as bad:
        where = f", event {bad.position}" if bad.position else ""
        raise Failed(
            f"{log}, line {bad.line}{where}: {bad} Nothing was recorded.",
            "Export the log again, or take an earlier copy of it.",
            code=DAMAGED,
        ) from None
    return restore_sqlite(target, VerifyingKey.from_text(key), _parts(log))


def _named_key(line: bytes) -> str:
    try:
        return str(json.loads(line)["vkey"])
    except (ValueError, KeyError, TypeError):
        raise Bad("This is not an exported log.", 0, 1) from None


def _parts(log: Path) -> Iterator[Part]:
    first = last = 0
    with log.open("rb") as lines:
        for line in lines:
            fields = json.loads(line)
            if "position" in fields:
                last = fields["position"]
                del fields["leaf"]
                yield Record(**{**fields, "state": base64.b64decode(fields["state"])})
            elif "command" in fields:
                yield fields["command"], base64.b64decode(fields["digest"]), Appended(first + 1, last)
                first = last
            elif "checkpoint" in fields:
                yield str(fields["checkpoint"])
