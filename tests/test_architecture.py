"""The documents say what the tree is, and the rules of the house hold. Run this file to rewrite the map."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from given import ScriptedClock
from ledger.commands import OpenYear, RegisterPlan, SetArrangement
from ledger.handling import Ledger
from ledger.stores.opening import open_store
from ledger.terms import ArrangementTerms

ROOT = Path(__file__).resolve().parents[1]
MAP = ROOT / "ARCHITECTURE.md"
BLOCK = re.compile(r"(<!-- map -->\n```text\n)(.*?)(```\n<!-- end of map -->)", re.DOTALL)
FOLDERS = ("src/ledger", "src/projections", "cli/claimfund")
HEAVY = ("rich", "psycopg", "eventsourcing", "numpy", "pydantic")


def modules() -> list[Path]:
    """Every module of the three packages."""
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def map_of_tree() -> str:
    """A line for each module: where it is, and the first sentence it says about itself."""
    lines = []
    for path in modules():
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        lines.append(
            f"{path.relative_to(ROOT).as_posix():<44} {said.splitlines()[0] if said else ''}".rstrip()
        )
    return "\n".join(lines) + "\n"


def commands_of_readme() -> list[str]:
    """The lines of the README's console blocks that set up an environment."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("python3 -m venv")]


def test_the_map_in_architecture_names_every_module() -> None:
    found = BLOCK.search(MAP.read_text(encoding="utf-8"))
    assert found, "ARCHITECTURE.md has no map"
    named = {line.split()[0] for line in found[2].splitlines() if line.strip()}
    there = {path.relative_to(ROOT).as_posix() for path in modules()}
    assert named == there, "rewrite the map: python tests/test_architecture.py"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_decisions_are_numbered_one_after_the_other_and_say_their_number() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [path.name[:4] for path in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for path in pages:
        assert path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. ")


def test_the_import_name_ledger_is_ours_alone() -> None:
    assert packages_distributions().get("ledger", ["claimfund"]) in (
        ["claimfund"],
        ["claimfund", "claimfund"],
    )


def imported(*words: str) -> set[str]:
    """The packages beside the standard library, and modules of the ledger, that a command has imported at its end."""
    script = (
        "import sys\nfrom claimfund.main import cli\n"
        "try:\n    cli(sys.argv[1:])\nexcept SystemExit as done:\n    assert not done.code, done.code\n"
        "print('imported', *{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names),"
        " *{name for name in sys.modules if name.startswith('ledger.')})"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, env=env, check=True)
    return {name for name in done.stdout.splitlines()[-1].split()[1:] if not name.startswith("_")}


def test_help_imports_nothing_heavy() -> None:
    assert not imported("--help") & set(HEAVY)


def test_position_and_import_load_only_what_reading_and_checking_take(tmp_path: Path) -> None:
    path, file = tmp_path / "plan.ledger", tmp_path / "claims.csv"
    ledger = Ledger(open_store(str(path), create=True), ScriptedClock())
    start = [RegisterPlan("NW", "Northwind", "Northwind"), SetArrangement(date(2025, 1, 1), ArrangementTerms())]
    ledger.handle("NW", [*start, OpenYear(2025)], actor="anna")
    ledger.store.close()
    file.write_text(
        "plan_id,claim_id,claim_line,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,"
        "payment_method,payment_ref,plan_paid\nNW,C1,1,PAYMENT,MED,M-1,M-1,2025-01-02,2025-01-09,ACH,T1,10.00\n",
        encoding="utf-8",
    )
    reading = {
        "annotated_types", "claimfund", "click", "ledger", "numpy", "projections", "pydantic", "pydantic_core",
        "typing_extensions", "typing_inspection", "zstandard",
    }  # fmt: skip
    for words in (("position", "--year", "2025"), ("trace", "position", "2025"), ("events",), ("claimants",)):
        found = imported("-L", str(path), *words)
        assert {name for name in found if "." not in name} <= reading
        assert not found & {"ledger.handling", "ledger.commands", "ledger.decide", "ledger.plan"}
    found = imported("-L", str(path), "import", "claims", str(file), "--dry-run")
    assert {name for name in found if "." not in name} <= reading | {"cryptography", "cffi", "eventsourcing"}


def test_the_readme_gives_two_commands_and_the_checks_run_the_second() -> None:
    given = commands_of_readme()
    assert len(given) == 2, given
    main_job, suite = given
    assert ".venv/bin/claimfund" in main_job
    assert suite.endswith(".venv/bin/python -m pytest -n 2")
    written = [line.strip() for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()]
    assert suite in written


def test_the_checks_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_no_float_is_written_where_money_is() -> None:
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not path.is_relative_to(ROOT / "src" / "ledger") or "stores" in path.parts:
            continue
        floats = [
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, float)
        ]
        assert not floats, f"{path.relative_to(ROOT)} has a float in line {floats[0]}"


if __name__ == "__main__":
    text = MAP.read_text(encoding="utf-8")
    MAP.write_text(BLOCK.sub(lambda found: found[1] + map_of_tree() + found[3], text), encoding="utf-8")


DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_to_a_file_and_a_heading(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        file, _, heading = target.partition("#")
        if "://" in target:
            continue
        found = path.parent / file if file else path
        assert found.exists(), target
        if heading:
            titles = re.findall(r"(?m)^#+ (.*)$", found.read_text(encoding="utf-8"))
            assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, target
