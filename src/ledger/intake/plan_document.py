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
from ledger.decide_policies import clash, mixed_units
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
from ledger.intake.policy_flags import hint as known_hint
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
        specifics = self._several("stop_loss.specific", SPECIFIC)
        aggregates = self._several("stop_loss.aggregate", AGGREGATE)
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
        overlap = {"overlap": loss.pop("overlap")} if "overlap" in loss else {}
        self._terms(plan, loss, fees, {**settlement, **privacy}, starts)
        for number, table in enumerate(specifics):
            self._specific({**overlap, **table}, starts, _numbered(f"SPEC-{year}", number), number)
        for number, table in enumerate(aggregates):
            self._aggregate({**overlap, **table}, starts, _numbered(f"AGG-{year}", number), number)
        bound = [each for each in self.commands if isinstance(each, BindPolicy)]
        if problem := mixed_units(bound):
            self._say("stop_loss.aggregate.per_person_limit", f"{problem.sentence} {problem.remedy}")
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

    def _specific(self, table: dict[str, Any], starts: date, policy: str, number: int) -> None:
        effective, expires = table.pop("effective", starts), table.pop("expires", None)
        carrier, lasers = table.pop("carrier", ""), table.pop("lasers", [])
        policy = table.pop("policy", policy)
        terms = self._made("stop_loss.specific", SpecificTerms, table)
        if terms is not None:
            made = BindPolicy(policy, effective, specific=terms, carrier=carrier, expires=expires)
            self._bound(made, "stop_loss.specific", number)
        for given in lasers:
            laser = self._made("stop_loss.specific.lasers", Laser, given)
            if laser is not None:
                self._fits(laser, terms, number)
                self.commands.append(SetLaser(policy, laser))

    def _fits(self, laser: Laser, terms: SpecificTerms | None, number: int) -> None:
        """A laser raises the deductible unless it says otherwise, and ends after it begins."""
        where = "stop_loss.specific.lasers"
        below = terms is not None and laser.deductible is not None and laser.deductible < terms.deductible
        if below and not laser.lower:
            sentence = f"the laser of {laser.member} is below the deductible; correct it, or say lower = true beside it"
            self._say(f"{where}.deductible", sentence, number=number, place=where)
        if laser.from_date is not None and laser.to_date is not None and laser.to_date < laser.from_date:
            sentence = f"the laser of {laser.member} ends before it begins; correct from or to, both are included"
            self._say(f"{where}.to", sentence, number=number, place=where)

    def _aggregate(self, table: dict[str, Any], starts: date, policy: str, number: int) -> None:
        effective, expires = table.pop("effective", starts), table.pop("expires", None)
        carrier, factors = table.pop("carrier", ""), table.pop("factors", [])
        flat, policy = table.pop("monthly_factor", None), table.pop("policy", policy)
        if (factors or flat) and "attachment" in table:
            self._say("stop_loss.aggregate.attachment", "give either attachment or factors, not both", number=number)
        terms = self._made("stop_loss.aggregate", AggregateTerms, table)
        if terms is not None:
            made = BindPolicy(policy, effective, aggregate=terms, carrier=carrier, expires=expires)
            self._bound(made, "stop_loss.aggregate", number)
            if not (terms.minimum_attachment or terms.monthly_minimum):
                sentence = (
                    "is not said; while a month has no enrollment (or budget) there is no attachment point then, and "
                    "nothing counts as due from the carrier"
                )
                self._say("stop_loss.aggregate.minimum_attachment", sentence, "warning", number=number)
        tiers = self._tiers()
        factors = factors or ([{"tier": tier, "factor": flat} for tier in tiers] if flat else [])
        named = {factor.get("tier") for factor in factors}
        if factors and (missing := [tier for tier in tiers if tier not in named]):
            sentence = f"has no factor for {', '.join(missing)}; lives there are refused until it has one"
            self._say("stop_loss.aggregate.factors", sentence, "warning", number=number)
        for factor in factors:
            if factor.get("tier") not in tiers:
                sentence = f"{factor.get('tier')} is not one of plan.tiers ({', '.join(tiers)}); correct it, or add it"
                self._say("stop_loss.aggregate.factors", sentence, number=number)
            self.commands.append(SetFactor(policy, from_month=month_of(effective), **factor))

    def _tiers(self) -> list[str]:
        plan = self.read.get("plan")
        named = plan.get("tiers") if isinstance(plan, Mapping) else None
        return [str(tier) for tier in named] if isinstance(named, list) and named else ["EE", "ES", "EC", "FAM"]

    def _bound(self, made: BindPolicy, path: str, number: int) -> None:
        """Put a policy in force beside those before it, unless it cannot be."""
        if made.expires is not None and made.expires < made.effective:
            sentence = f"is before the policy begins on {made.effective}; correct one of the two dates"
            self._say(f"{path}.expires = {made.expires}", sentence, number=number, place=f"{path}.expires")
        for other in self.commands:
            if not isinstance(other, BindPolicy):
                continue
            if other.policy == made.policy:
                sentence = f"{made.policy} is named twice; give each policy its own code"
                self._say(f"{path}.policy", sentence, number=number)
            elif (other.specific is None) == (made.specific is None) and (problem := clash(made, other)):
                self._say(f"{path}.overlap", f"{problem.sentence} {problem.remedy}", number=number, place=path)
        self.commands.append(made)

    def _approvals(self, table: dict[str, Any]) -> None:
        """What needs two people comes last: what the document itself says is not yet under it."""
        for name in ("manual_adjustment", "denial"):
            if f"{name}_above" in table and not table.get(name):
                self._say(f"approvals.{name}_above", f"needs {name} = true beside it")
        terms = self._made("approvals", ApprovalTerms, table) if table else None
        if terms is not None and terms.asked_for:
            self.commands.append(SetApprovals(terms))

    def _several(self, path: str, keys: Keys) -> list[dict[str, Any]]:
        """One table, or each of several written with two brackets."""
        found = self._at(path)
        if found is None:
            return []
        tables = found if isinstance(found, list) else [found]
        return [self._keys(path, table, keys, number) for number, table in enumerate(tables)]

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
                hint = known_hint(name) or (
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


def _numbered(name: str, number: int) -> str:
    return f"{name}-{number + 1}" if number else name


def _written(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
