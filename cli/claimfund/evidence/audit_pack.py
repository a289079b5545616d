"""The audit pack of a plan year: one zip that an auditor can check offline, the same bytes whenever it is made.

It holds what was recorded (the log as stored), what was signed (checkpoint, and a proof that an earlier checkpoint is
its past), what follows from it (statement and schedules), and the hash of each file. The program that checks it stays
outside: who hands over a pack must not hand over its judge.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from claimfund.evidence.event_schemas import schemas
from claimfund.evidence.exporting import log_lines
from claimfund.evidence.importing_log import checked_parts
from claimfund.evidence.index_page import index_page
from claimfund.evidence.pages import report_page, text
from claimfund.evidence.proofs import consistency_file, signed_state
from claimfund.evidence.schedules import Schedule, schedules
from claimfund.output import text_of
from claimfund.session import Session
from claimfund.stamps import stamp
from claimfund.verifying import ledger_checks, report_text
from ledger.stores.restoring import restore_memory
from ledger.stores.verification import Signed, verify_store

if TYPE_CHECKING:
    from ledger.ports import Head, Records
    from projections.history import History

REPEAT = (
    "claimfund export verifier -o verify_claimfund_log.py    (from an installation of your own)",
    "python verify_claimfund_log.py PACK --vkey KEY --old-checkpoint FILE",
    "claimfund verify --pack PACK --key KEY --against FILE    (also makes every page again and compares)",
)
PACK_FORMAT = "claimfund-audit-pack/v1"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can state; every file has it, so that equal packs are equal


@dataclass(frozen=True)
class Asked:
    """What a pack is asked to be: year, both dates, threshold of listed claimants, and the checkpoint kept before."""

    year: int
    as_of: date
    reached: int | None
    over: int
    since: Head | None
    since_why: str

    def text(self, plan: str, size: int) -> str:
        """The same in words of JSON, with which ``verify --pack`` makes the pages again."""
        fields = {
            "format": PACK_FORMAT, "claimfund": version("claimfund"), "plan": plan, "year": self.year,
            "as_of": self.as_of.isoformat(), "known_at": self.reached or size, "over": self.over,
            "since": self.since.size if self.since else 0, "since_why": self.since_why,
        }  # fmt: skip
        return json.dumps(fields, indent=1) + "\n"


@dataclass
class _Zip:
    """Files in the order of their names, each with its hash noted for the manifest."""

    pack: zipfile.ZipFile
    hashes: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, blocks: Iterator[bytes]) -> None:
        info, digest = zipfile.ZipInfo(name, LONG_AGO), sha256()
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        info.create_system = 3
        with self.pack.open(info, "w", force_zip64=True) as file:
            for block in blocks:
                digest.update(block)
                file.write(block)
        self.hashes[name] = digest.hexdigest()


class PackSession(Session):
    """Works over the log of the pack alone, held in memory: every figure of the pack follows from what is in it."""

    def __init__(self, plan: str, outer: Session, store: Records) -> None:
        super().__init__("the log of the pack", plan, outer.actor_name, outer.clock)
        self._store = store
        self._histories: dict[int | None, History] = {}

    def history(self, known_at: int | None = None) -> History:
        """The plan's history, folded once."""
        if known_at not in self._histories:
            self._histories[known_at] = super().history(known_at)
        return self._histories[known_at]

    def again(self) -> Session:
        """Another fold of the same log."""
        return PackSession(self.plan, self, self.store)


def write_pack(session: Session, path: Path, asked: Asked) -> None:
    """Write the pack into a new file; nothing is left on failure."""
    store = session.store
    assert isinstance(store, Signed)
    head, vkey = signed_state(session.store, asked.reached), store.verifying_key
    lines = (line.encode("ascii") for line in log_lines(session.store, str(vkey), head.size, session.plan))
    held = PackSession(session.plan, session, restore_memory(vkey, checked_parts(lines, str(vkey))))
    try:
        with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=6) as pack:
            fill_pack(pack, held, str(vkey), asked)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def fill_pack(pack: zipfile.ZipFile, held: PackSession, vkey: str, asked: Asked) -> None:
    """Write every file of a pack from its log; the manifest comes last."""
    made = list(schedules(held, asked.year, asked.as_of, str(asked.reached) if asked.reached else None, asked.over))
    files = _Zip(pack)
    for name, blocks in sorted(_files(held, vkey, asked, made), key=lambda found: found[0]):
        files.add(name, blocks)
    files.add("index.html", iter([index_page(held, asked, vkey, made, files.hashes).encode()]))
    manifest = (f"{digest}  {name}\n".encode() for name, digest in sorted(files.hashes.items()))
    files.add("MANIFEST.sha256", manifest)


def _files(
    session: PackSession, vkey: str, asked: Asked, made: list[Schedule]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    head = session.head
    foot = f'{text(session.plan)} · head <span class="hash">{head.root.hex()}</span> · <a href="index.html">index</a>'
    for schedule in made:
        if schedule.report is not None:
            yield f"{schedule.name}.html", iter([report_page(schedule.title, schedule.report, foot).encode()])
            if schedule.report.rows or schedule.report.columns:
                yield f"{schedule.name}.csv", iter([text_of(schedule.report, "csv").encode()])
    yield "events.ndjson", (line.encode("ascii") for line in log_lines(session.store, vkey, None, session.plan))
    yield "pack.json", iter([asked.text(session.plan, head.size).encode()])
    used = {record.topic for record in session.store.read()}
    for name, schema in schemas().items():
        if name.removesuffix(".json") in used:
            yield f"schemas/{name}", iter([schema.encode()])
    yield "checkpoint", iter([head.checkpoint.encode()])
    if asked.since is not None:
        yield "previous-checkpoint", iter([asked.since.checkpoint.encode()])
        yield "consistency", iter([consistency_file(session.store, asked.since.size).encode()])
    yield "verify.txt", iter([_verified(session, vkey, asked).encode()])


def _verified(session: PackSession, vkey: str, asked: Asked) -> str:
    """The verification report; of the dates it names only those of the records, so that it is the same again."""
    head = session.head
    checks = list(ledger_checks(session, verify_store(session.store, vkey=vkey), asked.as_of))
    moments = [("As of", asked.as_of.isoformat()), ("Known at", stamp(session, asked.as_of, asked.reached).known_at)]
    what = f"the log of this pack: plan {session.plan}, plan year {asked.year}"
    return report_text(what, checks, vkey, head.root.hex(), head.size, moments, REPEAT)


def since_before(store: Records, history: History, year: int) -> tuple[Head | None, str]:
    """The checkpoint that a pack proves its past from when none is named: that of the settlement of the year before."""
    from ledger.events import SettlementPosted

    posted = [
        recorded.position
        for recorded in history.records
        if isinstance(recorded.event, SettlementPosted) and recorded.event.year == year - 1
    ]
    if not posted:
        return None, "no settlement of the year before is posted, and no checkpoint was named"
    return signed_state(store, posted[-1]), f"the checkpoint after the settlement of {year - 1}, event {posted[-1]:,}"
