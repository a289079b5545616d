"""Random plan years: a budget, a specific policy, and money that later events may undo."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from ledger import events as e
from ledger.calendar import day_of
from projections.sentences import business_date
from story import budget, filed, line, money, opened, page, registered, specific, undo

FIRST = date(2025, 1, 1)
KINDS: tuple[type[e.MoneyEvent], ...] = (
    e.RebateReceived, e.FeeCharged, e.StopLossPremiumBilled, e.ContributionReceived, e.FundingReceived,
)  # fmt: skip
days = st.integers(0, 450).map(lambda n: FIRST + timedelta(days=n))


amounts = st.integers(1, 3_000_000)
members = st.sampled_from(["M-1", "M-2", "M-3"])


@st.composite
def story(draw: st.DrawFn, corrections: bool = True, **terms: Any) -> list[e.Event]:
    """A plan year with a budget, a specific policy and random money; later events may undo earlier ones."""
    made: list[e.Event] = [*registered(**terms), opened(2025, draw(st.integers(-1000, 1000)))]
    made += [budget(draw(amounts) * 12), specific(1_000_000), filed(500_000, "2025-02-01")]
    undone: set[int] = set()
    for _ in range(draw(st.integers(0, 12))):
        on, amount = draw(days), draw(amounts)
        what = draw(st.sampled_from(["paid", "void", "money", "received", "recovered", "correct"]))
        claims = [n for n, event in enumerate(made, 1) if isinstance(event, e.ClaimsPaid) and n not in undone]
        if what == "paid":
            made.append(page(line(amount, on.isoformat(), draw(members))))
        elif what == "void" and claims:
            of = draw(st.sampled_from(claims))
            undone.add(of)
            row = made[of - 1].lines.row(1)  # type: ignore[attr-defined]
            later = max(on, day_of(int(row["booked_on"])))
            made.append(page(undo(of, 1, row, later.isoformat()), kind=e.ClaimPaymentsVoided))
        elif what == "received":
            made.append(e.ReimbursementReceived(filing="SL-1", year=2025, amount=amount, received_on=on))
        elif what == "recovered":
            made.append(
                e.SubrogationRecovered(
                    recovery_id=f"V-{len(made)}",
                    member="M-1",
                    incurred_on=on,
                    paid_on=on,
                    received_on=on,
                    gross=amount,
                    fee=amount // 3,
                )
            )
        elif what == "correct" and corrections:
            able = [
                n for n, x in enumerate(made, 1) if n > 6 and n not in undone and not isinstance(x, e.CorrectionPosted)
            ]
            if able:
                of = draw(st.sampled_from(able))
                undone.add(of)
                when = max(on, business_date(made[of - 1]) or on)
                made.append(
                    e.CorrectionPosted(
                        corrects_version=of, corrects_kind=made[of - 1].kind, effective_on=when, reason="wrong"
                    )
                )
        else:
            kind = draw(st.sampled_from(KINDS))
            more = {"policy": "SP-25"} if kind is e.StopLossPremiumBilled else {}
            made.append(money(kind, amount, on.isoformat(), **more))
    return made
