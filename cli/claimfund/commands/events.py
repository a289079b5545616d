"""``claimfund events``: what was recorded, in order."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from claimfund.errors import Refused, Rejected
from claimfund.options import dated, known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table


@click.command(
    "events", epilog="\b\nExamples:\n  claimfund events --tail 20\n  claimfund events --kind funding-received -f jsonl"
)
@click.option("--kind", help="Only of this kind, such as claims-paid.")
@click.option("--from", "first", type=click.IntRange(min=1), default=1, help="From this event number on.")
@click.option("--tail", "--limit", "limit", type=click.IntRange(min=1), help="At most so many, the newest.")
@dated
@reading
@pass_session
def command(
    session: Session, kind: str | None, first: int, limit: int | None, as_of: date | None, known_at: str | None,
    form: str | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """List what was recorded."""
    report = events_report(session, known_at, kind, first, limit, as_of)
    emit(session, report, form=form, as_json=as_json, out=out)


def events_report(
    session: Session, known_at: str | None, kind: str | None = None, first: int = 1, limit: int | None = None,
    as_of: date | None = None,
) -> Report:  # fmt: skip
    """Every event of the plan (or of a kind, from a number on, the newest so many, to a date) in a sentence."""
    from ledger.money import money
    from projections.sentences import amount as amount_of
    from projections.sentences import business_date, summary

    reached = known_position(session, known_at)
    _answerable(session, kind, first, reached)
    everything = list(session.reading.history(session.plan, reached))
    first_day = min((day for recorded in everything if (day := business_date(recorded.event))), default=None)
    if as_of is not None and first_day is not None and as_of < first_day:
        raise Refused(f"nothing had happened by {as_of}.", f"The first business date is {first_day}.")
    chosen = [
        recorded
        for recorded in everything
        if recorded.position >= first
        and (kind is None or recorded.event.kind == kind)
        and (as_of is None or (business_date(recorded.event) or as_of) <= as_of)
    ]
    chosen = chosen[-limit:] if limit else chosen
    table = Table((("Event", "text"), ("Recorded", "text"), ("What", "text"), ("Amount", "amount"), ("By", "text")))
    rows: list[dict[str, Any]] = []
    for recorded in chosen:
        amount = amount_of(recorded.event)
        when = _moment(recorded.recorded_at)
        table.rows.append(
            [str(recorded.position), f"{when:%Y-%m-%d %H:%M}", summary(recorded.event), amount, recorded.actor]
        )
        rows.append({
            "event": recorded.position, "version": recorded.version, "kind": recorded.event.kind,
            "recorded_at": when.isoformat().replace("+00:00", "Z"), "actor": recorded.actor,
            "what": summary(recorded.event), "amount": None if amount is None else money(amount),
        })  # fmt: skip
    stamped = stamp(session, as_of, reached)
    headers = [f"What was recorded on plan {session.plan}", second_line(stamped)]
    return Report("events", "events", stamped, {"events": rows}, headers, [table], (), rows)


def _answerable(session: Session, kind: str | None, first: int, reached: int | None) -> None:
    """Refuse a kind that there is not, and a first event after the last."""
    from difflib import get_close_matches

    from ledger.events import REGISTRY

    known = sorted({each.kind for each in REGISTRY.values()})
    if kind is not None and kind not in known:
        close = get_close_matches(kind, known, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Kinds are: {', '.join(known)}."
        raise Rejected(f"there is no kind of event {kind!r}.", hint)
    last = session.head.size if reached is None else reached
    if first > last:
        raise Refused(f"--from {first:,}: the ledger ends at event {last:,}.", "Ask from an earlier event on.")


def _moment(micros: int) -> datetime:
    from ledger.calendar import moment_of

    return moment_of(micros)
