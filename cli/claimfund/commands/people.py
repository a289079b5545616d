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
    "  claimfund people add m.ortiz --role preparer --role approver --person P-17\n"
    "  claimfund people add kim --role approver --login cf_kim",
)
@click.argument("name")
@click.option("--role", "roles", type=ROLE, multiple=True, help="A role; may be given several times.")
@click.option(
    "--person", default="", metavar="ID", help="Who it is; several names of one person count as one. Default: the name."
)
@click.option(
    "--login", default=None, metavar="LOGIN",
    help="The only login under which the name records: a PostgreSQL role, or a user of this machine. "
    "Also for who is enrolled already.",
)  # fmt: skip
@recording
@pass_session
def add(session: Session, name: str, roles: tuple[Role, ...], person: str, login: str | None) -> None:
    """Enroll somebody under the name they record with. The first one becomes administrator."""
    from ledger.commands import EnrollActor

    people = state(session).people.enrolled
    first, held = not people, dict.fromkeys(roles if people else (*roles, "administrator"))
    if login is not None and not login.strip():
        raise click.BadParameter("is empty; name the login, or leave the option out.", param_hint="'--login'")
    login = login or ""
    under = f" under the login {login} only" if login else ""
    said = f"{name} records{under}" if name in people else f"{name} enrolled as {', '.join(held)}{under}"
    outcome = record(session, EnrollActor(name, roles, person, login))
    say(
        session, outcome, said,
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
    "  claimfund people require --manual-above 10000.00 --denial-above 0.00 --expiry-days 14\n"
    "  claimfund people require --no-manual",
)
@click.option("--reopening/--no-reopening", default=None, help="Opening a closed month again.")
@click.option("--settlement/--no-settlement", default=None, help="Posting a settlement.")
@click.option("--write-off/--no-write-off", default=None, help="Giving up what the carrier owes.")
@click.option("--manual-above", type=AMOUNT, metavar="AMOUNT", help="Money entered by hand, above this amount.")
@click.option("--no-manual", is_flag=True, help="Money entered by hand needs one person.")
@click.option("--denial-above", type=AMOUNT, metavar="AMOUNT", help="A carrier's denial of more than this.")
@click.option("--no-denial", is_flag=True, help="A carrier's denial needs one person.")
@click.option("--people/--no-people", default=None, help="Enrolling people and giving them roles.")
@click.option("--early-erasure/--no-early-erasure", default=None, help="Erasing a member's key before its term.")
@click.option("--expiry-days", type=click.IntRange(1, 366), metavar="DAYS", help="How long a proposed change waits.")
@recording
@pass_session
def require(
    session: Session, /, manual_above: int | None, no_manual: bool, denial_above: int | None, no_denial: bool,
    **given: bool | int | None,
) -> None:  # fmt: skip
    """Say what needs two people; what is not named stays as it is."""
    from ledger.commands import SetApprovals
    from ledger.two_people import needing_two

    said: dict[str, bool | int] = {name: value for name, value in given.items() if value is not None}
    said |= _above("manual", "manual_adjustment", manual_above, no_manual)
    said |= _above("denial", "denial", denial_above, no_denial)
    if not said:
        raise click.UsageError("Say what needs two people, such as --settlement.")
    terms = state(session).approvals.model_copy(update=said)
    outcome = record(session, SetApprovals(terms))
    say(session, outcome, needing_two(terms))


def _above(option: str, term: str, above: int | None, none: bool) -> dict[str, bool | int]:
    """A requirement that begins above an amount, asked for or taken away, or nothing."""
    if above is not None and none:
        raise click.UsageError(f"Give either --{option}-above or --no-{option}.")
    if above is not None and above < 0:
        raise click.UsageError(f"--{option}-above is at least 0.00: above nothing, so always.")
    return {} if above is None and not none else {term: not none, f"{term}_above": above or 0}


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
        {"name": name, "person": found.person, "roles": sorted(found.roles), "login": found.login or None}
        for name, found in people.enrolled.items()
    ]
    table = Table(
        (("Name", "text"), ("Person", "text"), ("Roles", "text"), ("Login", "text")),
        [[row["name"], row["person"], ", ".join(row["roles"]) or "none", row["login"] or "any"] for row in rows],
    )
    stamped = stamp(session, None, reached)
    headers = [f"People of plan {session.plan}", second_line(stamped)]
    notes = [] if rows else ["Nobody is enrolled: one bookkeeper does everything. Next: claimfund people add NAME"]
    notes.append(f"{needing_two(terms)}." if terms.asked_for else "Nothing needs two people.")
    needs = {
        **terms.model_dump(), "early_erasure": terms.early_erasure, "denial": terms.denial,
        "denial_above": money(terms.denial_above), "manual_adjustment_above": money(terms.manual_adjustment_above),
    }  # fmt: skip
    data = {"people": rows, "approvals": needs}
    report = Report("people", "people list", stamped, data, headers, [table] if rows else [], notes, rows)
    emit(session, report, form=form, as_json=as_json, out=out)
