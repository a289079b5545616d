"""An audit pack made a second time from the log inside it: no signature covers its pages, so they are compared."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from claimfund.errors import DAMAGED, Failed
from claimfund.evidence.audit_pack import PACK_FORMAT, Asked, PackSession, fill_pack
from claimfund.evidence.importing_log import checked_parts
from claimfund.evidence.verify_claimfund_log import read_note
from claimfund.session import Session
from ledger.checkpoint import VerifyingKey
from ledger.ports import Head
from ledger.stores.restoring import restore_memory

ASKED = "pack.json"


def pages_again(path: Path, vkey: str, outer: Session) -> tuple[int, str]:
    """How many files of a checked pack come out the same when they are made again, and that in words.

    Failed (integrity) when one differs. A pack of another version of this program is not compared: its pages may
    look different.
    """
    with zipfile.ZipFile(path) as pack:
        names = pack.namelist()
        stated = _stated(pack.read(ASKED)) if ASKED in names else {}
        made_by = stated.get("claimfund", "an earlier version")
        if stated.get("format") != PACK_FORMAT or made_by != version("claimfund"):
            return 0, f"pages not made again: they are by claimfund {made_by}, this is {version('claimfund')}"
        key = VerifyingKey.from_text(vkey)
        with pack.open("events.ndjson") as lines:
            store = restore_memory(key, checked_parts(lines, vkey))
        try:
            asked = _asked(stated, pack.read("previous-checkpoint").decode() if stated["since"] else "", vkey)
            again = io.BytesIO()
            with zipfile.ZipFile(again, "w") as made:
                fill_pack(made, PackSession(str(stated["plan"]), outer, store), vkey, asked)
                wrong = sorted({*names} ^ {*made.namelist()})
                wrong += [name for name in names if name not in wrong and _differ(pack, made, name)]
        except (KeyError, ValueError, TypeError) as problem:
            raise _changed(path, [ASKED]) from problem
        if wrong:
            raise _changed(path, wrong)
    return len(names), f"{len(names)} files made again from the log in the pack, the same bytes"


def _stated(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _asked(stated: dict[str, Any], previous: str, vkey: str) -> Asked:
    since = Head(*read_note(previous, vkey), previous) if previous else None
    until = date.fromisoformat(stated["as_of"])
    return Asked(stated["year"], until, stated["known_at"], stated["over"], since, stated["since_why"])


def _differ(one: zipfile.ZipFile, two: zipfile.ZipFile, name: str) -> bool:
    return sha256(one.read(name)).digest() != sha256(two.read(name)).digest()


def _changed(path: Path, names: list[str]) -> Failed:
    return Failed(
        f"VERIFICATION FAILED: of {path}, {', '.join(names[:8])} "
        f"{'do' if len(names) > 1 else 'does'} not follow from the log in the pack.",
        "The log and its signatures are sound; ask for the pack again, and compare.",
        code=DAMAGED,
    )
