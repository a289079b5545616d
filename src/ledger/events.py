"""The vocabulary: what can have happened. Every event is a fact in the past tense, frozen, named ``kind.vN``.

Amounts are signed minor units, dates are inclusive. Events that carry many lines of one document hold them as columns
(:class:`ledger.lines.Lines`); a line is cited as ``EVENT.LINE``. Fields follow domain section 8.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import core_schema

from ledger.lines import NAMES, PAGE_LIMIT, SPECS, Lines
from ledger.terms import (
    AggregateTerms,
    ApprovalTerms,
    ArrangementTerms,
    Cents,
    Code,
    Coverage,
    Day,
    Frozen,
    Laser,
    Login,
    Month,
    Positive,
    Rate,
    Role,
    SpecificTerms,
    Text,
    as_ever,
    unless,
    unsaid,
)

Year = Annotated[int, Field(ge=1900, le=2200)]
Lives = Annotated[int, Field(ge=0, le=10_000_000)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Named = Annotated[Text, Field(min_length=1)]


class _LinesField:
    """Lets pydantic hold :class:`Lines`, and tells JSON Schema what its columns are."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _as_lines, serialization=core_schema.plain_serializer_function_ser_schema(columns_of)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        kinds = {"text": {"type": "string"}, "int": {"type": "integer"}}
        columns: dict[str, Any] = {
            spec.name: {
                "type": "array",
                "maxItems": PAGE_LIMIT,
                "description": spec.meaning,
                "items": {"enum": list(spec.words)} if spec.kind == "code" else kinds[spec.kind],
            }
            for spec in SPECS
        }
        return {"type": "object", "properties": columns, "additionalProperties": False}


def _as_lines(value: Any) -> Lines:
    if isinstance(value, Lines):
        return value
    if isinstance(value, Mapping):
        columns = {name: list(column) for name, column in value.items()}
        return Lines(columns)
    raise ValueError("lines must be columns")


def columns_of(lines: Lines) -> dict[str, list[str | int]]:
    """The columns that say something, as words and numbers."""
    given = lines.given() or {"amount": np.zeros(lines.count, dtype=np.int64)}
    rows = [lines.row(n) for n in range(1, lines.count + 1)]
    return {name: [row[name] for row in rows] for name in NAMES if name in given}


Columns = Annotated[Lines, _LinesField]


class Event(Frozen):
    """A fact. ``kind`` and ``schema_version`` name it for ever."""

    kind: ClassVar[str]
    schema_version: ClassVar[int] = 1

    @classmethod
    def topic(cls) -> str:
        """``kind.vN``, the name under which it is stored."""
        return f"{cls.kind}.v{cls.schema_version}"


# --- setting up -------------------------------------------------------------------------------------------------


class PlanRegistered(Event):
    """A plan exists: its code, names, currency and the month and day on which its plan years start."""

    kind = "plan-registered"
    code: Code
    name: Text
    sponsor: Text
    administrator: Text = ""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    jurisdiction: Text = ""
    year_start_month: Annotated[int, Field(ge=1, le=12)] = 1
    year_start_day: Annotated[int, Field(ge=1, le=28)] = 1
    tiers: tuple[Code, ...] = ("EE", "ES", "EC", "FAM")


class FundingArrangementSet(Event):
    """How the plan is funded and settled, from a date on."""

    kind = "funding-arrangement-set"
    from_date: Day
    terms: ArrangementTerms


class PlanYearOpened(Event):
    """A plan year is open for business; ``opening`` is a balance brought from outside the ledger."""

    kind = "plan-year-opened"
    year: Year
    starts_on: Day
    ends_on: Day
    opening: Cents = 0


class BudgetMonth(Frozen):
    """The budget of one calendar month."""

    month: Month
    amount: Positive


class BudgetSet(Event):
    """The budget of a plan year by month; the months add up to ``total``."""

    kind = "budget-set"
    year: Year
    basis: Literal["annual", "monthly", "rates"] = "annual"
    months: tuple[BudgetMonth, ...]
    total: Positive
    note: Text = ""

    @model_validator(mode="after")
    def _adds_up(self) -> BudgetSet:
        if sum(month.amount for month in self.months) != self.total:
            raise ValueError("the months of a budget must add up to its total")
        return self


class BudgetRevised(BudgetSet):
    """The budget from now on; the whole year again, with the version of the event it replaces and a reason."""

    kind = "budget-revised"
    replaces_version: int
    reason: Text


class TierLives(Frozen):
    """How many units of one tier are enrolled."""

    tier: Code
    lives: Lives


class EnrollmentRecorded(Event):
    """The enrolled units of a month by tier; a later record for the same month replaces it (retro correction)."""

    kind = "enrollment-recorded"
    month: Month
    counts: tuple[TierLives, ...]
    correction: bool = False


class StopLossPolicyBound(Event):
    """A stop-loss policy is in force from ``effective``; exactly one of the two terms is given."""

    kind = "stop-loss-policy-bound"
    policy: Code
    carrier: Text = ""
    coverage_kind: Literal["specific", "aggregate"]
    effective: Day
    expires: Day | None = None
    specific: SpecificTerms | None = None
    aggregate: AggregateTerms | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> StopLossPolicyBound:
        if (self.specific is None) == (self.aggregate is None):
            raise ValueError("a policy is either specific or aggregate")
        if (self.specific is not None) != (self.coverage_kind == "specific"):
            raise ValueError("the terms of a policy must be of its kind")
        return self


class AggregateFactorSet(Event):
    """The monthly aggregate factor of a tier (and line of coverage), decimal text in major units, from a month on."""

    kind = "aggregate-factor-set"
    policy: Code
    tier: Code
    coverage: Coverage | None = None
    factor: Rate
    from_month: Month


class LaserSet(Event):
    """A laser on a specific policy."""

    kind = "laser-set"
    policy: Code
    laser: Laser


class LaserRemoved(Event):
    """The lasers of a member on a specific policy hold for no service from a date on."""

    kind = "laser-removed"
    policy: Code
    member: Code
    from_date: Day
    reason: Text


# --- claims -----------------------------------------------------------------------------------------------------


class CheckRegisterReceived(Event):
    """A register or remittance arrived: what it said about itself, and what was counted."""

    kind = "check-register-received"
    register_id: Code
    lines: int
    control_total: Cents
    payments_total: Cents
    stated_rows: int | None = None
    stated_total: Cents | None = None
    first_paid_on: Day | None = None
    last_paid_on: Day | None = None


class Page(Event):
    """A page of a register: at most 10,000 lines with their count and control total."""

    register_id: Code
    page: Annotated[int, Field(ge=1)] = 1
    count: Annotated[int, Field(ge=1, le=PAGE_LIMIT)]
    control_total: Cents
    lines: Columns

    @model_validator(mode="after")
    def _ties(self) -> Page:
        if self.lines.count != self.count:
            raise ValueError(f"the page says {self.count} lines and holds {self.lines.count}")
        if self.lines.total() != self.control_total:
            raise ValueError(f"the page says {self.control_total} and its lines add up to {self.lines.total()}")
        return self


class ClaimsPaid(Page):
    """Claim payments released to payees (and signed adjustments), positive amounts paid by the plan."""

    kind = "claims-paid"


class ClaimPaymentsVoided(Page):
    """Payments taken back: voids and reversals, negative amounts; each cites its original unless it is an orphan."""

    kind = "claim-payments-voided"
    reason: Text = ""


class PaymentsReissued(Page):
    """New payments that replace voided ones; each cites the payment it replaces."""

    kind = "payments-reissued"


class ClaimRefundsReceived(Page):
    """Money that payees returned, negative amounts on their own dates, in the original's incurred date."""

    kind = "claim-refunds-received"


class SubrogationRecovered(Event):
    """A third party paid: gross, and the recovery vendor's fee kept apart.

    ``eligible`` is what of the gross gives back amounts that the stop-loss carrier accepted; nothing means all of it.
    The days are those of the original payment.
    """

    kind = "subrogation-recovered"
    recovery_id: Code
    member: Code
    coverage: Coverage = "MED"
    incurred_on: Day
    paid_on: Day
    received_on: Day
    gross: Positive
    fee: Positive = 0
    claim_id: Text = ""
    eligible: Positive | None = Field(default=None, exclude_if=unsaid)
    specific_eligible: bool = Field(default=True, exclude_if=as_ever)
    aggregate_eligible: bool = Field(default=True, exclude_if=as_ever)
    admitted_on: Day | None = Field(default=None, exclude_if=unsaid)
    discharged_on: Day | None = Field(default=None, exclude_if=unsaid)
    first_paid_on: Day | None = Field(default=None, exclude_if=unsaid)

    @property
    def counting(self) -> int:
        """What of it lowers eligible amounts, minor units: the gross unless less was said."""
        return self.gross if self.eligible is None else self.eligible


class ProviderAdjustmentHeld(Event):
    """An 835 provider-level adjustment (PLB) held in suspense; positive reduces what was paid out."""

    kind = "provider-adjustment-held"
    register_id: Code
    reason: Text
    reference: Text
    amount: Cents
    effective_on: Day
    payment_ref: Text = ""
    source_line: int = 0


# --- other money ------------------------------------------------------------------------------------------------


class MoneyEvent(Event):
    """Money in or out on a business date, for a plan year."""

    year: Year
    amount: Cents
    effective_on: Day
    reference: Text = ""


class RebateReceived(MoneyEvent):
    """A pharmacy rebate came in."""

    kind = "rebate-received"
    program: Text = ""


class FeeCharged(MoneyEvent):
    """An administration fee left the fund; negative is a credit."""

    kind = "fee-charged"
    fee_type: Text = "administration"


class StopLossPremiumBilled(MoneyEvent):
    """Stop-loss premium left the fund; negative is a credit."""

    kind = "stop-loss-premium-billed"
    policy: Code


class ContributionReceived(MoneyEvent):
    """Participants (or COBRA beneficiaries, retirees) contributed."""

    kind = "contribution-received"
    contributor: Literal["employee", "cobra", "retiree", "employer"] = "employee"


class FundingReceived(MoneyEvent):
    """The plan sponsor put money into the fund."""

    kind = "funding-received"
    method: Text = ""


# --- stop-loss --------------------------------------------------------------------------------------------------


class StopLossTriggered(Event):
    """A threshold was crossed. A derived fact with its basis; no amount ever depends on it."""

    kind = "stop-loss-triggered"
    policy: Code
    coverage_kind: Literal["specific", "aggregate"]
    member: Text = ""
    threshold: Positive
    eligible: Positive
    triggered_on: Day
    computed_through_version: int


class StopLossClaimFiled(Event):
    """A claim on the stop-loss carrier; ``member`` is empty for the aggregate."""

    kind = "stop-loss-claim-filed"
    filing: Code
    policy: Code
    coverage_kind: Literal["specific", "aggregate"]
    member: Text = ""
    amount: Positive
    filed_on: Day
    reference: Text = ""


class Disallowed(Frozen):
    """An amount the carrier refused, with its reason code."""

    code: Code
    amount: Positive


class StopLossClaimDecided(Event):
    """The carrier decided on a filing."""

    kind = "stop-loss-claim-decided"
    filing: Code
    decision: Literal["approved", "partial", "denied"]
    approved: Positive
    disallowed: tuple[Disallowed, ...] = ()
    decided_on: Day


class ReimbursementReceived(Event):
    """The carrier paid on a filing."""

    kind = "reimbursement-received"
    filing: Code
    year: Year
    amount: Positive
    received_on: Day
    overpayment: Positive = 0
    bank_reference: Text = ""


class StopLossClaimAcknowledged(Event):
    """The carrier confirmed that it has a filing."""

    kind = "stop-loss-claim-acknowledged"
    filing: Code
    acknowledged_on: Day
    reference: Text = ""


class StopLossInformationRequested(Event):
    """The carrier asked for more before it decides."""

    kind = "stop-loss-information-requested"
    filing: Code
    requested_on: Day
    what: Text


class StopLossClaimAppealed(Event):
    """An amount the carrier denied is claimed again; the next decision gives the total approved."""

    kind = "stop-loss-claim-appealed"
    filing: Code
    amount: Positive
    appealed_on: Day
    reason: Text


class StopLossClaimWrittenOff(Event):
    """An amount approved will not come in and is no receivable any more."""

    kind = "stop-loss-claim-written-off"
    filing: Code
    amount: Positive
    written_off_on: Day
    reason: Text


class ReimbursementReturned(Event):
    """Money went back to the carrier; what is more than the overpayment lowers what the filing may still bring."""

    kind = "reimbursement-returned"
    filing: Code
    year: Year
    amount: Positive
    of_overpayment: Positive = 0
    returned_on: Day
    reason: Text


class PaymentAt(Frozen):
    """A line of a page: the plan version of the page's event and the line, from 1."""

    version: Annotated[int, Field(ge=1)]
    line: Annotated[int, Field(ge=1)]


class SpecificAdvanceFunded(Event):
    """The carrier paid before the plan did, for named payments (domain 5.9)."""

    kind = "specific-advance-funded"
    advance: Code
    policy: Code
    member: Text
    payments: tuple[PaymentAt, ...]
    amount: Positive
    received_on: Day
    year: Year


class SpecificAdvanceReturned(Event):
    """A part of an advance went back to the carrier."""

    kind = "specific-advance-returned"
    advance: Code
    amount: Positive
    returned_on: Day
    reason: Text
    year: Year


class Accommodation(Event):
    """The monthly aggregate accommodation of a policy moves (domain 5.5)."""

    policy: Code
    month: Month
    amount: Positive
    effective_on: Day
    year: Year


class AccommodationAdvanced(Accommodation):
    """The carrier advanced money against the aggregate."""

    kind = "accommodation-advanced"


class AccommodationRepaid(Accommodation):
    """The plan repaid an aggregate advance."""

    kind = "accommodation-repaid"


class AggregateFinalized(Event):
    """An aggregate policy is over: its figures as the ledger had them, and the audit of its paid claims.

    ``eligible`` is before ``rebates``; a later one of the same policy replaces it and gives its reason.
    """

    kind = "aggregate-finalized"
    policy: Code
    attachment_point: Positive
    eligible: Cents
    rebates: Cents = 0
    reimbursable: Positive
    audit_ref: Text
    finalized_on: Day
    computed_through_version: int
    reason: Text = ""


class StopLossNoticeSent(Event):
    """The carrier was told of a claimant; no diagnosis is ever kept."""

    kind = "stop-loss-notice-sent"
    notice: Code
    policy: Code
    member: Text
    basis: Literal["50pct", "deductible", "attachment", "window", "lifetime", "diagnosis", "stay"]
    amount_at_notice: Positive
    due_on: Day
    sent_on: Day


# --- close and settle -------------------------------------------------------------------------------------------


class PeriodClosed(Event):
    """A calendar month is closed: nothing is booked in it any more."""

    kind = "period-closed"
    month: Month


class PeriodReopened(Event):
    """A closed month is open again, with the reason; what is booked in it until it is closed again is an exception."""

    kind = "period-reopened"
    month: Month
    reason: Text


class SettlementLine(Frozen):
    """One line of a settlement statement."""

    name: Code
    amount: Cents


class SettlementPosted(Event):
    """A plan year is settled: its lines, the balance before disposition, and what it was computed from."""

    kind = "settlement-posted"
    settlement: Code
    year: Year
    settlement_kind: Literal["interim", "final"] = "final"
    as_of: Day
    known_at: int
    lines: tuple[SettlementLine, ...]
    amount: Cents
    supersedes: Text = ""
    reason: Text = ""


class SurplusDeclared(Event):
    """The settlement left a surplus."""

    kind = "surplus-declared"
    settlement: Code
    year: Year
    amount: Positive
    owner: Text = "employer"
    effective_on: Day


class DeficitDeclared(Event):
    """The settlement left a deficit (a positive amount)."""

    kind = "deficit-declared"
    settlement: Code
    year: Year
    amount: Positive
    owner: Text = "employer"
    effective_on: Day


class Disposition(Event):
    """A part of a settlement goes somewhere."""

    settlement: Code
    year: Year
    amount: Positive
    effective_on: Day

    @property
    def signed(self) -> int:
        """Its part of the settlement's balance: surplus placed is positive, deficit placed negative."""
        return -self.amount if isinstance(self, (DeficitCarriedForward, DeficitFunded)) else self.amount


class SurplusCarriedForward(Disposition):
    """Surplus goes into the next plan year's opening."""

    kind = "surplus-carried-forward"
    to_year: Year


class DeficitCarriedForward(Disposition):
    """Deficit goes into the next plan year's opening, recovered in instalments when the arrangement says so."""

    kind = "deficit-carried-forward"
    to_year: Year
    recovery_months: Annotated[int, Field(ge=0, le=120)] = 0


class SurplusRefunded(Disposition):
    """Surplus is paid back to the sponsor, or goes to the insurer whose it is (domain 3: non-refund, 4: shared)."""

    kind = "surplus-refunded"
    payee: Literal["sponsor", "insurer"] = Field(default="sponsor", exclude_if=unless("sponsor"))


class SurplusRedistributed(Disposition):
    """Surplus is spent on participants or benefits."""

    kind = "surplus-redistributed"
    recipients: Text = "participants"


class ReserveTransferred(Disposition):
    """Surplus goes into the claims fluctuation reserve or is held back until run-out ends."""

    kind = "reserve-transferred"
    to: Literal["claims-fluctuation-reserve", "hold-back"]


class DeficitFunded(Disposition):
    """The sponsor paid a deficit, or the insurer whose it is bears it."""

    kind = "deficit-funded"
    payer: Literal["sponsor", "insurer"] = Field(default="sponsor", exclude_if=unless("sponsor"))


# --- imports and corrections ------------------------------------------------------------------------------------


class ImportBatchAccepted(Event):
    """A file was taken in: what was read adds up to what was recorded, known already, not ours and quarantined."""

    kind = "import-batch-accepted"
    file_sha256: Sha256
    size: int
    name: Text
    importer: Text
    mapping: Text = ""
    mapping_sha256: Text = ""
    envelopes: tuple[Text, ...] = ()
    rows_read: int
    rows_recorded: int
    rows_duplicate: int
    rows_not_ours: int
    rows_quarantined: int
    cents_recorded: Cents
    cents_duplicate: Cents
    cents_not_ours: Cents
    cents_quarantined: Cents


class ImportBatchRefused(Event):
    """A file was refused whole; nothing of it is posted."""

    kind = "import-batch-refused"
    file_sha256: Sha256
    size: int
    name: Text
    importer: Text
    rows_read: int
    problems: int
    codes: tuple[Text, ...]


class CorrectionPosted(Event):
    """An event that was wrong is taken back in full; the replacement, if any, is a later event."""

    kind = "correction-posted"
    corrects_version: int
    corrects_kind: Text
    effective_on: Day
    reason: Text


# --- people -----------------------------------------------------------------------------------------------------


class ActorEnrolled(Event):
    """Somebody may work on the plan: the name under which they record, who they are, and their roles.

    Names with the same ``person`` are one person behind several logins and never count as two. With a ``login`` only
    who works under it in the database, or on the machine, records under the name; a later event binds it anew.
    """

    kind = "actor-enrolled"
    actor: Login
    person: Login
    roles: tuple[Role, ...]
    login: Login | None = Field(default=None, exclude_if=unsaid)


class RoleGranted(Event):
    """An enrolled actor holds one more role."""

    kind = "role-granted"
    actor: Login
    role: Role


class RoleRevoked(Event):
    """An enrolled actor holds a role no longer; what they recorded stays."""

    kind = "role-revoked"
    actor: Login
    role: Role
    reason: Text = ""


class ApprovalsSet(Event):
    """What needs two people from now on."""

    kind = "approvals-set"
    terms: ApprovalTerms


class ChangeProposed(Event):
    """Somebody asked for what needs two people: the command in its canonical JSON, and the hash of these bytes.

    Nothing of it is in force until another person approves it, at the latest on ``expires_on``. ``figures_as_of`` is
    the cut-off of the figures it rests on: when they move, it cannot be approved any more.
    """

    kind = "change-proposed"
    change: Code
    command: Annotated[str, Field(min_length=2, max_length=4_000_000)]
    sha256: Sha256
    summary: Text
    amount: Positive | None = None
    figures_as_of: Day | None = None
    expires_on: Day

    @model_validator(mode="after")
    def _hashed(self) -> ChangeProposed:
        if hashlib.sha256(self.command.encode()).hexdigest() != self.sha256:
            raise ValueError("the hash of a proposed change must be that of its command")
        return self


class ProposalAnswered(Event):
    """What became of a proposed change, cited by plan version; the hash says what the answer is about."""

    proposal: Annotated[int, Field(ge=1)]
    sha256: Sha256


class ChangeApproved(ProposalAnswered):
    """Another person approved it; the events that follow in the same recording carry it out."""

    kind = "change-approved"


class ChangeRejected(ProposalAnswered):
    """Somebody who may approve said no."""

    kind = "change-rejected"
    reason: Text


class ChangeWithdrawn(ProposalAnswered):
    """Who proposed it took it back."""

    kind = "change-withdrawn"
    reason: Text = ""


# --- members' records -------------------------------------------------------------------------------------------


class MemberKeyErased(Event):
    """What linked a member's pseudonym to a person was destroyed outside the ledger; the pseudonym's lines stay.

    ``key_version`` is that of the name: 0 for one that an older key file gave, before there was a vault.
    """

    kind = "member-key-erased"
    member: Named
    key_version: Annotated[int, Field(ge=0, le=65_535)]
    erased_on: Day
    reason: Text
    before_retention: bool = False


class LegalHoldSet(Event):
    """A member's records must be kept as they are: until a day (included), or until released."""

    kind = "legal-hold-set"
    member: Named
    reason: Text
    until: Day | None = None


class LegalHoldReleased(Event):
    """A legal hold is over."""

    kind = "legal-hold-released"
    member: Named
    reason: Text


class ExportProduced(Event):
    """Data about members left in a file (or a member was named): which report, how asked, the file's digest, for whom.

    ``as_of`` and ``known_at`` are the two clocks of the report: its cut-off date, and the last event it knew. Of the
    whole log, which holds this event, the digest is the ledger's root at ``known_at``, and the size 0.
    """

    kind = "export-produced"
    report: Text
    form: Text
    params: tuple[Text, ...] = ()
    as_of: Day | None = None
    known_at: int = 0
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]
    recipient: Text = ""


PAGES: tuple[type[Page], ...] = (ClaimsPaid, ClaimPaymentsVoided, PaymentsReissued, ClaimRefundsReceived)

_ALL: tuple[type[Event], ...] = (
    PlanRegistered, FundingArrangementSet, PlanYearOpened, BudgetSet, BudgetRevised, EnrollmentRecorded,
    StopLossPolicyBound, AggregateFactorSet, LaserSet, LaserRemoved, CheckRegisterReceived, *PAGES,
    SubrogationRecovered, ProviderAdjustmentHeld, RebateReceived, FeeCharged, StopLossPremiumBilled,
    ContributionReceived, FundingReceived, StopLossTriggered, StopLossClaimFiled, StopLossClaimDecided,
    ReimbursementReceived, PeriodClosed, SettlementPosted, SurplusDeclared, DeficitDeclared, SurplusCarriedForward,
    DeficitCarriedForward, SurplusRefunded, SurplusRedistributed, ReserveTransferred, DeficitFunded,
    ImportBatchAccepted, ImportBatchRefused, CorrectionPosted, StopLossClaimAcknowledged,
    StopLossInformationRequested, StopLossClaimAppealed, StopLossClaimWrittenOff, ReimbursementReturned,
    SpecificAdvanceFunded, SpecificAdvanceReturned, AccommodationAdvanced, AccommodationRepaid, StopLossNoticeSent,
    AggregateFinalized,
    ActorEnrolled, RoleGranted, RoleRevoked, PeriodReopened, ApprovalsSet, ChangeProposed, ChangeApproved,
    ChangeRejected, ChangeWithdrawn, MemberKeyErased, LegalHoldSet, LegalHoldReleased,
    ExportProduced,
)  # fmt: skip
REGISTRY: Mapping[str, type[Event]] = {cls.topic(): cls for cls in _ALL}


class _EventsField:
    """Lets pydantic read and write a row of events whose kinds differ, each with its topic."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _as_events, serialization=core_schema.plain_serializer_function_ser_schema(_named_events)
        )


def _as_events(value: Any) -> tuple[Event, ...]:
    return tuple(
        given if isinstance(given, Event) else REGISTRY[given["event"]].model_validate(given["fields"])
        for given in value
    )


def _named_events(events: tuple[Event, ...]) -> list[dict[str, Any]]:
    return [{"event": event.topic(), "fields": event.model_dump(mode="json")} for event in events]


Events = Annotated[tuple[Event, ...], _EventsField]


class About(Frozen):
    """Where an event comes from: kept beside it in the stored bytes."""

    source_sha256: Text = ""
    source_line: int = 0
    correlation: Text = ""
    causation: int = 0
    reason: Text = ""
