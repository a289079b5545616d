"""No sequence of requests leads to a history in which one person did alone what needs two (long: reliability)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from four_eyes import FILED, PEOPLE, FourEyes, Judge
from given import given, specific
from ledger import commands as cmd
from ledger.terms import ApprovalTerms


def test_nothing_that_needs_two_people_is_ever_posted_by_one() -> None:
    FourEyes.counted.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        FourEyes,
        settings=settings(
            max_examples=500,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    counted = FourEyes.counted  # It looked at something: what each rule does alone is said in test_two_people.
    assert counted["recorded: change-approved"] > 20
    assert counted["refused: closed-period"] > 20
    assert counted["recorded: stop-loss-claim-decided"] > 20
    assert counted["refused: same-person"] + counted["refused: expired"] + counted["refused: figures-moved"] > 0


def test_the_judge_finds_a_denial_that_one_person_recorded() -> None:
    day = date(2025, 1, 7)
    world = given(specific("100000.00"), cmd.FileClaim("SL-2", "SPEC-2025", "M-A", FILED, day), *PEOPLE[:1])
    for command in (*PEOPLE[1:], cmd.SetApprovals(ApprovalTerms(denial=True, denial_above=100))):
        world.when(command, by="ada").accepted()
    before = list(world.ledger.history("NW"))
    world.when(cmd.DecideClaim("SL-2", "partial", FILED - 100, day), by="pat").accepted()
    (least,) = (replace(recorded, idempotency_key="k1") for recorded in world.last)
    more = replace(least, event=least.event.model_copy(update={"approved": FILED - 101}))
    assert list(Judge().findings(iter([*before, least]))) == []
    (found,) = Judge().findings(iter([*before, more]))
    assert "one person alone" in found
