"""Deciding about the plan itself: its registration, years, budget, enrollment, policies and closed months."""

from __future__ import annotations

from datetime import timedelta

from ledger import commands as cmd
from ledger import events as ev
from ledger.aggregate import tiers_without_factor
from ledger.calendar import add_months, month_end, month_of, month_start
from ledger.decide_policies import bind, remove_laser, set_factor, set_laser
from ledger.plan import Plan
from ledger.rules import NotAllowed, PeriodIsClosed, PlanExists

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
            return bind(command, plan)
        case cmd.SetFactor():
            return set_factor(command, plan)
        case cmd.SetLaser():
            return set_laser(command, plan)
        case cmd.RemoveLaser():
            return remove_laser(command, plan)
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
