"""Deciding about stop-loss policies: which can stand beside each other, their factors and lasers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ledger import commands as cmd
from ledger import events as ev
from ledger.money import rate, shown
from ledger.plan import Plan
from ledger.policies import AggregatePolicy, SpecificPolicy, common_days, may_share, policy_window
from ledger.rules import NotAllowed
from ledger.terms import window


def bind(command: cmd.BindPolicy, plan: Plan) -> tuple[ev.Event, ...]:
    """A policy put in force beside those there are."""
    if command.policy in plan.policies:
        raise NotAllowed(
            "policy-exists",
            f"Policy {command.policy} is already bound.",
            "Give the renewal its own policy code.",
        )
    kind: Literal["specific", "aggregate"] = "specific" if command.specific is not None else "aggregate"
    terms = command.specific or command.aggregate
    assert terms is not None
    window(terms.contract_basis, command.effective, command.expires)
    if command.expires is not None and command.expires < command.effective:
        raise NotAllowed(
            "policy-dates",
            f"Policy {command.policy} expires on {command.expires}, before it begins on {command.effective}.",
            "Correct one of the two dates (expires, effective); both are included.",
        )
    for other in plan.policies.values():
        if other.coverage_kind == kind and (problem := clash(command, other)):
            raise problem
    if problem := mixed_units([*plan.policies.values(), command]):
        raise problem
    return (
        ev.StopLossPolicyBound(
            policy=command.policy,
            carrier=command.carrier,
            coverage_kind=kind,
            effective=command.effective,
            expires=command.expires,
            specific=command.specific,
            aggregate=command.aggregate,
        ),
    )


def clash(command: cmd.BindPolicy, other: ev.StopLossPolicyBound | cmd.BindPolicy) -> NotAllowed | None:
    """Why two policies of one kind cannot both be in force as they are (INV-20)."""
    if other.effective == command.effective:
        return NotAllowed(
            "policy-overlap",
            f"Policy {other.policy} begins on {command.effective} too, as {command.policy} does.",
            "Two policies of one kind need different effective dates.",
        )
    terms, theirs = command.specific or command.aggregate, other.specific or other.aggregate
    assert terms is not None and theirs is not None
    mine, held = _as_policy(command), _as_policy(other)
    if not may_share(mine, held) or terms.overlap is not None or not set(terms.covered) & set(theirs.covered):
        return None
    remedy = (
        'Say overlap = "incurred-period" under [stop_loss]: such a claim counts in the policy year in which it was '
        "incurred, else in the earlier one."
    )
    shared = common_days(policy_window(mine), policy_window(held))
    if shared is None:
        return NotAllowed(
            "policy-overlap",
            f"Policies {other.policy} and {command.policy} date stays, reissues or voids by different rules, so that "
            "both can hold the same claim, and nothing says where it counts.",
            remedy,
        )
    return NotAllowed(
        "policy-overlap",
        f"Policies {other.policy} and {command.policy} both hold claims incurred {shared.incurred_from} to "
        f"{shared.incurred_to} and paid {shared.paid_from} to {shared.paid_to}, and nothing says where these count.",
        remedy,
    )


def mixed_units(bound: Sequence[ev.StopLossPolicyBound | cmd.BindPolicy]) -> NotAllowed | None:
    """Why an aggregate cannot stand beside specifics of different units, unless the one in force limits everything.

    With another limit per person each specific takes off what is above its own deductible, and one person's lines under
    a policy by member and a policy by family add up to no person's (domain 5.4 names one).
    """
    policies = [_as_policy(each) for each in bound]
    specifics = [each for each in policies if isinstance(each, SpecificPolicy)]
    for own in policies:
        if not isinstance(own, AggregatePolicy) or own.terms.per_person_limit == "specific":
            continue
        beside = [each for each in specifics if may_share(each, own)]
        by_person = [each.policy for each in beside if each.terms.unit == "person"]
        by_family = [each.policy for each in beside if each.terms.unit != "person"]
        if by_person and by_family:
            return NotAllowed(
                "mixed-units",
                f"Aggregate {own.policy} limits each person by itself, beside {by_person[0]} by person and "
                f"{by_family[0]} by family: what one person brings is not defined.",
                'Give both specifics one unit, or write per_person_limit = "specific" for the aggregate.',
            )
    return None


def _as_policy(bound: ev.StopLossPolicyBound | cmd.BindPolicy) -> SpecificPolicy | AggregatePolicy:
    if bound.specific is not None:
        return SpecificPolicy(bound.policy, bound.effective, bound.expires, bound.specific)
    assert bound.aggregate is not None
    return AggregatePolicy(bound.policy, bound.effective, bound.expires, bound.aggregate)


def policy_named(plan: Plan, policy: str, kind: str) -> ev.StopLossPolicyBound:
    """The bound policy of a kind, or a refusal that names those that are bound."""
    found = plan.policies.get(policy)
    if found is None or found.coverage_kind != kind:
        known = ", ".join(p.policy for p in plan.policies.values() if p.coverage_kind == kind) or "none"
        raise NotAllowed(
            "unknown-policy",
            f"{policy!r} is not a bound {kind} policy of plan {plan.code}.",
            f"Bound: {known}.",
        )
    return found


def set_factor(command: cmd.SetFactor, plan: Plan) -> tuple[ev.Event, ...]:
    """The factor of a tier from a month on."""
    policy_named(plan, command.policy, "aggregate")
    assert plan.registered is not None
    if command.tier not in plan.registered.tiers:
        raise NotAllowed(
            "unknown-tier",
            f"Tier {command.tier!r} is not a tier of plan {plan.code}.",
            "Use the plan's tiers.",
        )
    if rate(command.factor) < 0:
        raise NotAllowed("factor", f"A factor of {command.factor} is negative.", "Give a monthly amount per unit.")
    return (
        ev.AggregateFactorSet(
            policy=command.policy,
            tier=command.tier,
            coverage=command.coverage,  # type: ignore[arg-type]
            factor=command.factor,
            from_month=command.from_month,
        ),
    )


def set_laser(command: cmd.SetLaser, plan: Plan) -> tuple[ev.Event, ...]:
    """A laser on a member."""
    bound = policy_named(plan, command.policy, "specific")
    assert bound.specific is not None
    laser = command.laser
    if laser.deductible is not None and laser.deductible < bound.specific.deductible and not laser.lower:
        raise NotAllowed(
            "laser-below",
            f"The laser of {laser.member} at {shown(laser.deductible)} is below the policy's specific deductible of "
            f"{shown(bound.specific.deductible)}.",
            "A laser raises the deductible: correct the amount, or say that it is meant with --lower (lower = true in "
            "plan.toml).",
        )
    if laser.from_date is not None and laser.to_date is not None and laser.to_date < laser.from_date:
        raise NotAllowed(
            "laser-dates",
            f"The laser of {laser.member} ends on {laser.to_date}, before it begins on {laser.from_date}.",
            "Both dates are included; correct one of them.",
        )
    return (ev.LaserSet(policy=command.policy, laser=laser),)


def remove_laser(command: cmd.RemoveLaser, plan: Plan) -> tuple[ev.Event, ...]:
    """The end of the lasers on a member."""
    policy_named(plan, command.policy, "specific")
    held = plan.lasers.get(command.policy, [])
    own = [laser for laser in held if laser.member == command.member]
    if not any(laser.to_date is None or laser.to_date >= command.from_date for laser in own):
        ends = max((laser.to_date for laser in own if laser.to_date is not None), default=None)
        raise NotAllowed(
            "no-laser",
            f"There is no laser on {command.member} under {command.policy} from {command.from_date} on"
            + (f"; the last one ends on {ends}." if ends else "."),
            f"Members with a laser: {', '.join(sorted({laser.member for laser in held})) or 'none'}; "
            "see: claimfund stoploss policy.",
        )
    if not command.reason.strip():
        raise NotAllowed("reason", "Taking a laser off needs a reason.", 'Add --reason "…".')
    return (
        ev.LaserRemoved(
            policy=command.policy, member=command.member, from_date=command.from_date, reason=command.reason
        ),
    )
