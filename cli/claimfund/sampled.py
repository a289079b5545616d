"""Samples as reports."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.errors import Rejected
from claimfund.figures import LINES
from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from projections.history import History
    from projections.sampling import Item, Method, Sample


def sample_report(
    session: Session, history: History, year: int, line: str, as_of: date, reached: int | None, *,
    size: int, seed: int, method: Method,
) -> Report:  # fmt: skip
    """A sample of the events and payments behind a line, with what anybody needs to draw it again."""
    from ledger.money import money, shown
    from projections.sampling import draw, population

    try:
        items = population(history, year, line, as_of)
    except ValueError:
        raise Rejected(
            f"{line!r} is made of other lines, so no events stand directly behind it.",
            f"Sample one of its parts; see: claimfund trace position {year} --line {line}",
        ) from None
    found = draw(items, size, seed, method)
    stamped = stamp(session, as_of, reached)
    rows = [_row(history, n, item, hits) for n, (item, hits) in enumerate(zip(found.items, found.hits, strict=True), 1)]
    data: dict[str, Any] = {
        "year": year, "line": line, "method": method, "seed": seed, "asked": size,
        "population": {
            "items": found.population, "amount": money(found.amount), "absolute": money(found.absolute),
        },
        "interval": None if found.interval is None else str(found.interval / 100),
        "items": rows,
    }  # fmt: skip
    headers = [
        f"{LINES[line]} {year}: {len(rows):,} of {found.population:,} items, {shown(found.amount)}",
        second_line(stamped),
        f"Drawn by {method}, seed {seed}, {size:,} asked for{_interval(found)}",
    ]
    notes = ["The same seed draws the same items from the same events on any machine."]
    return Report("trace-sample", "trace position --sample", stamped, data, headers, [_table(found, rows)], notes, rows)


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
