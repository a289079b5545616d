"""The demo: three invented plan years of one employer, the same bytes of events on every machine.

Nothing here is about a real person or company. Chance comes from a small generator of whole numbers with a
fixed seed; amounts are drawn from a table shaped like a log-normal distribution and then scaled so that each
year adds up to a stated total. Moments come from a script, never from the machine's clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ledger.calendar import (
    add_months,
    day_number,
    micros_of,
    moment_of,
    month_end,
    month_start,
    months_between,
)
from ledger.commands import (
    BindPolicy,
    ClosePeriod,
    Command,
    DecideClaim,
    FileClaim,
    OpenYear,
    PostSettlement,
    ReceiveReimbursement,
    RecordEnrollment,
    RecordMoney,
    RecordRegister,
    RegisterPlan,
    SetArrangement,
    SetBudget,
)
from ledger.events import BudgetMonth
from ledger.handling import Ledger
from ledger.identity import identities, occurrences
from ledger.lines import Lines, lines_of
from ledger.money import allocate
from ledger.refusals import Refusal
from ledger.stores.opening import open_store
from ledger.terms import AggregateTerms, ArrangementTerms, SpecificTerms
from projections.history import History
from projections.settlement import settle

PLAN = "NW"
SEED = 20230101
YEARS = (2023, 2024, 2025)
LAST_RECORDED = date(2025, 12, 31)  # Registers after this day lie in the inbox.
LAST_PRACTICE = date(2026, 2, 28)
BUDGETS = {2023: 1_080_000_00, 2024: 1_140_000_00, 2025: 1_320_000_00, 2026: 1_344_000_00}
GROSS = {2023: 905_214_37, 2024: 1_103_406_55, 2025: 1_338_250_40}
DEDUCTIBLE = 100_000_00
FEE_PEPM = 36_00
PREMIUM = {"EE": 31_20, "ES": 62_40, "EC": 58_10, "FAM": 89_50}
TIERS = {"EE": 55, "ES": 25, "EC": 20, "FAM": 35}
CHILDREN = {"EE": (0,), "ES": (0,), "EC": (1, 2), "FAM": (1, 2, 2, 1, 3)}
# How many claims, and how large after the members' deductibles: per mille by month.
SEASON = (1130, 1110, 1050, 1000, 970, 930, 900, 900, 950, 1000, 1030, 1090)
RESET = (640, 780, 880, 950, 1000, 1030, 1050, 1060, 1070, 1080, 1090, 1100)
RISK = (1, 1, 1, 2, 2, 3, 4, 6, 9, 14)
MEDICAL = (
    745, 1288, 1730, 2143, 2550, 2959, 3377, 3808, 4258, 4729, 5225, 5751, 6311, 6909, 7552, 8246, 9000,
    9822, 10725, 11723, 12835, 14084, 15501, 17129, 19024, 21269, 23989, 27379, 31771, 37794, 46831, 62893,
    108663,
)  # fmt: skip
PHARMACY = (
    516, 830, 1072, 1292, 1503, 1710, 1919, 2130, 2347, 2571, 2805, 3049, 3305, 3576, 3863, 4171, 4500, 4855,
    5241, 5663, 6127, 6643, 7220, 7875, 8627, 9506, 10555, 11840, 13476, 15671, 18883, 24403, 39259,
)  # fmt: skip
LAG = (
    3, 4, 4, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 14, 14, 15, 16, 17, 17, 18, 19, 20, 21, 23,
    24, 25, 27, 29, 32, 35, 39, 44, 53, 75,
)  # fmt: skip


class DemoExists(Refusal):
    """The folder holds a ledger already."""

    code = "demo-exists"

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is a ledger at {path} already.", "Name another folder, or remove this one first.")


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What was made: the ledger's path, how many events and register lines it holds, and the tree's root."""

    ledger: Path
    events: int
    payments: int
    root: str


@dataclass(frozen=True, slots=True)
class Member:
    """An invented person: pseudonym, subscriber's pseudonym, relationship, and weight in the draw."""

    key: str
    family: str
    relationship: str
    risk: int


@dataclass(frozen=True, slots=True)
class Paid:
    """One line of a register: a payment, or what later became of one."""

    document: str
    claim_id: str
    member: Member
    coverage: str
    incurred_on: date
    paid_on: date
    amount: int
    billed: int
    method: str
    payment_ref: str
    txn_type: str = "PAYMENT"
    booked_on: date | None = None

    @property
    def day(self) -> date:
        """The line's own business date."""
        return self.booked_on or self.paid_on


@dataclass(frozen=True, slots=True)
class Costly:
    """A member whose claims of one year are written, not drawn: total paid, months of service, filings."""

    key: str
    year: int
    total: int
    months: tuple[int, int]
    filings: tuple[tuple[date, date, date], ...] = ()


COSTLY = (
    Costly("M-77B1", 2024, 172_100_00, (2, 9), (
        (date(2024, 10, 18), date(2024, 11, 8), date(2024, 11, 22)),
        (date(2025, 1, 24), date(2025, 2, 21), date(2025, 3, 18)),
    )),
    Costly("M-4F2A", 2025, 212_300_00, (1, 9), (
        (date(2025, 8, 15), date(2025, 9, 12), date(2025, 10, 3)),
        (date(2025, 11, 21), date(2025, 12, 19), date(2026, 1, 8)),
    )),
    Costly("M-19C7", 2025, 172_700_00, (4, 10), (
        (date(2025, 12, 5), date(2025, 12, 29), date(2026, 1, 15)),
    )),
    Costly("M-8E03", 2025, 94_215_40, (3, 10)),
)  # fmt: skip


class Draw:
    """Chance in whole numbers: SplitMix64, the same on every machine and in every version of the language."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """A number from 0 to one less than the limit."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        word = self._state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return ((word ^ (word >> 31)) * limit) >> 64

    def among(self, table: Sequence[int]) -> int:
        """A number between two neighbours of a rising table."""
        at = self.below(len(table) - 1)
        return table[at] + self.below(table[at + 1] - table[at] + 1)


def household(scale: int) -> tuple[Member, ...]:
    """The members of 135 employees, times the scale; the costly ones first in each copy."""
    named = [costly.key for costly in COSTLY]
    digits = 4 if scale <= 200 else 8
    keys = (key for key in (f"M-{(n * 40503 + 12345) % 16**digits:0{digits}X}" for n in range(16**digits)))
    members: list[Member] = []
    for copy in range(scale):
        wanted = list(named) if copy == 0 else []
        count = 0
        for tier, employees in TIERS.items():
            for number in range(employees):
                kin = ["E"] + ["S"] * (tier in ("ES", "FAM"))
                kin += ["C"] * CHILDREN[tier][number % len(CHILDREN[tier])]
                family = ""
                for relationship in kin:
                    fresh = wanted.pop(0) if wanted else next(key for key in keys if key not in named)
                    family = family or fresh
                    members.append(Member(fresh, family, relationship, RISK[count % len(RISK)]))
                    count += 1
    return tuple(members)


@dataclass(slots=True)
class _Chance:
    """The draw and the running numbers of one generation."""

    draw: Draw
    pool: tuple[Member, ...]
    claims: int = 0
    checks: int = 40_000

    def claim(self, document: str, member: Member, incurred_on: date, paid_on: date, amount: int) -> Paid:
        """The next payment."""
        self.claims += 1
        pharmacy = document == "RX"
        by_check = not pharmacy and self.draw.below(5) == 0
        self.checks += by_check
        reference = f"{self.checks:06d}" if by_check else f"{document}{paid_on:%y%m%d}"
        billed = amount + amount * (10 + self.draw.below(90)) // 100
        method = "CHK" if by_check else "ACH"
        claim_id = f"{'R' if pharmacy else 'C'}{incurred_on:%y}{self.claims:08d}"
        return Paid(document, claim_id, member, document, incurred_on, paid_on, amount, billed, method, reference)


def payments(scale: int) -> list[Paid]:
    """Every register line of the demo in the order of its own date, those for the inbox included."""
    members = household(scale)
    chance = _Chance(Draw(SEED), tuple(m for m in members[len(COSTLY) :] for _ in range(m.risk)))
    drawn = list(_ordinary(chance, scale))
    costly = [paid for copy in range(scale) for paid in _costly(chance, _copy_of(members, copy, scale))]
    drawn = _to_totals(drawn, costly, scale)
    everything = drawn + costly + list(_afterwards(chance.draw, drawn))
    return sorted(everything, key=lambda paid: (paid.day, paid.document))


def _copy_of(members: tuple[Member, ...], copy: int, scale: int) -> tuple[Member, ...]:
    start = copy * (len(members) // scale)
    return members[start : start + len(COSTLY)]


def _ordinary(chance: _Chance, scale: int) -> Iterator[Paid]:
    draw, pool = chance.draw, chance.pool
    monday = date(2022, 9, 5)
    while monday <= LAST_PRACTICE:
        season, reset = SEASON[monday.month - 1] * scale, RESET[monday.month - 1]
        for document, weekly, table in (("RX", 47, PHARMACY), ("MED", 68, MEDICAL)):
            for _ in range(weekly * season // 1000):
                incurred_on = monday + timedelta(draw.below(7))
                if document == "RX":
                    paid_on = monday + timedelta(9)  # The Wednesday after the week.
                else:
                    due = incurred_on + timedelta(draw.among(LAG))
                    paid_on = due + timedelta((4 - due.weekday()) % 7)  # The next Friday.
                member = pool[draw.below(len(pool))]
                amount = draw.among(table) * reset // 1000
                if date(2023, 1, 1) <= paid_on <= LAST_PRACTICE:
                    yield chance.claim(document, member, incurred_on, paid_on, amount)
        monday += timedelta(7)


def _costly(chance: _Chance, members: tuple[Member, ...]) -> Iterator[Paid]:
    draw = chance.draw
    for costly, member in zip(COSTLY, members, strict=True):
        first, last = (
            date(costly.year, costly.months[0], 1),
            month_end(f"{costly.year}-{costly.months[1]:02d}"),
        )
        weights = [draw.among(MEDICAL) for _ in range(36)]
        for amount in allocate(costly.total, weights):
            incurred_on = first + timedelta(draw.below((last - first).days + 1))
            due = incurred_on + timedelta(7 + draw.below(28))
            yield chance.claim("MED", member, incurred_on, due + timedelta((4 - due.weekday()) % 7), amount)


def _to_totals(drawn: list[Paid], costly: list[Paid], scale: int) -> list[Paid]:
    """The drawn amounts scaled so that the payments of each year add up to its stated total."""
    result = []
    for year, gross in GROSS.items():
        mine = [paid for paid in drawn if paid.paid_on.year == year]
        target = gross * scale - sum(paid.amount for paid in costly if paid.paid_on.year == year)
        weights = [paid.amount for paid in mine]
        for paid, amount in zip(mine, allocate(target, weights), strict=True):
            result.append(replace(paid, amount=amount, billed=paid.billed * amount // paid.amount))
    return result + [paid for paid in drawn if paid.paid_on.year not in GROSS]


def _afterwards(draw: Draw, drawn: list[Paid]) -> Iterator[Paid]:
    """Voids, reissues and refunds, some weeks after their payments."""
    for number, paid in enumerate(drawn):
        later = paid.paid_on + timedelta((4 - paid.paid_on.weekday()) % 7 + 7 * (2 + draw.below(5)))
        if later > LAST_PRACTICE:
            continue
        if number % 311 == 17:
            yield replace(paid, document="MED", txn_type="VOID", amount=-paid.amount, booked_on=later)
            again = later + timedelta(14)
            if number % 4 == 1 and again <= LAST_PRACTICE:
                reference = f"{90_000 + number:06d}"
                yield replace(
                    paid,
                    document="MED",
                    txn_type="REISSUE",
                    paid_on=again,
                    method="CHK",
                    payment_ref=reference,
                )
        elif number % 457 == 33 and paid.amount > 40_00:
            part = -(paid.amount // 2)
            yield replace(paid, document="MED", txn_type="REFUND", amount=part, booked_on=later)


def register_of(rows: Sequence[Paid]) -> Lines:
    """Register lines as columns."""
    lines = lines_of([_cells(paid, number) for number, paid in enumerate(rows, start=1)])
    lines = lines.replaced(occurrence=occurrences(lines))
    return lines.replaced(identity=identities(lines))


def _cells(paid: Paid, number: int) -> dict[str, str | int]:
    return {
        "claim_id": paid.claim_id,
        "claim_line": 1,
        "txn_type": paid.txn_type,
        "member": paid.member.key,
        "family": paid.member.family,
        "relationship": paid.member.relationship,
        "coverage": paid.coverage,
        "incurred_on": day_number(paid.incurred_on),
        "paid_on": day_number(paid.paid_on),
        "booked_on": day_number(paid.day),
        "amount": paid.amount,
        "eligible": paid.amount,
        "specific_eligible": 1,
        "aggregate_eligible": 1,
        "billed": paid.billed,
        "method": paid.method,
        "payment_ref": paid.payment_ref,
        "payee": "PROVIDER",
        "source_line": number,
    }


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody asks the ledger to record at one moment; a year to settle instead of commands."""

    at: int
    actor: str
    key: str
    commands: tuple[Command, ...] = ()
    settles: int = 0


@dataclass(slots=True)
class ScriptedClock:
    """Tells the moment that the script has reached."""

    moment: int = 0

    def now(self) -> int:
        return self.moment


def _at(day: date, hour: int, minute: int = 0) -> int:
    return micros_of(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC))


def steps(lines: Sequence[Paid], scale: int) -> list[Step]:
    """The whole script in the order of its moments."""
    found = [*_yearly(scale), *_monthly(scale), *_registers(lines), *_stop_loss(lines)]
    return sorted(found, key=lambda step: (step.at, step.key))


ARRANGEMENT = ArrangementTerms(
    funding="budgeted",
    surplus=("reserve", "refund"),
    deficit="recover",
    recovery_months=24,
    claims_fluctuation_reserve=120_000_00,
    run_out_months=3,
    administration_pepm=FEE_PEPM,
)


def _yearly(scale: int) -> Iterator[Step]:
    yield Step(
        _at(date(2022, 12, 1), 15),
        "m.ortiz",
        "demo-plan",
        (
            RegisterPlan(
                PLAN,
                "Northwind Employee Health Benefit Plan",
                "Northwind Manufacturing, Inc.",
                "Cascade Benefit Administrators",
            ),
            SetArrangement(date(2023, 1, 1), ARRANGEMENT),
        ),
    )
    for year, annual in BUDGETS.items():
        months = months_between(date(year, 1, 1), date(year, 12, 31))
        budget = tuple(
            BudgetMonth(month=month, amount=amount)
            for month, amount in zip(months, allocate(annual * scale, [1] * 12), strict=True)
        )
        specific = SpecificTerms(deductible=DEDUCTIBLE, contract_basis="12/15")
        aggregate = AggregateTerms(attachment="125%", minimum_attachment=annual * scale)
        commands = (
            OpenYear(year),
            SetBudget(year, budget, note=f"Approved December 9, {year - 1}"),
            BindPolicy(f"SPEC-{year}", date(year, 1, 1), specific=specific, carrier="Harbor Stop Loss"),
            BindPolicy(f"AGG-{year}", date(year, 1, 1), aggregate=aggregate, carrier="Harbor Stop Loss"),
        )
        yield Step(_at(date(year - 1, 12, 9), 16), "m.ortiz", f"demo-year-{year}", commands)
    for year in YEARS[:-1]:
        yield Step(_at(date(year + 1, 4, 15), 16), "controller", f"demo-settle-{year}", settles=year)


def enrollment(draw: Draw, year: int, scale: int) -> tuple[tuple[str, int], ...]:
    """The enrolled units of a month: a growing company, with a little coming and going."""
    base = {**TIERS, "EE": TIERS["EE"] - (2025 - min(year, 2025)) * 2}
    return tuple((tier, units * scale + draw.below(3) - 1) for tier, units in base.items())


def _monthly(scale: int) -> Iterator[Step]:
    draw = Draw(SEED + 1)
    for month in months_between(date(2023, 1, 1), date(2026, 1, 31)):
        day = month_start(month) + timedelta(4)
        deposit = allocate(BUDGETS[day.year] * scale, [1] * 12)[day.month - 1]
        funding = RecordMoney("funding", deposit, month_start(month), reference=f"DEP-{month}", detail="ach")
        yield Step(_at(month_start(month), 14), "r.lee", f"demo-deposit-{month}", (funding,))
        if month == "2026-01":  # Its enrollment lies in the inbox.
            break
        counts = enrollment(draw, day.year, scale)
        fee = FEE_PEPM * sum(lives for _, lives in counts)
        premium = sum(PREMIUM[tier] * lives for tier, lives in counts)
        commands = (
            RecordEnrollment(month, counts),
            RecordMoney("fee", fee, day, reference=f"ADM-{month}", detail="administration"),
            RecordMoney("premium", premium, day, reference=f"SLP-{month}", detail=f"SPEC-{day.year}"),
        )
        yield Step(_at(day, 14, 30), "r.lee", f"demo-month-{month}", commands)
        closing = add_months(month_start(month), 1) + timedelta(9)
        yield Step(_at(closing, 17), "controller", f"demo-close-{month}", (ClosePeriod(month),))


def registers(lines: Iterable[Paid]) -> dict[date, list[Paid]]:
    """The lines by register, named by its Friday: the pharmacy run of Wednesday and the medical payments."""
    found: dict[date, list[Paid]] = defaultdict(list)
    for paid in lines:
        found[paid.day + timedelta((4 - paid.day.weekday()) % 7)].append(paid)
    return found


def _registers(lines: Sequence[Paid]) -> Iterator[Step]:
    recorded = (paid for paid in lines if paid.day <= LAST_RECORDED)
    for friday, rows in registers(recorded).items():
        name = f"REG-{friday.isoformat()}"
        page = register_of(rows)
        command = RecordRegister(name, page, stated_rows=len(page), stated_total=page.total())
        yield Step(_at(friday + timedelta(3), 13, 5), "import", f"demo-register-{name}", (command,))


def _stop_loss(lines: Sequence[Paid]) -> Iterator[Step]:
    """Filings on the costly members of the first copy, each for the excess reached by then."""
    number = 0
    for costly in COSTLY:
        filed = 0
        paid = [(p.day, p.amount) for p in lines if p.member.key == costly.key and p.incurred_on.year == costly.year]
        for filed_on, decided_on, received_on in costly.filings:
            number += 1
            known = filed_on - timedelta(4)  # Registers arrive up to three days after their date.
            excess = sum(amount for day, amount in paid if day <= known) - DEDUCTIBLE
            amount, filed = excess - filed, excess
            filing, policy = f"SL-{costly.year}-{number:02d}", f"SPEC-{costly.year}"
            yield Step(
                _at(filed_on, 18),
                "m.ortiz",
                f"demo-filed-{filing}",
                (FileClaim(filing, policy, costly.key, amount, filed_on, reference=f"H-{60_000 + number}"),),
            )
            decided = DecideClaim(filing, "approved", amount, decided_on)
            yield Step(_at(decided_on, 18), "m.ortiz", f"demo-decided-{filing}", (decided,))
            received = ReceiveReimbursement(filing, amount, received_on, bank_reference=f"W-{99_800 + number}")
            yield Step(_at(received_on, 19), "r.lee", f"demo-received-{filing}", (received,))


@dataclass(slots=True)
class _Recorder:
    """Plays the script into a ledger."""

    ledger: Ledger
    clock: ScriptedClock
    tell: Callable[[str], None]
    year: int = field(default=0)

    def play(self, script: Sequence[Step]) -> None:
        for step in script:
            self.clock.moment = step.at
            year = moment_of(step.at).year
            if year != self.year:
                self.year = year
                self.tell(f"Recording {year}")
            commands = self._settlement(step) if step.settles else step.commands
            self.ledger.handle(PLAN, list(commands), actor=step.actor, key=step.key)

    def _settlement(self, step: Step) -> tuple[Command, ...]:
        """The year settled after its run-out, by its arrangement, at this moment."""
        on = moment_of(step.at).date()
        history = History(self.ledger.history(PLAN))
        view = settle(history, step.settles, date(on.year, 3, 31), effective_on=on)
        lines = tuple((line.name, line.amount) for line in view.lines)
        return (
            PostSettlement(
                settlement=view.settlement,
                year=view.year,
                as_of=view.as_of,
                known_at=view.known_at,
                lines=lines,
                amount=view.amount,
                dispositions=view.dispositions,
                effective_on=on,
            ),
        )


def create_demo(folder: Path, *, scale: int = 1, progress: Callable[[str], None] | None = None) -> DemoResult:
    """Make ``northwind.ledger``, ``plan.toml`` and ``inbox/`` in a folder. Raises ``DemoExists``."""
    from claimfund.demo_inbox import write_inbox

    if scale < 1:
        raise ValueError("the scale of a demo is at least 1")
    path = folder / "northwind.ledger"
    if path.exists():
        raise DemoExists(path)
    folder.mkdir(parents=True, exist_ok=True)
    tell = progress or (lambda _: None)
    tell("Drawing claims")
    lines = payments(scale)
    clock = ScriptedClock()
    store = open_store(str(path), create=True)
    try:
        _Recorder(Ledger(store, clock), clock, tell).play(steps(lines, scale))
        head = store.head()
    finally:
        store.close()
    tell("Writing the inbox")
    write_inbox(folder, lines, scale, BUDGETS[2026])
    recorded = sum(1 for paid in lines if paid.day <= LAST_RECORDED)
    return DemoResult(path, head.size, recorded, head.root.hex())
