"""Listings and the aggregate's explanation foot to the registers and to what was paid, whatever happened."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

from given import World, aggregate, given, line, money, register, specific
from ledger import commands as cmd
from ledger.terms import AggregateTerms, Laser
from projections.aggregate_months import accumulated
from projections.buckets import stop_loss_buckets
from projections.claim_listing import claim_listing, footings
from projections.explanation import recomputed
from projections.explanation_aggregate import explain_aggregate
from projections.history import History
from projections.stop_loss_report import AggregateRow, aggregate_register
from random_histories import ACTIONS, play

END = date(2026, 12, 31)
TERMS = st.fixed_dictionaries(
    {"per_person_limit": st.sampled_from(["specific", "none", 150_00])},
    optional={
        "attachment": st.sampled_from(["1.25", "0.333"]),
        "minimum_attachment": st.integers(0, 500_00),
        "minimum_percent_of_first_month": st.just("95%"),
        "monthly_minimum": st.just(7_01),
        "terminal_months": st.integers(0, 3),
        "run_in_limit_person": st.just(90_00),
        "run_in_limit_total": st.just(120_00),
        "ytd_minimum": st.sampled_from(["full", "prorata", "none"]),
        "percentage": st.just("0.9"),
        "maximum": st.just(333_33),
        "enrollment_lag_months": st.integers(0, 2),
        "covered": st.just(("MED",)),
    },
)


def world_of(terms: dict[str, Any], asd: bool) -> World:
    """A specific with a laser, and two aggregates whose windows overlap."""
    later = AggregateTerms(**{**terms, "contract_basis": "24/12", "overlap": "incurred-period"})
    world = given(
        specific("200.00", aggregating_deductible=60_00, asd_counts_to_aggregate=asd,
                 recovery_allocation="pro_rata" if asd else "carrier_first"),
        cmd.SetLaser("SPEC-2025", Laser(member="M-B", deductible=300_00)),
        cmd.SetLaser("SPEC-2025", Laser(member="M-C", excluded=True)),
        aggregate(contract_basis="12/15", **terms), cmd.BindPolicy("AGG-B", date(2025, 6, 15), aggregate=later),
    )  # fmt: skip
    for policy in ("AGG-2025", "AGG-B") if "attachment" not in terms else ():
        for month, amount in (("2024-01", "1.117"), ("2025-07", "1.333")):
            world.when(cmd.SetFactor(policy, "EE", amount, month)).accepted()
    for month in range(1, 13):
        world.when(cmd.RecordEnrollment(f"2025-{month:02d}", (("EE", 7 + month),))).accepted()
    return world


@settings(max_examples=25, deadline=None)
@on(TERMS, st.booleans(), ACTIONS, st.sampled_from([date(2025, 7, 20), END]))
def test_every_footing_ends_at_its_register(
    terms: dict[str, Any], asd: bool, actions: list[tuple[str, Any]], as_of: date
) -> None:
    world = world_of(terms, asd)
    play(world, actions)
    world.when(money("rebate", "11.11", on="2025-05-05"))
    history = world.history()
    rows = {row.policy: row for row in aggregate_register(history, 2025, as_of)}
    explained = explain_aggregate(history, 2025, as_of)
    assert [found.policy for found in explained] == list(rows) == ["AGG-2025", "AGG-B"]
    for found in explained:
        row, results = rows[found.policy], {step.name: step.result for step in found.steps}
        assert [recomputed(step, found.rounding) for step in found.steps] == [step.result for step in found.steps]
        point = next(s.result for s in reversed(found.steps) if s.name.startswith("Attachment point"))
        assert point == row.position.attachment_point
        assert results["E  Eligible paid"] == row.position.eligible
        assert (results["Excess"], results["Reimbursable"]) == (row.position.excess, row.position.reimbursable)
        assert found.due == row.due
        _months_foot(history, as_of, row, results)
    paid = {own.policy: own.net_paid for own in stop_loss_buckets(history, 2025, as_of)}
    for kind in ("specific", "aggregate"):
        listed = list(claim_listing(history, kind, 2025, as_of))
        for footing in footings(history, kind, 2025, as_of):
            own = [each for each in listed if each.policy == footing.policy]
            assert footing.proved
            assert footing.plan_paid == paid[footing.policy] == sum(each.plan_paid for each in own)
            assert footing.counted == sum(each.counted for each in own)


def _months_foot(history: History, as_of: date, row: AggregateRow, results: dict[str, int]) -> None:
    """Every month is what was paid less what is taken off; the months and the run-out are the form's A to E."""
    policy = next(own for own in history.aggregate_policies(2025) if own.policy == row.policy)
    months = accumulated(history, 2025, policy, row.position, as_of)
    for month, counted in zip(row.position.months, months, strict=False):
        assert (counted.month, counted.eligible) == (month.month, month.eligible)
        assert max(month.cumulative_attachment, counted.minimum) == month.to_attachment
    for each in months:
        left = each.claims_paid - each.taken_back - each.not_accepted - each.specific_excess
        assert left == each.eligible
    form = ("A  Total payments", "D  Refunds, recoveries, voids", "C  Not accepted", "B  Specific claims")
    parts = ("claims_paid", "taken_back", "not_accepted", "specific_excess")
    assert [sum(getattr(each, part) for each in months) for part in parts] == [results[name] for name in form]
    assert sum(each.rebates for each in months) == row.position.rebates


def test_a_recovery_is_listed_and_taken_off() -> None:
    world = given(specific("400.00")).when(register(line("C-1", "1000.00"))).accepted()
    back = cmd.RecordRecovery("R-1", "M-A", "MED", date(2025, 2, 10), date(2025, 3, 3), date(2025, 9, 1), 250_00)
    world.when(back).accepted()
    history = world.history()
    payment, recovery = claim_listing(history, "specific", 2025, END)
    assert (payment.plan_paid, recovery.plan_paid, recovery.counted) == (1000_00, -250_00, -250_00)
    assert history.by_position[int(recovery.address)].event.kind == "subrogation-recovered"
    (footing,) = footings(history, "specific", 2025, END)
    assert (footing.counted, footing.eligible, footing.proved) == (750_00, 750_00, True)
    assert list(claim_listing(history, "specific", 2025, date(2025, 8, 31))) == [payment]


def test_the_point_of_a_year_that_is_over_is_explained_also_while_a_month_has_no_lives() -> None:
    """The lagged month before the year was never recorded: what is known of the point, terminal month and all."""
    terms = {"minimum_percent_of_first_month": "95%", "terminal_months": 1, "enrollment_lag_months": 1}
    history = world_of(terms, asd=False).history()
    row = next(row for row in aggregate_register(history, 2025, END) if row.policy == "AGG-2025")
    assert (row.final, row.position.missing_months) == (False, ("2024-12",))
    steps = next(found for found in explain_aggregate(history, 2025, END) if found.policy == "AGG-2025").steps
    assert [s.result for s in steps if s.name.startswith("Attachment point")][-1] == row.position.attachment_point
