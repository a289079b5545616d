"""``claimfund replay``: work every figure out again from the first event; never overwrites anything."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import click

from claimfund.errors import DIFFERENCES, Failed, Rejected
from claimfund.options import CUTOFF, any_position, output, pass_session, placed
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp


@click.command(
    "replay",
    epilog="\b\nExamples:\n  claimfund replay\n  claimfund replay --until 2025-12-31 --into figures.json\n"
    "  claimfund replay --until 18196 --into check.ledger",
)
@click.option(
    "--until", metavar="DATE|EVENT",
    help="Figures as of this date (default: each year's last day), or of what was recorded by this event; four digits "
    "are a year.",
)
@click.option(
    "--into", metavar="FILE|URL",
    help="Rebuild the ledger in a new .ledger file, or in a PostgreSQL database that holds none, and compare; or keep "
    "the figures in a new .json file, or compare with one kept earlier.",
)
@click.option("--known-at", metavar="EVENT|MOMENT", help="Only what was recorded by then.")
@output
@placed
@pass_session
def command(
    session: Session, until: str | None, into: str | None, known_at: str | None, form: str | None, as_json: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """Replay the history of every plan (or of --plan) twice and compare every figure."""
    from claimfund.counting import many
    from claimfund.replaying import all_replayed, begun_plans, rebuilt

    as_of, known_at = _ends(until, known_at)
    reached = any_position(session, known_at)
    plans = begun_plans(session, as_of, reached)
    in_database = into is not None and "://" in into
    ledger = into is not None and (in_database or Path(into).suffix == ".ledger")
    elsewhere = rebuilt(session, into, reached) if into is not None and ledger else None
    other = None if elsewhere is None else elsewhere.location
    if elsewhere is not None:
        elsewhere.close()
    keeps = into is not None and elsewhere is None
    counted, wrong, figures = 0, list[str](), dict[str, str]()
    for found in all_replayed(session, plans, until=as_of, reached=reached, other=other, texts=keeps):
        before = f"{found.plan}:" if len(plans) > 1 else ""
        counted += found.count
        wrong += [f"{before}{line}" for line in found.wrong]
        figures |= {f"{before}{name}": text for name, text in found.figures.items()}
    if keeps and into is not None:
        wrong += _kept(Path(into), figures)
    if wrong:
        raise Failed(f"{len(wrong)} of {counted} figures differ.", details=wrong[:20], code=DIFFERENCES)
    stamped = stamp(session, as_of, reached, all_plans=True)
    where = f"here and in {'a PostgreSQL database' if in_database else into}" if elsewhere is not None else "twice"
    of = f"plan {plans[0]}" if len(plans) == 1 else f"plans {', '.join(plans)}"
    said = (f"Replayed {many(stamped.last_event, 'event')} of {of} {where}: {counted:,} figures, all identical. "
            f"Head {stamped.head}.")  # fmt: skip
    data = {"plans": list(plans), "events": stamped.last_event, "figures": counted, "identical": True}
    report = Report("replay", "replay", stamped, data, [said, second_line(stamped)], (), (),
                    [{**data, "plans": " ".join(plans)}])  # fmt: skip
    emit(session, report, form=form, as_json=as_json, out=out)


def _ends(until: str | None, known_at: str | None) -> tuple[date | None, str | None]:
    """The date of the figures and the event or moment of what is known; a number that is no year is an event."""
    if until is None or not re.fullmatch(r"\d{1,12}", until, re.ASCII) or re.fullmatch("(19|20|21)[0-9]{2}", until):
        return (None if until is None else CUTOFF.convert(until, None, None)), known_at
    if known_at is not None:
        raise click.UsageError("--until names an event and so does --known-at. Give one of them.")
    return None, until


def _kept(path: Path, found: dict[str, str]) -> list[str]:
    """Write the figures to a new file; a file that is there is compared with and left as it is."""
    if not path.exists():
        with path.open("x", encoding="utf-8") as stream:
            json.dump(found, stream, indent=2, sort_keys=True)
        click.echo(f"Wrote {path}", err=True)
        return []
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        raise Rejected(f"{path} exists and holds no figures.", "Name a new file; nothing is overwritten.") from None
    if not isinstance(kept, dict):
        raise Rejected(f"{path} exists and holds no figures.", "Name a new file; nothing is overwritten.")
    names = sorted(kept.keys() | found.keys())
    return [f"{n}: {kept.get(n)} kept, {found.get(n)} now" for n in names if kept.get(n) != found.get(n)]
