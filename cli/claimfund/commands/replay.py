"""``claimfund replay``: work every figure out again from the first event; never overwrites anything."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from claimfund.errors import DIFFERENCES, Failed, Rejected
from claimfund.options import CUTOFF, FILE, begun_plan, known_position, output, pass_session, placed
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import second_line, stamp


@click.command(
    "replay",
    epilog="\b\nExamples:\n  claimfund replay\n  claimfund replay --until 2025-12-31 --into figures.json\n"
    "  claimfund replay --known-at 18196 --into check.ledger",
)
@click.option("--until", type=CUTOFF, metavar="DATE", help="Figures as of this date; default: each year's last day.")
@click.option(
    "--into", type=FILE, metavar="FILE",
    help="Rebuild the ledger in a new .ledger file and compare; or keep the figures in a new .json file, or compare "
    "with one kept earlier.",
)
@click.option("--known-at", metavar="EVENT|MOMENT", help="Only what was recorded by then.")
@output
@placed
@pass_session
def command(
    session: Session, until: date | None, into: Path | None, known_at: str | None, form: str | None, as_json: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """Replay the history twice and compare every figure."""
    from claimfund.replaying import all_figures, differences, rebuilt

    plan, reached = session.plan, known_position(session, known_at)
    begun_plan(session.history(reached), until)
    elsewhere = rebuilt(session, into, reached) if into is not None and into.suffix == ".ledger" else None
    counted, wrong = differences(session, plan, until, reached, other=elsewhere)
    if into is not None and elsewhere is None:
        wrong += _kept(into, all_figures(session, plan, until, reached))
    if wrong:
        raise Failed(f"{len(wrong)} of {counted} figures differ.", details=wrong[:20], code=DIFFERENCES)
    stamped = stamp(session, until, reached)
    where = f"here and in {into}" if elsewhere is not None else "twice"
    said = (f"Replayed {stamped.last_event:,} events of plan {plan} {where}: {counted:,} figures, all identical. "
            f"Head {stamped.head}.")  # fmt: skip
    data = {"events": stamped.last_event, "figures": counted, "identical": True}
    report = Report("replay", "replay", stamped, data, [said, second_line(stamped)], (), (), [data])
    emit(session, report, form=form, as_json=as_json, out=out)


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
