"""Importing files: nothing twice, whole or nothing, and the preview is the commit."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

from given import PLAN, ScriptedClock, World, given, start
from ledger import commands as cmd
from ledger import events as ev
from ledger.handling import Ledger
from ledger.importing import ImportPlan, commit_import, plan_import, record_refusal
from ledger.intake.claims_csv import read_claims
from ledger.intake.reading import Bytes, look
from ledger.known_files import known_file
from ledger.money import cents, money
from ledger.refusals import Refusal
from ledger.screening import screen
from ledger.stores.memory import MemoryLedgerRecorder

COLUMNS = (
    "plan_id,claim_id,claim_line,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,"
    "payment_method,payment_ref,plan_paid"
)


def row(
    claim: str, amount: str, plan: str = PLAN, txn: str = "PAYMENT", paid: str = "2025-03-03", ref: str = ""
) -> str:
    """One row of a canonical file."""
    return f"{plan},{claim},1,{txn},MED,M-AAAA,M-AAAA,2025-02-01,{paid},CHK,{ref or 'CK' + claim},{amount}"


def csv(tmp: Path, *rows: str, name: str = "register.csv") -> Path:
    """A canonical file of these rows."""
    path = tmp / name
    path.write_text("\n".join((COLUMNS, *rows)) + "\n")
    return path


def preview(ledger: Ledger, path: Path, *, quarantine: bool = False) -> ImportPlan:
    """What importing the file would do."""
    return plan_import(ledger, read_claims(path), quarantine=quarantine)


def take_in(ledger: Ledger, path: Path, *, quarantine: bool = False) -> ImportPlan:
    """Import the file."""
    plan = preview(ledger, path, quarantine=quarantine)
    commit_import(ledger, plan, actor="tester")
    return plan


def test_a_file_imported_twice_records_nothing_the_second_time(tmp_path: Path) -> None:
    ledger = given().ledger
    path = csv(tmp_path, row("C-1", "100.00"), row("C-2", "8.00"), row("C-2", "8.00"))
    take_in(ledger, path)
    size = ledger.head().size
    again = preview(ledger, path)
    assert again.already_imported
    assert not again.refused
    assert ledger.head().size == size


def test_the_same_bytes_are_answered_from_what_they_brought_at_first(tmp_path: Path) -> None:
    ledger = given().ledger
    path = csv(tmp_path, row("C-1", "100.00"), row("C-2", "8.00"), row("C-3", "x"))
    assert known_file(ledger, path, look_at(path)) is None
    take_in(ledger, path, quarantine=True)
    path = path.rename(tmp_path / "again.csv")
    again = known_file(ledger, path, look_at(path))
    assert again is not None
    assert again.already_imported
    assert (again.reading.rows_read, again.rows_recorded, again.rows_duplicate) == (3, 0, 2)
    assert (again.cents_duplicate, again.reading.rows_bad) == (cents("108.00"), 1)
    assert again.reading.source.name == "again.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    assert known_file(ledger, path, look_at(path)) is None


def look_at(path: Path) -> Bytes:
    """A first pass over a file that is there."""
    seen = look(path)
    assert isinstance(seen, Bytes)
    return seen


def test_the_same_rows_in_another_file_are_duplicates(tmp_path: Path) -> None:
    ledger = given().ledger
    take_in(ledger, csv(tmp_path, row("C-1", "100.00"), row("C-2", "8.00"), row("C-2", "8.00")))
    later = take_in(ledger, csv(tmp_path, row("C-2", "8.00"), row("C-2", "8.00"), row("C-3", "5.00"), name="b.csv"))
    assert (later.rows_recorded, later.rows_duplicate, later.cents_duplicate) == (1, 2, cents("16.00"))
    assert World(ledger).position().claims_paid == cents("121.00")


def test_an_accepted_import_accounts_for_every_row_and_cent(tmp_path: Path) -> None:
    ledger = given().ledger
    take_in(ledger, csv(tmp_path, row("C-1", "100.00"), row("C-2", "8.00")))
    plan = take_in(ledger, csv(tmp_path, row("C-2", "8.00"), row("C-3", "5.00"), name="b.csv"))
    accepted = [e.event for e in ledger.history(PLAN) if isinstance(e.event, ev.ImportBatchAccepted)][-1]
    assert accepted.rows_read == accepted.rows_recorded + accepted.rows_duplicate == 2
    assert accepted.cents_recorded + accepted.cents_duplicate == cents("13.00")
    assert accepted.file_sha256 == plan.reading.source.sha256


def test_one_bad_row_refuses_the_whole_file_and_leaves_a_trace(tmp_path: Path) -> None:
    ledger = given().ledger
    size = ledger.head().size
    plan = preview(ledger, csv(tmp_path, row("C-1", "100.00"), row("C-2", "1,204.105")))
    assert plan.refused
    with pytest.raises(Refusal):
        commit_import(ledger, plan, actor="tester")
    assert ledger.head().size == size
    record_refusal(ledger, plan, PLAN, actor="tester")
    record_refusal(ledger, plan, PLAN, actor="tester")
    assert ledger.head().size == size + 1


def test_quarantine_records_the_good_rows_and_counts_the_bad(tmp_path: Path) -> None:
    ledger = given().ledger
    plan = take_in(ledger, csv(tmp_path, row("C-1", "100.00"), row("C-2", "x")), quarantine=True)
    assert plan.rows_recorded == 1
    accepted = [e.event for e in ledger.history(PLAN) if isinstance(e.event, ev.ImportBatchAccepted)][-1]
    assert (accepted.rows_read, accepted.rows_quarantined) == (2, 1)


def test_a_conflict_in_a_row_names_its_line_and_both_amounts(tmp_path: Path) -> None:
    ledger = given().ledger
    take_in(ledger, csv(tmp_path, row("C-1", "6000.00")))
    plan = preview(ledger, csv(tmp_path, row("C-9", "1.00"), row("C-1", "6500.00"), name="b.csv"))
    problem = next(problem for problem in plan.problems if problem.code == "conflict")
    assert (problem.where, plan.refused) == ("line 3", True)
    assert "6,000.00" in problem.sentence
    assert "6,500.00" in problem.sentence


def test_a_row_of_a_closed_month_is_a_problem_of_that_line(tmp_path: Path) -> None:
    ledger = given(cmd.ClosePeriod("2025-03")).ledger
    plan = preview(ledger, csv(tmp_path, row("C-1", "1.00"), row("C-2", "1.00", paid="2025-04-02")))
    assert [(p.where, p.code) for p in plan.problems] == [("line 2", "closed-period")]


def test_a_register_that_names_several_plans_goes_to_each_plan_whole_or_not_at_all(tmp_path: Path) -> None:
    ledger = Ledger(MemoryLedgerRecorder(), ScriptedClock())
    for code in ("NW", "SW"):
        World(ledger, code).when(*start(code)).accepted()
    take_in(ledger, csv(tmp_path, row("C-1", "100.00"), row("C-1", "7.00", plan="SW")))
    assert World(ledger, "NW").position().claims_paid == cents("100.00")
    assert World(ledger, "SW").position().claims_paid == cents("7.00")
    size = ledger.head().size
    plan = preview(ledger, csv(tmp_path, row("C-5", "1.00"), row("C-5", "7.00", plan="NOPE"), name="c.csv"))
    assert plan.refused
    assert ledger.head().size == size


def test_the_digest_of_a_preview_changes_when_the_ledger_knows_more(tmp_path: Path) -> None:
    ledger = given().ledger
    path = csv(tmp_path, row("C-1", "100.00"), row("C-2", "8.00"))
    before = preview(ledger, path)
    assert preview(ledger, path).digest == before.digest
    take_in(ledger, csv(tmp_path, row("C-2", "8.00"), name="b.csv"))
    assert preview(ledger, path).digest != before.digest


ROWS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 99_999)), min_size=1, max_size=25, unique_by=lambda r: r[0]
)


@settings(max_examples=40, deadline=None)
@on(ROWS, st.integers(0, 25), st.booleans())
def test_a_file_split_in_any_way_gives_the_same_position(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int]], cut: int, overlap: bool
) -> None:
    """Two halves (even overlapping) end where the whole file ends, and the same totals are booked."""
    tmp = tmp_path_factory.mktemp("split")
    texts = [row(f"C-{number}", money(amount)) for number, amount in rows]
    whole = given().ledger
    take_in(whole, csv(tmp, *texts))
    halves = given().ledger
    cut = min(cut, len(texts))
    for name, part in (("a", texts[: cut + overlap]), ("b", texts[cut:])):
        if part:
            path = csv(tmp, *part, name=f"{name}.csv")
            plan = preview(halves, path)
            if not plan.already_imported:
                commit_import(halves, plan, actor="tester")
    assert World(halves).position() == World(whole).position()


def test_a_file_in_another_currency_is_refused_with_both_currencies(tmp_path: Path) -> None:
    ledger = given().ledger
    path = csv(tmp_path, row("C-1", "100.00"))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0] + ",currency", lines[1] + ",EUR"]) + "\n")
    plan = preview(ledger, path)
    assert plan.refused
    assert [p.code for p in plan.problems] == ["CUR002"]
    assert "EUR" in plan.problems[0].sentence


def test_a_file_screened_before_another_recorded_its_payments_takes_in_what_is_left(tmp_path: Path) -> None:
    ledger = given().ledger
    first = preview(ledger, csv(tmp_path, row("C-1", "1.00"), row("C-2", "2.00"), name="a.csv"))
    second = preview(ledger, csv(tmp_path, row("C-2", "2.00"), row("C-3", "3.00"), name="b.csv"))
    copy = preview(ledger, csv(tmp_path, row("C-1", "1.00"), row("C-2", "2.00"), name="copy.csv"))
    commit_import(ledger, first, actor="tester")
    commit_import(ledger, second, actor="tester")
    assert commit_import(ledger, copy, actor="tester").again
    assert World(ledger).position().claims_paid == cents("6.00")


def rows_of_few_claims() -> st.SearchStrategy[list[str]]:
    """Payments, voids and reversals of three claims, so that many act on each other or on what is recorded."""
    claims, amounts = st.sampled_from(("C-1", "C-2", "C-3")), st.sampled_from(("5.00", "9.00"))
    paid = st.builds(row, claims, amounts)
    back = st.builds(lambda claim, amount, txn: row(claim, f"-{amount}", txn=txn), claims, amounts,
                     st.sampled_from(("VOID", "REVERSAL", "REFUND")))  # fmt: skip
    return st.lists(paid | back, min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@on(rows_of_few_claims(), rows_of_few_claims())
def test_what_the_preview_found_is_what_deciding_would_find_again(
    tmp_path_factory: pytest.TempPathFactory, before: list[str], rows: list[str]
) -> None:
    tmp, ledger = tmp_path_factory.mktemp("screened"), given().ledger
    first = preview(ledger, csv(tmp, *before), quarantine=True)
    if first.rows_recorded:
        with suppress(Refusal):  # a void of a line that was turned away
            commit_import(ledger, first, actor="tester")
    (part,) = preview(ledger, csv(tmp, row("C-9", "1.00"), *rows, name="next.csv"), quarantine=True).parts
    state = ledger.plan(PLAN)
    found, state.screened = screen(state, part.lines), None
    again = screen(state, part.lines)
    assert (found.lines, found.refused.keys(), found.orphans) == (again.lines, again.refused.keys(), again.orphans)
    assert found.known.tolist() == again.known.tolist()


def test_what_the_preview_found_is_forgotten_when_the_plan_moves(tmp_path: Path) -> None:
    ledger = given().ledger
    take_in(ledger, csv(tmp_path, row("C-1", "5.00")))
    plan = preview(ledger, csv(tmp_path, row("C-1", "-5.00", txn="VOID"), name="void.csv"))
    take_in(ledger, csv(tmp_path, row("C-1", "-5.00", txn="VOID", ref="CKC-1", paid="2025-03-04"), name="other.csv"))
    with pytest.raises(Refusal, match="refused"):  # it was screened again
        commit_import(ledger, plan, actor="tester")
