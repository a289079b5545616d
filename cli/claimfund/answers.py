"""Proposed changes on the command line: found by event number, answered, and listed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.errors import Refused
from claimfund.output import Report
from claimfund.recording import state
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Table

if TYPE_CHECKING:
    from ledger.proposals import Proposal


def proposal_at(session: Session, number: int) -> Proposal:
    """The proposed change that is this event of the plan."""
    known = state(session).proposals.known.values()
    found = next((proposal for proposal in known if proposal.position == number), None)
    if found is None:
        raise Refused(
            f"event {number} is not a proposed change of plan {session.plan}.", "List them with: claimfund proposals"
        )
    return found


def proposals_report(session: Session, on: date, reached: int | None, only_open: bool) -> Report:
    """Proposed changes with what became of them, as they stood on a day."""
    rows: list[dict[str, Any]] = []
    table = Table((
        ("Change", "text"), ("By", "text"), ("What", "text"), ("Amount", "amount"), ("Until", "text"),
        ("State", "text"), ("Hash", "text"),
    ))  # fmt: skip
    for proposal in state(session, reached).proposals.known.values():
        row = _row(proposal, on)
        if only_open and row["state"] != "open":
            continue
        rows.append(row)
        answered = f"{row['state']} by {proposal.answered_by}" if proposal.answered_by else row["state"]
        event = proposal.event
        table.rows.append([
            str(proposal.position), proposal.proposer, event.summary, event.amount, str(event.expires_on),
            "open, figures moved" if row["state"] == "open" and proposal.moved_by else answered, event.sha256[:16],
        ])  # fmt: skip
    stamped = stamp(session, on, reached)
    title = "Proposed changes that wait" if only_open else "Proposed changes"
    headers = [f"{title} · plan {session.plan}" if rows else "No change is proposed", second_line(stamped)]
    return Report("proposals", "proposals", stamped, {"proposals": rows}, headers, [table] if rows else [], (), rows)


def _row(proposal: Proposal, on: date) -> dict[str, Any]:
    import json

    from ledger.money import money

    event = proposal.event
    return {
        "change": proposal.position, "proposed_by": proposal.proposer, "what": event.summary,
        "amount": None if event.amount is None else money(event.amount), "expires_on": event.expires_on.isoformat(),
        "state": proposal.standing(on), "answered_by": proposal.answered_by,
        "answered_at": proposal.answered_at or None, "figures_moved_by": proposal.moved_by or None,
        "sha256": event.sha256, "command": json.loads(event.command),
    }  # fmt: skip
