"""Whether the lines of a plan name claims readably or by tokens: one way from its first line on, for ever.

Duplicates, voids and refunds are found by comparing texts, so a plan that held a claim once as a number and once as a
token would not know it again and would pay it twice. What tokens and sealed texts are is said in ``intake.plan_seal``.
"""

from __future__ import annotations

import re

from ledger.lines import Lines
from ledger.plan import Plan
from ledger.refusals import Refusal

_TOKEN = re.compile("[CPR]-[A-Za-z0-9_-]{12}")
MARK = 4  # characters at the front of ``claim_sealed`` that name the seal


class OtherSeal(Refusal):
    """Lines name claims in another way than the plan they are for."""

    code = "other-seal"

    def __init__(self, plan: str, sealed: bool) -> None:
        if sealed:
            super().__init__(
                f"Plan {plan} keeps claim numbers sealed, and these lines name claims readably or under another vault.",
                "Name the plan's own key: --key FILE (with import: --pseudonymise too, or a mapping that says so).",
            )
        else:
            super().__init__(
                f"Plan {plan} was begun with readable claim numbers, and these lines are sealed.",
                "Run it again: lines of this plan stay readable, so that duplicates are found.",
            )


def seal_of(lines: Lines) -> str | None:
    """The mark of the seal of lines, empty when they are readable; nothing when they are not all alike."""
    column = lines["claim_sealed"]
    if not lines.count or column.strides == (0,):
        return bytes(column[0])[:MARK].decode() if lines.count else ""
    marks = column.astype(f"S{MARK}")
    return bytes(marks[0]).decode() if (marks == marks[0]).all() else None


def sealed_by(plan: Plan) -> str | None:
    """The mark of the plan's seal, empty when its lines are readable; nothing while it has no line."""
    return seal_of(plan.pages[0].lines.take(slice(0, 1))) if plan.pages else None


def require_seal(plan: Plan, lines: Lines) -> None:
    """Raises ``OtherSeal`` for lines that the plan's own would not be compared with."""
    before, now = sealed_by(plan), seal_of(lines)
    if now is None or (before is not None and before != now):
        raise OtherSeal(plan.code, bool(before) or now is None)


def is_token(text: str) -> bool:
    """Whether a text has the form of a token."""
    return bool(_TOKEN.fullmatch(text))


def require_token(plan: Plan, *texts: str) -> None:
    """Raises ``OtherSeal`` for a text that names a claim readably in a plan that is sealed."""
    if sealed_by(plan) and not all(is_token(text) for text in texts if text):
        raise OtherSeal(plan.code, sealed=True)
