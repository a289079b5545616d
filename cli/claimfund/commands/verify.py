"""``claimfund verify``: whether what is stored is what was signed, and whether figures come out the same again."""

from __future__ import annotations

import shlex
import time
import zipfile
from pathlib import Path

import click

from claimfund.errors import DAMAGED, Failed
from claimfund.options import FILE, output, pass_session, placed
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import stamp
from claimfund.verifying import Check, ledger_checks, lines_of, report_text, require_replaceable, write_new


@click.command(
    "verify",
    epilog="\b\nExamples:\n  claimfund verify\n  claimfund verify --expect-head 9f3c1b7e --report verify.txt\n"
    "  claimfund verify --pack audit-2025.zip --key KEY --against kept.txt",
)
@click.option("--report", "written", type=FILE, metavar="FILE", help="Write a report for your files.")
@click.option("--expect-head", metavar="HEX", help="The head you noted earlier: at least 8 digits.")
@click.option("--key", "vkey", metavar="VKEY", help="The verifying key you keep; default: the ledger's own.")
@click.option("--against", type=FILE, metavar="FILE", help="A checkpoint you kept: the past must be the same.")
@click.option(
    "--from-file", "--pack", "file", type=FILE, metavar="FILE",
    help="Check an exported log, an audit pack or a proof instead; needs no ledger but --key.",
)  # fmt: skip
@click.option("--frame", type=FILE, metavar="FILE", help="The bytes of the event that a .tlog-proof is about.")
@click.option("--every-signature", is_flag=True, help="Also each signature of a log of more than 10,000 checkpoints.")
@output
@placed
@pass_session
def command(
    session: Session, written: Path | None, expect_head: str | None, vkey: str | None, against: Path | None,
    file: Path | None, frame: Path | None, every_signature: bool, form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Check every event, every signature, the sequence, the figures and the invariants."""
    if file is not None and vkey is None:
        raise click.UsageError("--from-file (or --pack) needs --key VKEY, brought from where you keep it.")
    if frame is not None and file is None:
        raise click.UsageError("--frame goes with --from-file PROOF.")
    if written is not None:
        require_replaceable(written)
    wanted = _digits(expect_head)
    started = time.monotonic()
    if file is not None and vkey is not None:
        report, text = _of_file(session, file, vkey, against, frame, wanted, every_signature)
    else:
        report, text = _of_ledger(session, vkey, against, expect_head, wanted, every_signature)
    took = f"Verified in {time.monotonic() - started:.1f} s."
    if written is not None:
        took += f" Report written to {written} (sha256 {write_new(written, text)})"
    report.notes = [*report.notes, took]
    emit(session, report, form=form, as_json=as_json, out=out)


def _of_ledger(
    session: Session, vkey: str | None, against: Path | None, expect_head: str | None, wanted: str | None, every: bool
) -> tuple[Report, str]:
    from ledger.stores.verification import verify_store

    found = verify_store(session.store, vkey=vkey, every_signature=every)
    _expected(session, expect_head, wanted)
    checks = list(ledger_checks(session, found))
    root, size = found.head.root.hex(), found.head.size
    if against is not None:
        from claimfund.kept_checkpoints import require_kept

        kept, kept_root = require_kept(against, found.vkey, session.store.checkpoints())
        checks.append(
            Check("Kept", kept, f"{against}: {kept:,} events, head {kept_root.hex()[:8]}, are the past of this ledger")
        )
    data = {
        "events": found.events, "checkpoints": found.checkpoints, "signatures": found.signatures,
        "plans": found.plans, "ok": True,
        "root": root, "verifying_key": found.vkey, "checks": [check.data() for check in checks],
    }  # fmt: skip
    stamped = stamp(session, None, None, all_plans=True)
    again = [
        f"claimfund verify --key {shlex.quote(found.vkey)} --expect-head {root}",
        "claimfund export events -o log.ndjson",
        "claimfund export verifier -o verify_claimfund_log.py",
        f"python verify_claimfund_log.py log.ndjson --vkey {shlex.quote(found.vkey)}",
    ]
    place = "a PostgreSQL database" if "://" in session.location else session.location
    moments = [("Verified on", session.today.isoformat()), ("Recorded until", stamped.known_at or "nothing yet")]
    text = report_text(f"the ledger {place}", checks, found.vkey, root, size, moments, again)
    return Report("verify", "verify", stamped, data, (), (), lines_of(checks), [c.data() for c in checks]), text


def _of_file(
    session: Session, file: Path, vkey: str, against: Path | None, frame: Path | None, wanted: str | None, every: bool
) -> tuple[Report, str]:
    from claimfund.kept_checkpoints import checked_file
    from claimfund.output import Stamp

    found = checked_file(file, vkey, against, frame, wanted, every)
    checks = [Check(name, cases, text) for name, cases, text in found.checks]
    if zipfile.is_zipfile(file):
        from claimfund.evidence.pack_again import pages_again

        checks.append(Check("Pages", *pages_again(file, vkey, session)))
    data = {"file": file.name, "ok": True, "verifying_key": vkey, **found.data, "checks": [c.data() for c in checks]}
    again = [
        "claimfund export verifier -o verify_claimfund_log.py",
        shlex.join(["python", "verify_claimfund_log.py", str(file), "--vkey", vkey])
        + (f" --old-checkpoint {shlex.quote(str(against))}" if against else "")
        + (f" --frame {shlex.quote(str(frame))}" if frame else ""),
    ]
    moments = [("Verified on", session.today.isoformat()), ("SHA-256", found.sha256)]
    text = report_text(f"the file {file}", checks, vkey, found.root, found.size, moments, again)
    stamped = Stamp("", None, "", found.size, found.root[:8])
    rows = [check.data() for check in checks]
    return Report("verify-file", "verify", stamped, data, [str(file)], (), lines_of(checks), rows), text


def _digits(expected: str | None) -> str | None:
    """The digits of a head as printed, long enough to tell heads apart."""
    if expected is None:
        return None
    wanted = expected.lower().rstrip("…")
    if len(wanted) < 8:
        raise click.UsageError("--expect-head needs at least 8 digits.")
    return wanted


def _expected(session: Session, expected: str | None, wanted: str | None) -> None:
    """The head noted earlier must be the root of one of the signed checkpoints."""
    if wanted is None:
        return
    if not any(head.root.hex().startswith(wanted) for head in session.store.checkpoints()):
        raise Failed(
            f"VERIFICATION FAILED: no state this ledger ever had has the head {expected}.",
            "This is another ledger, or its past was rewritten. Change nothing, and compare with an earlier copy.",
            code=DAMAGED,
        )
