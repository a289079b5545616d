"""The plan document: ``plan.toml`` read strictly into commands, with every error at once and where it is."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ledger.calendar import month_of
from ledger.commands import (
    BindPolicy,
    Command,
    OpenYear,
    RegisterPlan,
    SetApprovals,
    SetArrangement,
    SetFactor,
    SetLaser,
)
from ledger.intake.plan_keys import (
    AGGREGATE,
    APPROVALS,
    FACTOR,
    FEES,
    LASER,
    PLAN,
    PRIVACY,
    SETTLEMENT,
    SPECIFIC,
    STOP_LOSS,
    Keys,
    PersonalData,
)
from ledger.intake.plan_places import Places, locate
from ledger.problems import Problem
from ledger.terms import AggregateTerms, ApprovalTerms, ArrangementTerms, Laser, SpecificTerms

_REQUIRED = {
    "plan": ("code", "name", "sponsor", "administrator", "currency", "plan_year_start"),
    "stop_loss.specific": ("deductible", "contract_basis"),
}
_TABLES: Keys = {"plan": None, "stop_loss": None, "fees": None, "settlement": None, "approvals": None, "privacy": None}
_REGISTER = ("code", "name", "sponsor", "administrator", "currency", "jurisdiction", "tiers")


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """What a plan document says: the commands that record it, and what is wrong with it."""

    code: str
    year: int
    commands: tuple[Command, ...]
    problems: tuple[Problem, ...]

    @property
    def usable(self) -> bool:
        """Whether it can be recorded."""
        return not any(problem.severity == "fatal" for problem in self.problems)


def read_plan_toml(path: Path, *, year: int | None = None, today: date | None = None) -> PlanDocument:
    """Read a plan document. The plan year: ``year``, else the document's, else that of the stop-loss, else today's."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _unreadable(Problem(str(path), 0, "", "PLN001", "There is no such file.", "fatal"))
    except (OSError, UnicodeDecodeError) as problem:
        return _unreadable(Problem(str(path), 0, "", "PLN001", f"The file cannot be read ({problem}).", "fatal"))
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        return _unreadable(Problem(path.name, 0, "", "PLN002", f"This is not TOML: {problem}.", "fatal"))
    return _Reader(read, locate(text), year, today or date.today()).document()  # noqa: DTZ011


def _unreadable(problem: Problem) -> PlanDocument:
    return PlanDocument("", 0, (), (problem,))


class _Reader:
    """Reads one document, table by table, and collects what is wrong."""

    def __init__(self, read: Mapping[str, Any], places: Places, year: int | None, today: date) -> None:
        self.read, self.places, self.today = read, places, today
        self.problems: list[Problem] = []
        self.commands: list[Command] = []
        self.asked_year = year

    def document(self) -> PlanDocument:
        """The whole document."""
        self._known("", self.read, _TABLES)
        plan = self._table("plan", PLAN)
        loss = self._table("stop_loss", {**STOP_LOSS, "specific": None, "aggregate": None})
        specifics = self._specifics()
        aggregate = self._table("stop_loss.aggregate", AGGREGATE) if self._at("stop_loss.aggregate") else None
        fees, settlement = self._table("fees", FEES), self._table("settlement", SETTLEMENT)
        if fees.pop("stop_loss_premium", None):
            self._say(
                "fees.stop_loss_premium",
                "is checked and not recorded; record premium with: claimfund fee premium",
                "warning",
            )
        month, day = plan.pop("plan_year_start", (1, 1))
        year = self._year(plan, specifics)
        starts = date(year, month, day)
        privacy = self._table("privacy", PRIVACY)
        self._terms(plan, loss, fees, {**settlement, **privacy}, starts)
        for number, table in enumerate(specifics):
            self._specific(table, starts, f"SPEC-{year}" + (f"-{number + 1}" if number else ""))
        if aggregate is not None:
            self._aggregate(aggregate, starts, f"AGG-{year}")
        self._approvals(self._table("approvals", APPROVALS))
        given = {name: plan[name] for name in _REGISTER if name in plan}
        if any(problem.severity == "fatal" for problem in self.problems):
            return PlanDocument(str(plan.get("code", "")), year, (), self._sorted())
        register = RegisterPlan(**given, year_start_month=month, year_start_day=day)
        opened = OpenYear(year, plan.get("opening", 0))
        commands = (register, self.commands[0], opened, *self.commands[1:])
        return PlanDocument(register.code, year, commands, self._sorted())

    def _sorted(self) -> tuple[Problem, ...]:
        return tuple(sorted(self.problems, key=lambda problem: problem.number))

    def _year(self, plan: Mapping[str, Any], specifics: Sequence[Mapping[str, Any]]) -> int:
        effective = specifics[0].get("effective") if specifics else None
        found = self.asked_year or plan.get("year") or (effective.year if effective else self.today.year)
        return int(found)

    def _terms(self, *tables: Any) -> None:
        plan, loss, fees, settlement, starts = tables
        given = {name: plan[name] for name in ("funding", "funding_basis", "attribution", "rounding") if name in plan}
        made = self._made("settlement", ArrangementTerms, {**given, **loss, **fees, **settlement})
        if made is not None:
            self.commands.append(SetArrangement(starts, made))

    def _specific(self, table: dict[str, Any], starts: date, policy: str) -> None:
        effective, expires = table.pop("effective", starts), table.pop("expires", None)
        carrier, lasers = table.pop("carrier", ""), table.pop("lasers", [])
        policy = table.pop("policy", policy)
        terms = self._made("stop_loss.specific", SpecificTerms, table)
        if terms is not None:
            self.commands.append(BindPolicy(policy, effective, specific=terms, carrier=carrier, expires=expires))
        for given in lasers:
            laser = self._made("stop_loss.specific.lasers", Laser, given)
            if laser is not None:
                self.commands.append(SetLaser(policy, laser))

    def _aggregate(self, table: dict[str, Any], starts: date, policy: str) -> None:
        effective, expires = table.pop("effective", starts), table.pop("expires", None)
        carrier, factors = table.pop("carrier", ""), table.pop("factors", [])
        flat, policy = table.pop("monthly_factor", None), table.pop("policy", policy)
        if (factors or flat) and "attachment" in table:
            self._say("stop_loss.aggregate.attachment", "give either attachment or factors, not both")
        terms = self._made("stop_loss.aggregate", AggregateTerms, table)
        if terms is not None:
            self.commands.append(BindPolicy(policy, effective, aggregate=terms, carrier=carrier, expires=expires))
        tiers = self.read.get("plan", {}).get("tiers") or ("EE", "ES", "EC", "FAM")
        factors = factors or ([{"tier": tier, "factor": flat} for tier in tiers] if flat else [])
        for factor in factors:
            self.commands.append(SetFactor(policy, from_month=month_of(effective), **factor))

    def _approvals(self, table: dict[str, Any]) -> None:
        """What needs two people comes last: what the document itself says is not yet under it."""
        if "manual_adjustment_above" in table and not table.get("manual_adjustment"):
            self._say("approvals.manual_adjustment_above", "needs manual_adjustment = true beside it")
        terms = self._made("approvals", ApprovalTerms, table) if table else None
        if terms is not None and terms.asked_for:
            self.commands.append(SetApprovals(terms))

    def _specifics(self) -> list[dict[str, Any]]:
        found = self._at("stop_loss.specific")
        if found is None:
            return []
        tables = found if isinstance(found, list) else [found]
        return [self._keys("stop_loss.specific", table, SPECIFIC, number) for number, table in enumerate(tables)]

    def _at(self, path: str) -> Any:
        found: Any = self.read
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _table(self, path: str, keys: Keys) -> dict[str, Any]:
        found = self._at(path)
        return self._keys(path, {} if found is None else found, keys)

    def _keys(self, path: str, table: Any, keys: Keys, number: int = 0) -> dict[str, Any]:
        """The values of a table, each parsed; what is wrong is noted."""
        if not isinstance(table, Mapping):
            self._say(path, f"must be a table, written [{path}]", number=number)
            return {}
        self._known(path, table, keys, number)
        for name in _REQUIRED.get(path, ()):
            if name not in table:
                self._say(f"{path}.{name}", "is required and missing", number=number)
        values: dict[str, Any] = {}
        for name, value in table.items():
            parse = keys.get(name)
            if parse is None:
                continue
            target, parsed = self._value(f"{path}.{name}", value, parse, number)
            if parsed is not None:
                values[target or name] = parsed
        return values

    def _value(self, path: str, value: Any, parse: Any, number: int) -> tuple[str, Any]:
        target, parse = parse if isinstance(parse, tuple) else ("", parse)
        try:
            if parse == "lasers":
                return target, self._rows(path, value, LASER, number)
            if parse == "factors":
                return target, self._rows(path, value, FACTOR, number)
            return target, parse(value)
        except PersonalData as problem:
            self._say(path, str(problem), number=number)
            return target, None
        except ValueError as problem:
            self._say(f"{path} = {_written(value)}", str(problem), number=number, place=path)
            return target, None

    def _rows(self, path: str, value: Any, keys: Keys, number: int) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise ValueError("write it as a list of tables, [{ … }, { … }]")
        return [self._keys(path, row, keys, number) for row in value]

    def _known(self, path: str, table: Mapping[str, Any], keys: Keys, number: int = 0) -> None:
        from difflib import get_close_matches

        for name in table:
            if name not in keys:
                close = get_close_matches(name, keys, 1)
                hint = (
                    f'unknown key; did you mean "{close[0]}"?'
                    if close
                    else f"unknown key; known are: {', '.join(keys)}"
                )
                self._say(f"{path}.{name}".lstrip("."), hint, number=number)

    def _made(self, path: str, kind: Callable[..., Any], values: Mapping[str, Any]) -> Any:
        try:
            return kind(**values)
        except ValidationError as problem:
            for error in problem.errors(include_input=False, include_url=False):
                name = ".".join(str(part) for part in error["loc"] if isinstance(part, str) and "[" not in part)
                if error["type"] != "missing":
                    self._say(f"{path}.{name}".rstrip("."), error["msg"].removeprefix("Value error, "))
            return None

    def _say(self, where: str, sentence: str, severity: Any = "fatal", *, number: int = 0, place: str = "") -> None:
        line = self.places.line(place or where, number)
        if not any(problem.where == where and problem.sentence == sentence for problem in self.problems):
            self.problems.append(Problem(where, line, where, "PLN003", sentence, severity))


def _written(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
