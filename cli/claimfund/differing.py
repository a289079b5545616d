"""Points as they are written, and differences as reports."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.errors import Rejected
from claimfund.figures import TRACED
from claimfund.options import CUTOFF, known_position
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from projections.differences import Difference, LineChange, Point
    from projections.history import History

_WHAT = {"stoploss-specific": "Specific stop-loss", "stoploss-aggregate": "Aggregate stop-loss"}


def read_point(session: Session, history: History, text: str, head: int) -> Point:
    """``AS_OF[@KNOWN_AT]`` as a date and an event number, without ``@`` everything recorded; or a posted settlement:
    what it was worked out from.
    """
    from projections.differences import Point

    posted = history.facts.settlements.get(text)
    if posted is not None:
        return Point(posted.known_at, posted.as_of)
    day, at, known = text.partition("@")
    if not day or (at and not known):
        raise Rejected(f"{text!r} is not a point.",
                       "Write AS_OF, AS_OF@KNOWN_AT such as 2025-12-31@2026-01-31, or a settlement.")  # fmt: skip
    reached = known_position(session, known) if at else head
    return Point(head if reached is None else reached, CUTOFF.convert(day, None, None))


def default_year(history: History, first: date, second: date, given: int | None, today: date) -> int:
    """The plan year asked for, else the one in which the earlier of the two dates lies."""
    from claimfund.commands.position import chosen_year

    if given is None:
        early = min(first, second)
        within = [y for y in history.facts.years if history.year_span(y)[0] <= early <= history.year_span(y)[1]]
        if within:
            return within[0]
        today = early
    return chosen_year(history, given, today)


def diff_report(
    session: Session, found: Difference, texts: tuple[str, str], compared: str = "position"
) -> Report:
    """Both figures of every line, the change, and what explains it."""
    from ledger.money import money

    stamped = stamp(session, found.second.as_of, found.second.known_at)
    data = {
        "year": found.year,
        "report": compared,
        "first": {"as_of": found.first.as_of.isoformat(), "known_at_event": found.first.known_at},
        "second": {"as_of": found.second.as_of.isoformat(), "known_at_event": found.second.known_at},
        "differ": bool(found.changed),
        "lines": [_line(line) for line in found.lines],
        "events": list(found.events),
    }
    rows: list[dict[str, Any]] = [
        {
            "line": line.name, "before": money(line.before), "after": money(line.after), "change": money(line.change),
            "cause": cause.name, "amount": money(cause.amount), "events": " ".join(map(str, cause.events)),
        }
        for line in found.changed for cause in line.causes
    ]  # fmt: skip
    title = _title(found) if compared == "position" else f"{_WHAT[compared]} · {_title(found).lower()}"
    headers = [title, second_line(stamped)]
    tables = [_table(found, texts)] if found.changed else []
    return Report("diff", "diff", stamped, data, headers, tables, [_said(found), *_meanings(found)], rows)


def _meanings(found: Difference) -> list[str]:
    """What each cause that is named stands for."""
    from projections.causes import MEANING

    named = dict.fromkeys(cause.name for line in found.changed for cause in line.causes)
    return [f"  {name}: {MEANING[name]}" for name in MEANING if name in named]


def _line(line: LineChange) -> dict[str, Any]:
    from ledger.money import money
    from projections.causes import MEANING

    return {
        "line": line.name, "before": money(line.before), "after": money(line.after), "change": money(line.change),
        "causes": [
            {"cause": c.name, "means": MEANING[c.name], "amount": money(c.amount), "events": list(c.events)}
            for c in line.causes
        ],
    }  # fmt: skip


def _title(found: Difference) -> str:
    one, two = found.first, found.second
    if one.as_of == two.as_of:
        return (
            f"Plan year {found.year} as of {one.as_of}: what was recorded "
            f"between events {one.known_at:,} and {two.known_at:,}"
        )
    return f"Plan year {found.year}: from {one.as_of} (event {one.known_at:,}) to {two.as_of} (event {two.known_at:,})"


def _table(found: Difference, texts: tuple[str, str]) -> Table:
    columns: tuple[tuple[str, Any], ...] = (
        ("Line", "text"), (texts[0], "amount"), (texts[1], "amount"), ("Change", "amount"), ("Because of", "text"),
    )  # fmt: skip
    table = Table(columns)
    for line in found.changed:
        table.rows.append([_name(line.name), line.before, line.after, line.change, _because(line, 0)])
        if len(line.causes) > 1:
            for number in range(len(line.causes)):
                table.rows.append([f"  {line.causes[number].name}", None, None, line.causes[number].amount,
                                   _numbers(line.causes[number].events)])  # fmt: skip
    return table


def _name(name: str) -> str:
    """A line of the position as it is printed; of a register, policy and member before the figure."""
    *who, figure = name.split("/")
    return TRACED[name] if not who else " · ".join([*who, figure.replace("_", " ")])


def _because(line: LineChange, number: int) -> str:
    if len(line.causes) != 1:
        return f"{len(line.causes)} causes"
    return f"{line.causes[number].name}  {_numbers(line.causes[number].events)}".rstrip()


def _numbers(events: tuple[int, ...]) -> str:
    if not events:
        return ""
    if len(events) > 4:
        return f"{len(events):,} events, {events[0]}–{events[-1]}"
    return f"event{'s' if len(events) > 1 else ''} {', '.join(map(str, events))}"


def _said(found: Difference) -> str:
    if not found.changed:
        return "Nothing differs."
    from claimfund.counting import many

    count = len(found.events)
    return f"{many(count, 'event')} explain{'s' if count == 1 else ''} the whole change. Exit code 5 with --exit-code."
