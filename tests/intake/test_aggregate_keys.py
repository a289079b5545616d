"""What a plan document can say of the aggregate: minimums, limits on run-in, terminal liability."""

from __future__ import annotations

from pathlib import Path

from headings import HEADING
from ledger.commands import BindPolicy
from ledger.intake.plan_document import read_plan_toml

HEAD = HEADING + """\
year = 2025

[stop_loss.aggregate]
attachment = "125%"
"""


def test_a_plan_document_says_every_term_of_the_aggregate(tmp_path: Path) -> None:
    said = 'monthly_minimum = "1000.00"\nrun_in_limit_person = "25.00"\nrun_in_limit_total = "100.00"\n'
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + said + "terminal_months = 3\n", encoding="utf-8")
    document = read_plan_toml(path)
    assert document.usable, document.problems
    (bound,) = [each for each in document.commands if isinstance(each, BindPolicy)]
    assert bound.aggregate is not None
    terms = bound.aggregate
    assert (terms.monthly_minimum, terms.run_in_limit_person, terms.run_in_limit_total) == (100_000, 2_500, 10_000)
    assert terms.terminal_months == 3


def test_a_monthly_minimum_that_is_not_an_amount_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + "monthly_minimum = 1000\n", encoding="utf-8")
    document = read_plan_toml(path)
    assert not document.usable
    assert any("monthly_minimum" in str(problem) and problem.number == 13 for problem in document.problems)
