"""A plan's history written down event by event, for the tests of the reading side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from ledger import events as e
from ledger.calendar import day_number
from ledger.lines import lines_of
from ledger.recorded import Recorded
from ledger.terms import ArrangementTerms, SpecificTerms

MICROS = 1_700_000_000_000_000


def day(text: str) -> date:
    return date.fromisoformat(text)


def recorded(events: Iterable[e.Event], plan: str = "P", offset: int = 0) -> list[Recorded]:
    """Events with dense positions (from ``offset`` + 1) and versions."""
    return [
        Recorded(offset + n, plan, n, event, e.About(source_sha256="ab" * 32), "m.ortiz", f"k{n}", MICROS + n)
        for n, event in enumerate(events, 1)
    ]


def registered(code: str = "P", **terms: Any) -> list[e.Event]:
    return [
        e.PlanRegistered(code=code, name="Northwind Plan", sponsor="Northwind"),
        e.FundingArrangementSet(from_date=day("2025-01-01"), terms=ArrangementTerms(**terms)),
    ]


def opened(year: int, opening: int = 0) -> e.PlanYearOpened:
    return e.PlanYearOpened(year=year, starts_on=date(year, 1, 1), ends_on=date(year, 12, 31), opening=opening)


def budget(total: int, year: int = 2025, kind: type[e.BudgetSet] = e.BudgetSet, **more: Any) -> e.BudgetSet:
    """The same every month, the rest in December."""
    each = total // 12
    amounts = [each] * 11 + [total - 11 * each]
    months = tuple(e.BudgetMonth(month=f"{year}-{n:02d}", amount=a) for n, a in enumerate(amounts, 1))
    return kind(year=year, months=months, total=total, **more)


def line(amount: int, booked: str, member: str = "M-1", **more: Any) -> dict[str, Any]:
    when = day_number(day(booked))
    return {
        "claim_id": "C-1", "member": member, "family": member, "coverage": "MED", "incurred_on": when,
        "paid_on": when, "booked_on": when, "amount": amount, "eligible": amount,
        "specific_eligible": 1, "aggregate_eligible": 1, **more,
    }  # fmt: skip


def page(*rows: dict[str, Any], kind: type[e.Page] = e.ClaimsPaid, register: str = "R-1") -> e.Page:
    lines = lines_of(rows)
    return kind(register_id=register, count=lines.count, control_total=lines.total(), lines=lines)


def void(of: int, at: int, row: dict[str, Any], booked: str) -> e.Page:
    """The void of a line of the event with version ``of``."""
    return page(undo(of, at, row, booked), kind=e.ClaimPaymentsVoided)


def undo(of: int, at: int, row: dict[str, Any], booked: str) -> dict[str, Any]:
    return {
        **row, "amount": -row["amount"], "eligible": -row["eligible"], "txn_type": "VOID",
        "booked_on": day_number(day(booked)), "original_version": of, "original_line": at,
    }  # fmt: skip


def money(kind: type[e.MoneyEvent], amount: int, on: str, year: int = 2025, **more: Any) -> e.MoneyEvent:
    return kind(year=year, amount=amount, effective_on=day(on), **more)


def specific(deductible: int, **terms: Any) -> e.StopLossPolicyBound:
    return e.StopLossPolicyBound(
        policy="SP-25",
        coverage_kind="specific",
        effective=day("2025-01-01"),
        specific=SpecificTerms(deductible=deductible, contract_basis="12/15", **terms),
    )


def filed(amount: int, on: str, member: str = "M-1", filing: str = "SL-1") -> e.StopLossClaimFiled:
    return e.StopLossClaimFiled(
        filing=filing, policy="SP-25", coverage_kind="specific", member=member, amount=amount, filed_on=day(on)
    )


def reimbursed(amount: int, on: str, filing: str = "SL-1", year: int = 2025) -> e.ReimbursementReceived:
    return e.ReimbursementReceived(filing=filing, year=year, amount=amount, received_on=day(on))
