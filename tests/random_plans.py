"""Random plans with every stop-loss term, as a list of acts, played both to the ledger and to the second opinion.

An act is a tuple of a word and its values, so that a story can be printed, shortened and kept as a test. ``play`` asks
the ledger through its commands; what the ledger refuses, the second opinion does not hear of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from given import PLAN, ScriptedClock, identified, line
from ledger import commands as cmd
from ledger.events import (
    BudgetMonth,
    Event,
    Page,
    RebateReceived,
    ReimbursementReceived,
    ReimbursementReturned,
    SubrogationRecovered,
)
from ledger.handling import Ledger
from ledger.lines import lines_of
from ledger.recorded import Recorded
from ledger.refusals import Refusal
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.terms import AggregateTerms, ArrangementTerms, Laser, SpecificTerms
from oracles.contract_oracle import LONG_AGO, NEVER, LaserOf, Line, Policy, months_later
from oracles.specific_oracle import unit_of
from projections.history import History

Act = tuple[Any, ...]
MEMBERS = ("M1", "M2", "M3", "M4")
FAMILY = {"M1": "F1", "M2": "F1", "M3": "F2", "M4": "F2"}
COVERAGES = ("MED", "RX", "DEN")
TIERS = ("EE", "FAM")
BASES = ("12/12", "12/15", "12/18", "12/24", "15/12", "18/12", "24/12", "15/15", "paid", "incurred")
STARTS = (date(2024, 1, 1), date(2024, 2, 29), date(2024, 3, 31), date(2023, 11, 30), date(2024, 7, 15))
AMOUNTS = (1, 2, 3, 5, 10, 33, 50, 99, 100, 101, 150, 333, 1000)
RATES = ("1.00", "0.9", "80%", "0.5", "0.333", "1")
OFTEN = {
    "pay": 12, "void": 3, "refund": 3, "reissue": 2, "recover": 2, "laser": 2, "unlaser": 1, "file": 2, "return": 1,
    "lend": 1, "factor": 1, "rebate": 1, "advance": 1, "unadvance": 1, "close": 1, "correct": 2,
}  # fmt: skip
MONTHS = tuple(f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13))


def invented(random: Random) -> list[Act]:
    """A plan's terms, then its facts in any order."""
    acts: list[Act] = [("rounding", random.choice(("half-up", "half-even", "truncate")))]
    first = random.choice(STARTS)
    starts = [first, random.choice((months_later(first, 12), months_later(first, 6), months_later(first, 11)))]
    for at, start in enumerate(starts[: random.choice((1, 1, 2))]):
        acts.append(("specific", f"S{at}", start, _expiry(random, start), _specific(random)))
    for at, start in enumerate(starts[: random.choice((0, 1, 2))]):
        acts.append(("aggregate", f"A{at}", start, _expiry(random, start), _aggregate(random)))
        if random.random() < 0.8:
            acts += [("factor", f"A{at}", tier, None, _cents(random), "2023-01") for tier in TIERS]
    acts.append(("budget", 2024, random.choice((0, 120, 1207, 3000))))
    facts = [_fact(random, starts) for _ in range(random.randint(1, 30))]
    facts = [fact for fact in facts if fact[0] != "close" or random.random() < 0.6]
    months = [("lives", month, {tier: random.randint(0, 3) for tier in TIERS}) for month in MONTHS[8:34]]
    facts += months if random.random() < 0.7 else random.sample(months, 10)
    random.shuffle(facts)
    return acts + facts


def _cents(random: Random) -> str:
    return random.choice(("0", "0.01", "0.125", "1.005", "2.5", "0.333", "10.01"))


def _expiry(random: Random, start: date) -> date | None:
    last = months_later(start, 12) - timedelta(days=1)
    return random.choice((None, None, None, last, last - timedelta(days=1), months_later(start, 6)))


def _maybe(random: Random, *values: Any) -> Any:
    return random.choice((None, *values))


def _specific(random: Random) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "deductible": random.choice((0, 1, 50, 100, 100, 150)), "contract_basis": random.choice(BASES),
        "covered": tuple(sorted(random.sample(COVERAGES, random.randint(1, 3)))),
        "unit": random.choice(("person", "person", "family", "certificate")), "percentage": random.choice(RATES),
    }  # fmt: skip
    for name, values in (
        ("annual_maximum", (0, 20, 500)), ("lifetime_maximum", (10, 300)), ("run_in_limit_person", (0, 30, 100)),
        ("run_in_limit_total", (0, 60, 150)), ("aggregating_deductible", (1, 40, 100, 1000)),
        ("laser_band_counts", (True,)), ("asd_counts_to_aggregate", (True,)), ("recovery_allocation", ("pro_rata",)),
    ):  # fmt: skip
        if random.random() < 0.35:
            terms[name] = random.choice(values)
    return terms | _dated(random)


def _dated(random: Random) -> dict[str, Any]:
    """Rules about days, now and then."""
    rules = {
        "inpatient_incurred_rule": random.choice(("admission_date", "discharge_date")),
        "reissue_paid_date": "original", "void_window_rule": "net_in_void_month",
    }  # fmt: skip
    return {name: rule for name, rule in rules.items() if random.random() < 0.2}


def _aggregate(random: Random) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "contract_basis": random.choice(BASES), "percentage": random.choice(RATES),
        "covered": tuple(sorted(random.sample(COVERAGES, random.randint(1, 3)))),
        "ytd_minimum": random.choice(("full", "prorata", "none")),
        "accommodation": random.random() < 0.7, "rebates_reduce": random.random() < 0.5,
    }  # fmt: skip
    for name, values in (
        ("attachment", ("1.25", "110%", "2")), ("minimum_attachment", (1, 77, 500)),
        ("minimum_percent_of_first_month", ("0.95", "100%")), ("enrollment_lag_months", (1, 2, 3)),
        ("maximum", (0, 100)), ("per_person_limit", ("none", 0, 60, 120)), ("monthly_minimum", (3, 11)),
        ("accommodation_minimum_advance", (1, 50)), ("terminal_months", (1, 3)), ("run_in_limit_person", (0, 30)),
        ("run_in_limit_total", (0, 60)),
    ):  # fmt: skip
        if random.random() < 0.3:
            terms[name] = random.choice(values)
    return terms | _dated(random)


def _day(random: Random, starts: list[date]) -> date:
    """A day, often at the edge of something."""
    if random.random() < 0.4:
        return date(2023, 1, 1) + timedelta(days=random.randint(0, 1100))
    edge = months_later(random.choice(starts), random.choice((-12, -6, -3, 0, 1, 6, 12, 15, 18, 24)))
    return edge + timedelta(days=random.choice((-1, 0, 1)))


def _fact(random: Random, starts: list[date]) -> Act:
    what = random.choices(tuple(OFTEN), tuple(OFTEN.values()))[0]
    days = sorted((_day(random, starts), _day(random, starts)))
    nth, cents = random.randint(0, 20), random.choice(AMOUNTS)
    if what == "pay":
        more: dict[str, Any] = {}
        if random.random() < 0.2:
            more["eligible"] = random.randint(0, cents)
        if random.random() < 0.15:
            more[random.choice(("specific_eligible", "aggregate_eligible"))] = 0
        if random.random() < 0.25:
            begun = days[0] - timedelta(days=random.choice((0, 1, 40)))
            more["stay"] = random.choice(((begun, None), (begun, days[0] + timedelta(days=random.choice((0, 1, 40))))))
        if random.random() < 0.2:
            more["effective"] = _day(random, starts)
        return ("pay", random.choice(MEMBERS), cents, *days, random.choice(COVERAGES), more)
    if what in ("void", "reissue"):
        return (what, nth, random.randint(0, 400), random.random() < 0.5)
    if what == "refund":
        return (what, nth, random.randint(0, 400), cents)
    if what == "recover":
        part = random.choice((None, None, 0, cents // 2, cents))
        return (what, nth, random.randint(0, 400), cents, random.random() < 0.5, random.random() < 0.5, part)
    if what == "advance":
        return (what, random.choice(("S0", "S0", "S1")), nth, cents, days[1])
    if what == "unadvance":
        return (what, nth, cents, days[1])
    if what == "close":
        return (what, random.choice(MONTHS))
    if what == "correct":
        return (what, nth, days[1])
    if what == "laser":
        begins, ends = random.choice(((None, None), (days[0], None), (None, days[1]), tuple(days)))
        deductible = random.choice((None, 100, 120, 150, 200, 1000))
        return (what, random.choice(("S0", "S0", "S1")), random.choice((*MEMBERS, "F1")), deductible, begins, ends)
    if what == "unlaser":
        return (what, random.choice(("S0", "S1")), random.choice((*MEMBERS, "F1")), days[0])
    if what == "file":
        return (what, random.choice(("S0", "S1", "A0")), random.choice((*MEMBERS, "F1")), cents, days[1])
    if what == "lend":
        return (what, random.choice(("A0", "A1")), random.choice(MONTHS), cents, days[0], random.random() < 0.3)
    if what == "factor":
        return (what, random.choice(("A0", "A1")), random.choice(TIERS), _maybe(random, *COVERAGES), _cents(random),
                random.choice(MONTHS))  # fmt: skip
    return ("return", nth, cents, days[1]) if what == "return" else ("rebate", 2024, cents, days[1])


@dataclass
class Played:
    """What came of a story: the ledger, and what the second opinion knows."""

    ledger: Ledger = field(default_factory=lambda: Ledger(MemoryLedgerRecorder(), ScriptedClock()))
    mode: str = "half-up"
    policies: list[Policy] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    lives: list[tuple[str, dict[str, int]]] = field(default_factory=list)
    budget: dict[str, int] = field(default_factory=dict)
    received: list[tuple[str, str, date, int]] = field(default_factory=list)
    lent: list[tuple[str, date, int]] = field(default_factory=list)
    rebates: list[tuple[int, date, int]] = field(default_factory=list)
    filings: list[tuple[str, str, str, date]] = field(default_factory=list)
    ahead: list[tuple[str, str, str]] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    undoable: list[tuple[int, Callable[[date], None]]] = field(default_factory=list)
    last: tuple[Recorded, ...] = ()
    refused: list[str] = field(default_factory=list)

    def history(self) -> History:
        """What the reports read."""
        return History(self.ledger.history(PLAN))

    def named(self, name: str) -> Policy | None:
        """A bound policy."""
        return next((one for one in self.policies if one.name == name), None)

    def ask(self, *commands: cmd.Command) -> bool:
        """Whether the ledger recorded them."""
        try:
            self.last = self.ledger.handle(PLAN, commands, actor="tester").events
        except Refusal as refusal:
            self.refused.append(refusal.code)
            return False
        return True

    def can_undo(self, kind: type[Event], undo: Callable[[date], None]) -> None:
        """Remember that what was recorded last can be taken back, and what is to be forgotten then."""
        (version,) = [recorded.version for recorded in self.last if isinstance(recorded.event, kind)]
        self.undoable.append((version, undo))


def play(acts: list[Act]) -> Played:
    """A story told to both."""
    made = Played()
    made.mode = next((act[1] for act in acts if act[0] == "rounding"), "half-up")
    made.ask(
        cmd.RegisterPlan(PLAN, "Northwind", "Northwind", tiers=TIERS),
        cmd.SetArrangement(date(2020, 1, 1), ArrangementTerms(rounding=made.mode)),  # type: ignore[arg-type]
        *(cmd.OpenYear(year) for year in (2023, 2024, 2025, 2026)),
    )
    for number, act in enumerate(acts):
        word, *values = act
        if word != "rounding":
            _PLAYERS[word](made, number, *values)
    return made


def _bind(made: Played, kind: str, name: str, start: date, expires: date | None, terms: dict[str, Any]) -> None:
    said = {"overlap": "incurred-period", **terms}
    bound: Any = SpecificTerms(**said) if kind == "specific" else AggregateTerms(**said)
    if not made.ask(cmd.BindPolicy(name, start, expires=expires, **{kind: bound})):
        return
    own = Policy(name, kind, start, terms["contract_basis"], terms["covered"], expires, _ratio(terms["percentage"]))
    own.incurred_rule = terms.get("inpatient_incurred_rule", own.incurred_rule)
    own.reissue_rule = terms.get("reissue_paid_date", own.reissue_rule)
    own.void_rule = terms.get("void_window_rule", own.void_rule)
    own.run_in_person, own.run_in_total = terms.get("run_in_limit_person"), terms.get("run_in_limit_total")
    if kind == "specific":
        own.deductible, own.unit = terms["deductible"], terms["unit"]
        own.maximum, own.lifetime = terms.get("annual_maximum"), terms.get("lifetime_maximum")
        own.asd = terms.get("aggregating_deductible", 0)
        own.laser_band_counts = terms.get("laser_band_counts", False)
        own.asd_counts = terms.get("asd_counts_to_aggregate", False)
        own.pro_rata = terms.get("recovery_allocation") == "pro_rata"
    else:
        own.corridor = _ratio(terms["attachment"]) if "attachment" in terms else None
        own.minimum, own.monthly_minimum = terms.get("minimum_attachment", 0), terms.get("monthly_minimum")
        percent = terms.get("minimum_percent_of_first_month")
        own.minimum_percent = None if percent is None else _ratio(percent)
        own.lag, own.maximum = terms.get("enrollment_lag_months", 0), terms.get("maximum")
        own.limit, own.rebates_reduce = terms.get("per_person_limit", "specific"), terms["rebates_reduce"]
        own.ytd, own.accommodation = terms["ytd_minimum"], terms["accommodation"]
        own.least_advance, own.terminal = terms.get("accommodation_minimum_advance", 0), terms.get("terminal_months", 0)
    made.policies.append(own)


def _ratio(text: str) -> Fraction:
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def _factor(made: Played, _n: int, policy: str, tier: str, coverage: str | None, amount: str, month: str) -> None:
    own = made.named(policy)
    if made.ask(cmd.SetFactor(policy, tier, amount, month, coverage)) and own is not None:
        own.factors.append((tier, coverage, month, Fraction(amount) * 100))


def _budget(made: Played, _n: int, year: int, monthly: int) -> None:
    months = tuple(BudgetMonth(month=f"{year}-{month:02d}", amount=monthly + month) for month in range(1, 13))
    if monthly and made.ask(cmd.SetBudget(year, months)):
        made.budget |= {month.month: month.amount for month in months}


def _lives(made: Played, _n: int, month: str, counts: dict[str, int]) -> None:
    if made.ask(cmd.RecordEnrollment(month, tuple(counts.items()))):
        made.lives.append((month, counts))


def _register(made: Played, number: int, effective: date | None = None, **given: Any) -> bool:
    amounts = {name: given.pop(name) for name in ("amount", "eligible")}
    row = line(given.pop("claim_id"), "0.00", **given) | amounts
    lines = identified(lines_of([row]))
    return made.ask(cmd.RecordRegister(register_id=f"R-{number}", lines=lines, effective_on=effective))


def _pay(
    made: Played, number: int, member: str, cents: int, incurred: date, paid: date, coverage: str, more: dict[str, Any]
) -> None:
    admitted, discharged = more.get("stay", (None, None))
    told = {
        "claim_id": f"C{number}", "amount": cents, "member": member, "family": FAMILY[member], "coverage": coverage,
        "incurred": incurred.isoformat(), "paid": paid.isoformat(), "eligible": cents,
        "admitted_on": _number(admitted), "discharged_on": _number(discharged),
        **{name: value for name, value in more.items() if name not in ("stay", "effective")},
    }  # fmt: skip
    effective = more.get("effective")
    if _register(made, number, effective, **told):
        booked = effective if effective and f"{paid:%Y-%m}" in made.closed else paid
        made.lines.append(Line(
            (number, 0), "PAYMENT", member, FAMILY[member], coverage, incurred, paid, booked, cents, told["eligible"],
            told.get("specific_eligible", 1) == 1, told.get("aggregate_eligible", 1) == 1, claim=f"C{number}",
            admitted=admitted, discharged=discharged,
        ))  # fmt: skip


def _number(day: date | None) -> int:
    return 0 if day is None else (day - date(1970, 1, 1)).days


def _payment(made: Played, nth: int) -> Line | None:
    able = [one for one in made.lines if one.kind in ("PAYMENT", "REISSUE")]
    return able[nth % len(able)] if able else None


def _taken(made: Played, paid: Line) -> int:
    return -sum(one.amount for one in made.lines if one.of == paid.place and one.kind in ("VOID", "REFUND"))


def _back(made: Played, number: int, kind: str, paid: Line, booked: date, cents: int) -> None:
    """A line of a file that takes back a payment; it says no more than a sender's file says."""
    told = {
        "claim_id": f"C{(paid.of or paid.place)[0]}", "txn_type": kind, "amount": -cents, "eligible": -cents,
        "member": paid.member, "family": paid.family, "coverage": paid.coverage,
        "incurred": paid.incurred.isoformat(), "paid": booked.isoformat(),
    }  # fmt: skip
    if _register(made, number, **told):
        made.lines.append(_taking(number, kind, paid, booked, -cents))


def _taking(number: int, kind: str, paid: Line, booked: date, cents: int) -> Line:
    """What takes from a payment has its days and its claim."""
    return replace(
        paid, place=(number, 0), kind=kind, booked=booked, amount=cents, eligible=cents, of=paid.place
    )  # fmt: skip


def _void(made: Played, number: int, nth: int, later: int, typed: bool) -> None:
    paid = _payment(made, nth)
    if paid is None or paid.kind == "REISSUE":
        return
    booked, left = paid.booked + timedelta(days=later), paid.amount - _taken(made, paid)
    if not typed:
        _back(made, number, "VOID", paid, booked, left)
        return
    address = _address(made, paid)
    if made.ask(cmd.VoidPayment(*address, "wrong", booked)):
        booked = max(booked, paid.incurred)
        while f"{booked:%Y-%m}" in made.closed:
            booked = months_later(booked.replace(day=1), 1)
        made.lines.append(_taking(number, "VOID", paid, booked, -left))


def _address(made: Played, paid: Line) -> tuple[int, int]:
    """The event and line of a payment, as somebody would look it up."""
    for recorded in made.ledger.history(PLAN):
        if isinstance(recorded.event, Page) and recorded.event.register_id == f"R-{paid.place[0]}":
            return recorded.version, 1
    raise AssertionError(paid)


def _refund(made: Played, number: int, nth: int, later: int, cents: int) -> None:
    if (paid := _payment(made, nth)) is not None and paid.kind == "PAYMENT":
        again = next((one for one in made.lines if one.kind == "REISSUE" and one.of == paid.place), None)
        if again is not None and _taken(made, paid) == paid.amount:
            paid = again  # what was voided and paid again is refunded where money is left
        _back(made, number, "REFUND", paid, paid.booked + timedelta(days=later), cents)


def _reissue(made: Played, number: int, nth: int, later: int, _whole: bool) -> None:
    paid = _payment(made, nth)
    if paid is None or paid.kind == "REISSUE":
        return
    booked = paid.booked + timedelta(days=later)
    told = {
        "claim_id": f"C{paid.place[0]}", "txn_type": "REISSUE", "amount": paid.amount, "eligible": paid.eligible,
        "member": paid.member, "family": paid.family, "coverage": paid.coverage,
        "incurred": paid.incurred.isoformat(), "paid": booked.isoformat(),
    }  # fmt: skip
    if _register(made, number, **told):
        made.lines.append(replace(
            paid, place=(number, 0), kind="REISSUE", paid=booked, booked=booked, of=paid.place, first_paid=paid.paid
        ))  # fmt: skip


def _recover(
    made: Played, number: int, nth: int, later: int, cents: int, fee: bool, named: bool, part: int | None = None
) -> None:
    if (paid := _payment(made, nth)) is None:
        return
    on = paid.paid + timedelta(days=later)
    asked = cmd.RecordRecovery(
        f"V{number}", paid.member, paid.coverage, paid.incurred, paid.paid, on, cents, cents // 3 if fee else 0,
        paid.claim if named else "", part,
    )  # fmt: skip
    if made.ask(asked):
        first = next(
            one for one in made.lines
            if one.kind in ("PAYMENT", "REISSUE")
            and (one.member, one.incurred, one.paid) == (paid.member, paid.incurred, paid.paid)
            and (not named or one.claim == paid.claim)
        )  # fmt: skip
        back = Line(
            (number, 0), "RECOVERY", paid.member, paid.family, paid.coverage, paid.incurred, paid.paid, on, -cents,
            -cents if part is None else -part, claim=paid.claim if named else "", admitted=first.admitted,
            discharged=first.discharged, first_paid=first.first_paid,
        )  # fmt: skip
        made.lines.append(back)
        made.can_undo(SubrogationRecovered, lambda day: setattr(back, "gone", day))


def _laser(
    made: Played, _n: int, policy: str, member: str, deductible: int | None, begins: date | None, ends: date | None
) -> None:
    own = made.named(policy)
    asked = Laser(member=member, deductible=deductible, excluded=deductible is None, from_date=begins, to_date=ends)
    if made.ask(cmd.SetLaser(policy, asked)) and own is not None:
        own.lasers.append(LaserOf(member, deductible, begins or LONG_AGO, ends or NEVER))


def _unlaser(made: Played, _n: int, policy: str, member: str, since: date) -> None:
    own = made.named(policy)
    if own is not None and made.ask(cmd.RemoveLaser(policy, member, since, "taken off")):
        own.lasers = [
            LaserOf(one.member, one.deductible, one.begins, min(one.ends, since - timedelta(days=1)))
            if one.member == member and one.begins < since else one
            for one in own.lasers
            if one.member != member or one.begins < since
        ]  # fmt: skip


def _file(made: Played, number: int, policy: str, member: str, cents: int, on: date) -> None:
    who, name = ("" if policy.startswith("A") else member), f"F{number}"
    asked = cmd.FileClaim(name, policy, who, cents, on)
    if made.ask(asked, cmd.ReceiveReimbursement(name, cents, on + timedelta(days=9))):
        made.filings.append((name, policy, who, on))
        made.received.append((policy, who, on + timedelta(days=9), cents))
        made.can_undo(ReimbursementReceived, lambda day: made.received.append((policy, who, day, -cents)))


def _return(made: Played, _n: int, nth: int, cents: int, on: date) -> None:
    if not made.filings:
        return
    name, policy, who, _ = made.filings[nth % len(made.filings)]
    if made.ask(cmd.ReturnReimbursement(name, cents, on, "twice")):
        made.received.append((policy, who, on, -cents))
        made.can_undo(ReimbursementReturned, lambda day: made.received.append((policy, who, day, cents)))


def _advance(made: Played, number: int, policy: str, nth: int, cents: int, on: date) -> None:
    own, paid = made.named(policy), _payment(made, nth)
    if own is None or paid is None:
        return
    who, name = unit_of(own, paid), f"A{number}"
    if made.ask(cmd.FundAdvance(name, policy, who, (_address(made, paid),), cents, on)):
        made.ahead.append((name, policy, who))
        made.received.append((policy, who, on, cents))


def _unadvance(made: Played, _n: int, nth: int, cents: int, on: date) -> None:
    if made.ahead:
        name, policy, who = made.ahead[nth % len(made.ahead)]
        if made.ask(cmd.ReturnAdvance(name, cents, on, "not released")):
            made.received.append((policy, who, on, -cents))


def _close(made: Played, _n: int, month: str) -> None:
    if made.ask(cmd.ClosePeriod(month)):
        made.closed.add(month)


def _correct(made: Played, _n: int, nth: int, on: date) -> None:
    if made.undoable:
        version, undo = made.undoable[nth % len(made.undoable)]
        if made.ask(cmd.Correct(version, on, "wrong")):
            undo(on)


def _lend(made: Played, _n: int, policy: str, month: str, cents: int, on: date, repaid: bool) -> None:
    if made.ask(cmd.Accommodate(policy, month, cents, on, repaid)):
        made.lent.append((policy, on, -cents if repaid else cents))


def _rebate(made: Played, _n: int, year: int, cents: int, on: date) -> None:
    if made.ask(cmd.RecordMoney("rebate", cents, on, year)):
        made.rebates.append((year, on, cents))
        made.can_undo(RebateReceived, lambda day: made.rebates.append((year, day, -cents)))


_PLAYERS: dict[str, Any] = {
    "specific": lambda made, _n, *values: _bind(made, "specific", *values),
    "aggregate": lambda made, _n, *values: _bind(made, "aggregate", *values),
    "factor": _factor, "budget": _budget, "lives": _lives, "pay": _pay, "void": _void, "refund": _refund,
    "reissue": _reissue, "recover": _recover, "laser": _laser, "unlaser": _unlaser, "file": _file, "return": _return,
    "lend": _lend, "rebate": _rebate, "advance": _advance, "unadvance": _unadvance, "close": _close,
    "correct": _correct,
}  # fmt: skip
