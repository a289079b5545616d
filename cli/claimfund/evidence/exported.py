"""What exports share: a new file, the access log for what is no report, and a word about what was written."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path

import click

from claimfund.errors import Rejected
from claimfund.session import Session


def new_file(path: Path) -> Path:
    """The path, when nothing is there: an export never overwrites."""
    if path.exists():
        raise Rejected(f"{path} exists, and an export never overwrites.", "Name a new file with -o FILE.")
    if not path.parent.is_dir():
        raise Rejected(f"there is no folder {path.parent}.", "Create it, or name another file with -o FILE.")
    return path


def log_bytes(
    session: Session, report: str, form: str, written: bytes, params: tuple[str, ...], plans: tuple[str, ...] = ()
) -> None:
    """Record in the access log that these bytes, about members of these plans (by default of any), are to leave."""
    from hashlib import sha256

    from claimfund.access import log_access

    log_access(
        session, report, form, sha256(written).digest(), len(written), params=params, known_at=session.head.size,
        plans=plans or session.reading.plans(),
    )  # fmt: skip


def exported(session: Session, name: str, path: Path) -> str:
    """Say what was written, as a file of which kind; its SHA-256."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    if not session.quiet:
        click.echo(f"Wrote {path} ({name}, {path.stat().st_size:,} bytes, sha256 {digest})", err=True)
    return digest
