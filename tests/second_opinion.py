"""What the reports say of a random plan beside what the second opinion says: every difference in words."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from ledger.accommodation import RepaidMoreThanAdvanced
from ledger.aggregate import MissingFactor
from oracles import plan_oracle as of_plan
from oracles.contract_oracle import Paid, Policy, months_later, net
from oracles.specific_oracle import Person, specific
from projections.accommodations import accommodations
from projections.buckets import stop_loss_buckets
from projections.claim_listing import claim_listing
from projections.explanation import explain_member
from projections.explanation_aggregate import explain_aggregate
from projections.history import History
from projections.stop_loss_report import aggregate_register, specific_register
from random_plans import Act, Played, play

NOTHING = Person(0, 0, 0, 0, 0, 0, 0, 0)


def differences(acts: list[Act], days: tuple[date, ...]) -> list[str]:
    """Where the reports of a story and the second opinion differ, on some days."""
    return differences_of(play(acts), days)


def differences_of(made: Played, days: tuple[date, ...]) -> list[str]:
    """The same of a story that was played."""
    history = made.history()
    return [text for day in days for text in _on(made, history, day)]


def days_of(random: Random) -> tuple[date, ...]:
    """A day long after everything, and one amid it."""
    edge = months_later(date(2024, 1, 1), random.randint(0, 24)) + timedelta(days=random.choice((-1, 0, 1, 14)))
    return date(2028, 1, 1), edge


def _on(made: Played, history: History, day: date) -> list[str]:
    rows, found = net(made.lines, day), []
    for year in (2023, 2024, 2025):
        own = [one for one in made.policies if one.effective.year == year]
        if not own:
            continue
        found += [f"{day} {text}" for text in _specifics(made, history, year, own, rows, day)]
        found += [f"{day} {text}" for text in _aggregates(made, history, year, own, rows, day)]
    return found


def _told(name: str, *pairs: tuple[str, Any, Any]) -> list[str]:
    return [f"{name} {what}: report {shown}, second opinion {thought}" for what, shown, thought in pairs
            if shown != thought]  # fmt: skip


def _paid_back(made: Played, policies: set[str], day: date) -> dict[str, int]:
    found: dict[str, int] = {}
    for policy, who, on, cents in made.received:
        if policy in policies and on <= day:
            found[who] = found.get(who, 0) + cents
    return found


def _people(made: Played, policy: Policy, rows: list[Paid], day: date) -> dict[str, Person]:
    earlier = {one.name for one in made.policies if one.kind == "specific" and one.effective < policy.effective}
    back, before = _paid_back(made, {policy.name}, day), _paid_back(made, earlier, day)
    return specific(made.policies, policy, rows, back, before, made.mode)


def _specifics(made: Played, history: History, year: int, own: list[Policy], rows: list[Paid], day: date) -> list[str]:
    found, register = [], specific_register(history, year, day)
    for policy in own:
        if policy.kind != "specific":
            continue
        people = _people(made, policy, rows, day)
        shown = {row.member: row for row in register.rows if row.policy == policy.name}
        for who in sorted({*people, *shown}):
            thought, row = people.get(who, NOTHING), shown.get(who)
            if row is None:
                found += _told(f"{policy.name} {who}", ("row", (0, 0), (thought.eligible, thought.reimbursable)))
                continue
            found += _told(
                f"{policy.name} {who}", ("eligible", row.eligible_paid, thought.eligible),
                ("excess", row.excess, thought.excess), ("reimbursable", row.reimbursable, thought.reimbursable),
                ("due", row.due, thought.due), ("payable to the carrier", row.due_to_carrier, max(0, -thought.due)),
            )  # fmt: skip
            for each in explain_member(history, who, year, day):
                if each.policy == policy.name:
                    steps = {step.name: step.result for step in each.steps}
                    found += _told(
                        f"{policy.name} {who} explained", ("due", each.due, thought.due),
                        ("absorbed", steps.get("Absorbed by it", thought.absorbed), thought.absorbed),
                    )  # fmt: skip
        found += _bucketed(made, history, year, policy, rows, day, None)
        listed = [each.counted for each in claim_listing(history, "specific", year, day) if each.policy == policy.name]
        before_limits = sum(one.eligible + one.excluded + one.cut for one in people.values())
        found += _told(f"{policy.name} listing", ("counted", sum(listed), before_limits))
    return found


def _bucketed(
    made: Played, history: History, year: int, policy: Policy, rows: list[Paid], day: date,
    standing: of_plan.Standing | None,
) -> list[str]:  # fmt: skip
    (shown,) = stop_loss_buckets(history, year, day, policy=policy.name)
    thought = of_plan.buckets(made.policies, policy, rows, standing, made.mode)
    found = _told(f"{policy.name} bucket", *(
        (bucket.name, bucket.amount, thought.pop(bucket.name, 0)) for bucket in shown.buckets
    ), *((name, 0, amount) for name, amount in thought.items()))  # fmt: skip
    net_paid = sum(row.amount for row in rows)
    return found + _told(f"{policy.name} buckets", ("total", shown.total, net_paid), ("net", shown.net_paid, net_paid))


def _aggregates(made: Played, history: History, year: int, own: list[Policy], rows: list[Paid], day: date) -> list[str]:
    mine = [one for one in own if one.kind == "aggregate"]
    if not mine:
        return []
    try:
        shown = {row.policy: row for row in aggregate_register(history, year, day)}
    except MissingFactor as problem:
        return [] if any(_unpriced(made, one, day) for one in mine) else [f"refused: {problem}"]
    found = [f"{one.name} is not refused" for one in mine if _unpriced(made, one, day)]
    for policy in mine:
        row = shown[policy.name]
        rebates = [(on, cents) for of, on, cents in made.rebates if of == year]
        among = [one for one in own if one.kind == "specific"]
        thought = of_plan.aggregate(
            made.policies, policy, rows, among, made.lives, made.budget, rebates, day, made.mode
        )  # fmt: skip
        at = row.position
        back = sum(_paid_back(made, {policy.name}, day).values())
        final = day >= of_plan.year_end(policy)
        found += _told(
            policy.name, ("point", at.attachment_point, thought.point), ("months", at.sum_of_months, thought.months),
            ("minimum", at.minimum, thought.minimum), ("eligible", at.eligible, thought.eligible),
            ("excess", at.excess, thought.excess), ("reimbursable", at.reimbursable, thought.reimbursable),
            ("received", row.received, back),
            ("by month", [(m.month, m.cumulative_attachment, m.cumulative_eligible, m.to_attachment, m.rebates)
                          for m in at.months], thought.by_month),
        )  # fmt: skip
        found += _bucketed(made, history, year, policy, rows, day, thought)
        for each in explain_aggregate(history, year, day):
            if each.policy == policy.name:
                found += _told(f"{policy.name} explained", ("due", each.due, row.due))
        found += _lent(made, history, year, policy, thought, day, final)
    return found


def _unpriced(made: Played, policy: Policy, day: date) -> bool:
    """Whether a tier has lives in a month and the policy no factor that holds then."""
    if policy.corridor is not None and not policy.factors:
        return False
    for number in range(1, of_plan.months_run(policy, day) + 1):
        month = of_plan.month_of(policy, number)
        for tier, lives in of_plan.lives_in(of_plan.month_of(policy, number - policy.lag), made.lives).items():
            able = [
                one for one in policy.factors
                if one[0] == tier and one[2] <= month and (one[1] is None or one[1] in policy.covered)
            ]  # fmt: skip
            if lives and not able:
                return True
    return False


def _lent(
    made: Played, history: History, year: int, policy: Policy, thought: of_plan.Standing, day: date, final: bool
) -> list[str]:
    moves = [(on, cents) for name, on, cents in made.lent if name == policy.name and on <= day]
    held = 0
    for _, cents in sorted(moves, key=lambda move: (move[0], -move[1])):
        held += cents
        if held < 0:
            try:
                accommodations(history, year, day, policy=policy.name)
            except RepaidMoreThanAdvanced:
                return []
            return [f"{policy.name} more is repaid than lent"]
    (shown,) = accommodations(history, year, day, policy=policy.name)
    months = of_plan.accommodation(policy, thought, moves, made.mode) if policy.accommodation else []
    told = [
        {"target": m.due.target, "lent": m.due.outstanding_before, "move": m.due.move, "advance": m.due.advance,
         "repay": m.due.repay} for m in shown.months
    ]  # fmt: skip
    return _told(
        f"{policy.name} accommodation",
        ("months", told, months),
        ("outstanding", shown.found.outstanding, held),
        ("true-up", shown.found.true_up, thought.reimbursable - held if final else None),
    )


def shortest(acts: list[Act], days: tuple[date, ...]) -> list[Act]:
    """Acts without which the difference would not be there, found by leaving out one after the other."""
    size = max(1, len(acts) // 2)
    while size:
        at = 0
        while at < len(acts):
            fewer = acts[:at] + acts[at + size :]
            if _still(fewer, days):
                acts = fewer
            else:
                at += size
        size //= 2
    return acts


def _still(acts: list[Act], days: tuple[date, ...]) -> bool:
    try:
        return bool(differences(acts, days))
    except Exception:  # whatever it is, it is another difference
        return False
