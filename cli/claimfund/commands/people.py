"""``claimfund people``: who may record, approve or only read, and who gives these roles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimfund.options import AMOUNT, known_position, pass_session, reading, recording
from claimfund.output import Report, emit
from claimfund.recording import record, say, state
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from ledger.terms import Role

ROLES = ("preparer", "approver", "auditor", "administrator")
ROLE = click.Choice(ROLES)


@click.group("people")
def command() -> None:
    """Say who may record, approve or only read."""


@command.command(
    "add",
    epilog="\b\nExamples:\n  claimfund people add controller --role preparer\n"
    "  claimfund people add m.ortiz --role preparer --role approver --person P-17",
)
@click.argument("name")
@click.option("--role", "roles", type=ROLE, multiple=True, help="A role; may be given several times.")
@click.option(
    "--person", default="", metavar="ID", help="Who it is; several names of one person count as one. Default: the name."
)
@recording
@pass_session
def add(session: Session, name: str, roles: tuple[Role, ...], person: str) -> None:
    """Enroll somebody under the name they record with. The first one becomes administrator."""
    from ledger.commands import EnrollActor

    first = not state(session).people.enrolled
    outcome = record(session, EnrollActor(name, roles, person))
    held = dict.fromkeys((*roles, "administrator") if first else roles)
    say(
        session, outcome, f"{name} enrolled as {', '.join(held)}",
        f"from now on only enrolled people record; add the others as {name}" if first else "",
    )  # fmt: skip


@command.command("grant", epilog="\b\nExample:\n  claimfund people grant m.ortiz approver")
@click.argument("name")
@click.argument("role", type=ROLE)
@recording
@pass_session
def grant(session: Session, name: str, role: Role) -> None:
    """Give somebody one more role."""
    from ledger.commands import GrantRole

    say(session, record(session, GrantRole(name, role)), f"{name} is {role}")


@command.command("revoke", epilog='\b\nExample:\n  claimfund people revoke m.ortiz approver --reason "Left the team"')
@click.argument("name")
@click.argument("role", type=ROLE)
@click.option("--reason", default="", help="Why.")
@recording
@pass_session
def revoke(session: Session, name: str, role: Role, reason: str) -> None:
    """Take a role from somebody; what they recorded stays."""
    from ledger.commands import RevokeRole

    outcome = record(session, RevokeRole(name, role, reason), reason=reason)
    say(session, outcome, f"{name} is no longer {role}")


@command.command(
    "require",
    epilog="\b\nExamples:\n  claimfund people require --settlement --reopening --write-off\n"
    "  claimfund people require --manual-above 10000.00 --expiry-days 14\n  claimfund people require --no-manual",
)
@click.option("--reopening/--no-reopening", default=None, help="Opening a closed month again.")
@click.option("--settlement/--no-settlement", default=None, help="Posting a settlement.")
@click.option("--write-off/--no-write-off", default=None, help="Giving up what the carrier owes.")
@click.option("--manual-above", type=AMOUNT, metavar="AMOUNT", help="Money entered by hand, above this amount.")
@click.option("--no-manual", is_flag=True, help="Money entered by hand needs one person.")
@click.option("--people/--no-people", default=None, help="Enrolling people and giving them roles.")
@click.option("--early-erasure/--no-early-erasure", default=None, help="Erasing a member's key before its term.")
@click.option("--expiry-days", type=click.IntRange(1, 366), metavar="DAYS", help="How long a proposed change waits.")
@recording
@pass_session
def require(session: Session, /, manual_above: int | None, no_manual: bool, **given: bool | int | None) -> None:
    """Say what needs two people; what is not named stays as it is."""
    from ledger.commands import SetApprovals
    from ledger.two_people import needing_two

    if manual_above is not None and no_manual:
        raise click.UsageError("Give either --manual-above or --no-manual.")
    said: dict[str, bool | int] = {name: value for name, value in given.items() if value is not None}
    if manual_above is not None:
        said |= {"manual_adjustment": True, "manual_adjustment_above": manual_above}
    if no_manual:
        said |= {"manual_adjustment": False, "manual_adjustment_above": 0}
    if not said:
        raise click.UsageError("Say what needs two people, such as --settlement.")
    terms = state(session).approvals.model_copy(update=said)
    outcome = record(session, SetApprovals(terms))
    say(session, outcome, needing_two(terms))


@command.command("list")
@reading
@pass_session
def list_(session: Session, known_at: str | None, form: str | None, as_json: bool, out: Path | None) -> None:
    """List the people of the plan and their roles."""
    reached = known_position(session, known_at)
    from ledger.money import money
    from ledger.two_people import needing_two

    plan = state(session, reached)
    people, terms = plan.people, plan.approvals
    rows: list[dict[str, Any]] = [
        {"name": name, "person": found.person, "roles": sorted(found.roles)} for name, found in people.enrolled.items()
    ]
    table = Table(
        (("Name", "text"), ("Person", "text"), ("Roles", "text")),
        [[row["name"], row["person"], ", ".join(row["roles"]) or "none"] for row in rows],
    )
    stamped = stamp(session, None, reached)
    headers = [f"People of plan {session.plan}", second_line(stamped)]
    notes = [] if rows else ["Nobody is enrolled: one bookkeeper does everything. Next: claimfund people add NAME"]
    notes.append(f"{needing_two(terms)}." if terms.asked_for else "Nothing needs two people.")
    needs = {
        **terms.model_dump(), "early_erasure": terms.early_erasure,
        "manual_adjustment_above": money(terms.manual_adjustment_above),
    }  # fmt: skip
    data = {"people": rows, "approvals": needs}
    report = Report("people", "people list", stamped, data, headers, [table] if rows else [], notes, rows)
    emit(session, report, form=form, as_json=as_json, out=out)
