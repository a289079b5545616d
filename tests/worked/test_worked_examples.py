"""Published worked examples, through the command line; and that none of the published ones is left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from worked.worked import Example, Room, examples, same

ALL = examples()
PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "domain" / "worked_examples.yaml"
OURS = (
    "specific", "aggregat", "accommodation", "contract_basis", "laser", "statutory_minimum", "funding_position",
    "source_inconsistency", "level_funded",
    "tiered_premium",
)  # fmt: skip
ELSEWHERE = {"LF-01": "a guarantee of an amount a member is a product, no stop-loss figure", "LF-03": "names no figure"}


@pytest.fixture
def room(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """The example's folder, with nothing recorded yet."""
    monkeypatch.chdir(tmp_path)
    for name in ("CLAIMFUND_LEDGER", "CLAIMFUND_PLAN", "CLAIMFUND_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Room(request.param, tmp_path)


@pytest.mark.parametrize("room", ALL, indirect=True, ids=[example.name for example in ALL])
def test_an_example_gives_the_figures_that_were_published(room: Room) -> None:
    example = room.example
    room.set_up()
    for name, value, command, place, *how in example.figures:
        shown = room.shown(command, place)
        assert same(value, shown, *how), f"{example.name} {name}: {value} is printed, {command} shows {shown}"
    for command, code, *words in example.refused:
        result = room.ask(command)
        assert result.exit_code == code, f"claimfund {command}\n{result.output}"
        for word in words:
            assert word in result.output, f"{word!r} is not in:\n{result.output}"


def test_every_example_says_something() -> None:
    for example in ALL:
        assert example.source, example.name
        assert example.figures or example.refused, example.name
    assert len({example.name for example in ALL}) == len(ALL)


def published() -> list[dict[str, Any]]:
    """The published examples of stop-loss and funding."""
    yaml = pytest.importorskip("yaml")
    if not PUBLISHED.exists():
        pytest.skip("the published examples are not beside this tree")
    found = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))["examples"]
    return [each for each in found if each["category"].startswith(OURS) and each["id"] not in ELSEWHERE]


def leaves(value: Any, name: str) -> dict[str, Any]:
    """Every figure under its dotted name; a rule's text is none."""
    if isinstance(value, dict):
        return {key: leaf for k, v in value.items() if k != "rule" for key, leaf in leaves(v, f"{name}.{k}").items()}
    if isinstance(value, list):
        return {key: leaf for n, v in enumerate(value) for key, leaf in leaves(v, f"{name}.{n}").items()}
    return {name: value.isoformat() if isinstance(value, date) else value}


def told(example_id: str) -> tuple[list[Example], dict[str, Any]]:
    """The retellings of an example, and the figures by name that are the source's."""
    mine = [example for example in ALL if example.id == example_id]
    return mine, {name: value for each in mine if not each.own for name, value, *_ in each.figures}


def test_every_published_example_is_among_these_with_the_same_figures() -> None:
    missing, different = [], []
    for one in published():
        mine, figures = told(one["id"])
        wanted = leaves(one.get("expected", {}), "expected") | leaves(one.get("derived", {}), "derived")
        refused = any(each.refused for each in mine)
        if not mine:
            missing.append(one["id"])
        for name, value in wanted.items():
            if name not in figures and not refused:
                missing.append(f"{one['id']} {name}")
            elif name in figures and not same(value, figures[name]):
                different.append(f"{one['id']} {name}: {value} is printed, {figures[name]} retold")
    assert not missing
    assert not different
