"""What cannot be used as a ledger is said in one line, with exit code 7 and no traceback."""

from __future__ import annotations

import ctypes
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from system.conftest import Prepared
from system.machine import ask, environment, position_of

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
FUND = ("fund", "receive", "--amount", "10.00", "--date", "2025-02-03")


def assert_unusable(code: int, out: str, err: str, *words: str) -> None:
    """Exit code 7, nothing on standard output, one line that begins with ``Error:``."""
    assert code == 7, out + err
    assert not out
    assert "Traceback" not in err
    assert err.startswith("Error: ")
    assert len(err.splitlines()) == 1, err
    for word in words:
        assert word in err


@pytest.mark.parametrize("command", [("position", "--year", "2025"), ("verify",), FUND])
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("a directory", "is a directory"),
        ("an empty file", "is not a ledger"),
        ("a text file", "is not a ledger"),
        ("another database", "is not a ledger"),
        ("nothing", "There is no ledger"),
        ("a newer format", "Install a newer claimfund"),
    ],
)
def test_what_is_not_a_ledger_of_this_version_is_named_in_one_line(
    prepared: Prepared, tmp_path: Path, kind: str, words: str, command: tuple[str, ...]
) -> None:
    path = tmp_path / "plan.ledger"
    match kind:
        case "a directory":
            path.mkdir()
        case "an empty file":
            path.touch()
        case "a text file":
            path.write_text("claim,amount\n" * 500, encoding="utf-8")
        case "another database":
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("CREATE TABLE t (a)")
        case "a newer format":
            prepared.copy(tmp_path)
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                connection.execute("DROP TRIGGER meta_no_update")
                connection.execute("UPDATE meta SET schema_version = 99")
    before = path.read_bytes() if path.is_file() else None
    result = ask(*command, "-L", str(path))
    assert_unusable(result.exit_code, result.stdout, result.stderr, words, str(path))
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_read_only_file_can_be_read_but_nothing_is_recorded(prepared: Prepared, tmp_path: Path) -> None:
    path = prepared.copy(tmp_path)
    path.chmod(0o444)
    before = path.read_bytes()
    for command in (FUND, ("import", "claims", str(prepared.file))):
        result = ask(*command, "-L", str(path))
        assert result.exit_code == 7, result.output
        assert result.stderr.startswith("Error: ")
        assert len(result.stderr.splitlines()) == 1
        assert "read-only" in result.stderr
    assert position_of(str(path)) == prepared.empty
    assert ask("verify", "-L", str(path)).exit_code == 0
    assert path.read_bytes() == before


def _without_override() -> None:
    """Even the superuser is held to what a folder permits."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="permissions are taken away as Linux does it")
def test_in_a_read_only_folder_nothing_is_recorded(prepared: Prepared, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    path = prepared.copy(folder)
    before = path.read_bytes()
    folder.chmod(0o500)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "claimfund", "--actor", "t.okafor", "-L", str(path), *FUND],
            capture_output=True, text=True, check=False, env=environment(), preexec_fn=_without_override,
        )  # fmt: skip
        assert_unusable(done.returncode, done.stdout, done.stderr, str(path))
        assert sorted(found.name for found in folder.iterdir()) == ["plan.ledger", "plan.ledger.key"]
    finally:
        folder.chmod(0o700)
    assert path.read_bytes() == before
