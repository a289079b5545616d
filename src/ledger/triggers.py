"""Which thresholds of stop-loss a change crosses: recorded once per policy and person; no amount depends on them.

Only people whose eligible amounts can have risen are looked at, unless a limit on run-in in total couples them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt

from ledger import events as ev
from ledger.accumulators import FEW
from ledger.aggregate import attachment_to
from ledger.calendar import day_number, day_of
from ledger.lines import Lines
from ledger.plan import Plan
from ledger.recoveries import with_recoveries
from ledger.refusals import Refusal
from ledger.stop_loss import SpecificPolicy, Specifics, aggregate_position, crossings, own_pages

Recovered = Sequence[ev.SubrogationRecovered]


def triggers(plan: Plan, added: Sequence[Lines], recovered: Recovered, through_version: int) -> list[ev.Event]:
    """Thresholds crossed by pages of payments and the recoveries recorded with them."""
    latest = max((int(page["booked_on"].max()) for page in added if page.count), default=None)
    held = list(plan.recoveries.values())
    made = _specific(plan, added, held, [*held, *recovered], through_version)
    if latest is not None:
        made += _aggregate(plan, added, [*held, *recovered], day_of(latest), through_version)
    return made


def triggers_without(plan: Plan, gone: int, on: date, through_version: int) -> list[ev.Event]:
    """Thresholds crossed when a recovery, named by its version, is taken back on a date."""
    held = list(plan.recoveries.values())
    left = [event for version, event in plan.recoveries.items() if version != gone]
    risen = with_recoveries(_pages(plan), [plan.recoveries[gone]])[-1]
    made = _specific(plan, (), held, left, through_version, risen=[risen])
    return made + _aggregate(plan, (), left, on, through_version)


def _pages(plan: Plan) -> list[Lines]:
    return [page.lines for page in plan.pages]


def _specific(
    plan: Plan, added: Sequence[Lines], before: Recovered, after: Recovered, version: int,
    *, risen: Sequence[Lines] = (),
) -> list[ev.Event]:  # fmt: skip
    """Who crossed a deductible: ``risen`` are lines of people who can have, beside those paid in the added pages."""
    made: list[ev.Event] = []
    policies = plan.specific_policies()
    for place, policy in enumerate(policies):
        name = "member" if policy.terms.unit == "person" else "family"
        left = _left_behind(plan, added, before) if name == "family" else []
        keys = _touched(plan, policy, name, added, [*risen, *left])
        coupled = policy.terms.run_in_limit_total is not None
        if not coupled or not _early(policy, [*added, *risen, *left], after[len(before) :]):
            of = partial(plan.lines_of_people, name)
            keys = plan.accumulators.can_cross(policies, place, keys, plan.pages, added, of)
        if not keys.size:
            continue
        pages = _pages(plan)
        if coupled:
            was, now = with_recoveries(pages, before), with_recoveries([*pages, *added], after)
        else:
            mine = plan.lines_of_people(name, keys)
            was = [*mine, *_back(name, keys, pages, before)]
            now = [*mine, *added, *_back(name, keys, [*pages, *added], after)]
        for crossing in crossings(policy, own_pages(policies, was)[place], own_pages(policies, now)[place]):
            if (policy.policy, crossing.member) not in plan.triggered:
                made.append(
                    ev.StopLossTriggered(
                        policy=policy.policy,
                        coverage_kind="specific",
                        member=crossing.member,
                        threshold=crossing.deductible,
                        eligible=crossing.eligible,
                        triggered_on=crossing.crossed_on,
                        computed_through_version=version,
                    )
                )
    return made


def _early(policy: SpecificPolicy, added: Sequence[Lines], recovered: Recovered) -> bool:
    """Whether anything moved was incurred before the policy began, so that it takes a part of what is left of a limit
    on run-in in total, or gives one back."""
    first = day_number(policy.effective)
    return any((page["incurred_on"] < first).any() for page in added) or any(
        event.incurred_on < policy.effective for event in recovered
    )


def _left_behind(plan: Plan, added: Sequence[Lines], before: Recovered) -> list[Lines]:
    """The recoveries of members paid now, as they stood: when a member's family changes they leave the old one."""
    if not before:
        return []
    pages = _pages(plan)
    paid = {member for page in added for member in np.unique(page["member"]).tolist()}
    of_them = [event for event in before if event.member.encode() in paid]
    return with_recoveries(pages, of_them)[len(pages) :]


def _touched(
    plan: Plan, policy: SpecificPolicy, name: str, added: Sequence[Lines], risen: Sequence[Lines]
) -> npt.NDArray[np.bytes_]:
    """The keys of people whose eligible amounts can have risen and who have no trigger yet."""
    found = [page[name][page["eligible"] > 0] for page in added] + [page[name] for page in risen]
    keys = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype="S1")
    if keys.size <= FEW:
        return keys[[(policy.policy, key.decode()) not in plan.triggered for key in keys.tolist()]]
    done = [member.encode() for held, member in plan.triggered if held == policy.policy]
    return keys[~np.isin(keys, np.array(done))] if done else keys


def _back(name: str, keys: npt.NDArray[np.bytes_], pages: Sequence[Lines], recovered: Recovered) -> list[Lines]:
    """The recoveries of some people as lines; of which family a member is follows from all pages."""
    if name == "member":
        wanted = set(keys.tolist())
        recovered = [event for event in recovered if event.member.encode() in wanted]
        pages = ()
    return with_recoveries(pages, recovered)[len(pages) :]


def _aggregate(
    plan: Plan, added: Sequence[Lines], recovered: Recovered, as_of: date, version: int
) -> list[ev.Event]:
    """Attachment points reached; a plan that cannot have reached its point is not added up."""
    made: list[ev.Event] = []
    aggregates = plan.aggregate_policies()
    if not aggregates:
        return made
    budget, specifics = plan.budget_by_month(), plan.specific_policies()
    for place, policy in enumerate(aggregates):
        if (policy.policy, "") in plan.triggered:
            continue
        try:
            point = attachment_to(policy, plan.enrollment, budget, as_of)
            if not point or plan.accumulators.most_to(policy, plan.pages, added, as_of) <= point:
                continue
            every = with_recoveries([*_pages(plan), *added], recovered)
            found = aggregate_position(
                policy,
                own_pages(aggregates, every)[place],
                enrollment=plan.enrollment,
                budget=budget,
                specifics=Specifics(specifics, specifics, every),
                as_of=as_of,
            )
        except Refusal:
            continue  # A factor is missing: the report says so; a payment is never held up by it.
        if found.excess > 0:
            made.append(
                ev.StopLossTriggered(
                    policy=policy.policy,
                    coverage_kind="aggregate",
                    threshold=found.attachment_point,
                    eligible=found.eligible,
                    triggered_on=as_of,
                    computed_through_version=version,
                )
            )
    return made
