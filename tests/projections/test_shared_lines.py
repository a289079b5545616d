"""Two policies of one kind share lines out: explanation and notices follow the register, whatever happened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

from given import World, given, line, register, specific
from ledger import commands as cmd
from ledger.calendar import day_number
from ledger.money import money, rate, share
from ledger.stop_loss import own_pages, specific_position
from ledger.terms import Laser
from projections.explanation import explain_member, recomputed
from projections.history import History
from projections.notices import notices
from projections.stop_loss_report import specific_register
from random_histories import ACTIONS, play

END = date(2026, 12, 31)
TERMS = st.fixed_dictionaries(
    {},
    optional={
        "aggregating_deductible": st.sampled_from([0, 50_00, 400_00]),
        "run_in_limit_person": st.sampled_from([100_00, 300_00]),
        "run_in_limit_total": st.sampled_from([150_00, 500_00]),
        "percentage": st.sampled_from(["0.333", "0.90"]),
        "annual_maximum": st.just(220_00),
        "lifetime_maximum": st.just(250_00),
        "covered": st.sampled_from([("MED",), ("RX",)]),
        "recovery_allocation": st.just("pro_rata"),
    },
)
LASERS = st.lists(
    st.tuples(st.sampled_from(["SPEC-2025", "SPEC-B"]), st.sampled_from(["M-A", "M-B"]),
              st.one_of(st.none(), st.integers(200_00, 600_00)),
              st.sampled_from([None, date(2025, 3, 1), date(2025, 9, 1)])),
    max_size=3,
)  # fmt: skip


def overlapping(terms: dict[str, Any], lasers: list[tuple[str, str, int | None, date | None]]) -> World:
    """Two specific policies whose windows overlap, the later one from July."""
    bound = specific("200.00", basis="24/12", **terms).specific
    world = given(specific("200.00", **terms), cmd.BindPolicy("SPEC-B", date(2025, 7, 1), specific=bound))
    for policy, member, deductible, start in lasers:
        laser = Laser(member=member, deductible=deductible, excluded=deductible is None, from_date=start)
        world.when(cmd.SetLaser(policy, laser))
    return world


@settings(max_examples=30, deadline=None)
@on(TERMS, LASERS, ACTIONS)
def test_an_explanation_ends_at_the_register_whichever_policy_a_line_counts_under(
    terms: dict[str, Any], lasers: list[tuple[str, str, int | None, date | None]], actions: list[tuple[str, Any]]
) -> None:
    world = overlapping(terms, lasers)
    play(world, actions)
    history = world.history()
    rows = specific_register(history, 2025, END).rows
    for row in rows:
        (found,) = (each for each in explain_member(history, row.member, 2025, END) if each.policy == row.policy)
        assert [recomputed(step, found.rounding) for step in found.steps] == [step.result for step in found.steps]
        results = {step.name: step.result for step in found.steps}
        assert results["Eligible paid"] == row.eligible_paid
        # A member whose lasers changed is over several deductibles; the register names the highest of them.
        assert results.get("Deductible") == row.deductible or f"Over {money(row.deductible)}" in results
        excess = results.get("Excess after recoveries", results["Excess"])
        assert (excess, results["Reimbursable"], found.due) == (row.excess, row.reimbursable, row.due)
    paid = sum(page.total() for page in history.lines_until(END))
    for policy in ("SPEC-2025", "SPEC-B"):
        shown = [explain_member(history, name, 2025, END) for name in ("M-A", "M-B", "M-C")]
        own = [each.steps[0].result for found in shown for each in found if each.policy == policy]
        assert sum(own) == paid


def reached_day_by_day(history: History, place: int, member: str, level: int) -> date | None:
    """The slow way: the whole policy again for every paid day, from the last one back."""
    policies = history.specific_policies()
    share_ = own_pages(policies, history.lines_until(END))[place]
    days = sorted({int(day) for page in share_ for day in page["paid_on"][page["member"] == member.encode()].tolist()})
    found = None
    for day in reversed(days):
        cut = [page.take(page["paid_on"] <= day) for page in share_]
        now = next((m.eligible for m in specific_position(policies[place], cut).members if m.member == member), 0)
        if now < level:
            break
        found = day
    return None if found is None else date(1970, 1, 1) + timedelta(days=found - day_number(date(1970, 1, 1)))


@settings(max_examples=20, deadline=None)
@on(st.sampled_from(["carrier_first", "pro_rata"]), LASERS, ACTIONS)
def test_a_notice_says_since_when_a_member_has_been_at_the_level_for_good(
    allocation: str, lasers: list[tuple[str, str, int | None, date | None]], actions: list[tuple[str, Any]]
) -> None:
    world = overlapping({"recovery_allocation": allocation}, lasers)
    play(world, actions)
    history = world.history()
    rows = {(row.policy, row.member): row for row in specific_register(history, 2025, END).rows}
    told = {(n.policy, n.member): n for n in notices(history, 2025, END) if n.kind == "notice-level"}
    for place, policy in enumerate(history.specific_policies()):
        for (name, member), row in rows.items():
            if name == policy.policy and row.state != "excluded":
                level = share(row.deductible, rate("50%"))
                assert ((name, member) in told) == (row.eligible_paid >= level and row.eligible_paid > 0)
                if notice := told.get((name, member)):
                    assert notice.since == reached_day_by_day(history, place, member, level)


def test_the_explanation_names_the_policy_that_has_the_other_lines() -> None:
    world = overlapping({}, []).when(
        register(line("C-1", "500.00", incurred="2025-03-01", paid="2025-08-01"),
                 line("C-2", "300.00", incurred="2026-02-01", paid="2026-02-05"))
    )  # fmt: skip
    first, second = explain_member(world.accepted().history(), "M-A", 2025, END)
    assert [each.name for each in first.steps[1].inputs] == ["SPEC-B (1 lines)"]
    assert [each.amount for each in second.steps[1].inputs] == [500_00]
    assert (first.due, second.due) == (300_00, 100_00)


@settings(max_examples=12, deadline=None)
@on(LASERS, ACTIONS, st.integers(1, 40))
def test_notices_come_out_the_same_whatever_was_recorded_after(
    lasers: list[tuple[str, str, int | None, date | None]], actions: list[tuple[str, Any]], known_at: int
) -> None:
    """INV-35: derived again from what was known at an event, and not moved by a notice that was sent."""
    world = overlapping({}, lasers)
    play(world, actions)
    history = world.history()
    known_at = max(known_at, 5)
    then = notices(history, 2025, END, known_at=known_at)
    assert then == notices(world.history(known_at), 2025, END)
    world.when(cmd.SendNotice("N-1", "SPEC-2025", "M-A", "50pct", 100_00, date(2025, 9, 30), date(2025, 9, 1)))
    assert notices(world.history(), 2025, END) == notices(history, 2025, END)
