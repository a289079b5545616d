"""Random sequences of several people on one plan, and a judge that knows nothing of the rules' code.

The machine asks, approves, rejects, withdraws, closes, reopens, changes roles and lets time pass, under names of which
two are one person. The judge then reads the recorded history from its first event and says what must not be there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from given import PLAN, ScriptedClock, budget, line, register, specific, start
from ledger import commands as cmd
from ledger import events as ev
from ledger.handling import Ledger
from ledger.recorded import Recorded
from ledger.refusals import Refusal
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.terms import ApprovalTerms

NAMES = ("ada", "pat", "pat2", "kim", "lee", "eve", "stranger")
ABOVE = 10_000_00
FILED = 50_000_00
TERMS = (
    ApprovalTerms(
        reopening=True, settlement=True, write_off=True, manual_adjustment=True, manual_adjustment_above=ABOVE,
        people=True, denial=True, denial_above=ABOVE, expiry_days=5,
    ),
    ApprovalTerms(reopening=True, settlement=True, write_off=True, manual_adjustment=True, denial=True, expiry_days=5),
    ApprovalTerms(),
)  # fmt: skip
FIRST: tuple[cmd.Command, ...] = (
    *start(), budget(2025, "1200000.00"), specific("100000.00"),
    cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 90_000_00, date(2025, 1, 5)),
    cmd.DecideClaim("SL-1", "approved", 90_000_00, date(2025, 1, 6)),
    cmd.FileClaim("SL-2", "SPEC-2025", "M-A", FILED, date(2025, 1, 7)),
    register(line("C-1", "20000.00", paid="2025-02-03", incurred="2025-01-02"), name="REG-0"),
)  # fmt: skip
PEOPLE: tuple[cmd.Command, ...] = (
    cmd.EnrollActor("ada", ("preparer",)),
    cmd.EnrollActor("pat", ("preparer",), person="P-1"),
    cmd.EnrollActor("pat2", ("preparer", "approver"), person="p-1"),
    cmd.EnrollActor("kim", ("approver",)),
    cmd.EnrollActor("lee", ("preparer", "approver", "administrator")),
    cmd.EnrollActor("eve", ("auditor",)),
)
MONTHS = st.sampled_from(["2025-01", "2025-02", "2025-03"])
DAYS = st.builds(date, st.just(2025), st.integers(1, 4), st.integers(1, 28))
APPROVED = st.sampled_from([0, FILED - ABOVE - 1, FILED - ABOVE, FILED])
AMOUNTS = st.sampled_from([100, ABOVE, ABOVE + 1, 45_000_00])
ACTORS = st.sampled_from(NAMES)
ROLES = st.sampled_from(["preparer", "approver", "administrator"])
ASKING = st.sampled_from((*["pat", "lee", "ada"] * 3, *NAMES))  # mostly somebody who may
APPROVING = st.sampled_from((*["kim", "kim", "pat2"] * 3, *NAMES))
RULING = st.sampled_from((*["ada", "lee"] * 4, *NAMES))


class FourEyes(RuleBasedStateMachine):
    """One plan, six enrolled names of five persons, and a stranger."""

    counted: ClassVar[Counter[str]] = Counter()

    @initialize(enrolled=st.sampled_from([True, True, True, False]), terms=st.sampled_from([0, 0, 0, 1]))
    def begin(self, enrolled: bool, terms: int) -> None:
        """A plan with a budget, a policy, an approved filing and a payment; people mostly enrolled."""
        self.clock = ScriptedClock()
        self.ledger = Ledger(MemoryLedgerRecorder(), self.clock)
        first = (*FIRST, *(PEOPLE if enrolled else ()), cmd.SetApprovals(TERMS[terms]))
        self.ledger.handle(PLAN, first, actor="ada")
        self.number = 0

    def ask(self, actor: str, *commands: cmd.Command) -> None:
        """Ask, and count what came of it."""
        self.number += 1
        try:
            outcome = self.ledger.handle(PLAN, commands, actor=actor, key=f"k{self.number}")
        except Refusal as refusal:
            self.counted[f"refused: {refusal.code}"] += 1
        else:
            self.counted.update(f"recorded: {recorded.event.kind}" for recorded in outcome.events)

    @rule(actor=ASKING, amount=AMOUNTS, day=DAYS, kind=st.sampled_from(["fee", "funding"]))
    def money(self, actor: str, amount: int, day: date, kind: str) -> None:
        """Money typed in."""
        self.ask(actor, cmd.RecordMoney(kind, amount, day))

    @rule(actor=ASKING, amounts=st.lists(AMOUNTS, min_size=1, max_size=2), day=DAYS)
    def claims(self, actor: str, amounts: list[int], day: date) -> None:
        """Payments typed in."""
        rows = [
            line(f"C-{self.number}-{n}", f"{cents // 100}.{cents % 100:02d}", paid=str(day), incurred="2025-01-01")
            for n, cents in enumerate(amounts)
        ]
        self.ask(actor, register(*rows, name=f"REG-{self.number + 1}"))

    @rule(actor=ASKING, day=DAYS)
    def void(self, actor: str, day: date) -> None:
        """The first payment taken back."""
        page = self.ledger.plan(PLAN).pages[0]
        self.ask(actor, cmd.VoidPayment(page.version, 1, "wrong", day))

    @rule(actor=ASKING, day=DAYS, which=st.integers(0, 9))
    def correct(self, actor: str, day: date, which: int) -> None:
        """Money taken back."""
        known = list(self.ledger.plan(PLAN).correctable)
        if known:
            self.ask(actor, cmd.Correct(known[which % len(known)], day, "wrong"))

    @rule(actor=ASKING, day=DAYS)
    def write_off(self, actor: str, day: date) -> None:
        """A part of a receivable given up."""
        self.ask(actor, cmd.WriteOffClaim("SL-1", 500, day, "insolvent"))

    @rule(actor=ASKING, day=DAYS, approved=APPROVED)
    def decide(self, actor: str, day: date, approved: int) -> None:
        """The carrier's decision on the newest filing."""
        newest = list(self.ledger.plan(PLAN).filings)[-1]
        self.ask(actor, cmd.DecideClaim(newest, "partial", approved, day))

    @rule(actor=ASKING, day=DAYS)
    def file(self, actor: str, day: date) -> None:
        """Another filing."""
        self.ask(actor, cmd.FileClaim(f"SL-{self.number + 2}", "SPEC-2025", "M-A", FILED, day))

    @rule(actor=ASKING, day=DAYS)
    def appeal(self, actor: str, day: date) -> None:
        """What was denied of the newest decided filing appealed, and the carrier upholds its decision."""
        filings = self.ledger.plan(PLAN).filings
        newest = next((name for name, filing in reversed(filings.items()) if filing.denied), "SL-1")
        self.ask(actor, cmd.AppealClaim(newest, filings[newest].denied, day, "documents"))
        self.ask(actor, cmd.DecideClaim(newest, "partial", filings[newest].approved or 0, day))

    @rule(actor=ASKING, day=DAYS)
    def settle(self, actor: str, day: date) -> None:
        """An interim settlement posted."""
        name, size = f"S-{self.number}", self.ledger.head().size
        self.ask(
            actor, cmd.PostSettlement(name, 2025, date(2025, 3, 31), size, (("opening", 0),), 0, (), day, final=False)
        )  # fmt: skip

    @rule(actor=ASKING, month=MONTHS)
    def close(self, actor: str, month: str) -> None:
        """A month closed."""
        self.ask(actor, cmd.ClosePeriod(month))

    @rule(actor=ASKING, month=MONTHS)
    def reopen(self, actor: str, month: str) -> None:
        """A month opened again."""
        self.ask(actor, cmd.ReopenPeriod(month, "late advice"))

    @rule(actor=RULING, terms=st.sampled_from(TERMS))
    def change_terms(self, actor: str, terms: ApprovalTerms) -> None:
        """Another rule for what needs two people."""
        self.ask(actor, cmd.SetApprovals(terms))

    @rule(actor=RULING, name=ACTORS, role=ROLES, give=st.booleans())
    def change_role(self, actor: str, name: str, role: Any, give: bool) -> None:
        """A role given or taken."""
        self.ask(actor, cmd.GrantRole(name, role) if give else cmd.RevokeRole(name, role))

    @rule(actor=RULING, name=st.sampled_from(["zoe", "pat3"]), person=st.sampled_from(["", "P-1"]))
    def enroll(self, actor: str, name: str, person: str) -> None:
        """Somebody new, who may be known already."""
        self.ask(actor, cmd.EnrollActor(name, ("approver", "preparer"), person))

    @rule(
        first=ASKING, second=APPROVING, what=st.integers(0, 5), day=DAYS, month=MONTHS,
        between=st.sampled_from(["", "", "", "money", "close", "revoke", "enroll", "wait"]),
    )  # fmt: skip
    def together(self, first: str, second: str, what: int, day: date, month: str, between: str) -> None:
        """One asks for what needs two, something may happen, another approves it."""
        before = self._newest(0)
        if what == 1:
            self.close("lee", month)
        asked = (
            lambda: self.settle(first, day),
            lambda: self.reopen(first, month),
            lambda: self.write_off(first, day),
            lambda: self.money(first, ABOVE + 1, day, "fee"),
            lambda: self.void(first, day),
            lambda: self.decide(first, day, 0),
        )
        asked[what]()
        if self._newest(0) != before:
            self._meanwhile(between, first, day)
            self.approve(second, 0, True)

    def _meanwhile(self, what: str, first: str, day: date) -> None:
        """What may come between a proposal and its approval."""
        match what:
            case "money":
                self.money("lee", 100, day, "fee")
            case "close":
                self.close("lee", f"{day:%Y-%m}")
            case "revoke":
                self.change_role("lee", first, "preparer", False)
            case "enroll":
                self.enroll("ada", "zoe", "")
                self.approve("zoe", 0, True)
            case "wait":
                self.wait(6)

    @rule(actor=APPROVING, which=st.sampled_from([0, 0, 0, 1, 2]), right=st.sampled_from([True, True, True, False]))
    def approve(self, actor: str, which: int, right: bool) -> None:
        """One of the newest proposals approved, mostly by its hash."""
        for proposal in self._newest(which):
            hash_ = proposal.event.sha256 if right else "0" * 64
            self.ask(actor, cmd.ApproveChange(proposal.version, hash_))

    @rule(actor=APPROVING, which=st.integers(0, 5), withdraw=st.booleans())
    def refuse(self, actor: str, which: int, withdraw: bool) -> None:
        """One of the newest proposals rejected or withdrawn."""
        for proposal in self._newest(which):
            made = cmd.WithdrawChange if withdraw else cmd.RejectChange
            self.ask(actor, made(proposal.version, "no"))

    @rule(days=st.integers(1, 6))
    def wait(self, days: int) -> None:
        """Time passes."""
        self.clock.moment += days * 86_400_000_000

    @rule()
    def set_back(self) -> None:
        """Somebody sets the clock back."""
        self.clock.moment -= 3 * 86_400_000_000

    def _newest(self, which: int) -> Sequence[Any]:
        known = list(self.ledger.plan(PLAN).proposals.known.values())[::-1]
        return known[which % len(known) :][:1] if known else ()

    def teardown(self) -> None:
        """Whatever happened, the judge finds nothing."""
        if hasattr(self, "ledger"):
            found = list(Judge().findings(self.ledger.history(PLAN)))
            assert not found, found
            self.counted["sequences"] += 1


class Judge:
    """Reads a history event by event and says what one person did alone, or booked in a closed month."""

    def __init__(self) -> None:
        self.person: dict[str, str] = {}
        self.roles: dict[str, set[str]] = {}
        self.terms: dict[str, Any] = ApprovalTerms().model_dump()
        self.proposed: dict[int, Recorded] = {}
        self.approved: dict[int, Recorded] = {}
        self.amounts: dict[int, int] = {}
        self.claimed: dict[str, int] = {}
        self.closed: set[str] = set()
        self.moved: list[tuple[int, date]] = []

    def findings(self, history: Iterator[Recorded]) -> Iterator[str]:
        """What must not be in a history."""
        setting_up = True
        for recorded in history:
            event, cause = recorded.event, recorded.about.causation
            where = f"event {recorded.position} ({event.kind}, {recorded.actor})"
            setting_up = setting_up and recorded.idempotency_key[:1] != "k"
            if isinstance(event, ev.ChangeApproved):
                yield from (f"{where}: {wrong}" for wrong in self._approval(recorded, event))
            elif cause:
                yield from (f"{where}: {wrong}" for wrong in self._carried_out(event, cause))
            elif not setting_up and self._needs_two(event, recorded.actor):
                yield f"{where}: one person alone"
            if not (cause or setting_up) and self.person and not self._entitled(event, recorded.actor):
                yield f"{where}: without the role"
            for day in _booked(event):
                if f"{day:%Y-%m}" in self.closed:
                    yield f"{where}: booked on {day} in a closed month"
            self._take(recorded)

    def _approval(self, recorded: Recorded, event: ev.ChangeApproved) -> Iterator[str]:
        asked = self.proposed.get(event.proposal)
        if asked is None or event.proposal in self.approved:
            yield "approves nothing that waits"
            return
        assert isinstance(asked.event, ev.ChangeProposed)
        mine, theirs = self.person.get(recorded.actor), self.person.get(asked.actor)
        if not mine or not theirs or mine == theirs or recorded.actor == asked.actor:
            yield f"{recorded.actor} approves what {asked.actor} proposed"
        if not self.roles.get(asked.actor, set()) & {"preparer", "administrator"}:
            yield f"carries out what {asked.actor} proposed, who has no role for it any more"
        if "approver" not in self.roles.get(recorded.actor, set()):
            yield "approves without being approver"
        if datetime.fromtimestamp(recorded.recorded_at / 1e6, tz=UTC).date() > asked.event.expires_on:
            yield "approves what has expired"
        if event.sha256 != asked.event.sha256:
            yield "approves another hash"
        as_of = date(2025, 3, 31)
        moved = [version for version, day in self.moved if asked.version < version and day <= as_of]
        if asked.event.change == "post-settlement" and moved:
            yield f"posts a settlement whose figures moved by version {moved[0]}"

    def _carried_out(self, event: ev.Event, cause: int) -> Iterator[str]:
        if cause not in self.approved:
            yield "cites what nobody approved"
            return
        asked = self.proposed[cause].event
        assert isinstance(asked, ev.ChangeProposed)
        fields = json.loads(asked.command)["fields"]
        for name in ("month", "amount", "approved", "settlement", "filing", "effective_on", "role", "actor", "terms"):
            given, got = fields.get(name), event.model_dump(mode="json").get(name)
            if given is not None and got is not None and given != got and not isinstance(event, ev.StopLossTriggered):
                yield f"records {name} {got} where {given} was approved"

    def _needs_two(self, event: ev.Event, actor: str) -> bool:
        terms = self.terms
        match event:
            case ev.PeriodReopened():
                return bool(terms["reopening"])
            case ev.SettlementPosted():
                return bool(terms["settlement"])
            case ev.StopLossClaimWrittenOff():
                return bool(terms["write_off"])
            case ev.StopLossClaimDecided():
                denied = self.claimed[event.filing] - event.approved
                return bool(self.terms.get("denial") and denied > self.terms.get("denial_above", 0))
            case ev.ApprovalsSet():
                return any(value for value in terms.values() if isinstance(value, bool))
            case ev.ActorEnrolled() | ev.RoleGranted() | ev.RoleRevoked():
                mine = self.person.get(actor, actor)
                others = [n for n, held in self.roles.items() if "approver" in held and self.person[n] != mine]
                return bool(terms["people"] and others)
            case ev.MoneyEvent():
                return self._above(abs(event.amount))
            case ev.ClaimsPaid() | ev.ClaimPaymentsVoided():
                return self._above(sum(abs(int(cents)) for cents in event.lines["amount"]))
            case ev.CorrectionPosted():
                return self._above(self.amounts[event.corrects_version])
        return False

    def _above(self, cents: int) -> bool:
        return bool(self.terms["manual_adjustment"] and cents > self.terms["manual_adjustment_above"])

    def _entitled(self, event: ev.Event, actor: str) -> bool:
        held = self.roles.get(actor, set())
        if isinstance(event, (ev.ChangeApproved, ev.ChangeRejected)):
            return "approver" in held
        if isinstance(event, ev.ChangeWithdrawn):
            return self.person.get(actor) == self.person.get(self.proposed[event.proposal].actor)
        if isinstance(event, (ev.ActorEnrolled, ev.RoleGranted, ev.RoleRevoked, ev.ApprovalsSet)):
            return "administrator" in held
        if isinstance(event, ev.ChangeProposed):
            return bool(held - {"auditor"})
        return "preparer" in held

    def _take(self, recorded: Recorded) -> None:
        event = recorded.event
        match event:
            case ev.ActorEnrolled():
                self.person[event.actor] = event.person.lower()
                self.roles[event.actor] = set(event.roles)
            case ev.RoleGranted():
                self.roles[event.actor].add(event.role)
            case ev.RoleRevoked():
                self.roles[event.actor].discard(event.role)
            case ev.ApprovalsSet():
                self.terms = event.terms.model_dump()
            case ev.StopLossClaimFiled():
                self.claimed[event.filing] = event.amount
            case ev.StopLossClaimDecided():
                self.claimed[event.filing] = event.approved
            case ev.StopLossClaimAppealed():
                self.claimed[event.filing] += event.amount
            case ev.ChangeProposed():
                self.proposed[recorded.version] = recorded
            case ev.ChangeApproved():
                self.approved[event.proposal] = recorded
            case ev.PeriodClosed():
                self.closed.add(event.month)
            case ev.PeriodReopened():
                self.closed.discard(event.month)
        self.moved += [(recorded.version, day) for day in _booked(event)]
        if isinstance(event, ev.MoneyEvent):
            self.amounts[recorded.version] = abs(event.amount)


def _booked(event: ev.Event) -> list[date]:
    """The days on which an event books something."""
    if isinstance(event, ev.Page):
        return [date(1970, 1, 1) + timedelta(days=int(day)) for day in event.lines["booked_on"]]
    if isinstance(event, (ev.MoneyEvent, ev.CorrectionPosted)):
        return [event.effective_on]
    return [event.written_off_on] if isinstance(event, ev.StopLossClaimWrittenOff) else []
