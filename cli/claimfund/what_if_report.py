"""A plan year under other stop-loss terms beside those in force, as a report; nothing is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.errors import Rejected
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.stop_loss_more import asked
from claimfund.tables import Table

if TYPE_CHECKING:
    from projections.history import History
    from projections.what_if import Changes, Comparison

_OUTCOME = {
    "members_over": "Members over the deductible", "specific_excess": "Specific excess",
    "specific_reimbursable": "Specific reimbursable", "attachment_point": "Attachment point",
    "aggregate_eligible": "Eligible for the aggregate", "aggregate_excess": "Aggregate excess",
    "aggregate_reimbursable": "Aggregate reimbursable", "position": "Effect on the position, still due",
}  # fmt: skip
_POLICY = {
    "over": "Members over the deductible", "limit": "Deductible or attachment point", "eligible": "Eligible paid",
    "excess": "Excess", "reimbursable": "Reimbursable",
}  # fmt: skip
_COUNTS = ("members_over", "over")
_LISTED = 20


def whatif_report(
    session: Session, given: Sequence[str], document: Path | None, year: int | None, as_of: date | None,
    known_at: str | None,
) -> Report:  # fmt: skip
    """The year under the terms in force and under changed ones: in sum, by policy, and the members that differ."""
    from claimfund.stop_loss_terms import changes_of
    from ledger.money import money

    history, year, until, reached = asked(session, year, as_of, known_at)
    if not history.specific_policies(year) and not history.aggregate_policies(year):
        raise Rejected(f"no stop-loss policy is bound for {year}.", "Name one in plan.toml.")
    changes: Changes = changes_of(session, history, given, document, year)
    found = _compared(history, year, until, changes)
    stamped = stamp(session, until, reached)
    sums = [_row(name, text, getattr(found.now, name), getattr(found.changed, name))
            for name, text in _OUTCOME.items()]  # fmt: skip
    policies: list[dict[str, Any]] = [
        {"policy": now.policy, "kind": now.kind,
         "figures": [_row(name, text, getattr(now, name), getattr(then, name)) for name, text in _POLICY.items()
                     if now.kind == "specific" or name != "over"]}
        for now, then in zip(found.now.policies, found.changed.policies, strict=True)
    ]  # fmt: skip
    differ = found.members()
    members = [
        {"policy": policy, "member": member, "now": money(now), "changed": money(then), "difference": money(then - now)}
        for policy, member, now, then in differ
    ]
    headers = [f"Stop-loss {year} under other terms · nothing is recorded", second_line(stamped)]
    notes = [f"--set {text}" for text in given] + ([f"--policy {document.name}"] if document else [])
    notes += [f"! {name}: its factors are set aside; attachment is the corridor times budget."
              for name in found.set_aside]  # fmt: skip
    left = len(differ) - _LISTED
    notes += [f"{left} more members differ; all are in --json."] if left > 0 else []
    data = {"year": year, "set": list(given), "set_aside_factors_of": list(found.set_aside), "figures": sums,
            "policies": policies, "members": members}  # fmt: skip
    tables = [_table("", found.now, found.changed, _OUTCOME)]
    if len(policies) > 1:
        tables += [_table(now.policy, now, then, {name: text for name, text in _POLICY.items()
                                                  if now.kind == "specific" or name != "over"})
                   for now, then in zip(found.now.policies, found.changed.policies, strict=True)]  # fmt: skip
    tables += [_members(differ[:_LISTED])] if differ else []
    return Report("stoploss-whatif", "stoploss whatif", stamped, data, headers, tables, notes, sums)


def _compared(history: History, year: int, until: date, changes: Changes) -> Comparison:
    from pydantic import ValidationError

    from projections.what_if import NotInYear, what_if

    try:
        return what_if(history, year, until, changes)
    except NotInYear as problem:
        first, last = history.year_span(year)
        raise Rejected(f"{problem}.", f"Plan year {year} is {first} to {last}; keep the policy's start in it, and its "
                                      "end after the start.") from None  # fmt: skip
    except ValidationError as problem:
        error = problem.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in error["loc"])
        sentence = error["msg"].removeprefix("Value error, ")
        raise Rejected(f"the changed terms cannot be used: {where} {sentence}.".replace(":  ", ": "),
                       "Correct the value after --set, or the document.") from None  # fmt: skip


def _row(name: str, text: str, now: int, then: int) -> dict[str, Any]:
    from ledger.money import money

    told = str if name in _COUNTS else money
    return {"figure": name, "name": text, "now": told(now), "changed": told(then), "difference": told(then - now)}


def _table(title: str, now: object, then: object, names: dict[str, str]) -> Table:
    table = Table((
        ("", "text"), ("In force", "amount"), ("Changed", "amount"), ("Difference", "amount"),
    ), title=title)  # fmt: skip
    for name, text in names.items():
        one, two = getattr(now, name), getattr(then, name)
        table.rows.append([text, *((f"{x:,}" if name in _COUNTS else x) for x in (one, two, two - one))])
    return table


def _members(differ: Sequence[tuple[str, str, int, int]]) -> Table:
    table = Table((
        ("Member", "text"), ("Policy", "text"), ("Reimbursable in force", "amount"), ("Changed", "amount"),
        ("Difference", "amount"),
    ))  # fmt: skip
    table.rows += [[member, policy, now, then, then - now] for policy, member, now, then in differ]
    return table
