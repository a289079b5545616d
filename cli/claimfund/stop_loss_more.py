"""Further stop-loss readings as reports: how a figure comes about, and what other terms would give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.commands.position import chosen_year
from claimfund.errors import Rejected
from claimfund.options import known_position
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from projections.explanation import Explanation, Step
    from projections.history import History
    from projections.what_if import Comparison

Asked = tuple["History", int, date, int | None]


def asked(session: Session, year: int | None, as_of: date | None, known_at: str | None) -> Asked:
    """The history, the plan year, the date (default: today, or the year's last day) and the event number."""
    reached = known_position(session, known_at)
    history = session.history(reached)
    year = chosen_year(history, year, session.today)
    return history, year, as_of or max(session.today, history.year_span(year)[1]), reached


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
    table = Table((
        ("Step", "count"), ("Quantity", "text"), ("How", "text"), ("Inputs", "text"), ("Result", "amount"),
        ("Source", "text"),
    ), title=found.policy, dash=False)  # fmt: skip
    table.rows += [
        [step.number, step.name, step.formula, _written(step), step.result, step.source] for step in found.steps
    ]
    return table


def whatif_report(
    session: Session, given: Sequence[str], document: Path | None, year: int | None, as_of: date | None,
    known_at: str | None,
) -> Report:  # fmt: skip
    """The year under the terms in force and under changed ones."""
    from pydantic import ValidationError

    from claimfund.stop_loss_terms import changes_of
    from projections.what_if import what_if

    history, year, until, reached = asked(session, year, as_of, known_at)
    changes = changes_of(session, given, document, year)
    if not history.specific_policies(year) and not history.aggregate_policies(year):
        raise Rejected(f"no stop-loss policy is bound for {year}.", "Name one in plan.toml.")
    try:
        found = what_if(history, year, until, changes)
    except ValidationError as problem:
        error = problem.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in error["loc"])
        sentence = error["msg"].removeprefix("Value error, ")
        raise Rejected(f"the changed terms cannot be used: {where} {sentence}.".replace(":  ", ": "),
                       "Correct the value after --set, or the document.") from None  # fmt: skip
    stamped = stamp(session, until, reached)
    rows = [_compared(name, text, found) for name, text in _OUTCOME.items()]
    table = Table((
        ("", "text"), ("In force", "amount"), ("Changed", "amount"), ("Difference", "amount"),
    ))  # fmt: skip
    for name, text in _OUTCOME.items():
        now, then = getattr(found.now, name), getattr(found.changed, name)
        counts = name == "members_over"
        table.rows.append([text, *((f"{x:,}" if counts else x) for x in (now, then, then - now))])
    headers = [f"Stop-loss {year} under other terms · nothing is recorded", second_line(stamped)]
    notes = [f"--set {text}" for text in given] + ([f"--policy {document.name}"] if document else [])
    notes += [f"! {name}: its factors are set aside; attachment is the corridor times budget."
              for name in found.set_aside]  # fmt: skip
    data = {"year": year, "set": list(given), "set_aside_factors_of": list(found.set_aside), "figures": rows}
    return Report("stoploss-whatif", "stoploss whatif", stamped, data, headers, [table], notes, rows)


_OUTCOME = {
    "members_over": "Members over the deductible", "specific_excess": "Specific excess",
    "specific_reimbursable": "Specific reimbursable", "attachment_point": "Attachment point",
    "aggregate_eligible": "Eligible for the aggregate", "aggregate_excess": "Aggregate excess",
    "aggregate_reimbursable": "Aggregate reimbursable", "position": "Effect on the position, still due",
}  # fmt: skip


def _compared(name: str, text: str, found: Comparison) -> dict[str, Any]:
    from ledger.money import money

    now, then = getattr(found.now, name), getattr(found.changed, name)
    told = str if name == "members_over" else money
    return {"figure": name, "name": text, "now": told(now), "changed": told(then), "difference": told(then - now)}
