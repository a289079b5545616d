"""Whoever changes the file behind the program's back is found by ``claimfund verify``, with the event named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from system.conftest import Prepared
from system.machine import ask, verified

TAKEN = 1_000_000


def _change_a_byte(connection: sqlite3.Connection, at: int) -> None:
    (state,) = connection.execute("SELECT state FROM events WHERE position = ?", [at]).fetchone()
    middle = len(state) // 2
    changed = state[:middle] + bytes([state[middle] ^ 1]) + state[middle + 1 :]
    connection.execute("UPDATE events SET state = ? WHERE position = ?", [changed, at])


def _delete(connection: sqlite3.Connection, at: int) -> None:
    connection.execute("DELETE FROM events WHERE position = ?", [at])


def _swap(connection: sqlite3.Connection, at: int) -> None:
    for number, new in ((at, TAKEN), (at + 1, at), (TAKEN, at + 1)):
        connection.execute("UPDATE events SET position = ? WHERE position = ?", [new, number])


def _change_the_actor(connection: sqlite3.Connection, at: int) -> None:
    connection.execute("UPDATE events SET actor = 'someone else' WHERE position = ?", [at])


def _change_the_time(connection: sqlite3.Connection, at: int) -> None:
    connection.execute("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = ?", [at])


TAMPERINGS = (_change_a_byte, _delete, _swap, _change_the_actor, _change_the_time)


@pytest.fixture
def filled(prepared: Prepared, tmp_path: Path) -> Path:
    """A ledger with an imported register."""
    path = prepared.copy(tmp_path)
    small = tmp_path / "small.csv"
    with prepared.file.open(encoding="utf-8") as lines:
        small.write_text("".join(next(lines) for _ in range(50)), encoding="utf-8")
    assert ask("import", "claims", str(small), "-L", str(path)).exit_code == 0
    verified(str(path))
    return path


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__.strip("_").replace("_", " "))
@pytest.mark.parametrize("at", [1, 2, 4])
def test_verify_finds_what_was_changed_behind_its_back_and_names_the_event(
    filled: Path, tamper: Callable[[sqlite3.Connection, int], None], at: int
) -> None:
    with closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            connection.execute(f"DROP TRIGGER {name}")
        tamper(connection, at)
    result = ask("verify", "-L", str(filled))
    assert result.exit_code == 6, result.output
    assert f"VERIFICATION FAILED at event {at}:" in result.stderr
    assert "Traceback" not in result.output


def test_a_row_cannot_be_changed_while_the_triggers_stand(filled: Path) -> None:
    with closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        for tamper in TAMPERINGS:
            with pytest.raises(sqlite3.IntegrityError, match="the ledger only grows"):
                tamper(connection, 2)
    verified(str(filled))


def test_events_cut_off_the_end_are_missed(filled: Path) -> None:
    with closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        (last,) = connection.execute("SELECT max(position) FROM events").fetchone()
        connection.execute("DROP TRIGGER events_no_delete")
        connection.execute("DELETE FROM events WHERE position = ?", [last])
    result = ask("verify", "-L", str(filled))
    assert result.exit_code == 6, result.output
    assert f"at event {last}:" in result.stderr
