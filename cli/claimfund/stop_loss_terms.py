"""Changed stop-loss terms as they are typed: ``specific.deductible=75000``, or the tables of a plan document."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.errors import Rejected
from claimfund.session import Session

if TYPE_CHECKING:
    from projections.what_if import Changes

_NOT_TERMS = ("policy", "carrier", "effective", "expires", "from", "lasers", "factors", "monthly_factor")
_LISTS, _FLAGS = ("covered",), ("laser_band_counts", "asd_counts_to_aggregate", "rebates_reduce", "accommodation")
_WHOLE = ("enrollment_lag_months", "terminal_months")
_OPTIONAL = (
    "annual_maximum", "lifetime_maximum", "run_in_limit_person", "run_in_limit_total", "attachment",
    "minimum_percent_of_first_month", "maximum",
)  # fmt: skip


def changes_of(session: Session, given: Sequence[str], document: Path | None, year: int) -> Changes:
    """The changes that options name; ``--set`` goes over what the document says."""
    from projections.what_if import Changes

    fields: dict[str, dict[str, Any]] = {"specific": {}, "aggregate": {}}
    for text in given:
        kind, name, value = _parsed(text)
        fields[kind][name] = value
    tables = {} if document is None else _tables(session, document, year)
    return Changes(specific=fields["specific"], aggregate=fields["aggregate"], **tables)


def known_keys() -> dict[str, Any]:
    """Every key that ``--set`` takes, with its reader."""
    from ledger.intake.plan_keys import AGGREGATE, SPECIFIC

    found = {
        f"{kind}.{name}": reader
        for kind, keys in (("specific", SPECIFIC), ("aggregate", AGGREGATE))
        for name, reader in keys.items()
        if name not in _NOT_TERMS
    }
    return {**found, "aggregate.corridor": found["aggregate.attachment"]}


def _parsed(text: str) -> tuple[str, str, Any]:
    path, sign, written = (part.strip() for part in text.partition("="))
    keys = known_keys()
    if not sign or not written:
        raise Rejected(f"--set {text!r} is not KEY=VALUE.", "Write for example: --set specific.deductible=75000.00")
    if path not in keys:
        close = get_close_matches(path, keys, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known are: {', '.join(sorted(keys))}."
        raise Rejected(f"--set {path}: unknown key.", hint)
    kind, _, name = path.partition(".")
    name = "attachment" if name == "corridor" else name
    try:
        return kind, name, _value(name, written, keys[path])
    except ValueError as problem:
        raise Rejected(f"--set {path} = {written!r}: this value cannot be used.", f"{problem}.") from None


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


def _tables(session: Session, document: Path, year: int) -> dict[str, Any]:
    from claimfund.commands.plan import checked
    from ledger.commands import BindPolicy, SetFactor, SetLaser
    from ledger.stop_loss import Factor

    read = checked(session, document, year).commands
    bound = [each for each in read if isinstance(each, BindPolicy)]
    specifics = [each.specific for each in bound if each.specific is not None]
    aggregates = [each.aggregate for each in bound if each.aggregate is not None]
    if len(specifics) > 1:
        raise Rejected(
            f"{document} names {len(specifics)} specific policies.", "Keep one [stop_loss.specific] table in it."
        )
    found: dict[str, Any] = {}
    if specifics:
        lasers = tuple(each.laser for each in read if isinstance(each, SetLaser))
        found |= {"specific_terms": specifics[0], "lasers": lasers}
    if aggregates:
        # The document's factors hold from the first month of the year they are tried on.
        made = [Factor(f.tier, f.coverage, f.factor, "1900-01") for f in read if isinstance(f, SetFactor)]
        found |= {"aggregate_terms": aggregates[0], "factors": tuple(made)}
    return found
