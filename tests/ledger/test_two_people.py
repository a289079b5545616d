"""What needs two people: proposed by one, carried out when another person approves it, exactly as proposed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from given import World, budget, given, line, money, register, specific
from ledger import command_text
from ledger import commands as cmd
from ledger import events as ev
from ledger.events import About
from ledger.terms import ApprovalTerms, ArrangementTerms, Laser

PEOPLE = (
    cmd.EnrollActor("ada", ()),
    cmd.EnrollActor("pat", ("preparer",)),
    cmd.EnrollActor("pat2", ("preparer", "approver"), person="pat"),
    cmd.EnrollActor("kim", ("approver",)),
)
ALL = ApprovalTerms(
    reopening=True, settlement=True, write_off=True, manual_adjustment=True, manual_adjustment_above=1_000_000,
    people=True, denial=True, denial_above=10_000, expiry_days=10,
)  # fmt: skip
DAY = date(2025, 6, 1)
SETTLE = cmd.PostSettlement(
    "S-2025-01", 2025, date(2025, 12, 31), 9, (("opening", 0),), 500,
    (ev.SurplusCarriedForward(settlement="S-2025-01", year=2025, amount=500, effective_on=date(2026, 1, 1),
                              to_year=2026),), date(2026, 1, 1),
)  # fmt: skip


def two(*commands: cmd.Command, terms: ApprovalTerms = ALL) -> World:
    """A plan with preparer pat (also pat2), approver kim and administrator ada, where two people are needed."""
    world = given(budget(2025, "1200000.00"), specific("100000.00"), *commands)
    for command in (*PEOPLE, cmd.SetApprovals(terms)):
        world.when(command, by="ada").accepted()
    return world


def proposed(world: World, command: cmd.Command, by: str = "pat") -> ev.ChangeProposed:
    """The proposal that asking for a command made."""
    world.when(command, by=by).then(ev.ChangeProposed)
    event = world.last[0].event
    assert isinstance(event, ev.ChangeProposed)
    return event


def approve(world: World, by: str = "kim") -> World:
    """Approve what was proposed last."""
    proposal = [p for p in world.ledger.plan("NW").proposals.known.values() if p.state == "open"][-1]
    return world.when(cmd.ApproveChange(proposal.version, proposal.event.sha256[:16]), by=by)


@pytest.mark.parametrize(
    ("before", "command", "kinds"),
    [
        ((cmd.ClosePeriod("2025-03"),), cmd.ReopenPeriod("2025-03", "late advice"), (ev.PeriodReopened,)),
        ((), SETTLE, (ev.PlanYearOpened, ev.SettlementPosted, ev.SurplusDeclared, ev.SurplusCarriedForward)),
        (
            (
                cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 500, DAY),
                cmd.DecideClaim("SL-1", "approved", 500, DAY),
            ),
            cmd.WriteOffClaim("SL-1", 500, DAY, "carrier is insolvent"),
            (ev.StopLossClaimWrittenOff,),
        ),
        (
            (cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 50_000, DAY),),
            cmd.DecideClaim("SL-1", "partial", 39_999, DAY),
            (ev.StopLossClaimDecided,),
        ),
        ((), money("fee", "10000.01"), (ev.FeeCharged,)),
        ((money("fee", "20000.00"),), cmd.Correct(6, DAY, "twice"), (ev.CorrectionPosted,)),
        ((), register(line("C-1", "10000.01")), (ev.CheckRegisterReceived, ev.ClaimsPaid)),
        ((register(line("C-1", "10000.01")),), cmd.VoidPayment(7, 1, "twice", DAY), (ev.ClaimPaymentsVoided,)),
        ((), cmd.GrantRole("pat", "approver"), (ev.RoleGranted,)),
        ((), cmd.SetApprovals(ApprovalTerms()), (ev.ApprovalsSet,)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_one_person_only_proposes_and_another_makes_it_happen(
    before: Sequence[cmd.Command], command: cmd.Command, kinds: tuple[type[ev.Event], ...]
) -> None:
    world = two(*before)
    asking = "ada" if isinstance(command, (cmd.GrantRole, cmd.SetApprovals)) else "pat"
    event = proposed(world, command, asking)
    version = world.last[0].version
    assert command_text.read(event.command) == command
    world.when(cmd.ApproveChange(version, event.sha256), by=asking).refusal  # noqa: B018
    assert world.refusal is not None
    approve(world).then(ev.ChangeApproved, *kinds)
    assert [recorded.about.causation for recorded in world.last] == [0, *[version] * len(kinds)]
    assert {recorded.actor for recorded in world.last} == {"kim"}


def test_the_same_person_under_another_name_is_not_a_second_person() -> None:
    world = two()
    proposed(world, money("fee", "20000.00"))
    approve(world, "pat2").then_refused("same-person", "pat2 and pat are one person", "kim can approve it")
    approve(world, "pat").then_refused("role", "needs the role approver")
    world = two()
    proposed(world, money("fee", "20000.00"), "pat2")
    approve(world, "pat2").then_refused("same-person", "pat2 proposed change")


def test_an_approval_names_what_was_proposed() -> None:
    world = two()
    event = proposed(world, money("fee", "20000.00"))
    other = "0" * 16 if event.sha256[:16] != "0" * 16 else "1" * 16
    for hash_ in (other, "", event.sha256[:7]):
        world.when(cmd.ApproveChange(world.ledger.plan("NW").version, hash_), by="kim").then_refused("other-change")
    approve(world).accepted()
    world.when(cmd.ApproveChange(world.ledger.plan("NW").version - 2, event.sha256), by="kim").then_refused(
        "answered", "was approved by kim"
    )


def test_a_proposal_expires() -> None:
    world = two()
    proposed(world, money("fee", "20000.00"))
    world.ledger.clock.moment += 11 * 86_400 * 1_000_000  # type: ignore[attr-defined]
    approve(world).then_refused("expired", "Propose it again")
    proposed(world, money("fee", "20000.00"))
    world.ledger.clock.moment -= 300 * 86_400 * 1_000_000  # type: ignore[attr-defined]
    approve(world).accepted()


def test_a_clock_that_was_set_back_does_not_revive_an_expired_proposal() -> None:
    world = two()
    proposed(world, money("fee", "20000.00"))
    world.ledger.clock.moment += 11 * 86_400 * 1_000_000  # type: ignore[attr-defined]
    world.when(money("fee", "5.00"), by="pat").accepted()
    world.ledger.clock.moment -= 11 * 86_400 * 1_000_000  # type: ignore[attr-defined]
    approve(world).then_refused("expired")


def test_a_settlement_whose_figures_moved_is_not_approved() -> None:
    world = two()
    proposed(world, SETTLE)
    world.when(money("fee", "5.00", "2025-12-30"), by="pat").accepted()
    moved = world.last[0].position
    approve(world).then_refused("figures-moved", f"event {moved}", "claimfund settle preview")


@pytest.mark.parametrize(
    "command", [money("fee", "5.00", "2026-01-02"), cmd.ClosePeriod("2025-12"), money("fee", "20000.00", "2025-12-30")]
)
def test_a_settlement_whose_figures_stand_is_approved(command: cmd.Command) -> None:
    world = two()
    event = proposed(world, SETTLE)
    version = world.last[0].version
    world.when(command, by="pat").accepted()
    world.when(cmd.ApproveChange(version, event.sha256), by="kim").accepted()


def test_an_approval_is_decided_on_what_the_ledger_holds_then() -> None:
    world = two()
    proposed(world, money("fee", "20000.00", "2025-06-02"))
    world.when(cmd.ClosePeriod("2025-06"), by="pat").accepted()
    before = world.ledger.head()
    approve(world).then_refused("closed-period", "2025-06 is closed")
    assert world.ledger.head() == before
    assert list(world.ledger.plan("NW").proposals.known.values())[-1].state == "open"


def test_what_a_rule_refuses_is_not_even_proposed() -> None:
    two(cmd.ClosePeriod("2025-06")).when(money("fee", "20000.00", "2025-06-02"), by="pat").then_refused("closed-period")


def test_below_the_threshold_and_from_a_file_one_person_is_enough() -> None:
    world = two()
    world.when(money("fee", "10000.00"), by="pat").then(ev.FeeCharged)
    outcome = world.ledger.handle(
        "NW", [money("fee", "20000.00"), money("fee", "30000.00")], actor="pat", about=About(source_sha256="ab" * 32)
    )
    assert [type(recorded.event) for recorded in outcome.events] == [ev.FeeCharged, ev.FeeCharged]


def test_what_needs_two_people_is_asked_for_by_itself() -> None:
    two().when(money("fee", "5.00"), money("fee", "20000.00"), by="pat").then_refused("alone", "by itself")


def test_a_proposal_is_rejected_by_an_approver_and_withdrawn_by_its_person() -> None:
    world = two()
    proposed(world, money("fee", "20000.00"))
    version = world.last[0].version
    world.when(money("fee", "20000.00"), by="pat").then_refused("proposed", "proposed already")
    world.when(cmd.RejectChange(version, " "), by="kim").then_refused("reason")
    world.when(cmd.WithdrawChange(version), by="kim").then_refused("proposer", "only they withdraw it")
    world.when(cmd.RejectChange(version, "no invoice"), by="kim").then(ev.ChangeRejected)
    world.when(cmd.WithdrawChange(version), by="pat").then_refused("answered", "was rejected by kim")
    proposed(world, money("fee", "20000.00"))
    world.when(cmd.WithdrawChange(world.last[0].version), by="pat2").then(ev.ChangeWithdrawn)
    world.when(cmd.ApproveChange(4, "ab" * 8), by="kim").then_refused("unknown-proposal")


def test_who_lost_the_role_since_cannot_have_it_approved() -> None:
    world = two()
    proposed(world, cmd.RevokeRole("pat", "preparer"), "ada")
    approve(world).accepted()
    world = two()
    proposed(world, money("fee", "20000.00"))
    version = world.last[0].version
    event = world.last[0].event
    assert isinstance(event, ev.ChangeProposed)
    proposed(world, cmd.RevokeRole("pat", "preparer"), "ada")
    approve(world).accepted()
    world.when(cmd.ApproveChange(version, event.sha256), by="kim").then_refused("proposer", "not enrolled as preparer")


def test_without_people_a_proposal_waits_until_somebody_else_can_be_told_apart() -> None:
    world = given(budget(2025, "1200000.00"), cmd.SetApprovals(ALL))
    proposed(world, money("fee", "20000.00"), "alias")
    approve(world, "other").then_refused("not-enrolled", "enroll an administrator first")
    world.when(cmd.EnrollActor("pat", ("preparer", "approver")), by="alias").accepted()
    approve(world, "pat").then_refused("proposer", "alias, who proposed change")


def test_approvals_need_somebody_who_can_approve() -> None:
    world = given(budget(2025, "1200000.00"))
    for command in PEOPLE[:3]:
        world.when(command, by="ada").accepted()
    world.when(cmd.SetApprovals(ALL), by="ada").then_refused("approver", "Nobody could approve")
    world.when(PEOPLE[3], by="ada").accepted()
    terms = ALL.model_copy(update={"people": False})
    world.when(cmd.SetApprovals(terms), by="ada").then(ev.ApprovalsSet)
    world.when(cmd.RevokeRole("kim", "approver"), by="ada").then_refused("last-approver", "Without kim nobody")
    world.when(cmd.SetApprovals(ApprovalTerms()), by="ada").then(ev.ChangeProposed)


@pytest.mark.parametrize("kind", sorted(command_text.NAMES))
def test_every_command_is_read_back_as_it_was_written(kind: str) -> None:
    command = _example(command_text.NAMES[kind])
    assert command_text.read(command_text.spelled(command)) == command


@pytest.mark.parametrize("text", ["", "{}", '{"change":"no-such","fields":{}}', '{"change":"close-period"}'])
def test_what_is_not_a_command_is_not_read(text: str) -> None:
    with pytest.raises(command_text.UnreadableCommand):
        command_text.read(text)


def _example(kind: type[Any]) -> Any:
    made: dict[type[Any], Any] = {
        cmd.PostSettlement: SETTLE,
        cmd.RecordRegister: register(line("C-1", "1.00"), line("C-2", "2.00")),
        cmd.SetBudget: budget(2025, "1200.00"),
        cmd.BindPolicy: specific("1000.00"),
        cmd.SetLaser: cmd.SetLaser("SPEC-2025", Laser(member="M-A", excluded=True)),
        cmd.RecordMoney: money("fee", "20000.00"),
        cmd.SetApprovals: cmd.SetApprovals(ALL),
        cmd.DecideClaim: cmd.DecideClaim("F", "partial", 1, DAY, (ev.Disallowed(code="X", amount=2),)),
        cmd.FundAdvance: cmd.FundAdvance("A", "P", "M", ((3, 1), (4, 2)), 5, DAY),
        cmd.ReviseBudget: cmd.ReviseBudget(2025, budget(2025, "1200.00").months, "more"),
        cmd.SetArrangement: cmd.SetArrangement(DAY, _terms()),
    }
    return made.get(kind) or kind(*(_plain(hint) for hint in _required(kind)))


def _terms() -> Any:
    from ledger.terms import ArrangementTerms

    return ArrangementTerms(surplus=("reserve", "refund"))


def _required(kind: type[Any]) -> list[Any]:
    from dataclasses import MISSING, fields
    from typing import get_type_hints

    hints = get_type_hints(kind)
    return [hints[f.name] for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]


def _plain(hint: Any) -> Any:
    from typing import Literal, get_args, get_origin

    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if get_origin(hint) is tuple:
        return () if Ellipsis in get_args(hint) else tuple(_plain(part) for part in get_args(hint))
    return {str: "2025-03", int: 3, date: DAY, bool: True}[hint]


def test_a_shorter_retention_term_needs_two_people_where_early_erasure_does() -> None:
    world = two(terms=ApprovalTerms(early_erasure=True))
    world.when(cmd.SetArrangement(date(2025, 1, 1), ArrangementTerms(member_retention_years=9)), by="pat")
    world.accepted()
    proposed(world, cmd.SetArrangement(date(2025, 1, 1), ArrangementTerms(member_retention_years=0)))
    assert world.ledger.plan("NW").arrangements[-1][1].member_retention_years == 9


def test_a_denial_counts_by_what_it_takes_from_what_is_still_claimed() -> None:
    world = two(cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 50_000, DAY))
    event = proposed(world, cmd.DecideClaim("SL-1", "denied", 0, DAY))
    assert (event.amount, event.summary) == (50_000, "Record 0.00 of filing SL-1 approved, 500.00 denied")
    world.when(cmd.DecideClaim("SL-1", "partial", 40_000, DAY), by="pat").then(ev.StopLossClaimDecided)
    approve(world).then_refused("decided")
    world.when(cmd.AppealClaim("SL-1", 10_000, DAY, "documents"), by="pat").accepted()
    world.when(cmd.DecideClaim("SL-1", "partial", 40_000, DAY), by="pat").then(ev.StopLossClaimDecided)
    assert world.ledger.plan("NW").filings["SL-1"].receivable == 40_000


def test_an_appeal_that_the_carrier_turns_down_is_a_denial_again() -> None:
    world = two(
        cmd.FileClaim("SL-1", "SPEC-2025", "M-A", 50_000, DAY), cmd.DecideClaim("SL-1", "denied", 20_000, DAY),
        cmd.AppealClaim("SL-1", 15_000, DAY, "documents"),
    )  # fmt: skip
    assert proposed(world, cmd.DecideClaim("SL-1", "partial", 20_000, DAY)).amount == 15_000
    approve(world).then(ev.ChangeApproved, ev.StopLossClaimDecided)


def test_terms_without_denials_are_written_as_ever() -> None:
    assert "denial" not in ALL.model_copy(update={"denial": False, "denial_above": 0}).model_dump_json()
    assert ApprovalTerms.model_validate_json(ApprovalTerms(write_off=True).model_dump_json()) == ApprovalTerms(
        write_off=True
    )
