"""``claimfund verify``: whether what is stored is what was signed, and whether figures come out the same again."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.errors import DAMAGED, Failed
from claimfund.options import FILE, output, pass_session, placed
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import stamp

if TYPE_CHECKING:
    from ledger.stores.verification import Verified


@click.command(
    "verify", epilog="\b\nExamples:\n  claimfund verify\n  claimfund verify --expect-head 9f3c1b7e --report verify.txt"
)
@click.option("--report", "written", type=FILE, metavar="FILE", help="Write what was found to a file.")
@click.option("--expect-head", metavar="HEX", help="The head you noted earlier: at least 8 digits.")
@click.option("--key", "vkey", metavar="VKEY", help="The verifying key you keep; default: the ledger's own.")
@click.option("--against", type=FILE, metavar="FILE", help="A checkpoint you kept: the past must be the same.")
@click.option("--from-file", "log", type=FILE, metavar="LOG", help="Check an exported log; needs no ledger but --key.")
@output
@placed
@pass_session
def command(
    session: Session, written: Path | None, expect_head: str | None, vkey: str | None, against: Path | None,
    log: Path | None, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Check every event, every signature, the sequence, and the figures."""
    if log is not None:
        if vkey is None or written or form or as_json or out:
            raise click.UsageError("--from-file needs --key VKEY; it prints one line, without --report, -f or -o.")
        _log(log, vkey, against, expect_head)
        return
    from ledger.stores.verification import verify_store

    started = time.monotonic()
    found = verify_store(session.store, vkey=vkey)
    _expected(session, expect_head)
    replayed = _replayed(session)
    lines = _lines(found, replayed)
    if against is not None:
        from claimfund.kept_checkpoints import require_kept

        size, root = require_kept(against, found.vkey, session.store.checkpoints())
        lines.append(("Kept", f"{against}: {size:,} events, head {root.hex()[:8]}, are the past of this ledger"))
    data = {
        "events": found.events, "checkpoints": found.checkpoints, "plans": found.plans, "ok": True,
        "root": found.head.root.hex(), "verifying_key": found.vkey,
        "checks": [{"check": name, "found": text, "ok": True} for name, text in lines],
    }  # fmt: skip
    stamped = stamp(session, None, None, all_plans=True)
    took = f"Verified in {time.monotonic() - started:.1f} s."
    text = [f"{name:<12}{words}  ok" for name, words in lines]
    if written is not None:
        body = "\n".join([f"Ledger head {found.head.root.hex()}, {found.head.size} events", *text, ""])
        written.write_text(body, encoding="utf-8")
        took += f" Report written to {written} (sha256 {hashlib.sha256(body.encode()).hexdigest()})"
    rows = [{"check": name, "found": words, "ok": "yes"} for name, words in lines]
    emit(
        session,
        Report("verify", "verify", stamped, data, [*text, took], (), (), rows),
        form=form,
        as_json=as_json,
        out=out,
    )


def _log(log: Path, vkey: str, against: Path | None, expected: str | None) -> None:
    from claimfund.kept_checkpoints import verified_log

    found = verified_log(log, vkey, against, _digits(expected))
    click.echo(
        f"{log}: {found.events:,} events of {found.plans} plan{'s' if found.plans != 1 else ''}, "
        f"{found.checkpoints:,} signed checkpoints, head {found.root.hex()}  ok"
    )


def _lines(found: Verified, replayed: int) -> list[tuple[str, str]]:
    head = found.head.root.hex()
    return [
        ("Chain", f"{found.events:,} of {found.head.size:,} events, unbroken, head {head[:12]}…{head[-4:]}"),
        ("Signatures", f"{found.checkpoints:,} signed checkpoints, all true"),
        ("Sequence", f"{found.plans} plan{'s' if found.plans != 1 else ''}, no gaps, recorded times never go back"),
        ("Replay", f"{replayed:,} figures worked out twice from the first event, identical"),
    ]


def _digits(expected: str | None) -> str | None:
    """The digits of a head as printed, long enough to tell heads apart."""
    if expected is None:
        return None
    wanted = expected.lower().rstrip("…")
    if len(wanted) < 8:
        raise click.UsageError("--expect-head needs at least 8 digits.")
    return wanted


def _expected(session: Session, expected: str | None) -> None:
    """The head noted earlier must be the root of one of the signed checkpoints."""
    wanted = _digits(expected)
    if wanted is None:
        return
    if not any(head.root.hex().startswith(wanted) for head in session.store.checkpoints()):
        raise Failed(
            f"VERIFICATION FAILED: no state this ledger ever had has the head {expected}.",
            "This is another ledger, or its past was rewritten. Keep this file and compare with an earlier copy.",
            code=DAMAGED,
        )


def _replayed(session: Session) -> int:
    from claimfund.replaying import differences

    counted, different = 0, []
    for plan in session.ledger.plans():
        more, wrong = differences(session, plan)
        counted += more
        different += wrong
    if different:
        raise Failed("VERIFICATION FAILED: figures differ between two replays.", details=different, code=DAMAGED)
    return counted
