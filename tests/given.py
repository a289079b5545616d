"""``given(...).when(...).then(...)``: a plan's history in a few words, for tests that read as sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from ledger import commands as cmd
from ledger.calendar import day_number
from ledger.events import BudgetMonth, Event
from ledger.handling import Ledger
from ledger.identity import identified
from ledger.lines import lines_of
from ledger.money import allocate, cents
from ledger.ports import Store
from ledger.recorded import Recorded
from ledger.refusals import Refusal
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.terms import AggregateTerms, ArrangementTerms, SpecificTerms
from projections.history import History
from projections.position import PositionView, position

PLAN = "NW"


class ScriptedClock:
    """A clock that starts in January 2026 and moves one second with each reading."""

    def __init__(self, start: int = 1_767_225_600_000_000) -> None:
        self.moment = start

    def now(self) -> int:
        """The next moment."""
        self.moment += 1_000_000
        return self.moment


def line(claim: str, amount: str, **given: Any) -> dict[str, Any]:
    """One line of a register; paid 2025-03-03 for a service of 2025-02-10 unless said."""
    paid = given.pop("paid", "2025-03-03")
    paid_on = day_number(date.fromisoformat(paid))
    incurred_on = day_number(date.fromisoformat(given.pop("incurred", "2025-02-10")))
    booked_on = day_number(date.fromisoformat(given.pop("booked", paid)))
    row: dict[str, Any] = {
        "claim_id": claim,
        "claim_line": 1,
        "txn_type": "PAYMENT",
        "member": "M-A",
        "coverage": "MED",
        "incurred_on": incurred_on,
        "paid_on": paid_on,
        "booked_on": booked_on,
        "amount": cents(amount),
        "specific_eligible": 1,
        "aggregate_eligible": 1,
        "method": "CHK",
        "payment_ref": f"CK-{claim}",
    }
    row.update(given)
    row.setdefault("family", row["member"])
    row.setdefault("eligible", row["amount"])
    return row


def register(*rows: dict[str, Any], name: str = "REG-1", **given: Any) -> cmd.RecordRegister:
    """A register of lines, with identities as intake makes them."""
    return cmd.RecordRegister(register_id=name, lines=identified(lines_of(rows)), **given)


def budget(year: int, amount: str) -> cmd.SetBudget:
    """A yearly budget over twelve months."""
    parts = allocate(cents(amount), [1] * 12)
    return cmd.SetBudget(year, tuple(BudgetMonth(month=f"{year}-{m:02d}", amount=parts[m - 1]) for m in range(1, 13)))


def specific(deductible: str, basis: str = "12/15", policy: str = "SPEC-2025", **terms: Any) -> cmd.BindPolicy:
    """A specific policy from 2025-01-01."""
    return cmd.BindPolicy(
        policy,
        date(2025, 1, 1),
        specific=SpecificTerms(
            deductible=cents(deductible), contract_basis=basis, **{"overlap": "incurred-period", **terms}
        ),
    )


def aggregate(policy: str = "AGG-2025", **terms: Any) -> cmd.BindPolicy:
    """An aggregate policy from 2025-01-01."""
    return cmd.BindPolicy(policy, date(2025, 1, 1), aggregate=AggregateTerms(**{"overlap": "incurred-period", **terms}))


def money(kind: str, amount: str, on: str = "2025-03-03", **given: Any) -> cmd.RecordMoney:
    """Money in or out."""
    return cmd.RecordMoney(kind, cents(amount), date.fromisoformat(on), **given)


def start(code: str = PLAN, **terms: Any) -> tuple[cmd.Command, ...]:
    """The first commands of a budgeted plan whose years are calendar years."""
    return (
        cmd.RegisterPlan(code, "Northwind Employee Health Benefit Plan", "Northwind Manufacturing, Inc."),
        cmd.SetArrangement(date(2025, 1, 1), ArrangementTerms(**terms)),
        cmd.OpenYear(2025),
    )


@dataclass
class World:
    """A ledger in some state."""

    ledger: Ledger
    plan: str = PLAN
    last: tuple[Recorded, ...] = ()
    refusal: Refusal | None = None
    asked: list[cmd.Command] = field(default_factory=list)

    def when(self, *commands: cmd.Command, by: str = "tester") -> World:
        """Ask the plan to record commands together."""
        self.refusal = None
        try:
            self.last = self.ledger.handle(self.plan, commands, actor=by).events
        except Refusal as refusal:
            self.refusal, self.last = refusal, ()
        return self

    def then(self, *kinds: type[Event]) -> World:
        """The events that were recorded, by kind and in order."""
        assert self.refusal is None, str(self.refusal)
        assert [type(recorded.event) for recorded in self.last] == list(kinds)
        return self

    def then_refused(self, code: str, *words: str) -> World:
        """Nothing was recorded, for this reason."""
        if self.refusal is None:
            pytest.fail(f"nothing was refused; recorded {[type(e.event).__name__ for e in self.last]}")
        assert self.refusal.code == code, str(self.refusal)
        for word in words:
            assert word in str(self.refusal)
        return self

    def accepted(self) -> World:
        """Nothing was refused."""
        assert self.refusal is None, str(self.refusal)
        return self

    def history(self, known_at: int | None = None) -> History:
        """What the projections read."""
        return History(self.ledger.history(self.plan, known_at))

    def position(self, year: int = 2025, as_of: str = "2025-12-31") -> PositionView:
        """The position of a plan year."""
        return position(self.history(), year, date.fromisoformat(as_of))


def given(*commands: cmd.Command, store: Store | None = None, **terms: Any) -> World:
    """A plan on which these commands were recorded, in memory unless a store is given."""
    ledger = Ledger(store or MemoryLedgerRecorder(), ScriptedClock())
    world = World(ledger)
    world.when(*start(**terms)).accepted()
    for command in commands:
        world.when(command).accepted()
    return world
