"""``claimfund import``: read a file, say what would be recorded, then record all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from claimfund.errors import Refused, Rejected, clean
from claimfund.importing import preview, reject_file, totals_differ
from claimfund.options import AMOUNT, DAY, FILE, pass_session, recording
from claimfund.recording import say
from claimfund.sealing import sealing_of
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.intake.reading import Reading
    from ledger.intake.vault import MemberVault

LONG = 2_000_000  # bytes from which an import says how far it is
F = TypeVar("F", bound=Callable[..., Any])


@click.group("import")
def command() -> None:
    """Import a file: preview first, then record all of it or nothing."""


def _importing(function: F) -> F:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="The preview as JSON."),
        click.option("--effective", type=DAY, metavar="DATE", help="Book lines of closed months on this open date."),
        click.option("--skip-rejected", is_flag=True, help="Record the good rows; the bad ones go to a reject file."),
        click.option("--expect-plan", metavar="DIGEST", help="Record only if the preview is still this one."),
        click.option("--dry-run", is_flag=True, help="Say what would be recorded, and record nothing."),
        click.argument("file", type=FILE),
    ):
        function = option(function)
    return recording(function)


def _keyed(function: F) -> F:
    for option in (
        click.option("--pseudonymise", is_flag=True, help="Turn member ids into pseudonyms, seal claims; needs --key."),
        click.option("--key", "key", type=FILE, help="The member key file; made when it is not there."),
    ):
        function = option(function)
    return function


@command.command("claims", epilog="\b\nExample:\n  claimfund import claims register.csv --map cascade.toml --dry-run")
@_importing
@_keyed
@click.option("--map", "mapping", type=FILE, help="How the sender's columns are called.")
@click.option("--expect-rows", type=click.IntRange(min=0), help="How many rows the sender stated.")
@click.option("--expect-total", type=AMOUNT, help="The total the sender stated.")
@pass_session
def claims(
    session: Session, /, file: Path, mapping: Path | None, key: Path | None, pseudonymise: bool,
    expect_rows: int | None, expect_total: int | None, **rest: Any,
) -> None:  # fmt: skip
    """Import a register of claim payments."""
    from ledger.intake.claims_csv import read_claims
    from ledger.intake.mapping import load_mapping

    used = load_mapping(mapping) if mapping else None
    vault = _vault(key)
    read = partial(
        read_claims, file, mapping=used, default_plan=session.default_plan, keys=vault, pseudonymise=pseudonymise,
        sealing=sealing_of(session, vault), expect_rows=expect_rows, expect_total=expect_total,
    )  # fmt: skip
    _import(session, file, read, vault, **rest)


@command.command("835", epilog="\b\nExample:\n  claimfund import 835 remittance.835 --dry-run")
@_importing
@_keyed
@click.option("--allow-test", is_flag=True, help="Take a file that says it is a test.")
@click.option("--lenient-envelope", is_flag=True, help="Take an envelope whose counts do not agree.")
@pass_session
def x12(
    session: Session, /, file: Path, key: Path | None, pseudonymise: bool, allow_test: bool, lenient_envelope: bool,
    **rest: Any,
) -> None:  # fmt: skip
    """Import an X12 835 remittance."""
    from ledger.intake.x12_835 import read_835

    if pseudonymise and key is None:
        raise click.UsageError("--pseudonymise needs --key FILE.")
    vault = _vault(key)
    read = partial(
        read_835, file, default_plan=session.default_plan, keys=vault, sealing=sealing_of(session, vault),
        allow_test=allow_test, lenient_envelope=lenient_envelope,
    )  # fmt: skip
    _import(session, file, read, vault, **rest)


@command.command(
    "enrollment", epilog="\b\nExample:\n  claimfund import enrollment lives.csv   (columns month,tier,lives)"
)
@_importing
@pass_session
def enrollment(session: Session, /, file: Path, **rest: Any) -> None:
    """Import enrolled units: columns month, tier, lives."""
    from claimfund.simple_import import import_enrollment

    import_enrollment(session, file, **rest)


def _amounts(kind: str, columns: str) -> click.Command:
    @click.command(kind, help=f"Import {kind}: columns {columns}.")
    @_importing
    @pass_session
    def run(session: Session, /, file: Path, **rest: Any) -> None:
        from claimfund.simple_import import import_amounts

        import_amounts(session, file, kind, **rest)

    return run


command.add_command(_amounts("funding", "date, amount, reference"))
command.add_command(_amounts("fees", "date, amount, reference"))
command.add_command(_amounts("reimbursements", "date, amount, reference (the filing)"))


def _vault(key: Path | None) -> MemberVault | None:
    """The names of members; what a file adds to them is kept only when the file is recorded."""
    from ledger.intake.vault import MemberVault

    return MemberVault.open(key) if key is not None else None


def _progress(session: Session, file: Path, doing: str) -> None:
    """Where a long import has got to, on standard error; short ones pass in silence."""
    from ledger.intake.file_names import known_name

    if not session.quiet and file.is_file() and file.stat().st_size >= LONG:
        click.echo(f"{doing} {known_name(file)} ({file.stat().st_size / 1_000_000:.0f} MB) …", err=True)


def _import(
    session: Session, file: Path, read: Callable[..., Reading], vault: MemberVault | None, *, dry_run: bool,
    expect_plan: str | None, skip_rejected: bool, effective: date | None, as_json: bool,
) -> None:  # fmt: skip
    from ledger.importing import commit_import, plan_import, record_refusal
    from ledger.intake.reading import Bytes, look
    from ledger.known_files import known_file

    seen = look(file)
    if not isinstance(seen, Bytes):
        raise Rejected(seen.sentence)
    if (plan := known_file(session.ledger, file, seen)) is None:
        _progress(session, file, "Reading")
        reading = read(seen=seen)
        _progress(session, file, "Comparing with the ledger:")
        plan = plan_import(session.ledger, reading, quarantine=skip_rejected, effective_on=effective)
    preview(session, plan, as_json=as_json, dry_run=dry_run)
    differ = totals_differ(plan) and not plan.already_imported
    if plan.refused or differ:
        if not dry_run:
            reject_file(file, plan)
            if session.default_plan:
                record_refusal(session.ledger, plan, session.default_plan, actor=session.actor)
        rows_only = not differ and not any(problem.severity == "fatal" for problem in plan.problems)
        remedy = "Correct it, or add --skip-rejected to record its good rows." if rows_only else "Correct the file."
        raise Rejected(f"nothing of {plan.reading.source.name} was recorded.", remedy)
    short = plan.digest[:6]
    if expect_plan and not plan.already_imported and not plan.digest.startswith(expect_plan.lower()):
        raise Refused(
            f"the preview is now {short}, you expected {expect_plan}: the file or the ledger changed.",
            "Look again:  claimfund import … --dry-run",
        )
    if dry_run or plan.already_imported:
        said = (
            "this file was imported before"
            if plan.already_imported
            else f"Plan {short}. To record: --expect-plan {short}"
        )
        click.echo(
            f"Nothing was recorded; {said}." if plan.already_imported else f"Nothing was recorded. {said}", err=as_json
        )
        return
    _progress(session, file, "Recording")
    if vault is not None:
        vault.save()  # Names before what uses them: after a crash in between, a name too many does no harm.
    outcome = commit_import(session.ledger, plan, actor=session.actor)
    if skip_rejected:
        reject_file(file, plan)
    if not as_json:
        say(session, outcome, f"{plan.reading.source.name} imported")


@command.command("events", epilog="\b\nExample:\n  claimfund import events log.ndjson -L copy.ledger")
@click.argument("file", type=FILE)
@click.option("--expect-vkey", metavar="VKEY", help="The verifying key you keep; default: the one the log names.")
@click.option(
    "--accept-personal-data", "accepted", metavar="REASON",
    help="Take a log that holds what looks like personal data, knowingly; its events stay as they were signed.",
)
@recording
@pass_session
def log(session: Session, file: Path, expect_vkey: str | None, accepted: str | None) -> None:
    """Make a new ledger from an exported log; bring its signing key to record on."""
    from claimfund.evidence.importing_log import import_log, told
    from ledger.door import personal_text

    if accepted is not None and (not accepted.strip() or personal_text("reason", accepted)):
        raise Rejected("--accept-personal-data: say why, without naming a person.",
                       "Give a case number: --accept-personal-data 'case 118'")  # fmt: skip
    if not session.ledger_name:
        raise Rejected("a log is imported into a new ledger.", "Name a new file or an empty database with -L.")
    count, found = import_log(file, session.ledger_name, expect_vkey, accepting=accepted is not None)
    database = "://" in session.ledger_name
    place = "the database" if database else session.ledger_name
    click.echo(f"Recorded {count:,} events in {place}, with their checkpoints.")
    if found:
        click.echo(f"Taken although it looks like personal data ({clean(accepted or '')}):", err=True)
        click.echo("\n".join(f"  {line}" for line in told(found)), err=True)
        click.echo("Not recorded: the ledger has the events of the log only. Keep this with your files.", err=True)
    key = "in ~/.config/claimfund/keys" if database else f"at {place}.key"
    click.echo(f"To record on, put the ledger's signing key {key}", err=True)
