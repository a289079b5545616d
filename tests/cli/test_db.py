"""Database roles of a ledger in PostgreSQL: each can do its part through claimfund, and nothing else behind it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from .conftest import Run

DENIED = psycopg.errors.InsufficientPrivilege
EVENT = "(position, plan, version, topic, state, actor, idempotency_key, recorded_at, leaf)"


@dataclass
class Served:
    """A ledger with two plans in PostgreSQL, and the address of each role."""

    run: Run
    url: str
    roles: dict[str, str]

    def at(self, role: str) -> str:
        """The address under which a role connects."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{self.roles[role]}:secret@{host}"))

    def sql(self, role: str, statement: str) -> list[tuple[object, ...]]:
        """What a role gets that goes behind claimfund's back."""
        with psycopg.connect(self.at(role), autocommit=True, options="-csearch_path=claimfund") as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def grant(self, *more: str) -> str:
        """Give the roles their rights, as the superuser who created the ledger."""
        names = self.roles
        return self.run.ok(
            "db", "grant", "--owner", names["owner"], "--app", names["app"], "--auditor", names["auditor"], *more,
            "--apply", "-L", self.url,
        )  # fmt: skip


@pytest.fixture
def served(run: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("HOME", str(run.folder))
    ending = secrets.token_hex(4)
    roles = {name: f"cf-{name} {ending}" for name in ("owner", "app", "auditor", "north", "stranger")}
    roles = {name: role.replace(" ", "_") for name, role in roles.items()}
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for role in roles.values():
            connection.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'secret'".encode())
    run.ok("init", "--template")
    text = (run.folder / "plan.toml").read_text(encoding="utf-8")
    for code in ("NW", "AC"):
        (run.folder / "plan.toml").write_text(text.replace('code = "NW"', f'code = "{code}"'), encoding="utf-8")
        run.ok("init", "plan.toml", "--year", "2025", "-L", postgres_url)
        budget = ("budget", "set", "--year", "2025", "--annual", "1200.00")
        run.ok(*budget, "--plan", code, "-L", postgres_url)
    yield Served(run, postgres_url, roles)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for role in roles.values():
            connection.execute(f'REASSIGN OWNED BY "{role}" TO CURRENT_USER'.encode())
            connection.execute(f'DROP OWNED BY "{role}"'.encode())
            connection.execute(f'DROP ROLE "{role}"'.encode())


def fund(served: Served, role: str, plan: str, reference: str) -> object:
    """A deposit recorded as a role."""
    return served.run(
        "fund", "receive", "--amount", "7.00", "--date", "2025-03-04", "--reference", reference, "--plan", plan,
        "-L", served.at(role),
    )  # fmt: skip


def figures(served: Served, role: str, plan: str) -> str:
    """The deposits in the position as a role reads it."""
    found = served.run.json("position", "--year", "2025", "--plan", plan, "-L", served.at(role))
    return str(found["data"]["funding_received"])


@pytest.mark.parametrize("more", [(), ("--administrator", "{north}=NW")], ids=["by role", "by plan"])
def test_each_role_does_its_part_and_nothing_else(served: Served, more: tuple[str, ...]) -> None:
    served.grant(*(word.format(**served.roles) for word in more))
    assert fund(served, "app", "NW", "W-1").exit_code == 0  # type: ignore[attr-defined]
    for role in ("app", "auditor"):
        assert figures(served, role, "NW") == "7.00"
        said = served.run.ok("verify", "-L", served.at(role))
        assert "not shown" not in said
    refused = fund(served, "auditor", "NW", "W-2")
    assert refused.exit_code == 7  # type: ignore[attr-defined]
    assert "Your database role may not do this" in refused.stderr  # type: ignore[attr-defined]
    for role in ("app", "auditor"):
        for table in ("events", "commands", "checkpoints", "meta", "head"):
            for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
                with pytest.raises(DENIED):
                    served.sql(role, statement)
            if table != "head":
                with pytest.raises(DENIED):
                    served.sql(role, f"UPDATE {table} SET {_first_column(table)} = {_first_column(table)}")
        for statement in (
            "UPDATE head SET id = 1", "ALTER TABLE events DISABLE TRIGGER ALL", "DROP TABLE events",
            "SET session_replication_role = replica", "CREATE TABLE claimfund.mine (a int)", "DROP FUNCTION at_end()",
        ):  # fmt: skip
            with pytest.raises(DENIED):
                served.sql(role, statement)
    with pytest.raises(DENIED):
        served.sql("auditor", f"INSERT INTO events {_event(99, 'NW', 9)}")
    with pytest.raises(DENIED):
        served.sql("auditor", "UPDATE head SET newest = 0")
    with pytest.raises((DENIED, psycopg.errors.UndefinedTable)):
        served.sql("stranger", "SELECT count(*) FROM claimfund.events")


def test_the_recording_role_cannot_forge_what_verifies(served: Served) -> None:
    served.grant()
    ((size,),) = served.sql("app", "SELECT max(position) FROM events")
    assert isinstance(size, int)
    for position, version in ((-5, 1), (size, 1), (size + 2, 99), (size + 1, 99), (1, 1)):
        with pytest.raises(psycopg.errors.IntegrityError):
            served.sql("app", f"INSERT INTO events {_event(position, 'NW', version)}")
    ((version,),) = served.sql("app", "SELECT max(version) + 1 FROM events WHERE plan = 'NW'")
    served.sql("app", f"INSERT INTO events {_event(size + 1, 'NW', int(str(version)))}")
    result = served.run("verify", "-L", served.at("auditor"))
    assert result.exit_code == 6, result.output


def test_an_administrator_sees_and_records_only_its_plans(served: Served) -> None:
    said = served.grant("--administrator", f"{served.roles['north']}=NW")
    assert f"{served.roles['north']} records and reads NW" in said
    for plan, reference in (("NW", "W-1"), ("AC", "W-1"), ("AC", "W-2")):
        assert fund(served, "app", plan, reference).exit_code == 0  # type: ignore[attr-defined]
    assert figures(served, "north", "NW") == "7.00"
    north = served.at("north")
    assert served.run("position", "--year", "2025", "--plan", "AC", "-L", north).exit_code == 3
    assert served.sql("north", "SELECT DISTINCT plan FROM events") == [("NW",)]
    assert served.sql("north", "SELECT count(*) FROM commands") < served.sql("auditor", "SELECT count(*) FROM commands")
    assert served.sql("north", "SELECT count(*) FROM leaves") == served.sql("auditor", "SELECT count(*) FROM events")
    assert fund(served, "north", "NW", "W-9").exit_code == 0  # type: ignore[attr-defined]
    assert fund(served, "north", "AC", "W-9").exit_code == 3  # type: ignore[attr-defined]
    ((size,),) = served.sql("auditor", "SELECT max(position) FROM events")
    ((version,),) = served.sql("auditor", "SELECT max(version) + 1 FROM events WHERE plan = 'AC'")
    with pytest.raises(DENIED):
        served.sql("north", f"INSERT INTO events {_event(int(str(size)) + 1, 'AC', int(str(version)))}")
    said = served.run.ok("verify", "-L", north)
    assert "of plans not shown to you by their hashes only" in said
    heads = {served.run.json("position", "--year", "2025", "--plan", "NW", "-L", served.at(role))["head"]
             for role in ("north", "auditor")}  # fmt: skip
    assert len(heads) == 1
    known = served.run.json("position", "--year", "2025", "--known-at", "2026-04-15", "-L", north)
    assert known["data"]["funding_received"] == "14.00"
    for name in ("own.ndjson", "own.parquet"):  # Not the whole log, so none that could be checked.
        refused = served.run("export", "events", "-L", north, "-o", name)
        assert (refused.exit_code, "your database role sees" in refused.stderr) == (4, True)
    assert not list(served.run.folder.glob("own.*"))


def test_an_administrator_of_one_plan_makes_the_pack_that_the_owner_makes(served: Served) -> None:
    served.grant("--administrator", f"{served.roles['north']}=NW")
    head = str(served.run.json("status", "--plan", "NW", "-L", served.url)["last_event"])
    for role, name in (("app", "all.zip"), ("north", "own.zip")):
        asked = ("report", "audit-pack", "--year", "2025", "--known-at", head, "--plan", "NW", "-o", name)
        served.run.ok(*asked, "-L", served.at(role))
    assert (served.run.folder / "all.zip").read_bytes() == (served.run.folder / "own.zip").read_bytes()


def test_a_session_may_narrow_what_it_sees_and_never_widen_it(served: Served) -> None:
    served.grant("--administrator", f"{served.roles['north']}=NW")
    plans = "SELECT string_agg(DISTINCT plan, ',') FROM events"

    def narrowed(role: str, setting: str) -> object:
        with psycopg.connect(served.at(role), options="-csearch_path=claimfund") as connection:
            connection.execute("SELECT set_config('claimfund.plans', %s, true)", [setting])
            return connection.execute(plans.encode()).fetchone()

    assert narrowed("auditor", "") == ("AC,NW",)
    assert narrowed("auditor", "AC") == ("AC",)
    assert narrowed("north", "AC,NW") == ("NW",)
    assert narrowed("north", "AC") == (None,)
    assert narrowed("owner", "AC") == ("AC,NW",)


def test_granting_again_takes_back_what_is_not_named(served: Served) -> None:
    served.grant("--administrator", f"{served.roles['north']}=NW")
    served.grant()
    with pytest.raises((DENIED, psycopg.errors.UndefinedTable)):
        served.sql("north", "SELECT count(*) FROM claimfund.events")
    assert fund(served, "app", "AC", "W-1").exit_code == 0  # type: ignore[attr-defined]
    assert figures(served, "auditor", "AC") == "7.00"


def test_the_statements_are_printed_unless_they_are_to_be_run(run: Run) -> None:
    said = run.ok("db", "grant", "--owner", 'o"; DROP', "--app", "app", "--administrator", "north=NW,O'Hare")
    assert said.startswith("BEGIN;\n")
    assert 'OWNER TO "o""; DROP"' in said
    assert "GRANT INSERT (position, plan, version" in said
    assert "GRANT INSERT ON" not in said
    assert "'O''Hare'" in said
    assert run("db", "grant", "--owner", "o", "--app", "o").exit_code == 2
    assert run("db", "grant", "--owner", "o", "--administrator", "north").exit_code == 2


def test_roles_that_do_not_exist_are_named(served: Served) -> None:
    result = served.run("db", "grant", "--owner", "nobody-here", "--apply", "-L", served.url)
    assert result.exit_code == 7
    assert 'CREATE ROLE "nobody-here" LOGIN;' in result.stderr


def _event(position: int, plan: str, version: int) -> str:
    blob = f"'\\x{'00' * 32}'::bytea"
    return f"{EVENT} VALUES ({position}, '{plan}', {version}, 't', {blob}, 'eve', 'k', 0, {blob})"


def _first_column(table: str) -> str:
    return {"events": "actor", "commands": "first", "checkpoints": "note", "meta": "vkey"}[table]


def test_a_person_bound_to_a_database_role_records_under_it_only(served: Served) -> None:
    app, north = served.roles["app"], served.roles["north"]
    served.grant("--app", north)

    def ask(role: str, actor: str, *words: str) -> tuple[int, str]:
        result = served.run(*words, "--plan", "NW", "-L", served.at(role), actor=actor)
        return result.exit_code, result.stderr

    def deposit(reference: str) -> tuple[str, ...]:
        return ("fund", "receive", "--amount", "7.00", "--date", "2025-03-04", "--reference", reference)

    slip = ask("app", "ada", "people", "add", "ada", "--role", "preparer", "--login", north)
    assert slip[0] == 4, slip
    assert ask("app", "ada", "people", "add", "ada", "--role", "preparer", "--login", app)[0] == 0
    assert ask("app", "ada", "people", "add", "kim", "--role", "preparer", "--login", north)[0] == 0
    assert ask("app", "ada", *deposit("W-1"))[0] == 0
    assert ask("north", "kim", *deposit("W-2"))[0] == 0
    code, said = ask("north", "ada", *deposit("W-3"))
    assert (code, f"ada records under the login {app} only, and this runs under {north}" in said) == (4, True)
    assert ask("app", "kim", *deposit("W-3"))[0] == 4
    assert ask("app", "stranger", *deposit("W-3"))[0] == 4
    with psycopg.connect(served.url, autocommit=True) as connection:
        connection.execute(f'GRANT "{app}" TO "{north}"'.encode())
        connection.execute(f"ALTER ROLE \"{north}\" SET role = '{app}'".encode())
    assert served.sql("north", "SELECT current_user::text, session_user::text") == [(app, north)]
    assert ask("north", "ada", *deposit("W-3"))[0] == 4
    assert figures(served, "auditor", "NW") == "14.00"
