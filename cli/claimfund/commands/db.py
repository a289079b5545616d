"""``claimfund db``: roles and rights in a PostgreSQL database."""

from __future__ import annotations

import click

from claimfund.errors import Rejected
from claimfund.options import pass_session, placed
from claimfund.session import Session


@click.group("db")
def command() -> None:
    """Give database roles their rights in a PostgreSQL ledger."""


@command.command(
    "grant",
    epilog="\b\nExamples:\n"
    "  claimfund db grant --owner cf_owner --app cf_app --auditor cf_audit\n"
    "  claimfund db grant --owner cf_owner --app cf_app --administrator cf_north=NW,AC --apply",
)
@click.option("--owner", required=True, metavar="ROLE", help="Who owns the tables; nobody records as this role.")
@click.option("--app", multiple=True, metavar="ROLE", help="Records and reads; may be given several times.")
@click.option("--auditor", multiple=True, metavar="ROLE", help="Only reads; may be given several times.")
@click.option(
    "--administrator", "administrators", multiple=True, metavar="ROLE=PLAN,…",
    help="Sees and records only these plans; may be given several times.",
)  # fmt: skip
@click.option("--apply", "apply_", is_flag=True, help="Run the statements on the ledger instead of printing them.")
@placed
@pass_session
def grant(
    session: Session, owner: str, app: tuple[str, ...], auditor: tuple[str, ...], administrators: tuple[str, ...],
    apply_: bool,
) -> None:  # fmt: skip
    """Print the SQL that gives roles their rights, or run it. Other rights on the ledger are taken back."""
    from ledger.stores.postgres_grants import Roles, apply_grants, grant_statements

    by_plan = dict(_role_and_plans(text) for text in administrators)
    roles = Roles(owner, app, auditor, by_plan)
    named = [owner, *roles.others]
    if len(set(named)) != len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise click.UsageError(f"The role {twice} is named twice; one role has one kind of rights.")
    if not apply_:
        click.echo("\n".join(("BEGIN;", *grant_statements(roles), "COMMIT;")))
        return
    if "://" not in session.location:
        raise Rejected("roles are for a ledger in PostgreSQL; this one is a file.", "Protect the file by its owner.")
    apply_grants(session.location, roles)
    click.echo(f"Granted: owner {owner}; " + "; ".join(_said(roles.app, roles.auditor, by_plan)) + ".")


def _role_and_plans(text: str) -> tuple[str, tuple[str, ...]]:
    role, _, plans = text.partition("=")
    codes = tuple(code.strip() for code in plans.split(",") if code.strip())
    if not role or not codes:
        raise click.UsageError(f"--administrator {text}: write ROLE=PLAN, or ROLE=PLAN,PLAN.")
    return role, codes


def _said(app: tuple[str, ...], auditor: tuple[str, ...], by_plan: dict[str, tuple[str, ...]]) -> list[str]:
    said = [f"{role} records and reads" for role in app] + [f"{role} reads" for role in auditor]
    return said + [f"{role} records and reads {', '.join(plans)}" for role, plans in by_plan.items()]
