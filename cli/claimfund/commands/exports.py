"""``claimfund exports``: which files about members left the ledger, when, and with whom."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from claimfund.options import CUTOFF, known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table


@click.command("exports", epilog="\b\nExample:\n  claimfund exports --as-of 2025-12")
@click.option("--as-of", type=CUTOFF, help="Exports made by then.")
@reading
@pass_session
def command(
    session: Session, as_of: date | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None
) -> None:
    """List the files about members that were written, and whenever a member was named."""
    from ledger.calendar import moment_of
    from projections.members import exports

    reached = known_position(session, known_at)
    found = [
        export
        for export in exports(session.history(reached))
        if as_of is None or moment_of(export.recorded_at).date() <= as_of
    ]
    rows: list[dict[str, Any]] = [
        {
            "event": export.position,
            "recorded_at": moment_of(export.recorded_at).isoformat().replace("+00:00", "Z"),
            "actor": export.actor,
            "report": export.event.report,
            "format": export.event.form,
            "params": list(export.event.params),
            "as_of": export.event.as_of.isoformat() if export.event.as_of else None,
            "known_at": export.event.known_at,
            "sha256": export.event.sha256,
            "size": export.event.size,
            "recipient": export.event.recipient,
        }
        for export in found
    ]
    table = Table((
        ("Event", "count"), ("Recorded", "text"), ("Actor", "text"), ("Report", "text"), ("Format", "text"),
        ("For", "text"), ("SHA-256", "text"),
    ), dash=False)  # fmt: skip
    table.rows += [
        [row["event"], row["recorded_at"][:19] + "Z", row["actor"], row["report"], row["format"],
         row["recipient"], row["sha256"][:12]]
        for row in rows
    ]  # fmt: skip
    stamped = stamp(session, as_of, reached)
    headers = [f"Exports of plan {stamped.plan}", second_line(stamped)]
    notes = () if rows else ("No file about members was logged.",)
    report = Report("exports", "exports", stamped, {"exports": rows}, headers, [table] if rows else [], notes, rows)
    emit(session, report, form=form, as_json=as_json, out=out)
