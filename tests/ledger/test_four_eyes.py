"""No sequence of requests leads to a history in which one person did alone what needs two (long: reliability)."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from four_eyes import FourEyes


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
    assert counted["refused: same-person"] + counted["refused: expired"] + counted["refused: figures-moved"] > 0
