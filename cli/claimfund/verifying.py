"""What ``verify`` looks at, one line a check, and the report that an auditor files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.counting import many, signatures
from claimfund.errors import DAMAGED, Failed, Rejected
from claimfund.session import Session
from claimfund.whole import write_over

if TYPE_CHECKING:
    from ledger.stores.verification import Verified

TITLE = "Verification report"


@dataclass(frozen=True)
class Check:
    """One thing that holds: its name, how many cases were looked at, and what was found in words."""

    name: str
    cases: int
    found: str

    def data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"check": self.name, "cases": self.cases, "found": self.found, "ok": True}


def ledger_checks(session: Session, found: Verified, as_of: date | None = None) -> Iterator[Check]:
    """What was verified of the store, then of the figures; Failed (integrity) at the first that does not hold."""
    head, name = found.head, found.vkey.partition("+")[0]
    hidden = f" ({many(found.hidden, 'event')} of plans not shown to you by their hashes only)" if found.hidden else ""
    yield Check("Tree", found.events, f"{found.events:,} of {head.size:,} events{hidden}, root {head.root.hex()}")
    yield Check("Signatures", found.checkpoints, f"{signatures(found.signatures, found.checkpoints)}, by {name}")
    yield Check("Positions", found.events, f"event numbers 1 to {head.size:,}, none missing, none twice")
    yield Check("Versions", found.plans, f"{many(found.plans, 'plan')}, no gaps")
    yield Check("Times", found.events, "recorded times never go back")
    yield Check("Commands", found.commands, f"{many(found.commands, 'command')}, each with its events and checkpoint")
    yield from figure_checks(session, as_of)


def figure_checks(session: Session, as_of: date | None) -> Iterator[Check]:
    """Figures worked out twice, and the invariants of every plan; dated ones as of a day, by default today."""
    from claimfund.replaying import all_replayed

    cases: dict[tuple[str, str], int] = {}
    compared, differing, broken = 0, list[str](), list[str]()
    for found in all_replayed(session, session.reading.plans(), held_on=as_of or session.today):
        compared += found.count
        differing += [f"{found.plan}: {line}" for line in found.wrong]
        for held in found.held:
            broken += [f"{found.plan} {held.code}: {line}" for line in held.broken]
            key = (held.code, held.what)
            cases[key] = cases.get(key, 0) + held.cases
    if differing:
        raise Failed("VERIFICATION FAILED: figures differ between two replays.", details=differing, code=DAMAGED)
    yield Check("Replay", compared, f"{compared:,} figures worked out twice from the first event, identical")
    if broken:
        raise Failed("VERIFICATION FAILED: an invariant does not hold.", details=broken, code=DAMAGED)
    yield from (Check(code, count, f"{count:,} {what}") for (code, what), count in cases.items())


def lines_of(checks: Sequence[Check]) -> list[str]:
    """The checks as people read them."""
    width = max(len(check.name) for check in checks)
    return [f"{check.name:<{width}}  {check.found}  ok" for check in checks]


def report_text(
    what: str, checks: Sequence[Check], vkey: str, root: str, size: int, moments: Sequence[tuple[str, str]],
    again: Sequence[str],
) -> str:  # fmt: skip
    """The report to file: of what, when, by which key, what was found, and the commands that find it again."""
    names = [name for name, _ in (*moments, ("Verifying key", ""))]
    width = max(map(len, names))
    stated = [*moments, ("Events", f"{size:,}"), ("Root", root), ("Verifying key", vkey)]
    return "\n".join([
        TITLE, "===================", "", f"{'Of':<{width}}  {what}",
        *(f"{name:<{width}}  {text}" for name, text in stated), "",
        "Found", "-----", "", *lines_of(checks), "",
        f"{many(len(checks), 'check')}, all hold.", "",
        "To repeat it", "------------", "", *again, "",
        "Compare the verifying key and the root with those you keep from another channel. What these checks cannot",
        "find is said in docs/audit.md.", "",
    ])  # fmt: skip


def require_replaceable(path: Path) -> None:
    """Reject a place where something else than a report of this kind stands."""
    if path.exists() and not (path.is_file() and path.read_bytes().startswith(TITLE.encode())):
        raise Rejected(f"{path} exists and is not a verification report.", "Name a new file with --report FILE.")


def write_new(path: Path, text: str) -> str:
    """Write a report and return its SHA-256."""
    from hashlib import sha256

    write_over(path, text.encode())
    return sha256(text.encode()).hexdigest()
