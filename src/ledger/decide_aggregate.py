"""Deciding about the end of an aggregate policy: its final figures, and accommodation before and after them."""

from __future__ import annotations

from datetime import date

from ledger import commands as cmd
from ledger import events as ev
from ledger.aggregate import AggregatePosition
from ledger.calendar import day_number, month_of
from ledger.decide_policies import policy_named
from ledger.decide_terms import years_named
from ledger.lines import Lines
from ledger.money import money, shown
from ledger.plan import Plan
from ledger.policies import aggregate_window
from ledger.recoveries import with_recoveries
from ledger.rules import NotAllowed
from ledger.stop_loss import AggregatePolicy, Specifics, aggregate_position, own_pages, year_end
from ledger.terms import UNLIMITED_FUTURE


def final_position(plan: Plan, policy: AggregatePolicy, on: date) -> AggregatePosition:
    """The plan against a policy with all that was booked by a day. Raises ``MissingFactor``."""
    policies = plan.aggregate_policies()
    year = plan.year_of(policy.effective)
    pages = with_recoveries(
        [_booked(page.lines, on) for page in plan.pages],
        [event for event in plan.recoveries.values() if event.received_on <= on],
    )
    specifics = plan.specific_policies()
    of_year = tuple(each for each in specifics if plan.year_of(each.effective) == year)
    place = next(at for at, each in enumerate(policies) if each.policy == policy.policy)
    return aggregate_position(
        policy,
        own_pages(policies, pages)[place],
        enrollment=plan.enrollment,
        budget=plan.budget_by_month(),
        specifics=Specifics(of_year, specifics, pages),
        rebates=plan.rebates_of(year, on),
        as_of=on,
    )


def _booked(page: Lines, on: date) -> Lines:
    kept = page["booked_on"] <= day_number(on)
    return page if kept.all() else page.take(kept)


def finalize(command: cmd.FinalizeAggregate, plan: Plan) -> tuple[ev.Event, ...]:
    """The final figures of an aggregate policy, worked out now from what is recorded (domain 5.4, INV-24)."""
    policy_named(plan, command.policy, "aggregate")
    policy = next(each for each in plan.aggregate_policies() if each.policy == command.policy)
    _require_over(policy, command.finalized_on)
    if not command.audit_ref.strip():
        raise NotAllowed("audit", "A final aggregate names the audit of its paid claims.", "Add --audit-ref.")
    before = plan.finalized.get(command.policy)
    if before is not None and not command.reason.strip():
        raise NotAllowed(
            "finalized",
            f"{command.policy} was finalised on {before.finalized_on} (audit {before.audit_ref}).",
            'To finalise it again, say why with --reason "…".',
        )
    found = final_position(plan, policy, command.finalized_on)
    if found.missing_months:
        what = "budget" if policy.terms.attachment is not None and not policy.factors else "enrollment"
        raise NotAllowed(
            "missing-months",
            f"The attachment point of {command.policy} is too low: no {what} is recorded for "
            f"{', '.join(found.missing_months)}.",
            f"Record it with: claimfund {'budget set' if what == 'budget' else 'enroll set'}.",
        )
    _require_true(plan, policy, found, command.finalized_on)
    return (
        *years_named(plan, plan.year_of(policy.effective)),
        ev.AggregateFinalized(
            policy=command.policy,
            attachment_point=found.attachment_point,
            eligible=found.eligible,
            rebates=found.rebates,
            reimbursable=found.reimbursable,
            audit_ref=command.audit_ref,
            finalized_on=command.finalized_on,
            computed_through_version=plan.version,
            reason=command.reason,
        ),
    )


def _require_over(policy: AggregatePolicy, on: date) -> None:
    ends = year_end(policy.effective, policy.expires)
    paid_to = aggregate_window(policy).paid_to
    last = ends if paid_to >= UNLIMITED_FUTURE else max(ends, paid_to)
    if on <= last:
        raise NotAllowed(
            "not-over",
            f"{policy.policy} cannot be final on {on}: its year ends on {ends}, and claims paid to {last} count.",
            f"Finalise it from the day after {last} on.",
        )


def true_up(plan: Plan, policy: str, found: AggregatePosition) -> int:
    """What still has to move of the accommodation so that it is the benefit: positive is due from the carrier.

    What the carrier paid on filings for the aggregate is a part of the benefit too.
    """
    paid = sum(filing.received for filing in plan.filings.values() if filing.policy == policy)
    return found.reimbursable - paid - plan.accommodated.get(policy, 0)


def _require_true(plan: Plan, policy: AggregatePolicy, found: AggregatePosition, on: date) -> None:
    """Advances less repayments are the benefit of a policy with accommodation (INV-24)."""
    lent = plan.accommodated.get(policy.policy)
    left = true_up(plan, policy.policy, found)
    if (lent is None and not policy.terms.accommodation) or not left:
        return
    raise NotAllowed(
        "true-up",
        f"The benefit of {policy.policy} is {shown(found.reimbursable)} and {shown(lent or 0)} of accommodation is "
        f"outstanding: {_move(left)} is missing.",
        f"Record it first: claimfund stoploss accommodate --policy {policy.policy} --month "
        f"{month_of(year_end(policy.effective, policy.expires))} --amount {money(abs(left))}"
        f"{'' if left > 0 else ' --repaid'} --date {on}",
    )


def _move(left: int) -> str:
    return f"{'an advance' if left > 0 else 'a repayment'} of {shown(abs(left))}"


def require_movable(command: cmd.Accommodate, plan: Plan) -> None:
    """After a policy is final, only the true-up that later payments made due moves its accommodation."""
    before = plan.finalized.get(command.policy)
    if before is None:
        return
    policy = next(each for each in plan.aggregate_policies() if each.policy == command.policy)
    left = true_up(plan, command.policy, final_position(plan, policy, command.effective_on))
    if left and left == (-command.amount if command.repaid else command.amount):
        return
    allowed = (
        f"Later payments left {_move(left)} on {command.effective_on}; record that, then finalise again with a reason."
        if left
        else "Nothing is left to move."
    )
    raise NotAllowed(
        "finalized",
        f"{command.policy} was finalised on {before.finalized_on} (audit {before.audit_ref}); its accommodation does "
        "not move any more.",
        allowed,
    )
