"""The invented ledger: what it promises, and that it comes out the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from claimfund.demo_data import (
    DEDUCTIBLE,
    LAST_RECORDED,
    PLAN,
    DemoExists,
    DemoResult,
    Draw,
    Paid,
    ScriptedClock,
    create_demo,
    household,
    payments,
    registers,
    steps,
)
from claimfund.demo_inbox import COLUMNS, register_csv, remittance
from claimfund.main import cli
from ledger import events as ev
from ledger.handling import Ledger, request_digest
from ledger.intake.plan_document import read_plan_toml
from ledger.money import cents
from ledger.recorded import Recorded
from ledger.stores.opening import open_store
from projections.history import History
from projections.position import position
from projections.settlement import settle
from readings import elsewhere, readings

# Of everything the demo asks the ledger to record, in order. It changes only when the demo is meant to change.
ASKED = "49db930f881e951733ce8069f234535e65e15461ba1f859331e780e5a5040273"
ELSEWHERE = """
import sys
from pathlib import Path
from claimfund.demo_data import create_demo
print(create_demo(Path(sys.argv[1])).root)
"""


@dataclass(frozen=True)
class Made:
    """A demo and what its ledger says."""

    folder: Path
    result: DemoResult
    events: list[Recorded]
    root_elsewhere: str


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    base = tmp_path_factory.mktemp("demo")
    folder, elsewhere = base / "northwind", str(base / "elsewhere")
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
    }
    with subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, elsewhere], env=env, stdout=subprocess.PIPE, text=True
    ) as other:
        result = create_demo(folder)
        root, _ = other.communicate()
    store = open_store(str(result.ledger))
    yield Made(folder, result, list(Ledger(store, ScriptedClock()).history(PLAN)), root.strip())
    store.close()


@pytest.fixture(scope="session")
def lines() -> list[Paid]:
    return payments(1)


def _payments(text: str) -> list[dict[str, str]]:
    names = COLUMNS.split(",")
    rows = text.splitlines()[1:-1]
    return [dict(zip(names, row.split(","), strict=True)) for row in rows]


def test_chance_is_the_same_everywhere() -> None:
    draw = Draw(1)
    assert [draw.below(1000) for _ in range(6)] == [566, 745, 971, 444, 444, 762]


def test_the_plan_has_135_employees_and_288_members() -> None:
    members = household(1)
    assert len(members) == len({member.key for member in members}) == 288
    assert sum(member.relationship == "E" for member in members) == 135


def test_members_stay_apart_when_there_are_many() -> None:
    members = household(20)
    assert len({member.key for member in members}) == len(members) == 20 * 288


def test_it_asks_for_the_same_on_every_machine(lines: list[Paid]) -> None:
    script = steps(lines, 1)
    told = request_digest({PLAN: [command for step in script for command in step.commands]})
    assert told.hex() == ASKED


def test_two_demos_hold_the_same_bytes_of_events(made: Made) -> None:
    assert made.result.root == made.root_elsewhere


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8"},
    ],
)
def test_reports_are_the_same_bytes_under_other_hash_seeds_time_zones_and_locales(
    made: Made, settings: dict[str, str]
) -> None:
    ledger = Path(made.result.ledger)
    assert elsewhere(ledger, few=True, **settings) == readings(ledger, few=True)


def test_the_result_says_what_the_ledger_holds(made: Made) -> None:
    assert made.result.events == len(made.events)
    lines = sum(event.event.count for event in made.events if isinstance(event.event, ev.Page))
    assert made.result.payments == lines
    assert 17_000 < lines < 19_000


def test_it_shows_every_side_of_a_fund(made: Made) -> None:
    kinds = Counter(type(event.event) for event in made.events)
    for kind in (
        ev.ClaimsPaid, ev.ClaimPaymentsVoided, ev.PaymentsReissued, ev.ClaimRefundsReceived, ev.FeeCharged,
        ev.StopLossPremiumBilled, ev.FundingReceived, ev.StopLossTriggered, ev.StopLossClaimDecided,
    ):  # fmt: skip
        assert kinds[kind], kind.kind
    assert kinds[ev.PeriodClosed] == kinds[ev.EnrollmentRecorded] == 36
    assert kinds[ev.ReimbursementReceived] == 5
    assert kinds[ev.SettlementPosted] == 2


def test_two_members_are_over_the_deductible_of_2025_and_one_is_near(lines: list[Paid]) -> None:
    paid: Counter[str] = Counter()
    for line in lines:
        if line.incurred_on.year == 2025 and line.day <= LAST_RECORDED:
            paid[line.member.key] += line.amount
    first, second, near, other = (amount for _, amount in paid.most_common(4))
    assert first > DEDUCTIBLE and second > DEDUCTIBLE
    assert near * 100 // DEDUCTIBLE == 94
    assert other * 2 < DEDUCTIBLE


def test_2024_ends_in_a_deficit_and_2025_in_a_surplus(made: Made) -> None:
    history = History(iter(made.events))
    assert position(history, 2024, date(2024, 12, 31), monthly=False).surplus_for_year < 0
    assert position(history, 2025, date(2025, 12, 31), monthly=False).surplus_for_year > 0


def test_2025_can_be_settled_once_its_run_out_has_ended(made: Made) -> None:
    view = settle(History(iter(made.events)), 2025, date(2026, 3, 31))
    assert [check.name for check in view.checks if not check.passed] == []


def test_recorded_times_never_go_back(made: Made) -> None:
    moments = [event.recorded_at for event in made.events]
    assert moments == sorted(moments)


def test_every_void_and_refund_comes_after_its_payment(lines: list[Paid]) -> None:
    for line in lines:
        assert line.incurred_on <= line.paid_on <= line.day
        assert (line.amount < 0) == (line.txn_type in ("VOID", "REFUND"))


def test_no_register_comes_on_a_weekend(lines: list[Paid]) -> None:
    assert {friday.weekday() for friday in registers(lines)} == {4}
    assert {line.day.weekday() for line in lines} == {2, 4}


def test_the_plan_document_can_be_read(made: Made) -> None:
    found = read_plan_toml(made.folder / "plan.toml")
    assert found.usable, found.problems


def test_the_january_register_ties_to_its_control_record(made: Made) -> None:
    text = (made.folder / "inbox" / "register-2026-01.csv").read_text(encoding="utf-8")
    rows = _payments(text)
    _, count, total, billed, *_ = text.splitlines()[-1].split(",")
    assert int(count) == len(rows)
    assert cents(total) == sum(cents(row["plan_paid"]) for row in rows)
    assert cents(billed) == sum(cents(row["billed"]) for row in rows)


def test_the_february_register_has_two_bad_rows_and_a_duplicate(made: Made, lines: list[Paid]) -> None:
    good = _payments(register_csv([line for line in lines if line.day.strftime("%Y-%m") == "2026-02"]))
    text = (made.folder / "inbox" / "register-2026-02-with-errors.csv").read_text(encoding="utf-8")
    planted = [row for row in _payments(text) if row not in good]
    assert len(planted) == 3
    old = [row for row in planted if row["paid_date"].startswith("2025")]
    assert len(old) == 1
    assert any(line.claim_id == old[0]["claim_id"] and line.day <= LAST_RECORDED for line in lines)


def test_the_remittance_balances() -> None:
    text, claims, adjustment = remittance(date(2026, 1, 30))
    segments = [segment.split("*") for segment in text.replace("\n", "").split("~")]
    paid = next(cents(part[2]) for part in segments if part[0] == "BPR")
    assert paid == claims - adjustment
    assert claims == sum(cents(part[4]) for part in segments if part[0] == "CLP")
    assert len(text.split("~", 1)[0]) == 105
    inside = [part[0] for part in segments]
    counted = next(part for part in segments if part[0] == "SE")
    assert int(counted[1]) == inside.index("SE") - inside.index("ST") + 1


def test_a_folder_with_a_ledger_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "northwind.ledger").touch()
    with pytest.raises(DemoExists):
        create_demo(tmp_path)


def test_scale_multiplies_the_payments(lines: list[Paid]) -> None:
    many = payments(3)
    assert abs(len(many) - 3 * len(lines)) < 300
    year = [line.amount for line in many if line.paid_on.year == 2024 and line.txn_type == "PAYMENT"]
    assert sum(year) == 3 * 1_103_406_55


def test_the_walk_in_the_readme_works(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(made.folder, tmp_path / "northwind")
    monkeypatch.chdir(tmp_path / "northwind")
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    walk = [line.removeprefix("$ claimfund ") for line in readme.splitlines() if line.startswith("$ claimfund ")]
    assert len(walk) == 8
    for line in walk:
        store = open_store("northwind.ledger")
        words = line.replace("HEAD", store.head().short).split()
        store.close()
        done = CliRunner().invoke(cli, ["--actor", "tester", *words])
        assert done.exit_code == (3 if "with-errors" in line else 0), f"{line}\n{done.output}"
