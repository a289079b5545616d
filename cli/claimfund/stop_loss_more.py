"""How a stop-loss figure comes about, as a report; and what the further stop-loss readings ask for."""

from __future__ import annotations

from datetime import date
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from claimfund.commands.position import chosen_year
from claimfund.errors import Rejected
from claimfund.options import begun, known_position
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from projections.explanation import Explanation, Input, Step
    from projections.history import History

_HOW, _SOURCE = 25, 16
Asked = tuple["History", int, date, int | None]


def asked(session: Session, year: int | None, as_of: date | None, known_at: str | None) -> Asked:
    """The history, the plan year, the date (default: today, or the year's last day) and the event number."""
    reached = known_position(session, known_at)
    history = session.history(reached)
    year = chosen_year(history, year, session.today)
    first, last = history.year_span(year)
    until = as_of or max(session.today, last)
    begun(year, first, until)
    return history, year, until, reached


def explain_report(session: Session, member: str, year: int | None, as_of: date | None, known_at: str | None) -> Report:
    """The calculation of one member, or of the aggregate, line by line."""
    from projections.explanation import explain_member
    from projections.explanation_aggregate import explain_aggregate

    history, year, until, reached = asked(session, year, as_of, known_at)
    aggregate = member == "aggregate"
    found = explain_aggregate(history, year, until) if aggregate else explain_member(history, member, year, until)
    if not found:
        sentence = (
            f"no aggregate stop-loss policy is bound for {year}." if aggregate
            else f"{member} has no payments booked by {until} under a specific policy of {year}."
        )  # fmt: skip
        raise Rejected(sentence, "List members with: claimfund stoploss specific --all")
    stamped = stamp(session, until, reached)
    what = "Aggregate stop-loss" if aggregate else f"Specific stop-loss of {member}"
    headers = [f"{what} {year} · how it comes about", second_line(stamped)]
    for each in found:
        headers += [f"{each.policy} · {fact}" for fact in each.facts]
    data = {"year": year, "member": "" if aggregate else member, "calculations": [_explained(each) for each in found]}
    rows = [{"policy": each.policy, **_step(step), "inputs": _written(step)} for each in found for step in each.steps]
    return Report("stoploss-explain", f"stoploss explain {member}", stamped, data, headers,
                  [_steps_table(each) for each in found], (), rows)  # fmt: skip


def _explained(found: Explanation) -> dict[str, Any]:
    from ledger.money import money

    return {
        "policy": found.policy, "rounding": found.rounding, "facts": list(found.facts),
        "steps": [_step(step) for step in found.steps], "due": money(found.due),
    }  # fmt: skip


def _step(step: Step) -> dict[str, Any]:
    from ledger.money import money

    lives = step.operation == "lives"
    return {
        "step": step.number, "name": step.name, "formula": step.formula, "operation": step.operation,
        "inputs": [
            {"name": each.name, "amount": None if lives else money(each.amount),
             "lives": each.amount if lives else None, "times": each.times or None}
            for each in step.inputs
        ],
        "result": money(step.result), "source": step.source,
    }  # fmt: skip


def _written(step: Step) -> str:
    from projections.explanation import written

    return written(step)


def _steps_table(found: Explanation) -> Table:
    """A step a row with its inputs below it; how and source go on beside them, so that a line fits a page."""
    table = Table((
        ("Step", "text"), ("Quantity and inputs", "text"), ("Input", "amount"), ("Result", "amount"),
        ("How", "text"), ("Source", "text"),
    ), title=found.policy, dash=False)  # fmt: skip
    for step in found.steps:
        left: list[tuple[str, int | None, int | None]] = [(step.name, None, step.result)]
        left += [(f"  {_input(step, each)}", _in_money(step, each), None) for each in step.inputs]
        how, source = wrap(step.formula, _HOW), wrap(step.source, _SOURCE)
        for at in range(max(len(left), len(how), len(source))):
            name, given, result = left[at] if at < len(left) else ("", None, None)
            number = "" if at else str(step.number)
            table.rows.append([number, name, given, result, "".join(how[at : at + 1]), "".join(source[at : at + 1])])
    return table


def _input(step: Step, given: Input) -> str:
    lives = f"{given.amount:,} " if step.operation == "lives" else ""
    return f"{lives}{given.name}{f' × {given.times}' if given.times else ''}"


def _in_money(step: Step, given: Input) -> int | None:
    return None if step.operation == "lives" else given.amount
