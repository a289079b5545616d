"""From what is outstanding on filings to what the position says carriers owe, line by line, for every recognition.

By ``paid`` the position recognises what the terms give, filed or not; by ``approved`` and ``received`` less than what
was filed. Each line says why the two differ; with them the ageing adds up to the position (domain 5.8, 6.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from projections.carriers import (
    Settled,
    accommodated,
    advances,
    filings_of,
    policies_of,
    receivables,
    recognised_by_terms,
    recognised_net,
)
from projections.history import Filing, History
from projections.traced_lines import TracedLines

Reasons = Mapping[str, Sequence[tuple[str, int]]]
"""By reason what each filing, member, advance or policy adds, minor units."""


@dataclass(frozen=True, slots=True)
class TieLine:
    """One reason for which the position recognises more (or less, negative) than is outstanding on filings.

    ``parts`` are the filings, members, advances or policies that it comes from, minor units.
    """

    reason: str
    amount: int
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Tie:
    """A plan year: outstanding on its filings less what was overpaid on them, and the position's two lines.

    Amounts are minor units. ``lines`` are worked out from the filings and the terms, not as the rest; ``proved``
    says that they add up.
    """

    year: int
    recognition: str
    outstanding: int
    overpaid: int
    lines: tuple[TieLine, ...]
    receivable: int
    due_to_carrier: int

    @property
    def proved(self) -> bool:
        """Whether the filings and the lines add up to the position."""
        explained = self.outstanding - self.overpaid + sum(line.amount for line in self.lines)
        return explained == self.receivable - self.due_to_carrier


def ties(history: History, as_of: date) -> tuple[Tie, ...]:
    """Every plan year begun by a date that has stop-loss policies."""
    years = [year for year in sorted(history.facts.years) if history.year_span(year)[0] <= as_of]
    return tuple(found for year in years if (found := _tie(history, year, as_of)) is not None)


def _tie(history: History, year: int, as_of: date) -> Tie | None:
    names = policies_of(history, year)
    if not names:
        return None
    filings = [filing for name in names for filing in filings_of(history, name, as_of)]
    recognition = history.arrangement(year).recognition
    standing = [filing.standing(as_of) for filing in filings]
    if recognition == "paid":
        found = _by_terms(history, year, names, filings, as_of)
    else:
        found = {**_by_filing(filings, recognition, as_of), **_ahead(history, names, as_of)}
    due = receivables(history, year, as_of)
    return Tie(
        year=year,
        recognition=recognition,
        outstanding=sum(stands.receivable for stands in standing),
        overpaid=sum(stands.overpaid for stands in standing),
        lines=tuple(line for reason, parts in found.items() if (line := _line(reason, parts)).amount),
        receivable=sum(each.receivable for each in due),
        due_to_carrier=sum(each.due_to_carrier for each in due),
    )


def _by_terms(history: History, year: int, names: list[str], filings: list[Filing], as_of: date) -> Reasons:
    """What the terms give beside what was filed; what was denied or given back is still recognised by the terms."""
    standing = [(filing.event.filing, filing.standing(as_of)) for filing in filings]
    given = recognised_by_terms(history, year, as_of)
    filed: dict[tuple[str, str], int] = {}
    for filing in filings:
        key = filing.event.policy, filing.event.member
        filed[key] = filed.get(key, 0) + filing.event.amount
    gaps = [(_under(*key), given.get(key, 0) - filed.get(key, 0)) for key in {**given, **filed}]
    ahead = [(name, Settled.under(history, name, as_of).ahead) for name in names]
    return {
        "recognised, not filed yet": [(who, gap) for who, gap in gaps if gap > 0],
        "filed above what the terms give now": [(who, gap) for who, gap in gaps if gap < 0],
        "denied, still recognised by the terms": [(name, stands.denied) for name, stands in standing],
        "given back, still recognised by the terms": [(name, stands.given_back) for name, stands in standing],
        "paid ahead by carriers": [(_under(name, who), -left) for name, by in ahead for who, left in by.items()],
    }


def _under(policy: str, member: str) -> str:
    return f"{member} under {policy}" if member else policy


def _by_filing(filings: list[Filing], recognition: str, as_of: date) -> Reasons:
    """What of each filing is not recognised (yet), by the state it is in."""
    reasons = "filed, not decided yet", "under appeal", "not received yet", "overpaid otherwise"
    found: dict[str, list[tuple[str, int]]] = {reason: [] for reason in reasons}
    for filing in filings:
        stands = filing.standing(as_of)
        gap = recognised_net(filing, recognition, as_of) - (stands.receivable - stands.overpaid)
        if stands.overpaid:
            reason = "overpaid otherwise"
        elif recognition == "received":
            reason = "not received yet"
        else:
            reason = "under appeal" if stands.appealed else "filed, not decided yet"
        found[reason].append((filing.event.filing, gap))
    return found


def _ahead(history: History, names: list[str], as_of: date) -> Reasons:
    return {
        "advances to return": [(a.advance, -a.returnable) for a in advances(history, as_of) if a.policy in names],
        "lent as accommodation": [(name, -accommodated(history, name, as_of)) for name in names],
    }


def _line(reason: str, parts: Sequence[tuple[str, int]]) -> TieLine:
    return TieLine(reason, sum(amount for _, amount in parts), tuple(part for part in parts if part[1]))


def trace_tie(history: History, year: int, reason: str, as_of: date, *, known_at: int | None = None) -> TracedLines:
    """The filings, members or advances behind a line of a year's tie. Raises ``KeyError`` for one it has not."""
    tied = _tie(history.until(known_at), year, as_of)
    lines = {line.reason: line for line in tied.lines} if tied is not None else {}
    line = lines[reason]
    return TracedLines(f"{reason} of {year}", line.amount, (), line.parts, ("stoploss ageing",))
