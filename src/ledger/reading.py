"""Reading what was recorded: plans, their histories, and the signed state at any event. Needs no rule and no clock."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.codec import decode
from ledger.events import Page
from ledger.ports import Head, Records
from ledger.recorded import Recorded
from ledger.refusals import LedgerDamaged
from ledger.tree import Frontier


class Reading:
    """A ledger that is only read; a report loads neither the commands nor what decides them."""

    def __init__(self, store: Records) -> None:
        self.store = store

    def plans(self) -> tuple[str, ...]:
        """The codes of the plans in the ledger."""
        return self.store.plans()

    def head(self) -> Head:
        """The newest signed state of the whole ledger."""
        return self.store.head()

    def history(
        self, plan: str | None = None, known_at: int | None = None, *, whole: bool = False
    ) -> Iterator[Recorded]:
        """A plan's events (or all plans') in order, up to and including an event number.

        Columns of pages are opened and checked when they are asked for; with ``whole`` all of them are checked at once
        too, and none is kept for that.
        """
        versions: dict[str, int] = {}
        for record in self.store.read(plan, until=known_at):
            expected = versions.get(record.plan, 0) + 1
            if record.version != expected:
                raise LedgerDamaged(
                    f"Event {record.position} of plan {record.plan} is number {record.version} of its history and "
                    f"should be number {expected}: something is missing. See: claimfund verify",
                    record.position,
                )
            versions[record.plan] = expected
            recorded = decode(record, later=True)
            if whole and isinstance(recorded.event, Page):
                recorded.event.lines.look_through()
            yield recorded

    def head_at(self, position: int) -> Head:
        """The state of the whole ledger when it ended at an event number; its root follows from the leaf hashes."""
        head = self.store.head()
        if position >= head.size:
            return head
        tree = Frontier()
        for _, leaf in self.store.leaf_hashes(until=position):
            tree.append(leaf)
        return Head(position, tree.root(), "")

    def position_at(self, micros: int) -> int:
        """The number of the last event recorded by a moment; 0 when there was none."""
        low, high = 0, self.store.head().size
        while low < high:
            middle = (low + high + 1) // 2
            moment = self.store.recorded_at(middle)
            assert moment is not None
            low, high = (middle, high) if moment <= micros else (low, middle - 1)
        return low
