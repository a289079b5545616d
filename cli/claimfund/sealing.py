"""Sealed claim numbers on the command line: sealed when recorded, opened with the member key."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from claimfund.errors import Refused, Rejected
from claimfund.options import FILE
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.intake.sealing import Opening, PlanSealing, Sealing
    from ledger.intake.vault import MemberVault
    from projections.history import History
    from projections.traced_lines import TracedLines

F = TypeVar("F", bound=Callable[..., Any])
L = TypeVar("L", bound=Any)
KEY = click.option(
    "--key", "key", type=FILE, metavar="FILE", help="The member key file, where the plan's claim numbers are sealed."
)


def opened_vault(key: Path) -> MemberVault:
    """The vault of a key file that exists: looking never makes one."""
    from ledger.intake.vault import MemberVault

    if not key.exists():
        raise Rejected(f"there is no member key file {key}.", "Name it with --key; it is made by: claimfund import")
    if key.is_dir():
        raise Rejected(f"{key} is a folder, not a member key file.", "Name the key file itself with --key.")
    return MemberVault.open(key)


def sealing_of(session: Session, vault: MemberVault | None) -> Sealing | None:
    """What seals the lines of the ledger's plans; nothing without a vault."""
    if vault is None:
        return None
    from ledger.intake.sealing import Sealing
    from ledger.seals import sealed_by

    return Sealing(vault, lambda plan: sealed_by(session.ledger.plan(plan)))


def plan_sealing(session: Session, key: Path | None) -> PlanSealing | None:
    """What seals what is recorded by hand; nothing without a key, and where the plan's lines are readable."""
    if key is None:
        return None
    vault = opened_vault(key)
    sealing = sealing_of(session, vault)
    found = sealing.of(session.plan) if sealing is not None else None
    vault.save()  # the secret of a plan whose first line this is
    return found


def revealing(function: F) -> F:
    """``--reveal`` and ``--key``: the function gets the key as ``key``, and ``reveal`` only together with one."""

    @wraps(function)
    def asked(*args: Any, reveal: bool, key: Path | None, **given: Any) -> Any:
        if reveal and key is None:
            raise click.UsageError("--reveal needs --key FILE.")
        return function(*args, reveal=reveal, key=key, **given)

    shown = click.option("--reveal", is_flag=True, help="Show the administrator's numbers; needs --key, and is logged.")
    return cast(F, shown(KEY(asked)))


class Claims:
    """The claim numbers of a plan as somebody with or without the key sees them."""

    def __init__(self, session: Session, history: History, key: Path | None) -> None:
        from ledger.seals import seal_of

        self._pages = {page.position: page.lines for page in history.pages if not page.correcting}
        first = next(iter(history.pages), None)
        mark = seal_of(first.lines.take(slice(0, 1))) if first is not None else ""
        self._opening: Opening | None = None
        self._session = session
        self.sealed = bool(mark)
        if key is not None and mark:
            from ledger.intake.sealing import Opening

            self._opening = Opening(opened_vault(key), session.plan, mark)

    def token(self, kind: str, number: str) -> str:
        """What stands in the ledger for a number: its token, the number itself in a readable plan; ``-`` reads it.

        What the access log says of the running command holds the token in its place. Raises ``Refused`` for a number
        that cannot be looked for without the key.
        """
        from ledger.seals import is_token

        if number == "-":
            number = sys.stdin.readline().strip()
        if self._opening is not None and not self._holds(kind, number):
            number = self._opening.seal.token(kind, number)
        elif self.sealed and not is_token(number):
            raise Refused("the claim numbers of this plan are sealed, so that number is found with the key only.",
                          "Add --key FILE, or name the token that the ledger shows in its place.")  # fmt: skip
        context = click.get_current_context()
        context.params["number"] = number
        return number

    def _holds(self, kind: str, token: str) -> bool:
        """Whether some line has this very token: a number may look like one."""
        column = "claim_id" if kind == "claim" else "payment_ref"
        return any((lines[column] == token.encode()).any() for lines in self._pages.values())

    def revealed(self, lines: list[L], *, command: str, to_file: bool) -> list[L]:
        """Lines of a report (with ``address``, ``claim_id``, perhaps ``payment_ref``) with the administrator's numbers.

        What is shown on a screen is logged here, what goes to a file when it is written. Lines of members who were
        erased keep their tokens.
        """
        if self._opening is None:
            return lines
        if not to_file:
            self.log(command, [line.address for line in lines])
        return [self._line(line) for line in lines]

    def revealed_in(self, found: TracedLines, *, command: str, to_file: bool) -> TracedLines:
        """What stands behind a figure, with the administrator's numbers of its lines."""
        return replace(found, lines=tuple(self.revealed(list(found.lines), command=command, to_file=to_file)))

    def log(self, command: str, asked: list[str]) -> None:
        """Record that numbers are shown on a screen: which addresses, and no number."""
        from claimfund.access import log_access

        told = "\n".join(asked).encode()
        log_access(self._session, f"{command} --reveal", "screen", hashlib.sha256(told).digest(), len(told))

    def _line(self, line: L) -> L:
        texts = self.of(line.address)
        if texts is None:
            return line
        more = {"payment_ref": texts[1]} if hasattr(line, "payment_ref") else {}
        return replace(line, claim_id=texts[0], **more)

    def of(self, address: str) -> tuple[str, str] | None:
        """The claim number and payment reference of a line; nothing when they are not to be opened."""
        event, _, number = address.partition(".")
        page = self._pages.get(int(event))
        if page is None or not number or self._opening is None:
            return None
        return self._opening.texts(page.row(int(number)))
