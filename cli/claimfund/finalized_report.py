"""The final figures of an aggregate policy in a report: as data, as a table, and flagged when a replay gives others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from claimfund.tables import Table

if TYPE_CHECKING:
    from projections.finalizations import Finalization

_NAMES = {
    "attachment_point": "Attachment point", "eligible": "Eligible paid", "rebates": "Rebates",
    "reimbursable": "Reimbursable",
}  # fmt: skip


def finalized_data(found: Finalization | None) -> dict[str, Any] | None:
    """A finalisation as data; nothing while the policy is not final."""
    from ledger.money import money

    if found is None:
        return None
    return {
        "event": found.event, "finalized_on": found.finalized_on.isoformat(), "audit_ref": found.audit_ref,
        "reason": found.reason, "agrees": found.agrees,
        "figures": [
            {"figure": each.name, "final": money(each.final), "now": money(each.now), "change": money(each.change)}
            for each in found.figures
        ],
    }  # fmt: skip


def finalized_table(found: Finalization) -> Table:
    """Every figure as finalised, now, and the change."""
    title = f"{found.policy} finalised on {found.finalized_on} · audit {found.audit_ref} · event {found.event:,}"
    table = Table((("Figure", "text"), ("Final", "amount"), ("Now", "amount"), ("Change", "amount")), title=title)
    table.rows += [[_NAMES[each.name], each.final, each.now, each.change] for each in found.figures]
    return table


def finalized_notes(found: Iterable[Finalization]) -> list[str]:
    """A warning for each policy whose figures are no longer those that were finalised."""
    return [
        f"! {each.policy}: {', '.join(_NAMES[f.name].lower() for f in each.figures if f.change)} changed since it was "
        f"finalised. See why with: claimfund events --from {each.event}; finalise it again with --reason."
        for each in found
        if not each.agrees
    ]
