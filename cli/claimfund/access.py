"""The access log: what about members left the ledger in a file is recorded in the ledger.

The plan says how strictly (``access_log``): ``required`` refuses a file that cannot be logged, ``when-possible`` says
on standard error that it was not logged, ``off`` records nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimfund.errors import Failed, Refused
from claimfund.session import Session

if TYPE_CHECKING:
    from claimfund.output import Report

_ABOUT_MEMBERS = ("member", "members", "family", "claim", "claim_id", "summary")


def about_members(data: Any) -> bool:
    """Whether data name a member or a claim somewhere."""
    if isinstance(data, Mapping):
        return any((name in _ABOUT_MEMBERS and bool(value)) or about_members(value) for name, value in data.items())
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return any(map(about_members, data))
    return False


def log_report(session: Session, report: Report, form: str, written: bytes) -> None:
    """Record a report that is about to be written to a file, when it is about members."""
    if not (report.of_members or about_members(report.data)):
        return
    stamp = report.stamp
    log_access(
        session, report.command, form, hashlib.sha256(written).digest(), len(written), params=asked_with(),
        as_of=stamp.as_of, known_at=stamp.last_event,
    )  # fmt: skip


def asked_with() -> tuple[str, ...]:
    """The options and arguments of the running command, without files and forms."""
    context = click.get_current_context(silent=True)
    given = context.params if context is not None else {}
    return tuple(
        f"{name}={value}"[:200]
        for name, value in given.items()
        if name not in ("form", "as_json", "known_at", "as_of") and not isinstance(value, Path) and value
    )


def log_access(
    session: Session, report: str, form: str, digest: bytes, size: int, *, params: tuple[str, ...] = (),
    as_of: date | None = None, known_at: int = 0, plans: Sequence[str] = (),
) -> None:  # fmt: skip
    """Record that something about members leaves; call it before the file can be used.

    Raises ``Refused`` when a plan requires the log and it cannot be written.
    """
    from ledger.commands import RecordExport

    asked, required = [], False
    for plan in plans or (session.plan,):
        rule = _rule(session, plan)
        required |= rule == "required"
        if rule != "off":
            asked.append(plan)
    if not asked:
        return
    command = RecordExport(report, form, digest.hex(), size, params, as_of, known_at, session.recipient)
    from ledger.refusals import Refusal, StoreUnusable

    try:
        session.ledger.handle_many({plan: [command] for plan in asked}, actor=session.actor)
    except (Refusal, StoreUnusable, Failed, OSError) as problem:
        if required:
            raise Refused(
                f"the plan requires that files about members are logged, and this one cannot be: {problem}",
                "Nothing was written. Export from a ledger that you may record in.",
            ) from None
        if not session.quiet:
            click.echo(f"Not logged as an export: {problem}", err=True)


def _rule(session: Session, plan: str) -> str:
    arrangements = session.ledger.plan(plan).arrangements
    return (arrangements[-1][1].access_log if arrangements else None) or "when-possible"


def log_whole(session: Session, path: Path, report: str) -> None:
    """Record that the whole ledger is about to be written to a file, which then holds this record too.

    The digest is the ledger's root of before, since no file can hold its own.
    """
    head = session.head
    form = path.suffix.lstrip(".") or "file"
    log_access(session, report, form, head.root, 0, known_at=head.size, plans=session.reading.plans())
