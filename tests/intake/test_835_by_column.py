"""An 835 read by column gives what the same file read segment by segment gives, word for word."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.intake import x12_835, x12_segments
from ledger.intake.members import MemberKeys
from ledger.intake.reading import Reading
from ledger.intake.x12_835 import read_835
from ledger.intake.x12_columns import runs
from ledger.intake.x12_parse import Parser

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "x12_835"
KEYS = MemberKeys(b"k" * 32)
HEAD = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PROVIDER       *251231*0800*^*00501*000000007*0*P*:~"
    "GS*HP*PAYER*PROVIDER*20251231*0800*7*X*005010X221A1~"
)
_DAMAGE = ("", "~", "*", " ", "\n", "\x80", "9", "ST*835*7~")


def segment_by_segment(path: Path, **given_too: Any) -> Reading:
    """The file as the explaining reader alone reads it."""
    with pytest.MonkeyPatch.context() as only:
        only.setattr(x12_835, "Parser", lambda *one, take_claims, **two: Parser(*one, **two))
        return read_835(path, **given_too)


def same(path: Path, **given_too: Any) -> Reading:
    """The reading, after it was found to be that of the explaining reader."""
    told, explained = read_835(path, **given_too), segment_by_segment(path, **given_too)
    assert told == explained
    return told


@st.composite
def claims(draw: st.DrawFn) -> tuple[int, str]:
    """A claim whose balances mostly hold, with what it pays."""
    word: Callable[..., str] = lambda *words: draw(st.sampled_from(words))  # noqa: E731
    cents = draw(st.sampled_from((0, 5, 12_345, 99_000_000_01)))
    back = draw(st.integers(0, 4)) == 0
    paid, own = (-cents, -700) if back else (cents, 700)
    spell = word(money, money, money, money, bare)
    lines = draw(st.integers(0, 2))
    first = word("ICN1", "ICN2", "ICN3", "", "Smith, Ann", "A-1", "123-45-6789", "X" * 81)
    status = "22" if back else word("1", "2", "4", "99")
    text = f"CLP*{word('A1', 'A2', '')}*{status}*{spell(paid + own)}*{spell(paid)}*7.00*12*{first}*11*"
    text += word("1**", "2**", "3**470", "1**470") + "~"
    if not lines:
        text += f"CAS*{word('PR', 'CO', 'XX')}*1*{spell(own - 300)}*1*45*3.00~"
    people = word("NM1*QC*1*DOE*ANN****MI*M1~", "NM1*IL*1*DOE****MI*M2~NM1*QC*1******MI*M3~", "")
    text += word("", "", "MIA*1~") + people + word("REF*1L*G1~", "REF*1L*G2~", "REF*F8*1~")
    text += word("DTM*232*20251101~DTM*233*20251103~", "DTM*050*20251101~")
    for at in range(lines):
        share = (paid, own) if at == 0 else (0, 0)
        text += f"SVC*HC:1*{spell(sum(share))}*{spell(share[0])}~"
        text += f"DTM*472*{word('20251030', '20260101', '251030', 'soon')}~"
        text += f"CAS*PR*1*{spell(share[1])}~" if share[1] else word("", f"CAS*CO*45**1*2*{spell(0)}~")
        text += word("", "NM1*QC*1******MI*LATE~", "AMT*B6*1~")
    return paid, text


def money(cents: int) -> str:
    """Cents as most payers write them."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def bare(cents: int) -> str:
    """Cents as X12 has them: without zeros at the end of the fraction."""
    text = money(cents)
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


@st.composite
def transactions(draw: st.DrawFn) -> str:
    """A payment of some claims, mostly in order."""
    found = draw(st.lists(claims(), max_size=3))
    plb = draw(st.sampled_from(("", "", "", "PLB*9*20251231*WO:X*1.00~")))
    total = sum(paid for paid, _ in found) - (100 if plb else 0) + draw(st.sampled_from((0, 0, 0, 0, 1)))
    day = draw(st.sampled_from(("20251231", "20251231", "251231", "x")))
    method = draw(st.sampled_from(("ACH", "CHK", "ZZ")))
    trace = draw(st.sampled_from(("TRN*1*T1*15~", "TRN*1*T2*15~", "TRN*1*555-11-2222*15~", "", "TRN*1*T1~TRN*1*T3~")))
    body = f"ST*835*0001~BPR*I*{money(total)}*C*{method}*CCP*01*1*DA*2*3**01*4*DA*5*{day}~{trace}LX*1~"
    body += "".join(text for _, text in found) + plb
    more, number = draw(st.sampled_from((1, 1, 1, 1, 2))), draw(st.sampled_from(("0001", "0001", "2")))
    return f"{body}SE*{body.count('~') + more}*{number}~"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(transactions(), min_size=1, max_size=4),
    st.sampled_from(("~", "~\n", "~\r\n", "\n")),
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(_DAMAGE)), max_size=3),
    st.sampled_from((150, 400, 1 << 20)),
    st.sampled_from(({"default_plan": "P"}, {"plan_by_group": {"G1": "A", "G2": "B"}}, {})),
    st.booleans(),
)
def test_a_file_reads_the_same_by_column_and_segment_by_segment(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], end: str, damage: list[tuple[int, str]], block: int,
    plans: dict[str, Any], named: bool,
) -> None:  # fmt: skip
    body = "".join(parts)
    for at, put in damage:
        place = at % (len(body) + 1)
        body = body[:place] + put + body[place + (len(put) < 2) :]
    path = tmp_path_factory.mktemp("x12") / "remit.835"
    content = f"{HEAD}{body}GE*{len(parts)}*7~IEA*1*000000007~".replace("~", end)
    path.write_text(content, encoding="latin-1", newline="")
    with pytest.MonkeyPatch.context() as small:
        small.setattr(x12_segments, "_BLOCK", block)
        small.setattr(x12_segments, "_MOST", 2 * block)
        same(path, keys=KEYS if named else None, **plans)


def test_what_is_in_order_is_read_by_column_and_only_the_rest_one_by_one() -> None:
    plain = (
        "ST*835*1~BPR*I*1.00*C*ACH************20251231~TRN*1*T*9~CLP*A*1*1.00*1.00**12*I~DTM*232*20251101~SE*6*1~"
    )
    odd = plain.replace("ACH", "ODD")
    found, ended, count = runs(plain + plain + odd + plain + "GE*4*7~" + plain[:40], "*", "~")
    assert [run.claims and (run.claims.transactions, run.claims.paid.tolist()) for run in found] == [
        (2, [100, 100]), None, (1, [100]), None,
    ]  # fmt: skip
    assert (ended, count) == (4 * len(plain) + len("GE*4*7~"), 25)


def _samples() -> list[Path]:
    return sorted(path for path in SAMPLES.rglob("*") if path.is_file()) if SAMPLES.exists() else []


@pytest.mark.skipif(not _samples(), reason="the public sample files are not beside this tree")
def test_public_remittances_read_the_same_by_column_and_segment_by_segment() -> None:
    read = partial(same, default_plan="P", keys=KEYS, lenient_envelope=True, allow_test=True)
    assert sum(read(path).rows_read for path in _samples()) > 500
