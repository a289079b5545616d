"""``claimfund replay``: work every figure out again from the first event; never overwrites anything."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from claimfund.errors import DIFFERENCES, Failed, Rejected
from claimfund.options import CUTOFF, FILE, output, pass_session, placed
from claimfund.output import Report, emit
from claimfund.session import Session
from claimfund.stamps import stamp


@click.command(
    "replay", epilog="\b\nExamples:\n  claimfund replay\n  claimfund replay --until 2025-12-31 --into figures.json"
)
@click.option("--until", type=CUTOFF, metavar="DATE", help="Figures as of this date; default: each year's last day.")
@click.option(
    "--into", type=FILE, metavar="FILE", help="Keep the figures in a new JSON file, or compare with one kept earlier."
)
@output
@placed
@pass_session
def command(
    session: Session, until: date | None, into: Path | None, form: str | None, as_json: bool, out: Path | None
) -> None:
    """Replay the history twice and compare every figure."""
    from claimfund.replaying import all_figures, differences

    plan = session.plan
    counted, wrong = differences(session, plan, until)
    if into is not None:
        wrong += _kept(into, all_figures(session, plan, until))
    if wrong:
        raise Failed(f"{len(wrong)} of {counted} figures differ.", details=wrong[:20], code=DIFFERENCES)
    head = session.head
    said = f"Replayed {head.size:,} events of plan {plan} twice: {counted:,} figures, all identical. Head {head.short}."
    data = {"events": head.size, "figures": counted, "identical": True}
    report = Report("replay", "replay", stamp(session, until, None), data, [said], (), (), [data])
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
