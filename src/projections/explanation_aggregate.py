"""How the aggregate attachment point and what is due come about, line by line (domain 5.4).

Paid claims follow the East Coast Underwriters request form: E = A − B − C − D.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from ledger.calendar import day_number
from ledger.lines import Lines
from ledger.specific import contract_window, covered_lines, in_window
from ledger.stop_loss import AggregateMonth, AggregatePolicy, Factor
from projections.explanation import Explanation, Input, Steps
from projections.history import History
from projections.stop_loss_report import AggregateRow, aggregate_register


def explain_aggregate(
    history: History, year: int, as_of: date, *, known_at: int | None = None
) -> tuple[Explanation, ...]:
    """The calculation of each aggregate policy of a plan year."""
    history = history.until(known_at)
    policies = {policy.policy: policy for policy in history.aggregate_policies(year)}
    pages = history.lines_until(as_of)
    return tuple(
        _explained(history, policies[row.policy], row, pages, as_of) for row in aggregate_register(history, year, as_of)
    )


def _explained(
    history: History, policy: AggregatePolicy, row: AggregateRow, pages: Sequence[Lines], as_of: date
) -> Explanation:
    steps, terms = Steps(policy.rounding), policy.terms
    point = _attachment(steps, history, policy, row)
    counted = _paid(steps, policy, row, pages, as_of)
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
    name = "reimbursable" if row.final else "reimbursable before the policy year has ended"
    g = steps.add("G  Prior advances and reimbursements", "accommodation outstanding + received on filings", "sum",
        [Input("accommodation outstanding", row.lent), Input("received on filings", row.received)],
        "5.4; form G")  # fmt: skip
    given_up = [Input("written off", -row.written_off)] if row.written_off else []
    steps.add("Due", "reimbursable once the policy year has ended − G", "sum",
              [Input(name, due if row.final else 0), Input("G", -g), *given_up], "5.4; form H")  # fmt: skip
    held = contract_window(terms.contract_basis, policy.effective, policy.expires)
    facts = (
        f"Basis {terms.contract_basis}: incurred {held.incurred_from} to {held.incurred_to}, "
        f"paid {held.paid_from} to {held.paid_to}, all days included",
        f"Covered: {', '.join(terms.covered)}; limit per person: {terms.per_person_limit}",
    )
    return Explanation(policy.policy, "", policy.rounding, facts, tuple(steps.made))


def _attachment(steps: Steps, history: History, policy: AggregatePolicy, row: AggregateRow) -> int:
    terms, months = policy.terms, row.position.months
    monthly = [_month(steps, history, policy, month) for month in months]
    named = [Input(month.month, amount) for month, amount in zip(months, monthly, strict=True)]
    total = steps.add("Sum of the months", "sum of the monthly attachments", "sum", named, "5.4 AAP_cum")
    minimums = [Input("fixed minimum", terms.minimum_attachment)]
    if terms.minimum_percent_of_first_month is not None and months:
        twelve = steps.add("Minimum by first month", "percentage × first month × 12", "rate",
            [Input("first month × 12", monthly[0] * 12, terms.minimum_percent_of_first_month)],
            "5.4 MinAAP")  # fmt: skip
        minimums.append(Input("by first month", twelve))
    minimum = steps.add("Minimum", "the greater of its forms", "greatest", minimums, "5.4 MinAAP")
    if row.final:
        point = steps.add("Attachment point of the year", "max(sum of the months, minimum)", "greatest",
            [Input("sum of the months", total), Input("minimum", minimum)], "5.4 AAP")  # fmt: skip
        if not terms.terminal_months:
            return point
        last = named[-terms.terminal_months :]
        return steps.add("Attachment point with terminal liability", "year + its last months again", "sum",
                         [Input("year", point), *last], "5.4 AAP_terminal")  # fmt: skip
    forms = [Input("sum of the months", total)]
    if terms.ytd_minimum == "full":
        forms.append(Input("minimum", minimum))
    elif terms.ytd_minimum == "prorata":
        part = steps.add("Minimum to date", "minimum × months begun ÷ 12", "rate",
                         [Input("minimum", minimum, f"{len(months)}/12")], "5.4 ytd_minimum")  # fmt: skip
        forms.append(Input("minimum to date", part))
    return steps.add("Attachment point to date", "the greater of the months and the minimum", "greatest", forms,
                     "5.4 year to date")  # fmt: skip


def _month(steps: Steps, history: History, policy: AggregatePolicy, month: AggregateMonth) -> int:
    if not policy.factors and policy.terms.attachment is not None:
        planned = {each.month: each.amount for budget in history.facts.budgets.values() for each in budget.months}.get(
            month.month
        )
        inputs = [] if planned is None else [Input("budget", planned, policy.terms.attachment)]
        return steps.add(f"Attachment {month.month}", "budget × corridor", "rate", inputs, "5.6")
    inputs = [
        Input(f"{tier}{f' {factor.coverage}' if factor.coverage else ''} lives", lives, factor.factor)
        for tier, lives in month.lives
        for factor in _held(policy, month.month)
        if factor.tier == tier and (factor.coverage is None or factor.coverage in policy.terms.covered)
    ]
    return steps.add(f"Attachment {month.month}", "sum of lives × factor, rounded once", "lives", inputs, "5.4 MAAP")


def _held(policy: AggregatePolicy, month: str) -> list[Factor]:
    """The factors in force in a month: of each tier and coverage, the one that starts last."""
    found: dict[tuple[str, str | None], Factor] = {}
    for factor in policy.factors:
        known = found.get((factor.tier, factor.coverage))
        if factor.from_month <= month and (known is None or known.from_month <= factor.from_month):
            found[factor.tier, factor.coverage] = factor
    return list(found.values())


def _paid(steps: Steps, policy: AggregatePolicy, row: AggregateRow, pages: Sequence[Lines], as_of: date) -> int:
    """A total, B above the limit per person, C what the carrier does not accept, D voids and refunds; E is left."""
    held = contract_window(policy.terms.contract_basis, policy.effective, policy.expires)
    gross = back = outside = uncovered = refused = 0
    for page in pages:
        amount = page["amount"]
        inside = in_window(held, page) & (page["paid_on"] <= day_number(as_of))
        covered = covered_lines(policy.terms.covered, page)
        accepted = np.where(page["aggregate_eligible"] == 1, page["eligible"], 0)
        gross += int(amount[amount > 0].sum())
        back -= int(amount[amount < 0].sum())
        outside += int(amount[~inside].sum())
        uncovered += int(amount[inside & ~covered].sum())
        refused += int((amount - accepted)[inside & covered].sum())
    above = gross - back - outside - uncovered - refused - row.position.eligible
    a = steps.add("A  Total payments", "sum of payments and reissues", "sum", [Input("payments", gross)], "form A")
    b = steps.add("B  Specific claims", "above the limit per person, paid or payable", "given",
                  [Input("above the limit per person", above)], "form B; INV-23")  # fmt: skip
    c = steps.add("C  Not accepted", "out of the windows + not covered + ineligible, net", "sum",
        [Input("out of the windows", outside), Input("not covered", uncovered), Input("ineligible", refused)],
        "form C")  # fmt: skip
    d = steps.add("D  Refunds, recoveries, voids", "sum of amounts taken back", "sum", [Input("taken back", back)],
                  "form D")  # fmt: skip
    return steps.add("E  Eligible paid", "A − B − C − D", "sum",
                     [Input("A", a), Input("B", -b), Input("C", -c), Input("D", -d)], "form E")  # fmt: skip
