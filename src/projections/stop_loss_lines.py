"""The lines of the stop-loss registers by name, to compare two answers line by line (domain 11.1, R1 and R2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from ledger import events as e
from projections.history import History
from projections.stop_loss_report import aggregate_register, specific_register

SPECIFIC = ("eligible_paid", "excess", "absorbed", "reimbursable", "filed", "approved", "received",
            "advanced", "written_off", "due")  # fmt: skip
AGGREGATE = ("attachment_point", "eligible", "rebates", "excess", "reimbursable")
SETTLED = ("filed", "received", "lent", "written_off", "due")
TOTAL = "total"


def specific_lines(history: History, year: int, as_of: date) -> Mapping[str, int]:
    """Each figure of each member, named ``POLICY/MEMBER/figure``, and ``total/figure`` of everybody."""
    register = specific_register(history, year, as_of)
    found = {f"{TOTAL}/{name}": getattr(register.total, name) for name in SPECIFIC}
    for row in register.rows:
        found.update({f"{row.policy}/{row.member}/{name}": getattr(row, name) for name in SPECIFIC})
    return found


def aggregate_lines(history: History, year: int, as_of: date) -> Mapping[str, int]:
    """Each figure of each aggregate policy, named ``POLICY/figure``; the eligible and the point also by month."""
    found = {}
    for row in aggregate_register(history, year, as_of):
        found.update({f"{row.policy}/{name}": getattr(row.position, name) for name in AGGREGATE})
        found.update({f"{row.policy}/{name}": getattr(row, name) for name in SETTLED})
        for month in row.position.months:
            found[f"{row.policy}/{month.month}/attachment"] = month.attachment
            found[f"{row.policy}/{month.month}/eligible"] = month.eligible
    return found


def events_of_members(history: History) -> Mapping[str, frozenset[int]]:
    """The numbers of the events that name a member (or family), under no name those of all others."""
    found: dict[str, set[int]] = {}
    for page in history.pages:
        for key in ("member", "family"):
            for name in np.unique(page.lines[key]).tolist():
                found.setdefault(name.decode(), set()).add(page.position)
    everybody: set[int] = set()
    for recorded in history.records:
        if isinstance(recorded.event, e.Page):
            continue
        member = getattr(recorded.event, "member", "")
        (found.setdefault(member, set()) if member else everybody).add(recorded.position)
    return {**{name: frozenset(numbers | everybody) for name, numbers in found.items()}, "": frozenset()}
