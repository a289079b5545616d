"""Deciding about the plan itself: its registration, years, budget, enrollment, policies and closed months."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from ledger import commands as cmd
from ledger import events as ev
from ledger.aggregate import tiers_without_factor
from ledger.calendar import add_months, month_end, month_of, month_start
from ledger.money import rate, shown
from ledger.plan import Plan
from ledger.rules import NotAllowed, PeriodIsClosed, PlanExists
from ledger.stop_loss import AggregatePolicy, SpecificPolicy, common_days, policy_window
from ledger.terms import Window, window

TermsCommand = (
    cmd.RegisterPlan
    | cmd.SetArrangement
    | cmd.OpenYear
    | cmd.SetBudget
    | cmd.ReviseBudget
    | cmd.RecordEnrollment
    | cmd.BindPolicy
    | cmd.SetFactor
    | cmd.SetLaser
    | cmd.RemoveLaser
    | cmd.ClosePeriod
    | cmd.ReopenPeriod
)


def decide_terms(command: TermsCommand, plan: Plan) -> tuple[ev.Event, ...]:
    """The events of a command about terms."""
    match command:
        case cmd.RegisterPlan():
            return _register(command, plan)
        case cmd.SetArrangement():
            return (ev.FundingArrangementSet(from_date=command.from_date, terms=command.terms),)
        case cmd.OpenYear():
            return _open(command, plan)
        case cmd.SetBudget() | cmd.ReviseBudget():
            return _budget(command, plan)
        case cmd.RecordEnrollment():
            return _enrollment(command, plan)
        case cmd.BindPolicy():
            return _bind(command, plan)
        case cmd.SetFactor():
            return _factor(command, plan)
        case cmd.SetLaser():
            return _laser(command, plan)
        case cmd.RemoveLaser():
            return _remove_laser(command, plan)
        case cmd.ClosePeriod():
            return _close(command, plan)
        case cmd.ReopenPeriod():
            return _reopen(command, plan)


def years_named(plan: Plan, *years: int) -> tuple[ev.Event, ...]:
    """Openings of these plan years where they are not open yet."""
    wanted = sorted(set(years) - set(plan.years))
    known = set(plan.years)
    for year in wanted:
        if known and not {year - 1, year + 1} & known:
            raise NotAllowed(
                "year-not-open",
                f"Plan year {year} is not open and does not adjoin one that is "
                f"({', '.join(str(y) for y in sorted(plan.years))}).",
                "Check the date; to open the year on purpose, set its budget or open the years between.",
            )
        known.add(year)
    return tuple(_year(plan, year) for year in wanted)


def _year(plan: Plan, year: int, opening: int = 0) -> ev.PlanYearOpened:
    starts = plan.year_starts(year)
    return ev.PlanYearOpened(
        year=year, starts_on=starts, ends_on=add_months(starts, 12) - timedelta(days=1), opening=opening
    )


def _register(command: cmd.RegisterPlan, plan: Plan) -> tuple[ev.Event, ...]:
    if plan.registered is not None:
        raise PlanExists(plan.code)
    return (
        ev.PlanRegistered(
            code=command.code,
            name=command.name,
            sponsor=command.sponsor,
            administrator=command.administrator,
            currency=command.currency,
            jurisdiction=command.jurisdiction,
            year_start_month=command.year_start_month,
            year_start_day=command.year_start_day,
            tiers=command.tiers,
        ),
    )


def _open(command: cmd.OpenYear, plan: Plan) -> tuple[ev.Event, ...]:
    if command.year in plan.years:
        raise NotAllowed("year-open", f"Plan year {command.year} is already open.", "Use it as it is.")
    opened = _year(plan, command.year, command.opening)
    if command.opening and (closed := plan.closed.get(month_of(opened.starts_on))):
        raise PeriodIsClosed(month_of(opened.starts_on), "balance brought forward", opened.starts_on, closed)
    return (opened,)


def _budget(command: cmd.SetBudget | cmd.ReviseBudget, plan: Plan) -> tuple[ev.Event, ...]:
    starts = plan.year_starts(command.year)
    ends = add_months(starts, 12) - timedelta(days=1)
    earlier = plan.budgets.get(command.year)
    months = command.months
    if isinstance(command, cmd.ReviseBudget) and earlier is not None:
        merged = {month.month: month for month in (*earlier[1].months, *command.months)}
        months = tuple(merged[name] for name in sorted(merged))
    seen: set[str] = set()
    for month in command.months:
        if month.month in seen or not starts <= month_end(month.month) or month_start(month.month) > ends:
            raise NotAllowed(
                "budget-month",
                f"The budget of {command.year} names {month.month} twice or outside {starts} to {ends}.",
                "Give each month of the plan year once.",
            )
        seen.add(month.month)
    total = sum(month.amount for month in months)
    opened = years_named(plan, command.year)
    if isinstance(command, cmd.SetBudget):
        if earlier is not None:
            raise NotAllowed(
                "budget-set",
                f"Plan year {command.year} has a budget already.",
                f"Revise it with a reason: claimfund budget revise --year {command.year} --reason …",
            )
        basis = command.basis if command.basis in ("annual", "monthly", "rates") else "annual"
        return (
            *opened,
            ev.BudgetSet(
                year=command.year,
                basis=basis,  # type: ignore[arg-type]
                months=command.months,
                total=total,
                note=command.note,
            ),
        )
    if earlier is None:
        raise NotAllowed(
            "budget-missing",
            f"Plan year {command.year} has no budget to revise.",
            "Set it with: claimfund budget set.",
        )
    return (
        ev.BudgetRevised(
            year=command.year,
            basis=earlier[1].basis,
            months=months,
            total=total,
            replaces_version=earlier[0],
            reason=command.reason,
        ),
    )


def _enrollment(command: cmd.RecordEnrollment, plan: Plan) -> tuple[ev.Event, ...]:
    assert plan.registered is not None
    strangers = [tier for tier, _ in command.counts if tier not in plan.registered.tiers]
    if strangers:
        raise NotAllowed(
            "unknown-tier",
            f"Tier {strangers[0]!r} is not a tier of plan {plan.code} ({', '.join(plan.registered.tiers)}).",
            "Use the plan's tiers, or name it in plan.toml before the plan is created.",
        )
    if len({tier for tier, _ in command.counts}) != len(command.counts):
        raise NotAllowed("tier-twice", f"A tier is named twice for {command.month}.", "Give each tier once.")
    for policy in plan.aggregate_policies():
        if missing := tiers_without_factor(policy, command.month, dict(command.counts)):
            lives = ", ".join(f"{tier} ({dict(command.counts)[tier]})" for tier in missing)
            raise NotAllowed(
                "missing-factor",
                f"Policy {policy.policy} has no aggregate factor in {command.month} for tiers with lives: {lives}.",
                f"Set it first: claimfund stoploss factor {missing[0]} --amount … --from {command.month} --policy "
                f"{policy.policy}; or correct the enrollment.",
            )
    return (
        ev.EnrollmentRecorded(
            month=command.month,
            counts=tuple(ev.TierLives(tier=tier, lives=lives) for tier, lives in command.counts),
            correction=command.month in plan.enrollment,
        ),
    )


def _bind(command: cmd.BindPolicy, plan: Plan) -> tuple[ev.Event, ...]:
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
    shared = common_days(_window(command), _window(other))
    if shared is None or terms.overlap is not None or not set(terms.covered) & set(theirs.covered):
        return None
    return NotAllowed(
        "policy-overlap",
        f"Policies {other.policy} and {command.policy} both hold claims incurred {shared.incurred_from} to "
        f"{shared.incurred_to} and paid {shared.paid_from} to {shared.paid_to}, and nothing says where these count.",
        'Say overlap = "incurred-period" under [stop_loss]: such a claim counts in the policy year in which it was '
        "incurred, else in the earlier one.",
    )


def _window(bound: ev.StopLossPolicyBound | cmd.BindPolicy) -> Window:
    if bound.specific is not None:
        return policy_window(SpecificPolicy(bound.policy, bound.effective, bound.expires, bound.specific))
    assert bound.aggregate is not None
    return policy_window(AggregatePolicy(bound.policy, bound.effective, bound.expires, bound.aggregate))


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


def _factor(command: cmd.SetFactor, plan: Plan) -> tuple[ev.Event, ...]:
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


def _laser(command: cmd.SetLaser, plan: Plan) -> tuple[ev.Event, ...]:
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


def _remove_laser(command: cmd.RemoveLaser, plan: Plan) -> tuple[ev.Event, ...]:
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


def _close(command: cmd.ClosePeriod, plan: Plan) -> tuple[ev.Event, ...]:
    month_start(command.month)
    if command.month in plan.closed:
        closed = plan.closed[command.month]
        raise NotAllowed(
            "closed-period",
            f"{command.month} is already closed (event {closed.position}, {closed.actor}).",
            "Nothing to do.",
        )
    years_named(plan, plan.year_of(month_start(command.month)))  # A month of no plan year is a slip.
    return (ev.PeriodClosed(month=command.month),)


def _reopen(command: cmd.ReopenPeriod, plan: Plan) -> tuple[ev.Event, ...]:
    month_start(command.month)
    if command.month not in plan.closed:
        raise NotAllowed(
            "open-period", f"{command.month} is not closed.", "Record in it as it is; see: claimfund status"
        )
    if not command.reason.strip():
        raise NotAllowed("reason", "A reopening needs a reason; it is listed as an exception.", 'Add --reason "…".')
    return (ev.PeriodReopened(month=command.month, reason=command.reason),)
