"""Registers, claimants, settlement proposals and traces on small histories worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from ledger import events as e
from ledger.terms import AggregateTerms
from projections import claims_register, settlement, stop_loss_report, trace
from projections.history import History
from story import budget, day, filed, line, opened, page, recorded, registered, reimbursed, specific, void

AS_OF = date(2026, 3, 31)
PAID = line(120_410, "2025-12-29", "M-C51D", source_line=388)
BASE = [*registered(), opened(2025), budget(12_000_000)]
EVENTS: list[e.Event] = [
    *BASE,
    page(PAID, line(50_000, "2025-12-29", "M-2"), register="R-12"),
    void(5, 1, PAID, "2026-01-05"),
    page({**PAID, "original_version": 5, "original_line": 1}, kind=e.PaymentsReissued, register="R-13"),
]


def test_payments_say_what_became_of_them() -> None:
    rows = list(claims_register.rows(History(recorded(EVENTS))))
    assert [(row.address, row.status) for row in rows] == [
        ("5.1", "voided by 6.1, reissued as 7.1"),
        ("5.2", "paid"),
        ("6.1", "voids 5.1"),
        ("7.1", "replaces 5.1"),
    ]


def test_positions_are_cited_and_versions_are_not() -> None:
    history = History(recorded(EVENTS, offset=100))
    assert next(claims_register.rows(history)).status == "voided by 106.1, reissued as 107.1"
    assert trace.trace_event(history, 106, 1).cites == "105.1"


def test_payments_are_found_by_register_member_date_and_event() -> None:
    history = History(recorded(EVENTS))

    def found(**by: object) -> list[str]:
        return [row.address for row in claims_register.rows(history, **by)]

    assert found(register="R-13") == ["7.1"]
    assert found(member="M-2") == ["5.2"]
    assert found(event=5) == ["5.1", "5.2"]
    assert found(first=day("2026-01-01")) == ["6.1"]
    assert found(last=day("2025-12-31"), known_at=5) == ["5.1", "5.2"]


def test_claimants_are_the_largest_first_and_over_the_amount() -> None:
    history = History(recorded(EVENTS))
    found = claims_register.claimants(history, 2025, AS_OF, over=50_000)
    assert [(one.member, one.paid) for one in found] == [("M-C51D", 240_820)]
    assert len(claims_register.claimants(history, 2025, AS_OF, top=1)) == 1


def test_a_payment_is_traced_to_its_source_and_its_void() -> None:
    found = trace.trace_event(History(recorded(EVENTS[:6])), 5, 1)
    assert (found.amount, found.net, found.source_line) == (120_410, 0, 388)
    assert [(step.address, step.kind) for step in found.later] == [("6.1", "claim-payments-voided")]
    assert found.counted == ("position 2025", "member M-C51D")
    with pytest.raises(KeyError):
        trace.trace_event(History(recorded(EVENTS)), 5, 3)


def test_a_figure_is_traced_to_its_events_and_files() -> None:
    found = trace.trace_position(History(recorded(EVENTS)), 2025, "gross-claims", AS_OF)
    assert [(event.position, event.amount) for event in found.events] == [(5, 170_410), (7, 120_410)]
    assert [(source.amount, source.events) for source in found.sources] == [(290_820, 2)]
    assert found.proved


def test_the_specific_register() -> None:
    events = [
        *BASE,
        specific(10_000_000),
        page(
            line(21_230_000, "2025-03-03", "M-4F2A"),
            line(9_421_540, "2025-04-04", "M-8E03"),
            line(1_000, "2025-04-04", "M-0001"),
        ),
        filed(11_230_000, "2025-05-01", "M-4F2A"),
        reimbursed(11_230_000, "2025-06-01"),
    ]
    found = stop_loss_report.specific_register(History(recorded(events)), 2025, AS_OF)
    assert [(row.member, row.excess, row.received, row.receivable, row.state) for row in found.rows] == [
        ("M-4F2A", 11_230_000, 11_230_000, 0, "settled"),
        ("M-8E03", 0, 0, 0, "notice"),
        ("M-0001", 0, 0, 0, "below notice"),
    ]
    assert (found.total.members_over, found.total.reimbursable) == (1, 11_230_000)
    assert found.rows[0].triggered_at == day("2025-03-03")


def test_the_aggregate_register_counts_as_final_when_the_year_is_over() -> None:
    policy = e.StopLossPolicyBound(
        policy="AG-25", coverage_kind="aggregate", effective=day("2025-01-01"),
        aggregate=AggregateTerms(attachment="1.25", per_person_limit="none"),
    )  # fmt: skip
    events = [*BASE, policy, page(line(16_000_000, "2025-03-03"))]
    history = History(recorded(events))
    (final,) = stop_loss_report.aggregate_register(history, 2025, date(2025, 12, 31))
    assert (final.final, final.position.attachment_point, final.receivable) == (True, 15_000_000, 1_000_000)
    (early,) = stop_loss_report.aggregate_register(history, 2025, date(2025, 6, 30))
    assert (early.final, early.receivable) == (False, 0)


def test_instalments_add_up_and_the_last_takes_the_rest() -> None:
    found = settlement.instalments(732_055, 24)
    assert found[:23] == (30_502,) * 23
    assert found[23] == 30_509
    assert settlement.instalments(-5, 2) == (-2, -3)
    with pytest.raises(ValueError, match="at least one"):
        settlement.instalments(5, 0)


def test_a_deficit_is_recovered_in_instalments() -> None:
    events = [*registered(deficit="recover"), opened(2025), page(line(732_055, "2025-03-03"))]
    found = settlement.settle(History(recorded(events)), 2025, AS_OF)
    (carried,) = found.dispositions
    assert isinstance(carried, e.DeficitCarriedForward)
    assert (found.amount, carried.amount, carried.recovery_months) == (-732_055, 732_055, 24)
    assert found.instalments[-1] == 30_509
    assert (found.settlement, found.supersedes, found.known_at) == ("S-2025-01", "", 4)
    assert [(check.name, check.passed) for check in found.checks] == [
        ("months closed", False), ("run-out ended", True), ("stop-loss filings complete", True),
        ("stop-loss filings answered", True),
    ]  # fmt: skip


def test_a_settlement_names_the_filings_on_which_the_carrier_still_owes() -> None:
    def last_check(*more: e.Event) -> tuple[bool, str]:
        over = page(line(11_000_000, "2025-03-03"))
        events = [*BASE, specific(10_000_000), over, filed(1_000_000, "2025-05-02"), *more]
        check = settlement.settle(History(recorded(events)), 2025, AS_OF).checks[-1]
        return check.passed, check.found

    assert last_check() == (False, "SL-1 still open")
    assert last_check(reimbursed(400_000, "2025-06-02")) == (False, "SL-1 still open")
    assert last_check(reimbursed(1_000_000, "2025-06-02")) == (True, "answered")


def test_the_reserve_fills_up_to_its_cap_before_the_refund() -> None:
    terms = {"surplus": ("reserve", "refund"), "claims_fluctuation_reserve": 500_000}
    events = [*registered(**terms), opened(2025), budget(1_200_000)]
    there = e.ReserveTransferred(
        settlement="S-2024-01", year=2024, amount=200_000, effective_on=day("2025-03-31"),
        to="claims-fluctuation-reserve",
    )  # fmt: skip
    found = settlement.settle(History(recorded([*events, there])), 2025, AS_OF)
    assert [(d.kind, d.amount) for d in found.dispositions] == [
        ("reserve-transferred", 300_000), ("surplus-refunded", 900_000)
    ]  # fmt: skip


def test_a_history_is_of_one_plan() -> None:
    with pytest.raises(ValueError, match="one plan"):
        History([*recorded(BASE, "P"), *recorded(BASE, "Q")])
