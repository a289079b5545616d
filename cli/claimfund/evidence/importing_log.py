"""Reading an exported log into a new ledger: every line is checked as it is read, and recorded only if all hold."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from claimfund.errors import DAMAGED, Failed, Rejected
from claimfund.evidence.verify_claimfund_log import PLAN_FORMAT, Bad, LogCheck, read_vkey
from ledger.checkpoint import VerifyingKey
from ledger.ports import Appended, Record
from ledger.stores.restoring import Part, restore


def import_log(log: Path, target: str, vkey: str | None = None) -> int:
    """The number of events recorded in the new ledger. ``vkey`` is the key kept elsewhere, else the log's own.

    ``target`` is a file path or a ``postgresql://`` address that holds no ledger. Failed (integrity) when a line is
    not what was signed; then nothing is left behind.
    """
    try:
        with log.open("rb") as lines:
            named = named_key(lines)
            if PLAN_FORMAT.encode() in lines.readline():
                raise Rejected(
                    f"{log} is the log of one plan: the events of others are in it by their hashes only, and a ledger "
                    "must be whole.",
                    "Ask for the whole log: claimfund export events. To check a pack: claimfund verify --pack FILE",
                )
            lines.seek(0)
            key = vkey or named
            read_vkey(key)
            return restore(target, VerifyingKey.from_text(key), checked_parts(lines, key))
    except OSError as problem:
        raise Rejected(f"{log} cannot be read.", "Name a file written by: claimfund export events") from problem
    except Bad as bad:
        raise Failed(
            f"{log}{bad.place}: {bad} Nothing was recorded.",
            "Export the log again, or take an earlier copy of it.",
            code=DAMAGED,
        ) from None


def named_key(lines: BinaryIO) -> str:
    """The verifying key that a log names in its first line; ``Bad`` when it names none."""
    try:
        found = str(json.loads(lines.readline())["vkey"])
        VerifyingKey.from_text(found)
    except (ValueError, KeyError, TypeError):
        raise Bad("This is not an exported log.", 0, 1) from None
    lines.seek(0)
    return found


def checked_parts(lines: Iterable[bytes], vkey: str) -> Iterator[Part]:
    """What each line holds, after it was checked; raises ``Bad`` at the first that is not what was signed."""
    check, first = LogCheck(vkey, every_signature=True), 0
    for line in lines:
        check.take(line)
        fields = json.loads(line)
        if "hidden" in fields:
            yield base64.b64decode(fields["leaf"])
        elif "position" in fields:
            del fields["leaf"]
            yield Record(**{**fields, "state": base64.b64decode(fields["state"])})
        elif "command" in fields:
            last = check.tree.size
            yield fields["command"], base64.b64decode(fields["digest"]), Appended(first + 1, last)
            first = last
        elif "checkpoint" in fields:
            yield str(fields["checkpoint"])
    check.end()
