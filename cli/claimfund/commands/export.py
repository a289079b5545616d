"""``claimfund export``: the log and proofs from it as files, and the program that checks them without claimfund."""

from __future__ import annotations

from pathlib import Path

import click

from claimfund.access import log_whole
from claimfund.errors import Refused, Rejected
from claimfund.evidence.exported import exported, log_bytes, new_file
from claimfund.options import FILE, pass_session, placed
from claimfund.session import Session
from claimfund.whole import write_new

OUT = click.option("-o", "--output", "out", type=FILE, required=True, metavar="FILE", help="The new file.")


@click.group("export")
def command() -> None:
    """Write the log, a proof from it, or the program that checks them, to a file."""


@command.command(
    "events",
    epilog="\b\nExamples:\n  claimfund export events -o log.ndjson\n  claimfund export events -o lines.parquet",
)
@OUT
@click.option(
    "--rows", type=click.Choice(("lines", "events")), default="lines", show_default=True,
    help="Of a .parquet file: a row for each payment line, or for each event with its stored bytes.",
)  # fmt: skip
@placed
@pass_session
def events(session: Session, out: Path, rows: str) -> None:
    """Write every event as stored with every signed checkpoint (.ndjson), or as columns (.parquet)."""
    from claimfund.evidence.exporting import log_lines
    from ledger.stores.verification import Signed

    _require_all(session, new_file(out))
    log_whole(session, out, "export events")
    store = session.store  # Not before: recording that the log leaves opens the ledger anew.
    assert isinstance(store, Signed)
    if out.suffix == ".parquet":
        from claimfund.evidence.parquet import write_parquet

        write_parquet(store, out, rows)
        exported(session, f"{rows} as Parquet", out)
        return
    write_new(out, (line.encode("ascii") for line in log_lines(store, str(store.verifying_key))))
    exported(session, "log", out)


def _require_all(session: Session, out: Path) -> None:
    """A database role that sees some plans only has no whole log: what it would write could not be checked."""
    size = session.head.size
    seen = sum(1 for _ in session.store.read(until=size)) if "://" in session.location else size
    if seen < size:
        raise Refused(
            f"your database role sees {seen:,} of the ledger's {size:,} events, and {out.name} would not be its log.",
            "Export with a role that sees all plans, or write the proof of your own: claimfund report audit-pack",
        )


@command.command("proof", epilog="\b\nExample:\n  claimfund export proof 18196 -o event.tlog-proof")
@click.argument("event", type=click.IntRange(min=1))
@OUT
@placed
@pass_session
def proof(session: Session, event: int, out: Path) -> None:
    """Write the proof that one event is in the signed log, and the event's bytes beside it (.frame)."""
    from claimfund.evidence.proofs import inclusion_file

    beside = new_file(new_file(out).with_suffix(".frame"))
    if beside == out:
        raise Rejected("the event's bytes are written beside the proof as .frame.", "Name another with -o FILE.")
    text, frame = inclusion_file(session.store, event)
    log_bytes(session, "export proof", "tlog-proof", text.encode() + frame, (f"event={event}",))
    for path, data in ((out, text.encode()), (beside, frame)):
        write_new(path, [data])
    exported(session, f"proof of event {event}", out)
    exported(session, f"bytes of event {event}", beside)


@command.command(
    "consistency", epilog="\b\nExample:\n  claimfund export consistency --since-checkpoint kept.txt -o year.consistency"
)
@click.option("--since-checkpoint", "since", type=FILE, required=True, metavar="FILE", help="The checkpoint you kept.")
@OUT
@placed
@pass_session
def consistency(session: Session, since: Path, out: Path) -> None:
    """Write the proof that the log of today begins with the log of a kept checkpoint."""
    from claimfund.evidence.proofs import consistency_file
    from claimfund.kept_checkpoints import require_kept
    from ledger.stores.verification import Signed

    store = session.store
    assert isinstance(store, Signed)
    size, _ = require_kept(since, str(store.verifying_key), store.checkpoints())
    text = consistency_file(store, size)
    write_new(new_file(out), [text.encode()])
    exported(session, f"consistency with {size} events", out)


@command.command("verifier", epilog="\b\nExample:\n  claimfund export verifier -o verify_claimfund_log.py")
@OUT
def verifier(out: Path) -> None:
    """Write the one-file program with which an auditor checks a log, an audit pack or a proof."""
    source = Path(__file__).parents[1] / "evidence" / "verify_claimfund_log.py"
    write_new(new_file(out), [source.read_bytes()])
    click.echo(f"Wrote {out}", err=True)
