"""Files of other senders, read with a mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.intake.claims_csv import read_claims
from ledger.intake.mapping import Mapping, MappingUnusable, load_mapping
from ledger.intake.members import MemberKeys

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT.parent / "shared" / "samples"
KEYS = MemberKeys(b"k" * 32)

TPA = """schema = 1
name = "tpa"
[input]
delimiter = "|"
skip_rows = 1
trailer = { match = "^TRL", rows = 2, total = 3 }
[defaults]
plan_id = "ACME"
coverage = "MED"
[money]
thousands = ","
negative = ["123.45-", "(123.45)"]
[dates]
format = ["%m/%d/%Y", "%Y%m%d"]
[columns]
claim_id = "ICN"
plan_paid = "NET PAID"
paid_date = "CHECK DT"
incurred_from = "DOS"
payment_ref = { from = "CHECK NO", strip = "0-left" }
txn_type = { from = "ADJ", values = { "" = "PAYMENT", "V" = "VOID" } }
member_key = { from = ["SUB", "SEQ"], pseudonymise = true }
subscriber_key = { from = "SUB", pseudonymise = true }
[filter]
where = { GROUP = ["0012345"] }
[ignore]
columns = ["PATIENT*"]
"""
ROWS = """Register of ACME
ICN|NET PAID|CHECK DT|DOS|CHECK NO|ADJ|SUB|SEQ|GROUP|PATIENT NAME
1|1,204.10|12/31/2025|20251201|000123||900000001|01|0012345|CANARY
2|(204.10)|12/31/2025|20251201|000124|V|900000001|02|0012345|CANARY
3|50.00|12/31/2025|20251201|000125||900000002|01|0099999|CANARY
TRL|3|1,050.00
"""


def made(folder: Path, text: str) -> Mapping:
    path = folder / "map.toml"
    path.write_text(text)
    return load_mapping(path)


def data(folder: Path, text: str) -> Path:
    path = folder / "register.csv"
    path.write_text(text)
    return path


def test_a_senders_register_is_read_with_its_own_columns_signs_dates_and_trailer(tmp_path: Path) -> None:
    reading = read_claims(data(tmp_path, ROWS), mapping=made(tmp_path, TPA), keys=KEYS)
    assert reading.problems == ()
    (document,) = reading.documents
    assert (document.plan, document.lines["amount"].tolist()) == ("ACME", [120410, -20410])
    assert (reading.rows_not_ours, reading.cents_not_ours) == (1, 5000)
    assert reading.control is not None and reading.control.total == 105000
    first = document.lines.row(1)
    assert (first["payment_ref"], first["member"]) == ("123", KEYS.derive("ACME", "900000001-01"))
    assert "CANARY" not in repr(list(document.lines.rows()))


def test_a_trailer_off_by_a_cent_or_missing_refuses_the_file(tmp_path: Path) -> None:
    mapping = made(tmp_path, TPA)
    off = read_claims(data(tmp_path, ROWS.replace("1,050.00", "1,050.01")), mapping=mapping, keys=KEYS)
    assert [problem.code for problem in off.problems] == ["CTL001"] and "-0.01" in off.problems[0].sentence
    cut = read_claims(data(tmp_path, ROWS.partition("TRL")[0]), mapping=mapping, keys=KEYS)
    assert [problem.code for problem in cut.problems] == ["CTL004"]


def test_a_value_that_the_mapping_does_not_know_makes_the_row_bad(tmp_path: Path) -> None:
    reading = read_claims(data(tmp_path, ROWS.replace("|V|", "|Q|")), mapping=made(tmp_path, TPA), keys=KEYS)
    assert "COD002" in [problem.code for problem in reading.problems] and reading.rows_bad == 1


@pytest.mark.parametrize(
    ("unit", "text", "cents"),
    [
        ("cents", "120410", 120410),
        ("overpunch", "12041{", 120410),
        ("overpunch", "12041}", -120410),
        ("overpunch", "1J", -11),
    ],
)
def test_amounts_in_cents_or_cobol_signs_are_read(tmp_path: Path, unit: str, text: str, cents: int) -> None:
    rows = f"ICN|NET PAID|CHECK DT|DOS|SUB\n1|{text}|20251231|20251201|A\n"
    mapping = f"""schema = 1
name = "u"
input = {{ delimiter = "|" }}
defaults = {{ plan_id = "A", coverage = "MED", txn_type = "ADJUSTMENT" }}
money = {{ unit = "{unit}" }}
dates = {{ format = ["%Y%m%d"] }}
[columns]
claim_id = "ICN"
plan_paid = "NET PAID"
paid_date = "CHECK DT"
incurred_from = "DOS"
member_key = "SUB"
subscriber_key = "SUB"
"""
    reading = read_claims(data(tmp_path, rows), mapping=made(tmp_path, mapping))
    assert reading.documents[0].payments_total == cents


def test_fractions_of_a_cent_are_rounded_only_when_the_mapping_says_so(tmp_path: Path) -> None:
    rows = data(tmp_path, ROWS.replace("50.00|", "50.00|").replace("1,204.10", "1,204.105").replace("1,050.00", ""))
    strict = read_claims(rows, mapping=made(tmp_path, TPA), keys=KEYS)
    assert [problem.code for problem in strict.problems] == ["AMT002"]
    lax = read_claims(rows, mapping=made(tmp_path, TPA.replace("[dates]", 'round = "half_even"\n[dates]')), keys=KEYS)
    assert lax.documents[0].lines["amount"].tolist() == [120410, -20410]


def test_every_mistake_of_a_mapping_is_named_with_its_key(tmp_path: Path) -> None:
    text = TPA.replace("schema = 1", "schema = 2").replace("%m/%d/%Y", "%m/%d/%y").replace('incurred_from = "DOS"', "")
    with pytest.raises(MappingUnusable) as caught:
        made(tmp_path, text + "[surprise]\nx = 1\n")
    together = str(caught.value)
    assert all(key in together for key in ("schema:", "dates.format:", "columns.incurred_from:", "surprise:"))


@pytest.mark.parametrize(
    ("name", "path", "rows", "not_ours", "cents"),
    [
        ("synthea", "synthea_csv/OHDSI__dbt-synthea/claims_transactions.csv", 5228, 5044, 1547358),
        (
            "desynpuf-inpatient",
            "desynpuf/milwaukeedata__desynpuf/DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv",
            5775,
            0,
            5573112000,
        ),
        (
            "desynpuf-inpatient",
            "desynpuf/OHDSI__ETL-CMS/DE1_0_2008_to_2010_Inpatient_Claims_Sample_0.csv",
            2,
            0,
            1600000,
        ),
        ("tuva-medical", "tuva/tuva-health__tuva/synthetic_data__medical_claim.csv", 0, 0, 0),
        ("tuva-medical", "tuva/tuva-health__tuva_demo/medical_claim.csv", 0, 0, 0),
    ],
)
def test_public_samples_give_their_published_totals(name: str, path: str, rows: int, not_ours: int, cents: int) -> None:
    if not (SAMPLES / path).is_file():
        pytest.skip("the public samples are not beside the repository (../shared/samples)")
    reading = read_claims(
        SAMPLES / path, mapping=load_mapping(ROOT / "examples" / "mappings" / f"{name}.toml"), keys=KEYS
    )
    assert reading.usable
    total = sum(document.payments_total for document in reading.documents)
    assert (reading.rows_read, reading.rows_not_ours, reading.rows_bad, total) == (rows, not_ours, 0, cents)
    if name == "synthea":  # all PAYMENT rows of the oracle: the payer's and everybody else's
        assert total + reading.cents_not_ours == 110350395
