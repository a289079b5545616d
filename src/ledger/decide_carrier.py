"""Deciding about a claim on the carrier after it was filed (domain 5.8), advances (5.9, 5.5) and notices (5.7)."""

from __future__ import annotations

from ledger import commands as cmd
from ledger import events as ev
from ledger.decide_aggregate import finalize, require_movable
from ledger.decide_money import filing_named, require_open
from ledger.decide_policies import policy_named
from ledger.decide_terms import years_named
from ledger.money import shown
from ledger.plan import Plan
from ledger.rules import NotAllowed

CarrierCommand = (
    cmd.AcknowledgeClaim
    | cmd.RequestInformation
    | cmd.AppealClaim
    | cmd.WriteOffClaim
    | cmd.ReturnReimbursement
    | cmd.FundAdvance
    | cmd.ReturnAdvance
    | cmd.Accommodate
    | cmd.FinalizeAggregate
    | cmd.SendNotice
)


def decide_carrier(command: CarrierCommand, plan: Plan) -> tuple[ev.Event, ...]:
    """The events of a command about a claim on the carrier."""
    match command:
        case cmd.AcknowledgeClaim():
            return _acknowledge(command, plan)
        case cmd.RequestInformation():
            return _more_info(command, plan)
        case cmd.AppealClaim():
            return _appeal(command, plan)
        case cmd.WriteOffClaim():
            return _write_off(command, plan)
        case cmd.ReturnReimbursement():
            return _return(command, plan)
        case cmd.FundAdvance():
            return _advance(command, plan)
        case cmd.ReturnAdvance():
            return _advance_back(command, plan)
        case cmd.Accommodate():
            return _accommodate(command, plan)
        case cmd.FinalizeAggregate():
            return finalize(command, plan)
        case cmd.SendNotice():
            return _notice(command, plan)


def _within(what: str, amount: int, most: int, remedy: str) -> None:
    if not 0 < amount <= most:
        raise NotAllowed("amount", f"{what} must be above zero and at most {shown(most)}.", remedy)


def _reason(text: str, what: str) -> None:
    if not text.strip():
        raise NotAllowed("reason", f"{what} needs a reason.", 'Add --reason "…".')


def _policy_year(plan: Plan, policy: str, kind: str) -> int:
    return plan.year_of(policy_named(plan, policy, kind).effective)


def _acknowledge(command: cmd.AcknowledgeClaim, plan: Plan) -> tuple[ev.Event, ...]:
    filing = filing_named(plan, command.filing)
    if filing.state != "filed":
        raise NotAllowed(
            "state",
            f"Filing {command.filing} is {filing.state} and cannot be acknowledged.",
            "Only a filing nobody answered yet is acknowledged; see: claimfund stoploss ageing.",
        )
    return (
        ev.StopLossClaimAcknowledged(
            filing=command.filing, acknowledged_on=command.acknowledged_on, reference=command.reference
        ),
    )


def _more_info(command: cmd.RequestInformation, plan: Plan) -> tuple[ev.Event, ...]:
    filing = filing_named(plan, command.filing)
    if filing.state not in ("filed", "acknowledged", "more_info", "appealed"):
        raise NotAllowed(
            "state",
            f"Filing {command.filing} is {filing.state}; the carrier asks for more only before it decides.",
            "Record an appeal first with: claimfund stoploss appeal.",
        )
    if not command.what.strip():
        raise NotAllowed("what", "A request for information says what is asked for.", 'Add --what "…".')
    return (
        ev.StopLossInformationRequested(filing=command.filing, requested_on=command.requested_on, what=command.what),
    )


def _appeal(command: cmd.AppealClaim, plan: Plan) -> tuple[ev.Event, ...]:
    filing = filing_named(plan, command.filing)
    if filing.approved is None or filing.appealed or not filing.denied:
        raise NotAllowed(
            "state",
            f"Filing {command.filing} is {filing.state}: there is no denied amount to appeal.",
            "Record the carrier's decision first with: claimfund stoploss decide.",
        )
    _within("An appeal", command.amount, filing.denied, "Appeal what was denied, or a part of it.")
    _reason(command.reason, "An appeal")
    return (
        ev.StopLossClaimAppealed(
            filing=command.filing, amount=command.amount, appealed_on=command.appealed_on, reason=command.reason
        ),
    )


def _write_off(command: cmd.WriteOffClaim, plan: Plan) -> tuple[ev.Event, ...]:
    filing = filing_named(plan, command.filing)
    if filing.approved is None or filing.appealed:
        raise NotAllowed(
            "state",
            f"Filing {command.filing} is {filing.state}; only what the carrier decided on is written off.",
            "Record the decision first (denied: --approved 0) with: claimfund stoploss decide.",
        )
    require_open(plan, command.written_off_on, "write-off")
    _within("A write-off", command.amount, filing.receivable, "Write off what is still outstanding, or less.")
    _reason(command.reason, "A write-off")
    return (
        ev.StopLossClaimWrittenOff(
            filing=command.filing, amount=command.amount, written_off_on=command.written_off_on, reason=command.reason
        ),
    )


def _return(command: cmd.ReturnReimbursement, plan: Plan) -> tuple[ev.Event, ...]:
    filing = filing_named(plan, command.filing)
    require_open(plan, command.returned_on, "return")
    _within("A return", command.amount, filing.received, "Return what was received on the filing, or less.")
    if command.amount > (held := filing.held_from(command.returned_on)):
        raise NotAllowed(
            "dates",
            f"{shown(command.amount)} cannot go back on filing {command.filing} on {command.returned_on}: "
            f"{shown(max(0, held))} of what was received is there from that day.",
            "Correct the date; money is given back on the day it was received or after it.",
        )
    _reason(command.reason, "A return")
    year = plan.year_of(plan.policies[filing.policy].effective)
    return (
        *years_named(plan, year),
        ev.ReimbursementReturned(
            filing=command.filing,
            year=year,
            amount=command.amount,
            of_overpayment=min(command.amount, filing.overpaid),
            returned_on=command.returned_on,
            reason=command.reason,
        ),
    )


def _advance(command: cmd.FundAdvance, plan: Plan) -> tuple[ev.Event, ...]:
    year = _policy_year(plan, command.policy, "specific")
    require_open(plan, command.received_on, "advance")
    if command.advance in plan.advances:
        raise NotAllowed("duplicate", f"Advance {command.advance} exists already.", "Give it its own reference.")
    if len(set(command.payments)) != len(command.payments):
        raise NotAllowed("payment", "A payment is named twice for one advance.", "Name each payment once.")
    used = {(at.version, at.line) for funded, left in plan.advances.values() if left for at in funded.payments}
    terms = policy_named(plan, command.policy, "specific").specific
    whose = "member" if terms is None or terms.unit == "person" else "family"
    total = sum(_payment(plan, at, whose, command.member, used) for at in command.payments)
    _within("An advance", command.amount, total, "Name every payment it is for; it is at most what they add up to.")
    return (
        *years_named(plan, year),
        ev.SpecificAdvanceFunded(
            advance=command.advance,
            policy=command.policy,
            member=command.member,
            payments=tuple(ev.PaymentAt(version=version, line=line) for version, line in command.payments),
            amount=command.amount,
            received_on=command.received_on,
            year=year,
        ),
    )


def _payment(plan: Plan, at: tuple[int, int], whose: str, name: str, used: set[tuple[int, int]]) -> int:
    page = plan.page(at[0])
    known = page is not None and page.kind in ("claims-paid", "payments-reissued") and 1 <= at[1] <= page.lines.count
    if page is None or not known or bytes(page.lines[whose][at[1] - 1]).decode() != name:
        raise NotAllowed(
            "unknown-payment", f"One of the lines named is not a payment of {whose} {name}.", "Name it as EVENT.LINE."
        )
    if at in used:
        raise NotAllowed("payment", "One of the payments has an advance already.", "Name payments without an advance.")
    return plan.open_amount(page, at[1])


def _advance_back(command: cmd.ReturnAdvance, plan: Plan) -> tuple[ev.Event, ...]:
    if command.advance not in plan.advances:
        known = ", ".join(plan.advances) or "none"
        raise NotAllowed("unknown-advance", f"{command.advance!r} is not an advance.", f"Known: {known}.")
    funded, left = plan.advances[command.advance]
    require_open(plan, command.returned_on, "return")
    _within("A return", command.amount, left, "Return what is left of the advance, or less.")
    if command.returned_on < funded.received_on:
        raise NotAllowed(
            "dates",
            f"Advance {command.advance} came in on {funded.received_on} and cannot go back on {command.returned_on}.",
            "Correct the date; money is given back on the day it was received or after it.",
        )
    _reason(command.reason, "A return")
    return (
        ev.SpecificAdvanceReturned(
            advance=command.advance,
            amount=command.amount,
            returned_on=command.returned_on,
            reason=command.reason,
            year=funded.year,
        ),
    )


def _accommodate(command: cmd.Accommodate, plan: Plan) -> tuple[ev.Event, ...]:
    year = _policy_year(plan, command.policy, "aggregate")
    require_open(plan, command.effective_on, "accommodation")
    require_movable(command, plan)
    left = plan.accommodated.get(command.policy, 0)
    if command.repaid:
        _within("A repayment", command.amount, left, "Repay what is outstanding, or less.")
    elif command.amount <= 0:
        raise NotAllowed("amount", "An accommodation needs an amount above zero.", "Correct the amount.")
    made = ev.AccommodationRepaid if command.repaid else ev.AccommodationAdvanced
    return (
        *years_named(plan, year),
        made(
            policy=command.policy,
            month=command.month,
            amount=command.amount,
            effective_on=command.effective_on,
            year=year,
        ),
    )


def _notice(command: cmd.SendNotice, plan: Plan) -> tuple[ev.Event, ...]:
    bound = plan.policies.get(command.policy)
    policy_named(plan, command.policy, bound.coverage_kind if bound else "specific")
    if command.notice in plan.notices:
        raise NotAllowed("duplicate", f"Notice {command.notice} exists already.", "Give it its own reference.")
    if command.amount_at_notice < 0:
        raise NotAllowed("amount", "The amount at notice is not negative.", "Correct the amount.")
    return (
        ev.StopLossNoticeSent.model_validate(
            {name: getattr(command, name) for name in ev.StopLossNoticeSent.model_fields}
        ),
    )
