"""How a stop-loss figure comes about, line by line: formula, inputs, result and clause (domain 5.3 and 5.4).

Every step says by which operation its result follows from its inputs, so that :func:`recomputed` can do it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_number
from ledger.dating import incurred_days
from ledger.levels import Sums
from ledger.lines import COVERAGES, Lines
from ledger.money import Rounding, money, rate, rounded
from ledger.policies import contract_window, covered_lines, in_window
from ledger.specific import assess
from ledger.stop_loss import SpecificPolicy, own_pages
from ledger.terms import DayRules
from projections.carriers import prior_reimbursed, shared_out
from projections.history import History
from projections.stop_loss_report import SpecificRow, specific_register

Operation = Literal["given", "sum", "floor", "least", "greatest", "rate", "lives"]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Input:
    """One input: an amount in signed minor units (lives when ``times`` is a factor), and what it is multiplied by."""

    name: str
    amount: int
    times: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a calculation; ``source`` is the clause or section it comes from."""

    number: int
    name: str
    formula: str
    operation: Operation
    inputs: tuple[Input, ...]
    result: int
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All steps to what is due under a policy; ``member`` is empty for the aggregate."""

    policy: str
    member: str
    rounding: Rounding
    facts: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def due(self) -> int:
        """The result of the last step."""
        return self.steps[-1].result


class Steps:
    """Collects steps; each result is worked out from its inputs."""

    def __init__(self, rounding: Rounding) -> None:
        self.rounding: Rounding = rounding
        self.made: list[Step] = []

    def add(self, name: str, formula: str, operation: Operation, inputs: Sequence[Input], source: str) -> int:
        """Add a step and say its result."""
        result = calculated(operation, inputs, self.rounding)
        self.made.append(Step(len(self.made) + 1, name, formula, operation, tuple(inputs), result, source))
        return result


def calculated(operation: Operation, inputs: Sequence[Input], rounding: Rounding) -> int:
    """The result of an operation on its inputs; a rate meets the money once and is rounded there."""
    amounts = [each.amount for each in inputs]
    if operation == "least":
        return min(amounts)
    if operation == "greatest":
        return max(amounts)
    if operation == "floor":
        return max(0, sum(amounts))
    if operation in ("rate", "lives"):
        total = sum((each.amount * _ratio(each.times) for each in inputs), Fraction(0))
        return rounded(total * 100 if operation == "lives" else total, rounding)
    return sum(amounts)


def recomputed(step: Step, rounding: Rounding) -> int:
    """The result of a step, worked out again from its printed inputs."""
    return calculated(step.operation, step.inputs, rounding)


def _ratio(text: str) -> Fraction:
    return Fraction(text) if "/" in text else rate(text)


def explain_member(
    history: History, member: str, year: int, as_of: date, *, known_at: int | None = None
) -> tuple[Explanation, ...]:
    """The calculation of one member (family key when the unit is one) under each specific policy of a year."""
    history = history.until(known_at)
    pages = history.lines_until(as_of)
    policies = history.specific_policies()
    rows = {row.policy: row for row in specific_register(history, year, as_of).rows if row.member == member}
    wanted = {policy.policy for policy in history.specific_policies(year)}
    shares = own_pages(policies, pages)
    made = [
        _member(history, policies, at, member, as_of, pages, shares[at], rows.get(policy.policy))
        for at, policy in enumerate(policies)
        if policy.policy in wanted
    ]
    return tuple(each for each in made if each is not None)


def _member(
    history: History,
    policies: Sequence[SpecificPolicy],
    place: int,
    member: str,
    as_of: date,
    pages: Sequence[Lines],
    share: Sequence[Lines],
    row: SpecificRow | None,
) -> Explanation | None:
    policy = policies[place]
    terms, steps = policy.terms, Steps(policy.rounding)
    key = "member" if terms.unit == "person" else "family"
    theirs = [page.take(page[key] == member.encode()) for page in pages]
    theirs = [page for page in theirs if page.count]
    if not theirs:
        return None
    held = contract_window(terms.contract_basis, policy.effective, policy.expires)
    counted = _accepted(steps, policies, place, theirs)
    found = assess(policy, share)
    at = found.keys.index(member) if member in found.keys else None
    excluded, cut = (int(found.excluded_amount[at]), int(found.run_in_cut[at])) if at is not None else (0, 0)
    absorbed = int(found.absorbed[at]) if at is not None else 0
    level = int(found.deductible[at]) if at is not None else terms.deductible
    steps.add("Not insured", "amount of a member excluded by laser", "given",
              [Input("excluded by laser", excluded)], f"5.3 step 1; policy {policy.policy} lasers")  # fmt: skip
    steps.add("Over the run-in limit", "run-in paid less what the limits let count", "given",
              [Input("run-in cut off", cut)], f"5.3 step 2; policy {policy.policy} run-in limits")  # fmt: skip
    eligible = steps.add("Eligible paid", "accepted − not insured − over the run-in limit", "sum",
        [Input("accepted", counted), Input("not insured", -excluded), Input("over the run-in limit", -cut)],
        "5.3 step 2")  # fmt: skip
    recovered = int(found.recovered[at]) if at is not None else 0
    if recovered:
        eligible = steps.add("Eligible before recoveries", "eligible paid + eligible recoveries", "sum",
            [Input("eligible paid", eligible), Input("recoveries", recovered)], "5.10; decision 14")  # fmt: skip
    excess = _excess(steps, policy, found.levels.get(at) if at is not None else None, eligible, level)
    if recovered and excess:
        excess = _shared_back(steps, eligible, excess, recovered)
    others = int(found.absorbed.sum()) - absorbed
    pool = steps.add("Aggregating deductible left", "pool − taken from others", "floor",
        [Input("pool", terms.aggregating_deductible), Input("taken from others", -others)], "5.3 step 5")  # fmt: skip
    taken = steps.add("Absorbed by it", "min(excess, what is left of the pool)", "least",
        [Input("excess", excess), Input("left of the pool", pool)], "5.3 step 5")  # fmt: skip
    above = steps.add("Above it", "excess − absorbed", "floor",
        [Input("excess", excess), Input("absorbed", -taken)], "5.3 step 5")  # fmt: skip
    due = steps.add("Percentage payable", "percentage × above it, rounded once", "rate",
        [Input("above it", above, terms.percentage)], "5.3 step 6; SL-2001 s.4")  # fmt: skip
    limits = [Input("percentage payable", due)]
    if terms.annual_maximum is not None:
        limits.append(Input("annual maximum", terms.annual_maximum))
    if terms.lifetime_maximum is not None:
        paid = prior_reimbursed(history, policy, as_of).get(member, 0)
        limits.append(Input("left of the lifetime maximum", max(0, terms.lifetime_maximum - paid)))
    due = steps.add("Reimbursable", "the least of the payable amount and the maxima", "least", limits,
                    "5.3 step 7; SL-2001 s.4")  # fmt: skip
    settled = [Input("already reimbursed", -row.received if row else 0)]
    if row is not None and row.advanced:
        settled.append(Input("advanced", -row.advanced))
    if row is not None and row.written_off:
        settled.append(Input("written off", -row.written_off))
    steps.add("Due", "reimbursable − already reimbursed, advanced or written off", "sum",
        [Input("reimbursable", due), *settled], "5.3 step 8")  # fmt: skip
    facts = (
        f"Basis {terms.contract_basis}: incurred {held.incurred_from} to {held.incurred_to}, "
        f"paid {held.paid_from} to {held.paid_to}, all days included",
        f"Covered: {', '.join(terms.covered)}; unit: {terms.unit}; {sum(page.count for page in theirs):,} lines",
        *day_rules(terms),
    )
    return Explanation(policy.policy, member, policy.rounding, facts, tuple(steps.made))


def day_rules(terms: DayRules) -> tuple[str, ...]:
    """The rules by which lines are dated that are not the usual ones, in words."""
    told = {
        "admission_date": "An inpatient stay is incurred on the day of admission",
        "discharge_date": "An inpatient stay is incurred on the day of discharge",
        "original": "A payment that was issued again counts on the day it was first paid",
        "net_in_void_month": "A void or refund counts on its own day",
    }
    rules = terms.inpatient_incurred_rule, terms.reissue_paid_date, terms.void_window_rule
    return tuple(told[rule] for rule in rules if rule in told)


def _shared_back(steps: Steps, eligible: int, excess: int, recovered: int) -> int:
    """What is left of the excess once the carrier has its part of the recoveries."""
    part = steps.add("Carrier's part of recoveries", "excess × recoveries ÷ eligible before them, rounded once", "rate",
        [Input("excess", excess, f"{min(recovered, eligible)}/{eligible}")], "5.10; decision 14")  # fmt: skip
    return steps.add("Excess after recoveries", "max(0, excess − the carrier's part)", "floor",
                     [Input("excess", excess), Input("carrier's part", -part)], "5.10; decision 14")  # fmt: skip


def _excess(steps: Steps, policy: SpecificPolicy, several: Sums | None, eligible: int, level: int) -> int:
    """Steps 3 and 4: over the one deductible, or over the levels of a member whose lasers changed in the year."""
    if several is None:
        named = "policy" if level == policy.terms.deductible else "laser"
        deductible = steps.add("Deductible", "the laser's deductible, else the policy's", "given",
            [Input(named, level)], f"5.3 step 3; policy {policy.policy}")  # fmt: skip
        return steps.add(
            "Excess", "max(0, eligible paid − deductible)", "floor",
            [Input("eligible paid", eligible), Input("deductible", -deductible)], "5.3 step 4; SL-2001 s.4",
        )  # fmt: skip
    left = reached = eligible
    over = []
    for deductible, amount in reversed(several):
        left = min(left, reached)
        at = money(deductible)
        over.append(Input(f"over {at}", steps.add(f"Over {at}", "eligible at this deductible and below − deductible",
            "sum", [Input("eligible", left), Input("deductible", -deductible)],
            f"5.3 step 3; policy {policy.policy} lasers")))  # fmt: skip
        reached -= amount
    return steps.add("Excess", "the greatest of 0 and what is over each deductible", "greatest",
                     [Input("nothing", 0), *over], "5.3 step 4; decision 13")  # fmt: skip


def _accepted(steps: Steps, policies: Sequence[SpecificPolicy], place: int, theirs: Sequence[Lines]) -> int:
    """Steps from what the plan paid to what the carrier accepts, with lines and sums of each reason."""
    policy = policies[place]
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    tally: dict[str, dict[str, list[int]]] = {name: {} for name in ("paid", "window", "cover", "reason")}
    own, elsewhere = shared_out(policies, place, theirs)
    for page in theirs:
        for at, word in enumerate(COVERAGES):
            _tally(tally["paid"], word, page["coverage"] == at, page["amount"])
    for page in own:
        inside, covered = in_window(held, policy.terms, page), covered_lines(policy.terms.covered, page)
        served = incurred_days(policy.terms, page)
        incurred = (served >= day_number(held.incurred_from)) & (served <= day_number(held.incurred_to))
        accepted = np.where(page["specific_eligible"] == 1, page["eligible"], 0)
        left = page["amount"] - accepted
        for at, word in enumerate(COVERAGES):
            of_it: Bools = page["coverage"] == at
            _tally(tally["cover"], f"not covered: {word}", of_it & inside & ~covered, page["amount"])
        _tally(tally["window"], "incurred outside", ~incurred, page["amount"])
        _tally(tally["window"], "paid outside", incurred & ~inside, page["amount"])
        refused = inside & covered & (left != 0)
        for code in sorted(set(page["disallowed"][refused].tolist())):
            name = code.decode() or "no reason given"
            _tally(tally["reason"], f"ineligible: {name}", refused & (page["disallowed"] == code), left)
    paid = steps.add("Plan paid, net", "sum of all lines", "sum", _inputs(tally["paid"]), "5.1")
    others = 0
    if len(policies) > 1:
        named = [Input(f"{name} ({lines:,} lines)", amount) for name, (lines, amount) in elsewhere.items()]
        others = steps.add("Counts under another policy", "lines that count under another policy of the kind", "sum",
                           named, "5.2; INV-20")  # fmt: skip
    outside = steps.add("Out of the windows", "lines incurred or paid outside", "sum", _inputs(tally["window"]), "5.2")
    cover = steps.add("Not covered", "lines of other coverages", "sum", _inputs(tally["cover"]), "5.3 step 1")
    refused_sum = steps.add(
        "Ineligible", "plan paid − accepted, by reason", "sum", _inputs(tally["reason"]), "5.3 step 1; 5.8"
    )
    left_out = [Input("out of the windows", -outside), Input("not covered", -cover), Input("ineligible", -refused_sum)]
    if len(policies) > 1:
        left_out.insert(0, Input("counts under another policy", -others))
    return steps.add("Accepted", "plan paid − what counts elsewhere or not at all", "sum",
                     [Input("plan paid", paid), *left_out], "5.3 step 1")  # fmt: skip


def _tally(into: dict[str, list[int]], name: str, where: Bools, amounts: npt.NDArray[Any]) -> None:
    if where.any():
        held = into.setdefault(name, [0, 0])
        held[0] += int(where.sum())
        held[1] += int(amounts[where].sum())


def _inputs(tally: dict[str, list[int]]) -> list[Input]:
    return [Input(f"{name} ({lines:,} lines)", amount) for name, (lines, amount) in tally.items()]


def written(step: Step) -> str:
    """The inputs of a step as one text."""
    parts = []
    for each in step.inputs:
        amount = f"{each.amount:,}" if step.operation == "lives" else money(each.amount)
        parts.append(f"{each.name} {amount}{f' × {each.times}' if each.times else ''}")
    return "; ".join(parts) or "none"
