"""The stop-loss policies as they are bound: terms, windows, lasers and factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claimfund.errors import Refused, Rejected
from claimfund.finalized_report import finalized_data, finalized_notes, finalized_table
from claimfund.options import begun_plan, known_position
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from datetime import date

    from ledger.events import StopLossPolicyBound
    from projections.finalizations import Finalization
    from projections.history import History


def policy_report(session: Session, policy: str | None, as_of: date | None, known_at: str | None) -> Report:
    """Each policy effective by a date, or one of them."""
    reached = known_position(session, known_at)
    history = session.history(reached)
    bound = [
        each for each in history.facts.policies.values()
        if policy in (None, each.policy) and (as_of is None or each.effective <= as_of)
    ]  # fmt: skip
    begun_plan(history, as_of)
    if as_of is not None and history.facts.policies and not bound and policy is None:
        first = min(each.effective for each in history.facts.policies.values())
        raise Refused(f"no stop-loss policy was effective by {as_of}.", f"The first is from {first}.")
    if policy is not None and not bound:
        known = ", ".join(history.facts.policies) or "none"
        raise Rejected(f"no stop-loss policy {policy} is bound.", f"Bound are: {known}.")
    findings, unsaid = _statutory(history, as_of or session.today)
    final = _final(history, as_of or session.today)
    found = [
        {**_policy(history, each, findings), "finalized": finalized_data(final.get(each.policy))} for each in bound
    ]
    tables = []
    for each in found:
        table = Table(((each["policy"], "text"), ("Terms", "text")))
        table.rows += [[name, text] for name, text in _said(each)]
        tables.append(table)
        if each["policy"] in final:
            tables.append(finalized_table(final[each["policy"]]))
    stamped = stamp(session, as_of, reached)
    headers = ["Stop-loss policies", second_line(stamped)]
    notes = unsaid if found else ["No policy is bound."]
    notes += finalized_notes(final[each.policy] for each in bound if each.policy in final)
    rows = [{"policy": each["policy"], "key": name, "value": text} for each in found for name, text in _said(each)]
    return Report("stoploss-policy", "stoploss policy", stamped, {"policies": found}, headers, tables, notes, rows)


def _final(history: History, as_of: date) -> dict[str, Finalization]:
    from projections.finalizations import finalizations

    years = sorted(history.facts.years)
    return {policy: found for year in years for policy, found in finalizations(history, year, as_of).items()}


def _statutory(history: History, as_of: date) -> tuple[list[dict[str, Any]], list[str]]:
    """The findings of the plan's state about every policy, and what could not be said."""
    from claimfund.accommodation_report import finding_row, jurisdiction_of
    from projections.statutory_findings import NoMembers, jurisdictions, statutory_findings

    state = jurisdiction_of(history)
    if state not in jurisdictions():
        return [], ["Statutory minimums: claimfund stoploss statutory --jurisdiction STATE"]
    made, unsaid = [], []
    for year in sorted(history.facts.years):
        try:
            made += [finding_row(each) for each in statutory_findings(history, year, as_of, state)]
        except NoMembers as problem:
            unsaid.append(f"Statutory minimums {year}: {problem}.")
    return made, unsaid


def _policy(history: History, bound: StopLossPolicyBound, findings: list[dict[str, Any]]) -> dict[str, Any]:
    from claimfund.commands.plan import _as_text
    from ledger.policies import year_end
    from ledger.stop_loss import policy_window

    terms = bound.specific or bound.aggregate
    assert terms is not None
    specifics, aggregates = history.specific_policies(), history.aggregate_policies()
    windows = {own.policy: policy_window(own) for own in specifics} | {a.policy: policy_window(a) for a in aggregates}
    held = windows[bound.policy]
    lasers = history.facts.lasers.get(bound.policy, ())
    factors = history.facts.factors.get(bound.policy, ())
    return {
        "policy": bound.policy,
        "kind": bound.coverage_kind,
        "carrier": bound.carrier,
        "effective": bound.effective.isoformat(),
        "expires": year_end(bound.effective, bound.expires).isoformat(),
        "window": {
            name: getattr(held, name).isoformat() for name in ("incurred_from", "incurred_to", "paid_from", "paid_to")
        },
        "terms": _as_text(terms.model_dump(mode="json")),
        "lasers": [_as_text(laser.model_dump(mode="json")) for laser in lasers],
        "factors": [
            {"tier": f.tier, "coverage": f.coverage, "factor": f.factor, "from_month": f.from_month} for f in factors
        ],
        "statutory": [each for each in findings if each["policy"] == bound.policy],
    }


def _said(policy: dict[str, Any]) -> list[tuple[str, str]]:
    from claimfund.commands.plan import _flat

    told = {name: value for name, value in policy.items() if name not in ("policy", "statutory", "finalized")}
    minimums = [
        (f"statutory {each['kind']}", f"{each['verdict']}: {each['found']} found, {each['required']} required by "
                                      f"{each['law']} ({each['source']})")
        for each in policy["statutory"]
    ]  # fmt: skip
    return [*_flat("", told), *minimums]
