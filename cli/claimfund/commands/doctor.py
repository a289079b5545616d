"""``claimfund doctor``: whether this installation and folder are in order."""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from claimfund.errors import UNUSABLE, Failed
from claimfund.options import pass_session, placed
from claimfund.session import Session

PACKAGES = ("click", "cryptography", "eventsourcing", "numpy", "psycopg", "pydantic", "zstandard")


@click.command("doctor")
@placed
@pass_session
def command(session: Session) -> None:
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
    for name, found, fine in lines:
        click.echo(f"{name:<14}{found}  {'ok' if fine else 'NOT OK'}")
    bad = [name for name, _, fine in lines if not fine]
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


def _name(location: str) -> str:
    """The location without a password in it."""
    return "postgresql://…" if "://" in location else location
