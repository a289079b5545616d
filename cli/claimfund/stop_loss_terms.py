"""Changed stop-loss terms as they are typed: ``specific.deductible=75000``, or the tables of a plan document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.errors import Rejected
from claimfund.session import Session

if TYPE_CHECKING:
    from ledger.stop_loss import Factor
    from ledger.terms import Laser
    from projections.history import History
    from projections.what_if import Change, Changes

_NOT_TERMS = ("policy", "carrier", "from", "lasers", "factors", "monthly_factor")
_DATES = ("effective", "expires")
_LISTS, _FLAGS = ("covered",), ("laser_band_counts", "asd_counts_to_aggregate", "rebates_reduce", "accommodation")
_WHOLE = ("enrollment_lag_months", "terminal_months")
_OPTIONAL = (
    "annual_maximum", "lifetime_maximum", "run_in_limit_person", "run_in_limit_total", "attachment", "expires",
    "minimum_percent_of_first_month", "maximum", "monthly_minimum",
)  # fmt: skip
_EXAMPLE = "Write for example: --set specific.deductible=75000.00 or --set SP-25.specific.laser.M-1=250000.00"


@dataclass
class _Typed:
    """What was typed about one policy, or about all of a kind."""

    terms: dict[str, Any] = field(default_factory=dict)
    dates: dict[str, Any] = field(default_factory=dict)
    laser_of: dict[str, Laser | None] = field(default_factory=dict)
    factor_of: dict[tuple[str, str | None], Factor | None] = field(default_factory=dict)

    def change(self, **whole: Any) -> Change:
        from projections.what_if import Change

        return Change(self.terms, dates=self.dates, laser_of=self.laser_of, factor_of=self.factor_of, **whole)


def changes_of(session: Session, history: History, given: Sequence[str], document: Path | None, year: int) -> Changes:
    """The changes that options name; ``--set`` goes over what the document says, a named policy over its kind."""
    from projections.what_if import Changes

    kinds = {own.policy: "specific" for own in history.specific_policies(year)}
    kinds |= {own.policy: "aggregate" for own in history.aggregate_policies(year)}
    typed: dict[str, _Typed] = {"specific": _Typed(), "aggregate": _Typed()}
    for text in given:
        path, sign, written = (part.strip() for part in text.partition("="))
        if not sign or not written:
            raise Rejected(f"--set {text!r} is not KEY=VALUE.", _EXAMPLE)
        whom, kind, name = _named(path, kinds)
        _take(typed.setdefault(whom, _Typed()), kind, name, path, written)
    tables = {} if document is None else _tables(session, document, year)
    return Changes(
        specific=typed.pop("specific").change(**tables.get("specific", {})),
        aggregate=typed.pop("aggregate").change(**tables.get("aggregate", {})),
        named={name: each.change() for name, each in typed.items()},
    )


def known_keys() -> dict[str, Any]:
    """Every key that ``--set`` takes, with its reader."""
    from ledger.intake.plan_keys import AGGREGATE, SPECIFIC, amount, factor

    found = {
        f"{kind}.{name}": reader
        for kind, keys in (("specific", SPECIFIC), ("aggregate", AGGREGATE))
        for name, reader in keys.items()
        if name not in _NOT_TERMS
    }
    more = {"specific.laser": amount, "aggregate.factor": factor}
    return {**found, **more, "aggregate.corridor": found["aggregate.attachment"]}


def _named(path: str, kinds: dict[str, str]) -> tuple[str, str, str]:
    """Whom a key is about (a policy, or all of a kind), its kind, and the rest of it."""
    for policy in sorted(kinds, key=len, reverse=True):
        if path.startswith(f"{policy}."):
            rest = path.removeprefix(f"{policy}.").removeprefix(f"{kinds[policy]}.")
            return policy, kinds[policy], rest
    kind, _, name = path.partition(".")
    if kind not in ("specific", "aggregate"):
        close = get_close_matches(kind, ("specific", "aggregate", *kinds), 1)
        known = ", ".join(kinds) or "none"
        raise Rejected(f"--set {path}: {kind!r} is neither a kind of policy nor a policy of the year.",
                       f"Did you mean {close[0]!r}?" if close else f"Policies of the year are: {known}.")  # fmt: skip
    return kind, kind, name


def _take(typed: _Typed, kind: str, name: str, path: str, written: str) -> None:
    keys = known_keys()
    head, _, rest = name.partition(".")
    known = f"{kind}.{head}"
    if known not in keys or bool(rest) != (head in ("laser", "factor")):
        close = get_close_matches(f"{kind}.{name}", keys, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known are: {', '.join(sorted(keys))}."
        raise Rejected(f"--set {path}: unknown key.", hint)
    try:
        if head == "laser":
            typed.laser_of[rest] = _laser(rest, written)
        elif head == "factor":
            tier, _, coverage = rest.partition(".")
            typed.factor_of[tier, coverage or None] = _factor(tier, coverage, written)
        elif head in _DATES:
            typed.dates[head] = _value(head, written, keys[known])
        else:
            term = "attachment" if head == "corridor" else head
            typed.terms[term] = _value(term, written, keys[known])
    except ValueError as problem:
        raise Rejected(f"--set {path} = {written!r}: this value cannot be used.", f"{problem}.") from None


def _laser(member: str, written: str) -> Laser | None:
    """``250000.00``, ``excluded`` or ``none``; with ``@FROM..TO`` between two dates."""
    from ledger.intake.plan_keys import amount, code, day
    from ledger.terms import Laser

    if written == "none":
        return None
    level, at, span = written.partition("@")
    start, dots, end = span.partition("..")
    if at and not start and not end:
        raise ValueError("write the dates after @ as 2025-01-01..2025-06-30")
    return Laser(
        member=code(member),
        excluded=level == "excluded",
        deductible=None if level == "excluded" else amount(level),
        from_date=day(start) if start else None,
        to_date=day(end) if dots and end else None,
    )


def _factor(tier: str, coverage: str, written: str) -> Factor | None:
    from ledger.intake.plan_keys import FACTOR, code, factor
    from ledger.stop_loss import Factor
    from projections.what_if import ALWAYS

    line = FACTOR["coverage"](coverage) if coverage else None
    return None if written == "none" else Factor(code(tier), line, factor(written), ALWAYS)


def _value(name: str, written: str, reader: Any) -> Any:
    if written == "none" and name in _OPTIONAL:
        return None
    value: Any = written
    if name in _LISTS:
        value = [part.strip() for part in written.split(",")]
    elif name in _FLAGS:
        if written not in ("true", "false"):
            raise ValueError("write true or false")
        value = written == "true"
    elif name in _WHOLE and written.isascii() and written.isdecimal():
        value = int(written)
    return reader(value)


def _tables(session: Session, document: Path, year: int) -> dict[str, dict[str, Any]]:
    from claimfund.commands.plan import checked
    from ledger.commands import BindPolicy, SetFactor, SetLaser
    from ledger.stop_loss import Factor
    from projections.what_if import ALWAYS

    read = checked(session, document, year).commands
    bound = [each for each in read if isinstance(each, BindPolicy)]
    specifics = [each.specific for each in bound if each.specific is not None]
    aggregates = [each.aggregate for each in bound if each.aggregate is not None]
    if len(specifics) > 1:
        raise Rejected(
            f"{document} names {len(specifics)} specific policies.", "Keep one [stop_loss.specific] table in it."
        )
    found: dict[str, dict[str, Any]] = {}
    if specifics:
        lasers = tuple(each.laser for each in read if isinstance(each, SetLaser))
        found["specific"] = {"whole": specifics[0], "lasers": lasers}
    if aggregates:
        made = [Factor(f.tier, f.coverage, f.factor, ALWAYS) for f in read if isinstance(f, SetFactor)]
        found["aggregate"] = {"whole": aggregates[0], "factors": tuple(made)}
    return found
