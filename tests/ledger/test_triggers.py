"""Triggers are found among the people a register touches, as if the whole plan had been recomputed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

from given import PLAN, World, aggregate, budget, given, line, register, specific
from ledger import commands as cmd
from ledger import events as ev
from ledger.calendar import day_of
from ledger.decide import decide
from ledger.lines import Lines, lines_of
from ledger.money import money
from ledger.plan import Plan
from ledger.recorded import Recorded
from ledger.recoveries import with_recoveries
from ledger.stop_loss import Specifics, aggregate_position, crossings, own_pages, specific_position
from ledger.terms import Laser
from ledger.triggers import triggers, triggers_without

FIRST = date(2025, 1, 1)
MEMBERS = ("M-A", "M-B", "M-C", "M-D")
Found = list[tuple[str, str, int, int, date]]


def told(events: list[ev.Event]) -> Found:
    """Triggers in short."""
    return [
        (event.policy, event.member, event.threshold, event.eligible, event.triggered_on)
        for event in events
        if isinstance(event, ev.StopLossTriggered)
    ]


def whole(plan: Plan, added: list[Lines], recovered: list[ev.SubrogationRecovered]) -> Found:
    """The triggers of a register by recomputing everything before it and after it."""
    made: Found = []
    before = plan.line_pages()
    pages = [*(page.lines for page in plan.pages), *added]
    every = with_recoveries(pages, [*plan.recoveries.values(), *recovered])
    specifics, aggregates = plan.specific_policies(), plan.aggregate_policies()
    pairs = zip(specifics, own_pages(specifics, before), own_pages(specifics, every), strict=True)
    for policy, earlier, later in pairs:
        for crossing in crossings(policy, earlier, later):
            if (policy.policy, crossing.member) not in plan.triggered:
                figures = (crossing.deductible, crossing.eligible, crossing.crossed_on)
                made.append((policy.policy, crossing.member, *figures))
    latest = day_of(max(int(page["booked_on"].max()) for page in added))
    for total, pages in zip(aggregates, own_pages(aggregates, every), strict=True):
        found = aggregate_position(
            total, pages, enrollment=plan.enrollment, budget=plan.budget_by_month(),
            specifics=Specifics(specifics, specifics, every),
            as_of=latest,
        )
        if (total.policy, "") not in plan.triggered and found.attachment_point and found.excess > 0:
            made.append((total.policy, "", found.attachment_point, found.eligible, latest))
    return made


class Told:
    """A plan that is told events without being asked."""

    def __init__(self, *commands: cmd.Command) -> None:
        self.plan = Plan(PLAN)
        for command in commands:
            self.apply(*decide(command, self.plan))

    def apply(self, *events: ev.Event) -> None:
        for event in events:
            version = self.plan.version + 1
            self.plan.apply(Recorded(version, PLAN, version, event, ev.About(), "a", "k", 1))


ROW = st.tuples(
    st.sampled_from(MEMBERS), st.integers(-200, 400), st.integers(-30, 420), st.integers(0, 90), st.booleans()
)
REGISTERS = st.lists(
    st.tuples(st.lists(ROW, min_size=1, max_size=5), st.booleans(), st.booleans()), min_size=1, max_size=6
)


def _lines(rows: list[tuple[str, int, int, int, bool]], at: int) -> Lines:
    return lines_of(
        [
            line(
                f"C-{at}-{number}", money(amount), member=member, family="F-1" if shared else f"F-{member}",
                paid=str(FIRST + timedelta(days=paid)), incurred=str(FIRST + timedelta(days=paid - delay)),
                occurrence=number,
            )
            for number, (member, amount, paid, delay, shared) in enumerate(rows)
        ]
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@on(
    REGISTERS, st.sampled_from(["person", "family"]), st.sampled_from([None, 150]),
    st.sampled_from(["carrier_first", "pro_rata"]), st.integers(0, 300), st.sampled_from(["1.25", "0.10"]),
)  # fmt: skip
def test_the_same_triggers_as_recomputing_the_whole_plan(
    registers: list[Any], unit: str, run_in: int | None, allocation: str, dated: int, corridor: str
) -> None:
    terms = {"unit": unit, "run_in_limit_total": run_in, "recovery_allocation": allocation}
    renewal = specific("3.00", "24/12", "SPEC-2026", **terms)
    laser = Laser(member="M-A", deductible=700, from_date=FIRST + timedelta(days=dated))
    world = Told(
        cmd.RegisterPlan(PLAN, "N", "N"), cmd.OpenYear(2025), cmd.OpenYear(2026), budget(2025, "120.00"),
        budget(2026, "12.00"), specific("4.00", **terms), cmd.SetLaser("SPEC-2025", laser),
        replace(renewal, effective=date(2026, 1, 1)), aggregate(attachment=corridor),
        replace(aggregate("AGG-2026", attachment=corridor), effective=date(2026, 1, 1)),
    )  # fmt: skip
    for at, (rows, recovers, corrects) in enumerate(registers):
        added = [_lines(rows, at)]
        recovered = []
        if recovers:
            member, amount, paid, delay, _ = rows[0]
            day = FIRST + timedelta(days=paid)
            recovered.append(
                ev.SubrogationRecovered(
                    recovery_id=f"R-{at}", member=member, incurred_on=day - timedelta(days=delay), paid_on=day,
                    received_on=day, gross=abs(amount),
                )
            )  # fmt: skip
        made = triggers(world.plan, added, recovered, 1)
        assert told(made) == whole(world.plan, added, recovered)
        page = ev.ClaimsPaid(register_id="R", count=added[0].count, control_total=added[0].total(), lines=added[0])
        world.apply(page, *recovered, *made)
        if corrects and world.plan.recoveries:
            gone = min(world.plan.recoveries)
            found = triggers_without(world.plan, gone, date(2026, 12, 31), 1)
            kind, end = "subrogation-recovered", date(2026, 12, 31)
            taken = ev.CorrectionPosted(corrects_version=gone, corrects_kind=kind, effective_on=end, reason="x")
            specifics = world.plan.specific_policies()
            earlier = own_pages(specifics, world.plan.line_pages())
            already = set(world.plan.triggered)
            world.apply(taken)
            later = own_pages(specifics, world.plan.line_pages())
            crossed = {
                (policy.policy, each.member)
                for policy, was, now in zip(specifics, earlier, later, strict=True)
                for each in crossings(policy, was, now)
            } - already
            assert {(policy, member) for policy, member, *_ in told(found) if member} == crossed
            world.apply(*found)


def test_taking_a_recovery_back_records_the_trigger_that_the_payments_alone_would_have() -> None:
    """INV-35: the trigger can be derived again from the version it names."""
    back = cmd.RecordRecovery("R-1", "M-A", "MED", date(2025, 2, 10), date(2025, 3, 3), date(2025, 2, 20), 700_00)
    world = given(specific("400.00")).when(back).accepted()
    number = next(r for r in world.ledger.history(PLAN) if isinstance(r.event, ev.SubrogationRecovered)).version
    world.when(register(line("C-1", "1000.00"))).accepted()
    world.when(cmd.Correct(number, date(2025, 10, 1), "Recorded twice")).then(ev.CorrectionPosted, ev.StopLossTriggered)
    trigger = world.last[1].event
    assert isinstance(trigger, ev.StopLossTriggered)
    assert (trigger.eligible, trigger.threshold, trigger.triggered_on) == (1000_00, 400_00, date(2025, 3, 3))
    assert trigger.computed_through_version == world.last[0].version
    plan = world.ledger.plan(PLAN)
    assert specific_position(plan.specific_policies()[0], plan.line_pages()).members[0].eligible == trigger.eligible


def test_an_aggregate_that_cannot_have_reached_its_point_is_not_added_up() -> None:
    world: World = given(budget(2025, "12000.00"), aggregate(attachment="1.00"))
    world.when(register(line("C-1", "2999.99"))).then(ev.CheckRegisterReceived, ev.ClaimsPaid)
    plan = world.ledger.plan(PLAN)
    policy = plan.aggregate_policies()[0]
    assert plan.accumulators.most_to(policy, plan.pages, (), date(2025, 3, 2)) == 0
    assert plan.accumulators.most_to(policy, plan.pages, (), date(2025, 3, 3)) == 2999_99
    world.when(register(line("C-2", "0.02"), name="REG-2")).accepted()
    assert [type(each.event) for each in world.last][-1] is ev.StopLossTriggered


def test_a_family_that_a_member_leaves_with_a_recovery_is_looked_at_again() -> None:
    world = Told(
        cmd.RegisterPlan(PLAN, "N", "N"), cmd.OpenYear(2025), cmd.OpenYear(2026), specific("4.00", unit="family")
    )
    first = _lines([("M-A", 200, 0, 0, False), ("M-A", 201, 0, 0, False)], 0)
    back = ev.SubrogationRecovered(
        recovery_id="R-0", member="M-A", incurred_on=FIRST, paid_on=FIRST, received_on=FIRST, gross=200
    )
    page = ev.ClaimsPaid(register_id="R", count=first.count, control_total=first.total(), lines=first)
    world.apply(page, back, *triggers(world.plan, [first], [back], 1))
    moved = _lines([("M-A", 0, 0, 0, True)], 1)
    made = triggers(world.plan, [moved], [], 1)
    assert [(policy, member) for policy, member, *_ in told(made)] == [("SPEC-2025", "F-M-A")]
    assert told(made) == whole(world.plan, [moved], [])


def test_a_deductible_that_is_lowered_holds_for_what_was_paid_before() -> None:
    world = Told(cmd.RegisterPlan(PLAN, "N", "N"), cmd.OpenYear(2025), cmd.OpenYear(2026), specific("9.00"))
    first = _lines([("M-A", 500, 0, 0, False)], 0)
    assert triggers(world.plan, [first], [], 1) == []
    world.apply(ev.ClaimsPaid(register_id="R", count=1, control_total=first.total(), lines=first))
    world.apply(ev.LaserSet(policy="SPEC-2025", laser=Laser(member="M-A", deductible=500)))
    second = _lines([("M-A", 1, 0, 0, False)], 1)
    assert told(triggers(world.plan, [second], [], 1)) == whole(world.plan, [second], [])
    assert told(triggers(world.plan, [second], [], 1)) == [("SPEC-2025", "M-A", 500, 501, FIRST)]


def test_paying_one_member_of_many_adds_up_nobody_else() -> None:
    """A payment costs the same whatever was paid before: only lines of the member are looked at, and only once."""
    world = Told(cmd.RegisterPlan(PLAN, "N", "N"), cmd.OpenYear(2025), cmd.OpenYear(2026), specific("9.00"))
    rows = [(f"M-{at:03d}", 1, 0, 0, False) for at in range(100)] + [("M-007", 2, 0, 0, False)]
    first = _lines(rows, 0)
    world.apply(ev.ClaimsPaid(register_id="R", count=first.count, control_total=first.total(), lines=first))
    for number in range(1, 4):
        paid = _lines([("M-007", 10, 0, 0, False)], number)
        assert triggers(world.plan, [paid], [], 1) == []
        world.apply(ev.ClaimsPaid(register_id="R", count=1, control_total=paid.total(), lines=paid))
    keys, more = np.array([b"M-007"]), [[_lines([("M-007", amount, 0, 0, False)], 9)] for amount in (867, 868)]
    policies = world.plan.specific_policies()

    def unasked(_: Any) -> list[Lines]:
        raise AssertionError("the lines of a member are gone through once")

    found = [world.plan.accumulators.can_cross(policies, 0, keys, world.plan.pages, each, unasked) for each in more]
    assert [each.tolist() for each in found] == [[], [b"M-007"]]
