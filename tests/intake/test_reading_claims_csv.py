"""Paid-claims files in the canonical form: what is taken and what is refused, each with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.claims_csv import read_claims
from ledger.intake.members import MemberKeys
from ledger.intake.reading import Reading
from ledger.intake.rejects import write_rejects
from ledger.money import money

HEADER = "plan_id,claim_id,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,plan_paid,payment_ref"
KEYS = MemberKeys(b"k" * 32)


def line(**given: str) -> str:
    row = {
        "plan_id": "ACME",
        "claim_id": "C1",
        "txn_type": "PAYMENT",
        "coverage": "MED",
        "member_key": "M-1",
        "subscriber_key": "S-1",
        "incurred_from": "2025-12-01",
        "paid_date": "2025-12-31",
        "plan_paid": "1204.10",
        "payment_ref": "CHK1",
    }
    return ",".join({**row, **given}.values())


def file(folder: Path, *lines: str) -> Path:
    path = folder / "claims.csv"
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_a_good_file_becomes_lines_for_each_plan(tmp_path: Path) -> None:
    reading = read_claims(file(tmp_path, line(), line(plan_id="B", txn_type="VOID", plan_paid="-0.05")))
    assert reading.usable and not reading.problems
    assert [(d.plan, d.payments_total) for d in reading.documents] == [("ACME", 120410), ("B", -5)]
    row = reading.documents[0].lines.row(1)
    assert (row["eligible"], row["specific_eligible"], row["booked_on"], row["source_line"]) == (120410, 1, 20453, 2)


def test_equal_rows_are_told_apart_by_their_occurrence(tmp_path: Path) -> None:
    lines = read_claims(file(tmp_path, line(), line(), line())).documents[0].lines
    assert lines["occurrence"].tolist() == [1, 2, 3]
    assert len(set(lines["identity"].tolist())) == 3


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"plan_paid": '"1,204.105"'}, "AMT002", "more than two decimals"),
        ({"plan_paid": '"1,204.10"'}, "AMT003", "thousands separator"),
        ({"plan_paid": "１２.10"}, "AMT004", "not ASCII digits"),
        ({"plan_paid": "1e3"}, "AMT005", "not an amount"),
        ({"plan_paid": "NaN"}, "AMT005", "not an amount"),
        ({"plan_paid": ""}, "AMT001", "empty"),
        ({"plan_paid": "-1.00"}, "AMT007", "negative"),
        ({"plan_paid": "1.00", "txn_type": "VOID"}, "AMT007", "positive"),
        ({"paid_date": "12/31/25"}, "DAT002", "can mean two days"),
        ({"paid_date": "2025-02-30"}, "DAT001", "not a date"),
        ({"paid_date": "2025-11-30"}, "DAT005", "before the date of service"),
        ({"txn_type": "payment"}, "COD001", "not a known code"),
        ({"claim_id": ""}, "IDS001", "empty"),
        ({"claim_id": "A\x07"}, "IDS003", "control character"),
        ({"claim_id": "123-45-6789"}, "PHI001", "social security number"),
        ({"member_key": "123456789"}, "PHI001", "social security number"),
    ],
)
def test_a_bad_cell_makes_its_row_bad_with_one_sentence(
    tmp_path: Path, change: dict[str, str], code: str, words: str
) -> None:
    reading = read_claims(file(tmp_path, line(), line(**change)))
    (problem,) = reading.problems
    assert (problem.code, problem.where, problem.severity) == (code, "line 3", "row")
    assert words in problem.sentence and problem.sentence.endswith(".")
    assert reading.rows_bad == 1 and len(reading.documents[0].lines) == 1


def test_sentences_and_rejects_never_hold_the_value(tmp_path: Path) -> None:
    path = file(tmp_path, line(member_key="123456789", plan_paid="77123.999", claim_id="987-65-4321"))
    reading = read_claims(path)
    shown = read_claims(path, show_values=True)
    for number, one in enumerate((reading, shown)):
        rejects = tmp_path / f"rejects{number}.csv"
        assert write_rejects(rejects, one) == 3
        text = rejects.read_text("utf-8")
        assert not any(secret in text for secret in ("123456789", "77123.999", "987-65-4321"))
        assert reading.source.sha256 in text and "9(5).9(3)" in text
    assert any("77123.999" in problem.sentence for problem in shown.problems)


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    reading = read_claims(file(tmp_path, line(plan_paid="1.005"), line(paid_date="x"), "a,b", line()))
    assert codes(reading) == ["AMT002", "DAT001", "CSV002"]
    assert (reading.rows_read, reading.rows_bad, reading.cents_bad) == (4, 3, 120410)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "FIL003", "0 bytes"),
        (b"plan_id,cl\0aim\n", "ENC003", "byte 10"),
        (HEADER.encode() + b"\n" + line().encode().replace(b"C1", b"C\xe9"), "ENC001", f"byte {len(HEADER) + 7}"),
        (("\ufeff" + HEADER).encode("utf-16"), "ENC002", "UTF-16"),
        ((HEADER + ",zip\n").encode(), "COL001", "'zip'"),
        ((HEADER + ",plan_paid\n").encode(), "HDR002", "twice"),
        (line(member_key="CANARY").encode() + b"\n", "HDR004", "looks like data"),
        (HEADER.replace("plan_paid", "billed").encode(), "COL002", "'plan_paid'"),
        (f"{HEADER}\n{line(claim_id='x' * (1 << 21))}\n".encode(), "CSV001", "1 MB"),
        (f'{HEADER}\n"a"b,{line()}\n'.encode(), "CSV001", "quotes"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    reading = read_claims(path)
    assert not reading.usable
    fatal = [problem for problem in reading.problems if problem.severity == "fatal"]
    assert [problem.code for problem in fatal] == [code] and words in fatal[0].sentence


def test_a_directory_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert codes(read_claims(tmp_path)) == ["FIL002"]
    assert codes(read_claims(tmp_path / "none.csv")) == ["FIL001"]


def test_a_byte_order_mark_at_the_start_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xef\xbb\xbf" + file(tmp_path, line()).read_bytes())
    assert read_claims(path).problems == ()


def test_control_totals_tie_to_the_cent_or_the_file_is_refused(tmp_path: Path) -> None:
    good = read_claims(file(tmp_path, line(), "#CONTROL,1,1204.10,,,"))
    assert good.usable and good.control is not None and good.control.total == 120410
    reading = read_claims(file(tmp_path, line(), "#CONTROL,1,1204.11,,,"))
    (problem,) = reading.problems
    assert problem.severity == "fatal"
    assert all(text in problem.sentence for text in ("1204.11", "1204.10", "-0.01"))
    assert codes(read_claims(file(tmp_path, line(), "#CONTROL,2,,,,"))) == ["CTL001"]
    assert "CTL002" in codes(read_claims(file(tmp_path, "#CONTROL,1,1204.10,,,", line())))


def test_totals_may_be_expected_by_hand_or_stand_beside_the_file(tmp_path: Path) -> None:
    path = file(tmp_path, line())
    assert not read_claims(path, expect_total=120409).usable
    assert read_claims(path, expect_rows=1, expect_total=120410).usable
    (tmp_path / "claims.csv.ctl.toml").write_text('rows = 1\nsum_plan_paid = "1204.09"\n')
    assert codes(read_claims(path)) == ["CTL001"]


def test_raw_member_ids_become_pseudonyms_when_asked(tmp_path: Path) -> None:
    path = file(tmp_path, line(member_key="123456789", subscriber_key="123456789"))
    assert codes(read_claims(path, pseudonymise=True)) == ["MEM001"]
    reading = read_claims(path, pseudonymise=True, keys=KEYS)
    assert reading.problems == ()
    assert reading.documents[0].lines.row(1)["member"] == KEYS.derive("ACME", "123456789")


def test_a_repeated_row_id_makes_the_later_row_bad(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{HEADER},row_id\n{line()},R1\n{line()},R1\n{line()},R2\n")
    reading = read_claims(path)
    assert codes(reading) == ["IDS004"] and reading.problems[0].number == 3
    assert (reading.rows_bad, reading.cents_bad, len(reading.documents[0].lines)) == (1, 120410, 2)


def test_a_quoted_line_break_does_not_move_line_numbers(tmp_path: Path) -> None:
    reading = read_claims(file(tmp_path, line(claim_id='"A\nB"'), line(plan_paid="x")))
    assert [(problem.code, problem.number) for problem in reading.problems] == [("IDS003", 2), ("AMT005", 4)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(amounts=st.lists(st.one_of(st.integers(0, 10**13), st.just(-1), st.just(None)), max_size=30))
def test_rows_and_cents_always_add_up(tmp_path: Path, amounts: list[int | None]) -> None:
    reading = read_claims(file(tmp_path, *(line(plan_paid="?" if a is None else money(a)) for a in amounts)))
    kept = [a for a in amounts if a is not None and a >= 0]
    assert reading.rows_read == len(amounts)
    assert reading.rows_bad == len(amounts) - len(kept)
    assert sum(document.payments_total for document in reading.documents) == sum(kept)
    assert reading.cents_bad == -amounts.count(-1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_no_bytes_make_the_reader_fall_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(HEADER.encode() + b"\n" + content)
    reading = read_claims(path)
    assert all(problem.sentence for problem in reading.problems)
