"""Reading a file by whole columns says the same as reading it row by row."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.intake.claims_csv import read_claims
from ledger.intake.reading import Reading
from ledger.lines import joined

HEADER = (
    "plan_id,claim_id,claim_line,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,"
    "payment_method,payment_ref,plan_paid"
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
)
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
@settings(max_examples=150, deadline=None)
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
