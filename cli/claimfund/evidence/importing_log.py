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
from ledger.refusals import LedgerDamaged
from ledger.stores.restoring import Part, restore
from ledger.taken_over import personal_data_of

SHOWN = 20
"""Findings of personal data that are told one by one."""


class PersonalDataFound(Rejected):
    """Events of the log hold what looks like personal data; told are event, field and form, never the value."""

    def __init__(self, log: Path, found: list[str]) -> None:
        super().__init__(
            f"{log} holds what looks like personal data, and nothing was recorded.",
            "Ask for a log without it. What was signed cannot be changed here; to take it as it is, and answer for "
            "it, add: --accept-personal-data REASON",
            told(found),
        )


def told(found: list[str]) -> list[str]:
    """The first findings, and how many more there are."""
    return found[:SHOWN] + ([f"and {len(found) - SHOWN:,} more"] if len(found) > SHOWN else [])


def import_log(log: Path, target: str, vkey: str | None = None, *, accepting: bool = False) -> tuple[int, list[str]]:
    """The number of events recorded in the new ledger, and what looks like personal data in them.

    ``vkey`` is the key kept elsewhere, else the log's own; ``target`` a file path or a ``postgresql://`` address that
    holds no ledger. Failed (integrity) when a line is not what was signed or cannot be read, and
    ``PersonalDataFound`` unless ``accepting``; then nothing is left behind.
    """
    found: list[str] = []
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
            parts = _looked_through(checked_parts(lines, key), found)
            if not accepting:
                parts = _unless_found(parts, log, found)
            return restore(target, VerifyingKey.from_text(key), parts), found
    except OSError as problem:
        raise Rejected(f"{log} cannot be read.", "Name a file written by: claimfund export events") from problem
    except Bad as bad:
        raise Failed(
            f"{log}{bad.place}: {bad} Nothing was recorded.",
            "Export the log again, or take an earlier copy of it.",
            code=DAMAGED,
        ) from None
    except LedgerDamaged as problem:
        sentence = f"{log}: {problem} Nothing was recorded."
        raise Failed(sentence, "What cannot be read cannot be looked through.", code=DAMAGED) from None


def _looked_through(parts: Iterable[Part], found: list[str]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Record):
            hits = dict.fromkeys(personal_data_of(part))
            found += [f"Event {part.position:,}: {field} looks like {what}" for field, what in hits]
        yield part


def _unless_found(parts: Iterable[Part], log: Path, found: list[str]) -> Iterator[Part]:
    """All parts; raises ``PersonalDataFound`` behind the last one, so that a log is told all its findings at once."""
    yield from parts
    if found:
        raise PersonalDataFound(log, found)


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
