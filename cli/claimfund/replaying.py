"""Every figure worked out twice from the first event: from the open store, and from a fresh reading."""

from __future__ import annotations

from datetime import date

from claimfund.figures import figures
from claimfund.session import Session


def all_figures(session: Session, plan: str, until: date | None = None) -> dict[str, str]:
    """The figures of every plan year as flat texts."""
    from ledger.refusals import Refusal
    from projections.history import History
    from projections.position import position

    history = History(session.ledger.history(plan))
    found: dict[str, str] = {}
    for year in sorted(history.facts.years):
        as_of = until or history.year_span(year)[1]
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


def _flatten(prefix: str, data: dict[str, object], found: dict[str, str]) -> None:
    for name, value in data.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}.{name}", value, found)
        else:
            found[f"{prefix}.{name}"] = str(value)


def differences(session: Session, plan: str, until: date | None = None) -> tuple[int, list[str]]:
    """How many figures were compared, and those that differ."""
    first = all_figures(session, plan, until)
    again = session.again()
    try:
        second = all_figures(again, plan, until)
    finally:
        again.close()
    names = sorted(first.keys() | second.keys())
    wrong = [
        f"{name}: {first.get(name)} and {second.get(name)}" for name in names if first.get(name) != second.get(name)
    ]
    return len(names), wrong
