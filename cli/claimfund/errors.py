"""How a failure is said: one clear sentence, the remedy below it, and the exit code of its kind."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import click

UNEXPECTED, USAGE, REJECTED, REFUSED, DIFFERENCES, DAMAGED, UNUSABLE, INTERRUPTED = 1, 2, 3, 4, 5, 6, 7, 130


class Failed(click.ClickException):
    """A failure with its exit code; printed as ``Error: …`` and an indented remedy."""

    exit_code = UNEXPECTED

    def __init__(self, sentence: str, remedy: str = "", details: Sequence[str] = (), code: int | None = None) -> None:
        super().__init__(sentence)
        self.remedy = remedy
        self.details = tuple(details)
        if code is not None:
            setattr(self, "exit_code", code)  # noqa: B010  # click declares it on the class

    def show(self, file: IO[Any] | None = None) -> None:
        lines = [f"Error: {self.message}", *self.details, *([self.remedy] if self.remedy else [])]
        for number, line in enumerate(lines):
            click.echo(clean(line if number == 0 else f"  {line}"), file=file, err=file is None)


class Rejected(Failed):
    """A file, amount or date that cannot be taken as it is."""

    exit_code = REJECTED


class Refused(Failed):
    """A rule says no."""

    exit_code = REFUSED


def clean(text: str, *, lines: bool = False) -> str:
    """The text without control characters (line ends stay with ``lines``): nothing imported can drive the terminal."""
    return "".join(c for c in text if c.isprintable() or c in (" \t\n" if lines else " \t"))


@contextmanager
def guarded(ctx: click.Context) -> Iterator[None]:
    """Turn whatever a command raises into a failure with its exit code; no traceback unless asked for."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt:
        click.echo("Interrupted; nothing was half-recorded.", err=True)
        ctx.exit(INTERRUPTED)
    except BrokenPipeError:
        _silence()
        ctx.exit(0)
    except Exception as problem:
        if getattr(ctx.obj, "debug", False):
            click.echo(_frames(problem), err=True, nl=False)
        raise _told(problem) from None


def _told(problem: Exception) -> Failed:
    from ledger.calendar import DateError
    from ledger.money import AmountError
    from ledger.refusals import LedgerDamaged, Refusal, StoreUnusable

    if isinstance(problem, Refusal):
        return Refused(problem.sentence, problem.remedy)
    if isinstance(problem, StoreUnusable):
        return Failed(str(problem), code=UNUSABLE)
    if isinstance(problem, LedgerDamaged):
        where = f" at event {problem.position:,}" if problem.position else ""
        remedy = "Leave the ledger as it is, and compare it with an earlier copy."
        return Failed(f"VERIFICATION FAILED{where}: {problem}", remedy, code=DAMAGED)
    if type(problem).__name__ == "InputRejected":
        sentence = getattr(problem, "sentence", str(problem))
        return Rejected(str(sentence), str(getattr(problem, "remedy", "")))
    if type(problem).__name__ == "ValidationError":
        return Rejected(_invalid(problem))
    if isinstance(problem, (AmountError, DateError)):
        return Rejected(str(problem))
    if isinstance(problem, OSError):
        what, why = problem.filename or "What was asked for cannot be written", problem.strerror or problem
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = "Make room, or name a file elsewhere." if full else "Check the path and its permissions."
        return Rejected(f"{what}: {why}.", remedy)
    return Failed(
        f"something unexpected happened ({type(problem).__name__}).",
        "Run it again with `claimfund --debug …` to see where.",
    )


def _frames(problem: BaseException) -> str:
    """Where it went wrong, without what the exception says: that may hold a value of somebody's file."""
    told = "".join(traceback.format_tb(problem.__traceback__))
    return f"Traceback (most recent call last):\n{told}{type(problem).__name__}\n"


def _invalid(problem: Any) -> str:
    """What is wrong with the fields of a value, in words."""
    errors = problem.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {_in_words(e)}" for e in errors) + "."


def _in_words(error: Any) -> str:
    """What pydantic found, without its own terms."""
    if error["type"] == "string_too_long":
        return f"is longer than {error['ctx']['max_length']} characters; shorten it"
    return str(error["msg"]).removeprefix("Value error, ")


def _silence() -> None:
    """Point standard output at nothing, so that closing it at the end says nothing."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
    except (OSError, ValueError):
        return
