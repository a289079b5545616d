"""``claimfund anchor``: a signed checkpoint, copied to where the ledger's administrator cannot write, or stamped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.errors import Rejected
from claimfund.evidence.anchoring import BRANCH, keep_in_folder, keep_in_git
from claimfund.options import FILE, pass_session, placed
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.ports import Head


@click.command(
    "anchor",
    epilog="\b\nExamples:\n  claimfund anchor -o /mnt/auditor\n  claimfund anchor -o - > kept.txt\n"
    "  claimfund anchor --git ssh://git@auditor.example/heads.git\n"
    "  claimfund anchor -o kept --request stamp.tsq\n"
    "  claimfund anchor --checkpoint kept/checkpoint-000000000631.txt --response stamp.tsr --tsa tsa.pem",
)
@click.option("-o", "--output", "out", type=FILE, metavar="FOLDER|-", help="A folder, or - to print it.")
@click.option("--git", "repository", metavar="REPO|PATH", help="Commit it to a branch of a git repository.")
@click.option("--branch", default=BRANCH, show_default=True, help="The branch for --git; no work tree is touched.")
@click.option("--request", "asked", type=FILE, metavar="FILE.tsq", help="Write a request for a time stamp (RFC 3161).")
@click.option("--response", type=FILE, metavar="FILE.tsr", help="Check a time stamp of the checkpoint; needs --tsa.")
@click.option("--tsa", type=FILE, metavar="FILE.pem", help="The certificates of the time-stamping authority.")
@click.option("--checkpoint", type=FILE, metavar="FILE", help="A kept checkpoint; default: the newest one.")
@placed
@pass_session
def command(
    session: Session, out: Path | None, repository: str | None, branch: str, asked: Path | None,
    response: Path | None, tsa: Path | None, checkpoint: Path | None,
) -> None:  # fmt: skip
    """Copy a signed checkpoint away, or have its time attested; a copy never replaces another one."""
    if not (out or repository or asked or response):
        raise click.UsageError("Say where: -o FOLDER, -o -, --git REPO, --request FILE or --response FILE.")
    if (response is None) != (tsa is None):
        raise click.UsageError("Give --response FILE.tsr and --tsa FILE.pem together.")
    head = session.store.head() if checkpoint is None else _kept(session, checkpoint)
    said: list[str] = []
    if response is not None and tsa is not None:
        from claimfund.evidence.time_stamps import stamped_at

        moment = stamped_at(head.checkpoint, response, tsa)
        click.echo(f"{response}: {head.size:,} events, head {head.short}, existed at {moment.isoformat()}  ok")
    if asked is not None:
        from claimfund.evidence.exported import new_file
        from claimfund.evidence.time_stamps import request

        with new_file(asked).open("xb") as file:
            file.write(request(head.checkpoint))
        said.append(f"Wrote {asked}; send it to a time-stamping authority as application/timestamp-query")
    if repository is not None:
        commit = keep_in_git(repository, branch, head, session.actor)
        said.append(f"Kept in {branch}, commit {commit[:12]}: {head.size} events, head {head.short}")
    if out is not None and str(out) == "-":
        click.echo(head.checkpoint, nl=False)
    elif out is not None:
        said.append(f"Kept {keep_in_folder(out, head)}: {head.size} events, head {head.short}")
    if not session.quiet:
        for line in said:
            click.echo(line, err=True)


def _kept(session: Session, path: Path) -> Head:
    from claimfund.kept_checkpoints import require_kept, text_of
    from ledger.ports import Head
    from ledger.stores.verification import Signed

    store = session.store
    if not isinstance(store, Signed):
        raise Rejected("this ledger names no verifying key.")
    size, root = require_kept(path, str(store.verifying_key), session.store.checkpoints())
    return Head(size, root, text_of(path))
