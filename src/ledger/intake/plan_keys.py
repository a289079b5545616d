"""The keys of a plan document and how the value of each is read; a reader raises ``ValueError`` with what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from ledger.calendar import parse_day
from ledger.money import cents, rate, unit_rate
from ledger.personal import TITLE, looks_like

Reader = Callable[[Any], Any]
Keys = Mapping[str, Any]
"""Key to reader, to ``(field, reader)`` when the field has another name, or to nothing for a table."""

_BASIS = re.compile(r"\d{2}/\d{2}|paid|incurred", re.ASCII)
_COVERAGES = ("MED", "RX", "DEN", "VIS", "STD", "OTH")


class PersonalData(ValueError):
    """A text that looks like personal data; it is not repeated."""

    def __init__(self) -> None:
        super().__init__("looks like personal data (a number of a person, a birth date or an address); remove it")


def text(value: Any) -> str:
    """Plain text of at most 200 characters."""
    if not isinstance(value, str):
        raise ValueError('write it as text, in quotes: "…"')
    if looks_like(value, TITLE):
        raise PersonalData
    if not value.strip() or len(value) > 200 or not value.isprintable():
        raise ValueError("write 1 to 200 printable characters")
    return value


def code(value: Any) -> str:
    """A code: letters, digits, dot, dash, underscore."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text(value), re.ASCII):
        raise ValueError('use letters, digits, ".", "-" and "_", such as "NW"')
    return str(value)


def currency(value: Any) -> str:
    """Three capital letters."""
    if not re.fullmatch(r"[A-Z]{3}", text(value), re.ASCII):
        raise ValueError('use three capital letters, such as "USD"')
    return str(value)


def year_start(value: Any) -> tuple[int, int]:
    """Month and day on which plan years start."""
    found = re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])", value if isinstance(value, str) else "", re.ASCII)
    if not found:
        raise ValueError('write month and day as "01-01"; days 29 to 31 are not in every month')
    return int(found[1]), int(found[2])


def amount(value: Any) -> int:
    """An amount in quotes, not negative."""
    found = signed(value)
    if found < 0:
        raise ValueError("must not be negative")
    return found


def signed(value: Any) -> int:
    """An amount in quotes."""
    if not isinstance(value, str):
        raise ValueError('write amounts in quotes with two decimals, such as "1204.10"')
    return cents(value)


def ratio(value: Any) -> str:
    """A rate in quotes: ``1.25`` or ``125%``."""
    if not isinstance(value, str):
        raise ValueError('write rates in quotes, such as "1.25" or "125%"')
    if rate(value) < 0:
        raise ValueError("must not be negative")
    return value


def corridor(value: Any) -> str:
    """A rate over expected claims, such as 125%; an amount written here would be a rate of thousands."""
    found = ratio(value)
    if rate(found) > 10:
        raise ValueError('is a rate over expected claims, such as "125%"; an amount is minimum_attachment')
    return found


def part(value: Any) -> str:
    """A rate above 0 and at most 1, such as the carrier's share."""
    found = ratio(value)
    if not 0 < rate(found) <= 1:
        raise ValueError('must be above 0 and at most 1; write "0.90" for ninety percent')
    return found


def factor(value: Any) -> str:
    """An amount per unit and month, kept as it was written; it may have more decimals than an amount of money."""
    if not isinstance(value, str):
        return str(amount(value))
    unit_rate(value)
    return value


def basis(value: Any) -> str:
    """A stop-loss contract basis."""
    if not isinstance(value, str) or not _BASIS.fullmatch(value):
        raise ValueError('use a form such as "12/12", "12/15", "15/12", "24/12" or "paid"')
    return value


def day(value: Any) -> date:
    """A date, in quotes or bare."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError('write the date as "2025-01-01"')
    return parse_day(value)


def yes(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("write true or false, without quotes")
    return value


def whole(least: int, most: int) -> Reader:
    """A whole number in a range."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"write a whole number from {least} to {most}, without quotes")
        return value

    return read


def one_of(*words: str) -> Reader:
    """One of some words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"use one of: {', '.join(words)}")
        return str(value)

    return read


def some_of(*words: str) -> Reader:
    """A list of some words, in the given order, each once."""

    def read(value: Any) -> tuple[str, ...]:
        if (
            not isinstance(value, list)
            or not value
            or not set(map(str, value)) <= set(words)
            or len(set(value)) != len(value)
        ):
            raise ValueError(f"write a list of some of: {', '.join(words)}, each once")
        return tuple(value)

    return read


def codes(value: Any) -> tuple[str, ...]:
    """A list of codes."""
    if not isinstance(value, list) or not value:
        raise ValueError('write a list, such as ["EE", "FAM"]')
    return tuple(code(entry) for entry in value)


def limit(value: Any) -> str | int:
    """``specific``, ``none`` or an amount."""
    return str(value) if value in ("specific", "none") else amount(value)


def incurred_rule(value: Any) -> str:
    """Which day of an inpatient stay it was incurred on."""
    if value == "pro_rata":
        raise ValueError(
            "cannot be worked out: a payment does not say what each day of a stay cost; have the administrator send a "
            'line for each part of the stay, and use "line_service_date"'
        )
    return str(one_of("line_service_date", "admission_date", "discharge_date")(value))


PLAN: Keys = {
    "code": code, "name": text, "sponsor": text, "administrator": text, "currency": currency,
    "jurisdiction": text, "plan_year_start": year_start, "year": whole(1900, 2200), "opening": signed,
    "funding": one_of("budgeted", "pay-as-you-go", "level-funded", "refund-accounting", "no-tpa"),
    "funding_basis": one_of("issue", "cleared", "imprest", "level", "ach-pull"),
    "attribution": one_of("paid", "incurred"), "rounding": one_of("half-up", "half-even", "truncate"),
    "tiers": codes,
}  # fmt: skip
STOP_LOSS: Keys = {
    "recognition": one_of("paid", "filed", "approved", "received"), "overlap": one_of("incurred-period"),
}  # fmt: skip
LASER: Keys = {
    "member": code, "deductible": amount, "excluded": yes, "conditional": yes, "lower": yes,
    "from": ("from_date", day), "to": ("to_date", day),
}  # fmt: skip
FACTOR: Keys = {"tier": code, "amount": ("factor", factor), "coverage": one_of(*_COVERAGES)}
_POLICY: Keys = {
    "policy": code, "carrier": text, "effective": day, "expires": day, "contract_basis": basis,
    "covered": some_of(*_COVERAGES), "percentage": part, "overlap": one_of("incurred-period"),
    "inpatient_incurred_rule": incurred_rule, "reissue_paid_date": one_of("reissue", "original"),
    "void_window_rule": one_of("net_against_original", "net_in_void_month"),
}  # fmt: skip
SPECIFIC: Keys = {
    **_POLICY, "from": ("effective", day), "deductible": amount, "unit": one_of("person", "family", "certificate"),
    "annual_maximum": amount, "lifetime_maximum": amount, "aggregating_deductible": amount,
    "run_in_limit_person": amount, "run_in_limit_total": amount, "notice_at": ratio, "lasers": "lasers",
    "laser_band_counts": yes, "asd_counts_to_aggregate": yes,
    "recovery_allocation": one_of("carrier_first", "pro_rata"),
}  # fmt: skip
AGGREGATE: Keys = {
    **_POLICY, "factors": "factors", "monthly_factor": factor, "attachment": corridor, "minimum_attachment": amount,
    "minimum_percent_of_first_month": ratio, "enrollment_lag_months": whole(0, 3), "maximum": amount,
    "per_person_limit": limit, "rebates_reduce": yes, "ytd_minimum": one_of("full", "prorata", "none"),
    "accommodation": yes, "accommodation_minimum_advance": amount, "terminal_months": whole(0, 12),
    "monthly_minimum": amount, "run_in_limit_person": amount, "run_in_limit_total": amount,
}  # fmt: skip
FEES: Keys = {
    "administration_pepm": amount, "administration_percent_of_claims": ratio, "stop_loss_premium": "factors",
}  # fmt: skip
SETTLEMENT: Keys = {
    "surplus": some_of("reserve", "refund", "carry-forward", "redistribute", "hold-back"), "surplus_share": ratio,
    "surplus_owner": one_of("employer", "shared", "insurer"), "deficit": one_of("pay", "carry-forward", "recover"),
    "deficit_owner": one_of("employer", "insurer"), "recovery_months": whole(1, 120),
    "claims_fluctuation_reserve": amount, "run_out_months": whole(0, 36),
}  # fmt: skip
APPROVALS: Keys = {
    "reopening": yes, "settlement": yes, "write_off": yes, "manual_adjustment": yes, "manual_adjustment_above": amount,
    "people": yes, "early_erasure": yes, "denial": yes, "denial_above": amount, "expiry_days": whole(1, 366),
}  # fmt: skip
PRIVACY: Keys = {
    "access_log": one_of("required", "when-possible", "off"), "member_retention_years": whole(0, 100),
}  # fmt: skip
