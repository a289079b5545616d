"""Lines of a large file leave memory and say the same as lines that stay in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as on
from hypothesis import strategies as st

from given import PLAN, given
from ledger.importing import commit_import, plan_import
from ledger.intake import laid_by
from ledger.intake.claims_csv import read_claims
from ledger.intake.laid_by import LaidBy, Room
from ledger.lines import Lines, joined, lines_of
from ledger.ports import Store
from ledger.stores.opening import open_store

cells = st.fixed_dictionaries(
    {"claim_id": st.sampled_from(("C1", "C-333-wide-enough")), "amount": st.integers(-(10**14), 10**14)},
    optional={"division": st.sampled_from(("", "north")), "incurred_on": st.integers(0, 20_000)}
    | dict.fromkeys(("paid_on", "booked_on"), st.sampled_from((20_100, 20_101))) | {"eligible": st.just(10**14)},
)  # fmt: skip
parts = st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=5)


@on(parts, st.sampled_from([0, 40, 1 << 20]), st.sampled_from([1, 3, 100]), st.data())
def test_lines_laid_by_are_the_lines_that_were_given(
    rows: list[list[dict[str, str | int]]], room: int, gathered: int, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as limits:
        limits.setattr(laid_by, "ROOM", room)
        limits.setattr(laid_by, "GATHERED", gathered)
        laid, given_parts = LaidBy(Room()), [lines_of(part) for part in rows]
        for part in given_parts:
            laid.add(part)
    kept, plain = laid.lines(), joined(given_parts)
    assert kept == plain
    assert kept.given().keys() == plain.given().keys()
    index = np.array(data.draw(st.lists(st.integers(0, plain.count - 1), max_size=6)), dtype=np.int64)
    start, stop = sorted(data.draw(st.tuples(st.integers(0, plain.count), st.integers(0, plain.count))))
    mask = plain["amount"] > 0
    for chosen in (index, slice(start, stop), mask, mask[::-1]):
        taken = kept.take(chosen)
        assert taken == plain.take(chosen)
        assert taken.take(slice(0, 1)) == plain.take(chosen).take(slice(0, 1))
        assert taken.take(np.arange(taken.count)[::-1]) == plain.take(chosen).take(np.arange(taken.count)[::-1])
    new = np.arange(plain.count, dtype=np.int64)
    assert kept.replaced(amount=new).take(mask) == plain.replaced(amount=new).take(mask)
    assert kept == plain, "what is replaced in a copy stays in it"
    rows = np.flatnonzero(mask)
    cells = {"amount": rows * 7, "family": np.array([f"family {row}" for row in rows], dtype="S12")}
    once = kept.changed(rows, cells)
    assert once == plain.changed(rows, cells)
    assert once.take(chosen) == plain.changed(rows, cells).take(chosen)
    again = {"amount": rows[::-1] - 1, "member": cells["family"][::-1]}
    assert once.take(mask).changed(np.arange(rows.size)[::-1], again) == plain.changed(rows, cells).take(mask).changed(
        np.arange(rows.size)[::-1], again
    )
    assert once.replaced(amount=new).changed(rows, again) == plain.changed(rows, cells).replaced(amount=new).changed(
        rows, again
    )
    assert kept == plain, "what is changed in a copy stays in it"


def test_the_temporary_file_has_no_name_and_is_for_its_owner_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid_by, "ROOM", 0)
    room = Room()
    room.lay(np.array([1, 2, 3]))
    assert room._file is not None
    found = os.fstat(room._file.fileno())
    assert (found.st_nlink, found.st_mode & 0o777) == (0, 0o600)


FULL = """
import resource, signal
import numpy as np
from ledger.intake import laid_by
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
laid_by.ROOM = 0
laid_by.Room().lay(np.arange(1000))
"""


def test_a_disk_without_room_is_said_with_what_to_do() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{FULL}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode
    assert "StoreUnusable: The file is too large for memory" in ended.stderr
    assert "name another in TMPDIR" in ended.stderr


HEADER = (
    "plan_id,claim_id,claim_line,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,"
    "payment_method,payment_ref,plan_paid\n"
)


def row(number: int, word: str = "PAYMENT") -> str:
    amount = f"{1000 + number % 97}"
    amount = f"{'-' if word == 'VOID' else ''}{amount[:-2]}.{amount[-2:]}"
    who = f"M-{number % 50}"
    return f"{PLAN},C-{number},1,{word},MED,{who},{who},2025-01-05,2025-02-03,ACH,T-{number},{amount}\n"


def imported(
    path: Path, monkeypatch: pytest.MonkeyPatch, room: int, store: Store | None = None
) -> list[tuple[object, ...]]:
    monkeypatch.setattr(laid_by, "ROOM", room)
    monkeypatch.setattr(laid_by, "GATHERED", 700)
    ledger = given(store=store).ledger
    first = path.with_name("first.csv")
    first.write_text(HEADER + "".join(row(number) for number in range(0, 3_000, 2)))
    told: list[tuple[object, ...]] = []
    for file in (first, path):
        plan = plan_import(ledger, read_claims(file))
        outcome = commit_import(ledger, plan, actor="eva")
        told.append((plan.rows_recorded, plan.cents_recorded, plan.rows_duplicate, plan.cents_duplicate, plan.digest))
        told += [(one.event, getattr(one.event, "lines", Lines({}, 0))) for one in outcome.events]
    told += [(record.topic, record.state) for record in ledger.store.read()]
    return told


def test_an_import_records_the_same_bytes_whether_its_lines_left_memory_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "claims.csv"
    voids = "".join(row(number, "VOID") for number in range(5, 2_000, 113))
    path.write_text(HEADER + "".join(row(number) for number in range(3_000)) + voids)
    plain = imported(path, monkeypatch, 1 << 30)
    assert imported(path, monkeypatch, 0) == plain
    store = open_store(str(tmp_path / "one.ledger"), create=True)
    assert imported(path, monkeypatch, 0, store) == plain
    store.close()
