"""Invariants of domain section 9 on random histories, against sums made the plain way."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger import events as e
from ledger.calendar import day_number, day_of, month_end
from ledger.recorded import Recorded
from projections import position as positions
from projections import settlement, trace
from projections.accounts import SIZE, Account
from projections.history import History
from projections.sentences import business_date
from random_years import days, story
from story import budget, opened, recorded, registered


def at(history: History, as_of: date, known_at: int | None = None) -> positions.PositionView:
    return positions.position(history, 2025, as_of, known_at=known_at)


def dated(record: Recorded, as_of: date) -> bool:
    on = business_date(record.event)
    setting_up = record.version <= 6 and not isinstance(record.event, e.StopLossClaimFiled)
    return on is None or on <= as_of or setting_up


@given(story(), days)
def test_inv_03_transfers_balance_and_cash_is_what_moved(events: list[e.Event], as_of: date) -> None:
    history = History(recorded(events))
    for year in (2024, 2025, 2026):
        sums = positions.balances(history, year, as_of)
        assert sums.shape == (SIZE,)
        assert sums.sum() == 0
        found = positions.position(history, year, as_of, monthly=False)
        assert sums[Account.CASH] == found.positions.cash - sums[Account.SUSPENSE]


@given(story(), days, st.integers(6, 18))
def test_inv_12_only_what_was_booked_and_known(events: list[e.Event], as_of: date, known_at: int) -> None:
    filed_on = {x.filing: x.filed_on for x in events if isinstance(x, e.StopLossClaimFiled)}
    assume(all(x.received_on >= filed_on[x.filing] for x in events if isinstance(x, e.ReimbursementReceived)))
    records = recorded(events)
    whole = History(records)
    kept = [r for r in records if dated(r, as_of)]
    assert at(whole, as_of) == at(History(kept), as_of)
    assert at(whole, as_of, known_at) == at(History(r for r in records if r.position <= known_at), as_of)


@given(story(), story(), st.integers(1, 12))
def test_inv_13_a_month_never_moves_by_what_is_booked_later(
    events: list[e.Event], more: list[e.Event], month: int
) -> None:
    closed = f"2025-{month:02d}"
    end = month_end(closed)
    later = [x for x in more[6:] if isinstance(x, e.MoneyEvent | e.ClaimsPaid) and (business_date(x) or end) > end]
    before, after = History(recorded(events)), History(recorded([*events, *later]))
    last = date(2026, 12, 31)
    old = [m for m in at(before, last).months if m.month <= closed]
    assert old == [m for m in at(after, last).months if m.month <= closed]


@given(story(corrections=False), st.randoms(use_true_random=False), days)
def test_inv_14_order_does_not_matter(events: list[e.Event], rng: Any, as_of: date) -> None:
    free = [x for x in events[6:] if not isinstance(x, e.ClaimPaymentsVoided)]
    shuffled = list(free)
    rng.shuffle(shuffled)
    one, two = (History(recorded([*events[:6], *order])) for order in (free, shuffled))
    assert at(one, as_of) == at(two, as_of)


@given(story(), days)
def test_inv_17_the_three_views_hold_together(events: list[e.Event], as_of: date) -> None:
    found = at(History(recorded(events)), as_of)
    assert found.positions.budget == found.budget - found.claims_paid
    owed_by_sponsor = found.budget - found.funding_received
    to_come = found.reimbursements_receivable - found.due_to_carrier + owed_by_sponsor
    assert found.positions.accrual == found.positions.cash + to_come == found.surplus_for_year
    assert found.closing == found.opening + found.surplus_for_year + found.dispositions


@given(story(), days)
def test_months_add_up_to_the_year(events: list[e.Event], as_of: date) -> None:
    found = at(History(recorded(events)), as_of)
    for name in [*positions.FLOWS, "reimbursements_receivable", "due_to_carrier", "surplus_for_year"]:
        assert sum(getattr(month, name) for month in found.months) == getattr(found, name), name
    if found.months:
        assert (found.months[0].opening, found.months[-1].closing) == (found.opening, found.closing)
        assert found.months[-1].positions == found.positions


@given(
    story(),
    st.permutations(["reserve", "refund", "carry-forward", "redistribute", "hold-back"]),
    st.integers(0, 5),
    st.sampled_from(["pay", "carry-forward", "recover"]),
    st.sampled_from(["1.00", "0.50"]),
)
def test_inv_18_dispositions_add_up_and_arrive(
    events: list[e.Event], order: list[str], size: int, deficit: str, part: str
) -> None:
    terms = registered(
        surplus=tuple(order[:size]), deficit=deficit, surplus_share=part, claims_fluctuation_reserve=500_000
    )
    events = [events[0], terms[1], *events[2:]]
    as_of = date(2026, 3, 31)
    found = settlement.settle(History(recorded(events)), 2025, as_of)
    assert sum(d.signed for d in found.dispositions) == found.amount
    assert sum(found.instalments) in (0, abs(found.amount))
    after = History(recorded([*events, *found.dispositions]))
    settled = at(after, as_of)
    carried = positions.position(after, 2026, as_of).opening
    assert settled.closing == carried
    assert settlement.settle(after, 2025, as_of).dispositions == ()


@given(story(), days)
def test_inv_28_what_the_employer_bears(events: list[e.Event], as_of: date) -> None:
    found = at(History(recorded(events)), as_of)
    spent = found.claims_paid + found.fees + found.stop_loss_premium
    back = found.reimbursements_received + found.recoveries + found.rebates + found.contributions
    assert spent - back == found.funding_received - found.positions.cash


@given(story(corrections=False), days)
def test_flows_are_the_plain_sums(events: list[e.Event], as_of: date) -> None:
    found = at(History(recorded(events)), as_of)

    def total(kind: type[e.Event]) -> int:
        return sum(x.amount for x in events if isinstance(x, kind) and business_date(x) <= as_of)  # type: ignore

    assert found.rebates == total(e.RebateReceived)
    assert found.fees == total(e.FeeCharged)
    assert found.reimbursements_received == total(e.ReimbursementReceived)
    limit = min(day_number(as_of), day_number(date(2025, 12, 31)))
    rows = [row for x in events if isinstance(x, e.Page) for row in x.lines.rows()]
    assert found.claims_paid == sum(int(row["amount"]) for row in rows if int(row["booked_on"]) <= limit)


@given(story(corrections=False), story(corrections=False), days)
def test_inv_29_plans_add_up(one: list[e.Event], two: list[e.Event], as_of: date) -> None:
    separate = [at(History(recorded(events, plan)), as_of) for events, plan in ((one, "P"), (two, "Q"))]
    free = [x for x in (*one[6:], *two[6:]) if isinstance(x, e.MoneyEvent | e.ClaimsPaid | e.ClaimPaymentsVoided)]
    both = at(History(recorded([*one[:3], *free])), as_of)
    for name in ("claims_paid", "rebates", "fees", "funding_received", "contributions", "stop_loss_premium"):
        assert sum(getattr(view, name) for view in separate) == getattr(both, name)


@given(story(), days)
def test_every_printed_line_is_proved_by_its_events(events: list[e.Event], as_of: date) -> None:
    history = History(recorded(events))
    for printed in positions.lines(at(history, as_of)):
        found = trace.trace_position(history, 2025, printed.name, as_of)
        assert found.proved or printed.name == "reimbursements-receivable", printed
        assert found.amount == printed.amount * (-1 if printed.name in trace.COSTS else 1)


def test_the_views_hold_whole_numbers_only() -> None:
    found = at(History(recorded([*registered(), opened(2025), budget(1_200)])), date(2025, 12, 31))
    values = [
        getattr(found, field.name) for field in fields(found) if field.name not in ("basis", "months", "positions")
    ]
    assert all(type(value) is int and not isinstance(value, np.integer) for value in values)


@given(story(), days, st.integers(6, 18))
def test_a_position_is_a_plain_filter_and_fold_over_all_events(
    events: list[e.Event], as_of: date, known_at: int
) -> None:
    """Every event up to the number known, one after the other, in whole numbers and without columns."""
    sums = dict.fromkeys(("claims", "fees", "premium", "funding", "rebates", "contributions", "back", "recovered"), 0)
    kept: dict[int, list[tuple[str, int, date]]] = {}
    names = {
        e.FeeCharged: "fees", e.StopLossPremiumBilled: "premium", e.FundingReceived: "funding",
        e.RebateReceived: "rebates", e.ContributionReceived: "contributions", e.ReimbursementReceived: "back",
    }  # fmt: skip
    for version, event in enumerate(events[:known_at], 1):
        if isinstance(event, e.Page):
            kept[version] = [("claims", int(r["amount"]), day_of(int(r["booked_on"]))) for r in event.lines.rows()]
        elif isinstance(event, e.SubrogationRecovered):
            kept[version] = [("recovered", event.gross - event.fee, event.received_on)]
        elif isinstance(event, e.CorrectionPosted):
            taken = kept.get(event.corrects_version, [])
            kept[version] = [(name, -amount, event.effective_on) for name, amount, _ in taken]
        elif type(event) in names:
            on = business_date(event)
            assert on is not None
            kept[version] = [(names[type(event)], event.amount, on)]  # type: ignore[attr-defined,index]
    for name, amount, on in (row for rows in kept.values() for row in rows):
        in_year = on.year == 2025 or name not in ("claims", "recovered")
        sums[name] += amount if on <= as_of and in_year else 0
    found = at(History(recorded(events)), as_of, known_at)
    whole = (
        found.claims_paid, found.fees, found.stop_loss_premium, found.funding_received, found.rebates,
        found.contributions, found.reimbursements_received, found.recoveries,
    )  # fmt: skip
    assert whole == tuple(sums.values())
    budget_set = next(x for x in events if isinstance(x, e.BudgetSet))
    due = sum(m.amount for m in budget_set.months if date.fromisoformat(f"{m.month}-01") <= as_of)
    assert found.budget == due
    assert found.positions.budget == due - sums["claims"]
    came_in = sum(sums[name] for name in ("funding", "rebates", "contributions", "back", "recovered"))
    assert found.positions.cash == came_in - sums["claims"] - sums["fees"] - sums["premium"]
