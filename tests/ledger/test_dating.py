"""Which of a line's days count under a policy (domain 5.2, 5.4): what is recorded, decided and explained of it.

The figures are in ``tests/worked/days.toml``; ``tests/ledger/test_second_opinion.py`` mixes the rules at random.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from given import World, given, line, register, specific
from ledger import commands as cmd
from ledger import events as ev
from ledger.calendar import day_number
from ledger.terms import AggregateTerms, SpecificTerms
from projections.explanation import explain_member
from projections.stop_loss_report import specific_register
from projections.what_if import Change, Changes, what_if

STAY = {"admitted_on": day_number(date(2024, 12, 28)), "discharged_on": day_number(date(2025, 1, 5))}
IN_JANUARY = {"incurred": "2025-01-02", "paid": "2025-02-09"}
LATE = date(2026, 12, 31)


def world(**terms: str) -> World:
    """A plan whose 12/12 policy of 2025 has a deductible of 1,000.00."""
    return given(specific("1000.00", "12/12", **terms))


@pytest.mark.parametrize("terms", [SpecificTerms(deductible=0, contract_basis="12/12"), AggregateTerms()])
def test_a_policy_that_says_nothing_of_its_days_is_written_as_ever(terms: SpecificTerms | AggregateTerms) -> None:
    written = terms.model_dump_json()
    assert "_rule" not in written and "reissue" not in written
    assert type(terms).model_validate_json(written) == terms


def test_a_threshold_is_crossed_by_the_days_that_count() -> None:
    row = line("C-1", "5000.00", **IN_JANUARY, **STAY)
    for rule, crossed in (("line_service_date", 1), ("discharge_date", 1), ("admission_date", 0)):
        made = world(inpatient_incurred_rule=rule).when(register(row)).last
        assert sum(isinstance(each.event, ev.StopLossTriggered) for each in made) == crossed


def test_a_recovery_has_the_days_of_its_payment_by_command_and_in_a_file() -> None:
    """Domain 5.10: it is netted where its payment counts."""
    paid = register(line("C-1", "5000.00", **IN_JANUARY, **STAY))
    typed = cmd.RecordRecovery(
        "V-1", "M-A", "MED", date(2025, 1, 2), date(2025, 2, 9), date(2025, 8, 1), 70_000, claim_id="C-1"
    )
    row = line("C-1", "-700.00", txn_type="RECOVERY", booked="2025-08-01", **IN_JANUARY)
    for recovery in (typed, register(row, name="REG-2")):
        done = world(inpatient_incurred_rule="admission_date").when(paid, recovery)
        (event,) = [each.event for each in done.last if isinstance(each.event, ev.SubrogationRecovered)]
        assert (event.admitted_on, event.discharged_on) == (date(2024, 12, 28), date(2025, 1, 5))
        assert not specific_register(done.history(), 2025, LATE).rows
        counting = world().when(paid, recovery)
        (found,) = specific_register(counting.history(), 2025, LATE).rows
        assert found.eligible_paid == 430_000


def test_voids_and_reissues_keep_the_stay_and_the_first_paid_day() -> None:
    paid = register(line("C-1", "5000.00", **IN_JANUARY, **STAY))
    void = register(line("C-1", "-5000.00", txn_type="VOID", **(IN_JANUARY | {"paid": "2025-03-01"})), name="REG-2")
    again = register(line("C-1", "5000.00", txn_type="REISSUE", **(IN_JANUARY | {"paid": "2025-04-01"})), name="REG-3")
    over = register(line("C-1", "-5000.00", txn_type="VOID", **(IN_JANUARY | {"paid": "2025-05-01"})), name="REG-4")
    made = world().when(paid, void, again, over).accepted().last
    pages = [each.event.lines.row(1) for each in made if isinstance(each.event, ev.Page)]
    assert [(row["admitted_on"], row["discharged_on"]) for row in pages] == [tuple(STAY.values())] * 4
    first = day_number(date(2025, 2, 9))
    assert [row["first_paid_on"] for row in pages] == [0, 0, first, first]


def test_an_explanation_names_the_rules_that_are_not_the_usual_ones() -> None:
    row = line("C-1", "5000.00", **IN_JANUARY, **STAY)
    rules = {"inpatient_incurred_rule": "discharge_date", "reissue_paid_date": "original",
             "void_window_rule": "net_in_void_month"}  # fmt: skip
    (told,) = explain_member(world(**rules).when(register(row)).history(), "M-A", 2025, LATE)
    assert told.facts[2:] == (
        "An inpatient stay is incurred on the day of discharge",
        "A payment that was issued again counts on the day it was first paid",
        "A void or refund counts on its own day",
    )
    (usual,) = explain_member(world().when(register(row)).history(), "M-A", 2025, LATE)
    assert len(usual.facts) == 2 and told.due == usual.due == 400_000


def test_another_rule_can_be_tried_on_what_was_recorded() -> None:
    history = world().when(register(line("C-1", "5000.00", **IN_JANUARY, **STAY))).history()
    other = Changes(specific=Change(terms={"inpatient_incurred_rule": "admission_date"}))
    found = what_if(history, 2025, LATE, other)
    assert (found.now.specific_reimbursable, found.changed.specific_reimbursable) == (400_000, 0)
    assert [policy.terms.inpatient_incurred_rule for policy in history.specific_policies()] == ["line_service_date"]


def test_policies_that_date_lines_by_different_rules_say_where_a_claim_of_both_counts() -> None:
    """Their windows have no day in common, and a void of January can still fall into both."""
    renewed = {"policy": "SPEC-2026", "overlap": None, "void_window_rule": "net_in_void_month"}
    world = given(specific("100.00", "12/12", overlap=None))

    def renewal(**terms: Any) -> cmd.BindPolicy:
        return replace(specific("100.00", **{**renewed, **terms}), effective=date(2026, 1, 1))

    world.when(renewal(basis="24/12")).then_refused("policy-overlap", "different rules", "incurred-period")
    world.when(renewal(basis="24/12", overlap="incurred-period")).accepted()
    given(specific("100.00", "12/12", overlap=None)).when(renewal(basis="12/12")).accepted()
