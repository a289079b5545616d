"""``claimfund members``: pseudonyms, whom they stand for, and the end of that link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from claimfund.errors import Refused, Rejected
from claimfund.options import DAY, FILE, known_position, pass_session, placed, reading, recording
from claimfund.output import Report, emit
from claimfund.recording import proposed, record, say, state
from claimfund.sealing import opened_vault
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from projections.members import Member

F = TypeVar("F", bound=Callable[..., Any])
COPIES = "Copies of the vault and its key, and backups of them, are yours to destroy."


@click.group("members")
def command() -> None:
    """Name members, hold their records, or erase the key to a name."""


def _key(required: bool) -> Callable[[F], F]:
    return click.option(
        "--key", "key", type=FILE, required=required, metavar="FILE", help="The member key file; its vault is beside."
    )


def _because(function: F) -> F:
    return click.option("--reason", required=True, help="Why; no names and no ids.")(function)


def _rows(found: list[Member]) -> list[dict[str, Any]]:
    return [
        {
            "member": member.member, "lines": member.lines,
            "last_paid_on": member.last_paid_on.isoformat() if member.last_paid_on else None,
            "held": member.held, "erased": member.erased,
        }
        for member in found
    ]  # fmt: skip


def _table(found: list[Member]) -> Table:
    table = Table((("Member", "text"), ("Lines", "count"), ("Last paid", "text"), ("Record", "text")), dash=False)
    for member in found:
        kept = f"erased, event {member.erased}" if member.erased else ""
        held = "held" if member.held == "open" else f"held until {member.held}" if member.held else ""
        table.rows.append([member.member, member.lines, str(member.last_paid_on or ""), kept or held])
    return table


@command.command("list", epilog="\b\nExample:\n  claimfund members list --held")
@click.option("--held", is_flag=True, help="Only members under a legal hold.")
@click.option("--erased", is_flag=True, help="Only members whose key was erased.")
@reading
@pass_session
def list_members(
    session: Session, held: bool, erased: bool, known_at: str | None, form: str | None, as_json: bool, out: Path | None
) -> None:
    """List the members by pseudonym."""
    from projections.members import members

    reached = known_position(session, known_at)
    found = [
        member
        for member in members(session.history(reached))
        if (member.held or not held) and (member.erased or not erased)
    ]
    stamped = stamp(session, None, reached)
    headers = [f"Members of plan {stamped.plan}", second_line(stamped)]
    report = Report("members", "members list", stamped, {"members": _rows(found)}, headers, [_table(found)], (),
                    _rows(found))  # fmt: skip
    emit(session, report, form=form, as_json=as_json, out=out)


@command.command("show", epilog="\b\nExample:\n  claimfund members show M-4F2A --reveal --key members.key")
@click.argument("member")
@click.option("--reveal", is_flag=True, help="Print the administrator's id; needs --key, and is logged.")
@_key(required=False)
@reading
@pass_session
def show(
    session: Session, member: str, reveal: bool, key: Path | None, known_at: str | None, form: str | None,
    as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Show one member; whom the pseudonym stands for only with --reveal."""
    from projections.members import members

    if reveal and (key is None or out is not None):
        raise click.UsageError("--reveal needs --key FILE, and prints to the screen only.")
    reached = known_position(session, known_at)
    found = [one for one in members(session.history(reached)) if one.member == member]
    if not found:
        raise Rejected(f"plan {session.plan} holds no payment of member {member}.", "See: claimfund members list")
    stamped = stamp(session, None, reached)
    data = {**_rows(found)[0], "revealed": _revealed(session, member, key) if reveal and key else None}
    table = _table(found)
    headers = [f"Member {member} of plan {stamped.plan}", second_line(stamped)]
    notes = [f"The administrator's id is {data['revealed']}"] if reveal else []
    report = Report("member", "members show", stamped, data, headers, [table], notes)
    emit(session, report, form=form, as_json=as_json, out=out)


def _revealed(session: Session, member: str, key: Path) -> str:
    """The administrator's id of a member, logged before it is told."""
    import hashlib

    from claimfund.access import log_access

    vault = opened_vault(key)
    entry = vault.entry(member)
    if entry is None:
        raise Refused(f"the vault of {key} does not hold {member}.",
                      "The pseudonym was given by the sender, or its key was erased.")  # fmt: skip
    # The digest is of what was asked: one of the answer would let anybody try out all ids.
    asked = member.encode()
    log_access(session, "members show --reveal", "screen", hashlib.sha256(asked).digest(), len(asked), params=(member,))
    return vault.reveal(entry).member_id


@command.command("find", epilog="\b\nExample:\n  claimfund members find --key members.key --id-file ids.txt")
@_key(required=True)
@click.option("--id-file", type=click.File("r", encoding="utf-8"), default="-", help="One id a line; default: input.")
@placed
@pass_session
def find(session: Session, key: Path, id_file: TextIO) -> None:
    """Print the pseudonym of each id of a file or of standard input; ids are never arguments."""
    import hashlib

    from claimfund.access import log_access

    vault = opened_vault(key)
    ids = [line.rstrip("\r\n") for line in id_file]
    found = [vault.find(session.plan, one) if one else "" for one in ids]
    text = "".join(f"{number}\t{name or 'unknown'}\n" for number, name in enumerate(found, 1))
    log_access(session, "members find", "screen", hashlib.sha256(text.encode()).digest(), len(text))
    click.echo(text, nl=False)


@command.command("hold", epilog="\b\nExample:\n  claimfund members hold M-4F2A --reason 'litigation 24-117'")
@click.argument("member")
@_because
@click.option("--until", type=DAY, metavar="DATE", help="The last day of the hold; default: until released.")
@recording
@pass_session
def hold(session: Session, member: str, reason: str, until: date | None) -> None:
    """Keep a member's records from being erased."""
    from ledger.commands import SetLegalHold

    say(session, record(session, SetLegalHold(member, reason, until)), f"legal hold on member {member}")


@command.command("release", epilog="\b\nExample:\n  claimfund members release M-4F2A --reason 'case closed'")
@click.argument("member")
@_because
@recording
@pass_session
def release(session: Session, member: str, reason: str) -> None:
    """End a legal hold."""
    from ledger.commands import ReleaseLegalHold

    say(session, record(session, ReleaseLegalHold(member, reason)), f"legal hold on member {member} released")


@command.command(
    "shred", epilog="\b\nExample:\n  claimfund members shred M-4F2A --reason 'retention over' --key members.key"
)
@click.argument("member")
@_because
@_key(required=True)
@click.option("--before-retention", is_flag=True, help="Erase before the retention term is over.")
@recording
@pass_session
def shred(session: Session, member: str, reason: str, key: Path, before_retention: bool) -> None:
    """Destroy what links a pseudonym to a person, and opens its claim numbers. Every figure stays."""
    from ledger.commands import EraseMemberKey
    from ledger.intake.vault import FIRST_NAMING

    vault = opened_vault(key)
    entry = vault.entry(member)
    erased = state(session).custody.erased.get(member, 0)
    if entry is None and not erased:
        raise Refused(f"the vault of {key} does not hold {member}, so there is nothing to erase here.",
                      "The sender of the files gave this pseudonym; ask the sender.")  # fmt: skip
    if entry is not None and entry.version == FIRST_NAMING and vault.naming is not None:
        raise Refused(
            f"{member} was named by the key itself, which could name the member again.",
            f"First change the key; everybody keeps their name: claimfund members rotate --key {key}",
        )
    opened = vault.reveal(entry) if entry is not None else None
    if opened is not None and opened.source != session.plan:
        raise Refused(f"{member} is a member of another plan.", "Name that plan with --plan.")
    if opened is not None and not opened.member_id:
        raise Refused(f"{member} is no member: it seals the claims of plan {session.plan}.",
                      "Without it no payment of the plan would be known again.")  # fmt: skip
    if not erased:
        version = entry.version if entry else 0
        outcome = record(session, EraseMemberKey(member, version, session.today, reason, before_retention))
        if proposed(outcome):
            click.echo(proposed(outcome))
            click.echo("When it is approved, run this command again: the vault holds the name until then.")
            return
        vault.erase(member)
        say(session, outcome, f"the key to member {member} erased")
    elif vault.erase(member):
        click.echo(f"Erased from the vault: {member} (event {erased} had recorded it).")
    else:
        click.echo(f"Nothing to erase: {member} was erased before (event {erased}).")
    click.echo(COPIES, err=True)


@command.command("rotate", epilog="\b\nExample:\n  claimfund members rotate --key members.key")
@_key(required=True)
@click.option("--leave-unknown", is_flag=True, help="Go on although some members are not in the vault yet.")
@placed
@pass_session
def rotate(session: Session, key: Path, leave_unknown: bool) -> None:
    """Change the member key: everybody keeps their name, and the old key opens nothing any more."""
    vault = opened_vault(key)
    if vault.naming is not None and not leave_unknown:
        from ledger.intake.members import name_of
        from projections.members import members

        missing = [
            one for one in members(session.history()) if name_of(one.member) and vault.entry(one.member) is None
        ]
        if missing:
            raise Refused(
                f"{len(missing):,} members of plan {session.plan} are not in the vault yet; with a new key their ids "
                "would get new names.",
                "Import a file that names them first, or go on with --leave-unknown.",
            )
    count = vault.rotate()
    click.echo(f"The member key is now version {vault.key.version}; {count:,} members kept their names.")
    click.echo(COPIES, err=True)
