"""Every figure worked out twice from the first event: from the open store, and from a fresh reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from claimfund.errors import Refused, Rejected
from claimfund.figures import figures
from claimfund.options import begun_plan
from claimfund.session import Session


def begun_plans(session: Session, until: date | None, reached: int | None) -> tuple[str, ...]:
    """The plan worked with, or all of which something was recorded and a year begun; refused when there is none."""
    from projections.history import History

    plans = session.ledger.plans()
    if session.default_plan or not plans:
        plans = (session.plan,)
        begun_plan(session.history(reached), until)
        return plans
    histories = {plan: History(session.ledger.history(plan, reached)) for plan in plans}
    known = {plan: history for plan, history in histories.items() if history.facts.plan is not None}
    if not known:
        raise Refused("nothing was recorded by then.", "Ask for a later moment, or see: claimfund events")
    begun = [
        plan for plan, history in known.items()
        if until is None or any(history.year_span(year)[0] <= until for year in history.facts.years)
    ]  # fmt: skip
    if not begun:
        raise Refused(f"no plan year of {', '.join(known)} had begun on {until}.", "Ask as of a later date.")
    return tuple(begun)


def all_figures(
    session: Session, plans: Sequence[str], until: date | None = None, reached: int | None = None, *,
    heard: bool = False,
) -> dict[str, str]:  # fmt: skip
    """The figures of every plan year begun by a date, as flat texts, of several plans with the plan before each.

    ``heard`` tells of each year on stderr.
    """
    if len(plans) == 1:
        return _figures_of(session, plans[0], until, reached, heard)
    return {
        f"{plan}:{name}": text
        for plan in plans
        for name, text in _figures_of(session, plan, until, reached, heard).items()
    }


def _figures_of(session: Session, plan: str, until: date | None, reached: int | None, heard: bool) -> dict[str, str]:
    from ledger.refusals import Refusal
    from projections.history import History
    from projections.position import position

    history = History(session.reading.history(plan, reached, whole=True))
    found: dict[str, str] = {}
    for year in sorted(history.facts.years):
        as_of = until or history.year_span(year)[1]
        if as_of < history.year_span(year)[0]:
            continue
        if heard:
            click.echo(f"Replaying plan {plan}, {len(history.records):,} events: plan year {year}", err=True)
        try:
            data = figures(position(history, year, as_of))
        except Refusal as problem:
            found[f"{year}"] = str(problem)
            continue
        months = data.pop("months")
        _flatten(f"{year}", data, found)
        for month in months:
            _flatten(f"{year}.{month['month']}", month, found)
    return found


def rebuilt(session: Session, target: Path, reached: int | None) -> Session:
    """A new ledger file made from the log of this one, each line checked as it is written, up to a signed state.

    Raises ``Refused`` when the event is not one that a signature covers the end of.
    """
    from claimfund.evidence.exporting import log_lines
    from claimfund.evidence.importing_log import checked_parts
    from ledger.checkpoint import VerifyingKey
    from ledger.stores.restoring import restore
    from ledger.stores.verification import Signed

    if target.exists():
        raise Rejected(f"{target} exists.", "Name a new file; nothing is overwritten.")
    size = session.head.size if reached is None else reached
    ends = [head.size for head in session.store.checkpoints()]
    if size not in ends:
        before = max((end for end in ends if end < size), default=0)
        after = min(end for end in ends if end > size)
        raise Refused(f"event {size:,} lies inside what was recorded and signed together.",
                      f"A signed copy can end at event {before:,} or {after:,}.")  # fmt: skip
    store = session.store
    assert isinstance(store, Signed)
    vkey = str(store.verifying_key)
    lines = (line.encode("ascii") for line in log_lines(session.store, vkey, size))
    restore(str(target), VerifyingKey.from_text(vkey), checked_parts(lines, vkey))
    return Session(str(target), session.plan_code, session.actor_name, session.clock)


def _flatten(prefix: str, data: dict[str, object], found: dict[str, str]) -> None:
    for name, value in data.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}.{name}", value, found)
        else:
            found[f"{prefix}.{name}"] = str(value)


def differences(
    session: Session, plans: Sequence[str], until: date | None = None, reached: int | None = None, *,
    other: Session | None = None,
) -> tuple[int, list[str]]:  # fmt: skip
    """How many figures were compared, and those that differ from those of another ledger, or of a fresh reading."""
    first = all_figures(session, plans, until, reached, heard=not session.quiet)
    again = other or session.again()
    try:
        second = all_figures(again, plans, until, reached)
    finally:
        again.close()
    names = sorted(first.keys() | second.keys())
    wrong = [
        f"{name}: {first.get(name)} and {second.get(name)}" for name in names if first.get(name) != second.get(name)
    ]
    return len(names), wrong
