"""Refusals: one class for each reason; it writes its own sentence, with both sides and a next step."""

from __future__ import annotations


class Refusal(Exception):
    """A rule of the ledger says no. ``code`` is stable; the text is one sentence for the person who asked."""

    code = "refused"
    remedy: str = ""

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy or type(self).remedy

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


class IdempotencyConflict(Refusal):
    """The same idempotency key came with other content."""

    code = "idempotency-conflict"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} was used before, for something else.",
            "Use a new key for a new request; repeat the old request unchanged to get its result.",
        )


class PlanMoved(Refusal):
    """Somebody recorded something on the plan between the reading and the appending."""

    code = "plan-moved"

    def __init__(self, plan: str, expected: int, found: int) -> None:
        super().__init__(
            f"The history of plan {plan} moved while this was being prepared: "
            f"expected {expected} events, found {found}.",
            "Ask again.",
        )


class StoreUnusable(Exception):
    """The ledger is missing, locked, read-only, of another version, or not a ledger (exit code 7)."""


class LedgerDamaged(Exception):
    """Stored bytes do not match what was signed (exit code 6); ``position`` names the first bad event."""

    def __init__(self, sentence: str, position: int | None = None) -> None:
        super().__init__(sentence)
        self.position = position
