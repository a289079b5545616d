"""Settlements as reports, before and after they are posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.errors import Refused, Rejected
from claimfund.figures import BODY, LINES
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from ledger.events import Disposition, SettlementPosted
    from ledger.handling import Outcome
    from projections.history import History
    from projections.settlement import SettlementView

_PLACES = {
    "surplus-carried-forward": "Surplus carried forward",
    "deficit-carried-forward": "Deficit carried forward",
    "surplus-refunded": "Surplus refunded to the sponsor",
    "surplus-redistributed": "Surplus redistributed to participants",
    "reserve-transferred": "Placed in reserve",
    "deficit-funded": "Deficit funded by the sponsor",
}


def settled_report(
    session: Session, history: History, posted: SettlementPosted, view: SettlementView, reached: int | None
) -> Report:
    """The preview of a year that is settled: what was posted, and what would be left to restate."""
    from ledger.money import money, shown

    stamped = stamp(session, view.as_of, reached)
    placed = [event for _, event in history.facts.dispositions if event.settlement == posted.settlement]
    notes = [f"Plan year {view.year} is settled as {posted.settlement}. Nothing was recorded."]
    if view.amount != posted.amount:
        notes.append(f"Paid through {view.as_of}, its balance is now {shown(view.amount)}.")
    notes.append(f"To look at it: claimfund settle show {posted.settlement}")
    data = {
        "year": view.year, "settlement": posted.settlement, "supersedes": posted.supersedes,
        "lines": _data(posted.lines), "amount": money(posted.amount), "disposed": money(view.disposed),
        "dispositions": [_disposition(event) for event in placed], "instalments": [],
        "checks": [{"check": check.name, "passed": check.passed, "found": check.found} for check in view.checks],
    }  # fmt: skip
    headers = [
        f"Plan year {view.year} is settled as {posted.settlement} · paid through {posted.as_of}",
        second_line(stamped),
    ]
    table = _lines(posted.lines, posted.amount, placed)
    return Report("settle-preview", "settle preview", stamped, data, headers, [table], notes, _data(posted.lines))


def preview_report(session: Session, view: SettlementView, reached: int | None) -> Report:
    """What posting would record."""
    from ledger.money import money, shown

    stamped = stamp(session, view.as_of, reached)
    table = _lines(view.lines, view.amount, view.dispositions)
    notes = [f"Check  {'ok    ' if check.passed else 'NOT OK'}  {check.name}: {check.found}" for check in view.checks]
    if view.instalments:
        first, last = view.instalments[0], view.instalments[-1]
        notes.insert(
            0, f"Recoverable over {len(view.instalments)} months, {shown(first)} a month (last {shown(last)})."
        )
    notes.append(
        f"Nothing was recorded. To post: claimfund settle post {view.year} --expect-head {stamped.head} --actor NAME"
    )
    data = {
        "year": view.year, "settlement": view.settlement, "supersedes": view.supersedes,
        "lines": _data(view.lines), "amount": money(view.amount), "disposed": money(view.disposed),
        "dispositions": [_disposition(event) for event in view.dispositions],
        "instalments": [money(part) for part in view.instalments],
        "checks": [{"check": check.name, "passed": check.passed, "found": check.found} for check in view.checks],
    }  # fmt: skip
    headers = [f"Settlement of plan year {view.year} · paid through {view.as_of}", second_line(stamped)]
    return Report("settle-preview", "settle preview", stamped, data, headers, [table], notes, _data(view.lines))


def _data(lines: Sequence[Any]) -> list[dict[str, Any]]:
    from ledger.money import money

    return [{"name": line.name, "amount": money(line.amount)} for line in lines]


def _disposition(event: Disposition) -> dict[str, Any]:
    from ledger.money import money

    made = {"kind": event.kind, "amount": money(event.amount), "effective_on": event.effective_on.isoformat()}
    to_year, to = getattr(event, "to_year", None), getattr(event, "to", None)
    if "insurer" in (getattr(event, "payee", ""), getattr(event, "payer", "")):
        to = "insurer"
    return {**made, "to_year": to_year, "to": to, "recovery_months": getattr(event, "recovery_months", None)}


def _place(event: Disposition) -> str:
    """Where a part of the balance goes, in words."""
    if getattr(event, "payee", "") == "insurer":
        return "Surplus kept by the insurer"
    if getattr(event, "payer", "") == "insurer":
        return "Deficit borne by the insurer"
    return _PLACES.get(event.kind, event.kind)


def _lines(lines: Sequence[Any], amount: int, dispositions: Sequence[Disposition]) -> Table:
    table = Table((("Statement", "text"), ("Amount", "amount")))
    amounts = {line.name: line.amount for line in lines}
    result, budgeted = amounts.get("surplus-for-year", 0), bool(amounts.get("budget"))
    body = ["budget" if budgeted else "funding-received", *BODY]
    table.rows.append([LINES["opening"], amounts.get("opening", 0)])
    table.rows += [[LINES[name], amounts[name]] for name in body if amounts.get(name)]
    if rest := result - sum(amounts.get(name, 0) for name in body):
        table.rows.append(["Due to the stop-loss carrier" if budgeted else "Due from the sponsor", rest])
    table.rows += [Rule(), ["Surplus (deficit) for the year", result], ["Balance before disposition", amount], Rule()]
    table.rows += [[_place(event), event.signed] for event in dispositions]
    table.rows.append(Rule(double=True))
    return table


def is_final(view: SettlementView, force: bool, reason: str) -> bool:
    """Whether the settlement is final: every check has passed, or somebody says so and why. Else it is interim."""
    if force and not reason.strip():
        raise Refused("a final settlement with open checks needs a reason.", 'Add --reason "…".')
    return force or all(check.passed for check in view.checks)


def interim_note(view: SettlementView) -> str:
    """Why a settlement is interim, and what comes after it."""
    failed = "; ".join(f"{check.name}: {check.found}" for check in view.checks if not check.passed)
    return f"It is interim ({failed}). Settle {view.year} again when that is complete; the difference is trued up."


def said(view: SettlementView, outcome: Outcome) -> str:
    """``Posted settlement S-2025-01 (event 18,248).``"""
    from ledger.events import SettlementPosted
    from ledger.money import shown

    number = next((r.position for r in outcome.events if isinstance(r.event, SettlementPosted)), 0)
    placed = "; ".join(
        f"{_place(event).lower()} {shown(event.amount)}" for event in view.dispositions
    )
    text = f"Posted settlement {view.settlement} (event {number:,}): balance {shown(view.amount)}"
    return f"{text}; {placed}." if placed else f"{text}."


def posted_report(session: Session, history: History, posted: SettlementPosted, reached: int | None) -> Report:
    """A settlement as it was posted; it never changes."""
    from ledger.money import money

    stamped = stamp(session, posted.as_of, reached)
    placed = [event for _, event in history.facts.dispositions if event.settlement == posted.settlement]
    data = {
        **_brief(posted), "known_at_event": posted.known_at, "lines": _data(posted.lines),
        "dispositions": [_disposition(event) for event in placed], "reason": posted.reason,
        "amount": money(posted.amount),
    }  # fmt: skip
    headers = [
        f"Settlement {posted.settlement} of plan year {posted.year} · {posted.settlement_kind}"
        f" · paid through {posted.as_of}",
        second_line(stamped),
    ]
    table = _lines(posted.lines, posted.amount, placed)
    return Report("settle-show", "settle show", stamped, data, headers, [table], (), _data(posted.lines))


def _brief(posted: SettlementPosted) -> dict[str, Any]:
    from ledger.money import money

    return {
        "settlement": posted.settlement, "year": posted.year, "kind": posted.settlement_kind,
        "as_of": posted.as_of.isoformat(), "amount": money(posted.amount), "supersedes": posted.supersedes,
    }  # fmt: skip


def require_posted(session: Session, history: History, settlement: str, known_at: str | None) -> SettlementPosted:
    """The settlement as it was posted. Refused when that was after the moment asked for, Rejected when never."""
    from ledger.calendar import moment_of
    from ledger.events import SettlementPosted

    posted = history.facts.settlements.get(settlement)
    if posted is not None:
        return posted
    for recorded in session.history().records if known_at is not None else ():
        if isinstance(recorded.event, SettlementPosted) and recorded.event.settlement == settlement:
            on = moment_of(recorded.recorded_at).date()
            raise Refused(
                f"{settlement} was not yet posted at --known-at {known_at}: it was on {on}, by event "
                f"{recorded.position:,}.",
                f"Ask from then on: --known-at {recorded.position}",
            )
    names = ", ".join(history.facts.settlements) or "none"
    raise Rejected(f"there is no settlement {settlement!r}.", f"Posted are: {names}.")


def list_report(session: Session, history: History, reached: int | None, as_of: date | None = None) -> Report:
    """Every posted settlement that is paid through a date or earlier."""
    found = [each for each in history.facts.settlements.values() if as_of is None or each.as_of <= as_of]
    table = Table(
        (("Settlement", "text"), ("Year", "text"), ("Kind", "text"), ("Paid through", "text"), ("Balance", "amount"))
    )
    table.rows += [[p.settlement, str(p.year), p.settlement_kind, p.as_of.isoformat(), p.amount] for p in found]
    rows = [_brief(posted) for posted in found]
    stamped = stamp(session, as_of, reached)
    headers = ["Posted settlements" if found else "No settlement is posted yet", second_line(stamped)]
    return Report(
        "settle-list", "settle list", stamped, {"settlements": rows}, headers, [table] if found else [], (), rows
    )
