"""Deciding about money beside claims: funding, fees, rebates, carrier claims, settlements and corrections."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeGuard

from ledger import commands as cmd
from ledger import events as ev
from ledger.calendar import month_of
from ledger.decide_terms import years_named
from ledger.filing import Filing
from ledger.money import shown
from ledger.plan import Plan, money_key
from ledger.rules import NotAllowed, OverFiling, PeriodIsClosed, SameReference
from ledger.seals import require_token
from ledger.stays import days_of_payment
from ledger.triggers import triggers_without

MoneyCommand = (
    cmd.HoldAdjustment
    | cmd.RecordRecovery
    | cmd.RecordMoney
    | cmd.FileClaim
    | cmd.DecideClaim
    | cmd.ReceiveReimbursement
    | cmd.PostSettlement
    | cmd.Correct
)


def decide_money(command: MoneyCommand, plan: Plan) -> tuple[ev.Event, ...]:
    """The events of a command about money that is not a claim payment."""
    match command:
        case cmd.HoldAdjustment():
            return _hold(command, plan)
        case cmd.RecordRecovery():
            return _recovery(command, plan)
        case cmd.RecordMoney():
            return _money(command, plan)
        case cmd.FileClaim():
            return _file(command, plan)
        case cmd.DecideClaim():
            return _decided(command, plan)
        case cmd.ReceiveReimbursement():
            return _reimbursed(command, plan)
        case cmd.PostSettlement():
            return _settle(command, plan)
        case cmd.Correct():
            return _correct(command, plan)


def require_open(plan: Plan, day: date, what: str) -> None:
    """Refuse a business date in a closed month."""
    if closed := plan.closed.get(month_of(day)):
        raise PeriodIsClosed(month_of(day), what, day, closed)


def _hold(command: cmd.HoldAdjustment, plan: Plan) -> tuple[ev.Event, ...]:
    require_open(plan, command.effective_on, "provider adjustment")
    require_token(plan, command.reference, command.payment_ref)
    return (
        *years_named(plan, plan.year_of(command.effective_on)),
        ev.ProviderAdjustmentHeld(
            register_id=command.register_id,
            reason=command.reason,
            reference=command.reference,
            amount=command.amount,
            effective_on=command.effective_on,
            payment_ref=command.payment_ref,
            source_line=command.source_line,
        ),
    )


def _recovery(command: cmd.RecordRecovery, plan: Plan) -> tuple[ev.Event, ...]:
    require_open(plan, command.received_on, "recovery")
    require_token(plan, command.claim_id)
    if command.recovery_id in plan.references:
        raise NotAllowed(
            "duplicate",
            f"Recovery {command.recovery_id} is already recorded.",
            "Give a new recovery its own id.",
        )
    if command.fee > command.gross:
        raise NotAllowed("fee", "The recovery fee is more than the recovery.", "Check both amounts.")
    if command.eligible is not None and not 0 <= command.eligible <= command.gross:
        raise NotAllowed(
            "eligible",
            f"Of recovery {command.recovery_id} {shown(command.eligible)} is said to be eligible, and "
            f"{shown(command.gross)} came in.",
            "The eligible part lies between zero and the gross; leave it out when all of it counts.",
        )
    return (
        *years_named(plan, plan.year_of(command.received_on)),
        ev.SubrogationRecovered(
            recovery_id=command.recovery_id,
            member=command.member,
            coverage=command.coverage,  # type: ignore[arg-type]
            incurred_on=command.incurred_on,
            paid_on=command.paid_on,
            received_on=command.received_on,
            gross=command.gross,
            fee=command.fee,
            claim_id=command.claim_id,
            eligible=command.eligible,
            **days_of_payment(plan, (), command.member, command.claim_id, command.incurred_on, command.paid_on),
        ),
    )


_WORDS = {
    "rebate": "rebate",
    "fee": "fee",
    "premium": "premium",
    "contribution": "contribution",
    "funding": "deposit",
}


def _money(command: cmd.RecordMoney, plan: Plan) -> tuple[ev.Event, ...]:
    word = _WORDS.get(command.kind)
    if word is None:
        raise NotAllowed("kind", f"{command.kind!r} is not a kind of money.", f"Use one of {', '.join(_WORDS)}.")
    require_open(plan, command.effective_on, word)
    if command.amount == 0 or (command.amount < 0 and command.kind not in ("fee", "premium")):
        raise NotAllowed("amount", f"A {word} needs an amount above zero.", "Correct the amount.")
    year = plan.year_of(command.effective_on) if command.year is None else command.year
    opened = years_named(plan, year)
    same = {
        "year": year, "amount": command.amount, "effective_on": command.effective_on, "reference": command.reference,
    }  # fmt: skip
    made: ev.MoneyEvent
    match command.kind:
        case "rebate":
            made = ev.RebateReceived.model_validate({**same, "program": command.detail})
        case "fee":
            made = ev.FeeCharged.model_validate({**same, "fee_type": command.detail or "administration"})
        case "premium":
            if command.detail not in plan.policies:
                raise NotAllowed(
                    "unknown-policy",
                    f"{command.detail!r} is not a bound policy of plan {plan.code}.",
                    f"Bound: {', '.join(plan.policies) or 'none'}.",
                )
            made = ev.StopLossPremiumBilled.model_validate({**same, "policy": command.detail})
        case "contribution":
            made = ev.ContributionReceived.model_validate({**same, "contributor": command.detail or "employee"})
        case _:
            made = ev.FundingReceived.model_validate({**same, "method": command.detail})
    before = plan.money.get(money_key(made)) if made.reference else None
    if before is not None:
        raise SameReference(word, made.reference, made.effective_on, before, command.amount)
    return (*opened, made)


def _file(command: cmd.FileClaim, plan: Plan) -> tuple[ev.Event, ...]:
    bound = plan.policies.get(command.policy)
    kind = "specific" if command.member else "aggregate"
    if bound is None or bound.coverage_kind != kind:
        raise NotAllowed(
            "unknown-policy",
            f"{command.policy!r} is not a bound {kind} policy of plan {plan.code}.",
            f"Bound: {', '.join(p.policy for p in plan.policies.values() if p.coverage_kind == kind) or 'none'}.",
        )
    if command.filing in plan.filings:
        raise NotAllowed("duplicate", f"Filing {command.filing} exists already.", "Give the filing its own reference.")
    if command.amount <= 0:
        raise NotAllowed("amount", "A filing needs an amount above zero.", "Correct the amount.")
    return (
        ev.StopLossClaimFiled(
            filing=command.filing,
            policy=command.policy,
            coverage_kind=bound.coverage_kind,
            member=command.member,
            amount=command.amount,
            filed_on=command.filed_on,
            reference=command.reference,
        ),
    )


def filing_named(plan: Plan, filing: str) -> Filing:
    """The filing of that name. Raises a refusal for one that nobody filed."""
    found = plan.filings.get(filing)
    if found is None:
        raise NotAllowed(
            "unknown-filing",
            f"{filing!r} is not a filing of plan {plan.code}.",
            f"Known: {', '.join(plan.filings) or 'none'}; file one with: claimfund stoploss file.",
        )
    return found


def _decided(command: cmd.DecideClaim, plan: Plan) -> tuple[ev.Event, ...]:
    filing = filing_named(plan, command.filing)
    if filing.approved is not None and not filing.appealed:
        raise NotAllowed(
            "decided",
            f"The carrier's decision on {command.filing} is already recorded.",
            "Record an appeal first with: claimfund stoploss appeal.",
        )
    if filing.approved is not None and not filing.approved <= command.approved <= filing.approved + filing.appealed:
        raise NotAllowed(
            "over-appeal",
            f"After an appeal the total approved on {command.filing} lies between what was approved before and that "
            "with the amount appealed.",
            "Give the total approved, before and after the appeal.",
        )
    if not 0 <= command.approved <= filing.filed:
        raise NotAllowed(
            "over-filing",
            f"The approved amount must lie between zero and what {command.filing} asked for.",
            "",
        )
    refused = sum(item.amount for item in command.disallowed)
    if command.disallowed and refused + command.approved != filing.filed:
        raise NotAllowed("disallowed", "Approved and disallowed amounts do not add up to the filing.", "Correct them.")
    decision: Literal["approved", "partial", "denied"]
    decision = "denied" if not command.approved else "approved" if command.approved == filing.filed else "partial"
    return (
        ev.StopLossClaimDecided(
            filing=command.filing,
            decision=decision,
            approved=command.approved,
            disallowed=command.disallowed,
            decided_on=command.decided_on,
        ),
    )


def _reimbursed(command: cmd.ReceiveReimbursement, plan: Plan) -> tuple[ev.Event, ...]:
    filing = filing_named(plan, command.filing)
    require_open(plan, command.received_on, "reimbursement")
    if command.amount <= 0:
        raise NotAllowed("amount", "A reimbursement needs an amount above zero.", "Correct the amount.")
    over = max(0, command.amount - max(0, filing.outstanding))
    if over and not command.allow_overpayment:
        raise OverFiling(command.filing, command.amount, filing.outstanding)
    year = plan.year_of(plan.policies[filing.policy].effective)
    return (
        *years_named(plan, year),
        ev.ReimbursementReceived(
            filing=command.filing,
            year=year,
            amount=command.amount,
            received_on=command.received_on,
            overpayment=over,
            bank_reference=command.bank_reference,
        ),
    )


def _settle(command: cmd.PostSettlement, plan: Plan) -> tuple[ev.Event, ...]:
    for day in {command.effective_on, *(item.effective_on for item in command.dispositions if _placed(item))}:
        require_open(plan, day, "settlement")
    earlier = plan.settlements.get(command.year, [])
    if any(posted.settlement == command.settlement for posted in earlier):
        raise NotAllowed("settled", f"Settlement {command.settlement} exists already.", "Use the next number.")
    if any(posted.settlement_kind == "final" for posted in earlier):
        raise NotAllowed(
            "settled",
            f"Plan year {command.year} is settled ({earlier[-1].settlement}); a settlement is never edited.",
            "Look at it with: claimfund settle show.",
        )
    placed = sum(item.signed for item in command.dispositions if _placed(item))
    if placed != command.amount - plan.disposed.get(command.year, 0):
        raise NotAllowed(
            "dispositions",
            "The dispositions of the settlement do not add up to it.",
            "Prepare the settlement again.",
        )
    declared: ev.Event
    if command.amount >= 0:
        declared = ev.SurplusDeclared(
            settlement=command.settlement,
            year=command.year,
            amount=command.amount,
            effective_on=command.effective_on,
        )
    else:
        declared = ev.DeficitDeclared(
            settlement=command.settlement,
            year=command.year,
            amount=-command.amount,
            effective_on=command.effective_on,
        )
    onward = [int(item.to_year) for item in command.dispositions if hasattr(item, "to_year")]
    posted = ev.SettlementPosted(
        settlement=command.settlement,
        year=command.year,
        settlement_kind="final" if command.final else "interim",
        as_of=command.as_of,
        known_at=command.known_at,
        lines=tuple(ev.SettlementLine(name=name, amount=amount) for name, amount in command.lines),
        amount=command.amount,
        supersedes=command.restates,
        reason=command.reason,
    )
    return (*years_named(plan, *onward), posted, declared, *command.dispositions)


def _placed(item: ev.Event) -> TypeGuard[ev.Disposition]:
    return isinstance(item, ev.Disposition)


def _own_day(event: ev.Event) -> date:
    """The business date of an event that can be taken back."""
    names = ("received_on", "returned_on", "effective_on")
    found: date = next(getattr(event, name) for name in names if hasattr(event, name))
    return found


def _correct(command: cmd.Correct, plan: Plan) -> tuple[ev.Event, ...]:
    wrong = plan.correctable.get(command.version)
    if wrong is None:
        raise NotAllowed(
            "not-correctable",
            "That event is not one that can be taken back whole.",
            "Void a payment with: claimfund claim void EVENT.LINE; revise a budget with: claimfund budget revise.",
        )
    if command.version in plan.corrected:
        raise NotAllowed("corrected", "That event was already taken back.", "Nothing to do.")
    if not command.reason.strip():
        raise NotAllowed("reason", "A correction needs a reason.", 'Add --reason "…".')
    require_open(plan, command.effective_on, "correction")
    if command.effective_on < (day := _own_day(wrong)):
        raise NotAllowed(
            "dates",
            f"What is taken back is of {day}; a correction dated {command.effective_on} would come before it.",
            "Date the correction on that day or later.",
        )
    if isinstance(wrong, ev.ReimbursementReceived) and plan.filings[wrong.filing].received < wrong.amount:
        raise NotAllowed(
            "returned",
            f"A part of the receipt on {wrong.filing} went back to the carrier.",
            "Take the return back first.",
        )
    posted = ev.CorrectionPosted(
        corrects_version=command.version,
        corrects_kind=wrong.kind,
        effective_on=command.effective_on,
        reason=command.reason,
    )
    if not isinstance(wrong, ev.SubrogationRecovered):
        return (posted,)
    return (posted, *triggers_without(plan, command.version, command.effective_on, plan.version + 1))
