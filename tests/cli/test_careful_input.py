"""Wrong input from outside: one clear sentence with its remedy, the right exit code, and nothing half-recorded."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest


def recorded(plan) -> int:
    return plan.json("events", "--tail", "1")["last_event"]


@pytest.mark.parametrize(
    "words",
    [
        ("fund", "receive", "--amount", "1.00", "--amount", "2.00", "--date", "2025-02-01"),
        ("fund", "receive", "--amount=1.00", "--amount", "2.00", "--date", "2025-02-01"),
        ("position", "--year", "2025", "--year", "2024"),
        ("position", "-f", "csv", "-fmd"),
    ],
)
def test_an_option_given_twice_is_wrong_usage(plan, words: tuple[str, ...]) -> None:
    before = recorded(plan)
    result = plan(*words)
    assert result.exit_code == 2
    assert "comes twice; give it once" in result.stderr
    assert recorded(plan) == before


def test_a_value_that_looks_like_an_option_does_not_count_as_one(plan) -> None:
    plan.ok("fund", "receive", "--amount", "1.00", "--reference", "--amount", "--date", "2025-02-01")


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (gzip.compress(b"date,amount,reference\n", mtime=0), "compressed with gzip; unpack it"),
        (b"PK\x03\x04\x14\x00", "spreadsheet or an archive"),
        (b"%PDF-1.7\n", "a PDF"),
        ("date,amount,reference\n".encode("utf-16"), "UTF-16"),
        (b"date,amount\x00,reference\n", "NUL byte"),
    ],
)
def test_a_file_that_is_no_text_is_called_what_it_is(plan, start: bytes, words: str) -> None:
    Path("in.csv").write_bytes(start)
    for command in (("import", "funding", "in.csv"), ("budget", "set", "--year", "2026", "--monthly", "in.csv")):
        result = plan(*command)
        assert result.exit_code == 3
        assert words in result.stderr


def test_a_pipe_is_not_read_half(plan) -> None:
    os.mkfifo("pipe")
    result = plan("import", "claims", "pipe")
    assert result.exit_code == 3
    assert "a pipe or a device, not a file" in result.stderr


def test_every_line_that_a_rule_refuses_is_named_in_the_preview_as_when_recording(plan) -> None:
    plan.ok("period", "close", "2025-01")
    Path("in.csv").write_text(
        "date,amount,reference\n2025-02-01,-5.00,A\n2025-02-02,5.00,B\n2025-01-15,7.00,C\n", encoding="utf-8"
    )
    before = recorded(plan)
    for more in (("--dry-run",), ()):
        result = plan("import", "funding", "in.csv", *more)
        assert result.exit_code == 4
        assert "2 lines" in result.stderr
        assert "line 2     A deposit needs an amount above zero" in result.stderr
        assert "line 4     2025-01 is closed" in result.stderr
    assert recorded(plan) == before


def test_a_file_that_is_recorded_is_known_in_the_preview_too(plan) -> None:
    Path("in.csv").write_text("date,amount,reference\n2025-02-02,5.00,B\n", encoding="utf-8")
    assert "1 deposit of 5.00" in plan.ok("import", "funding", "in.csv")
    assert "recorded already" in plan.ok("import", "funding", "in.csv", "--dry-run")


def test_a_payment_names_its_member_and_claim(plan) -> None:
    given = {"--member": "M-1", "--amount": "5.00", "--paid": "2025-03-01", "--incurred": "2025-03-01", "--claim": "C"}
    for empty in ("--member", "--claim"):
        result = plan("claim", "pay", *(part for pair in {**given, empty: " "}.items() for part in pair))
        assert result.exit_code == 3
        assert f"{empty} is empty" in result.stderr


def test_a_month_of_no_plan_year_is_not_closed(plan) -> None:
    result = plan("period", "close", "2035-01")
    assert result.exit_code == 4
    assert "2035 is not open" in result.stderr


def test_every_wrong_line_of_a_budget_file_is_named(plan) -> None:
    Path("b.csv").write_text(
        "month,amount\n2026-01,100\n2026-01,5.00\n2026-13,1e5\n2026-02,-5.00\n", encoding="utf-8-sig", newline="\r\n"
    )
    result = plan("budget", "set", "--year", "2026", "--monthly", "b.csv")
    assert result.exit_code == 3
    for words in ("line 3     month", "line 4     month", "line 4     amount", "line 5     amount"):
        assert words in result.stderr


def test_a_report_that_cannot_be_written_leaves_the_one_that_is_there(plan, monkeypatch: pytest.MonkeyPatch) -> None:
    plan.ok("position", "--year", "2025", "-o", "p.csv")
    before = Path("p.csv").read_bytes()
    os.mkdir(f".p.csv.{os.getpid()}.part")
    result = plan("position", "--year", "2025", "-o", "p.csv", "--force")
    assert result.exit_code == 3
    assert result.stderr.startswith("Error: p.csv: ")
    assert Path("p.csv").read_bytes() == before


def test_a_file_that_is_there_is_replaced_only_when_asked_and_it_is_said(plan) -> None:
    Path("kept.csv").write_text("last year's", encoding="utf-8")
    events = plan.json("status")["last_event"]
    told = plan("claimants", "--year", "2025", "-o", "kept.csv")
    assert (told.exit_code, told.stderr.splitlines()[0]) == (3, "Error: kept.csv exists.")
    assert Path("kept.csv").read_text(encoding="utf-8") == "last year's"
    assert plan.json("status")["last_event"] == events  # Nothing left, so nothing is logged.
    told = plan("claimants", "--year", "2025", "-o", "kept.csv", "--force")
    assert (told.exit_code, "in place of the one that was there" in told.stderr) == (0, True)
    assert Path("kept.csv").read_text(encoding="utf-8").startswith("member,")


def test_an_empty_file_is_no_log(plan) -> None:
    Path("empty").touch()
    key = plan.json("verify")["data"]["verifying_key"]
    told = plan("verify", "--from-file", "empty", "--key", key)
    assert (told.exit_code, "empty is empty: it is no exported log" in told.stderr) == (3, True)


def test_a_folder_is_no_member_key(plan) -> None:
    Path("folder").mkdir()
    told = plan("members", "find", "--key", "folder", "--id-file", "plan.toml")
    assert (told.exit_code, "is a folder, not a member key file" in told.stderr) == (3, True)


def test_a_settlement_that_was_posted_later_is_named_with_its_date(plan) -> None:
    head, last = plan.json("settle", "preview", "2025")["head"], plan.json("status")["last_event"]
    plan.ok("settle", "post", "2025", "--expect-head", head)
    for words in (("trace", "settlement"), ("settle", "show")):
        told = plan(*words, "S-2025-01", "--known-at", str(last))
        assert told.exit_code == 4
        assert f"not yet posted at --known-at {last}: it was on 2026-04-15, by event" in told.stderr
        assert plan(*words, "S-2025-09", "--known-at", str(last)).exit_code == 3


def test_what_cannot_go_to_a_full_device_is_said_in_a_sentence(plan) -> None:
    result = plan("position", "--year", "2025", "--format", "csv", "-o", "/dev/full")
    assert result.exit_code == 3
    assert "No space left on device" in result.stderr
    assert "Make room" in result.stderr
