"""A closed month keeps its totals, but through a reopening that is listed; late facts are listed where they belong."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from given import World, budget, given, line, money, register
from ledger import commands as cmd
from ledger.calendar import month_of
from projections.exceptions import Late, exceptions
from projections.history import History
from projections.invariants import invariants

MONTHS = ("2025-01", "2025-02", "2025-03", "2025-04")
DAYS = st.builds(date, st.just(2025), st.integers(1, 5), st.sampled_from([1, 14, 28]))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("close"), st.sampled_from(MONTHS)),
        st.tuples(st.just("reopen"), st.sampled_from(MONTHS)),
        st.tuples(st.just("pay"), st.lists(st.tuples(st.integers(1, 999), DAYS), min_size=1, max_size=4), DAYS),
        st.tuples(st.just("void"), st.integers(0, 9), DAYS),
        st.tuples(st.just("refund"), st.integers(0, 9), DAYS),
        st.tuples(st.just("money"), st.sampled_from(["fee", "funding", "rebate"]), DAYS),
        st.tuples(st.just("correct"), st.integers(0, 9), DAYS),
        st.tuples(st.just("recover"), st.integers(0, 9), DAYS),
    ),
    max_size=14,
)


def listed(world: World, year: int = 2025) -> list[tuple[str, str, int, int | None]]:
    """Kind, period, lines and amount of each exception."""
    return [(late.kind, late.period, late.lines, late.amount) for late in exceptions(world.history(), year)]


def test_nothing_is_an_exception_while_no_month_was_closed() -> None:
    assert listed(given(budget(2025, "1200.00"), register(line("C-1", "5.00")))) == []


def test_what_a_reopened_month_let_in_is_listed_with_its_reason() -> None:
    world = given(budget(2025, "1200.00"), cmd.ClosePeriod("2025-03"), cmd.ReopenPeriod("2025-03", "advice late"))
    world.when(money("funding", "7.00", "2025-03-09")).accepted()
    world.when(register(line("C-1", "5.00"), line("C-2", "6.00", paid="2025-04-03"))).accepted()
    world.when(cmd.ClosePeriod("2025-03")).accepted()
    assert listed(world) == [
        ("reopening", "2025-03", 0, None),
        ("in a reopened month", "2025-03", 0, 700),
        ("in a reopened month", "2025-03", 1, 500),
    ]
    assert [late.reason for late in exceptions(world.history())][1:] == ["Reopened: advice late"] * 2
    world.when(money("funding", "7.00", "2025-03-10")).then_refused("closed-period")


def test_a_late_payment_booked_in_a_later_month_is_listed_under_its_own() -> None:
    world = given(budget(2025, "1200.00"), cmd.ClosePeriod("2025-03"))
    world.when(register(line("C-1", "5.00"), line("C-2", "6.00", paid="2025-04-03"), effective_on=date(2025, 4, 2)))
    assert listed(world.accepted()) == [("in a later month", "2025-03", 1, 500)]
    assert listed(world, 2025) == listed(world)


def test_terms_changed_after_the_close_are_listed() -> None:
    world = given(budget(2025, "1200.00"), cmd.RecordEnrollment("2025-03", (("EE", 9),)), cmd.ClosePeriod("2025-03"))
    months = tuple(m.model_copy(update={"amount": 200_00}) for m in budget(2025, "1200.00").months[1:4])
    world.when(cmd.ReviseBudget(2025, months, "more lives")).accepted()
    world.when(cmd.RecordEnrollment("2025-03", (("EE", 10),))).accepted()
    assert listed(world) == [("after the close", "2025-03", 0, 100_00), ("after the close", "2025-03", 0, None)]


def test_a_void_of_a_later_service_is_not_booked_in_a_closed_month() -> None:
    later = line("C-1", "5.00", paid="2025-03-03", incurred="2025-05-10")
    world = given(budget(2025, "1200.00"), register(later, later_service=True), cmd.ClosePeriod("2025-05"))
    world.when(cmd.VoidPayment(6, 1, "twice", date(2025, 4, 1))).accepted()
    assert all(not checked.broken for checked in invariants(world.history(), date(2025, 12, 31)))


@for_all(ACTIONS)
def test_a_closed_month_changes_only_by_what_is_listed(actions: list[tuple[Any, ...]]) -> None:
    world = given(budget(2025, "1200.00"))
    closed: dict[str, tuple[int, Counter[tuple[int, int, int]]]] = {}
    for number, action in enumerate(actions):
        _do(world, number, action)
        if action[0] == "close" and world.refusal is None:
            version = world.last[0].version
            closed.setdefault(action[1], (version, _booked(world.history(), action[1])))
    history = world.history()
    assert [checked.broken for checked in invariants(history, date(2025, 12, 31)) if checked.broken] == []
    found = exceptions(history)
    for month, (version, before) in closed.items():
        added = _booked(history, month) - before
        assert not before - _booked(history, month)
        assert {at for at, _, _ in added} <= _let_in(found, month)
        assert all(at > version for at, _, _ in added)


def _let_in(found: tuple[Late, ...], month: str) -> set[int]:
    return {late.recorded.version for late in found if late.period == month and late.kind == "in a reopened month"}


def _booked(history: History, month: str) -> Counter[tuple[int, int, int]]:
    """What is booked in a month, but for the budget: version, account and amount."""
    from ledger import events as e
    from ledger.calendar import day_of

    terms = {r.version for r in history.records if isinstance(r.event, e.BudgetSet)}
    moved = history.transfers
    return Counter(
        (int(moved.version[n]), int(moved.debit[n]), int(moved.amount[n]))
        for n in range(len(moved))
        if month_of(day_of(int(moved.day[n]))) == month and int(moved.version[n]) not in terms
    )


def _do(world: World, number: int, action: tuple[Any, ...]) -> None:
    plan = world.ledger.plan("NW")
    match action:
        case ("close", month):
            world.when(cmd.ClosePeriod(month))
        case ("reopen", month):
            world.when(cmd.ReopenPeriod(month, "late"))
        case ("pay", rows, effective):
            lines = [
                line(f"C-{number}-{n}", f"{cents // 100}.{cents % 100:02d}", paid=str(day), incurred="2025-01-01")
                for n, (cents, day) in enumerate(rows)
            ]
            world.when(register(*lines, name=f"REG-{number}", effective_on=effective))
        case ("money", kind, day):
            world.when(money(kind, "3.00", str(day)))
        case ("correct", which, day) if plan.correctable:
            world.when(cmd.Correct(list(plan.correctable)[which % len(plan.correctable)], day, "wrong"))
        case ("void", which, day) if plan.pages:
            world.when(cmd.VoidPayment(plan.pages[which % len(plan.pages)].version, 1, "wrong", day))
        case ("recover", _, day):
            world.when(cmd.RecordRecovery(f"R-{number}", "M-A", "MED", day, day, day, 100))
        case ("refund", which, day) if plan.pages:
            cells = plan.pages[which % len(plan.pages)].lines.row(1)
            back = line(str(cells["claim_id"]), "-0.01", txn_type="REFUND", paid=str(day), incurred="2025-01-01",
                        payment_ref=str(cells["payment_ref"]), booked=str(day))  # fmt: skip
            world.when(register(back, name=f"REG-{number}"))
        case _:
            return
