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
    from collections.abc import Mapping

    from ledger.stop_loss import AggregateMonth
    from projections.accommodations import LentMonth
    from projections.history import History
    from projections.notices import Told
    from projections.stop_loss_report import AggregateRow, SpecificRegister, SpecificRow


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
        ("Member", "text"), ("Eligible paid", "amount"), ("Deductible", "amount"), ("% of it", "text"),
        ("Excess", "amount"), ("Reimbursable", "amount"), ("Filed", "amount"), ("Received", "amount"),
        ("Receivable", "amount"), ("State", "text"),
    ))  # fmt: skip
    for row in rows:
        when = f" · over since {row.triggered_at}" if row.triggered_at else ""
        table.rows.append([
            row.member, row.eligible_paid, row.deductible, _percent(row) + (" laser" if row.lasered else ""),
            row.excess, row.reimbursable, row.filed, row.received, row.receivable, row.state + when,
        ])  # fmt: skip
    total = register.total
    table.rows += [Rule(), [
        "Total", total.eligible_paid, None, "", total.excess, total.reimbursable, total.filed, total.received,
        total.receivable, "",
    ], Rule(double=True)]  # fmt: skip
    return table


def aggregate_report(
    session: Session, year: int | None, as_of: date | None, known_at: str | None, monthly: bool
) -> Report:
    """The plan against the attachment point of its aggregate policy; the first policy of the year is ``data``."""
    from claimfund.errors import Rejected
    from projections.stop_loss_report import aggregate_register

    history, year, until, reached = asked(session, year, as_of, known_at)
    found = aggregate_register(history, year, until)
    if not found:
        raise Rejected(f"no aggregate stop-loss policy is bound for {year}.", "Name it in plan.toml.")
    stamped = stamp(session, until, reached)
    headers = [f"Aggregate stop-loss {year} · {', '.join(row.policy for row in found)}", second_line(stamped)]
    lent = _lent_months(history, year, until)
    data = {"year": year, **_aggregate(found[0], lent.get(found[0].policy, {}))}
    if len(found) > 1:
        data["further_policies"] = [_aggregate(row, lent.get(row.policy, {})) for row in found[1:]]
    tables = [_summary(row) for row in found] + ([_months(row) for row in found] if monthly else [])
    rows = data["months"] if monthly else [{k: v for k, v in data.items() if k not in ("months", "missing_months")}]
    return Report("stoploss-aggregate", "stoploss aggregate", stamped, data, headers, tables, _missing(found), rows)


def _lent_months(history: History, year: int, until: date) -> dict[str, dict[str, LentMonth]]:
    """The accommodation by policy and month; none when more was repaid than advanced, which its own report says."""
    from ledger.accommodation import RepaidMoreThanAdvanced
    from projections.accommodations import accommodations

    try:
        found = accommodations(history, year, until)
    except RepaidMoreThanAdvanced:
        return {}
    return {own.policy: {each.due.month: each for each in own.months} for own in found}


def _aggregate(row: AggregateRow, lent: Mapping[str, LentMonth]) -> dict[str, Any]:
    from ledger.money import money

    point = row.position
    return {
        "policy": row.policy,
        "final": row.final,
        "attachment_point": money(point.attachment_point),
        "sum_of_months": money(point.sum_of_months),
        "minimum": money(point.minimum),
        "eligible": money(point.eligible),
        "rebates": money(point.rebates),
        "excess": money(point.excess),
        "reimbursable": money(point.reimbursable),
        "distance": money(row.distance),
        "filed": money(row.filed),
        "received": money(row.received),
        "accommodation_outstanding": money(row.lent),
        "written_off": money(row.written_off),
        "due": money(row.due),
        "receivable": money(row.receivable),
        "due_to_carrier": money(row.due_to_carrier),
        "missing_months": list(point.missing_months),
        "months": [
            {
                "month": month.month,
                "lives": dict(month.lives),
                "attachment": money(month.attachment),
                "cumulative_attachment": money(month.cumulative_attachment),
                "eligible": money(month.eligible),
                "cumulative_eligible": money(month.cumulative_eligible),
                "to_attachment": money(month.to_attachment),
                "excess": money(month.excess),
                "ratio": _ratio(month),
                "over": money(month.cumulative_eligible - month.to_attachment),
                **_lent(lent.get(month.month)),
            }
            for month in point.months
        ],
    }


def _ratio(month: AggregateMonth) -> str:
    """Eligible to date in percent of the attachment to date, cut off; nothing of an attachment of nothing."""
    if month.to_attachment <= 0 or month.cumulative_eligible < 0:
        return ""
    hundredths = month.cumulative_eligible * 10_000 // month.to_attachment
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def _lent(month: LentMonth | None) -> dict[str, str]:
    """What was recorded of the accommodation on the month's days, and what is outstanding at its end."""
    from ledger.money import money

    advanced, repaid = (month.advanced, month.repaid) if month else (0, 0)
    return {
        "advanced": money(advanced), "repaid": money(repaid),
        "outstanding": money(month.due.outstanding_before if month else 0),
    }  # fmt: skip


def _summary(row: AggregateRow) -> Table:
    point = row.position
    table = Table(((row.policy, "text"), ("Amount", "amount")), dash=False)
    table.rows += [
        ["Sum of the months", point.sum_of_months],
        ["Minimum attachment", point.minimum],
        ["Attachment point" if row.final else "Attachment point to date", point.attachment_point],
        ["Eligible paid", point.eligible],
        ["Rebates", point.rebates],
        ["Below the attachment point" if row.distance >= 0 else "Above the attachment point", row.distance],
        ["Excess", point.excess],
        ["Reimbursable" if row.final else "Reimbursable if the year ended now", point.reimbursable],
        ["Received", row.received],
        ["Lent as accommodation", row.lent],
        ["Due from the carrier" if row.due >= 0 else "Due to the carrier", abs(row.due)],
    ]
    return table


def _months(row: AggregateRow) -> Table:
    table = Table((
        ("Month", "text"), ("Units", "text"), ("Attachment", "amount"), ("To date", "amount"), ("Eligible", "amount"),
        ("Eligible to date", "amount"), ("Of attachment", "text"), ("Excess", "amount"),
    ))  # fmt: skip
    for month in row.position.months:
        lives = " ".join(f"{tier} {count:,}" for tier, count in month.lives)
        table.rows.append([
            month.month, lives, month.attachment, month.cumulative_attachment, month.eligible,
            month.cumulative_eligible, _ratio(month), month.excess,
        ])  # fmt: skip
    return table


def _missing(found: tuple[AggregateRow, ...]) -> list[str]:
    return [
        f"! {row.policy}: no enrollment or budget for {', '.join(row.position.missing_months)}; "
        "the attachment point is too low until it is recorded."
        for row in found
        if row.position.missing_months
    ]
