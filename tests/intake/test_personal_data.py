"""No field takes a name, an id number of a person or a diagnosis, and no sentence repeats one (INV-33)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from given import PLAN, given, line, register
from ledger import commands as cmd
from ledger.handling import InputRejected
from ledger.intake.claims_csv import read_claims
from ledger.intake.file_names import known_name
from ledger.intake.mapping import MappingUnusable, load_mapping
from ledger.intake.x12_835 import read_835
from ledger.personal import ID, PLACE, PROSE, REFERENCE, TITLE, looks_like
from ledger.terms import Laser

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "x12_835"
COLUMNS = ("plan_id", "claim_id", "txn_type", "coverage", "member_key", "subscriber_key", "incurred_from",
           "paid_date", "payment_ref", "row_id", "division", "plan_paid")  # fmt: skip
GOOD = dict(zip(COLUMNS, ("NW", "C-1", "PAYMENT", "MED", "M-1", "M-1", "2025-02-01", "2025-03-04", "CK-1", "R-1",
                          "EAST", "10.00"), strict=True))  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "ssn is 123-45-6789", "of 123 45 6789", "id 987654321", "see j.doe@example.org", "call (555) 123-4567",
        "call 555-123-4567", "for C50.911", "DOB 1/2/1980", "date of birth unknown", "Smith, Jane", "DOE, JOHN Q",
        "asked by Dr. Welby", "the patient Jane Roe asked", "for member Roe, Jane",
    ],
)  # fmt: skip
def test_no_reason_or_note_takes_a_person(text: str) -> None:
    assert looks_like(text, PROSE)


@pytest.mark.parametrize(
    "text",
    [
        "litigation 24-117", "billed twice", "carrier asked for the itemised bill of C-55120", "case 24-117, closed",
        "check 1004123 lost", "Retro termination of 2025-03-31", "wire 20250304-01", "2 of 3, agreed with m.ortiz",
        "10.5 % of the excess", "settled on 3/4/2025 for 12,500.00", "",
    ],
)  # fmt: skip
def test_a_plain_reason_passes(text: str) -> None:
    assert not looks_like(text, PROSE)


@pytest.mark.parametrize(
    "text",
    ["123456789", "0001-000123456", "CLM-2025-00017", "2025.0304.17", "E12.17-3", "555-123-4567-8", "8b0b4ebf-72e6",
     "C0000000000000000001", "T1-23-45", "1,234"],
)  # fmt: skip
def test_claim_and_check_numbers_pass(text: str) -> None:
    assert not looks_like(text, ID) and not looks_like(text, REFERENCE)


def test_places_and_firms_pass_where_they_belong() -> None:
    assert not looks_like("Portland, Oregon", PLACE)
    assert not looks_like("Smith, Jones & Daughters LLP", TITLE)
    assert not looks_like("WIRE ADVICE", REFERENCE) and looks_like("JOHN SMITH", ID)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public samples are not here")
def test_nothing_in_the_public_remittances_is_taken_for_a_person() -> None:
    claims = 0
    for path in sorted(path for path in SAMPLES.rglob("*") if path.suffix in (".835", ".edi", ".txt", ".x12", ".dat")):
        reading = read_835(path, default_plan="NW", allow_test=True, lenient_envelope=True)
        claims += reading.rows_read
        assert [problem.sentence for problem in reading.problems if problem.code.startswith("PHI")] == []
    assert claims > 100


def read(folder: Path, quoted: bool, **changed: str):
    """A file of good rows with one changed; quoted cells are read one by one, plain ones as whole columns."""
    rows = [GOOD | {"claim_id": f"C-{number}", "row_id": f"R-{number}"} for number in range(2, 60)]
    rows[20] |= changed
    mark = '"' if quoted else ""
    lines = [",".join(f"{mark}{cell}{mark}" for cell in row.values()) for row in rows]
    path = folder / "register.csv"
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    return read_claims(path)


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("claim_id", "123-45-6789"), ("claim_id", "JANE ROE"), ("claim_id", "C50.911"), ("row_id", "j.roe@example.org"),
        ("payment_ref", "123-45-6789"), ("payment_ref", "(555) 123-4567"), ("payment_ref", "E11.9"),
        ("division", "J45.909"), ("division", "123-45-6789"), ("member_key", "JANE ROE"), ("member_key", "123456789"),
        ("subscriber_key", "123 45 6789"),
    ],
)  # fmt: skip
def test_a_file_is_read_the_same_in_both_ways_and_its_sentence_does_not_repeat_the_value(
    tmp_path: Path, quoted: bool, column: str, value: str
) -> None:
    (problem,) = read(tmp_path, quoted, **{column: value}).problems
    assert (problem.column, problem.code[:3], problem.number) == (column, "PHI", 22)
    assert value not in problem.sentence + problem.shape
    assert read(tmp_path, quoted).problems == ()


def test_a_name_with_a_comma_is_found_in_a_quoted_cell(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, True, claim_id="Roe, Jane").problems
    assert problem.code == "PHI002" and "Roe" not in problem.sentence


@pytest.mark.parametrize(
    "command",
    [
        cmd.Correct(3, date(2025, 3, 3), "for Roe, Jane (DOB 1/2/1980)"),
        cmd.ReviseBudget(2025, (), "E11.9 of j.roe@example.org"),
        cmd.SetLegalHold("M-A", "ssn 123-45-6789"),
        register(line("JANE ROE", "10.00")),
        register(line("C-1", "10.00", payment_ref="123-45-6789")),
        cmd.SetLaser("S", Laser(member="987-65-4321", deductible=1)),
    ],
)
def test_nothing_that_looks_like_a_person_passes_the_door(command: cmd.Command) -> None:
    with pytest.raises(InputRejected, match="looks like") as told:
        given().ledger.handle(PLAN, [command], actor="tester")
    assert not any(word in str(told.value) for word in ("Roe", "ROE", "6789", "E11", "1980", "example"))


def test_a_mapping_takes_no_column_that_is_named_after_personal_data(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    for source in ("PATIENT NAME", "DOB", "DIAG1", "member_ssn", "NPI"):
        path.write_text(f'schema = 1\n[columns]\ndivision = "{source}"\n', encoding="utf-8")
        with pytest.raises(MappingUnusable, match=r"columns\.division: takes .* personal data"):
            load_mapping(path)
    path.write_text('schema = 1\n[columns]\ndivision = "PLAN NAME"\nrow_id = "ADDRESSEE NO"\n', encoding="utf-8")
    with pytest.raises(MappingUnusable) as told:
        load_mapping(path)
    assert "personal data" not in str(told.value)


def test_a_file_keeps_its_name_only_when_it_says_nothing_of_anybody() -> None:
    for name in ("register-2026-02-with-errors.csv", "remit-2026-01.835", "claims.csv", "RX_paid_20250304.txt"):
        assert known_name(Path(name), "ab" * 32) == name
    for name in ("smith-jane.csv", "claims-roe.csv", "123-45-6789.csv", "register-123456789.csv", "claims_E119.csv"):
        assert known_name(Path(name), "ab" * 32) == "file-abababab"


def test_what_a_report_was_asked_with_is_looked_through_and_its_sentence_does_not_repeat_it() -> None:
    for params in (("reference=123-45-6789",), ("year=2025", "reference=Doe, Jane"), ("member=j.doe@example.org",)):
        export = cmd.RecordExport("trace check", "csv", "0" * 64, 10, params)
        with pytest.raises(InputRejected, match=r"params (reference|member) looks like") as told:
            given().ledger.handle(PLAN, [export], actor="tester")
        assert params[-1].partition("=")[2] not in str(told.value)
    kept = cmd.RecordExport("claimants", "csv", "0" * 64, 10, ("year=2025", "over=5000000", "line=claims-paid"))
    assert given().ledger.handle(PLAN, [kept], actor="tester").events
