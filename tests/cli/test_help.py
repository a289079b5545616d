"""Help is quick, complete, and loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from claimfund.main import SECTIONS

COMMANDS = [name for _, commands in SECTIONS for name, _ in commands]


@pytest.mark.parametrize("arguments", [(), *((name,) for name in COMMANDS)])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom claimfund.main import cli\n"
        f"cli([*{arguments!r}, '--help'], standalone_mode=False)\n"
        "heavy = {'rich', 'psycopg', 'eventsourcing', 'numpy', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_exists_and_says_what_it_does(run, name: str) -> None:
    said = run.ok(name, "--help")
    assert said.startswith(f"Usage: claimfund {name}")


def test_a_misspelt_command_is_answered_with_the_right_one(run) -> None:
    result = run("positon")
    assert result.exit_code == 2
    assert "Did you mean 'position'?" in result.output


def test_an_unknown_option_is_wrong_usage(run) -> None:
    assert run("position", "--asof", "2025").exit_code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_prints_a_script(run, shell: str) -> None:
    assert "claimfund" in run.ok("completion", shell)


def test_doctor_finds_the_installation_in_order(run) -> None:
    assert "NOT OK" not in run.ok("doctor")
