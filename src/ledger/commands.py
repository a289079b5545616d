"""What somebody can ask the ledger to record. Imperative, frozen; made at the door from parsed values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ledger.events import BudgetMonth, Columns, Disallowed, Events
from ledger.terms import AggregateTerms, ApprovalTerms, ArrangementTerms, Laser, Role, SpecificTerms

LATER = {"later": True}
"""Marks a field that came later: unused, a request has the digest that it had before there was the field."""


@dataclass(frozen=True, slots=True)
class RegisterPlan:
    """Begin a plan's history."""

    code: str
    name: str
    sponsor: str
    administrator: str = ""
    currency: str = "USD"
    jurisdiction: str = ""
    year_start_month: int = 1
    year_start_day: int = 1
    tiers: tuple[str, ...] = ("EE", "ES", "EC", "FAM")


@dataclass(frozen=True, slots=True)
class SetArrangement:
    """Say how the plan is funded and settled from a date on."""

    from_date: date
    terms: ArrangementTerms


@dataclass(frozen=True, slots=True)
class OpenYear:
    """Open a plan year; dates follow from the plan's year start."""

    year: int
    opening: int = 0


@dataclass(frozen=True, slots=True)
class SetBudget:
    """Set a plan year's budget, by month."""

    year: int
    months: tuple[BudgetMonth, ...]
    basis: str = "annual"
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReviseBudget:
    """Replace a plan year's budget from a month on, with a reason; earlier months keep their amounts."""

    year: int
    months: tuple[BudgetMonth, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class RecordEnrollment:
    """Say how many units of each tier are enrolled in a month."""

    month: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BindPolicy:
    """Put a stop-loss policy in force; exactly one of the terms is given."""

    policy: str
    effective: date
    specific: SpecificTerms | None = None
    aggregate: AggregateTerms | None = None
    carrier: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class SetFactor:
    """Set the monthly aggregate factor of a tier from a month on."""

    policy: str
    tier: str
    factor: str
    from_month: str
    coverage: str | None = None


@dataclass(frozen=True, slots=True)
class SetLaser:
    """Put a laser on a specific policy."""

    policy: str
    laser: Laser


@dataclass(frozen=True, slots=True)
class RemoveLaser:
    """Take a member's lasers off for services incurred from a date on."""

    policy: str
    member: str
    from_date: date
    reason: str


@dataclass(frozen=True, slots=True)
class RecordRegister:
    """Record one document's lines: payments, voids, reissues, refunds together, in their order.

    ``effective_on`` books lines whose own date lies in a closed month on an open date instead of refusing them.
    ``later_service`` accepts lines paid before their date of service, which remittances carry and intake warns of.
    """

    register_id: str
    lines: Columns
    payments_total: int | None = None
    stated_rows: int | None = None
    stated_total: int | None = None
    effective_on: date | None = None
    reason: str = ""
    later_service: bool = False


@dataclass(frozen=True, slots=True)
class VoidPayment:
    """Void one recorded payment, by plan version and line; dated on the first open day unless said."""

    version: int
    line: int
    reason: str
    effective_on: date


@dataclass(frozen=True, slots=True)
class HoldAdjustment:
    """Hold a provider-level adjustment in suspense."""

    register_id: str
    reason: str
    reference: str
    amount: int
    effective_on: date
    payment_ref: str = ""
    source_line: int = 0


@dataclass(frozen=True, slots=True)
class RecordRecovery:
    """A third party paid."""

    recovery_id: str
    member: str
    coverage: str
    incurred_on: date
    paid_on: date
    received_on: date
    gross: int
    fee: int = 0
    claim_id: str = ""
    eligible: int | None = None


@dataclass(frozen=True, slots=True)
class RecordMoney:
    """Money in or out: ``kind`` is rebate, fee, premium, contribution or funding. Year defaults from the date."""

    kind: str
    amount: int
    effective_on: date
    year: int | None = None
    reference: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileClaim:
    """Claim an excess from the carrier. ``member`` empty means the aggregate."""

    filing: str
    policy: str
    member: str
    amount: int
    filed_on: date
    reference: str = ""


@dataclass(frozen=True, slots=True)
class DecideClaim:
    """Record what the carrier decided."""

    filing: str
    decision: str
    approved: int
    decided_on: date
    disallowed: tuple[Disallowed, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiveReimbursement:
    """Record what the carrier paid; more than outstanding only with ``allow_overpayment``."""

    filing: str
    amount: int
    received_on: date
    bank_reference: str = ""
    allow_overpayment: bool = False


@dataclass(frozen=True, slots=True)
class AcknowledgeClaim:
    """Record that the carrier has a filing."""

    filing: str
    acknowledged_on: date
    reference: str = ""


@dataclass(frozen=True, slots=True)
class RequestInformation:
    """Record what the carrier still asks for."""

    filing: str
    requested_on: date
    what: str


@dataclass(frozen=True, slots=True)
class AppealClaim:
    """Claim again what the carrier denied, or a part of it."""

    filing: str
    amount: int
    appealed_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class WriteOffClaim:
    """Give up what is still due on a filing, or a part of it."""

    filing: str
    amount: int
    written_off_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class ReturnReimbursement:
    """Record money that went back to the carrier on a filing."""

    filing: str
    amount: int
    returned_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class FundAdvance:
    """Record what the carrier paid ahead for named payments, as (plan version, line)."""

    advance: str
    policy: str
    member: str
    payments: tuple[tuple[int, int], ...]
    amount: int
    received_on: date


@dataclass(frozen=True, slots=True)
class ReturnAdvance:
    """Record an advance, or a part of it, that went back."""

    advance: str
    amount: int
    returned_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Accommodate:
    """Record an aggregate advance, or with ``repaid`` its repayment."""

    policy: str
    month: str
    amount: int
    effective_on: date
    repaid: bool = False


@dataclass(frozen=True, slots=True)
class FinalizeAggregate:
    """Keep the final figures of an aggregate policy; again only with a reason."""

    policy: str
    audit_ref: str
    finalized_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SendNotice:
    """Record a notice to the carrier."""

    notice: str
    policy: str
    member: str
    basis: str
    amount_at_notice: int
    due_on: date
    sent_on: date


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """Close a calendar month."""

    month: str


@dataclass(frozen=True, slots=True)
class ReopenPeriod:
    """Open a closed month again."""

    month: str
    reason: str


@dataclass(frozen=True, slots=True)
class PostSettlement:
    """Post a settlement that was computed from the history; its dispositions add up to its amount exactly."""

    settlement: str
    year: int
    as_of: date
    known_at: int
    lines: tuple[tuple[str, int], ...]
    amount: int
    dispositions: Events
    effective_on: date
    final: bool = True
    restates: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AcceptImport:
    """Close an import: the counts that tie what was read to what was recorded."""

    file_sha256: str
    size: int
    name: str
    importer: str
    rows_read: int
    rows_recorded: int
    rows_duplicate: int
    rows_not_ours: int
    rows_quarantined: int
    cents_recorded: int
    cents_duplicate: int
    cents_not_ours: int
    cents_quarantined: int
    mapping: str = ""
    mapping_sha256: str = ""
    envelopes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class RefuseImport:
    """Keep a trace of a refused file."""

    file_sha256: str
    size: int
    name: str
    importer: str
    rows_read: int
    problems: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correct:
    """Take back one event in full, by plan version."""

    version: int
    effective_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class EnrollActor:
    """Let somebody work on the plan; ``person`` empty means that the name is the person.

    With a ``login`` the name records under that login only; for who is enrolled already it is bound to it.
    """

    actor: str
    roles: tuple[Role, ...]
    person: str = ""
    login: str = field(default="", metadata=LATER)


@dataclass(frozen=True, slots=True)
class GrantRole:
    """Give an enrolled actor one more role."""

    actor: str
    role: Role


@dataclass(frozen=True, slots=True)
class RevokeRole:
    """Take a role from an enrolled actor."""

    actor: str
    role: Role
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetApprovals:
    """Say what needs two people."""

    terms: ApprovalTerms


@dataclass(frozen=True, slots=True)
class ApproveChange:
    """Let a proposed change happen; ``proposal`` is its plan version, ``sha256`` at least 8 digits of its hash."""

    proposal: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RejectChange:
    """Refuse a proposed change."""

    proposal: int
    reason: str


@dataclass(frozen=True, slots=True)
class EraseMemberKey:
    """Record that what links a member's pseudonym to a person is destroyed on a day."""

    member: str
    key_version: int
    erased_on: date
    reason: str
    before_retention: bool = False


@dataclass(frozen=True, slots=True)
class SetLegalHold:
    """Keep a member's records from being erased, until a day or until released."""

    member: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ReleaseLegalHold:
    """End a legal hold."""

    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawChange:
    """Take back one's own proposed change."""

    proposal: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordExport:
    """Record that data about members left in a file."""

    report: str
    form: str
    sha256: str
    size: int
    params: tuple[str, ...] = ()
    as_of: date | None = None
    known_at: int = 0
    recipient: str = ""


Command = (
    RegisterPlan
    | SetArrangement
    | OpenYear
    | SetBudget
    | ReviseBudget
    | RecordEnrollment
    | BindPolicy
    | SetFactor
    | SetLaser
    | RemoveLaser
    | RecordRegister
    | VoidPayment
    | HoldAdjustment
    | RecordRecovery
    | RecordMoney
    | FileClaim
    | DecideClaim
    | ReceiveReimbursement
    | AcknowledgeClaim
    | RequestInformation
    | AppealClaim
    | WriteOffClaim
    | ReturnReimbursement
    | FundAdvance
    | ReturnAdvance
    | Accommodate
    | FinalizeAggregate
    | SendNotice
    | ClosePeriod
    | ReopenPeriod
    | PostSettlement
    | AcceptImport
    | RefuseImport
    | Correct
    | EnrollActor
    | GrantRole
    | RevokeRole
    | SetApprovals
    | ApproveChange
    | RejectChange
    | WithdrawChange
    | EraseMemberKey
    | SetLegalHold
    | ReleaseLegalHold
    | RecordExport
)
