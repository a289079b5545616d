"""Aggregate accommodation and statutory minimums as reports; the JSON keys are those that scripts rely on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.errors import Refused, Rejected
from claimfund.finalized_report import finalized_data, finalized_notes, finalized_table
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.stop_loss_more import asked
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from projections.accommodations import LentMonth, PolicyAccommodation
    from projections.history import History
    from projections.statutory_findings import Finding

_MONTH = ("target", "outstanding_before", "move", "advance", "repay", "outstanding")


def accommodation_report(
    session: Session, year: int | None, policy: str | None, as_of: date | None, known_at: str | None
) -> Report:
    """Month by month what the carrier should have lent, what is to be done, and what was recorded."""
    from ledger.money import shown
    from projections.accommodations import accommodations
    from projections.finalizations import finalizations

    history, year, until, reached = asked(session, year, as_of, known_at)
    found = accommodations(history, year, until, policy=policy)
    if not found:
        what = f"aggregate policy {policy}" if policy else "aggregate stop-loss policy"
        raise Rejected(f"no {what} is bound for {year}.", "See the bound ones with: claimfund stoploss policy")
    stamped = stamp(session, until, reached)
    rows = [{"policy": own.policy, **_month(month)} for own in found for month in own.months]
    final = finalizations(history, year, until)
    data = {
        "year": year,
        "policies": [{**_policy(own), "finalized": finalized_data(final.get(own.policy))} for own in found],
    }
    headers = [f"Aggregate accommodation {year} · {', '.join(own.policy for own in found)}", second_line(stamped)]
    tables = [_table(own) for own in found if own.months]
    tables += [_summary(own) for own in found]
    tables += [finalized_table(final[own.policy]) for own in found if own.policy in final]
    notes = [
        f"{own.policy} has no accommodation by its terms; what was recorded is shown and trued up all the same."
        for own in found if not own.agreed
    ]  # fmt: skip
    notes += [
        f"{own.policy}: " + (f"advance {shown(due.advance)} now." if due.advance else f"repay {shown(due.repay)} now.")
        for own in found if own.months and not own.final
        for due in [own.months[-1].due] if due.advance or due.repay
    ]  # fmt: skip
    notes += finalized_notes(final[own.policy] for own in found if own.policy in final)
    command = "stoploss accommodation"
    return Report("stoploss-accommodation", command, stamped, data, headers, tables, notes, rows)


def _month(month: LentMonth) -> dict[str, Any]:
    from ledger.money import money

    due = month.due
    made: dict[str, Any] = {"month": due.month, "on": due.on.isoformat()}
    made |= {name: money(getattr(due, name)) for name in _MONTH}
    return {**made, "recorded_advanced": money(month.advanced), "recorded_repaid": money(month.repaid)}


def _policy(own: PolicyAccommodation) -> dict[str, Any]:
    from ledger.money import money

    def told(amount: int | None) -> str | None:
        return None if amount is None else money(amount)

    return {
        "policy": own.policy, "accommodation": own.agreed, "final": own.final,
        "months": [_month(month) for month in own.months],
        "advanced": money(own.found.advanced), "repaid": money(own.found.repaid),
        "outstanding": money(own.found.outstanding),
        "advanced_after": money(own.advanced_after), "repaid_after": money(own.repaid_after),
        "reimbursable": money(own.reimbursable), "true_up": told(own.found.true_up),
        "received": money(own.received), "still_due": told(own.still_due),
    }  # fmt: skip


def _table(own: PolicyAccommodation) -> Table:
    table = Table((
        ("Month", "text"), ("Should be lent", "amount"), ("Lent", "amount"), ("Move", "amount"), ("Advance", "amount"),
        ("Repay", "amount"), ("Recorded advance", "amount"), ("Recorded repayment", "amount"),
    ), title=own.policy)  # fmt: skip
    for month in own.months:
        due = month.due
        table.rows.append([
            due.month, due.target, due.outstanding_before, due.move, due.advance, due.repay, month.advanced,
            month.repaid,
        ])  # fmt: skip
    if own.advanced_after or own.repaid_after:
        table.rows.append(["After", None, None, None, None, None, own.advanced_after, own.repaid_after])
    table.rows += [
        Rule(), ["Total", None, None, None, None, None, own.found.advanced, own.found.repaid], Rule(double=True),
    ]  # fmt: skip
    return table


def _summary(own: PolicyAccommodation) -> Table:
    table = Table(((own.policy, "text"), ("Amount", "amount")))
    table.rows += [
        ["Advanced", own.found.advanced], ["Repaid", -own.found.repaid], Rule(), ["Outstanding", own.found.outstanding],
    ]  # fmt: skip
    if own.found.true_up is None or own.still_due is None:
        table.rows.append(["Reimbursable if the year ended now", own.reimbursable])
        return table
    word = "from the carrier" if own.still_due >= 0 else "to the carrier"
    table.rows += [
        ["True-up at the end of the year", own.found.true_up], Rule(), ["Benefit of the year", own.reimbursable],
        Rule(double=True), ["Received on filings", own.received], [f"Still due {word}", abs(own.still_due)],
    ]  # fmt: skip
    return table


def statutory_report(
    session: Session, jurisdiction: str | None, members: int | None, policy: str | None, year: int | None,
    as_of: date | None, known_at: str | None,
) -> Report:  # fmt: skip
    """Every rule of a state's law that holds for the year's policies, with its source and what was found."""
    from projections.statutory_findings import NoMembers, jurisdictions, statutory_findings

    history, year, until, reached = asked(session, year, as_of, known_at)
    state = jurisdiction or jurisdiction_of(history)
    if not state:
        raise Rejected("the plan names no jurisdiction.", "Add --jurisdiction US-CA, or jurisdiction in plan.toml.")
    if state not in jurisdictions():
        raise Refused(f"the table of statutory minimums has no rule of {state}.",
                      f"It has rules of: {', '.join(jurisdictions())}. US is the NAIC model law.")  # fmt: skip
    bound = [own.policy for own in history.specific_policies(year)]
    bound += [own.policy for own in history.aggregate_policies(year)]
    if not bound or policy not in (None, *bound):
        raise Rejected(f"no stop-loss policy {policy or ''} is bound for {year}.".replace("  ", " "),
                       f"Bound are: {', '.join(bound) or 'none'}.")  # fmt: skip
    try:
        found = statutory_findings(history, year, until, state, members=members, policy=policy)
    except NoMembers as problem:
        raise Rejected(f"{problem}.", "Record it, or state the group's size: --members 120") from None
    stamped = stamp(session, until, reached)
    rows = [finding_row(each) for each in found]
    table = Table((
        ("Policy", "text"), ("Effective", "text"), ("What", "text"), ("Required", "amount"), ("Found", "amount"),
        ("", "text"), ("Rule", "text"),
    ))  # fmt: skip
    for each in found:
        check = each.check
        table.rows.append([
            each.policy, each.effective.isoformat(), f"{check.kind}, {each.basis}", check.minimum, check.actual,
            each.verdict, f"{check.rule.law}, {check.rule.applies_to}",
        ])  # fmt: skip
    notes = [f"Source: {text}" for text in dict.fromkeys(each.check.rule.source for each in found)]
    notes += [] if found else [f"No rule of {state} in the table holds for policies that start then."]
    notes.append("Whether a law applies to the sponsor is for counsel to say; nothing is refused because of it.")
    headers = [f"Statutory minimums of {state} · plan year {year}", second_line(stamped)]
    data = {"year": year, "jurisdiction": state, "findings": rows}
    return Report("stoploss-statutory", "stoploss statutory", stamped, data, headers, [table], notes, rows)


def jurisdiction_of(history: History) -> str:
    """The plan's jurisdiction, or nothing."""
    return history.facts.plan.jurisdiction if history.facts.plan else ""


def finding_row(found: Finding) -> dict[str, Any]:
    """One finding as data."""
    from ledger.money import money

    check = found.check
    return {
        "policy": found.policy, "kind": check.kind, "effective": found.effective.isoformat(), "law": check.rule.law,
        "applies_to": check.rule.applies_to, "source": check.rule.source, "members": found.members,
        "expected": None if found.expected is None else money(found.expected), "required": money(check.minimum),
        "found": None if check.actual is None else money(check.actual), "basis": found.basis,
        "verdict": found.verdict,
    }  # fmt: skip
