"""The terms of a plan: funding arrangement, stop-loss policies, contract windows. Recorded inside events.

Amounts are minor units. Percentages and factors are decimal text and become exact ratios where they meet money.
Windows are inclusive at both ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ledger.calendar import add_months
from ledger.money import LIMIT, rate

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
UNLIMITED_PAST = date(1900, 1, 1)
UNLIMITED_FUTURE = date(2200, 12, 31)


class Frozen(BaseModel):
    """The base of everything recorded: strict, frozen, no unknown fields, inputs never echoed in errors."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", hide_input_in_errors=True,
        defer_build=True,  # A reader meets a few of the many kinds; each is built when first met.
    )  # fmt: skip


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("an amount is a whole number of minor units")
    if abs(value) >= LIMIT:
        raise ValueError("an amount must be below 10^15 minor units")
    return value


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not _ISO_DAY.fullmatch(value):
        raise ValueError("a date is written YYYY-MM-DD")
    return date.fromisoformat(value)


def _rate_text(value: str) -> str:
    rate(value)
    return value


def _basis(value: str) -> str:
    if value in ("paid", "incurred"):
        return value
    incurred, slash, paid = value.partition("/")
    if not (slash and incurred.isdecimal() and paid.isdecimal() and incurred.isascii() and paid.isascii()):
        raise ValueError('use a form such as "12/12", "12/15", "15/12", "24/12", "paid" or "incurred"')
    if not (12 <= int(incurred) <= 60 and 12 <= int(paid) <= 60):
        raise ValueError("the months of a contract basis run from 12 to 60")
    return value


def _login(value: str) -> str:
    if not 0 < len(value) <= 100 or not value.isprintable() or value != " ".join(value.split()):
        raise ValueError("a name is 1 to 100 printable characters, with single spaces only inside")
    return value


def unsaid(value: Any) -> bool:
    """A term that came later and was not used is not written: what was asked before reads as it did."""
    return value is None or value is False


def nothing(value: Any) -> bool:
    """An amount that came later and is zero is not written."""
    return not value


def as_ever(value: Any) -> bool:
    """What came later and says what was always so is not written."""
    return value is True


def unless(usual: str) -> Callable[[Any], bool]:
    """What came later and says the usual is not written."""
    return lambda value: bool(value == usual)


Cents = Annotated[int, BeforeValidator(_whole)]
Positive = Annotated[Cents, Field(ge=0)]
Day = Annotated[date, BeforeValidator(_day)]
Rate = Annotated[str, AfterValidator(_rate_text)]
Basis = Annotated[str, AfterValidator(_basis)]
Coverage = Literal["MED", "RX", "DEN", "VIS", "STD", "OTH"]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Login = Annotated[str, AfterValidator(_login)]
Role = Literal["preparer", "approver", "auditor", "administrator"]


@dataclass(frozen=True, slots=True)
class Window:
    """A contract's inclusive dates: incurred from/to and paid from/to (domain 5.2)."""

    incurred_from: date
    incurred_to: date
    paid_from: date
    paid_to: date

    def holds(self, incurred_on: date, paid_on: date) -> bool:
        """Whether a payment is inside: both dates, both ends included."""
        return self.incurred_from <= incurred_on <= self.incurred_to and self.paid_from <= paid_on <= self.paid_to


def window(basis: str, effective: date, expires: date | None = None) -> Window:
    """The window of a contract basis; early termination (``expires``) cuts both windows (domain 5.2, CB-03)."""
    year_end = add_months(effective, 12) - timedelta(days=1)
    if basis == "paid":
        found = Window(UNLIMITED_PAST, year_end, effective, year_end)
    elif basis == "incurred":
        found = Window(effective, year_end, effective, UNLIMITED_FUTURE)
    else:
        incurred, paid = (int(part) for part in basis.split("/"))
        found = Window(
            add_months(effective, 12 - incurred),
            year_end,
            effective,
            add_months(effective, paid) - timedelta(days=1),
        )
    if expires is None:
        return found
    return Window(found.incurred_from, min(found.incurred_to, expires), found.paid_from, min(found.paid_to, expires))


class Laser(Frozen):
    """A member's own deductible, or an exclusion, for services incurred between two dates (both included).

    A conditional one holds until it is removed. ``lower`` says that a deductible below the policy's is meant.
    """

    member: Code
    deductible: Positive | None = None
    excluded: bool = False
    conditional: bool = False
    from_date: Day | None = None
    to_date: Day | None = None
    lower: bool = Field(default=False, exclude_if=unsaid)

    @model_validator(mode="after")
    def _says_something(self) -> Laser:
        if (self.deductible is None) != self.excluded:
            raise ValueError("a laser either sets a deductible or excludes the member")
        return self


class DayRules(Frozen):
    """Which of a line's days count in a policy's windows (domain 5.2 and 5.4; docs/decisions/0019).

    The first value of each is what counts when a contract says nothing.
    """

    inpatient_incurred_rule: Literal["line_service_date", "admission_date", "discharge_date"] = Field(
        default="line_service_date", exclude_if=unless("line_service_date")
    )
    reissue_paid_date: Literal["reissue", "original"] = Field(default="reissue", exclude_if=unless("reissue"))
    void_window_rule: Literal["net_against_original", "net_in_void_month"] = Field(
        default="net_against_original", exclude_if=unless("net_against_original")
    )


class SpecificTerms(DayRules):
    """Specific stop-loss: what the carrier pays above a deductible per person (domain 5.3).

    ``overlap`` says where a claim counts that another policy of the kind holds too: in the period it was incurred in.
    """

    deductible: Positive
    contract_basis: Basis
    covered: tuple[Coverage, ...] = ("MED", "RX")
    unit: Literal["person", "family", "certificate"] = "person"
    percentage: Rate = "1.00"
    annual_maximum: Positive | None = None
    lifetime_maximum: Positive | None = None
    aggregating_deductible: Positive = 0
    run_in_limit_person: Positive | None = None
    run_in_limit_total: Positive | None = None
    notice_at: Rate = "50%"
    laser_band_counts: bool = False
    asd_counts_to_aggregate: bool = False
    recovery_allocation: Literal["carrier_first", "pro_rata"] = "carrier_first"
    overlap: Literal["incurred-period"] | None = Field(default=None, exclude_if=unsaid)

    @model_validator(mode="after")
    def _percentage_of_one(self) -> SpecificTerms:
        if not 0 < rate(self.percentage) <= 1:
            raise ValueError("percentage must be above 0 and at most 1 (write 0.90 for ninety percent)")
        return self


class AggregateTerms(DayRules):
    """Aggregate stop-loss: what the carrier pays above an attachment point for the whole plan (domain 5.4).

    ``overlap`` says where a claim counts that another policy of the kind holds too: in the period it was incurred in.
    """

    contract_basis: Basis = "12/12"
    covered: tuple[Coverage, ...] = ("MED", "RX")
    attachment: Rate | None = None
    minimum_attachment: Positive = 0
    minimum_percent_of_first_month: Rate | None = None
    enrollment_lag_months: int = Field(default=0, ge=0, le=3)
    percentage: Rate = "1.00"
    maximum: Positive | None = None
    per_person_limit: Literal["specific", "none"] | Positive = "specific"
    rebates_reduce: bool = True
    ytd_minimum: Literal["full", "prorata", "none"] = "prorata"
    accommodation: bool = False
    accommodation_minimum_advance: Positive = 0
    terminal_months: int = Field(default=0, ge=0, le=12)
    monthly_minimum: Positive | None = Field(default=None, exclude_if=unsaid)
    run_in_limit_person: Positive | None = Field(default=None, exclude_if=unsaid)
    run_in_limit_total: Positive | None = Field(default=None, exclude_if=unsaid)
    overlap: Literal["incurred-period"] | None = Field(default=None, exclude_if=unsaid)

    @model_validator(mode="after")
    def _percentage_of_one(self) -> AggregateTerms:
        if not 0 < rate(self.percentage) <= 1:
            raise ValueError("percentage must be above 0 and at most 1 (write 0.90 for ninety percent)")
        return self


class ArrangementTerms(Frozen):
    """How the plan is funded and settled; versioned by the date from which it holds."""

    funding: Literal["budgeted", "pay-as-you-go", "level-funded", "refund-accounting", "no-tpa"] = "budgeted"
    funding_basis: Literal["issue", "cleared", "imprest", "level", "ach-pull"] = "issue"
    attribution: Literal["paid", "incurred"] = "paid"
    rounding: Literal["half-up", "half-even", "truncate"] = "half-up"
    recognition: Literal["paid", "filed", "approved", "received"] = "paid"
    surplus: tuple[Literal["reserve", "refund", "carry-forward", "redistribute", "hold-back"], ...] = ("carry-forward",)
    surplus_share: Rate = "1.00"
    surplus_owner: Literal["employer", "shared", "insurer"] = "employer"
    deficit: Literal["pay", "carry-forward", "recover"] = "carry-forward"
    deficit_owner: Literal["employer", "insurer"] = "employer"
    recovery_months: int = Field(default=24, ge=1, le=120)
    claims_fluctuation_reserve: Positive = 0
    run_out_months: int = Field(default=3, ge=0, le=36)
    administration_pepm: Positive = 0
    administration_percent_of_claims: Rate = "0.00"
    access_log: Literal["required", "when-possible", "off"] | None = Field(default=None, exclude_if=unsaid)
    member_retention_years: int | None = Field(default=None, ge=0, le=100, exclude_if=unsaid)


class ApprovalTerms(Frozen):
    """What needs two people: one proposes it, another approves it within ``expiry_days``."""

    reopening: bool = False
    settlement: bool = False
    write_off: bool = False
    manual_adjustment: bool = False
    manual_adjustment_above: Positive = 0
    people: bool = False
    expiry_days: int = Field(default=30, ge=1, le=366)
    early_erasure: bool = Field(default=False, exclude_if=unsaid)
    denial: bool = Field(default=False, exclude_if=unsaid)
    denial_above: Positive = Field(default=0, exclude_if=nothing)

    @property
    def asked_for(self) -> bool:
        """Whether anything needs two people."""
        alone = self.reopening or self.settlement or self.write_off or self.people or self.early_erasure
        return alone or self.manual_adjustment or self.denial


def percent(text: str) -> Fraction:
    """The exact ratio of a recorded rate."""
    return rate(text)
