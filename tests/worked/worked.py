"""Published worked examples as data: a plan document, files and commands in, figures of a report out.

One TOML table is one example, run through the command line in a folder of its own::

    [[example]]
    id = "SP-01"                        # the published example; more tables of the same id need a ``case``
    case = "with a laser"               # optional; with ``own = true`` the numbers are ours, not the source's
    source = "who printed it"
    year = 2024                         # the plan year, the default; starts = "04-01" for another first day
    plan = 'attribution = "incurred"'   # more keys of [plan]
    terms = '''the stop-loss tables of plan.toml'''
    enrollment = { EE = 100 }           # each of the twelve months; or a list such as ["2024-01 EE=100"]
    budget = "1000000.00"               # spread over the year
    payments = ["P1 400000.00", …]      # MEMBER AMOUNT and, by name, paid= incurred= coverage= type= ref= claim=
    files = { "x.csv" = '''…''' }
    commands = ["stoploss laser P1 --deductible 500000.00", …]
    figures = [["expected.reimbursement_total", "250000.00", "stoploss specific --all", "total/reimbursable"], …]
    refused = [["import claims x.csv", 3, "words it says"], …]

A figure is its published name, its value, the report and the place in it. A place names keys, and in a list the row
whose member, policy, month, name, kind or figure it is, or its number; ``*`` adds up what is there. A list of places is
added up, with ``-`` before one to take off, and ``=`` before a number of the source. A fifth entry says how to compare:
``dollars`` rounds half up to the dollar first, ``begins`` compares the beginning, ``row`` asks whether there is a row.
"""

from __future__ import annotations

import json
import shlex
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from claimfund.main import cli
from claimfund.session import Session
from ledger.calendar import micros_of

HERE = Path(__file__).parent
NAMES = ("member", "policy", "month", "name", "kind", "figure", "check")
HEADER = "plan_id,claim_id,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,payment_ref,plan_paid"
EXTRA = ("interest", "surcharge", "specific_eligible", "aggregate_eligible", "admission_date", "discharge_date")
TODAY = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Example:
    """One retelling of a published example."""

    id: str
    source: str
    case: str = ""
    own: bool = False
    year: int = 2024
    starts: str = "01-01"
    plan: str = ""
    terms: str = ""
    enrollment: Any = ()
    budget: str = ""
    payments: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    figures: tuple[tuple[Any, ...], ...] = ()
    refused: tuple[tuple[Any, ...], ...] = ()

    @property
    def name(self) -> str:
        """Its id, and its case."""
        return f"{self.id} {self.case}".strip().replace(" ", "-")

    def months(self) -> list[str]:
        """The twelve calendar months from the plan year's first day."""
        first = int(self.starts[:2]) - 1
        return [f"{self.year + (first + n) // 12}-{(first + n) % 12 + 1:02d}" for n in range(12)]

    def tiers(self) -> list[str]:
        """The tiers that are enrolled, or one."""
        if isinstance(self.enrollment, dict):
            return list(self.enrollment) or ["EE"]
        return list(dict.fromkeys(w.split("=")[0] for row in self.enrollment for w in row.split()[1:])) or ["EE"]


def examples() -> list[Example]:
    """Every example of every file here."""
    found = [table for file in sorted(HERE.glob("*.toml")) for table in tomllib.loads(file.read_text())["example"]]
    return [Example(**table) for table in found]


class Clock:
    """Always the same moment."""

    def now(self) -> int:
        """Noon of 2026-04-15 UTC."""
        return micros_of(TODAY)


class Room:
    """A folder with the example's ledger; ``ask`` runs a command, ``report`` gives the data of its JSON."""

    def __init__(self, example: Example, folder: Path) -> None:
        self.example, self.folder = example, folder
        self.reports: dict[str, Any] = {}
        (folder / "plan.toml").write_text(_document(example), encoding="utf-8")
        (folder / "payments.csv").write_text(_register(example), encoding="utf-8")
        for name, text in example.files.items():
            (folder / name).write_text(text, encoding="utf-8")

    def set_up(self) -> None:
        """Record everything the example states."""
        self.ok("init plan.toml")
        lives = _lives(self.example)
        if lives:
            (self.folder / "lives.csv").write_text("month,tier,lives\n" + lives, encoding="utf-8")
            self.ok("import enrollment lives.csv")
        if self.example.budget:
            self.ok(f"budget set --year {self.example.year} --annual {self.example.budget}")
        if self.example.payments:
            self.ok("import claims payments.csv")
        for command in self.example.commands:
            self.ok(command)

    def ask(self, command: str) -> Result:
        """The result of a command."""
        return CliRunner().invoke(cli, shlex.split(command), obj=Session(actor="examiner", clock=Clock()))

    def ok(self, command: str) -> str:
        """The output of a command that must succeed."""
        result = self.ask(command)
        assert result.exit_code == 0, f"claimfund {command}\n{result.output}"
        return result.stdout

    def report(self, command: str) -> Any:
        """The data of a report, asked for once; the year is added where it is not said."""
        dated = "--year" in command or command.startswith(("settle", "plan", "stoploss policy"))
        words = command if dated else f"{command} --year {self.example.year}"
        if command not in self.reports:
            self.reports[command] = json.loads(self.ok(f"{words} --json"))["data"]
        return self.reports[command]

    def shown(self, command: str, place: str | list[str]) -> Any:
        """What a report shows at a place, or the sum over places; nothing where there is no such row."""
        if isinstance(place, list):
            return sum((self._part(command, each) for each in place), Decimal(0))
        found: Any = self.report(command)
        for key in place.split("/"):
            if key == "*":
                found = sum(Decimal(str(value)) for value in found.values())
            elif isinstance(found, list):
                here = [row for row in found if key in [row.get(name) for name in NAMES]]
                found = here[0] if here else found[int(key)] if key.isdecimal() and int(key) < len(found) else None
            elif found is not None:
                found = found[key]
        return found

    def _part(self, command: str, place: str) -> Decimal:
        if place.startswith("="):
            return Decimal(place[1:])
        return -Decimal(self.shown(command, place[1:])) if place[0] == "-" else Decimal(self.shown(command, place))


def same(value: Any, shown: Any, how: str = "") -> bool:
    """Whether a report shows a published value: amounts by what they are worth."""
    if how == "row":
        return bool(value) == (shown is not None)
    if how == "begins":
        return str(shown).startswith(str(value))
    if isinstance(value, bool | date) or shown is None:
        return str(value) == str(shown)
    try:
        worth = Decimal(str(shown))
        if how == "dollars":
            worth = worth.quantize(Decimal(1), ROUND_HALF_UP)
        return Decimal(str(value)) == worth
    except InvalidOperation:
        return str(value) == str(shown)


def _document(example: Example) -> str:
    tiers = ", ".join(f'"{tier}"' for tier in example.tiers())
    return (
        '[plan]\ncode = "EX"\nname = "Example"\nsponsor = "Example"\nadministrator = "Example TPA"\ncurrency = "USD"\n'
        f'plan_year_start = "{example.starts}"\nyear = {example.year}\ntiers = [{tiers}]\n{example.plan}\n'
        f"{example.terms}\n"
    )


def _lives(example: Example) -> str:
    if isinstance(example.enrollment, dict):
        rows = [(month, tier, lives) for month in example.months() for tier, lives in example.enrollment.items()]
    else:
        split = [(row.split()[0], word) for row in example.enrollment for word in row.split()[1:]]
        rows = [(month, *word.split("=")) for month, word in split]
    return "".join(f"{month},{tier},{lives}\n" for month, tier, lives in rows)


def _register(example: Example) -> str:
    rows = [",".join((HEADER, *EXTRA))]
    for number, text in enumerate(example.payments, 1):
        member, amount, *more = text.split()
        given = dict(word.split("=", 1) for word in more)
        paid = given.get("paid", f"{example.months()[min(number, 12) - 1]}-09")
        claim = given.get("claim", f"C-{number}")
        cells = [
            "EX", claim, given.get("type", "PAYMENT"), given.get("coverage", "MED"), member,
            given.get("family", member), given.get("incurred", paid), paid, given.get("ref", f"CK-{claim}"), amount,
            *(given.get(name, "") for name in EXTRA),
        ]  # fmt: skip
        rows.append(",".join(cells))
    return "\n".join(rows) + "\n"
