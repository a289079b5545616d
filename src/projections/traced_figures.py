"""From every figure of the stop-loss registers to what makes it: payments, events, persons, or the steps of its terms.

The figure is the register's; what stands behind it is worked out by another way and added up beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from projections.claim_listing import ListedPayment, claim_listing
from projections.explanation import Step, explain_member
from projections.explanation_aggregate import explain_aggregate
from projections.history import History
from projections.stop_loss_lines import SPECIFIC
from projections.stop_loss_report import aggregate_register, specific_register
from projections.traced_filings import AHEAD, OF_FILING, events_under
from projections.traced_lines import TracedLine, TracedLines, lines_of_member, listed_lines, trace_policy
from projections.traced_months import Months, rebates_of

Parts = tuple[tuple[str, int], ...]
OWED = ("due", "receivable", "due_to_carrier")
OF_MEMBER = ("paid", "deductible", *SPECIFIC, "outstanding", "receivable", "due_to_carrier")
"""The amounts of a row of the specific register."""
OF_AGGREGATE = (
    "attachment_point", "sum_of_months", "minimum", "eligible", "rebates", "excess", "reimbursable", "filed",
    "received", "lent", "written_off", *OWED, "distance",
)  # fmt: skip
"""The amounts of an aggregate policy."""
_STEPS = {
    "deductible": ("Deductible",),
    "excess": ("Excess after recoveries", "Excess"),
    "absorbed": ("Absorbed by it",),
    "reimbursable": ("Reimbursable",),
    "attachment_point": ("Attachment point with terminal liability", "Attachment point of the year",
                         "Attachment point to date"),
    "sum_of_months": ("Sum of the months",),
    "minimum": ("Minimum",),
}  # fmt: skip


def trace_member_figure(
    history: History, year: int, as_of: date, policy: str, member: str, figure: str, *, known_at: int | None = None
) -> TracedLines:
    """What makes one amount of a member's row in the specific register.

    Raises ``KeyError`` for an amount that the register has not, ``StopIteration`` for a member without a row.
    """
    history = history.until(known_at)
    if figure not in OF_MEMBER:
        raise KeyError(figure)
    row = next(r for r in specific_register(history, year, as_of).rows if (r.policy, r.member) == (policy, member))
    counted = (f"stoploss specific {year}", f"stoploss explain {member}")
    found = TracedLines(f"{figure} of {member} under {policy}", int(getattr(row, figure)), (), (), counted)
    if figure == "eligible_paid":
        return trace_policy(history, "specific", year, as_of, policy=policy, member=member)
    if figure == "paid":
        return replace(found, lines=_paid(history, year, as_of, policy, member))
    if figure in OF_FILING or figure in AHEAD:
        return replace(found, lines=events_under(history, policy, member, figure, as_of))
    if figure in OWED:
        taken = (("received", -row.received), ("advanced", -row.advanced), ("written off", -row.written_off))
        return replace(found, beside=_owed(figure, row.reimbursable, taken))
    explained = next((each for each in explain_member(history, member, year, as_of) if each.policy == policy), None)
    if explained is None:  # Something came in for somebody of whom nothing was paid (any more).
        return replace(found, beside=(("the policy's", row.deductible),) if figure == "deductible" else ())
    return replace(found, beside=_steps(explained.steps, figure))


def trace_specific_total(
    history: History, year: int, as_of: date, policy: str | None, figure: str, *, known_at: int | None = None
) -> TracedLines:
    """Everybody who brings something to an amount of the specific register, of one policy or of all of the year.

    Raises ``KeyError`` for an amount that has no total.
    """
    history = history.until(known_at)
    register = specific_register(history, year, as_of)
    if figure not in OF_MEMBER or not hasattr(register.total, figure):
        raise KeyError(figure)
    rows = [row for row in register.rows if policy in (None, row.policy)]
    amount = sum(getattr(row, figure) for row in rows) if policy else getattr(register.total, figure)
    parts = tuple((f"{row.member} under {row.policy}", getattr(row, figure)) for row in rows if getattr(row, figure))
    named = f" under {policy}" if policy else ""
    return TracedLines(f"{figure} of everybody{named}", int(amount), (), parts, (f"stoploss specific {year}",))


def trace_aggregate_figure(
    history: History, year: int, as_of: date, policy: str, figure: str, month: str | None = None,
    *, known_at: int | None = None,
) -> TracedLines:  # fmt: skip
    """What makes one amount of an aggregate policy, or of one of its months (``run-out``: what was paid after them).

    Raises ``KeyError`` for an amount or month that the register has not.
    """
    history = history.until(known_at)
    row = next(each for each in aggregate_register(history, year, as_of) if each.policy == policy)
    own = next(each for each in history.aggregate_policies(year) if each.policy == policy)
    if month is not None:
        return Months(history, year, as_of, own, row).traced(month, figure)
    if figure not in OF_AGGREGATE:
        raise KeyError(figure)
    at = row if hasattr(row, figure) else row.position
    counted = (f"stoploss aggregate {year}", "stoploss explain aggregate")
    found = TracedLines(f"{figure} of {policy}", int(getattr(at, figure)), (), (), counted)
    if figure == "eligible":
        return trace_policy(history, "aggregate", year, as_of, policy=policy)
    if figure in OF_FILING or figure in AHEAD:
        return replace(found, lines=events_under(history, policy, "", figure, as_of))
    if figure in OWED:
        due = row.position.reimbursable if row.final else 0
        taken = (("received", -row.received), ("lent", -row.lent), ("written off", -row.written_off))
        return replace(found, beside=_owed(figure, due, taken))
    if figure == "rebates":
        return replace(found, beside=rebates_of(history, year, own, as_of))
    if figure == "distance":
        now = row.position
        parts = (("attachment_point", now.attachment_point), ("eligible", -now.eligible), ("rebates", now.rebates))
        return replace(found, beside=parts)
    explained = next(each for each in explain_aggregate(history, year, as_of) if each.policy == policy)
    return replace(found, beside=_steps(explained.steps, figure))


def _paid(history: History, year: int, as_of: date, policy: str, member: str) -> tuple[TracedLine, ...]:
    """The lines inside the windows for covered lines, with what the plan paid."""
    listed = (each for each in claim_listing(history, "specific", year, as_of) if each.policy == policy)
    own = [each for each in lines_of_member(history, year, policy, member, listed) if _inside(each)]
    return listed_lines(history, own, {each.address: each.plan_paid for each in own})


def _inside(line: ListedPayment) -> bool:
    return line.reason not in ("out of the windows", "coverage not covered") and not line.reason.startswith(
        "counts under "
    )


def _owed(figure: str, given: int, taken: Parts) -> Parts:
    """Due, or what of it the carrier owes or is owed: never the one and the other (INV-37)."""
    parts = (("reimbursable", given), *(part for part in taken if part[1]))
    due = sum(amount for _, amount in parts)
    if figure == "due" or due == 0:
        return parts
    if (due > 0) != (figure == "receivable"):
        return (("due the other way", 0),)
    return parts if due > 0 else tuple((name, -amount) for name, amount in parts)


def _steps(steps: Sequence[Step], figure: str) -> Parts:
    """The parts of a calculated amount: its last step's inputs, and what that step does to their sum."""
    names = _STEPS.get(figure, (figure.replace("_", " ").capitalize(),))
    step = next((each for name in names for each in steps if each.name == name), None)
    if step is None:  # A member with several deductibles: the highest at which something is eligible.
        return tuple(
            (each.name, -next(i.amount for i in each.inputs if i.name == "deductible"))
            for each in steps
            if each.name.startswith("Over ") and each.operation == "sum" and figure == "deductible"
        )[:1]
    parts = [(each.name, each.amount) for each in step.inputs]
    if step.operation in ("least", "greatest"):
        return (next((name, amount) for name, amount in parts if amount == step.result),)
    if step.operation in ("rate", "lives"):
        return ((" + ".join(f"{each.name} {each.amount:,} × {each.times}" for each in step.inputs), step.result),)
    cut = step.result - sum(amount for _, amount in parts)
    return (*parts, *((("nothing below zero", cut),) if cut else ()))
