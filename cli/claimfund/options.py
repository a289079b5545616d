"""Options that several commands share, and how their texts become dates, amounts and event numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from claimfund.errors import Refused, Rejected
from claimfund.session import Session

if TYPE_CHECKING:
    from projections.history import History

F = TypeVar("F", bound=Callable[..., Any])

pass_session = click.make_pass_decorator(Session)
FORMATS = ("table", "json", "jsonl", "csv", "md")
COVERAGES = ("MED", "RX", "DEN", "VIS", "STD", "OTH")


class DayType(click.ParamType[date]):
    """A date written ``YYYY-MM-DD``, or ``today``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from ledger.calendar import DateError, parse_day

        if isinstance(value, date):
            return value
        try:
            return _today(ctx) if value == "today" else parse_day(value)
        except DateError as problem:
            raise Rejected(_named(param, problem)) from None


class CutoffType(click.ParamType[date]):
    """A day, month, quarter, year or ``today``: the last day of it."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from ledger.calendar import DateError, parse_cutoff

        if isinstance(value, date):
            return value
        try:
            return parse_cutoff(value, _today(ctx))
        except (DateError, ValueError) as problem:
            raise Rejected(_named(param, problem)) from None


class AmountType(click.ParamType[int]):
    """An amount such as ``1204.10``, as minor units."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from ledger.money import AmountError, cents

        if isinstance(value, int):
            return value
        try:
            return cents(value)
        except AmountError as problem:
            raise Rejected(_named(param, problem)) from None


class MonthType(click.ParamType[str]):
    """A calendar month, ``2025-12``."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from ledger.calendar import DateError, month_start

        try:
            month_start(value)
        except DateError as problem:
            raise Rejected(_named(param, problem)) from None
        return str(value)


def _named(param: click.Parameter | None, problem: Exception) -> str:
    name = param.opts[0] if param is not None and param.opts else ""
    text = str(problem).rstrip(".")
    return f"{name}: {text}." if name.startswith("-") else f"{text}."


def _today(ctx: click.Context | None) -> date:
    session = ctx.find_object(Session) if ctx is not None else None
    return (session or Session()).today


DAY, CUTOFF, AMOUNT, MONTH = DayType(), CutoffType(), AmountType(), MonthType()
FILE = click.Path(path_type=Path)


def _take(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def take(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if value:
            ctx.ensure_object(Session).configure({name: value})
        return value

    return take


def _global(*names: str, **more: Any) -> Callable[[F], F]:
    key = names[-1].lstrip("-")
    return click.option(*names, expose_value=False, callback=_take(key), **more)


def placed(function: F) -> F:
    """``-L``, ``--plan`` and ``--actor``, also behind the command's name."""
    function = _global("--actor", metavar="NAME", help="Who records this.")(function)
    function = _global("-L", "--ledger", metavar="FILE|URL", help="The ledger.")(function)
    return _global("--plan", metavar="CODE", help="The plan.")(function)


def recording(function: F) -> F:
    """The options of a command that records."""
    return placed(function)


def output(function: F) -> F:
    """``--format``, ``--json`` and ``--output``."""
    function = click.option(
        "-o", "--output", "out", type=FILE, metavar="FILE", help="Write to a file; the format follows its name."
    )(function)
    function = _global("--force", is_flag=True, help="Replace the file of -o when it is there.")(function)
    function = _global("--recipient", metavar="WHO", help="Who gets the file: a role or firm, for the access log.")(
        function
    )
    function = click.option("--json", "as_json", is_flag=True, help="The same as --format json.")(function)
    return click.option("-f", "--format", "form", type=click.Choice(FORMATS), help="How to print it.")(function)


def begun(year: int, first: date, as_of: date) -> None:
    """Refuse a date before the plan year began: there is nothing to show, which is not the same as zero."""
    if as_of < first:
        raise Refused(f"plan year {year} had not begun on {as_of}.", f"It begins on {first}; ask from then on.")


def reading(function: F) -> F:
    """The options of a command that reads: output, and as known when."""
    known = click.option(
        "--known-at",
        metavar="EVENT|MOMENT",
        help="Only what was recorded by then: an event number, 2026-03-31, 2026-03, 2026-Q1, 2026 or an ISO moment.",
    )
    return placed(known(output(function)))


def dated(function: F) -> F:
    """``--as-of`` of a report whose default is every business date."""
    return click.option("--as-of", type=CUTOFF, help="Only what happened by then; default: all.")(function)


def begun_plan(history: History, as_of: date | None) -> None:
    """Refuse a date before the plan's first year: nothing can have happened by then."""
    first = min((history.year_span(year)[0] for year in history.facts.years), default=None)
    if as_of is not None and first is not None and as_of < first:
        raise Refused(f"no plan year had begun on {as_of}.", f"The first begins on {first}; ask from then on.")


def known_position(session: Session, text: str | None) -> int | None:
    """The event number meant by ``--known-at``, or nothing when it was not given; refused when the plan was not
    recorded by then.
    """
    if text is None:
        return None
    reached = _position(session, text)
    first = next(iter(session.reading.history(session.plan)), None)
    if first is None or reached < first.position:
        begins = f" It begins at event {first.position:,}." if first is not None else ""
        raise Refused(f"--known-at: nothing of plan {session.plan} was recorded by {text}.{begins}",
                      "Ask for a later moment, or see: claimfund events")  # fmt: skip
    return reached


def any_position(session: Session, text: str | None) -> int | None:
    """The event number meant by ``--known-at`` where several plans are asked; of one plan as ever."""
    if text is None or session.default_plan:
        return known_position(session, text)
    return _position(session, text)


def _position(session: Session, text: str) -> int:
    if re.fullmatch(r"\d{1,12}", text, re.ASCII):
        last = session.head.size
        if int(text) <= last:
            return int(text)
        if not re.fullmatch("(19|20|21)[0-9]{2}", text):
            raise Refused(f"--known-at: the ledger ends at event {last}.", "List events with: claimfund events")
    from ledger.calendar import micros_of

    return session.reading.position_at(micros_of(_moment(text, session.today)))


def _moment(text: str, today: date) -> datetime:
    from ledger.calendar import DateError, parse_cutoff

    try:
        day = parse_cutoff(text, today)
        _not_ahead(text, day, today)
        return datetime(day.year, day.month, day.day, 23, 59, 59, 999_999, tzinfo=UTC)
    except (DateError, ValueError):
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Rejected(
            f"--known-at: {text!r} is neither an event number nor a moment.",
            "Write 18196, 2026-03-31, 2026-03, 2026-Q1, 2026 or 2026-03-31T17:00Z.",
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    _not_ahead(text, moment.astimezone(UTC).date(), today)
    return moment


def _not_ahead(text: str, day: date, today: date) -> None:
    """Nobody knows yet what will be recorded; a month, quarter or year may still be running."""
    quarter = f"{today.year}-Q{(today.month + 2) // 3}"
    if day > today and not (today.isoformat().startswith(text) or text == quarter):
        raise Refused(f"--known-at: {text} is still to come.", f"Ask for {today} or earlier, or leave it out.")
