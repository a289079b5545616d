"""The ledger's stop-loss reports against an independent calculation on random plans, and what it once found."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.aggregate import MissingFactor
from projections.stop_loss_report import aggregate_register, specific_register
from random_plans import Act, invented, play
from second_opinion import days_of, differences

LATE = (date(2028, 1, 1),)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_report_of_a_random_plan_is_what_a_second_opinion_says(seed: int) -> None:
    """A longer campaign of the same: ``python -m reliability.stop_loss_campaign``."""
    random = Random(seed)
    acts, days = invented(random), days_of(random)
    assert differences(acts, days) == []


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_the_order_in_which_payments_arrive_changes_no_figure(seed: int, random: Random) -> None:
    """INV-14. Limits fill up by paid date; only payments of one day share them in the order they were recorded."""
    acts = [act for act in invented(Random(seed)) if act[0] not in ("void", "refund", "reissue", "recover", "unlaser")]
    terms = [act for act in acts if act[0] != "pay"]
    paid = list({act[4]: act for act in acts if act[0] == "pay"}.values())
    assert figures([*terms, *paid]) == figures([*terms, *random.sample(paid, len(paid))])


def figures(acts: list[Act]) -> list[Any]:
    """What a story comes to under every policy: the specific's rows and the aggregate's position."""
    history, made = play(acts).history(), []
    for year in (2023, 2024, 2025):
        rows = specific_register(history, year, LATE[0]).rows
        made += [(row.policy, row.member, row.eligible_paid, row.excess, row.reimbursable, row.due) for row in rows]
        try:
            made += [row.position for row in aggregate_register(history, year, LATE[0])]
        except MissingFactor as problem:
            made.append(str(problem))
    return made


def test_of_one_day_the_payment_recorded_first_fills_the_pool_first() -> None:
    """The rule of the aggregating deductible: increments of excess in (paid date, event) order, INV-22."""
    terms = ("specific", "S0", NEW_YEAR, None, {**PLAIN, "deductible": 100, "aggregating_deductible": 50})
    one, two = (("pay", who, 140, SPRING, SPRING, "MED", {}) for who in ("M1", "M2"))
    earlier = ("pay", "M3", 110, NEW_YEAR, date(2024, 3, 2), "MED", {})
    for acts, absorbed in (([one, two], [0, 30]), ([two, one], [30, 0]), ([one, two, earlier], [0, 40])):
        rows = {row.member: row for row in specific_register(play([terms, *acts]).history(), 2024, LATE[0]).rows}
        assert [rows[who].reimbursable for who in ("M1", "M2")] == absorbed


PLAIN = {"deductible": 0, "contract_basis": "12/12", "covered": ("MED",), "unit": "person", "percentage": "1.00"}
AGGREGATE = {
    "contract_basis": "12/12", "covered": ("MED",), "percentage": "1.00", "ytd_minimum": "none", "accommodation": False,
    "rebates_reduce": False,
}  # fmt: skip
NEW_YEAR, SPRING = date(2024, 1, 1), date(2024, 3, 3)
FOUND: dict[str, list[Act]] = {
    "a void on its own day under a renewal stays with the policy that its payment is in": [
        ("specific", "S0", NEW_YEAR, None, PLAIN),
        ("specific", "S1", date(2025, 1, 1), None,
         {**PLAIN, "contract_basis": "24/12", "void_window_rule": "net_in_void_month"}),
        ("pay", "M4", 70, SPRING, SPRING, "MED", {}),
        ("void", 0, 400, True),
    ],
    "an advance under a policy by family is the family's, and counts against its lifetime maximum": [
        ("specific", "S0", NEW_YEAR, None, {**PLAIN, "unit": "family"}),
        ("specific", "S1", date(2025, 1, 1), None, {**PLAIN, "unit": "family", "lifetime_maximum": 100}),
        ("pay", "M1", 90, SPRING, SPRING, "MED", {}),
        ("advance", "S0", 0, 80, SPRING),
        ("pay", "M2", 90, date(2025, 2, 2), date(2025, 2, 2), "MED", {}),
    ],
    "a void of a payment that was not all eligible takes back what was": [
        ("specific", "S0", NEW_YEAR, None, PLAIN),
        ("pay", "M1", 500, SPRING, SPRING, "MED", {"eligible": 350}),
        ("refund", 0, 5, 100),
        ("void", 0, 9, False),
    ],
    "the same void typed by hand": [
        ("specific", "S0", NEW_YEAR, None, PLAIN),
        ("pay", "M1", 500, SPRING, SPRING, "MED", {"eligible": 350}),
        ("refund", 0, 5, 100),
        ("void", 0, 9, True),
    ],
    "a void of a payment that did not count does not count": [
        ("specific", "S0", NEW_YEAR, None, PLAIN),
        ("pay", "M1", 500, SPRING, SPRING, "MED", {"specific_eligible": 0}),
        ("void", 0, 9, False),
        ("pay", "M1", 70, SPRING, SPRING, "MED", {}),
    ],
    "a coverage that only the later of two policies covers counts there": [
        ("specific", "S0", NEW_YEAR, None, {**PLAIN, "contract_basis": "12/24"}),
        ("specific", "S1", date(2024, 12, 1), None, {**PLAIN, "contract_basis": "15/12", "covered": ("MED", "RX")}),
        ("pay", "M3", 333, date(2024, 12, 31), date(2025, 11, 30), "RX", {}),
    ],
    "what is paid in the terminal months counts toward the aggregate in its buckets too": [
        ("aggregate", "A0", NEW_YEAR, None, {**AGGREGATE, "terminal_months": 3}),
        ("pay", "M3", 100, date(2024, 12, 6), date(2025, 3, 31), "MED", {}),
    ],
    "an explained minimum knows monthly minimums and rounds once": [
        ("aggregate", "A0", NEW_YEAR, None,
         {**AGGREGATE, "monthly_minimum": 3, "minimum_percent_of_first_month": "100%", "terminal_months": 1}),
        ("factor", "A0", "EE", None, "0.125", "2024-01"),
        ("lives", "2024-01", {"EE": 1, "FAM": 0}),
        ("pay", "M1", 300, SPRING, SPRING, "MED", {}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("acts", FOUND.values(), ids=FOUND)
def test_what_a_second_opinion_once_found_stays_right(acts: list[Act]) -> None:
    assert differences(acts, LATE) == []


def test_what_is_above_the_specific_never_counts_whatever_one_person_may_bring() -> None:
    """Domain 5.4: G takes off the specific's excess, paid or payable, also where the aggregate limits nobody, or at
    another amount; lines that the specific does not cover are limited by that amount alone.
    """
    bound = ("specific", "S0", NEW_YEAR, None, {**PLAIN, "deductible": 100})
    paid = [("pay", "M1", 300, SPRING, SPRING, "MED", {}), ("pay", "M1", 70, SPRING, SPRING, "RX", {})]
    for limit, counts in (("specific", 100), ("none", 170), (150, 150), (60, 60)):
        terms = {**AGGREGATE, "covered": ("MED", "RX"), "per_person_limit": limit}
        acts = [bound, ("aggregate", "A0", NEW_YEAR, None, terms), *paid]
        (row,) = aggregate_register(play(acts).history(), 2024, LATE[0])
        assert row.position.eligible == counts
        assert differences(acts, LATE) == []


RENEWED = date(2025, 1, 1)
WINTER = date(2024, 12, 20), date(2025, 1, 10)  # incurred in one policy year and paid in the next
IN_BOTH: list[Act] = [
    ("specific", "S0", NEW_YEAR, None, {**PLAIN, "deductible": 50, "contract_basis": "12/24"}),
    ("specific", "S1", RENEWED, None,
     {**PLAIN, "deductible": 100, "contract_basis": "24/12", "aggregating_deductible": 50,
      "asd_counts_to_aggregate": True, "covered": ("MED", "RX")}),
]  # fmt: skip
LATER = date(2025, 3, 3)


def counted(acts: list[Act], **terms: Any) -> int:
    """What counts toward an aggregate of the renewed year, by the ledger and the second opinion alike."""
    bound = ("aggregate", "A0", RENEWED, None, {**AGGREGATE, "contract_basis": "24/12", **terms})
    told = [*acts[:2], bound, *acts[2:]]
    assert differences(told, LATE) == []
    (row,) = aggregate_register(play(told).history(), 2025, LATE[0])
    return row.position.eligible


def test_what_the_pool_took_is_what_it_took_of_the_specifics_own_payments() -> None:
    """Domain 5.3: M1's 300 count under the policy in which they were incurred, so the pool of the next takes M2's 20;
    and M1's prescription above the deductible uses it up although the aggregate does not cover it.
    """
    early = [*IN_BOTH, ("pay", "M1", 300, *WINTER, "MED", {}), ("pay", "M2", 120, LATER, LATER, "MED", {})]
    assert counted(early) == 100 + 120
    drugs = [*IN_BOTH, ("pay", "M1", 150, RENEWED, RENEWED, "RX", {}), ("pay", "M2", 180, LATER, LATER, "MED", {})]
    assert counted(drugs) == 100


def test_each_specific_takes_off_the_aggregate_what_is_above_its_own_deductible() -> None:
    """Domain 5.4: M1's 300 are above 50 under one policy, the later 180 above 100 (and the pool's 50) under the other.
    """
    acts = [*IN_BOTH, ("pay", "M1", 300, *WINTER, "MED", {}), ("pay", "M1", 180, LATER, LATER, "MED", {})]
    for limit, counts in (("none", 50 + 150), (1000, 50 + 150), (120, 120), ("specific", 150)):
        assert counted(acts, per_person_limit=limit) == counts


def test_a_laser_that_leaves_a_member_out_moves_no_payment_to_another_policy() -> None:
    """Domain 5.2: a payment that fits two periods belongs to the one in which it was incurred, also when nothing of it
    is reimbursed there; the aggregate keeps all of it.
    """
    acts = [*IN_BOTH, ("laser", "S0", "M1", None, None, None), ("pay", "M1", 300, *WINTER, "MED", {})]
    assert differences(acts, LATE) == []
    rows = [row for year in (2024, 2025) for row in specific_register(play(acts).history(), year, LATE[0]).rows]
    assert [(row.policy, row.eligible_paid, row.state) for row in rows] == [("S0", 0, "excluded")]
    assert counted(acts, per_person_limit="none") == 300


def test_a_payment_with_its_refund_and_void_leaves_nothing_behind() -> None:
    """INV-30, in figures: 500 paid, 350 of it eligible; 100 refunded and the rest voided."""
    acts = FOUND["a void of a payment that was not all eligible takes back what was"]
    (row,) = specific_register(play(acts).history(), 2024, LATE[0]).rows
    assert (row.eligible_paid, row.excess, row.reimbursable) == (0, 0, 0)
    (row,) = specific_register(play(acts[:3]).history(), 2024, LATE[0]).rows
    assert row.eligible_paid == 250
