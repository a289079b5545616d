"""The final figures of an aggregate policy as recorded, beside what a replay gives now (domain 5.4, INV-24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger.aggregate import AggregatePosition
from ledger.events import AggregateFinalized
from projections.carriers import aggregates
from projections.history import History

FIGURES = ("attachment_point", "eligible", "rebates", "reimbursable")


@dataclass(frozen=True, slots=True)
class FinalFigure:
    """A figure as it was finalised and as it is now, in minor units."""

    name: str
    final: int
    now: int

    @property
    def change(self) -> int:
        """What came to it since."""
        return self.now - self.final


@dataclass(frozen=True, slots=True)
class Finalization:
    """The newest finalisation of a policy by a date: its event, audit and reason, and its four figures."""

    policy: str
    event: int
    finalized_on: date
    audit_ref: str
    reason: str
    figures: tuple[FinalFigure, ...]

    @property
    def agrees(self) -> bool:
        """Whether a replay gives every figure as it was finalised."""
        return not any(figure.change for figure in self.figures)


def finalization(history: History, position: AggregatePosition, as_of: date) -> Finalization | None:
    """How a policy was finalised by a date, beside its position; nothing while it is not final."""
    newest = None
    for recorded in history.records:
        event = recorded.event
        if isinstance(event, AggregateFinalized) and event.policy == position.policy and event.finalized_on <= as_of:
            newest = recorded.position, event
    if newest is None:
        return None
    at, event = newest
    return Finalization(
        policy=event.policy,
        event=at,
        finalized_on=event.finalized_on,
        audit_ref=event.audit_ref,
        reason=event.reason,
        figures=tuple(FinalFigure(name, getattr(event, name), getattr(position, name)) for name in FIGURES),
    )


def finalizations(history: History, year: int, as_of: date) -> dict[str, Finalization]:
    """The finalised aggregate policies of a plan year, by policy. Raises :class:`ledger.aggregate.MissingFactor`."""
    if not history.facts.finalized:
        return {}
    found = (
        finalization(history, position, as_of)
        for _, position in aggregates(history, year, as_of, history.lines_until(as_of))
    )
    return {each.policy: each for each in found if each is not None}
