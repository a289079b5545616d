"""Every public 835 sample, from the file to the posted total: what balances is taken in, what does not is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from given import PLAN, ScriptedClock
from ledger import commands as cmd
from ledger.handling import Ledger
from ledger.importing import commit_import, plan_import
from ledger.intake.x12_835 import read_835
from ledger.money import cents
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.terms import ArrangementTerms

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"


def oracle() -> dict[str, Any]:
    """The independently computed totals and verdicts."""
    path = SAMPLES / "oracle_835.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


@pytest.mark.skipif(not oracle(), reason="the public samples are not beside the repository (../shared/samples)")
@pytest.mark.parametrize("name", sorted(oracle()))
def test_a_public_remittance_is_posted_to_the_cent_or_refused(name: str) -> None:
    expected = oracle()[name]
    ledger = Ledger(MemoryLedgerRecorder(), ScriptedClock())
    begin = [cmd.RegisterPlan(PLAN, "Plan", "Sponsor"), cmd.SetArrangement(date(2000, 1, 1), ArrangementTerms())]
    ledger.handle(PLAN, begin, actor="tester")
    reading = read_835(SAMPLES / name, default_plan=PLAN, allow_test=True, lenient_envelope=True)
    plan = plan_import(ledger, reading)
    assert plan.refused is not expected["balances"]
    if plan.refused:
        fatal = [problem.sentence for problem in plan.problems if problem.severity == "fatal"]
        balance = [said for said in fatal if "a difference of" in said]
        assert balance
        assert "Segment" in balance[0]
        return
    commit_import(ledger, plan, actor="tester")
    posted = sum(page.total() for page in ledger.plan(PLAN).line_pages())
    whole, _, part = str(expected["totals"]["sum_clp04"]).partition(".")
    assert posted == cents(f"{whole}.{part.ljust(2, '0')}")
    assert plan_import(ledger, reading).already_imported
