"""The pseudonyms of one file: each person of each plan named once, in batches."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.intake.members import Names


class Pseudonyms:
    """Names members when there is a key and somebody, the caller or the mapping, asks for it."""

    def __init__(self, keys: Names | None, everyone: bool) -> None:
        self._keys = keys
        self._everyone = everyone
        self._known: dict[tuple[str, str], str] = {}

    def asked(self, by_mapping: bool) -> bool:
        """Whether the ids of a column are to be replaced."""
        return self._keys is not None and (self._everyone or by_mapping)

    def of(self, people: Sequence[tuple[str, str]]) -> list[str]:
        """The pseudonym of each plan and member id; an empty id stays empty."""
        wanted: dict[str, set[str]] = {}
        for plan, member in people:
            if (plan, member) not in self._known:
                wanted.setdefault(plan, set()).add(member)
        for plan, members in wanted.items():
            self._known[plan, ""] = ""
            if self._keys is not None:
                made = self._keys.derive_all(plan, members - {""})
                self._known.update({(plan, member): made[member] for member in members if member})
        return [self._known[one] for one in people]
