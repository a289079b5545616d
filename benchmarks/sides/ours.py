"""The product, through the doors its commands use."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.generator import code_of
from benchmarks.sides.constants import DEDUCTIBLE
from ledger import commands as cmd
from ledger.events import BudgetMonth
from ledger.handling import Ledger
from ledger.importing import commit_import, plan_import
from ledger.intake.claims_csv import read_claims
from ledger.stores.opening import open_store
from ledger.terms import ArrangementTerms, SpecificTerms

Work = Callable[[], dict[str, Any]]
YEARS = (2025,)


class Wall:
    """The machine's clock."""

    def now(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000


def opened(place: str) -> Ledger:
    """A ledger that exists. The key of one in PostgreSQL lies beside the files of the run."""
    return Ledger(open_store(place, signing_key_path=_key(place)), Wall())


def _key(place: str) -> Path | None:
    import hashlib

    if not place.startswith("postgres"):
        return None
    return Path(os.environ["BENCH_KEYS"]) / f"bench-{hashlib.sha256(place.encode()).hexdigest()[:16]}.key"


def empty(place: str, plans: int, years: tuple[int, ...] = YEARS) -> None:
    """A new ledger whose plans have an arrangement, years, budgets and a specific policy."""
    ledger = Ledger(open_store(place, create=True, signing_key_path=_key(place)), Wall())
    terms = SpecificTerms(deductible=DEDUCTIBLE, contract_basis="12/15")
    for number in range(plans):
        code = code_of(number)
        asked: list[cmd.Command] = [
            cmd.RegisterPlan(code, f"Plan {code}", "Benchmark"),
            cmd.SetArrangement(date(years[0], 1, 1), ArrangementTerms()),
        ]
        for year in years:
            months = tuple(BudgetMonth(month=f"{year}-{month:02d}", amount=1_000_000_000) for month in range(1, 13))
            asked += [cmd.OpenYear(year), cmd.SetBudget(year, months)]
            asked.append(cmd.BindPolicy(f"SPEC-{year}", date(year, 1, 1), specific=terms))
        ledger.handle(code, asked, actor="bench")
    ledger.store.close()


def import_csv(place: str, file: str) -> Work:
    """Read, screen, decide, record."""
    ledger = opened(place)

    def work() -> dict[str, Any]:
        plan = plan_import(ledger, read_claims(Path(file)))
        commit_import(ledger, plan, actor="bench")
        ledger.store.close()
        return {"total": plan.cents_recorded, "events": 0}

    return work


def import_again(place: str, file: str) -> Work:
    """The same rows in a file of other bytes: every one is compared and found recorded."""
    ledger = opened(place)
    again = Path(f"{file}.again")
    shutil.copyfile(file, again)  # never whole in memory: this process's peak is measured
    with again.open("ab") as end:
        end.write(b"\n")

    def work() -> dict[str, Any]:
        plan = plan_import(ledger, read_claims(again))
        commit_import(ledger, plan, actor="bench")
        ledger.store.close()
        return {"total": plan.cents_duplicate, "recorded": plan.rows_recorded}

    return work


def import_835(place: str, file: str) -> Work:
    """A remittance, through the same doors."""
    from ledger.intake.members import MemberKeys
    from ledger.intake.x12_835 import read_835

    ledger = opened(place)

    def work() -> dict[str, Any]:
        reading = read_835(Path(file), default_plan=code_of(0), keys=MemberKeys(b"k" * 32))
        plan = plan_import(ledger, reading)
        commit_import(ledger, plan, actor="bench")
        ledger.store.close()
        return {"total": plan.cents_recorded}

    return work


def many(place: str, plans: int) -> None:
    """A ledger of many small plans with a register of twenty payments each, a hundred plans a commit."""
    from ledger.calendar import day_number
    from ledger.identity import identities
    from ledger.lines import lines_of

    ledger = Ledger(open_store(place, create=True), Wall())
    paid = day_number(date(2025, 6, 2))
    row: dict[str, str | int] = {
        "txn_type": "PAYMENT",
        "occurrence": 1,
        "family": "F",
        "coverage": "MED",
        "incurred_on": paid - 20,
        "paid_on": paid,
        "booked_on": paid,
        "amount": 10_000,
        "eligible": 10_000,
        "specific_eligible": 1,
        "aggregate_eligible": 1,
    }
    for start in range(0, plans, 100):
        asked: dict[str, list[cmd.Command]] = {}
        for number in range(start, min(start + 100, plans)):
            code = code_of(number)
            lines = lines_of(
                [{**row, "claim_id": f"{code}-{at}", "member": f"M{at}", "source_line": at + 1} for at in range(20)]
            )
            asked[code] = [
                cmd.RegisterPlan(code, f"Plan {code}", "Benchmark"),
                cmd.SetArrangement(date(2025, 1, 1), ArrangementTerms()),
                cmd.OpenYear(2025),
                cmd.RecordRegister(f"R-{code}", lines.replaced(identity=identities(lines))),
            ]
        ledger.handle_many(asked, actor="bench")
    ledger.store.close()
