"""What changed between two points: the causes explain every line to the cent, both ways."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from given import aggregate, register
from given import budget as set_budget
from given import given as begun
from given import line as payment
from given import money as cash
from given import specific as bound
from ledger import commands as cmd
from ledger import events as e
from projections.causes import _CAUSES, MEANING, ORDER, TIME
from projections.differences import Compared, Difference, Point, difference
from projections.history import History
from projections.position import lines, position
from projections.stop_loss_lines import aggregate_lines, specific_lines
from random_histories import ACTIONS, play
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


def test_every_kind_of_event_has_a_cause_and_every_cause_a_sentence() -> None:
    assert {*ORDER, TIME} == set(MEANING)
    assert all(MEANING.values())
    without = {kind.__name__ for kind in e.REGISTRY.values() if kind not in _CAUSES}
    assert without == {  # They have a rule of their own, or move no figure.
        "ClaimsPaid", "SurplusCarriedForward", "DeficitCarriedForward", "SurplusRefunded", "SurplusRedistributed",
        "ReserveTransferred", "DeficitFunded",
        "ActorEnrolled", "ApprovalsSet", "ChangeApproved", "ChangeProposed", "ChangeRejected", "ChangeWithdrawn",
        "CheckRegisterReceived", "ExportProduced", "ImportBatchAccepted", "ImportBatchRefused", "LegalHoldReleased",
        "LegalHoldSet", "MemberKeyErased", "PeriodClosed", "PeriodReopened", "RoleGranted", "RoleRevoked",
        "StopLossNoticeSent",
    }  # fmt: skip


def test_what_the_carrier_decides_pays_and_gets_back_are_causes_of_their_own() -> None:
    world = begun(bound("200.00"), register(payment("C-1", "900.00", member="M-A", paid="2025-03-01")))
    start = world.history().records[-1].position
    world.when(cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 700_00, date(2025, 4, 1), "SL-1"))
    world.when(cmd.DecideClaim("SL-1", "partial", 500_00, date(2025, 5, 1)))
    world.when(cmd.ReceiveReimbursement("SL-1", 300_00, date(2025, 6, 1)))
    world.when(cmd.ReturnReimbursement("SL-1", 50_00, date(2025, 6, 2), "twice"))
    world.when(cmd.WriteOffClaim("SL-1", 10_00, date(2025, 6, 3), "small")).accepted()
    history = world.history()
    last = history.records[-1].position
    found = difference(history, 2025, Point(start, END), Point(last, END), "stoploss-specific")
    assert of(found, "SPEC-2025/M-A/approved") == {"decision": 500_00}
    assert of(found, "SPEC-2025/M-A/received") == {"reimbursement": 300_00, "return to the carrier": -50_00}
    assert of(found, "SPEC-2025/M-A/written_off") == {"write-off": 10_00}


@settings(max_examples=10, deadline=None)
@given(ACTIONS, st.data())
def test_the_causes_sum_to_the_change_of_every_line_of_a_register(actions: Any, data: st.DataObject) -> None:
    world = begun(bound("200.00"), aggregate(attachment="1.25"), set_budget(2025, "1200.00"))
    play(world, actions)
    world.when(cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 50_00, date(2025, 6, 1), "SL-1"))
    world.when(cmd.DecideClaim("SL-1", "denied", 0, date(2025, 7, 1))).when(cash("rebate", "9.00"))
    history = world.history()
    last = history.records[-1].position
    one, two = (Point(data.draw(st.integers(5, last)), data.draw(days)) for _ in range(2))
    for report, lines_of in (("stoploss-specific", specific_lines), ("stoploss-aggregate", aggregate_lines)):
        found = difference(history, 2025, one, two, report)
        changed = {each.name: each for each in found.lines}
        sides = [lines_of(history.until(point.known_at), 2025, point.as_of) for point in (one, two)]
        for name in {**sides[0], **sides[1]}:
            before, after = (side.get(name, 0) for side in sides)
            if name not in changed:
                assert before == after
                continue
            line_ = changed[name]
            assert (line_.before, line_.after) == (before, after)
            assert sum(each.amount for each in line_.causes) == line_.change, line_


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


def test_a_member_of_the_specific_register_moves_by_named_causes() -> None:
    world = begun(bound("1000.00")).when(register(payment("C-1", "1500.00", member="M-A"))).accepted()
    early = world.last[-1].position
    late = payment("C-2", "700.00", member="M-A", paid="2025-11-03", booked="2025-11-03")
    world.when(register(late, payment("C-3", "5.00", member="M-B"), name="REG-2")).accepted()
    world.when(cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 1200_00, date(2025, 12, 1), "SL-1")).accepted()
    filed = world.last[0].position
    world.when(cmd.ReceiveReimbursement("SL-1", 300_00, date(2025, 12, 20), "W-1", False)).accepted()
    history = world.history()
    found = difference(history, 2025, Point(early, END), Point(world.last[-1].position, END), "stoploss-specific")
    assert of(found, "SPEC-2025/M-A/eligible_paid") in ({"payment": 700_00}, {"late claim": 700_00})
    assert of(found, "SPEC-2025/M-A/filed") == {"stop-loss claim": 1200_00}
    assert of(found, "SPEC-2025/M-A/received") == {"reimbursement": 300_00}
    assert sum(of(found, "SPEC-2025/M-A/due").values()) == 400_00
    events = {c.name: c.events for x in found.lines if x.name == "SPEC-2025/M-A/filed" for c in x.causes}
    assert events == {"stop-loss claim": (filed,)}
    assert set(get_args(Compared)) == {"position", "stoploss-specific", "stoploss-aggregate"}
