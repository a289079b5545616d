"""``claimfund doctor``: whether this installation and folder are in order."""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from claimfund.errors import UNUSABLE, Failed
from claimfund.options import output, pass_session, placed
from claimfund.output import Report, Stamp, emit
from claimfund.session import Session

PACKAGES = ("click", "cryptography", "eventsourcing", "numpy", "psycopg", "pydantic", "zstandard")


@click.command("doctor")
@output
@placed
@pass_session
def command(session: Session, form: str | None, as_json: bool, out: Path | None) -> None:
    """Check this installation, and the ledger when there is one."""
    lines: list[tuple[str, str, bool]] = []
    lines.append(("Python", platform.python_version(), sys.version_info >= (3, 11)))
    lines.append(("SQLite", sqlite3.sqlite_version, sqlite3.sqlite_version_info >= (3, 31)))
    for name in PACKAGES:
        try:
            lines.append((name, version(name), True))
        except PackageNotFoundError:
            lines.append((name, "is not installed", False))
    lines.append(_ledger(session))
    text = [f"{name:<14}{found}  {'ok' if fine else 'NOT OK'}" for name, found, fine in lines]
    rows = [{"check": name, "found": found, "ok": fine} for name, found, fine in lines]
    bad = [name for name, _, fine in lines if not fine]
    data = {"checks": rows, "ok": not bad}
    report = Report("doctor", "doctor", _stamp(session, lines[-1][2]), data, text, (), (), rows)
    emit(session, report, form=form, as_json=as_json, out=out)
    if bad:
        raise Failed(f"not in order: {', '.join(bad)}.", "Install again: pipx install --force claimfund", code=UNUSABLE)


def _ledger(session: Session) -> tuple[str, str, bool]:
    from ledger.refusals import LedgerDamaged, StoreUnusable

    if not session.ledger_name and not sorted(Path().glob("*.ledger")):
        return "Ledger", "none in this folder", True
    try:
        head = session.head
        return "Ledger", f"{_name(session.location)}: {head.size:,} events, head {head.short}", True
    except (StoreUnusable, LedgerDamaged, Failed) as problem:
        return "Ledger", str(problem), False


def _stamp(session: Session, fine: bool) -> Stamp:
    """The ledger's newest state; nothing where there is no usable ledger."""
    if not fine or (not session.ledger_name and not sorted(Path().glob("*.ledger"))):
        return Stamp("", None, "", 0, "0" * 8)
    from claimfund.stamps import stamp

    return stamp(session, None, None, all_plans=True)


def _name(location: str) -> str:
    """The location without a password in it."""
    return "postgresql://…" if "://" in location else location
