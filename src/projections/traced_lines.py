"""From a member, a check or a stop-loss figure to its payments and recoveries, added up again.

Each line says where it was read from, who recorded it, what became of it later, and what of it counts and why not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from ledger.calendar import day_number
from projections.buckets import persons_in_bucket, stop_loss_buckets
from projections.claim_listing import ListedPayment, claim_listing, footings
from projections.claims_register import CLAIMS, PaymentRow, rows
from projections.history import History
from projections.stop_loss_report import specific_register

# The buckets that are made of lines; the others are made of persons.
_OF_LINES = ("other_policy", "out_of_window", "uncovered", "ineligible")


@dataclass(frozen=True, slots=True)
class TracedLine:
    """A payment, void, refund or recovery: ``amount`` is what it adds to the figure, minor units.

    ``address`` is ``EVENT.LINE`` (``EVENT`` of a recovery). ``status`` is what became of it, or what it does.
    """

    address: str
    what: str
    member: str
    claim_id: str
    paid_on: date
    plan_paid: int
    amount: int
    status: str
    reason: str
    source_sha256: str
    source_name: str
    source_line: int
    actor: str


@dataclass(frozen=True, slots=True)
class TracedLines:
    """A figure with its lines and what is added or taken off beside them; ``proved`` when they add up to it."""

    figure: str
    amount: int
    lines: tuple[TracedLine, ...]
    beside: tuple[tuple[str, int], ...]
    counted: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Whether the lines and what stands beside them make the figure."""
        return self.amount == sum(line.amount for line in self.lines) + sum(amount for _, amount in self.beside)


def trace_member(
    history: History, member: str, as_of: date, year: int | None = None, *, known_at: int | None = None
) -> TracedLines:
    """Everything paid, net, for a member by a date (in one plan year, as the claimants of it are listed); the figure is
    that of the books, the lines are the registers'.
    """
    history = history.until(known_at)
    found = tuple(_traced(history, rows(history, member=member, last=as_of, corrections=True)))
    moved = history.transfers
    names = history.member_names
    at = names.index(member) if member in names else -2
    own = (moved.member == at) & (moved.day <= day_number(as_of))
    if year is not None:
        own &= moved.year == year
        wanted = {f"{n}.{line}" for n, line in zip(moved.position[own].tolist(), moved.line[own].tolist(), strict=True)}
        found = tuple(line for line in found if line.address in wanted)
    total = _booked(history, own)
    years = np.unique(moved.year[own]).tolist()
    counted = [f"claimants {year}" for year in years] + _policies_of(history, member, years, as_of)
    named = f"net paid for {member}" + (f" in plan year {year}" if year is not None else "")
    return TracedLines(named, total, found, (), tuple(counted))


def trace_check(history: History, reference: str, as_of: date, *, known_at: int | None = None) -> TracedLines:
    """Every line with a check number or trace by a date."""
    history = history.until(known_at)
    lines = rows(history, reference=reference, last=as_of, corrections=True)
    return _alike(history, f"payment reference {reference}", lines)


def trace_claim(history: History, claim: str, as_of: date, *, known_at: int | None = None) -> TracedLines:
    """Every line of a claim by a date: its payments, voids, refunds and reissues."""
    history = history.until(known_at)
    return _alike(history, f"claim {claim}", rows(history, claim=claim, last=as_of, corrections=True))


def _alike(history: History, figure: str, lines: Iterable[PaymentRow]) -> TracedLines:
    """Lines that have a text in common, with what the books hold of them."""
    found = tuple(_traced(history, lines))
    moved = history.transfers
    wanted = np.zeros(len(moved.amount), dtype=np.bool_)
    for line in found:
        event, _, number = line.address.partition(".")
        wanted |= (moved.position == int(event)) & (moved.line == int(number))
    total = _booked(history, wanted)
    years = np.unique(moved.year[wanted]).tolist()
    members = dict.fromkeys(line.member for line in found if line.member)
    counted = [f"position {year}" for year in years] + [f"member {member}" for member in members]
    return TracedLines(figure, total, found, (), tuple(counted))


def _booked(history: History, mask: npt.NDArray[np.bool_]) -> int:
    """What the books hold of claims in some transfers."""
    moved = history.transfers
    debit, credit = np.isin(moved.debit, CLAIMS) & mask, np.isin(moved.credit, CLAIMS) & mask
    return int(moved.amount[debit].sum(dtype=np.int64)) - int(moved.amount[credit].sum(dtype=np.int64))


def _policies_of(history: History, member: str, years: Sequence[int], as_of: date) -> list[str]:
    known = [year for year in years if year in history.facts.years]
    return [
        f"stoploss specific {year}, {row.policy}"
        for year in known
        for row in specific_register(history, year, as_of).rows
        if row.member == member
    ]


def _traced(history: History, found: Iterable[PaymentRow]) -> Iterable[TracedLine]:
    for row in found:
        about = about_event(history, row.event)
        yield TracedLine(
            address=row.address,
            what=row.txn_type.lower(),
            member=row.member,
            claim_id=row.claim_id,
            paid_on=row.paid_on,
            plan_paid=row.amount,
            amount=row.amount,
            status=row.status,
            reason="",
            source_line=row.source_line,
            **about,
        )


def about_event(history: History, position: int) -> dict[str, str]:
    """Where an event was read from and who recorded it, as a traced line says it."""
    recorded = history.by_position[position]
    sha = recorded.about.source_sha256
    batch = history.facts.imports.get(sha)
    return {"source_sha256": sha, "source_name": batch.name if batch else "", "actor": recorded.actor}


def trace_policy(
    history: History,
    kind: str,
    year: int,
    as_of: date,
    *,
    policy: str,
    member: str | None = None,
    bucket: str | None = None,
    known_at: int | None = None,
) -> TracedLines:
    """The lines behind a policy's eligible amount (of a member), or behind one of its buckets.

    A bucket that holds parts of persons names each of them beside. Raises ``KeyError`` for a bucket that the policy
    has not, ``StopIteration`` for a member without a row in the register.
    """
    history = history.until(known_at)
    listed = [each for each in claim_listing(history, kind, year, as_of) if each.policy == policy]
    if bucket is not None:
        return _bucket(history, year, as_of, policy, bucket, listed)
    if member is not None:
        return _member(history, year, as_of, policy, member, listed)
    (footing,) = (each for each in footings(history, kind, year, as_of) if each.policy == policy)
    lines = listed_lines(history, listed, {each.address: each.counted for each in listed})
    return TracedLines(
        f"eligible under {policy}", footing.eligible or 0, lines, footing.cuts, (f"stoploss {kind} {year}",)
    )


def _member(
    history: History, year: int, as_of: date, policy: str, member: str, listed: Sequence[ListedPayment]
) -> TracedLines:
    from projections.explanation import explain_member

    row = next(r for r in specific_register(history, year, as_of).rows if (r.policy, r.member) == (policy, member))
    own = lines_of_member(history, year, policy, member, listed)
    steps = [step for each in explain_member(history, member, year, as_of) if each.policy == policy
             for step in each.steps]  # fmt: skip
    cuts = [(step.name, -step.result) for step in steps if step.name in _CUTS]
    return TracedLines(
        f"eligible of {member} under {policy}",
        row.eligible_paid,
        listed_lines(history, own, {each.address: each.counted for each in own}),
        tuple((name, amount) for name, amount in cuts if amount),
        (f"stoploss specific {year}", f"stoploss explain {member}"),
    )


def lines_of_member(
    history: History, year: int, policy: str, member: str, listed: Iterable[ListedPayment]
) -> list[ListedPayment]:
    """Of the listed payments those of a member, or of everybody in the family when the policy's unit is one."""
    unit = next(own for own in history.specific_policies(year) if own.policy == policy).terms.unit
    key = "member" if unit == "person" else "family"
    theirs = {
        f"{page.position}.{at + 1}": page.lines["member"][at].decode()
        for page in history.pages
        for at in np.flatnonzero(page.lines[key] == member.encode()).tolist()
    }
    people = set(theirs.values())
    return [each for each in listed if each.address in theirs or ("." not in each.address and each.member in people)]


_CUTS = ("Not insured", "Over the run-in limit")


def _bucket(
    history: History, year: int, as_of: date, policy: str, bucket: str, listed: Sequence[ListedPayment]
) -> TracedLines:
    own = next(each for each in stop_loss_buckets(history, year, as_of) if each.policy == policy)
    amounts = {each.name: each.amount for each in own.buckets}
    figure = f"bucket {bucket} of {policy}"
    if bucket not in amounts:
        raise KeyError(bucket)
    if bucket not in _OF_LINES:
        parts = persons_in_bucket(history, year, as_of, policy, bucket)
        beside = tuple((member, amount) for member, amount in parts if amount)
        return TracedLines(figure, amounts[bucket], (), beside, (f"stoploss buckets {year}",))
    parts_of = {each.address: _part(each, bucket) for each in listed}
    lines = listed_lines(history, [each for each in listed if parts_of[each.address]], parts_of)
    return TracedLines(figure, amounts[bucket], lines, (), (f"stoploss buckets {year}",))


def _part(line: ListedPayment, bucket: str) -> int:
    """What of a line stands in a bucket of lines."""
    whole = {"out of the windows": "out_of_window", "coverage not covered": "uncovered"}
    at = "other_policy" if line.reason.startswith("counts under ") else whole.get(line.reason, "ineligible")
    left = line.plan_paid if at != "ineligible" else line.plan_paid - line.counted
    return left if at == bucket else 0


def listed_lines(
    history: History, listed: Sequence[ListedPayment], amounts: Mapping[str, int]
) -> tuple[TracedLine, ...]:
    """Listed payments as traced lines, each with what it adds to a figure by its address."""
    places = {page.position: page for page in history.pages}
    made = []
    for each in listed:
        event, _, number = each.address.partition(".")
        page = places.get(int(event))
        line = int(page.lines["source_line"][int(number) - 1]) if page is not None and number else 0
        made.append(
            TracedLine(
                address=each.address,
                what=history.by_position[int(event)].event.kind,
                member=each.member,
                claim_id=each.claim_id,
                paid_on=each.paid_on,
                plan_paid=each.plan_paid,
                amount=amounts[each.address],
                status="",
                reason=each.reason,
                source_line=line,
                **about_event(history, int(event)),
            )
        )
    return tuple(made)


@dataclass(frozen=True, slots=True)
class TracedPosted:
    """A line of a posted settlement, and what the same question gives now from the events known then."""

    name: str
    posted: int
    again: int


def trace_settlement(history: History, settlement: str) -> tuple[TracedPosted, ...]:
    """Every line of a posted settlement worked out again as of its date and as known at its event.

    Raises ``KeyError`` for a settlement that is not posted.
    """
    from projections.settlement import settle

    posted = history.facts.settlements[settlement]
    view = settle(history, posted.year, posted.as_of, posted.known_at)
    again = {line.name: line.amount for line in view.lines}
    return tuple(TracedPosted(line.name, line.amount, again.get(line.name, 0)) for line in posted.lines)
