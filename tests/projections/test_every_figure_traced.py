"""Every figure of every report can be traced, and what stands behind it adds up to it, whatever happened.

The walk asks each report for its figures and calls the trace that is named for them; a figure added to a report without
a trace makes it fail.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings

from claimfund.figures import AMOUNTS, PARTS
from ledger import commands as cmd
from ledger import events as e
from ledger.accommodation import AccommodationMonth, RepaidMoreThanAdvanced
from ledger.refusals import Refusal
from projections.accommodations import accommodations
from projections.ageing import AgedFiling, ageing
from projections.aggregate_months import Accumulated, accumulated
from projections.buckets import stop_loss_buckets
from projections.claims_register import claimants
from projections.history import History
from projections.position import position
from projections.stop_loss_report import AggregateRow, SpecificRow, SpecificTotal, aggregate_register, specific_register
from projections.trace import VIEWS, trace_position
from projections.traced_figures import (
    OF_AGGREGATE,
    OF_MEMBER,
    trace_aggregate_figure,
    trace_member_figure,
    trace_specific_total,
)
from projections.traced_filings import OF_FILING, trace_filing
from projections.traced_lines import trace_member, trace_policy
from projections.traced_loans import OF_LOAN
from projections.traced_months import LENT, OF_MONTH
from random_plans import Played, invented, play
from random_years import days, story
from story import recorded

LATE = date(2026, 6, 30)


def figures_of(kind: type, *left_out: str) -> set[str]:
    """The amounts of a row: its whole numbers but those that count something else."""
    return {field.name for field in fields(kind) if field.type == "int" and field.name not in left_out}


def test_the_lists_of_traceable_figures_are_those_of_the_registers() -> None:
    assert figures_of(SpecificRow) == set(OF_MEMBER)
    assert figures_of(SpecificTotal, "members_over") <= set(OF_MEMBER)
    assert figures_of(AggregateRow) <= set(OF_AGGREGATE)
    assert figures_of(Accumulated) <= set(OF_MONTH)
    printed = {figure.removesuffix("_after") for figure in OF_LOAN} | {"outstanding_before"}
    assert figures_of(AccommodationMonth) == printed
    assert figures_of(AgedFiling, "days") == {name if name != "filed" else "amount" for name in OF_FILING}


@settings(max_examples=6, deadline=None)
@given(story(), days)
def test_every_line_of_the_position_and_of_its_months_is_traced(events: list[e.Event], as_of: date) -> None:
    history = History(recorded(events))
    view = position(history, 2025, as_of)
    for month in (None, *view.months):
        shown = view if month is None else month
        names = {name.replace("_", "-"): getattr(shown, name) for name in AMOUNTS}
        names |= {name: getattr(shown, name.replace("-", "_")) for name in PARTS}
        names |= {name: getattr(shown.positions, name.removeprefix("position-")) for name in VIEWS}
        for name, amount in names.items():
            found = trace_position(history, 2025, name, as_of, month=month.month if month else None)
            assert (found.amount, found.proved) == (amount, True), (name, month and month.month)
            assert found.amount == sum(part.amount for part in (*found.parts, *found.events))


@settings(max_examples=20, deadline=None)
@given(story(), days)
def test_every_claimant_is_traced(events: list[e.Event], as_of: date) -> None:
    history = History(recorded(events))
    for claimant in claimants(history, 2025, as_of):
        found = trace_member(history, claimant.member, as_of, 2025)
        assert (found.amount, found.proved) == (claimant.paid, True)


def with_carriers(seed: int) -> Played:
    """A random plan whose filings are decided, appealed, paid in part, given up, and paid ahead of."""
    random = Random(seed)
    made = play(invented(random))
    for number in range(random.randint(1, 8)):
        name, on = f"G{number}", date(2024, 6, 1) + timedelta(days=random.randint(0, 500))
        policy = random.choice(("S0", "S1", "A0"))
        who = "" if policy == "A0" else random.choice(("M1", "M2", "F1"))
        cents = random.choice((50, 333, 1000))
        made.ask(cmd.FileClaim(name, policy, who, cents, on))
        made.ask(cmd.DecideClaim(name, "partial", cents // 3, on + timedelta(days=10)))
        if random.random() < 0.5:
            made.ask(cmd.AppealClaim(name, cents // 4, on + timedelta(days=12), "codes"))
        made.ask(cmd.ReceiveReimbursement(name, cents // 5, on + timedelta(days=20)))
        if random.random() < 0.5:
            made.ask(cmd.ReturnReimbursement(name, cents // 9, on + timedelta(days=25), "twice"))
        if random.random() < 0.5:
            made.ask(cmd.WriteOffClaim(name, 1, on + timedelta(days=30), "small"))
        received = [r for r in made.history().records if isinstance(r.event, e.ReimbursementReceived)]
        if received and random.random() < 0.3:
            made.ask(cmd.Correct(random.choice(received).position, on + timedelta(days=40), "wrong account"))
    return made


@pytest.mark.parametrize("seed", (0, 1, 3, 8))
@pytest.mark.parametrize("as_of", [date(2024, 9, 30), LATE])
def test_every_figure_of_the_stop_loss_registers_is_traced(seed: int, as_of: date) -> None:
    history = with_carriers(seed).history()
    for year in (2023, 2024, 2025):
        register = specific_register(history, year, as_of)
        for row in register.rows:
            for figure in OF_MEMBER:
                found = trace_member_figure(history, year, as_of, row.policy, row.member, figure)
                assert (found.amount, found.proved) == (getattr(row, figure), True), (row.policy, row.member, figure)
        for figure in figures_of(SpecificTotal, "members_over"):
            found = trace_specific_total(history, year, as_of, None, figure)
            assert (found.amount, found.proved) == (getattr(register.total, figure), True), figure
        for own in stop_loss_buckets(history, year, as_of):
            for bucket in own.buckets:
                found = trace_policy(history, own.coverage_kind, year, as_of, policy=own.policy, bucket=bucket.name)
                assert (found.amount, found.proved) == (bucket.amount, True), (own.policy, bucket.name)
        aggregates(history, year, as_of)
    for filed in ageing(history, as_of).filings:
        for figure in OF_FILING:
            found = trace_filing(history, filed.filing, figure, as_of)
            wanted = getattr(filed, "amount" if figure == "filed" else figure)
            assert (found.amount, found.proved) == (wanted, True), (filed.filing, figure)


def aggregates(history: History, year: int, as_of: date) -> None:
    """Every figure of every aggregate policy and of each of its months."""
    try:
        rows = aggregate_register(history, year, as_of)
    except Refusal:
        return
    policies = {own.policy: own for own in history.aggregate_policies(year)}
    for row in rows:
        for figure in OF_AGGREGATE:
            found = trace_aggregate_figure(history, year, as_of, row.policy, figure)
            wanted = getattr(row if hasattr(row, figure) else row.position, figure)
            assert (found.amount, found.proved) == (wanted, True), (row.policy, figure)
        try:
            (given_,) = accommodations(history, year, as_of, policy=row.policy)
        except RepaidMoreThanAdvanced:
            given_ = None
        lent = {
            each.due.month: dict(zip(LENT, (each.advanced, each.repaid, each.due.outstanding_before), strict=True))
            for each in (given_.months if given_ else ())
        }
        for each in given_.months if given_ else ():
            for figure in OF_LOAN:
                wanted = getattr(each.due, figure.removesuffix("_after"))
                found = trace_aggregate_figure(history, year, as_of, row.policy, figure, each.due.month)
                assert (found.amount, found.proved) == (wanted, True), (each.due, figure)
                whole = figure == "target" and policies[row.policy].terms.maximum is None
                assert len(found.beside) == 1 or not whole  # nothing but the share of the excess
        for at, month in enumerate(accumulated(history, year, policies[row.policy], row.position, as_of)):
            printed = row.position.months[at] if month.month else None
            for figure in OF_MONTH:
                source = month if hasattr(month, figure) else printed
                if figure in LENT:
                    amount = lent.get(month.month, dict.fromkeys(LENT, 0))[figure] if month.month else None
                elif source is None or figure == "over":
                    continue
                else:
                    amount = getattr(source, figure)
                if amount is None:
                    continue
                found = trace_aggregate_figure(history, year, as_of, row.policy, figure, month.month or "run-out")
                assert (found.amount, found.proved) == (amount, True), (month.month, figure)


def test_a_line_that_there_is_not_is_an_error_and_not_an_empty_answer() -> None:
    history = with_carriers(1).history()
    for name, month in (("profit", None), ("claims-paid", "1999-01")):
        with pytest.raises(KeyError):
            trace_position(history, 2024, name, LATE, month=month)

