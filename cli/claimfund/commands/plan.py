"""``claimfund plan``: the plan document, and the plan as it is recorded."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimfund.errors import Refused, Rejected
from claimfund.options import CUTOFF, FILE, known_position, pass_session, reading
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from ledger.intake.plan_document import PlanDocument


@click.group("plan")
def command() -> None:
    """Write, check or show the plan document."""


@command.command("template")
@click.option("-o", "--output", "out", type=FILE, help="Write to a file instead of the screen.")
def template(out: Path | None) -> None:
    """Print a plan document with every key explained."""
    from ledger.intake.plan_template import TEMPLATE

    if out is None:
        click.echo(TEMPLATE, nl=False)
    else:
        write_template(out)


@command.command("check", epilog="\b\nExample:\n  claimfund plan check plan.toml")
@click.argument("document", type=FILE)
@click.option("--year", type=click.IntRange(1900, 2200), metavar="YEAR", help="The plan year it would open.")
@pass_session
def check(session: Session, document: Path, year: int | None) -> None:
    """Report everything that is wrong with a plan document."""
    read = checked(session, document, year)
    click.echo(f"{document} is fine: plan {read.code}, plan year {read.year}, {len(read.commands)} things to record.")


@command.command("show", epilog="\b\nExample:\n  claimfund plan show --as-of 2025-06-30 --known-at 18196")
@click.option("--as-of", type=CUTOFF, help="The terms that had begun by then; default: all.")
@reading
@pass_session
def show(
    session: Session, as_of: date | None, known_at: str | None, form: str | None, as_json: bool, out: Path | None
) -> None:
    """Show the plan's recorded terms."""
    from claimfund.recording import state

    reached = known_position(session, known_at)
    plan = state(session, reached)
    assert plan.registered is not None
    until = as_of or date.max
    first = min((year.starts_on for year in plan.years.values()), default=date.min)
    if until < first:
        raise Refused(f"no plan year had begun on {until}.", f"The first begins on {first}; ask from then on.")
    begun = {name for name, policy in plan.policies.items() if policy.effective <= until}
    data: dict[str, Any] = {
        "registered": plan.registered.model_dump(mode="json"),
        "arrangements": [
            {"from": day.isoformat(), "terms": _as_text(terms.model_dump(mode="json"))}
            for day, terms in plan.arrangements if day <= until
        ],
        "years": [_as_text(year.model_dump(mode="json")) for year in plan.years.values()
                  if year.starts_on <= until],
        "policies": [_as_text(plan.policies[name].model_dump(mode="json")) for name in plan.policies if name in begun],
        "lasers": [
            {"policy": policy, **_as_text(laser.model_dump(mode="json"))}
            for policy, lasers in plan.lasers.items() if policy in begun for laser in lasers
            if (laser.from_date or until) <= until
        ],
        "factors": [
            {"policy": policy, "tier": f.tier, "coverage": f.coverage, "factor": f.factor, "from_month": f.from_month}
            for policy, factors in plan.factors.items() if policy in begun for f in factors
            if f.from_month <= until.isoformat()[:7]
        ],
    }  # fmt: skip
    table = Table((("Key", "text"), ("Value", "text")), [list(pair) for pair in _flat("", data)])
    rows = [{"key": key, "value": value} for key, value in _flat("", data)]
    stamped = stamp(session, as_of, reached)
    headers = [f"{plan.registered.name} · plan {plan.code}", second_line(stamped)]
    report = Report("plan", "plan show", stamped, data, headers, [table], (), rows)
    emit(session, report, form=form, as_json=as_json, out=out)


_AMOUNTS = frozenset((
    "opening", "deductible", "annual_maximum", "lifetime_maximum", "aggregating_deductible", "run_in_limit_person",
    "run_in_limit_total", "minimum_attachment", "monthly_minimum", "maximum", "accommodation_minimum_advance",
    "claims_fluctuation_reserve", "administration_pepm", "per_person_limit",
))  # fmt: skip


def _as_text(values: dict[str, Any]) -> dict[str, Any]:
    """Amounts as text with two decimals."""
    from ledger.money import money

    made: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            made[name] = _as_text(value)
        elif name in _AMOUNTS and isinstance(value, int):
            made[name] = money(value)
        else:
            made[name] = value
    return made


def _flat(prefix: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flat(f"{prefix}.{key}".lstrip("."), inner)]
    if isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        return [pair for n, inner in enumerate(value, 1) for pair in _flat(f"{prefix}.{n}", inner)]
    if value is None or value == [] or value == "":
        return []
    return [(prefix, ", ".join(map(str, value)) if isinstance(value, list) else str(value))]


def checked(session: Session, document: Path, year: int | None) -> PlanDocument:
    """The plan document, or every problem it has."""
    from ledger.intake.plan_document import read_plan_toml

    read = read_plan_toml(document, year=year, today=session.today)
    fatal = [problem for problem in read.problems if problem.severity == "fatal"]
    for problem in read.problems:
        if problem.severity == "warning":
            click.echo(f"Note: line {problem.number}  {problem.where} {problem.sentence}.", err=True)
    if fatal:
        if not fatal[0].column:
            raise Rejected(f"{document}: {fatal[0].sentence}", "Write one with: claimfund init --template")
        width = max(len(problem.where) for problem in fatal)
        lines = [f"line {problem.number:<4} {problem.where.ljust(width)}   {problem.sentence}" for problem in fatal]
        count = f"{len(fatal)} problem{'s' if len(fatal) > 1 else ''}"
        raise Rejected(f"{document} has {count}.", details=lines)
    return read


def write_template(path: Path) -> None:
    """Write the template; never over something that is there."""
    from ledger.intake.plan_template import TEMPLATE

    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(TEMPLATE)
    except FileExistsError:
        raise Rejected(f"{path} exists already.", "Move it away, or name another file.") from None
    click.echo(f"Wrote {path}. Edit it, then run: claimfund init {path}")
