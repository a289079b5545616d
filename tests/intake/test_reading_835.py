"""The 835: envelopes, balances, reversals and provider-level items."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.calendar import day_number, day_of
from ledger.intake.members import MemberKeys
from ledger.intake.reading import Reading
from ledger.intake.x12_835 import read_835, totals

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
ORACLE = SAMPLES / "oracle_835.json"
KEYS = MemberKeys(b"k" * 32)
ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PROVIDER       *251231*0800*^*00501*000000007*0*P*:~"
GS = "GS*HP*PAYER*PROVIDER*20251231*0800*7*X*005010X221A1~"
CLAIMS = (
    ""
    "CLP*A1*1*150.00*100.00*50.00*12*ICN1~CAS*PR*1*50.00~NM1*QC*1*CANARY*ANNE****MI*123456789~DTM*232*20251201~"
    "CLP*A2*22*-80.00*-30.00**12*ICN2~CAS*PR*1*-50.00~NM1*QC*1*CANARY*ANNE****MI*123456789~DTM*232*20251101~"
)
PLB = "PLB*999*20251231*WO:ICN0*20.00*L6:ICN1*-5.00~"


def transaction(amount: str = "55.00", claims: str = CLAIMS, plb: str = PLB) -> str:
    body = (
        f"ST*835*0001~BPR*I*{amount}*C*ACH*CCP*01*1*DA*2*3**01*4*DA*5*20251231~TRN*1*TRACE1*1512345678~"
        f"N1*PR*PAYER~N1*PE*CLINIC~LX*1~{claims}{plb}"
    )
    return f"{body}SE*{body.count('~') + 1}*0001~"


def file(folder: Path, body: str | None = None, isa: str = ISA, tail: str = "GE*1*7~IEA*1*000000007~") -> Path:
    path = folder / "remit.835"
    path.write_text(isa + GS + (transaction() if body is None else body) + tail, encoding="latin-1")
    return path


def fatal(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems if problem.severity == "fatal"]


def test_a_payment_becomes_lines_and_suspense_that_add_up_to_it(tmp_path: Path) -> None:
    reading = read_835(file(tmp_path), default_plan="ACME", keys=KEYS)
    assert reading.usable and reading.envelopes == ("PAYER/000000007/7",)
    (document,) = reading.documents
    assert document.payments_total == 5500 == document.lines.total() - sum(a.amount for a in document.adjustments)
    assert [(a.reason, a.reference, a.amount) for a in document.adjustments] == [
        ("WO", "ICN0", 2000),
        ("L6", "ICN1", -500),
    ]
    paid, back = document.lines.rows()
    assert (paid["claim_id"], paid["txn_type"], paid["amount"], paid["billed"]) == ("ICN1", "PAYMENT", 10000, 15000)
    assert (back["txn_type"], back["amount"], back["payment_ref"], back["method"]) == (
        "REVERSAL",
        -3000,
        "TRACE1",
        "ACH",
    )
    assert paid["member"] == back["member"] == KEYS.derive("ACME", "123456789")
    assert "CANARY" not in repr((reading, list(document.lines.rows())))
    assert [problem.code for problem in reading.problems] == ["REV001"]


def test_a_payment_off_balance_is_refused_with_both_amounts(tmp_path: Path) -> None:
    reading = read_835(file(tmp_path, transaction("55.01")), default_plan="ACME", keys=KEYS)
    assert fatal(reading) == ["BAL001"]
    sentence = next(problem.sentence for problem in reading.problems if problem.code == "BAL001")
    assert all(text in sentence for text in ("Segment 4", "55.01", "55.00", "0.01"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("CLP*A1*1*150.00*100.00", "CLP*A1*1*150.00*"), "AMT001"),
        (("CLP*A1*1*150.00*100.00", "CLP*A1*1**100.00"), "AMT001"),
        (("CLP*A1*1*150.00*100.00", "CLP*A1*1*150.00*100.001"), "AMT002"),
        (("CLP*A1*1*150.00*100.00", "CLP*A1*1*150.00*INVALID"), "AMT005"),
        (("BPR*I*55.00", "BPR*I*"), "AMT001"),
        (("BPR*I*55.00", "BPR*I*5E1"), "AMT005"),
        (("SE*", "XX*"), "NST001"),
        (("ST*835", "ST*837"), "NST002"),
    ],
)
def test_what_makes_cash_uncertain_refuses_the_file(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    body = transaction()
    assert change[0] in body
    assert code in fatal(read_835(file(tmp_path, body.replace(*change)), default_plan="ACME", keys=KEYS))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("SE*16", "SE*99"), "SEG001"),
        (("*0001~GE", "*0002~GE"), "SEG002"),
        (("GE*1", "GE*2"), "GRP002"),
        (("IEA*1*000000007", "IEA*1*000000008"), "ENV006"),
        (("005010X221A1", "006020"), "GRP004"),
        (("TRN*1*TRACE1*1512345678~", ""), "TRN001"),
        (("WO:ICN0", "ZZ:ICN0"), "COD003"),
        (("*50.00~NM1", "*49.00~NM1"), "BAL002"),
        (("*5*20251231~TRN", "*5*20251331~TRN"), "DAT006"),
        (("DTM*232*20251201~", ""), "DAT007"),
    ],
)
def test_what_does_not_move_cash_is_shown_and_kept(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    path = file(tmp_path)
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    reading = read_835(path, default_plan="ACME", keys=KEYS)
    assert reading.usable and code in [problem.code for problem in reading.problems]


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = file(tmp_path).read_text()
    path = tmp_path / "cut.835"
    for size in range(1, len(whole) - 16, 7):
        path.write_text(whole[:size])
        assert not read_835(path, default_plan="ACME", keys=KEYS).usable, size


def test_many_interchanges_with_their_own_separators_are_one_file(tmp_path: Path) -> None:
    path = file(tmp_path)
    one = path.read_text()
    other = one.replace("*", "|").replace(":", ">").replace("~", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + (one + other + one.replace("~", "~\r\n")).encode())
    found = totals(path)
    assert (found.interchanges, found.file.bpr02, found.file.plb_total, found.file.balances) == (3, 16500, 4500, True)


def test_a_test_file_is_refused_unless_allowed(tmp_path: Path) -> None:
    path = file(tmp_path, isa=ISA.replace("*P*", "*T*"))
    assert fatal(read_835(path, default_plan="ACME", keys=KEYS)) == ["TST001"]
    assert read_835(path, default_plan="ACME", keys=KEYS, allow_test=True).usable


def test_a_short_isa_is_refused_unless_lenient(tmp_path: Path) -> None:
    path = file(tmp_path, isa=ISA.replace("PAYER          ", "PAYER"))
    assert fatal(read_835(path, default_plan="ACME", keys=KEYS)) == ["ENV001"]
    assert read_835(path, default_plan="ACME", keys=KEYS, lenient_envelope=True).usable


def test_claims_of_other_groups_are_counted_as_not_ours(tmp_path: Path) -> None:
    claims = CLAIMS.replace("DTM*232*20251201~", "REF*1L*G1~DTM*232*20251201~")
    reading = read_835(file(tmp_path, transaction(claims=claims)), plan_by_group={"G1": "ACME"}, keys=KEYS)
    assert [document.plan for document in reading.documents] == ["ACME"]
    assert (reading.rows_read, reading.rows_not_ours, reading.cents_not_ours) == (2, 1, -3000)


def test_a_file_for_no_known_plan_is_refused(tmp_path: Path) -> None:
    assert fatal(read_835(file(tmp_path), keys=KEYS)) == ["PLN001"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(at=st.integers(0, 700), put=st.binary(max_size=6))
def test_no_damage_makes_the_reader_fall_over_or_lose_money(tmp_path: Path, at: int, put: bytes) -> None:
    whole = file(tmp_path).read_bytes()
    path = tmp_path / "damaged.835"
    path.write_bytes(whole[:at] + put + whole[at + len(put) :])
    reading = read_835(path, default_plan="ACME", keys=KEYS)
    if reading.usable:
        assert sum(document.payments_total for document in reading.documents) == totals(path).file.bpr02


def _oracle() -> dict[str, Any]:
    return json.loads(ORACLE.read_text()) if ORACLE.is_file() else {}


def _cents(text: str) -> int:
    return int(Fraction(text) * 100)


@pytest.mark.parametrize("name", sorted(_oracle()) or [""])
def test_public_samples_give_the_totals_and_verdicts_of_the_oracle(name: str) -> None:
    if not name:
        pytest.skip("the public samples are not beside the repository (../shared/samples)")
    said, found = _oracle()[name], totals(SAMPLES / name)
    assert found.interchanges == said["interchanges"]
    for one, sums in [(said["totals"], found.file), *zip(said["transactions"], found.transactions, strict=True)]:
        for field in ("claims", "reversals", "svc"):
            assert getattr(sums, field) == one[field]
        for field in ("sum_clp03", "sum_clp04", "bpr02", "plb_total"):
            assert getattr(sums, field) == _cents(one[field])
    assert found.file.balances == said["balances"]
    kinds = {"ISA": "ENV001", "SE0": "SEG001", "GS0": "GRP001"}
    counted = {problem.code for problem in found.structure} & set(kinds.values())
    assert counted == {kinds[error[:3]] for error in said["structure_errors"]}
    reading = read_835(SAMPLES / name, default_plan="ACME", keys=KEYS, allow_test=True, lenient_envelope=True)
    assert reading.usable == said["balances"]
    if reading.usable:
        assert sum(document.payments_total for document in reading.documents) == found.file.bpr02


@pytest.mark.parametrize(
    ("clp", "mia", "stay"),
    [
        ("11*1**470", "", ("2025-11-28", "2025-12-01")),
        ("11*1", "MIA*3~", ("2025-11-28", "2025-12-01")),
        ("11*2", "MIA*3~", ("2025-11-28", "")),
        ("11*3", "MIA*3~", ("", "")),
        ("11*4", "MIA*3~", ("", "2025-12-01")),
        ("11*1", "", ("", "")),
    ],
)
def test_a_claim_adjudicated_as_inpatient_says_its_stay(
    tmp_path: Path, clp: str, mia: str, stay: tuple[str, str]
) -> None:
    """CLP08 is the facility, CLP09 the frequency of the bill, CLP11 the diagnosis related group."""
    claims = (
        f"CLP*A1*1*100.00*100.00**12*ICN1*{clp}~NM1*QC*1*CANARY*ANNE****MI*123456789~{mia}"
        "DTM*232*20251128~DTM*233*20251201~"
    )
    reading = read_835(file(tmp_path, transaction("100.00", claims, "")), default_plan="ACME", keys=KEYS)
    (row,) = reading.documents[0].lines.rows()
    days = [day_of(int(row[name])).isoformat() if row[name] else "" for name in ("admitted_on", "discharged_on")]
    assert tuple(days) == stay
    assert row["incurred_on"] == day_number(date(2025, 11, 28))
