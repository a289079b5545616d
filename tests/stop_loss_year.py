"""A plan year with members over the deductible, lines of every kind, and terms of every kind."""

from __future__ import annotations

from datetime import date

from ledger import events as e
from ledger.calendar import day_number
from ledger.terms import AggregateTerms, Laser
from story import budget, day, filed, line, opened, page, registered, reimbursed, specific, void

AS_OF = date(2026, 3, 31)
BIG = line(21_230_033, "2025-03-03", "M-1")
LINES = (
    BIG,
    line(4_000_000, "2025-04-04", "M-1", incurred_on=day_number(day("2024-11-01"))),
    line(300_000, "2025-04-05", "M-1", coverage="DEN"),
    line(500_000, "2025-04-06", "M-1", eligible=350_000, disallowed="CO-97"),
    line(20_000, "2025-04-07", "M-1", specific_eligible=0, aggregate_eligible=0),
    line(14_000_000, "2025-05-05", "M-2"),
    line(16_000_000, "2025-06-05", "M-3"),
)
TERMS = (
    {},
    {"percentage": "0.90", "annual_maximum": 5_000_000},
    {"aggregating_deductible": 6_000_000, "lifetime_maximum": 4_000_000},
    {"aggregating_deductible": 12_000_000, "percentage": "0.333"},
)
AGGREGATES = (
    {"attachment": "1.25"},
    {"attachment": "1.25", "minimum_attachment": 90_000_000, "ytd_minimum": "full"},
    {"minimum_percent_of_first_month": "95%", "terminal_months": 3, "percentage": "0.8", "maximum": 900_000},
)


def story(loss: dict[str, object], **more: object) -> list[e.Event]:
    aggregate = e.StopLossPolicyBound(
        policy="AG-25", coverage_kind="aggregate", effective=day("2025-01-01"), aggregate=AggregateTerms(**loss)
    )
    enrolled = [
        e.EnrollmentRecorded(month=f"2025-{month:02d}", counts=(e.TierLives(tier="EE", lives=140 + month),))
        for month in range(1, 13)
    ]
    factors = [
        e.AggregateFactorSet(policy="AG-25", tier="EE", factor=amount, from_month=start)
        for amount, start in (("113.427", "2025-01"), ("120.10", "2025-06"))
    ]
    start = [*registered(), opened(2025), budget(12_000_000), specific(10_000_000, **more), aggregate, *enrolled]
    return [
        *start, *(factors if "attachment" not in loss else []),
        e.LaserSet(policy="SP-25", laser=Laser(member="M-3", deductible=15_000_000)),
        page(*LINES), void(len(start) + (2 if "attachment" not in loss else 0) + 2, 1, BIG, "2025-09-09"),
        page(BIG, register="R-2"), filed(1_000_000, "2025-10-01"), reimbursed(1_000_000, "2025-11-01"),
    ]  # fmt: skip
