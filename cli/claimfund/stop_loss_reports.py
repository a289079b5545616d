"""The stop-loss registers as reports; the JSON keys are those that scripts rely on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.counting import many
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.stop_loss_more import asked
from claimfund.tables import Rule, Table

if TYPE_CHECKING:

    from projections.history import History
    from projections.notices import Told
    from projections.stop_loss_report import SpecificRegister, SpecificRow


_BELOW = "below notice"


def specific_report(
    session: Session, year: int | None, as_of: date | None, known_at: str | None, everybody: bool
) -> Report:
    """Everybody against the specific deductible; by default those at notice level or over."""
    from projections.stop_loss_report import specific_register

    history, year, until, reached = asked(session, year, as_of, known_at)
    register = specific_register(history, year, until)
    chosen = [row for row in (register.rows if everybody else register.notable) if everybody or row.state != _BELOW]
    sent = _notices(history, year, until, register)
    rows = [_member(row, sent) for row in chosen]
    stamped = stamp(session, until, reached)
    data = {"year": year, "members": rows, "total": _total(register)}
    headers = [*_specific_terms(history, year, until), second_line(stamped)]
    notes = [] if everybody else _left_out(register, len(chosen))
    return Report(
        "stoploss-specific", "stoploss specific", stamped, data, headers, [_table(register, chosen)], notes, rows
    )


def _left_out(register: SpecificRegister, listed: int) -> list[str]:
    from ledger.money import shown

    left = len(register.rows) - listed
    over = register.total.members_over
    notes = [f"{many(over, 'member')} over the deductible."]
    if register.total.due_to_carrier:
        owed = shown(register.total.due_to_carrier)
        notes.append(f"! {owed} is payable to the carrier: it paid more than is due now.")
    if left:
        notes.append(f"{many(left, 'member')} below the notice level: in the total, not listed; add --all.")
    return notes


def _specific_terms(history: History, year: int, until: date) -> list[str]:
    from ledger.money import shown

    policies = history.specific_policies(year)
    if not policies:
        return [f"Specific stop-loss {year} · no policy is bound"]
    return [
        f"Specific stop-loss {year} · {policy.policy} · deductible {shown(policy.terms.deductible)} · "
        f"basis {policy.terms.contract_basis} · paid through {until}"
        for policy in policies
    ]


def _notices(history: History, year: int, until: date, register: SpecificRegister) -> dict[tuple[str, str], Told]:
    """The notice at the notice level of each policy and member."""
    from projections.notices import told

    found = told(history, year, until, register=register)
    return {(each.notice.policy, each.notice.member): each for each in found if each.notice.kind == "notice-level"}


def _member(row: SpecificRow, sent: dict[tuple[str, str], Told]) -> dict[str, Any]:
    from ledger.money import money

    notice = sent.get((row.policy, row.member))
    days = {
        "first_incurred": row.first_incurred, "triggered_at": row.triggered_at,
        "notice_due": notice.due if notice else None, "notice_sent": notice.sent_on if notice else None,
    }  # fmt: skip
    told = {name: day.isoformat() if day else None for name, day in days.items()}

    def amounts(*names: str) -> dict[str, str]:
        return {name: money(getattr(row, name)) for name in names}

    return {
        "member": row.member, "policy": row.policy, "relation": row.relation, **amounts("paid", "eligible_paid"),
        "first_incurred": told["first_incurred"], **amounts("deductible"), "lasered": row.lasered,
        "percent_of_deductible": _percent(row), "notice_due": told["notice_due"], "notice_sent": told["notice_sent"],
        **amounts("excess", "absorbed", "reimbursable", "filed", "approved", "received", "advanced", "written_off"),
        **amounts("outstanding"), "age": row.age, **amounts("due", "receivable", "due_to_carrier"), "state": row.state,
        "triggered_at": told["triggered_at"],
    }  # fmt: skip


def _percent(row: SpecificRow) -> str:
    return f"{row.percent // 100}.{row.percent % 100:02d}%" if row.deductible and row.percent >= 0 else ""


def _total(register: SpecificRegister) -> dict[str, Any]:
    from ledger.money import money

    total = register.total
    names = (
        "paid", "eligible_paid", "excess", "absorbed", "reimbursable", "filed", "approved", "received", "advanced",
        "written_off", "outstanding", "due", "receivable", "due_to_carrier",
    )  # fmt: skip
    return {"members_over": total.members_over, **{name: money(getattr(total, name)) for name in names}}


def _table(register: SpecificRegister, rows: list[SpecificRow]) -> Table:
    table = Table((
        ("Member", "text"), ("Eligible paid", "amount"), ("Deductible", "amount"), ("% of it", "count"),
        ("Excess", "amount"), ("Reimbursable", "amount"), ("Filed", "amount"), ("Received", "amount"),
        ("Receivable", "amount"), ("State", "text"),
    ))  # fmt: skip
    for row in rows:
        when = (" · laser" if row.lasered else "") + (f" · over since {row.triggered_at}" if row.triggered_at else "")
        table.rows.append([
            row.member, row.eligible_paid, row.deductible, _percent(row),
            row.excess, row.reimbursable, row.filed, row.received, row.receivable, row.state + when,
        ])  # fmt: skip
    total = register.total
    table.rows += [Rule(), [
        "Total", total.eligible_paid, None, "", total.excess, total.reimbursable, total.filed, total.received,
        total.receivable, "",
    ], Rule(double=True)]  # fmt: skip
    return table
