"""Every reading command has both clocks, says both in its header and envelope, and refuses what it cannot answer."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
import pytest

from claimfund.main import cli

# What is read without a business date or an event number, and why.
WITHOUT = {
    "diff": "each of its two points holds both",
    "verify": "it checks everything that was ever recorded",
    "doctor": "it is about the installation",
    "replay": "--until and --known-at are its clocks",
    "people list": "a role holds from the event on that gave it",
    "members list": "a key is held or erased from an event on",
    "members show": "a key is held or erased from an event on",
    "exceptions": "it is about when something was recorded",
}
ASKED = {
    "stoploss explain": ("M-4F2A",),
    "stoploss listing": ("--kind", "specific"),
    "stoploss whatif": ("--set", "specific.deductible=75000"),
    "stoploss statutory": ("--jurisdiction", "US-CA"),
    "stoploss accommodation": (),
    "settle preview": ("2025",),
    "trace claim": ("C-1",),
    "trace event": ("10.1",),
    "trace position": ("2025",),
    "trace member": ("M-4F2A",),
    "trace stoploss": ("--policy", "SPEC-2025"),
}
NOT_HERE = ("settle show", "exports", "proposals", "trace check", "trace filing",
            "trace settlement")  # fmt: skip
"""They need a settlement, an export, a proposal, a filing or a check number, which the plan of these tests has not."""


def readers(group: click.Command = cli, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that prints a report: those that choose a format."""
    if isinstance(group, click.Group):
        for name in group.list_commands(click.Context(group)):
            found = group.get_command(click.Context(group), name)
            assert found is not None
            yield from readers(found, f"{path} {name}".strip())
    elif any(param.name == "form" for param in group.params):
        yield path, group


READERS = dict(readers())
DATED = [name for name in READERS if name not in WITHOUT]
HERE = [name for name in DATED if name not in NOT_HERE]


@pytest.mark.parametrize("name", DATED)
def test_a_reading_command_takes_both_clocks(name: str) -> None:
    options = {text for param in READERS[name].params for text in param.opts}
    assert {"--as-of", "--known-at", "--format", "--json", "--output"} <= options


def test_the_exceptions_are_still_there() -> None:
    assert set(WITHOUT) <= set(READERS)


@pytest.mark.parametrize("name", HERE)
def test_header_and_envelope_name_both_dates(plan, name: str) -> None:
    asked = (*name.split(), *ASKED.get(name, ()), "--as-of", "2025-12-31", "--known-at", "11")
    said = plan.ok(*asked)
    assert "As of 2025-12-31 · recorded through 2026-04-15" in said, said
    envelope = json.loads(plan.ok(*asked, "--json"))
    assert (envelope["as_of"], envelope["last_event"]) == ("2025-12-31", 11)
    assert envelope["known_at"].startswith("2026-04-15T") and len(envelope["head"]) == 8
    assert envelope["plan"] == "NW"


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize(
    "clock",
    [("--known-at", "0"), ("--known-at", "999999"), ("--known-at", "2020-01-01"), ("--known-at", "2026-04-16"),
     ("--known-at", "2027"), ("--as-of", "2019-12-31")],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_and_nothing_printed(plan, name: str, clock: tuple[str, str]) -> None:
    result = plan(*name.split(), *ASKED.get(name, ()), *clock)
    assert result.exit_code in (3, 4), result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")


def test_a_year_or_month_that_is_still_running_is_what_is_known_by_now(plan) -> None:
    for known in ("2026", "2026-Q2", "2026-04", "2026-04-15"):
        assert plan.json("status", "--known-at", known)["last_event"] == plan.json("status")["last_event"]


def test_a_kind_or_an_event_that_there_is_not_is_refused(plan) -> None:
    assert "Did you mean 'claims-paid'?" in plan("events", "--kind", "claim-paid").stderr
    assert plan("events", "--kind", "claim-paid").exit_code == 3
    assert plan("events", "--from", "999").exit_code == 4


def test_terms_and_acts_after_the_date_are_left_out(plan) -> None:
    plan.ok("claim", "void", "10.1", "--reason", "Duplicate", "--effective", "2025-06-01")
    assert plan.json("trace", "event", "10.1", "--as-of", "2025-05-31")["data"]["net"] == "90000.00"
    assert plan.json("trace", "event", "10.1", "--as-of", "2025-06-01")["data"]["net"] == "0.00"
    assert plan("trace", "event", "10.1", "--as-of", "2025-01-31").exit_code == 4
    early = plan.json("events", "--as-of", "2025-03-31")["data"]["events"]
    assert 11 not in [row["event"] for row in early]


@pytest.fixture
def moved(plan):
    """The plan of these tests after its event 11: terms, money, a void, a filing, a settlement and an export."""
    plan.ok("claim", "void", "10.1", "--reason", "Duplicate", "--effective", "2025-06-01")
    plan.ok("claim", "pay", "--member", "M-4F2A", "--amount", "150000.00", "--paid", "2025-07-04", "--incurred",
            "2025-06-01", "--coverage", "MED", "--claim", "C-9")  # fmt: skip
    plan.ok("enroll", "set", "--month", "2025-02", "EE=150", "FAM=250")
    plan.ok("stoploss", "laser", "set", "M-4F2A", "--deductible", "150000.00", "--policy", "SPEC-2025", "--from",
            "2025-06-01")  # fmt: skip
    plan.ok("stoploss", "file", "M-4F2A", "--amount", "100.00", "--reference", "SL-1", "--date", "2025-08-01")
    head = plan.json("settle", "preview", "2025")["head"]
    plan.ok("settle", "post", "2025", "--expect-head", head)
    plan.ok("claimants", "--year", "2025", "-o", "claimants.csv")
    return plan


CHANGED = {**ASKED, "settle show": ("S-2025-01",), "trace settlement": ("S-2025-01",), "trace filing": ("SL-1",)}
NOT_CHANGED = ("proposals", "trace check", "trace claim", "stoploss accommodation", "stoploss statutory")
"""They need two people, a check number, a sealed claim, an agreed accommodation, or a policy bound later."""


def test_what_was_recorded_later_changes_every_answer_and_is_not_in_an_earlier_one(moved) -> None:
    for name in DATED:
        if name in NOT_CHANGED:
            continue
        asked = (*name.split(), *CHANGED.get(name, ()), "--as-of", "2026-04-15", "--json")
        before, after = moved(*asked, "--known-at", "11"), moved(*asked)
        assert after.exit_code == 0, (name, after.output)
        if before.exit_code:  # What was not there yet is refused, never shown as nothing.
            assert (before.exit_code, before.stdout) in ((3, ""), (4, "")), name
        else:
            one, two = json.loads(before.stdout), json.loads(after.stdout)
            assert one["data"] != two["data"], name
            assert one["last_event"] == 11 < two["last_event"], name
