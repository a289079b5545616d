"""What changed between two points: the causes explain every line to the cent, both ways."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import events as e
from projections.differences import Difference, Point, difference
from projections.history import History
from projections.position import lines, position
from random_years import days, story
from story import budget, line, money, opened, page, recorded, registered, reimbursed, specific, undo
from story import filed as filed_

points = st.builds(Point, st.integers(6, 18), days)
END = date(2025, 12, 31)


def of(found: Difference, name: str) -> dict[str, int]:
    return next({c.name: c.amount for c in each.causes} for each in found.lines if each.name == name)


@settings(max_examples=60, deadline=None)
@given(story(), points, points)
def test_the_causes_sum_to_the_change_of_every_line(events: list[e.Event], one: Point, two: Point) -> None:
    history = History(recorded(events))
    found = difference(history, 2025, one, two)
    for point, side in ((one, "before"), (two, "after")):
        printed = {x.name: x.amount for x in lines(position(history, 2025, point.as_of, known_at=point.known_at))}
        assert printed.items() <= {x.name: getattr(x, side) for x in found.lines}.items()
    for each in found.lines:
        assert sum(c.amount for c in each.causes) == each.change, each


@settings(max_examples=40, deadline=None)
@given(story(), points, points)
def test_the_way_back_is_the_way_there_negated(events: list[e.Event], one: Point, two: Point) -> None:
    history = History(recorded(events))
    there, back = difference(history, 2025, one, two), difference(history, 2025, two, one)
    for out, home in zip(there.lines, back.lines, strict=True):
        assert (out.before, out.after, out.change) == (home.after, home.before, -home.change)
        assert [(c.name, c.amount, c.events) for c in out.causes] == [
            (c.name, -c.amount, c.events) for c in home.causes
        ]


@settings(max_examples=40, deadline=None)
@given(story(), points)
def test_a_point_does_not_differ_from_itself(events: list[e.Event], point: Point) -> None:
    found = difference(History(recorded(events)), 2025, point, point)
    assert (found.changed, found.events) == ((), ())


def test_each_cause_names_its_events() -> None:
    paid = line(150_000_00, "2025-03-01")
    made: list[e.Event] = [*registered(), opened(2025), budget(1_200_000_00), specific(100_000_00)]
    made += [page(paid), filed_(50_000_00, "2025-04-01"), reimbursed(20_000_00, "2025-05-01")]
    made += [page(undo(6, 1, paid, "2025-06-01"), kind=e.ClaimPaymentsVoided), money(e.FeeCharged, 5_00, "2025-06-02")]
    history = History(recorded(made))
    found = difference(history, 2025, Point(5, END), Point(10, END))
    assert of(found, "claims-paid") == {"late claim": -150_000_00, "void": 150_000_00} or of(found, "claims-paid") == {
        "payment": -150_000_00,
        "void": 150_000_00,
    }
    assert of(found, "fees") == {"fee": -5_00}
    assert of(found, "reimbursements-received") == {"reimbursement": 20_000_00}
    by_line = {x.name: {c.name: c.events for c in x.causes} for x in found.lines}
    assert by_line["fees"] == {"fee": (10,)}
    assert by_line["voids"] == {"void": (9,)}


def test_months_of_the_budget_fall_due_as_the_date_moves() -> None:
    history = History(recorded([*registered(), opened(2025), budget(1_200_000_00)]))
    found = difference(history, 2025, Point(4, date(2025, 6, 30)), Point(4, END))
    assert of(found, "closing") == {"budget": 600_000_00}
    assert of(found, "position-cash") == {}


def test_a_payment_recorded_after_the_date_asked_about_is_a_late_claim() -> None:
    made: list[e.Event] = [*registered(), opened(2020), page(line(7_00, "2020-12-30"))]
    found = difference(History(recorded(made)), 2020, Point(3, date(2020, 12, 31)), Point(4, date(2020, 12, 31)))
    assert of(found, "gross-claims") == {"late claim": -7_00}
