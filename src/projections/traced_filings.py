"""From an amount of claims on the carrier to the events behind it: what each added to it, filing by filing.

An amount of a filing is what its events leave (domain 5.8). Each event is given what the amount moved by when it was
applied, so the events add up to any amount, also to one that is no sum, such as what is outstanding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from ledger import events as e
from ledger.filing import Filing as Standing
from projections import sentences
from projections.carriers import filings_of
from projections.history import Filing, History
from projections.traced_lines import TracedLine, TracedLines, about_event

OF_FILING: Mapping[str, Callable[[Standing], int]] = {
    "filed": lambda now: now.filed,
    "approved": lambda now: now.approved or 0,
    "denied": lambda now: now.denied,
    "received": lambda now: now.received,
    "written_off": lambda now: now.written_off,
    "outstanding": lambda now: now.receivable,
    "to_return": lambda now: now.overpaid,
}
"""The amounts of a filing as the ageing prints them."""

AHEAD = ("advanced", "lent")


def trace_filing(
    history: History, filing: str, figure: str, as_of: date, *, known_at: int | None = None
) -> TracedLines:
    """The events behind an amount of one filing. Raises ``KeyError`` for a filing or amount that there is not."""
    history = history.until(known_at)
    own, read = history.facts.filings[filing], OF_FILING[figure]
    if own.event.filed_on > as_of:
        raise KeyError(filing)
    lines = tuple(_of_filing(history, own, read, as_of))
    return TracedLines(f"{figure} on {filing}", read(own.standing(as_of)), lines, (), ("stoploss ageing",))


def events_under(
    history: History, policy: str, member: str, figure: str, as_of: date
) -> tuple[TracedLine, ...]:
    """The events behind an amount of all filings of a member (empty: the aggregate) under a policy, or behind what is
    left of what the carrier paid ahead of filings. Raises ``KeyError`` for an amount that filings have not.
    """
    if figure in AHEAD:
        return tuple(_ahead(history, policy, member, as_of))
    read = OF_FILING[figure]
    mine = (own for own in filings_of(history, policy, as_of) if own.event.member == member)
    return tuple(line for own in mine for line in _of_filing(history, own, read, as_of))


def _of_filing(
    history: History, filing: Filing, read: Callable[[Standing], int], as_of: date
) -> Iterator[TracedLine]:
    numbers = _numbers(history)
    now = Standing(filing.event.policy, filing.event.member, filing.event.amount)
    before = read(now)
    if before:
        yield _line(history, filing.filed.position, filing.event.member, filing.event.filed_on, before)
    for on, event, taken_back in filing.moves:
        if on > as_of:
            continue
        (now.take_back if taken_back else now.apply)(event)
        after = read(now)
        if after != before:
            yield _line(history, numbers[id(event), taken_back], filing.event.member, on, after - before)
        before = after


def _ahead(history: History, policy: str, member: str, as_of: date) -> Iterator[TracedLine]:
    """What carriers paid ahead of filings, and what of it went back."""
    advances = {
        name for name, event in history.facts.advances.items()
        if (event.policy, event.member) == (policy, member) and event.received_on <= as_of
    }  # fmt: skip
    for recorded in history.records:
        match recorded.event:
            case e.SpecificAdvanceFunded(advance=name, received_on=on, amount=amount) if name in advances:
                yield _line(history, recorded.position, member, on, amount)
            case e.SpecificAdvanceReturned(advance=name, returned_on=on, amount=amount) if name in advances:
                if on <= as_of:
                    yield _line(history, recorded.position, member, on, -amount)
            case e.AccommodationAdvanced() | e.AccommodationRepaid() as moved if not member:
                if moved.policy == policy and moved.effective_on <= as_of:
                    sign = 1 if isinstance(moved, e.AccommodationAdvanced) else -1
                    yield _line(history, recorded.position, "", moved.effective_on, sign * moved.amount)
            case _:
                continue  # Nothing else is paid ahead of a filing.


def _numbers(history: History) -> dict[tuple[int, bool], int]:
    """The numbers of events, and of the corrections that took them back, by the event itself."""
    found = {(id(recorded.event), False): recorded.position for recorded in history.records}
    for version, by in history.corrections.items():
        found[id(history.by_version[version].event), True] = history.by_version[by].position
    return found


def _line(history: History, position: int, member: str, on: date, amount: int) -> TracedLine:
    recorded = history.by_position[position]
    return TracedLine(
        address=str(position),
        what=recorded.event.kind,
        member=member,
        claim_id="",
        paid_on=on,
        plan_paid=sentences.amount(recorded.event) or 0,
        amount=amount,
        status="",
        reason="",
        source_line=recorded.about.source_line,
        **about_event(history, position),
    )
