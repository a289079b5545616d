"""Lasers between dates: each service falls under the level of its own day, and levels fill lowest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from given import World, register, specific
from given import given as world_of
from given import line as claim
from ledger import commands as cmd
from ledger import events as ev
from ledger.calendar import day_number, day_of
from ledger.levels import excess_of, removed
from ledger.stop_loss import AggregatePolicy, SpecificPolicy, Specifics, aggregate_position, buckets, specific_position
from ledger.terms import AggregateTerms, Laser, SpecificTerms
from oracles import stop_loss_oracle as oracle
from projections.stop_loss_report import specific_register
from stop_loss_rows import FIGURES, Row, paged, row, told, undone

START, END = date(2024, 1, 1), date(2024, 12, 31)
JULY = date(2024, 7, 1)


def on(day: int) -> date:
    """A day of the year, from 0."""
    return day_of(day_number(START) + day)


@st.composite
def lasered(draw: st.DrawFn) -> tuple[SpecificPolicy, list[Row]]:
    """Two members, each with a few lasers in the year, some taken off, and payments, voids and orphans about them."""
    lasers: list[Laser] = []
    for _ in range(draw(st.integers(1, 4))):
        first = draw(st.integers(-20, 300))
        amount = draw(st.one_of(st.none(), st.integers(0, 500), st.integers(100, 500)))
        ends = draw(st.one_of(st.none(), st.integers(first, 365)))
        member = draw(st.sampled_from(("M1", "M2")))
        lasers.append(
            Laser(
                member=member, deductible=amount, excluded=amount is None, from_date=on(first),
                to_date=None if ends is None else on(ends),
            )
        )
    if draw(st.booleans()):
        lasers = removed(lasers, draw(st.sampled_from(("M1", "M2"))), on(draw(st.integers(-30, 365))))
    terms = SpecificTerms(
        deductible=draw(st.integers(50, 200)),
        contract_basis=draw(st.sampled_from(("12/12", "24/12"))),
        aggregating_deductible=draw(st.integers(0, 200)),
        percentage=draw(st.sampled_from(("1.00", "0.90"))),
        run_in_limit_person=draw(st.one_of(st.none(), st.none(), st.integers(0, 100))),
    )
    found = []
    for at in range(draw(st.integers(1, 9))):
        incurred = draw(st.integers(-20, 365))
        paid = min(365, max(0, incurred) + draw(st.integers(0, 60)))
        amount = draw(st.integers(-100, 200)) if at % 4 == 3 else draw(st.integers(0, 200))
        member = draw(st.sampled_from(("M1", "M1", "M2")))
        found.append(row(member, amount, on(paid), on(incurred), claim_id=draw(st.sampled_from(("C1", "C2")))))
    paid_rows = [each for each in found if each["eligible"] > 0]
    for each in draw(st.lists(st.sampled_from(paid_rows), max_size=2)) if paid_rows else ():
        found.append(undone(each, draw(st.one_of(st.none(), st.integers(1, each["eligible"])))))
    return SpecificPolicy("S", START, None, terms, tuple(lasers)), draw(st.permutations(found))


@settings(max_examples=300, deadline=None)
@given(lasered())
def test_every_figure_is_that_of_the_second_opinion(plan: tuple[SpecificPolicy, list[Row]]) -> None:
    own, found = plan
    position = specific_position(own, paged(found))
    expected = oracle.specific(told(own), found, {})
    for figures in expected.values():
        crossed = figures["crossed_on"]
        figures["crossed_on"] = None if crossed is None else day_of(crossed)
    assert {m.member: {name: getattr(m, name) for name in FIGURES} for m in position.members} == expected
    assert position.absorbed == min(own.terms.aggregating_deductible, position.excess)


@settings(deadline=None)
@given(lasered(), st.integers(1, 200), st.integers(0, 365))
def test_one_more_payment_never_lowers_and_its_void_leaves_everything(
    plan: tuple[SpecificPolicy, list[Row]], amount: int, day: int
) -> None:
    """INV-21 and INV-30."""
    own, found = plan
    new = row("M1", amount, on(day), on(day), claim_id="NEW")
    before, more = specific_position(own, paged(found)), specific_position(own, paged([*found, new]))
    assert more.excess >= before.excess
    assert all(0 <= member.excess <= max(0, member.eligible) for member in more.members)
    after = specific_position(own, paged([*found, new, undone(new)]))
    known = {each.member for each in before.members}
    assert tuple(each for each in after.members if each.member in known) == before.members
    assert buckets(own, paged([*found, new, undone(new)])) == buckets(own, paged(found))


@settings(deadline=None)
@given(lasered(), st.booleans())
def test_the_aggregate_gets_what_the_buckets_say_it_gets(plan: tuple[SpecificPolicy, list[Row]], band: bool) -> None:
    """INV-23 and INV-26: every cent in one bucket; what counts is the retained one, for members not excluded."""
    own, found = plan
    lasers = tuple(each for each in own.lasers if not each.excluded)
    terms = own.terms.model_copy(update={"laser_band_counts": band, "run_in_limit_person": None})
    own = replace(own, terms=terms, lasers=lasers)
    sorted_out = buckets(own, paged(found))
    assert sorted_out.total == sum(each["amount"] for each in found)
    beside = AggregatePolicy("A", START, None, AggregateTerms(contract_basis=terms.contract_basis, attachment="1.25"))
    by = Specifics([own], [own], paged(found))
    position = aggregate_position(beside, paged(found), enrollment={}, budget={}, specifics=by, as_of=END)
    assert position.eligible == sorted_out.retained


@given(lasered())
def test_the_order_of_arrival_changes_no_total(plan: tuple[SpecificPolicy, list[Row]]) -> None:
    own, found = plan
    one, other = specific_position(own, paged(found)), specific_position(own, paged(found[::-1]))
    names = ("eligible", "excess", "absorbed")
    assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]


def test_a_laser_from_july_leaves_the_first_half_at_the_policys_deductible() -> None:
    """30,000 of the first half fill up 100,000 first; of 250,000 after it 150,000 count to the laser's 150,000."""
    laser = Laser(member="M1", deductible=150_000, from_date=JULY)
    own = SpecificPolicy("S", START, None, SpecificTerms(deductible=100_000, contract_basis="12/12"), (laser,))
    early = [row("M1", 30_000, date(2024, 3, 1)), row("M1", 250_000, date(2024, 8, 1))]
    assert specific_position(own, paged(early)).excess == 130_000
    late = [row("M1", 130_000, date(2024, 3, 1)), row("M1", 40_000, date(2024, 8, 1))]
    found = specific_position(own, paged(late))
    assert (found.excess, found.members[0].deductible) == (30_000, 150_000)
    whole = replace(own, lasers=(Laser(member="M1", deductible=150_000),))
    assert specific_position(whole, paged(late)).excess == 20_000


def test_the_excess_is_the_greatest_over_the_levels_and_a_negative_level_takes_back_below() -> None:
    assert excess_of(((100, 130), (150, 40))) == 30
    assert excess_of(((100, 300), (200, -150))) == 50
    assert excess_of(((100, -50), (200, 300))) == 50
    assert excess_of(()) == 0


def test_an_exclusion_from_july_takes_out_what_was_incurred_from_then_on_and_nothing_else() -> None:
    laser = Laser(member="M1", excluded=True, from_date=JULY)
    own = SpecificPolicy("S", START, None, SpecificTerms(deductible=100, contract_basis="12/12"), (laser,))
    found = [row("M1", 160, date(2024, 9, 1), date(2024, 6, 30)), row("M1", 500, date(2024, 9, 1), JULY)]
    position, sorted_out = specific_position(own, paged(found)), buckets(own, paged(found))
    assert (position.excess, position.members[0].excluded) == (60, False)
    assert (sorted_out.excluded_member, sorted_out.retained, sorted_out.specific_excess) == (500, 100, 60)


def _world(*lasers: Laser) -> World:
    return world_of(specific("1000.00"), *(cmd.SetLaser("SPEC-2025", laser) for laser in lasers)).accepted()


def _excess(world: World) -> Any:
    return [each.excess for each in specific_register(world.history(), 2025, date(2026, 12, 31)).rows]


def test_a_conditional_laser_ends_when_it_is_removed() -> None:
    world = _world(Laser(member="M-A", deductible=2_000_00, conditional=True))
    world.when(register(claim("C-1", "1500.00"))).accepted()
    assert _excess(world) == [0]
    world.when(cmd.RemoveLaser("SPEC-2025", "M-A", date(2025, 1, 1), "Carrier was notified")).then(ev.LaserRemoved)
    assert _excess(world) == [500_00]
    assert world.ledger.plan("NW").lasers == world.history().facts.lasers


def test_a_laser_removed_in_the_year_still_holds_for_services_before_that_day() -> None:
    world = _world(Laser(member="M-A", deductible=2_000_00))
    world.when(cmd.RemoveLaser("SPEC-2025", "M-A", date(2025, 3, 1), "Treatment ended")).accepted()
    world.when(register(claim("C-1", "1500.00", incurred="2025-02-28"))).accepted()
    assert _excess(world) == [0]
    world.when(register(claim("C-2", "1500.00", incurred="2025-03-01"), name="REG-2")).accepted()
    assert _excess(world) == [1_000_00]


def test_taking_off_a_laser_that_is_not_there_is_refused() -> None:
    world = _world(Laser(member="M-B", deductible=2_000_00, to_date=date(2025, 6, 30)))
    for member, day in (("M-A", date(2025, 1, 1)), ("M-B", date(2025, 7, 1))):
        world.when(cmd.RemoveLaser("SPEC-2025", member, day, "Ended")).then_refused("no-laser", "M-B")
    world.when(cmd.RemoveLaser("SPEC-2025", "M-B", date(2025, 6, 30), " ")).then_refused("reason", "--reason")


def test_a_laser_below_the_deductible_is_refused_unless_it_says_so() -> None:
    low = Laser(member="M-A", deductible=400_00)
    _world().when(cmd.SetLaser("SPEC-2025", low)).then_refused("laser-below", "400.00", "1,000.00", "--lower")
    world = _world(low.model_copy(update={"lower": True})).when(register(claim("C-1", "700.00"))).accepted()
    assert _excess(world) == [300_00]


def test_a_laser_that_ends_before_it_begins_is_refused() -> None:
    backwards = Laser(member="M-A", deductible=2_000_00, from_date=date(2025, 7, 1), to_date=date(2025, 6, 30))
    _world().when(cmd.SetLaser("SPEC-2025", backwards)).then_refused("laser-dates", "2025-06-30")
