"""Reading a file by whole columns says the same as reading it row by row."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.intake.claims_csv import read_claims
from ledger.intake.mapping import load_mapping
from ledger.intake.members import MemberKeys
from ledger.intake.reading import Reading
from ledger.lines import joined

HEADER = (
    "plan_id,claim_id,claim_line,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,"
    "payment_method,payment_ref,plan_paid,admission_date,discharge_date"
)
COLUMNS = (
    ("P1", "P1", "P2", ""),
    ("C1", "C2", "C3", "é9", "", "123-45-6789", "c\u200b1", "x" * 81, "#CONTROL"),
    ("1", "2", "", "x", "007"),
    ("PAYMENT", "PAYMENT", "VOID", "REFUND", "GIFT"),
    ("MED", "RX", "", "med"),
    ("M-1", "M-2", "", "123456789", "123-45-6789"),
    ("M-1", "M-3", "", "123456789"),
    ("2025-01-05", "2025-02-03", "2025-02-30", "", "1/2/2025"),
    ("2025-02-03", "2025-03-04", "20250304", "", "1800-01-01"),
    ("ACH", "CHK", "", "CASH"),
    ("T1", "T2", "", "r" * 81),
    ("10.00", "20.55", "-3.10", "0.00", "1,000.00", "12", "", "1e3"),
    ("", "2025-01-04", "2025-02-30"),
    ("", "2025-01-09", "2025-01-03"),
)
ODD_LINES = (
    "", "a,b", "\u00e9" * 3, f"P1,{'x' * 90},1,PAYMENT,MED,M-1,M-1,2025-01-05,2025-02-03,ACH,T1,10.00,,",
    "P1,C-\x01,1,PAYMENT,MED,M-1,M-1,2025-01-05,2025-02-03,ACH,T1,10.00,,",
    "P1,\u00e9-1,1,PAYMENT,MED,M-1,M-1,2025-01-05,2025-02-03,ACH,T1,10.00,,",
    'P1,"a,b",1,PAYMENT,MED,M-1,M-1,2025-01-05,2025-02-03,ACH,T1,10.00,,', "#CONTROL,1,10.00,,,",
)  # fmt: skip
mostly_good = st.tuples(*(st.one_of(st.just(words[0]), st.sampled_from(words)) for words in COLUMNS))


def text(row: tuple[str, ...], *, quoted: bool) -> str:
    return ",".join(f'"{cell}"' if quoted or "," in cell else cell for cell in row)


def read(content: str) -> Reading:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "claims.csv"
        path.write_bytes(content.encode())
        return read_claims(path)


def said(reading: Reading) -> tuple[object, ...]:
    counted = (reading.rows_read, reading.rows_bad, reading.cents_bad, reading.currency)
    return counted, reading.problems, [(document.plan, document.lines) for document in reading.documents]


@given(st.lists(mostly_good, min_size=1, max_size=12), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_file_without_quotes_reads_the_same_as_the_same_file_in_quotes(
    rows: list[tuple[str, ...]], end: str, ended: bool
) -> None:
    plain, quoted = (
        end.join([HEADER, *(text(row, quoted=asked) for row in rows)]) + (end if ended else "")
        for asked in (False, True)
    )
    assert said(read(plain)) == said(read(quoted))


@given(st.lists(mostly_good, min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_each_row_reads_the_same_alone_as_among_others(rows: list[tuple[str, ...]]) -> None:
    rows = [(*row[:1], f"{row[1]}-{n}" if row[1] == "C1" else row[1], *row[2:]) for n, row in enumerate(rows)]
    whole = read("\n".join([HEADER, *(text(row, quoted=False) for row in rows)]))
    alone = [read("\n".join([HEADER, text(row, quoted=False)])) for row in rows if row[1] != "#CONTROL"]
    if len(alone) != len(rows):
        return
    cells = [
        sorted((p.column, p.code, p.sentence) for p in reading.problems if p.severity == "row") for reading in alone
    ]
    together: list[list[tuple[str, str, str]]] = [[] for _ in rows]
    for problem in whole.problems:
        if problem.severity == "row":
            together[problem.number - 2].append((problem.column, problem.code, problem.sentence))
    assert [sorted(found) for found in together] == cells
    kept = joined([document.lines for document in whole.documents])
    apart = joined([document.lines for reading in alone for document in reading.documents])
    assert kept.count == apart.count
    assert kept.total() == apart.total()
    assert sorted(kept["claim_id"].tolist()) == sorted(apart["claim_id"].tolist())


MAPPING = """
schema = 1
name = "Register"
[input]
delimiter = "\\t"
[defaults]
plan_id = "P1"
[money]
negative = ["-123.45", "(123.45)"]
[dates]
format = ["%m/%d/%Y", "%Y-%m-%d"]
empty = ["", "00/00/0000"]
[columns]
claim_id = { from = "CLAIM", strip = "0-left" }
txn_type = { from = "TYPE", values = { P = "PAYMENT", V = "VOID", "" = "PAYMENT" } }
coverage = { from = "COV", values = { M = "MED", R = "RX" } }
member_key = { from = "MEMBER", pseudonymise = true }
subscriber_key = "FAMILY"
incurred_from = "SERVED"
received_date = "RECEIVED"
paid_date = "PAID"
plan_paid = "NET"
interest = "INTEREST"
specific_eligible = "COUNTS"
"""
SENT = (
    ("C1", "007", "000", " C2 ", "", "é9", "c\u200b1"),
    ("P", "P", "V", "", "X", " P "),
    ("M", "R", "Q", ""),
    ("123456789", "123-45-6789", "M-1", "", " M-1"),
    ("F-1", "F-2", "F-1 ", "", "123456789"),
    ("01/05/2025", "2025-02-03", " 1/6/2025", "13/13/2025", ""),
    ("", "00/00/0000", "01/09/2025", "never"),
    ("02/05/2025", "2025-03-03", "02/05/1825", ""),
    ("10.00", "-3.10", "(3.10)", "12", "1204.567", "", " 7.00 ", "123456789012.99", "1234567890123.00", "."),
    ("", "0.50", " ", "1.5"),
    ("", "Y", "N", "maybe"),
)
SENT_HEADER = ["CLAIM", "TYPE", "COV", "MEMBER", "FAMILY", "SERVED", "RECEIVED", "PAID", "NET", "INTEREST", "COUNTS"]
mostly_sent = st.tuples(*(st.one_of(st.just(words[0]), st.sampled_from(words)) for words in SENT))


@given(st.lists(mostly_sent, min_size=1, max_size=12), st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_mapped_file_reads_the_same_with_quotes_and_without(rows: list[tuple[str, ...]], padded: bool) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "mapping.toml").write_text(MAPPING)
        mapping = load_mapping(Path(folder) / "mapping.toml")
        found = []
        for quote in ("", '"'):
            path = Path(folder) / f"claims{len(quote)}.csv"
            space = "  " if padded else ""
            lines = ["\t".join(f"{quote}{space}{cell}{space}{quote}" for cell in row) for row in rows]
            path.write_bytes("\n".join(["\t".join(SENT_HEADER), *lines]).encode())
            found.append(said(read_claims(path, mapping=mapping, keys=MemberKeys(b"k" * 32))))
    assert found[0] == found[1]


@given(st.lists(st.sampled_from([*ODD_LINES, "good"]), min_size=1, max_size=6), st.integers(0, 2))
@settings(max_examples=25, deadline=None)
def test_a_block_with_odd_lines_gives_the_rows_and_problems_of_its_lines(odd: list[str], every: int) -> None:
    good = text(tuple(words[0] for words in COLUMNS), quoted=False)
    lines = [good.replace("C1", f"C{number}") for number in range(4_200)]
    for number, line in enumerate(odd):
        lines.insert(number * (every * 700 + 1), line if line != "good" else good)
    plain = read("\n".join([HEADER, *lines]) + "\n")
    quoted = read(
        "\n".join([HEADER, f'"{lines[0][:2]}"{lines[0][2:]}' if lines[0][:3] == "P1," else lines[0], *lines[1:]])
    )
    assert said(plain)[1] == said(quoted)[1]
    assert plain.rows_read == quoted.rows_read
    assert [d.lines for d in plain.documents] == [d.lines for d in quoted.documents]


def test_an_encoding_that_ends_inside_a_block_is_refused_and_old_line_ends_are_read() -> None:
    good = text(tuple(words[0] for words in COLUMNS), quoted=False)
    assert read("\r".join([HEADER, good, good.replace("C1", "C9")])).rows_read == 2
    with TemporaryDirectory() as folder:
        path = Path(folder) / "claims.csv"
        path.write_bytes(f"{HEADER}\n{good}\n".encode() + good.encode().replace(b"C1", b"C\xff"))
        reading = read_claims(path)
        assert [problem.code for problem in reading.problems if problem.severity == "fatal"] == ["ENC001"]
        path.write_bytes(f"{HEADER}\n{good}\n".encode() + b"x" * (3 << 20))
        assert [p.code for p in read_claims(path).problems if p.severity == "fatal"] == ["CSV001"]


def test_line_numbers_go_on_through_blocks_with_and_without_quotes_and_line_breaks() -> None:
    good = tuple(words[0] for words in COLUMNS)
    lines = [text((good[0], f"C{n}", *good[2:]), quoted=False) for n in range(9_000)]
    lines[4_500] = text((good[0], '"two\nlines', *good[2:]), quoted=False).replace('"two\nlines', '"C4500\n"')
    lines[8_999] = lines[8_999].replace("10.00", "ten")
    reading = read("\n".join([HEADER, *lines]) + "\n")
    numbers = {(p.number, p.code) for p in reading.problems}
    assert (4_502, "IDS003") in numbers
    assert (9_002, "AMT005") in numbers
    assert reading.rows_read == 9_000
