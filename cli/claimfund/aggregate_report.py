"""The aggregate register as a report: the plan against its attachment point, month by month when asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.finalized_report import finalized_data, finalized_notes, finalized_table
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.stop_loss_more import asked
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.stop_loss import AggregateMonth
    from projections.accommodations import LentMonth
    from projections.aggregate_months import Accumulated
    from projections.finalizations import Finalization
    from projections.history import History
    from projections.stop_loss_report import AggregateRow


@dataclass(frozen=True)
class _Own:
    """A policy's row with its months and what was finalised."""

    row: AggregateRow
    months: tuple[Accumulated, ...]
    lent: Mapping[str, LentMonth]
    accommodation: bool
    final: Finalization | None


def aggregate_report(
    session: Session, year: int | None, as_of: date | None, known_at: str | None, monthly: bool
) -> Report:
    """The plan against the attachment point of its aggregate policy; the first policy of the year is ``data``."""
    from claimfund.errors import Rejected

    history, year, until, reached = asked(session, year, as_of, known_at)
    found = _found(history, year, until)
    if not found:
        raise Rejected(f"no aggregate stop-loss policy is bound for {year}.", "Name it in plan.toml.")
    stamped = stamp(session, until, reached)
    headers = [f"Aggregate stop-loss {year} · {', '.join(own.row.policy for own in found)}", second_line(stamped)]
    data = {"year": year, **_aggregate(found[0])}
    if len(found) > 1:
        data["further_policies"] = [_aggregate(own) for own in found[1:]]
    tables = [_summary(own.row) for own in found]
    tables += [finalized_table(own.final) for own in found if own.final is not None]
    tables += [table for own in found for table in _monthly(own)] if monthly else []
    rows = data["months"] if monthly else [{k: v for k, v in data.items() if k not in _NESTED}]
    notes = _missing([own.row for own in found]) + finalized_notes(own.final for own in found if own.final)
    return Report("stoploss-aggregate", "stoploss aggregate", stamped, data, headers, tables, notes, rows)


_NESTED = ("months", "missing_months", "run_out", "months_total", "finalized", "further_policies")
_PARTS = ("claims_paid", "taken_back", "not_accepted", "specific_excess", "eligible", "rebates")


def _found(history: History, year: int, until: date) -> list[_Own]:
    from projections.aggregate_months import accumulated
    from projections.finalizations import finalization
    from projections.stop_loss_report import aggregate_register

    policies = {own.policy: own for own in history.aggregate_policies(year)}
    lent = _lent_months(history, year, until)
    return [
        _Own(
            row,
            accumulated(history, year, policies[row.policy], row.position, until),
            lent.get(row.policy, {}),
            policies[row.policy].terms.accommodation,
            finalization(history, row.position, until),
        )
        for row in aggregate_register(history, year, until)
    ]


def _lent_months(history: History, year: int, until: date) -> dict[str, dict[str, LentMonth]]:
    """The accommodation by policy and month; none when more was repaid than advanced, which its own report says."""
    from ledger.accommodation import RepaidMoreThanAdvanced
    from projections.accommodations import accommodations

    try:
        found = accommodations(history, year, until)
    except RepaidMoreThanAdvanced:
        return {}
    return {own.policy: {each.due.month: each for each in own.months} for own in found}


def _aggregate(own: _Own) -> dict[str, Any]:
    from ledger.money import money

    row, point = own.row, own.row.position
    amounts = {
        "attachment_point": point.attachment_point, "sum_of_months": point.sum_of_months, "minimum": point.minimum,
        "eligible": point.eligible, "rebates": point.rebates, "excess": point.excess,
        "reimbursable": point.reimbursable, "distance": row.distance, "filed": row.filed, "received": row.received,
        "accommodation_outstanding": row.lent, "written_off": row.written_off, "due": row.due,
        "receivable": row.receivable, "due_to_carrier": row.due_to_carrier,
    }  # fmt: skip
    run_out = [each for each in own.months if not each.month]
    return {
        "policy": row.policy,
        "final": row.final,
        **{name: money(amount) for name, amount in amounts.items()},
        "missing_months": list(point.missing_months),
        "months": [_month(own, month, each) for month, each in zip(point.months, own.months, strict=False)],
        "run_out": _parts(run_out[:1]) if run_out else None,
        "months_total": _parts(own.months),
        "finalized": finalized_data(own.final),
    }


def _month(own: _Own, month: AggregateMonth, counted: Accumulated) -> dict[str, Any]:
    from ledger.money import money

    return {
        "month": month.month,
        "lives": dict(month.lives),
        "factors": dict(counted.factors),
        "attachment": money(month.attachment),
        "cumulative_attachment": money(month.cumulative_attachment),
        "minimum": money(counted.minimum),
        **_parts([counted]),
        "cumulative_eligible": money(month.cumulative_eligible),
        "to_attachment": money(month.to_attachment),
        "excess": money(month.excess),
        "ratio": _ratio(month),
        "over": money(month.counting - month.to_attachment),
        **_lent(own.lent.get(month.month)),
    }


def _parts(months: Sequence[Accumulated]) -> dict[str, str]:
    """Claims paid − taken back − not accepted − specific excess = eligible, summed over months."""
    from ledger.money import money

    return {name: money(_sum(months, name)) for name in _PARTS}


def _sum(months: Sequence[Accumulated], name: str) -> int:
    return sum(getattr(month, name) for month in months)


def _ratio(month: AggregateMonth) -> str:
    """What counts to date in percent of the attachment to date, cut off; nothing of an attachment of nothing."""
    if month.to_attachment <= 0 or month.counting < 0:
        return ""
    hundredths = month.counting * 10_000 // month.to_attachment
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


def _monthly(own: _Own) -> list[Table]:
    """The attachment, the claims and, when something is or may be lent, the accommodation month by month."""
    lent = own.accommodation or any(each.advanced or each.repaid for each in own.lent.values())
    return [_attachments(own), _claims(own), *([_accommodation(own)] if lent else [])]


def _attachments(own: _Own) -> Table:
    table = Table((
        ("Month", "text"), ("Units", "text"), ("Factors", "text"), ("Attachment", "amount"), ("To date", "amount"),
        ("Minimum", "amount"), ("Attachment point", "amount"),
    ), title=f"{own.row.policy} · attachment")  # fmt: skip
    for month, counted in zip(own.row.position.months, own.months, strict=False):
        lives = " ".join(f"{tier} {count:,}" for tier, count in month.lives)
        factors = " ".join(f"{tier} {factor}" for tier, factor in counted.factors)
        table.rows.append([
            month.month, lives, factors, month.attachment, month.cumulative_attachment, counted.minimum,
            month.to_attachment,
        ])  # fmt: skip
    return table


def _claims(own: _Own) -> Table:
    table = Table((
        ("Month", "text"), ("Paid", "amount"), ("Taken back", "amount"), ("Not accepted", "amount"),
        ("Specific", "amount"), ("Eligible", "amount"), ("To date", "amount"), ("Of point", "count"),
        ("Over (under)", "amount"),
    ), title=f"{own.row.policy} · claims")  # fmt: skip

    def line(name: str, months: Sequence[Accumulated], *more: Any) -> list[Any]:
        paid, *off = (_sum(months, part) for part in _PARTS[:4])
        return [name, paid, *(-each for each in off), _sum(months, "eligible"), *more]

    for month, counted in zip(own.row.position.months, own.months, strict=False):
        to_date, over = month.counting, month.counting - month.to_attachment
        table.rows.append(line(month.month, [counted], to_date, _ratio(month), over))
    after = [each for each in own.months if not each.month]
    if after:
        table.rows.append(line("Run-out", after, own.row.position.eligible, "", None))
    table.rows += [Rule(), line("Total", own.months, None, "", None), Rule(double=True)]
    if own.row.position.rebates:
        table.rows.append(["Rebates", *[None] * 4, -own.row.position.rebates, None, "", None])
    return table


def _accommodation(own: _Own) -> Table:
    table = Table((
        ("Month", "text"), ("Advanced", "amount"), ("Repaid", "amount"), ("Outstanding", "amount"),
    ), title=f"{own.row.policy} · accommodation")  # fmt: skip
    for month in own.row.position.months:
        lent = own.lent.get(month.month)
        if lent is not None:
            table.rows.append([month.month, lent.advanced, -lent.repaid, lent.due.outstanding_before])
    return table


def _missing(found: Sequence[AggregateRow]) -> list[str]:
    return [
        f"! {row.policy}: no enrollment or budget for {', '.join(row.position.missing_months)}; "
        "the attachment point is too low until it is recorded"
        + ("." if row.position.known else ", and nothing is counted as due from the carrier.")
        for row in found
        if row.position.missing_months
    ]
