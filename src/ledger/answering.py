"""Deciding about what was proposed: approved or rejected by another person, withdrawn by who proposed it. Pure."""

from __future__ import annotations

from datetime import date

from ledger import command_text
from ledger import commands as cmd
from ledger import events as ev
from ledger.plan import Plan
from ledger.proposals import Proposal
from ledger.rules import ChangeExpired, FiguresMoved, NotAllowed, SamePerson

Answer = cmd.ApproveChange | cmd.RejectChange | cmd.WithdrawChange


def waiting(plan: Plan, version: int, today: date) -> Proposal:
    """The proposed change that still waits for an answer. Raises a refusal for any other."""
    found = plan.proposals.named(version)
    if found is None:
        raise NotAllowed("unknown-proposal", "That is not a proposed change.", "List them with: claimfund proposals")
    if found.state != "open":
        raise NotAllowed(
            "answered",
            f"Proposed change {found.position} was {found.state} by {found.answered_by} (event {found.answered_at}).",
            "See: claimfund proposals",
        )
    return found


def answered(answer: Answer, plan: Plan, actor: str, today: date) -> tuple[ev.Event, ...]:
    """The event of an answer; for an approval everything is checked that it rests on, but not yet carried out."""
    proposal = waiting(plan, answer.proposal, today)
    sha256 = proposal.event.sha256
    match answer:
        case cmd.ApproveChange():
            _may_approve(answer, proposal, plan, actor, today)
            return (ev.ChangeApproved(proposal=answer.proposal, sha256=sha256),)
        case cmd.RejectChange():
            if not answer.reason.strip():
                raise NotAllowed("reason", "A rejection needs a reason.", 'Add --reason "…".')
            return (ev.ChangeRejected(proposal=answer.proposal, sha256=sha256, reason=answer.reason),)
        case cmd.WithdrawChange():
            if plan.people.person_of(actor) != plan.people.person_of(proposal.proposer):
                raise NotAllowed(
                    "proposer",
                    f"Proposed change {proposal.position} is {proposal.proposer}'s; only they withdraw it.",
                    f'Refuse it with: claimfund reject {proposal.position} --reason "…"',
                )
            return (ev.ChangeWithdrawn(proposal=answer.proposal, sha256=sha256, reason=answer.reason),)


def _may_approve(answer: cmd.ApproveChange, proposal: Proposal, plan: Plan, actor: str, today: date) -> None:
    told, people = proposal.event.sha256, plan.people
    if len(answer.sha256) < 8 or not told.startswith(answer.sha256.lower()):
        raise NotAllowed(
            "other-change",
            f"The hash of proposed change {proposal.position} is {told[:16]}, you named {answer.sha256 or 'none'}.",
            "Look at what was proposed with: claimfund proposals --open",
        )
    if proposal.standing(today) == "expired":
        raise ChangeExpired(proposal.position, proposal.event.expires_on)
    if actor == proposal.proposer or people.person_of(actor) == people.person_of(proposal.proposer):
        others = people.others_with("approver", people.person_of(proposal.proposer))
        raise SamePerson(proposal.position, actor, proposal.proposer, others)
    if proposal.moved_by:
        raise FiguresMoved(proposal.position, proposal.moved_by)


def proposed_command(proposal: Proposal) -> cmd.Command:
    """What was proposed, read from its recorded text. Raises a refusal when it cannot be read any more."""
    try:
        return command_text.read(proposal.event.command)
    except command_text.UnreadableCommand:
        raise NotAllowed(
            "unreadable",
            f"Proposed change {proposal.position} was written by another version of claimfund and cannot be read.",
            "Reject it and let it be proposed again.",
        ) from None
