"""Every event posts, balanced, and is put into words; the chart of accounts says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from examples import EXAMPLES
from ledger import events as e
from projections import audit_trail, sentences
from projections.accounts import CHART, SIZE, Account
from projections.history import History
from projections.postings import Books, post
from story import recorded

HISTORY = History(recorded(EXAMPLES))
DOCUMENT = Path(__file__).parents[2] / "docs" / "chart-of-accounts.md"


def test_there_is_an_example_of_every_kind() -> None:
    assert {type(event) for event in EXAMPLES} == set(e.REGISTRY.values())


def test_an_event_nobody_placed_is_refused() -> None:
    class Unheard(e.Event):
        kind = "unheard"

    with pytest.raises(TypeError, match=r"unheard\.v1"):
        post(recorded([Unheard()])[0], Books())
    with pytest.raises(TypeError, match=r"unheard\.v1"):
        sentences.summary(Unheard())


def test_the_chart_names_the_kinds_that_post_each_account() -> None:
    moved = HISTORY.transfers
    for account, entry in CHART.items():
        versions = moved.version[(moved.debit == account) | (moved.credit == account)].tolist()
        kinds = {HISTORY.by_version[version].event.kind for version in versions} - {"correction-posted"}
        if account is not Account.FLUCTUATION_RESERVE:
            assert kinds <= set(entry.posted_by), account
            assert kinds, account


def test_the_document_lists_every_account_with_its_events() -> None:
    rows = {m[1]: m[0] for m in re.finditer(r"^\| \d+ \| `(\w+)` .*$", DOCUMENT.read_text(), re.M)}
    assert list(rows) == [account.name for account in CHART]
    for account, entry in CHART.items():
        assert f"| {int(account)} |" in rows[account.name]
        assert all(f"`{kind}`" in rows[account.name] for kind in entry.posted_by)


def test_debits_equal_credits_for_every_event() -> None:
    for version in HISTORY.by_version:
        made = HISTORY.transfers.take(HISTORY.transfers.version == version)
        sums = np.zeros(SIZE, dtype=np.int64)
        np.add.at(sums, made.debit, made.amount)
        np.subtract.at(sums, made.credit, made.amount)
        assert sums.sum() == 0
        assert (made.debit != made.credit).all()


def test_every_event_has_a_row_with_a_sentence() -> None:
    rows = list(audit_trail.rows(HISTORY))
    assert [row.position for row in rows] == [r.position for r in HISTORY.records]
    assert rows[10].summary == "1 claim payment paid, register R-1"
    assert rows[17].taken_back_by == len(EXAMPLES)
    assert rows[24].summary == "Stop-loss reimbursement received on SL-1"
    assert all(row.summary and row.actor == "m.ortiz" for row in rows)
    assert [r.kind for r in audit_trail.rows(HISTORY, kinds=frozenset({"fee-charged"}))] == ["fee-charged"]
