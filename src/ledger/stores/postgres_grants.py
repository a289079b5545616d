"""Rights in a PostgreSQL ledger, as SQL: who owns it, who records, who only reads, and who sees which plans.

Nobody but the owner has a right to a whole table: the recording role may insert the columns it fills, and update the
two columns of the head row. The triggers of :mod:`ledger.stores.postgres_schema` stay, whoever writes.
"""

# ruff: noqa: S608 - names of roles and plans are quoted by psycopg, all others are our own constants

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from ledger.refusals import StoreUnusable
from ledger.stores.postgres_connection import postgres_errors
from ledger.stores.postgres_opening import place_of, stored_meta
from ledger.stores.postgres_schema import SCHEMA

TABLES = ("meta", "events", "commands", "checkpoints", "head")
FUNCTIONS = ("refuse", "at_end")
INSERTED: Mapping[str, str] = {
    "events": "position, plan, version, topic, state, actor, idempotency_key, recorded_at, leaf",
    "commands": "idempotency_key, digest, first, last",
    "checkpoints": "size, root, note",
}
# A session that says SET LOCAL claimfund.plans = 'NW,AC' sees less than its role may, never more.
_NARROWED = (
    "(coalesce(current_setting('claimfund.plans', true), '') = ''"
    " OR plan = ANY (string_to_array(current_setting('claimfund.plans', true), ',')))"
)
_OWN = f"EXISTS (SELECT 1 FROM {SCHEMA}.plan_roles AS r WHERE r.role = current_user AND r.plan = events.plan)"
_OF_OWN = f"EXISTS (SELECT 1 FROM {SCHEMA}.events AS e WHERE e.position BETWEEN commands.first AND commands.last)"


_TAKEN_BACK = f"""DO $$
DECLARE grantee oid;
BEGIN
    FOR grantee IN
        SELECT x.grantee FROM pg_class AS c, aclexplode(c.relacl) AS x
        WHERE c.relnamespace = '{SCHEMA}'::regnamespace AND x.grantee <> c.relowner
        UNION SELECT x.grantee
        FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS x
        WHERE c.relnamespace = '{SCHEMA}'::regnamespace AND x.grantee <> c.relowner
        UNION SELECT x.grantee FROM pg_namespace AS n, aclexplode(n.nspacl) AS x
        WHERE n.nspname = '{SCHEMA}' AND x.grantee <> n.nspowner
    LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM %s',
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END);
        EXECUTE format('REVOKE ALL ON SCHEMA {SCHEMA} FROM %s',
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END);
    END LOOP;
END $$"""


@dataclass(frozen=True, slots=True)
class Roles:
    """Database roles: one owner, those that record, those that only read, and those that see and record some plans."""

    owner: str
    app: tuple[str, ...] = ()
    auditor: tuple[str, ...] = ()
    administrators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def recording(self) -> tuple[str, ...]:
        """The roles that may record."""
        return (*self.app, *self.administrators)

    @property
    def others(self) -> tuple[str, ...]:
        """Every role but the owner."""
        return (*self.recording, *self.auditor)


def grant_statements(roles: Roles) -> tuple[str, ...]:
    """The statements that give these roles their rights and take all others; they can be run again."""
    return tuple(f"{statement};" for statement in (*_owned(roles), *_granted(roles), *_by_plan(roles)))


def apply_grants(url: str, roles: Roles) -> None:
    """Run the statements in one transaction. Raises ``StoreUnusable`` without a ledger, a role or the right to."""
    place = place_of(url)
    with postgres_errors(place), psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        if stored_meta(connection) is None:
            raise StoreUnusable(f"The database {place} has no ledger. Create one with: claimfund init")
        found = connection.execute("SELECT rolname FROM pg_roles").fetchall()
        missing = sorted({roles.owner, *roles.others} - {str(name) for (name,) in found})
        if missing:
            made = " ".join(f"CREATE ROLE {_name(role)} LOGIN;" for role in missing)
            raise StoreUnusable(f"The database {place} has no role {', '.join(missing)}. Make it first: {made}")
        with connection.transaction():
            for statement in grant_statements(roles):
                connection.execute(statement.encode())


def _name(role: str) -> str:
    return sql.Identifier(role).as_string(None)


def _names(roles: Sequence[str]) -> str:
    return ", ".join(_name(role) for role in roles)


def _owned(roles: Roles) -> Iterator[str]:
    owner = _name(roles.owner)
    yield f"ALTER SCHEMA {SCHEMA} OWNER TO {owner}"
    for table in TABLES:
        yield f"ALTER TABLE {SCHEMA}.{table} OWNER TO {owner}"
    for function in FUNCTIONS:
        yield f"ALTER FUNCTION {SCHEMA}.{function}() OWNER TO {owner}"
        yield f"REVOKE ALL ON FUNCTION {SCHEMA}.{function}() FROM PUBLIC"


def _granted(roles: Roles) -> Iterator[str]:
    yield _TAKEN_BACK
    if roles.others:
        yield f"GRANT USAGE ON SCHEMA {SCHEMA} TO {_names(roles.others)}"
        yield f"GRANT SELECT ON {', '.join(f'{SCHEMA}.{table}' for table in TABLES)} TO {_names(roles.others)}"
    if roles.recording:
        for table, columns in INSERTED.items():
            yield f"GRANT INSERT ({columns}) ON {SCHEMA}.{table} TO {_names(roles.recording)}"
        yield f"GRANT UPDATE (frontier, newest) ON {SCHEMA}.head TO {_names(roles.recording)}"


def _by_plan(roles: Roles) -> Iterator[str]:
    """Row-level security, only where some roles see some plans: without it a register is recorded by COPY."""
    if not roles.administrators:
        for table in ("events", "commands"):
            yield f"ALTER TABLE {SCHEMA}.{table} NO FORCE ROW LEVEL SECURITY"
            yield f"ALTER TABLE {SCHEMA}.{table} DISABLE ROW LEVEL SECURITY"
        return
    owner, administrators = _name(roles.owner), _names(tuple(roles.administrators))
    yield (
        f"CREATE TABLE IF NOT EXISTS {SCHEMA}.plan_roles "
        '(role name NOT NULL, plan text COLLATE "C" NOT NULL, PRIMARY KEY (role, plan))'
    )
    yield f"ALTER TABLE {SCHEMA}.plan_roles OWNER TO {owner}"
    yield f"GRANT SELECT ON {SCHEMA}.plan_roles TO {administrators}"
    yield f"DELETE FROM {SCHEMA}.plan_roles"
    rows = [
        f"({sql.Literal(role).as_string(None)}, {sql.Literal(plan).as_string(None)})"
        for role, plans in roles.administrators.items() for plan in plans
    ]  # fmt: skip
    yield f"INSERT INTO {SCHEMA}.plan_roles VALUES {', '.join(rows)}"
    yield f"CREATE OR REPLACE VIEW {SCHEMA}.leaves AS SELECT position, leaf, recorded_at FROM {SCHEMA}.events"
    yield f"ALTER VIEW {SCHEMA}.leaves OWNER TO {owner}"
    yield f"GRANT SELECT ON {SCHEMA}.leaves TO {_names(roles.others)}"
    yield f"ALTER FUNCTION {SCHEMA}.at_end() SECURITY DEFINER"
    for table, own in (("events", _OWN), ("commands", _OF_OWN)):
        for policy in ("owner_all", "sees_all", "records_all", "sees_own", "records_own"):
            yield f"DROP POLICY IF EXISTS {policy} ON {SCHEMA}.{table}"
        narrowed = _NARROWED if table == "events" else "true"
        yield f"CREATE POLICY owner_all ON {SCHEMA}.{table} TO {owner} USING (true) WITH CHECK (true)"
        if roles.app or roles.auditor:
            seeing = _names((*roles.app, *roles.auditor))
            yield f"CREATE POLICY sees_all ON {SCHEMA}.{table} FOR SELECT TO {seeing} USING ({narrowed})"
        if roles.app:
            yield f"CREATE POLICY records_all ON {SCHEMA}.{table} FOR INSERT TO {_names(roles.app)} WITH CHECK (true)"
        yield f"CREATE POLICY sees_own ON {SCHEMA}.{table} FOR SELECT TO {administrators} USING ({own} AND {narrowed})"
        yield f"CREATE POLICY records_own ON {SCHEMA}.{table} FOR INSERT TO {administrators} WITH CHECK ({own})"
        yield f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY"
