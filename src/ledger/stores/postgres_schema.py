"""The tables of a ledger in PostgreSQL, and the triggers that let it only grow, whoever writes."""

# ruff: noqa: S608 - the only names put into statements are our own constants

from __future__ import annotations

SCHEMA = "claimfund"

TABLES = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE {SCHEMA}.meta (
    id integer PRIMARY KEY CHECK (id = 1),
    schema_version integer NOT NULL,
    ledger_id text NOT NULL,
    vkey text NOT NULL
);
CREATE TABLE {SCHEMA}.events (
    position bigint PRIMARY KEY CHECK (position > 0),
    plan text COLLATE "C" NOT NULL CHECK (plan <> ''),
    version bigint NOT NULL CHECK (version > 0),
    topic text COLLATE "C" NOT NULL,
    state bytea NOT NULL,
    actor text NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    recorded_at bigint NOT NULL,
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
    CONSTRAINT events_plan_version UNIQUE (plan, version) INCLUDE (position)
);
ALTER TABLE {SCHEMA}.events ALTER COLUMN state SET STORAGE EXTERNAL;
CREATE INDEX events_first ON {SCHEMA}.events (position) INCLUDE (plan) WHERE version = 1;
CREATE TABLE {SCHEMA}.commands (
    idempotency_key text COLLATE "C" PRIMARY KEY,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    first bigint NOT NULL,
    last bigint NOT NULL CHECK (last >= first)
);
CREATE TABLE {SCHEMA}.checkpoints (
    size bigint PRIMARY KEY CHECK (size >= 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    note text NOT NULL
);
CREATE TABLE {SCHEMA}.head (
    id integer PRIMARY KEY CHECK (id = 1),
    frontier bytea NOT NULL,
    newest bigint NOT NULL
);
"""

_REFUSE = f"""
CREATE FUNCTION {SCHEMA}.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION {SCHEMA}.at_end() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (
            SELECT min(position) AS lowest, max(position) AS highest, count(*) AS n FROM added
        ) AS a
        WHERE a.n > 0 AND (
            a.highest - a.lowest + 1 <> a.n
            OR a.highest <> (SELECT max(position) FROM {SCHEMA}.events)
            OR (a.lowest > 1 AND NOT EXISTS (
                SELECT 1 FROM {SCHEMA}.events AS e WHERE e.position = a.lowest - 1))
        )
    ) OR EXISTS (
        SELECT 1 FROM (
            SELECT plan, min(version) AS lowest, max(version) AS highest, count(*) AS n
            FROM added GROUP BY plan
        ) AS a
        WHERE a.highest - a.lowest + 1 <> a.n OR (a.lowest > 1 AND NOT EXISTS (
            SELECT 1 FROM {SCHEMA}.events AS e WHERE e.plan = a.plan AND e.version = a.lowest - 1))
    ) THEN
        RAISE EXCEPTION 'the ledger only grows at its end, without gaps' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER events_at_end AFTER INSERT ON {SCHEMA}.events
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.at_end();
ALTER TABLE {SCHEMA}.events ENABLE ALWAYS TRIGGER events_at_end;
"""


def triggers() -> str:
    """The statements that create the triggers; they fire for every role, the owner's too."""
    statements = [_REFUSE]
    for table in ("events", "commands", "checkpoints", "meta", "head"):
        operations = "DELETE OR TRUNCATE" if table == "head" else "UPDATE OR DELETE OR TRUNCATE"
        statements.append(
            f"CREATE TRIGGER {table}_only_grow BEFORE {operations} ON {SCHEMA}.{table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse();\n"
            f"ALTER TABLE {SCHEMA}.{table} ENABLE ALWAYS TRIGGER {table}_only_grow;\n"
        )
    return "".join(statements)
