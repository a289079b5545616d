"""From every figure of a month of an aggregate policy to its lines, its persons, its events or the months before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from ledger.accommodation import RepaidMoreThanAdvanced
from ledger.brought import brought
from ledger.calendar import add_months, day_number
from ledger.policies import AggregatePolicy, aggregate_window, year_end
from projections.accommodations import LentMonth, accommodations
from projections.accounts import Account
from projections.aggregate_months import accumulated, minimum_to_date
from projections.carriers import beside, shared_out
from projections.claim_listing import claim_listing
from projections.explanation_aggregate import explain_aggregate
from projections.history import History
from projections.stop_loss_report import AggregateRow
from projections.traced_filings import events_under
from projections.traced_lines import TracedLines, listed_lines
from projections.traced_loans import OF_LOAN, loan_parts

Parts = tuple[tuple[str, int], ...]
LENT = ("advanced", "repaid", "outstanding")
OF_MONTH = (
    "attachment", "cumulative_attachment", "to_attachment", "cumulative_eligible", "claims_paid", "taken_back",
    "not_accepted", "specific_excess", "eligible", "rebates", "excess", "over", "minimum", *LENT,
)  # fmt: skip
"""The amounts of a month of an aggregate policy."""


def rebates_of(
    history: History, year: int, policy: AggregatePolicy, until: date, after: date = date.min
) -> Parts:
    """The rebates of the plan year that reduce what counts, by the event that recorded them."""
    if not policy.terms.rebates_reduce:
        return ()
    moved = history.transfers
    mask = (moved.credit == Account.REBATES) & (moved.year == year) & (moved.day <= day_number(until))
    if after > date.min:
        mask &= moved.day > day_number(after)
    numbers, amounts = moved.position[mask].tolist(), moved.amount[mask].tolist()
    return tuple((f"event {number}", amount) for number, amount in zip(numbers, amounts, strict=True))


class Months:
    """The months of one aggregate policy, each amount by its lines, its persons or the months before."""

    def __init__(self, history: History, year: int, as_of: date, policy: AggregatePolicy, row: AggregateRow) -> None:
        self.history, self.year, self.as_of, self.policy, self.row = history, year, as_of, policy, row
        self.months = accumulated(history, year, policy, row.position, as_of)

    def traced(self, name: str, figure: str) -> TracedLines:
        """One amount of one month."""
        places = [each.month or "run-out" for each in self.months]
        if name not in places or figure not in (*OF_MONTH, *OF_LOAN):
            raise KeyError(name if name not in places else figure)
        at = places.index(name)
        mine = self.months[at]
        if figure in LENT and mine.month:
            return self._accommodation(name, figure, at)
        if figure in OF_LOAN:
            return self._loan(name, figure, at)
        printed = self.row.position.months[at] if mine.month else None
        source = mine if hasattr(mine, figure) else printed
        if source is None or figure in LENT or (figure == "over" and printed is None):
            raise KeyError(figure)
        amount = printed.counting - printed.to_attachment if printed and figure == "over" else getattr(source, figure)
        found = TracedLines(f"{figure} of {self.policy.policy} in {name}", int(amount), (), (),
                            (f"stoploss aggregate {self.year} --monthly",))  # fmt: skip
        first, last = self._span(at)
        if figure in ("claims_paid", "taken_back", "not_accepted"):
            return self._lines(found, figure, first, last, at)
        if figure == "specific_excess":
            return replace(found, beside=self._persons(at, "specific_excess"))
        return replace(found, beside=self._parts(at, figure, first, last))

    def _accommodation(self, name: str, figure: str, at: int) -> TracedLines:
        """What the carrier lent and got back on the days of a month, or what is outstanding at its end."""
        after, end = self._span(at - 1)[1] if at else date.min, self._span(at)[1]
        every = events_under(self.history, self.policy.policy, "", "lent", end)
        if figure != "outstanding":
            sign = 1 if figure == "advanced" else -1
            every = tuple(
                replace(each, amount=sign * each.amount) for each in every
                if each.paid_on > after and sign * each.amount > 0
            )  # fmt: skip
        counted = (f"stoploss aggregate {self.year} --monthly", f"stoploss accommodation {self.year}")
        found = TracedLines(f"{figure} of {self.policy.policy} in {name}", 0, (), (), counted)
        month = self._lent(name)
        if month is None:
            return found
        amount = month.due.outstanding_before if figure == "outstanding" else int(getattr(month, figure))
        return replace(found, amount=amount, lines=every)

    def _loan(self, name: str, figure: str, at: int) -> TracedLines:
        """What the terms ask for after a month; ``KeyError`` where the policy has no accommodation."""
        if (month := self._lent(name)) is None:
            raise KeyError(figure)
        amount = month.due.outstanding if figure == "outstanding_after" else int(getattr(month.due, figure))
        parts = loan_parts(self.policy, month, self.row.position.months[at].excess, figure)
        counted = (f"stoploss accommodation {self.year}",)
        return TracedLines(f"{figure} of {self.policy.policy} in {name}", amount, (), parts, counted)

    def _lent(self, name: str) -> LentMonth | None:
        """The month as the register prints it: nothing when more was repaid than lent, which has its own report."""
        try:
            (found,) = accommodations(self.history, self.year, self.as_of, policy=self.policy.policy)
        except RepaidMoreThanAdvanced:
            return None
        return next((month for month in found.months if month.due.month == name), None)

    def _parts(self, at: int, figure: str, first: date, last: date) -> Parts:
        mine, months = self.months[at], self.row.position.months
        if figure == "eligible":
            return (("claims_paid", mine.claims_paid), ("taken_back", -mine.taken_back),
                    ("not_accepted", -mine.not_accepted), ("specific_excess", -mine.specific_excess))  # fmt: skip
        if figure == "rebates":
            return rebates_of(self.history, self.year, self.policy, last, first - timedelta(days=1) if at else date.min)
        if figure == "cumulative_attachment":
            return tuple((each.month, each.attachment) for each in months[: at + 1])
        if figure == "cumulative_eligible":
            return tuple((each.month, each.eligible) for each in self.months[: at + 1])
        if figure == "to_attachment":
            return _greatest((("months to date", months[at].cumulative_attachment), ("minimum", mine.minimum)))
        if figure == "minimum":
            least = minimum_to_date(self.policy, self.row.position.minimum, at + 1)
            return ((f"minimum of the year, counted {self.policy.terms.ytd_minimum}", least if mine.month else 0),)
        if figure in ("excess", "over"):
            now = months[at]
            parts = (("eligible to date", now.cumulative_eligible), ("rebates to date", -now.rebates),
                     ("attachment to date", -now.to_attachment))  # fmt: skip
            over = sum(amount for _, amount in parts)
            return parts if over > 0 or figure == "over" else (*parts, ("nothing below zero", -over))
        return self._attachment(at)

    def _attachment(self, at: int) -> Parts:
        """A month's own lives or budget; the cent by which the sum to date is rounded stands beside them."""
        explained = next(each for each in explain_aggregate(self.history, self.year, self.as_of)
                         if each.policy == self.policy.policy)  # fmt: skip
        month = self.row.position.months[at]
        step = next(each for each in explained.steps if each.name == f"Attachment {month.month}")
        rounded = month.attachment - step.result
        said = " + ".join(f"{each.name} {each.amount:,} × {each.times}" for each in step.inputs) or "nothing recorded"
        return ((said, step.result), *((("rounded to date, not by month", rounded),) if rounded else ()))

    def _span(self, at: int) -> tuple[date, date]:
        last = min(self.as_of, year_end(self.policy.effective, self.policy.expires))
        if not self.months[at].month:
            return last + timedelta(days=1), self.as_of
        start = add_months(self.policy.effective, at)
        first = aggregate_window(self.policy).paid_from if at == 0 else start
        return first, min(add_months(self.policy.effective, at + 1) - timedelta(days=1), last)

    def _lines(self, found: TracedLines, figure: str, first: date, last: date, at: int) -> TracedLines:
        held = aggregate_window(self.policy)
        low, high = max(first, held.paid_from), min(last, held.paid_to)
        listed = [
            each for each in claim_listing(self.history, "aggregate", self.year, self.as_of)
            if each.policy == self.policy.policy and low <= each.paid_on <= high
        ]  # fmt: skip
        if figure == "not_accepted":
            amounts = {each.address: each.plan_paid - each.counted for each in listed}
            beside_ = self._persons(at, "run_in")
        else:
            sign = 1 if figure == "claims_paid" else -1
            amounts = {each.address: max(0, sign * each.plan_paid) for each in listed}
            beside_ = ()
        own = [each for each in listed if amounts[each.address]]
        return replace(found, lines=listed_lines(self.history, own, amounts), beside=beside_)

    def _persons(self, at: int, which: str) -> Parts:
        """What each person's part above a limit moved by in the month."""
        pages = self.history.lines_until(self.as_of)
        policies = self.history.aggregate_policies()
        place = [each.policy for each in policies].index(self.policy.policy)
        own, _ = shared_out(policies, place, pages)
        _, end = self._span(at)
        ends = [self._span(at - 1)[1], end] if at else [end]
        found = brought(self.policy, own, beside(self.history, self.year, pages), ends)
        over = found.reached - found.kept if which == "specific_excess" else found.accepted - found.reached
        moved = np.diff(over, axis=0, prepend=np.zeros((1, over.shape[1]), dtype=np.int64))[-1]
        named = "" if which == "specific_excess" else " above the run-in limits"
        parts = zip(found.keys, moved.tolist(), strict=True)
        return tuple((f"{key}{named}", amount) for key, amount in parts if amount)


def _greatest(parts: Parts) -> Parts:
    return (max(parts, key=lambda part: part[1]),)
