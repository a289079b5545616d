"""Every choice in which contracts differ is a key of the plan document, with the default and test that docs name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from headings import HEADING
from ledger.intake import plan_keys
from ledger.intake.plan_document import read_plan_toml
from ledger.intake.plan_template import TEMPLATE
from ledger.intake.policy_flags import KEYS, NOT_TERMS
from ledger.terms import AggregateTerms, ArrangementTerms, SpecificTerms

ROOT = Path(__file__).parents[2]
HEAD = HEADING + """\
year = 2025
"""
TABLES = {
    "plan": (plan_keys.PLAN, ArrangementTerms), "settlement": (plan_keys.SETTLEMENT, ArrangementTerms),
    "stop_loss": (plan_keys.STOP_LOSS, ArrangementTerms), "stop_loss.specific": (plan_keys.SPECIFIC, SpecificTerms),
    "stop_loss.aggregate": (plan_keys.AGGREGATE, AggregateTerms),
}  # fmt: skip


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table after a heading of docs/terms.md."""
    text = (ROOT / "docs" / "terms.md").read_text(encoding="utf-8").split(heading, 1)[1].split("\n#", 1)[0]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return found[2:]


def default(key: str) -> str:
    """What the terms say when the document says nothing, as one would write it."""
    table, _, name = key.rpartition(".")
    held = TABLES[table][1].model_fields[name]
    if held.is_required():
        return "required"
    value = held.default
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


CHOICES = rows("# What contracts differ in")


def test_the_documented_choices_are_those_of_the_program() -> None:
    assert {(flag, key) for flag, key, *_ in CHOICES} == {(flag, key) for flag, keys in KEYS.items() for key in keys}
    assert [tuple(row) for row in rows("## What is not a term")] == list(NOT_TERMS.items())


@pytest.mark.parametrize("key", [key for _, key, *_ in CHOICES])
def test_every_choice_is_a_key_of_the_plan_document_and_in_its_template(key: str) -> None:
    table, _, name = key.rpartition(".")
    assert name in TABLES[table][0]
    assert re.search(rf"(?m)^(# )?{name}[ ,]", TEMPLATE)


@pytest.mark.parametrize(("key", "said"), [(key, said) for _, key, said, _ in CHOICES])
def test_the_default_of_each_choice_is_what_the_terms_say(key: str, said: str) -> None:
    assert default(key) == said


@pytest.mark.parametrize("shown", sorted({shown for *_, shown in CHOICES}))
def test_the_test_that_shows_each_choice_is_there(shown: str) -> None:
    file, _, name = shown.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".toml"):
        assert name in {example["id"] for example in tomllib.loads(text)["example"]}
    else:
        assert f"def {name}(" in text if name else "def test_" in text


@pytest.mark.parametrize("name", sorted(NOT_TERMS))
def test_a_choice_that_is_not_a_term_is_refused_with_what_is_done_instead(name: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(f'{HEAD}\n[stop_loss]\n{name} = "1"\n', encoding="utf-8")
    (problem,) = read_plan_toml(path).problems
    assert (problem.where, problem.number) == (f"stop_loss.{name}", 12)
    assert problem.sentence == f"is not a term: {NOT_TERMS[name]}"


def test_a_choice_under_another_name_is_answered_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    said = '[stop_loss.aggregate]\nmonthly_minimum = "1.00"\nytd_minimum_mode = "full"\n'
    path.write_text(f"{HEAD}\n{said}", encoding="utf-8")
    (problem,) = read_plan_toml(path).problems
    assert problem.sentence == "is written as stop_loss.aggregate.ytd_minimum"
