"""The ageing and the specific register tie to the position, whatever is recognised and whatever happened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

from given import World, aggregate, budget, given, line, register, specific
from ledger import commands as cmd
from projections.ageing import ageing
from projections.position import position
from projections.stop_loss_report import aggregate_register, specific_register
from projections.tie import ties, trace_tie
from random_histories import ACTIONS, play

END = date(2026, 12, 31)
RECOGNITIONS = ("paid", "filed", "approved", "received")
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["file", "decide", "receive", "appeal", "write", "return", "advance", "lend", "repay"]),
        st.integers(0, 5), st.integers(1, 900_00),
    ),
    max_size=14,
)  # fmt: skip


def carry_on(world: World, moves: list[tuple[str, int, int]]) -> None:
    """Filings and what becomes of them; what a rule refuses is not recorded."""
    filings: list[str] = []
    for number, (what, pick, amount) in enumerate(moves):
        day = date(2025, 6, 1) + timedelta(days=20 * number)
        filing = filings[pick % len(filings)] if filings else ""
        member = ("M-A", "M-B", "")[pick % 3]
        policy = "SPEC-2025" if member else "AGG-2025"
        commands: dict[str, Any] = {
            "file": cmd.FileClaim(f"F-{number}", policy, member, amount, day, f"F-{number}"),
            "decide": cmd.DecideClaim(filing, "", amount, day),
            "receive": cmd.ReceiveReimbursement(filing, amount, day, "", True),
            "appeal": cmd.AppealClaim(filing, amount, day, "r"),
            "write": cmd.WriteOffClaim(filing, amount, day, "r"),
            "return": cmd.ReturnReimbursement(filing, amount, day, "r"),
            "advance": cmd.FundAdvance(f"A-{number}", "SPEC-2025", "M-A", ((world.history().pages[0].version, 1),),
                                       amount, day) if world.history().pages else None,
            "lend": cmd.Accommodate("AGG-2025", "2025-06", amount, day, False),
            "repay": cmd.Accommodate("AGG-2025", "2025-06", amount, day, True),
        }  # fmt: skip
        if commands[what] is not None and (filing or what in ("file", "advance", "lend", "repay")):
            world.when(commands[what])
            if what == "file" and world.refusal is None:
                filings.append(f"F-{number}")


@pytest.mark.parametrize("recognition", RECOGNITIONS)
@settings(max_examples=12, deadline=None)
@on(ACTIONS, MOVES, st.sampled_from([date(2025, 9, 30), END]))
def test_outstanding_filings_and_the_lines_beside_them_add_up_to_the_position(
    recognition: str, actions: list[tuple[str, Any]], moves: list[tuple[str, int, int]], as_of: date
) -> None:
    world = given(specific("200.00"), aggregate(minimum_attachment=100_00), recognition=recognition)
    play(world, actions)
    carry_on(world, moves)
    history = world.history()
    (found,) = ties(history, as_of)
    assert found.proved
    for line_ in found.lines:
        traced = trace_tie(history, 2025, line_.reason, as_of)
        assert (traced.amount, traced.proved) == (line_.amount, True)
    view = position(history, 2025, as_of)
    assert (found.receivable, found.due_to_carrier) == (view.reimbursements_receivable, view.due_to_carrier)
    aged = ageing(history, as_of)
    assert (found.outstanding, found.overpaid) == (aged.total("outstanding"), aged.total("to_return"))
    if recognition == "paid":
        total = specific_register(history, 2025, as_of).total
        (plan,) = aggregate_register(history, 2025, as_of)
        assert total.receivable + plan.receivable == view.reimbursements_receivable
        assert total.due_to_carrier + plan.due_to_carrier == view.due_to_carrier


def test_what_is_not_filed_yet_is_a_line_of_its_own() -> None:
    from given import line, register

    world = given(specific("400.00")).when(register(line("C-1", "1000.00"))).accepted()
    world.when(cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 250_00, date(2025, 5, 1), "SL-1")).accepted()
    (found,) = ties(world.history(), END)
    assert [(line_.reason, line_.amount) for line_ in found.lines] == [("recognised, not filed yet", 350_00)]
    assert (found.outstanding, found.receivable) == (250_00, 600_00)
    assert found.lines[0].parts == (("M-A under SPEC-2025", 350_00),)


def test_nothing_is_due_under_an_aggregate_whose_attachment_point_nobody_can_know() -> None:
    asked = (aggregate(attachment="1.25"), register(line("C-1", "4000.00")))
    for more, due in (((), 0), ((budget(2025, "1200.00"),), 2_500_00)):
        world = given(*asked, *more)
        (row,) = aggregate_register(world.history(), 2025, date(2026, 6, 30))
        assert row.due == due == world.position(2025, "2026-06-30").reimbursements_receivable
