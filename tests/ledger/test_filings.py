"""INV-27: whatever is done with a filing, what is due on it is filed less received, denied and written off."""

from __future__ import annotations

from datetime import date

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from given import World, given, line, money, register, specific
from ledger import commands as cmd
from ledger import events as ev
from ledger.decide import decide
from ledger.events import About, PlanRegistered, StopLossPolicyBound
from ledger.plan import Plan
from ledger.recorded import Recorded
from ledger.refusals import Refusal
from ledger.terms import SpecificTerms

DAY = date(2026, 1, 10)
AMOUNTS = st.integers(0, 1200)


class Filings(RuleBasedStateMachine):
    """One filing of 10.00 and every command there is, with amounts that fit and that do not."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = Plan("NW")
        terms = SpecificTerms(deductible=1, contract_basis="12/15")
        self.take(PlanRegistered(code="NW", name="N", sponsor="S"))
        self.take(StopLossPolicyBound(policy="P", coverage_kind="specific", effective=date(2025, 1, 1), specific=terms))
        self.do(cmd.FileClaim("F", "P", "M", 1000, DAY))

    def take(self, event: object) -> None:
        number = self.plan.version + 1
        self.plan.apply(Recorded(number, "NW", number, event, About(), "a", "", number))  # type: ignore[arg-type]

    def do(self, command: cmd.Command) -> None:
        try:
            events = decide(command, self.plan)
        except Refusal:
            return
        for event in events:
            self.take(event)

    @rule(amount=AMOUNTS, over=st.booleans())
    def receive(self, amount: int, over: bool) -> None:
        self.do(cmd.ReceiveReimbursement("F", amount, DAY, "", over))

    @rule(amount=AMOUNTS)
    def decided(self, amount: int) -> None:
        self.do(cmd.DecideClaim("F", "", amount, DAY))

    @rule(amount=AMOUNTS)
    def appeal(self, amount: int) -> None:
        self.do(cmd.AppealClaim("F", amount, DAY, "r"))

    @rule(amount=AMOUNTS)
    def write_off(self, amount: int) -> None:
        self.do(cmd.WriteOffClaim("F", amount, DAY, "r"))

    @rule(amount=AMOUNTS)
    def give_back(self, amount: int) -> None:
        self.do(cmd.ReturnReimbursement("F", amount, DAY, "r"))

    @rule()
    def answers(self) -> None:
        self.do(cmd.AcknowledgeClaim("F", DAY))
        self.do(cmd.RequestInformation("F", DAY, "bill"))

    @invariant()
    def what_is_due_ties(self) -> None:
        f = self.plan.filings["F"]
        due = f.filed - f.denied - f.written_off - f.given_back - f.received
        assert due == f.receivable - f.overpaid
        assert min(f.receivable, f.overpaid, f.denied, f.received, f.written_off, f.given_back, f.appealed) >= 0
        assert f.receivable == 0 or f.overpaid == 0


TestFilings = Filings.TestCase
TestFilings.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_money_is_not_given_back_before_it_came_in() -> None:
    world = given(specific("1.00")).when(cmd.FileClaim("F", "SPEC-2025", "M-A", 900, DAY)).accepted()
    world.when(
        cmd.ReceiveReimbursement("F", 500, date(2026, 2, 1)), cmd.ReceiveReimbursement("F", 300, date(2026, 4, 1))
    ).accepted()

    def back(amount: int, on: date) -> World:
        return world.when(cmd.ReturnReimbursement("F", amount, on, "twice"))

    back(200, date(2026, 1, 31)).then_refused("dates", "0.00 of what was received is there from that day")
    back(600, date(2026, 3, 31)).then_refused("dates", "5.00 of what was received is there")
    back(500, date(2026, 3, 1)).accepted()
    back(1, date(2026, 2, 1)).then_refused("dates", "0.00 of what was received is there")
    back(300, date(2026, 4, 1)).accepted()


def test_an_advance_goes_back_no_earlier_than_it_came() -> None:
    paid = register(line("C-1", "500.00"))
    world = given(specific("100.00")).when(paid).accepted()
    page = world.history().pages[0]
    funded = cmd.FundAdvance("A-1", "SPEC-2025", "M-A", ((page.version, 1),), 40_000, date(2025, 3, 10))
    world.when(funded).accepted()
    world.when(cmd.ReturnAdvance("A-1", 100, date(2025, 3, 9), "voided")).then_refused("dates", "2025-03-10")
    world.when(cmd.ReturnAdvance("A-1", 100, date(2025, 3, 10), "voided")).then(ev.SpecificAdvanceReturned)


def test_a_correction_is_dated_no_earlier_than_what_it_takes_back() -> None:
    world = given(money("rebate", "10.00", "2025-03-03")).accepted()
    version = world.ledger.plan(world.plan).version
    world.when(cmd.Correct(version, date(2025, 3, 2), "twice")).then_refused("dates", "2025-03-03")
    world.when(cmd.Correct(version, date(2025, 3, 3), "twice")).then(ev.CorrectionPosted)
