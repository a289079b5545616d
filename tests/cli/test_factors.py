"""Setting aggregate factors one by one says what is still missing."""

from __future__ import annotations

from pathlib import Path

from headings import HEADING

DOCUMENT = HEADING + """\
year = 2025
tiers = ["EE", "ES", "FAM"]

[stop_loss.aggregate]
minimum_attachment = "1000.00"
"""


def notes(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("Still missing")]


def test_a_factor_says_which_tiers_and_months_have_none_yet(run) -> None:
    Path("plan.toml").write_text(DOCUMENT, encoding="utf-8")
    Path("lives.csv").write_text("month,tier,lives\n2025-02,FAM,3\n", encoding="utf-8")
    run.ok("init", "plan.toml")
    run.ok("import", "enrollment", "lives.csv")
    first = notes(run.ok("stoploss", "factor", "EE", "--amount", "10.00", "--from", "2025-03"))
    assert [note.removeprefix("Still missing: policy AGG-2025 has no factor for ") for note in first] == [
        "EE in 2025-01 to 2025-02; lives there are refused until it has one.",
        "ES in 2025-01 to 2025-12; lives there are refused until it has one.",
        "FAM in 2025-01 to 2025-12; it has lives there, so the attachment point cannot be worked out until it has one.",
    ]
    assert run("stoploss", "aggregate", "--year", "2025").exit_code != 0
    run.ok("stoploss", "factor", "ES", "--amount", "12.00", "--from", "2025-01")
    (left,) = notes(run.ok("stoploss", "factor", "FAM", "--amount", "15.00", "--from", "2025-02"))[1:]
    assert "FAM in 2025-01; lives there are refused" in left
    run.ok("stoploss", "aggregate", "--year", "2025")
    run.ok("stoploss", "factor", "FAM", "--amount", "15.00", "--from", "2025-01")
    assert not notes(run.ok("stoploss", "factor", "EE", "--amount", "10.00", "--from", "2025-01"))
