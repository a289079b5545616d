"""Looking only at the lines of the people paid now crosses the same thresholds as looking at everybody's."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.calendar import day_number
from ledger.identity import identified
from ledger.lines import Lines, lines_of
from ledger.plan import Page, Plan
from ledger.stop_loss import SpecificPolicy, crossings
from ledger.terms import SpecificTerms

START = day_number(date(2025, 1, 1))
lines = st.tuples(st.sampled_from("ABCDE"), st.sampled_from("VW"), st.integers(0, 300), st.integers(-40, 60))


def page(rows: list[tuple[str, str, int, int]]) -> Lines:
    made: list[dict[str, str | int]] = [
        {
            "claim_id": f"C-{member}-{amount % 3}", "member": member, "family": family, "coverage": "MED",
            "incurred_on": START + day, "paid_on": START + day, "booked_on": START + day, "amount": amount * 100,
            "eligible": amount * 100, "specific_eligible": 1, "aggregate_eligible": 1,
        }
        for member, family, day, amount in rows
    ]  # fmt: skip
    return identified(lines_of(made))


@given(
    st.lists(st.lists(lines, min_size=8, max_size=20), min_size=1, max_size=5),
    lines,
    st.sampled_from(["person", "family"]),
)
@settings(max_examples=100, deadline=None)
def test_the_lines_of_the_people_paid_now_decide_who_crosses(
    pages: list[list[tuple[str, str, int, int]]], paid: tuple[str, str, int, int], unit: str
) -> None:
    plan = Plan("P1")
    plan.pages = [Page(at + 1, at + 1, "claims-paid", page(rows)) for at, rows in enumerate(pages)]
    terms = SpecificTerms.model_validate({"deductible": 10_000, "contract_basis": "12/15", "unit": unit})
    policy = SpecificPolicy("SPEC", date(2025, 1, 1), None, terms)
    added = [page([paid])]
    name, every = "member" if unit == "person" else "family", plan.line_pages()
    some = plan.lines_of_people(name, added[0][name])
    assert sum(part.count for part in some) <= sum(part.count for part in every)
    assert crossings(policy, some, [*some, *added]) == crossings(policy, every, [*every, *added])
