"""Changes that wait for a second person, folded from a plan's events. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ledger import events as ev
from ledger.calendar import day_of
from ledger.recorded import Recorded

State = Literal["open", "approved", "rejected", "withdrawn"]
_DATES = (
    "effective_on", "received_on", "filed_on", "decided_on", "acknowledged_on", "appealed_on", "written_off_on",
    "returned_on", "requested_on", "starts_on",
)  # fmt: skip


@dataclass(slots=True)
class Proposal:
    """One proposed change: what, by whom, what became of it, and which event made its figures out of date."""

    version: int
    position: int
    event: ev.ChangeProposed
    proposer: str
    state: State = "open"
    answered_by: str = ""
    answered_at: int = 0
    moved_by: int = 0

    def standing(self, today: date) -> str:
        """Its state on a day; an open one is expired after its last day."""
        return "expired" if self.state == "open" and today > self.event.expires_on else self.state


@dataclass(slots=True)
class Proposals:
    """The proposed changes of one plan by the version of their event."""

    known: dict[int, Proposal] = field(default_factory=dict)
    _settling: dict[int, date] = field(default_factory=dict)

    def apply(self, recorded: Recorded) -> None:
        """Remember an event: a proposal, its answer, or a movement of figures that an open settlement rests on."""
        event = recorded.event
        for version, as_of in self._settling.items():
            proposal = self.known[version]
            if not proposal.moved_by and moves_figures(event, as_of):
                proposal.moved_by = recorded.position
        if isinstance(event, ev.ChangeProposed):
            self.known[recorded.version] = Proposal(recorded.version, recorded.position, event, recorded.actor)
            if event.figures_as_of is not None:
                self._settling[recorded.version] = event.figures_as_of
        elif isinstance(event, ev.ProposalAnswered):
            self._answered(event, recorded)

    def named(self, version: int) -> Proposal | None:
        """The proposal that is this version of the plan."""
        return self.known.get(version)

    def open_with(self, sha256: str, today: date) -> Proposal | None:
        """The proposal of the same command that still waits."""
        return next(
            (p for p in self.known.values() if p.event.sha256 == sha256 and p.standing(today) == "open"), None
        )

    def _answered(self, event: ev.ProposalAnswered, recorded: Recorded) -> None:
        proposal = self.known[event.proposal]
        if isinstance(event, ev.ChangeApproved):
            proposal.state = "approved"
        else:
            proposal.state = "rejected" if isinstance(event, ev.ChangeRejected) else "withdrawn"
        proposal.answered_by, proposal.answered_at = recorded.actor, recorded.position
        self._settling.pop(event.proposal, None)


def moves_figures(event: ev.Event, as_of: date) -> bool:
    """Whether an event can move a figure as of a date; one without a business date always can."""
    match event:
        case (
            ev.ActorEnrolled() | ev.RoleGranted() | ev.RoleRevoked() | ev.ApprovalsSet() | ev.ChangeProposed()
            | ev.ProposalAnswered() | ev.PeriodClosed() | ev.PeriodReopened() | ev.ImportBatchAccepted()
            | ev.ImportBatchRefused() | ev.StopLossNoticeSent() | ev.StopLossTriggered() | ev.CheckRegisterReceived()
            | ev.MemberKeyErased() | ev.LegalHoldSet() | ev.LegalHoldReleased() | ev.ExportProduced()
            | ev.AggregateFinalized()
        ):  # fmt: skip
            return False
        case ev.Page():
            return day_of(int(event.lines["booked_on"].min())) <= as_of
        case _:
            days = [getattr(event, name) for name in _DATES if hasattr(event, name)]
            return not days or min(days) <= as_of
