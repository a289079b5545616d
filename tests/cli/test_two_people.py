"""Two people on the command line: proposed, listed, approved; a month reopened and its exceptions."""

from __future__ import annotations

from pathlib import Path

from .test_reading import valid


def needing_two(plan, *options: str) -> None:
    """The folder's plan with m.ortiz as preparer and administrator, controller as approver."""
    plan.ok("people", "add", "m.ortiz", "--role", "preparer")
    plan.ok("people", "add", "controller", "--role", "approver")
    plan.ok("people", "require", *options)


def change_of(said: str) -> tuple[str, str]:
    """The number and hash in what a proposal said."""
    words = said.split()
    return words[words.index("approve") + 1], words[words.index("--hash") + 1]


def test_a_settlement_is_proposed_and_posted_when_another_approves(plan) -> None:
    needing_two(plan, "--settlement")
    head = plan.json("settle", "preview", "2025")["head"]
    said = plan.ok("settle", "post", "2025", "--expect-head", head)
    assert said.startswith("Proposed change ")
    assert "Nothing of it is recorded yet. Until 2026-05-15 it waits for:" in said
    number, hash_ = change_of(said)
    assert plan.json("settle", "list")["data"]["settlements"] == []
    refused = plan("approve", number, "--hash", hash_)
    assert refused.exit_code == 4
    assert "needs the role approver" in refused.stderr
    result = plan("approve", number, "--hash", hash_, actor="controller")
    assert result.exit_code == 0, result.output
    assert f"change {number} of m.ortiz approved: Post interim settlement S-2025-01" in result.stdout
    assert [s["settlement"] for s in plan.json("settle", "list")["data"]["settlements"]] == ["S-2025-01"]
    assert plan.ok("proposals", "--open").startswith("No change is proposed")


def test_proposals_are_listed_on_both_clocks(plan) -> None:
    needing_two(plan, "--manual-above", "10000.00", "--expiry-days", "5")
    said = plan.ok("fund", "receive", "--amount", "10000.01", "--date", "2025-05-02", "--reference", "W-9")
    number, _ = change_of(said)
    envelope = plan.json("proposals")
    valid("proposals", envelope)
    (row,) = envelope["data"]["proposals"]
    assert (row["change"], row["state"], row["amount"]) == (int(number), "open", "10000.01")
    assert row["command"]["change"] == "record-money"
    waiting = plan.json("status", "--known-at", number)["data"]
    assert waiting["open_proposals"] == [int(number)]
    assert plan.json("status", "--known-at", str(int(number) - 1))["data"]["open_proposals"] == []
    (late,) = plan.json("proposals", "--as-of", "2026-04-21")["data"]["proposals"]
    assert late["state"] == "expired"
    assert plan.json("proposals", "--known-at", str(int(number) - 1))["data"]["proposals"] == []
    assert plan("reject", number, "--reason", "unknown", actor="controller").exit_code == 0
    assert plan.json("proposals", "--open")["data"]["proposals"] == []
    (row,) = plan.json("proposals", "--known-at", number)["data"]["proposals"]
    assert row["state"] == "open"


def test_your_own_proposal_can_be_withdrawn(plan) -> None:
    needing_two(plan, "--manual-above", "0.00")
    number, hash_ = change_of(plan.ok("fee", "charge", "--amount", "5.00", "--date", "2025-05-02"))
    assert f"change {number} withdrawn" in plan.ok("withdraw", number)
    assert plan("approve", number, "--hash", hash_, actor="controller").exit_code == 4
    assert plan("approve", "1", "--hash", hash_, actor="controller").exit_code == 4


def test_a_deposit_taken_back_above_the_threshold_needs_two(plan) -> None:
    needing_two(plan, "--manual-above", "500.00")
    deposit = plan.json("events", "--kind", "funding-received")["data"]["events"][0]["event"]
    said = plan.ok("correct", str(deposit), "--reason", "Wrong plan")
    assert "Take back funding-received of 100,000.00: Wrong plan" in said
    number, hash_ = change_of(said)
    assert plan("approve", number, "--hash", hash_, actor="controller").exit_code == 0
    assert plan.json("position", "--year", "2025", "--as-of", "2026-04")["data"]["funding_received"] == "0.00"


def test_what_a_reopened_month_let_in_is_listed(plan) -> None:
    needing_two(plan, "--reopening")
    assert plan("exceptions", "--year", "2025", "--exit-code").exit_code == 0
    plan.ok("period", "close", "2025-03")
    refused = plan("fund", "receive", "--amount", "7.00", "--date", "2025-03-09")
    assert refused.exit_code == 4
    number, hash_ = change_of(plan.ok("period", "reopen", "2025-03", "--reason", "Bank advice late"))
    assert plan("approve", number, "--hash", hash_, actor="controller").exit_code == 0
    plan.ok("fund", "receive", "--amount", "7.00", "--date", "2025-03-09", "--reference", "W-7")
    plan.ok("period", "close", "2025-03")
    result = plan("exceptions", "--year", "2025", "--exit-code")
    assert result.exit_code == 5
    assert "2 exceptions, net 7.00" in result.stdout
    envelope = plan.json("exceptions", "--year", "2025")
    valid("exceptions", envelope)
    reopening, deposit = envelope["data"]["exceptions"]
    assert (reopening["kind"], reopening["proposal"], reopening["proposed_by"]) == ("reopening", int(number), "m.ortiz")
    assert (deposit["kind"], deposit["amount"], deposit["reason"]) == (
        "in a reopened month", "7.00", "Reopened: Bank advice late",
    )  # fmt: skip
    before = plan.json("exceptions", "--year", "2025", "--known-at", number)["data"]
    assert before["exceptions"] == []


def test_the_plan_document_says_what_needs_two_people(run) -> None:
    run.ok("init", "--template")
    text = Path("plan.toml").read_text(encoding="utf-8")
    part = text.index("# [approvals]")
    rest = "\n".join(line.removeprefix("# ") for line in text[part:].splitlines()) + "\n"
    Path("plan.toml").write_text(text[:part] + rest, encoding="utf-8")
    run.ok("init", "plan.toml", "--year", "2025")
    found = run.json("people", "list")["data"]["approvals"]
    assert found == {
        "reopening": True, "settlement": True, "write_off": True, "manual_adjustment": True,
        "manual_adjustment_above": "10000.00", "people": True, "early_erasure": True,
        "denial": True, "denial_above": "5000.00", "expiry_days": 30,
    }  # fmt: skip
    Path("plan.toml").write_text(text[:part] + '[approvals]\nmanual_adjustment_above = "5.00"\n', encoding="utf-8")
    result = run("plan", "check", "plan.toml")
    assert result.exit_code == 3
    assert "needs manual_adjustment = true" in result.stderr


def test_saying_nothing_about_two_people_is_wrong_usage(plan) -> None:
    assert plan("people", "require").exit_code == 2
    assert plan("people", "require", "--manual-above", "5.00", "--no-manual").exit_code == 2
    assert plan("people", "require", "--denial-above", "5.00", "--no-denial").exit_code == 2
    assert plan("people", "require", "--denial-above", "-5.00").exit_code == 2


def test_a_denial_above_the_threshold_waits_for_a_second_person(plan) -> None:
    for number in ("1", "2"):
        filed = ("--amount", "9000.00", "--date", "2025-05-01")
        plan.ok("stoploss", "file", "M-4F2A", "--reference", f"SL-{number}", *filed)
    needing_two(plan, "--denial-above", "1000.00")
    assert "denial above 1,000.00" in plan.ok("people", "list")
    decide = ("stoploss", "decide", "--date", "2025-06-01")
    assert "Recorded event" in plan.ok(*decide, "SL-1", "--approved", "8000.00")
    number, hash_ = change_of(plan.ok(*decide, "SL-2", "--approved", "7999.99"))
    (row,) = plan.json("proposals", "--open")["data"]["proposals"]
    assert (row["amount"], row["what"]) == ("1000.01", "Record 7,999.99 of filing SL-2 approved, 1,000.01 denied")
    assert plan("approve", number, "--hash", hash_, actor="controller").exit_code == 0
    needed = change_of(plan.ok("people", "require", "--no-denial"))
    assert plan("approve", needed[0], "--hash", needed[1], actor="controller").exit_code == 0
    assert "Nothing needs two people" in plan.ok("people", "list")
