"""What the recording commands share: hand a command to the ledger and say in one line what was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from claimfund.errors import Rejected, clean
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.commands import Command
    from ledger.handling import Outcome
    from ledger.plan import Plan


def record(
    session: Session,
    *commands: Command,
    plan: str | None = None,
    reason: str = "",
    expect_head: str | None = None,
    key: str | None = None,
    source_sha256: str = "",
) -> Outcome:
    """Record commands on the plan, all or none; ``source_sha256`` is the file they were read from."""
    from ledger.events import About

    code, about = plan or session.plan, About(reason=reason, source_sha256=source_sha256)
    return session.ledger.handle(code, commands, actor=session.actor, key=key, expect_head=expect_head, about=about)


def say(session: Session, outcome: Outcome, what: str, next_step: str = "") -> None:
    """``Recorded event 12: what.``; and what may come next."""
    numbers = [event.position for event in outcome.events]
    if not numbers:
        click.echo(f"Nothing to record: {what} is recorded already.")
        return
    named = f"event {numbers[0]}" if len(numbers) == 1 else f"events {numbers[0]} to {numbers[-1]}"
    again = " (it was recorded before; nothing was recorded twice)" if outcome.again else ""
    if waiting := proposed(outcome):
        click.echo(waiting)
        return
    click.echo(clean(f"Recorded {named}: {what}.{again}"))
    for line in triggered(outcome.events):
        click.echo(line)
    if next_step and not session.quiet:
        click.echo(f"Next: {next_step}")


def proposed(outcome: Outcome) -> str:
    """What was proposed instead of recorded, and the command it waits for; nothing when it was recorded."""
    from ledger.events import ChangeProposed

    for recorded in outcome.events:
        if isinstance(event := recorded.event, ChangeProposed):
            return clean(
                f"Proposed change {recorded.position}: {event.summary}.\n"
                f"Nothing of it is recorded yet. Until {event.expires_on} it waits for:\n"
                f"  claimfund approve {recorded.position} --hash {event.sha256[:16]} --actor SOMEBODY-ELSE",
                lines=True,
            )
    return ""


def triggered(events: Sequence[object]) -> list[str]:
    """A line for every stop-loss threshold that was crossed with what was recorded."""
    from ledger.events import StopLossTriggered
    from ledger.money import shown

    lines = []
    for recorded in events:
        event = getattr(recorded, "event", None)
        if isinstance(event, StopLossTriggered):
            who = f"{event.member} " if event.member else "the plan "
            lines.append(clean(
                f"! {who}crossed {shown(event.threshold)} of {event.coverage_kind} stop-loss {event.policy} "
                f"with {shown(event.eligible)}.   claimfund stoploss {event.coverage_kind}"
            ))  # fmt: skip
    return lines


def state(session: Session, known_at: int | None = None) -> Plan:
    """What is remembered of the plan, as known at an event number: years, policies, filings, closed months."""
    if known_at is None:
        return session.ledger.plan(session.plan)
    from ledger.plan import Plan

    plan = Plan(session.plan)
    for recorded in session.reading.history(session.plan, known_at):
        plan.apply(recorded)
    return plan


def policy_of(session: Session, kind: str, given: str | None, year: int | None = None) -> str:
    """The stop-loss policy of a kind: as given, or the only one in force that year."""
    bound = [p for p in state(session).policies.values() if p.coverage_kind == kind]
    if given:
        if given not in {policy.policy for policy in bound}:
            names = ", ".join(policy.policy for policy in bound) or "none"
            raise Rejected(f"there is no {kind} policy {given!r}.", f"Bound are: {names}.")
        return given
    fitting = [policy for policy in bound if year is None or policy.effective.year == year]
    if not fitting:
        raise Rejected(f"no {kind} stop-loss policy is bound.", "Name it in plan.toml, or with --policy.")
    return fitting[-1].policy
