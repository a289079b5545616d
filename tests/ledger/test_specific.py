"""Specific stop-loss against the second opinion and the invariants of domain section 9."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.calendar import day_number, day_of
from ledger.lines import lines_of
from ledger.stop_loss import (
    SpecificPolicy,
    buckets,
    crossings,
    in_window,
    policy_of_lines,
    specific_position,
)
from ledger.terms import DayRules, Laser, SpecificTerms, window
from oracles import stop_loss_oracle as oracle
from stop_loss_rows import FIGURES, Row, paged, row, told, undone

MEMBERS = ("M1", "M2", "M3", "M4")
STARTS = (date(2024, 1, 1), date(2024, 2, 29), date(2023, 7, 1), date(2024, 8, 31))
@st.composite
def rows(draw: st.DrawFn, start: date) -> list[Row]:
    """Payments in and about the window, voids, refunds, orphans; in any order of arrival."""
    edges = st.sampled_from([0, -1, 364, 365, 366, 59, 60, -90, -91, 455, 456])
    shift = st.one_of(edges, st.integers(-420, 800))
    found = []
    for at in range(draw(st.integers(0, 14))):
        paid = draw(st.one_of(shift, st.integers(0, 20)))
        incurred = min(paid, draw(st.one_of(shift, st.integers(-30, 20))))
        amount = draw(st.integers(-60, 300)) if at % 5 == 4 else draw(st.integers(0, 300))
        base = day_number(start)
        made = row(
            draw(st.sampled_from(MEMBERS)),
            amount,
            day_of(base + paid),
            day_of(base + incurred),
            coverage=draw(st.sampled_from(("MED", "MED", "MED", "RX", "DEN"))),
            specific_eligible=draw(st.sampled_from((1, 1, 1, 1, 0))),
            claim_id=draw(st.sampled_from(("C1", "C2", "C3"))),
            family=draw(st.sampled_from(("F1", "F2"))),
        )
        made["amount"] += draw(st.integers(0, 20))
        found.append(made)
    kept = [each for each in found if each["eligible"] > 0]
    for each in draw(st.lists(st.sampled_from(kept), max_size=4)) if kept else ():
        found.append(undone(each, draw(st.one_of(st.none(), st.integers(1, each["eligible"])))))
    return draw(st.permutations(found))


@st.composite
def policies(draw: st.DrawFn) -> SpecificPolicy:
    """Terms of every kind."""
    start = draw(st.sampled_from(STARTS))
    days = st.one_of(st.none(), st.integers(-30, 400).map(lambda n: day_of(day_number(start) + n)))
    limit = st.one_of(st.none(), st.integers(0, 400))
    lasers = []
    for _ in range(draw(st.integers(0, 3))):
        amount = draw(st.one_of(st.none(), st.integers(0, 600)))
        lasers.append(
            Laser(
                member=draw(st.sampled_from((*MEMBERS[:2], "F1"))),
                deductible=amount,
                excluded=amount is None,
                from_date=draw(days),
                to_date=draw(days),
            )
        )
    terms = SpecificTerms(
        deductible=draw(st.integers(0, 400)),
        contract_basis=draw(st.sampled_from(("12/12", "12/15", "15/12", "24/12", "18/18", "paid", "incurred"))),
        covered=draw(st.sampled_from((("MED",), ("MED", "RX")))),
        unit=draw(st.sampled_from(("person", "person", "family", "certificate"))),
        percentage=draw(st.sampled_from(("1.00", "0.90", "0.333"))),
        annual_maximum=draw(limit),
        lifetime_maximum=draw(limit),
        aggregating_deductible=draw(st.integers(0, 300)),
        run_in_limit_person=draw(limit),
        run_in_limit_total=draw(limit),
    )
    expires = draw(st.one_of(st.none(), st.integers(30, 500).map(lambda n: day_of(day_number(start) + n))))
    return SpecificPolicy("S", start, expires, terms, tuple(lasers))


@st.composite
def plans(draw: st.DrawFn) -> tuple[SpecificPolicy, list[Row]]:
    own = draw(policies())
    return own, draw(rows(own.effective))


@settings(max_examples=250, deadline=None)
@given(plans(), st.dictionaries(st.sampled_from(MEMBERS), st.integers(0, 300)))
def test_every_figure_is_that_of_the_second_opinion(
    plan: tuple[SpecificPolicy, list[Row]], prior: dict[str, int]
) -> None:
    own, found = plan
    position = specific_position(own, paged(found), prior_reimbursed=prior)
    expected = oracle.specific(told(own), found, prior)
    got = {member.member: {name: getattr(member, name) for name in FIGURES} for member in position.members}
    for figures in expected.values():
        crossed = figures["crossed_on"]
        figures["crossed_on"] = None if crossed is None else day_of(crossed)
    assert got == expected
    order = [(-member.eligible, member.member) for member in position.members]
    assert order == sorted(order)
    for name in ("eligible", "excess", "absorbed", "reimbursable"):
        assert getattr(position, name) == sum(figures[name] for figures in expected.values())


@settings(deadline=None)
@given(plans())
def test_reimbursement_is_never_negative_nor_above_the_share_of_the_excess(
    plan: tuple[SpecificPolicy, list[Row]],
) -> None:
    """INV-21."""
    own, found = plan
    for member in specific_position(own, paged(found)).members:
        assert 0 <= member.reimbursable <= member.excess <= max(0, member.eligible)
        assert member.excess >= max(0, member.eligible - member.deductible)
        assert (member.crossed_on is not None) == (member.excess > 0)


@settings(deadline=None)
@given(plans(), st.integers(1, 500), st.sampled_from(MEMBERS))
def test_more_claims_never_lower_what_the_carrier_owes(
    plan: tuple[SpecificPolicy, list[Row]], amount: int, member: str
) -> None:
    """INV-21, at one hundred percent and without limits that share out between persons."""
    own, found = plan
    free = {"run_in_limit_total": None, "annual_maximum": None, "lifetime_maximum": None}
    own = replace(own, terms=own.terms.model_copy(update={**free, "percentage": "1.00"}))
    more = row(member, amount, own.effective, family="F1", claim_id="NEW")
    before = specific_position(own, paged(found))
    assert specific_position(own, paged([*found, more])).reimbursable >= before.reimbursable


@settings(deadline=None)
@given(plans())
def test_the_aggregating_deductible_takes_what_there_is_up_to_its_size(
    plan: tuple[SpecificPolicy, list[Row]],
) -> None:
    """INV-22."""
    own, found = plan
    position = specific_position(own, paged(found))
    assert position.absorbed == min(own.terms.aggregating_deductible, position.excess)
    assert all(0 <= member.absorbed <= member.excess for member in position.members)
    backwards = specific_position(own, paged(found[::-1]))
    assert backwards.absorbed == position.absorbed


@settings(deadline=None)
@given(plans(), st.booleans(), st.booleans())
def test_every_net_cent_is_in_exactly_one_bucket(
    plan: tuple[SpecificPolicy, list[Row]], band: bool, pool: bool
) -> None:
    """INV-26."""
    own, found = plan
    counted = {"laser_band_counts": band, "asd_counts_to_aggregate": pool}
    own = replace(own, terms=own.terms.model_copy(update=counted))
    sorted_out, position = buckets(own, paged(found)), specific_position(own, paged(found))
    assert sorted_out.total == sum(each["amount"] for each in found)
    assert sorted_out.specific_excess == position.excess - position.absorbed
    assert not (pool and sorted_out.aggregating_deductible) and not (band and sorted_out.laser_band)


@settings(max_examples=300, deadline=None)
@given(plans(), st.integers(1, 400), st.sampled_from(MEMBERS), st.integers(-60, 60), st.data())
def test_a_payment_and_its_void_leave_everything_as_it_was(
    plan: tuple[SpecificPolicy, list[Row]], amount: int, member: str, shift: int, data: st.DataObject
) -> None:
    """INV-30, wherever the two are recorded."""
    own, found = plan
    paid = day_of(day_number(own.effective) + max(0, shift))
    incurred = day_of(day_number(own.effective) + shift)
    new = row(member, amount, paid, incurred, claim_id="NEW", family="F1")
    late = [*found, new]
    late.insert(data.draw(st.integers(0, len(late))), undone(new))
    before, after = specific_position(own, paged(found)), specific_position(own, paged(late))
    known = {each.member for each in before.members}
    assert tuple(each for each in after.members if each.member in known) == before.members
    assert after.reimbursable == before.reimbursable
    assert buckets(own, paged(late)) == buckets(own, paged(found))


@settings(deadline=None)
@given(plans())
def test_a_window_holds_its_first_and_last_days_and_no_day_beyond(
    plan: tuple[SpecificPolicy, list[Row]],
) -> None:
    """INV-31."""
    own, found = plan
    held = window(own.terms.contract_basis, own.effective)
    mask = in_window(held, DayRules(), lines_of(found)).tolist() if found else []
    inside = {**told(own), "expires": None}
    assert mask == [oracle.inside(inside, each) for each in found]


@settings(deadline=None)
@given(st.lists(policies(), min_size=1, max_size=4), st.data())
def test_a_payment_counts_under_one_policy_at_most(own: list[SpecificPolicy], data: st.DataObject) -> None:
    """INV-20."""
    found = data.draw(rows(STARTS[0]))
    chosen = policy_of_lines(own, lines_of(found)).tolist() if found else []
    for each, place in zip(found, chosen, strict=True):
        covering = [at for at, one in enumerate(own) if each.get("coverage", "MED") in one.terms.covered]
        holding = [at for at in covering if oracle.inside(told(own[at]), each)]
        assert place in holding if holding else place == -1


@settings(deadline=None)
@given(plans(), st.integers(0, 14))
def test_crossings_are_those_over_now_who_were_not_over_before(
    plan: tuple[SpecificPolicy, list[Row]], cut: int
) -> None:
    own, found = plan
    before = {each.member for each in specific_position(own, paged(found[:cut])).members if each.excess}
    now = {each.member: each for each in specific_position(own, paged(found)).members if each.excess}
    got = crossings(own, paged(found[:cut]), paged(found))
    assert {each.member for each in got} == set(now) - before
    for each in got:
        member = now[each.member]
        same = (member.deductible, member.eligible, member.crossed_on)
        assert (each.deductible, each.eligible, each.crossed_on) == same
