"""Every figure worked out twice from the first event: from the open store, and from a fresh reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimfund.errors import Refused, Rejected
from claimfund.figures import figures
from claimfund.options import begun_plan
from claimfund.session import Session

if TYPE_CHECKING:
    from projections.history import History
    from projections.invariants import Checked
    from projections.position import PositionView

FEW = 20
"""Plans of which each is told as it is replayed."""


def begun_plans(session: Session, until: date | None, reached: int | None) -> tuple[str, ...]:
    """The plan worked with, or all of which something was recorded and a year begun; refused when there is none."""
    from projections.history import History

    plans = session.reading.plans()
    if session.default_plan or not plans:
        plans = (session.plan,)
        begun_plan(session.history(reached), until)
        return plans
    known = [p for p in plans if reached is None or next(session.store.read(p, until=reached), None) is not None]
    if not known:
        raise Refused("nothing was recorded by then.", "Ask for a later moment, or see: claimfund events")
    if until is None:
        return tuple(known)
    begun = [plan for plan in known if _begun(History(session.reading.history(plan, reached)), until)]
    if not begun:
        raise Refused(f"no plan year of {', '.join(known)} had begun on {until}.", "Ask as of a later date.")
    return tuple(begun)


def _begun(history: History, until: date) -> bool:
    return any(history.year_span(year)[0] <= until for year in history.facts.years)


@dataclass(frozen=True)
class Replayed:
    """A plan worked out twice: how many figures, those that differ, what to tell; all of them as flat texts, and
    invariants, if asked for.
    """

    plan: str
    count: int
    wrong: tuple[str, ...]
    said: tuple[str, ...]
    figures: Mapping[str, str]
    held: tuple[Checked, ...] = ()


@contextmanager
def replays(
    session: Session, *, until: date | None = None, reached: int | None = None, other: str | None = None,
    held_on: date | None = None, texts: bool = False,
) -> Iterator[Callable[[str], Replayed]]:  # fmt: skip
    """How a plan is worked out twice: from the open store, and from another ledger or a fresh reading of this one.

    Every column of every page is looked at the first time. Invariants are worked out too when given a day for them.
    """
    from projections.history import History
    from projections.invariants import invariants

    again = session.again() if other is None else Session(other)

    def replayed(plan: str) -> Replayed:
        history = History(session.reading.history(plan, reached, whole=True))
        first = _views(history, until)
        held = invariants(history, held_on) if held_on is not None else ()
        second = _views(History(again.reading.history(plan, reached)), until)
        flat = _texts(first) if texts or first != second else {}
        said = [f"Replayed plan {plan}, {len(history.records):,} events: plan year {year}" for year in first]
        wrong = _differing(flat, _texts(second)) if first != second else ()
        return Replayed(plan, sum(map(_count, first.values())), tuple(wrong), tuple(said), flat if texts else {}, held)

    try:
        yield replayed
    finally:
        again.close()


def all_replayed(
    session: Session, plans: Sequence[str], *, until: date | None = None, reached: int | None = None,
    other: str | None = None, held_on: date | None = None, texts: bool = False,
) -> Iterator[Replayed]:  # fmt: skip
    """Plan after plan in the order given, worked out by as many processes as pay; told on stderr unless quiet.

    What others record meanwhile is left out, so that both readings are of the same events.
    """
    from claimfund.sharing import each_plan

    reached = session.head.size if reached is None else reached
    begin = partial(replays, until=until, reached=reached, other=other, held_on=held_on, texts=texts)
    for number, found in enumerate(each_plan(begin, session, plans), 1):
        if not session.quiet:
            _tell(found, number, len(plans))
        yield found


def _tell(found: Replayed, number: int, plans: int) -> None:
    """Each plan year of a few plans, every hundredth plan of many."""
    if plans <= FEW:
        for line in found.said:
            click.echo(line, err=True)
    elif number % 100 == 0 or number == plans:
        click.echo(f"Replayed {number:,} of {plans:,} plans", err=True)


def _views(history: History, until: date | None) -> dict[int, PositionView | str]:
    """The position of every plan year begun by a date, or why there is none."""
    from ledger.refusals import Refusal
    from projections.position import position

    found: dict[int, PositionView | str] = {}
    for year in sorted(history.facts.years):
        first, last = history.year_span(year)
        if until is None or until >= first:
            try:
                found[year] = position(history, year, until or last)
            except Refusal as problem:
                found[year] = str(problem)
    return found


def _count(view: PositionView | str) -> int:
    """How many texts a year has: every month has one more than the year, its name."""
    if isinstance(view, str):
        return 1
    own = len(_texts({0: replace(view, months=())}))
    return own + len(view.months) * (own + 1)


def _texts(views: Mapping[int, PositionView | str]) -> dict[str, str]:
    """All figures by name."""
    found: dict[str, str] = {}
    for year, view in views.items():
        if isinstance(view, str):
            found[f"{year}"] = view
            continue
        data = figures(view)
        months = data.pop("months")
        _flatten(f"{year}", data, found)
        for month in months:
            _flatten(f"{year}.{month['month']}", month, found)
    return found


def _differing(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    names = [name for name in sorted(first.keys() | second.keys()) if first.get(name) != second.get(name)]
    return [f"{name}: {first.get(name)} and {second.get(name)}" for name in names]


def rebuilt(session: Session, target: str, reached: int | None) -> Session:
    """A new ledger (a file, or a database that holds none) made from the log of this one, each line checked as it is
    written, up to a signed state.

    Raises ``Refused`` when the event is not one that a signature covers the end of.
    """
    from claimfund.evidence.exporting import log_lines
    from claimfund.evidence.importing_log import checked_parts
    from ledger.checkpoint import VerifyingKey
    from ledger.stores.restoring import restore
    from ledger.stores.verification import Signed

    if "://" not in target and Path(target).exists():
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
    restore(target, VerifyingKey.from_text(vkey), checked_parts(lines, vkey))
    return Session(target, session.plan_code, session.actor_name, session.clock)


def _flatten(prefix: str, data: dict[str, object], found: dict[str, str]) -> None:
    for name, value in data.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}.{name}", value, found)
        else:
            found[f"{prefix}.{name}"] = str(value)
