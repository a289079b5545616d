"""The schedules of an audit pack: the statement of a plan year and what stands behind it, all of one date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from claimfund.output import Report
from claimfund.session import Session
from claimfund.stamps import second_line, stamp
from claimfund.tables import Rule, Table

if TYPE_CHECKING:
    from projections.history import History


@dataclass(frozen=True)
class Schedule:
    """One schedule: the name of its files, its title, what it shows, and the report (none when there is nothing)."""

    name: str
    title: str
    shows: str
    report: Report | None


def schedules(session: Session, year: int, as_of: date, known_at: str | None, over: int) -> Iterator[Schedule]:
    """Every schedule of a plan year, in the order of the index; amounts above ``over`` list a claimant by name."""
    from claimfund.aggregate_report import aggregate_report
    from claimfund.bucket_report import bucket_report
    from claimfund.carrier_reports import ageing_report
    from claimfund.commands.claimants import claimants_report
    from claimfund.commands.events import events_report
    from claimfund.commands.position import position_report
    from claimfund.options import known_position
    from claimfund.stop_loss_reports import specific_report

    reached = known_position(session, known_at)
    history = session.history(reached)
    asked = (session, year, as_of, known_at)
    yield Schedule("statement", "Statement of the claims fund", "Position with the plan year before, three views.",
                   position_report(*asked))  # fmt: skip
    yield Schedule("months", "Month by month", "Budget, claims, fees, funding and closing of every month.",
                   position_report(*asked, monthly=True, compare="none"))  # fmt: skip
    for name, title, shows, made in (
        ("specific", "Specific stop-loss register", "Every member against the deductible.",
         lambda: specific_report(*asked, everybody=True)),
        ("aggregate", "Aggregate stop-loss register", "Eligible claims against the attachment point, by month.",
         lambda: aggregate_report(*asked, monthly=True)),
        ("buckets", "Stop-loss buckets", "Where every net paid cent stands under each policy.",
         lambda: bucket_report(session, year, None, as_of, known_at)),
    ):  # fmt: skip
        yield Schedule(name, title, shows, _when_bound(history, year, name, made))
    yield Schedule("claimants", "Large claimants", "Members over the threshold, by pseudonym.",
                   claimants_report(*asked, over))  # fmt: skip
    yield Schedule("ageing", "Stop-loss receivable by age", "Every filing with what is outstanding on it.",
                   ageing_report(session, as_of, known_at) if history.facts.filings else None)  # fmt: skip
    yield from _settlements(session, history, year, reached)
    yield _exceptions(session, history, year, reached)
    yield Schedule("imports", "Imports with control totals", "What was read, recorded and left out of every file.",
                   imports_report(session, history, reached))  # fmt: skip
    yield Schedule("events", "Register of events", "Everything that was recorded, in order, by whom.",
                   events_report(session, known_at))  # fmt: skip


def _when_bound(history: History, year: int, name: str, made: Callable[[], Report]) -> Report | None:
    specific, aggregate = history.specific_policies(year), history.aggregate_policies(year)
    wanted = {"specific": specific, "aggregate": aggregate, "buckets": [*specific, *aggregate]}
    return made() if wanted[name] else None


def _settlements(session: Session, history: History, year: int, reached: int | None) -> Iterator[Schedule]:
    from claimfund.settlements import list_report, posted_report

    found = [posted for posted in history.facts.settlements.values() if posted.year == year]
    yield Schedule("settlements", "Settlements", "Every settlement that was posted.",
                   list_report(session, history, reached) if history.facts.settlements else None)  # fmt: skip
    for posted in found:
        report = posted_report(session, history, posted, reached)
        title, shows = f"Settlement {posted.settlement}", "As it was posted; it never changes."
        yield Schedule(f"settlement-{posted.settlement}", title, shows, report)


def _exceptions(session: Session, history: History, year: int, reached: int | None) -> Schedule:
    from claimfund.commands.exceptions import exceptions_report
    from projections.exceptions import exceptions

    report = exceptions_report(session, history, year, exceptions(history, year), reached)
    return Schedule("exceptions", "Exceptions", "What was recorded after its month was closed, and why.", report)


def imports_report(session: Session, history: History, reached: int | None) -> Report:
    """Every file that was taken in or refused, with its hash, and rows and amounts that add up to what was read."""
    from ledger.money import money

    kinds = ("recorded", "duplicate", "not_ours", "quarantined")
    names = ("file", "sha256", "importer", "rows_read", *(f"rows_{kind}" for kind in kinds),
             *(f"amount_{kind}" for kind in kinds), "refused")  # fmt: skip
    rows: list[dict[str, Any]] = []
    table = Table((
        ("File", "text"), ("SHA-256", "text"), ("Read", "count"), ("Recorded", "count"), ("Known", "count"),
        ("Not ours", "count"), ("Set aside", "count"), ("Amount recorded", "amount"), ("Amount known", "amount"),
        ("Amount set aside", "amount"),
    ))  # fmt: skip
    for taken in history.facts.imports.values():
        counts = [getattr(taken, f"rows_{kind}") for kind in kinds]
        cents = [getattr(taken, f"cents_{kind}") for kind in kinds]
        rows.append({
            "file": taken.name, "sha256": taken.file_sha256, "importer": taken.importer, "rows_read": taken.rows_read,
            **{f"rows_{kind}": count for kind, count in zip(kinds, counts, strict=True)},
            **{f"amount_{kind}": money(amount) for kind, amount in zip(kinds, cents, strict=True)},
            "refused": "",
        })  # fmt: skip
        table.rows.append([taken.name, taken.file_sha256[:16], taken.rows_read, *counts, cents[0], cents[1], cents[3]])
    for refused in history.facts.refused_imports:
        rows.append({
            "file": refused.name, "sha256": refused.file_sha256, "importer": refused.importer,
            "rows_read": refused.rows_read, **{f"rows_{kind}": 0 for kind in kinds},
            **{f"amount_{kind}": money(0) for kind in kinds}, "refused": " ".join(refused.codes),
        })  # fmt: skip
        table.rows.append([f"{refused.name} (refused whole)", refused.file_sha256[:16], refused.rows_read,
                           0, 0, 0, 0, 0, 0, 0])  # fmt: skip
    sums = [sum(row[at] for row in table.rows if not isinstance(row, Rule)) for at in range(2, 10)]  # type: ignore[misc]
    if rows:
        table.rows += [Rule(), ["Total", "", *sums], Rule(double=True)]
    notes = [] if rows else ["No file was imported; registers were recorded directly."]
    stamped = stamp(session, None, reached)
    headers = ["Imports with control totals", second_line(stamped)]
    data = {"imports": rows}
    return Report("imports", "report audit-pack", stamped, data, headers, [table] if rows else [], notes, rows, names)
