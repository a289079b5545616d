"""Samples as reports, and the options that ask for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

import click

from claimfund.errors import Refused, Rejected
from claimfund.figures import TRACED
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.history import History
    from projections.sampling import Item, Sample
    from projections.traced_lines import TracedLines


@dataclass(frozen=True)
class Drawing:
    """How a sample is to be drawn."""

    size: int
    seed: int
    method: Literal["random", "monetary-unit"]


def sampling(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--sample``, ``--seed`` and ``--method`` as one argument ``drawing``, which is nothing without them."""

    @wraps(function)
    def asked(*args: Any, sample: int | None, seed: int | None, method: Any, **given: Any) -> Any:
        if (sample is None) != (seed is None) or (method is not None and sample is None):
            raise click.UsageError("A sample needs its size and a seed, to be drawn again: --sample 25 --seed 7")
        drawing = None if sample is None or seed is None else Drawing(sample, seed, method or "random")
        return function(*args, drawing=drawing, **given)

    of_size = click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Draw N items for testing.")
    seeded = click.option("--seed", type=click.IntRange(min=0), metavar="S", help="The same draws the same sample.")
    method = click.option("--method", type=click.Choice(("random", "monetary-unit")), help="Default: random.")
    return of_size(seeded(method(asked)))


def line_sample(
    session: Session, history: History, year: int, line: str, as_of: date, reached: int | None, drawing: Drawing,
    command: str = "trace position --sample",
) -> Report:  # fmt: skip
    """A sample of the events and payments behind a line of the position."""
    from projections.sampling import population

    try:
        items = population(history, year, line, as_of)
    except ValueError:
        raise Rejected(
            f"{line!r} is made of other lines, so no events stand directly behind it.",
            f"Sample one of its parts; see: claimfund trace position {year} --line {line}",
        ) from None
    about = {"year": year, "line": line}
    title = f"{TRACED[line]} {year}"
    return _report(session, history, items, title, about, as_of, reached, drawing, command)


def traced_report(
    session: Session, history: History, found: TracedLines, command: str, as_of: date, reached: int | None,
    drawing: Drawing | None, *, claims: bool = False,
) -> Report:  # fmt: skip
    """All that stands behind a traced figure, or a sample of its payments; ``claims`` shows claim numbers."""
    from claimfund.traced_lines_report import lines_report

    if drawing is not None:
        return lines_sample(session, history, found, command, as_of, reached, drawing)
    return lines_report(session, found, command, as_of, reached, claims=claims)


def lines_sample(
    session: Session, history: History, found: TracedLines, command: str, as_of: date, reached: int | None,
    drawing: Drawing,
) -> Report:  # fmt: skip
    """A sample of the payments behind a traced figure. Refused when it is not made of payments."""
    from projections.sampling import items_of

    items = items_of(history, found.lines)
    if not items:
        raise Refused(f"no payments enter the {found.figure}, so there is none to draw.",
                      "Leave out --sample to see what it is made of.")  # fmt: skip
    title = found.figure[0].upper() + found.figure[1:]
    about = {"line": found.figure}
    return _report(session, history, items, title, about, as_of, reached, drawing, f"{command} --sample")


def _report(
    session: Session, history: History, items: Sequence[Item], title: str, about: Mapping[str, Any], as_of: date,
    reached: int | None, drawing: Drawing, command: str,
) -> Report:  # fmt: skip
    """The sample, with what anybody needs to draw it again."""
    from ledger.money import money, shown
    from projections.sampling import draw

    found = draw(items, drawing.size, drawing.seed, drawing.method)
    stamped = stamp(session, as_of, reached)
    rows = [_row(history, n, item, hits) for n, (item, hits) in enumerate(zip(found.items, found.hits, strict=True), 1)]
    data: dict[str, Any] = {
        **about, "method": drawing.method, "seed": drawing.seed, "asked": drawing.size,
        "population": {
            "items": found.population, "amount": money(found.amount), "absolute": money(found.absolute),
        },
        "interval": None if found.interval is None else str(found.interval / 100),
        "items": rows,
    }  # fmt: skip
    headers = [
        f"{title}: {len(rows):,} of {found.population:,} items, {shown(found.amount)}",
        second_line(stamped),
        f"Drawn by {drawing.method}, seed {drawing.seed}, {drawing.size:,} asked for{_interval(found)}",
    ]
    notes = ["The same seed draws the same items from the same events on any machine."]
    return Report("trace-sample", command, stamped, data, headers, [_table(found, rows)], notes, rows)


def _interval(found: Sample) -> str:
    from ledger.money import shown

    return "" if found.interval is None else f", one in every {shown(round(found.interval))}"


def _row(history: History, number: int, item: Item, hits: int) -> dict[str, Any]:
    from ledger.money import money

    recorded = history.by_position[item.position]
    return {
        "number": number, "address": item.address, "kind": recorded.event.kind, "booked_on": item.day.isoformat(),
        "member": item.member, "amount": money(item.amount), "hits": hits, "source": recorded.about.source_sha256,
    }  # fmt: skip


def _table(found: Sample, rows: list[dict[str, Any]]) -> Table:
    columns: tuple[tuple[str, Any], ...] = (
        ("No.", "count"), ("Item", "text"), ("What", "text"), ("Booked", "text"), ("Member", "text"),
        ("Amount", "amount"),
    )  # fmt: skip
    table = Table(columns)
    for row, item in zip(rows, found.items, strict=True):
        what = row["kind"].replace("-", " ")
        table.rows.append([row["number"], item.address, what, row["booked_on"], item.member, item.amount])
    table.rows += [Rule(), [None, "Drawn", "", "", "", sum(item.amount for item in found.items)], Rule(double=True)]
    return table
