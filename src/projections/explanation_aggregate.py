"""How the aggregate attachment point and what is due come about, line by line (domain 5.4).

Paid claims follow the East Coast Underwriters request form: A is what was paid in the policy's paid window, year to
date, and E = A − B − C − D, each a sum of its own lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from ledger.brought import Specifics, brought
from ledger.lines import TXN_TYPES, Lines
from ledger.money import rate, shown
from ledger.policies import aggregate_window
from ledger.stop_loss import AggregateMonth, AggregatePolicy
from projections.aggregate_months import factors_in, paid_within
from projections.buckets import cut_lines
from projections.carriers import beside, shared_out
from projections.explanation import Explanation, Input, Operation, Steps, day_rules
from projections.history import History
from projections.stop_loss_report import AggregateRow, aggregate_register

_NAMED = 20
_CUTS = {"incurred or paid outside": "incurred outside"}


def explain_aggregate(
    history: History, year: int, as_of: date, *, known_at: int | None = None
) -> tuple[Explanation, ...]:
    """The calculation of each aggregate policy of a plan year."""
    history = history.until(known_at)
    policies = {policy.policy: policy for policy in history.aggregate_policies(year)}
    pages = history.lines_until(as_of)
    return tuple(
        _explained(history, year, policies[row.policy], row, pages, as_of)
        for row in aggregate_register(history, year, as_of)
    )


def _explained(
    history: History, year: int, policy: AggregatePolicy, row: AggregateRow, pages: Sequence[Lines], as_of: date
) -> Explanation:
    steps, terms = Steps(policy.rounding), policy.terms
    point = _attachment(steps, history, policy, row, as_of)
    counted = _paid(steps, history, year, policy, pages, as_of)
    excess = steps.add(
        "Excess", "max(0, E − rebates − attachment point)", "floor",
        [Input("E", counted), Input("rebates", -row.position.rebates), Input("attachment point", -point)], "5.4",
    )  # fmt: skip
    due = steps.add("Percentage payable", "percentage × excess, rounded once", "rate",
                    [Input("excess", excess, terms.percentage)], "5.4")  # fmt: skip
    limits = [Input("percentage payable", due)]
    if terms.maximum is not None:
        limits.append(Input("maximum", terms.maximum))
    due = steps.add("Reimbursable", "the lesser of the payable amount and the maximum", "least", limits, "5.4")
    early = "before the policy year has ended" if row.position.known else "without an attachment point"
    name = "reimbursable" if row.final else f"reimbursable {early}"
    g = steps.add("G  Prior advances and reimbursements", "accommodation outstanding + received on filings", "sum",
        [Input("accommodation outstanding", row.lent), Input("received on filings", row.received)],
        "5.4; form G")  # fmt: skip
    given_up = [Input("written off", -row.written_off)] if row.written_off else []
    steps.add("Due", "reimbursable once the policy year has ended − G", "sum",
              [Input(name, due if row.final else 0), Input("G", -g), *given_up], "5.4; form H")  # fmt: skip
    held = aggregate_window(policy)
    facts = (
        f"Basis {terms.contract_basis}: incurred {held.incurred_from} to {held.incurred_to}, "
        f"paid {held.paid_from} to {held.paid_to}, all days included",
        f"Covered: {', '.join(terms.covered)}; limit per person: {terms.per_person_limit}",
        _outside(policy, pages, as_of),
        *day_rules(terms),
    )
    return Explanation(policy.policy, "", policy.rounding, facts, tuple(steps.made))


def _outside(policy: AggregatePolicy, pages: Sequence[Lines], as_of: date) -> str:
    inside = paid_within(policy, pages, date.min, as_of)
    lines = sum(page.count for page in pages) - sum(page.count for page in inside)
    amount = sum(page.total() for page in pages) - sum(page.total() for page in inside)
    return f"Not in A to E: {lines:,} lines paid outside the paid window, {shown(amount)} net"


def _attachment(steps: Steps, history: History, policy: AggregatePolicy, row: AggregateRow, as_of: date) -> int:
    """Months are shown one by one and summed before anything is rounded, as the terms want it."""
    terms, months = policy.terms, row.position.months
    monthly = [_inputs(history, policy, month) for month in months]
    operation: Operation = "rate" if _corridor(policy) else "lives"
    how = "budget × corridor" if _corridor(policy) else "lives × factor"
    for month, inputs in zip(months, monthly, strict=True):
        steps.add(f"Attachment {month.month}", f"sum of {how}, rounded", operation, inputs, "5.4 MAAP; 5.6")
    every = _together([each for inputs in monthly for each in inputs])
    total = steps.add("Sum of the months", f"sum of {how} over all months, rounded once", operation, every,
                      "5.4 AAP_cum")  # fmt: skip
    minimums = [Input("fixed minimum", terms.minimum_attachment)]
    if terms.monthly_minimum is not None:
        minimums.append(Input("monthly minimum × 12", terms.monthly_minimum * 12))
    if terms.minimum_percent_of_first_month is not None and months:
        ratio = 12 * rate(terms.minimum_percent_of_first_month)
        first = [Input(f"{each.name}, first month × 12 × {terms.minimum_percent_of_first_month}", each.amount,
                       _product(each.times, ratio)) for each in monthly[0]]  # fmt: skip
        twelve = steps.add("Minimum by first month", f"percentage × 12 × {how}, rounded once", operation, first,
                           "5.4 MinAAP")  # fmt: skip
        minimums.append(Input("by first month", twelve))
    minimum = steps.add("Minimum", "the greater of its forms", "greatest", minimums, "5.4 MinAAP")
    if history.policy_ended(policy, as_of):
        point = steps.add("Attachment point of the year", "max(sum of the months, minimum)", "greatest",
            [Input("sum of the months", total), Input("minimum", minimum)], "5.4 AAP")  # fmt: skip
        if not terms.terminal_months:
            return point
        last = _together([each for inputs in monthly[-terms.terminal_months :] for each in inputs])
        again = steps.add("Terminal months", f"sum of {how} over the last months, rounded once", operation, last,
                          "5.4 AAP_terminal")  # fmt: skip
        return steps.add("Attachment point with terminal liability", "year + terminal months", "sum",
                         [Input("year", point), Input("terminal months", again)], "5.4 AAP_terminal")  # fmt: skip
    forms = [Input("sum of the months", total)]
    if terms.ytd_minimum == "full":
        forms.append(Input("minimum", minimum))
    elif terms.ytd_minimum == "prorata":
        part = steps.add("Minimum to date", "minimum × months begun ÷ 12", "rate",
                         [Input("minimum", minimum, f"{len(months)}/12")], "5.4 ytd_minimum")  # fmt: skip
        forms.append(Input("minimum to date", part))
    return steps.add("Attachment point to date", "the greater of the months and the minimum", "greatest", forms,
                     "5.4 year to date")  # fmt: skip


def _corridor(policy: AggregatePolicy) -> bool:
    return not policy.factors and policy.terms.attachment is not None


def _inputs(history: History, policy: AggregatePolicy, month: AggregateMonth) -> list[Input]:
    """Lives of each tier (of the lagged month) with their factors, or the budget with the corridor."""
    if _corridor(policy):
        planned = {each.month: each.amount for budget in history.facts.budgets.values() for each in budget.months}.get(
            month.month
        )
        return [] if planned is None else [Input("budget", planned, policy.terms.attachment or "")]
    return [
        Input(f"{tier}{f' {factor.coverage}' if factor.coverage else ''} lives", lives, factor.factor)
        for tier, lives in month.lives
        for factor in factors_in(policy, month.month)
        if factor.tier == tier and (factor.coverage is None or factor.coverage in policy.terms.covered)
    ]


def _together(inputs: Sequence[Input]) -> list[Input]:
    """Inputs of the same name and multiplier as one."""
    found: dict[tuple[str, str], int] = {}
    for each in inputs:
        found[each.name, each.times] = found.get((each.name, each.times), 0) + each.amount
    return [Input(name, amount, times) for (name, times), amount in found.items()]


def _product(times: str, ratio: Fraction) -> str:
    """The product of two decimal rates, as decimal text."""
    product, places = rate(times) * ratio, 0
    while (product * 10**places).denominator != 1:
        places += 1
    whole = str(int(product * 10**places)).rjust(places + 1, "0")
    return f"{whole[:-places]}.{whole[-places:]}" if places else whole


def _paid(
    steps: Steps, history: History, year: int, policy: AggregatePolicy, pages: Sequence[Lines], as_of: date
) -> int:
    """Form A to E: every part is a sum of its own lines or persons; E is what they leave."""
    policies = history.aggregate_policies()
    at = [each.policy for each in policies].index(policy.policy)
    whole, pages = pages, paid_within(policy, pages, date.min, as_of)
    own, elsewhere = shared_out(policies, at, pages)
    cuts = cut_lines(policy, own, as_of)
    above, run_in = _persons(policy, beside(history, year, whole), own, as_of)
    a = steps.add("A  Total payments", "payments and reissues of the paid window", "sum",
                  _by_kind(pages, lambda amount: amount > 0), "form A")  # fmt: skip
    b = steps.add("B  Specific claims", "each person above the limit per person, paid or payable", "sum", above,
                  "form B; INV-23")  # fmt: skip
    other = [Input(f"counts under {name} ({lines:,} lines)", amount) for name, (lines, amount) in elsewhere.items()]
    c = steps.add("C  Not accepted", "other policies + incurred outside + not covered + ineligible + run-in",
        "sum", [*other, *(Input(_CUTS.get(name, name), amount) for name, amount in cuts.items()),
                Input("above the run-in limits", run_in)], "form C; 5.4")  # fmt: skip
    d = steps.add("D  Refunds, recoveries, voids", "sum of amounts taken back", "sum",
                  [Input(each.name, -each.amount) for each in _by_kind(pages, lambda amount: amount < 0)],
                  "form D")  # fmt: skip
    return steps.add("E  Eligible paid", "A − B − C − D", "sum",
                     [Input("A", a), Input("B", -b), Input("C", -c), Input("D", -d)], "form E")  # fmt: skip


def _persons(
    policy: AggregatePolicy, specifics: Specifics, own: Sequence[Lines], as_of: date
) -> tuple[list[Input], int]:
    """Everybody above the limit per person, the largest by name, and what the run-in limits cut."""
    found = brought(policy, own, specifics, [as_of])
    over = (found.reached[-1] - found.kept[-1]).tolist()
    cut = int((found.accepted[-1] - found.reached[-1]).sum())
    above = sorted(((amount, key) for key, amount in zip(found.keys, over, strict=True) if amount), reverse=True)
    named = [Input(key, amount) for amount, key in above[:_NAMED]]
    rest = [amount for amount, _ in above[_NAMED:]]
    return named + ([Input(f"{len(rest):,} others", sum(rest))] if rest else []), cut


def _by_kind(pages: Sequence[Lines], wanted: Callable[[Any], Any]) -> list[Input]:
    """The lines of one sign by what they are."""
    found: dict[str, list[int]] = {}
    for page in pages:
        amounts, kinds = page["amount"], page["txn_type"]
        mask = wanted(amounts)
        for kind in np.unique(kinds[mask]).tolist():
            held = found.setdefault(TXN_TYPES[kind].lower(), [0, 0])
            held[0] += int((mask & (kinds == kind)).sum())
            held[1] += int(amounts[mask & (kinds == kind)].sum())
    return [Input(f"{name} ({lines:,} lines)", amount) for name, (lines, amount) in found.items()]
