"""Where every net paid cent stands under each stop-loss policy, as a report."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.stop_loss_more import asked
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from projections.buckets import PolicyBuckets


def bucket_report(
    session: Session, year: int | None, policy: str | None, as_of: date | None, known_at: str | None
) -> Report:
    """Every policy of a year with its buckets, footed to what the plan paid net."""
    from claimfund.errors import Rejected
    from ledger.money import money
    from projections.buckets import stop_loss_buckets

    history, year, until, reached = asked(session, year, as_of, known_at)
    found = stop_loss_buckets(history, year, until, policy=policy)
    if not found:
        what = f"policy {policy}" if policy else "stop-loss policy"
        raise Rejected(f"no {what} is bound for {year}.", "See the bound ones with: claimfund plan show")
    stamped = stamp(session, until, reached)
    rows = [
        {"policy": own.policy, "coverage_kind": own.coverage_kind, "bucket": b.name, "amount": money(b.amount)}
        for own in found
        for b in own.buckets
    ]
    data: dict[str, Any] = {"year": year, "policies": [_told(own) for own in found]}
    headers = [f"Where every net paid cent stands {year}", second_line(stamped)]
    return Report(
        "stoploss-buckets", "stoploss buckets", stamped, data, headers, [_table(own) for own in found], [], rows
    )


def _told(own: PolicyBuckets) -> dict[str, Any]:
    from ledger.money import money

    return {
        "policy": own.policy,
        "coverage_kind": own.coverage_kind,
        "buckets": [{"name": b.name, "amount": money(b.amount), "why": b.why} for b in own.buckets],
        "total": money(own.total),
        "net_paid": money(own.net_paid),
    }


def _table(own: PolicyBuckets) -> Table:
    table = Table(((f"{own.policy} ({own.coverage_kind})", "text"), ("Amount", "amount")))
    table.rows += [[bucket.why[0].upper() + bucket.why[1:], bucket.amount] for bucket in own.buckets]
    table.rows += [Rule(), ["Net plan paid", own.total], Rule(double=True)]
    return table
