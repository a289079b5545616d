"""The tables of a ledger in SQLite, and the triggers that let it only grow."""

from __future__ import annotations

APPLICATION_ID = 0x434C4D46  # "CLMF", so that `file` and we know the file for what it is

TABLES = (
    """CREATE TABLE meta (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        schema_version INTEGER NOT NULL,
        ledger_id TEXT NOT NULL,
        vkey TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE events (
        position INTEGER PRIMARY KEY CHECK (position > 0),
        plan TEXT NOT NULL CHECK (plan <> ''),
        version INTEGER NOT NULL CHECK (version > 0),
        topic TEXT NOT NULL,
        state BLOB NOT NULL,
        actor TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        leaf BLOB NOT NULL CHECK (length(leaf) = 32),
        UNIQUE (plan, version)
    ) STRICT""",
    "CREATE INDEX events_first ON events (position, plan) WHERE version = 1",
    """CREATE TABLE commands (
        idempotency_key TEXT NOT NULL PRIMARY KEY,
        digest BLOB NOT NULL CHECK (length(digest) = 32),
        first INTEGER NOT NULL,
        last INTEGER NOT NULL CHECK (last >= first)
    ) STRICT""",
    """CREATE TABLE checkpoints (
        size INTEGER PRIMARY KEY CHECK (size >= 0),
        root BLOB NOT NULL CHECK (length(root) = 32),
        note TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        frontier BLOB NOT NULL,
        newest INTEGER NOT NULL
    ) STRICT""",
)

_INSERT_RULES = {
    "events": "NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)"
    " OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE plan = NEW.plan)",
    "commands": "EXISTS (SELECT 1 FROM commands WHERE idempotency_key = NEW.idempotency_key)",
    "checkpoints": "NEW.size <= (SELECT max(size) FROM checkpoints)",
    "meta": "EXISTS (SELECT 1 FROM meta)",
    "head": "EXISTS (SELECT 1 FROM head)",
}


def triggers() -> tuple[str, ...]:
    """The statements that create the triggers: no update, no deletion, and new rows only at the end."""
    statements = []
    for table, rule in _INSERT_RULES.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, 'the ledger only grows: {table}'); END"
        statements.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        statements.append(f"CREATE TRIGGER {table}_at_end BEFORE INSERT ON {table} WHEN {rule} {refuse}")
        if table != "head":
            statements.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    return tuple(statements)
