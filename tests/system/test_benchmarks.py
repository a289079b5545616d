"""The benchmarks measure the same rows everywhere, and never count a run whose totals differ."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _benchmarks_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def _claims(folder: Path, **given: int) -> bytes:
    from benchmarks.generator import Size, write

    write(folder / "claims.csv", Size(**given))
    return (folder / "claims.csv").read_bytes()


def test_a_seed_gives_the_same_bytes_on_every_machine(tmp_path: Path) -> None:
    from benchmarks.generator import write_835

    write_835(tmp_path / "one.835", 250)
    made = _claims(tmp_path, payments=2_000, plans=4, members=100), (tmp_path / "one.835").read_bytes()
    assert [sha256(each).hexdigest()[:16] for each in made] == ["019e2258aaf20d22", "65ff01f0d932d9dc"]
    assert made[0] == _claims(tmp_path, payments=2_000, plans=4, members=100)


def test_another_seed_gives_other_rows_of_the_same_shape(tmp_path: Path) -> None:
    one = _claims(tmp_path, payments=500, plans=2, members=50).splitlines()
    other = _claims(tmp_path, payments=500, plans=2, members=50, seed=8).splitlines()
    assert len(one) == len(other) == 501
    assert one[0] == other[0]
    assert not set(one[1:]) & set(other[1:])


def test_the_total_that_the_generator_tells_is_what_it_wrote(tmp_path: Path) -> None:
    from benchmarks.generator import Size, write

    told = write(tmp_path / "claims.csv", Size(3_000, 3, 60))
    rows = (tmp_path / "claims.csv").read_text().splitlines()[1:]
    assert sum(int(row.rsplit(",", 1)[1].replace(".", "")) for row in rows) == told


def test_what_is_taken_back_is_told_too_and_names_a_payment_written_before_it(tmp_path: Path) -> None:
    from benchmarks.generator import Size, write

    told = write(tmp_path / "claims.csv", Size(30_000, 3, 60, back=100))
    rows = [row.split(",") for row in (tmp_path / "claims.csv").read_text().splitlines()[1:]]
    assert sum(int(row[14].replace(".", "")) for row in rows) == told
    paid: dict[tuple[str, ...], int] = {}
    words = {"VOID": 0, "REFUND": 0}
    for row in rows:
        cents, payment = int(row[14].replace(".", "")), (row[0], row[1], row[5], row[8], row[11])
        if row[3] == "PAYMENT":
            paid[payment] = cents
        else:
            words[row[3]] += 1
            assert -cents == paid.pop(payment) // (1 if row[3] == "VOID" else 4)
    assert 800 < words["VOID"] < 1_200 and 400 < words["REFUND"] < 600


def test_totals_that_differ_by_a_cent_end_the_run_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks import __main__ as run
    from benchmarks import b09_stop_loss
    from benchmarks.measuring import Measured
    from benchmarks.runner import Bench

    def a_cent_off(bench: Bench, _shop: object) -> None:
        bench.in_turn({"ours": lambda _: Measured(1, 1, 1, 1, 1, {"total": 100}),
                       "baseline": lambda _: Measured(1, 1, 1, 1, 1, {"total": 101})})  # fmt: skip

    monkeypatch.setattr(b09_stop_loss, "run", a_cent_off)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--smoke", "--only", "B9"])
    assert run.main() == 1
    told = capsys.readouterr().err
    assert "error: B9: the totals differ: {'ours': 100, 'baseline': 101}" in told
    assert "Traceback" not in told


def test_the_figures_of_a_run_that_was_cut_short_are_kept_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks import __main__ as run
    from benchmarks import b07_verify, b09_stop_loss
    from benchmarks.measuring import SideFailed
    from benchmarks.runner import Bench

    def short(bench: Bench, _shop: object) -> None:
        bench.figure("verify something", "cpu s", [3.0, 2.0, 4.0], most=1)

    def broken(_bench: Bench, _shop: object) -> None:
        raise SideFailed("a side ended")

    monkeypatch.setattr(b07_verify, "run", short)
    monkeypatch.setattr(b09_stop_loss, "run", broken)
    figures, page = tmp_path / "figures.json", tmp_path / "page.md"
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--smoke", "--only", "B7", "B9", "--json", str(figures)])
    assert run.main() == 1
    assert [row["figure"] for row in json.loads(figures.read_text())["rows"]] == [3.0]

    page.write_text("before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter\n")
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--told", str(figures), "--markdown", str(page)])
    assert run.main() == 0
    told = page.read_text()
    assert told.startswith("before\n")
    assert told.endswith("\nafter\n")
    assert "old" not in told
    missed = told.partition("## Figures not reached")[2].partition("## Figures reached")[0]
    assert "| B7 | verify something |  | cpu s |  |  | 3 cpu s (2-4) | ≤ 1 | 3 |" in missed
