"""The ``claimfund`` command: global options, and a group that imports a command's module when it runs."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from claimfund.errors import guarded
from claimfund.twice import refuse_twice

# No other installed package may take part in checking events; and looking for one reads every package's metadata.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")

if TYPE_CHECKING:
    from claimfund.session import Session

SECTIONS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Start", (
        ("demo", "Create a folder with an invented ledger to practise on."),
        ("init", "Create a ledger from a plan document."),
        ("plan", "Write, check or show the plan document."),
        ("status", "Show what is recorded and what is waiting."),
        ("db", "Give database roles their rights in a PostgreSQL ledger."),
        ("people", "Say who may record, approve or only read."),
        ("members", "Name members, hold their records, or erase the key to a name."),
    )),
    ("Record", (
        ("budget", "Set or revise a plan year's budget."),
        ("enroll", "Record the enrolled units of a month."),
        ("claim", "Record one claim payment, a void or a recovery."),
        ("fund", "Record deposits, rebates and contributions."),
        ("fee", "Record fees and stop-loss premium."),
        ("import", "Import a file: preview first, then record all of it or nothing."),
        ("stoploss", "Stop-loss positions, filings and reimbursements."),
    )),
    ("Query", (
        ("position", "Show a plan year's surplus or deficit."),
        ("claimants", "Show the members with the highest claims."),
        ("events", "List what was recorded."),
    )),
    ("Close", (
        ("period", "Close a month, or open it again."),
        ("settle", "Settle a plan year."),
        ("correct", "Take back one recorded event in full."),
        ("exceptions", "List what was recorded after its period was closed."),
        ("proposals", "List changes that need a second person."),
        ("approve", "Let a proposed change happen."),
        ("reject", "Refuse a proposed change."),
        ("withdraw", "Take back your own proposed change."),
    )),
    ("Audit", (
        ("trace", "Show what a figure or an event is made of."),
        ("verify", "Check hashes, signatures, sequence and replay."),
        ("replay", "Work every figure out again from the first event and compare."),
        ("diff", "Show what changed between two dates, and why."),
        ("anchor", "Copy the newest signed checkpoint to a place you keep."),
        ("exports", "List the files about members that were written, and for whom."),
        ("report", "Write an audit pack."),
        ("export", "Write the log, or the program that checks it, to a file."),
    )),
    ("Help", (
        ("completion", "Print the script for your shell's completion."),
        ("doctor", "Check this installation."),
    )),
)  # fmt: skip

EXAMPLES = """\b
Examples:
  claimfund demo northwind
  claimfund position --year 2025
  claimfund import claims register.csv --dry-run
  claimfund settle preview 2025
  claimfund verify"""


class LazyGroup(click.Group):
    """Knows its commands from a table; imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for _, commands in SECTIONS for name, _ in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        found = import_module(f"claimfund.commands.{cmd_name.replace('import', 'import_')}").command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], known, 1)
            hint = f" Did you mean {close[0]!r}?" if close else " Commands are listed by: claimfund --help"
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            refuse_twice(command, rest, ctx)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, commands in SECTIONS:
            with formatter.section(section):
                formatter.write_dl(list(commands))

    def invoke(self, ctx: click.Context) -> Any:
        with guarded(ctx):
            return super().invoke(ctx)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("claimfund")
    except PackageNotFoundError:
        return "0.1.0"


def _tell_version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"claimfund, version {_version()}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    epilog=EXAMPLES,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CLAIMFUND",
        "max_content_width": 100,
    },
)
@click.option("-L", "--ledger", metavar="FILE|URL", help="The ledger: a file, or postgresql://…")
@click.option("--plan", metavar="CODE", help="The plan, when the ledger holds several.")
@click.option("--actor", metavar="NAME", help="Who records; default: the user of this machine.")
@click.option("--no-input", is_flag=True, help="Never ask anything.")
@click.option("-q", "--quiet", is_flag=True, help="Say less.")
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("--debug", is_flag=True, help="Show a traceback when something fails unexpectedly.")
@click.option("--no-color", is_flag=True, help="No colour.")
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_tell_version,
              help="Show the version and exit.")  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """The ledger of a self-funded health plan's claims money: budget, claims, stop-loss, surplus or deficit."""
    from claimfund.config import defaults
    from claimfund.session import Session

    settings = defaults()
    ctx.default_map = {**settings, **(ctx.default_map or {})}
    session: Session = ctx.obj if isinstance(ctx.obj, Session) else Session()
    ctx.obj = session
    session.configure({name: options[name] or settings.get(name) for name in options})
    ctx.call_on_close(session.close)


def main() -> None:
    """The entry point of the installed command."""
    cli(prog_name="claimfund")


if __name__ == "__main__":
    main()
