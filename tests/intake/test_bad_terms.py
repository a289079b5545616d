"""Stop-loss terms that cannot be meant are refused all at once, each with its key, its line and what to write."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from given import aggregate, given, specific
from ledger import commands as cmd
from ledger import events as ev
from ledger.intake.plan_document import PlanDocument, read_plan_toml
from ledger.terms import SpecificTerms

PLAN = """
[plan]
code = "NW"
name = "Northwind"
sponsor = "Northwind"
administrator = "Cascade"
currency = "USD"
plan_year_start = "01-01"
"""


def read(tmp_path: Path, stop_loss: str) -> PlanDocument:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN + stop_loss, encoding="utf-8")
    return read_plan_toml(path, year=2025, today=date(2025, 1, 1))


def test_every_bad_term_is_named_at_once_with_its_key_and_what_to_write(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
[stop_loss.specific]
deductible = "100000.00"
contract_basis = "12-15"
percentage = "1.5"
expires = "2024-12-31"
lasers = [{ member = "M-2", deductible = "50000.00" }]
[stop_loss.aggregate]
percentage = "0.00"
factors = [{ tier = "EE", amount = "313.42" }, { tier = "XX", amount = "1.00" }]
""",
    )
    assert not found.usable
    told = {problem.where: problem.sentence for problem in found.problems}
    assert '"12/15"' in told['stop_loss.specific.contract_basis = "12-15"']
    assert '"0.90"' in told['stop_loss.specific.percentage = "1.5"']
    assert '"0.90"' in told['stop_loss.aggregate.percentage = "0.00"']
    factors = [problem for problem in found.problems if problem.where == "stop_loss.aggregate.factors"]
    assert [problem.severity for problem in factors] == ["warning", "fatal"]
    assert "ES, EC, FAM" in factors[0].sentence and "XX is not one of plan.tiers" in factors[1].sentence


def test_a_laser_below_the_deductible_and_dates_that_cross_are_named(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
[stop_loss.specific]
deductible = "100000.00"
contract_basis = "12/15"
expires = "2024-12-31"
lasers = [{ member = "M-2", deductible = "50000.00", from = "2025-07-01", to = "2025-06-30" }]
""",
    )
    told = {problem.where: problem.sentence for problem in found.problems}
    assert "lower = true" in told["stop_loss.specific.lasers.deductible"]
    assert "both are included" in told["stop_loss.specific.lasers.to"]
    assert "begins on 2025-01-01" in told["stop_loss.specific.expires = 2024-12-31"]
    assert {problem.number for problem in found.problems} <= {13, 14}


RENEWED = """
[stop_loss]
{said}
[[stop_loss.specific]]
deductible = "100000.00"
contract_basis = "12/15"
effective = "2025-01-01"
[[stop_loss.specific]]
deductible = "110000.00"
contract_basis = "24/12"
effective = "2026-01-01"
[[stop_loss.aggregate]]
contract_basis = "12/12"
attachment = "1.25"
terminal_months = 3
effective = "2025-01-01"
[[stop_loss.aggregate]]
contract_basis = "24/12"
attachment = "1.25"
effective = "2026-01-01"
"""


def test_a_renewal_whose_window_overlaps_says_where_claims_count(tmp_path: Path) -> None:
    """INV-20: 24/12 after 12/15, and after an aggregate that terminal months lengthen."""
    found = read(tmp_path, RENEWED.format(said=""))
    told = {problem.where: problem.sentence for problem in found.problems if problem.severity == "fatal"}
    assert set(told) == {"stop_loss.specific.overlap", "stop_loss.aggregate.overlap"}
    assert all('overlap = "incurred-period" under [stop_loss]' in sentence for sentence in told.values())
    said = read(tmp_path, RENEWED.format(said='overlap = "incurred-period"'))
    assert said.usable
    bound = [command for command in said.commands if isinstance(command, cmd.BindPolicy)]
    assert [policy.policy for policy in bound] == ["SPEC-2025", "SPEC-2025-2", "AGG-2025", "AGG-2025-2"]


def _unsaid(policy: str, basis: str, year: int) -> cmd.BindPolicy:
    terms = SpecificTerms(deductible=400_00, contract_basis=basis)
    return cmd.BindPolicy(policy, date(year, 1, 1), specific=terms)


def test_a_policy_that_overlaps_without_a_rule_is_refused_and_one_that_follows_is_not() -> None:
    world = given(_unsaid("SPEC-2025", "12/15", 2025), cmd.OpenYear(2026))
    words = ("SPEC-2025", "2026-03-31", "overlap =")
    world.when(_unsaid("SPEC-2026", "24/12", 2026)).then_refused("policy-overlap", *words)
    world.when(_unsaid("SPEC-2026", "12/15", 2026)).then(ev.StopLossPolicyBound)


def test_a_policy_that_ends_before_it_begins_is_refused() -> None:
    terms, ends = specific("1.00").specific, date(2024, 12, 31)
    early = cmd.BindPolicy("SPEC-2025", date(2025, 1, 1), specific=terms, expires=ends)
    given().when(early).then_refused("policy-dates", "2024-12-31")


@pytest.mark.parametrize(("month", "refused"), [("2025-01", True), ("2025-12", True), ("2024-12", False)])
def test_lives_of_a_tier_without_a_factor_are_refused_while_the_policy_counts_them(month: str, refused: bool) -> None:
    world = given(aggregate(), cmd.SetFactor("AGG-2025", "EE", "100.00", "2025-01"))
    asked = cmd.RecordEnrollment(month, (("EE", 5), ("FAM", 3), ("ES", 0)))
    if refused:
        world.when(asked).then_refused("missing-factor", "FAM (3)", f"stoploss factor FAM --amount … --from {month}")
        world.when(cmd.SetFactor("AGG-2025", "FAM", "300.00", "2025-01"), asked).accepted()
    else:
        world.when(asked).accepted()


def test_the_lag_decides_which_months_factor_is_missing() -> None:
    world = given(aggregate(enrollment_lag_months=2), cmd.SetFactor("AGG-2025", "EE", "100.00", "2025-01"))
    world.when(cmd.RecordEnrollment("2024-11", (("FAM", 3),))).then_refused("missing-factor", "2024-11")
    world.when(cmd.RecordEnrollment("2024-10", (("FAM", 3),))).accepted()
    world.when(cmd.RecordEnrollment("2025-11", (("FAM", 3),))).accepted()


def test_an_amount_in_the_place_of_the_corridor_is_refused_and_sent_to_the_minimum(tmp_path: Path) -> None:
    found = read(tmp_path, '[stop_loss.aggregate]\nattachment = "2500.00"\n')
    assert not found.usable
    assert "an amount is minimum_attachment" in {p.where.split(" ")[0]: p.sentence for p in found.problems}[
        "stop_loss.aggregate.attachment"
    ]
    assert read(tmp_path, '[stop_loss.aggregate]\nattachment = "1.25"\n').usable


MIXED = """
[[stop_loss.specific]]
deductible = "1000.00"
contract_basis = "12/12"
[[stop_loss.specific]]
policy = "SPEC-B"
effective = "2025-07-01"
deductible = "1000.00"
contract_basis = "12/12"
unit = "family"
overlap = "incurred-period"
[stop_loss.aggregate]
minimum_attachment = "1.00"
per_person_limit = {limit}
"""


@pytest.mark.parametrize("limit", ['"none"', '"500.00"', '"specific"'])
def test_specifics_of_two_units_beside_an_aggregate_with_its_own_limit_are_refused(limit: str, tmp_path: Path) -> None:
    """What one person brings is defined only when the specific in force limits everything (domain 5.4)."""
    found = read(tmp_path, MIXED.format(limit=limit))
    said = [problem.sentence for problem in found.problems]
    assert len(said) == (0 if "specific" in limit else 1)
    assert all("SPEC-2025 by person and SPEC-B by family" in sentence for sentence in said)


def test_the_ledger_refuses_them_in_any_order() -> None:
    by_family = specific("1000.00", policy="SPEC-B", unit="family")
    world = given(specific("1000.00", policy="SPEC-A"), aggregate(per_person_limit="none", minimum_attachment=100))
    renewed = cmd.BindPolicy("SPEC-B", date(2025, 7, 1), specific=by_family.specific)
    world.when(renewed).then_refused("mixed-units", "SPEC-A by person and SPEC-B by family")
    later = given(specific("1000.00", policy="SPEC-A"), renewed)
    later.when(aggregate(per_person_limit="none")).then_refused("mixed-units")
    later.when(aggregate(per_person_limit="specific")).accepted()


def test_an_aggregate_without_a_minimum_is_told_what_it_waits_for(tmp_path: Path) -> None:
    found = read(tmp_path, '[stop_loss.aggregate]\nattachment = "125%"\n')
    (problem,) = found.problems
    assert found.usable and (problem.severity, problem.where) == ("warning", "stop_loss.aggregate.minimum_attachment")
    assert "nothing counts as due from the carrier" in problem.sentence
