"""``claimfund anchor``: the newest signed checkpoint, copied to where the ledger's administrator cannot write."""

from __future__ import annotations

from pathlib import Path

import click

from claimfund.errors import Rejected
from claimfund.options import FILE, pass_session, placed
from claimfund.session import Session


@click.command("anchor", epilog="\b\nExamples:\n  claimfund anchor -o /mnt/auditor\n  claimfund anchor -o - > kept.txt")
@click.option("-o", "--output", "out", type=FILE, required=True, metavar="FOLDER|-", help="A folder, or - to print it.")
@placed
@pass_session
def command(session: Session, out: Path) -> None:
    """Copy the newest signed checkpoint; a copy never replaces another one."""
    head = session.store.head()
    if str(out) == "-":
        click.echo(head.checkpoint, nl=False)
        return
    if not out.is_dir():
        raise Rejected(f"{out} is not a folder.", "Create it, or use -o - to print the checkpoint.")
    kept = out / f"checkpoint-{head.size:012d}.txt"
    if kept.exists():
        if kept.read_text(encoding="utf-8") != head.checkpoint:
            raise Rejected(
                f"{kept} holds another checkpoint of the same size.",
                f"Keep both, and check the ledger: claimfund verify --against {kept}",
            )
    else:
        with kept.open("x", encoding="utf-8", newline="") as file:
            file.write(head.checkpoint)
    if not session.quiet:
        click.echo(f"Kept {kept}: {head.size} events, head {head.short}", err=True)
