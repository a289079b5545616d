"""The first page of an audit pack: what it is of, what is in it, and how to check it without trusting who made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from claimfund.counting import many
from claimfund.evidence.pages import page, text
from claimfund.stamps import second_line, stamp

if TYPE_CHECKING:
    from claimfund.evidence.audit_pack import Asked, PackSession
    from claimfund.evidence.schedules import Schedule

FILES = {
    "events.ndjson": "Every event of the plan as stored, with every signed checkpoint.",
    "pack.json": "What was asked for; whoever has claimfund makes these pages again with it.",
    "checkpoint": "The signed state that this pack is of (C2SP tlog-checkpoint).",
    "previous-checkpoint": "The earlier signed state.",
    "consistency": "The proof that the earlier state is the past of this one.",
    "verify.txt": "What was checked when the pack was made, and how to check it again.",
}


def index_page(
    session: PackSession, asked: Asked, vkey: str, made: Sequence[Schedule], hashes: Mapping[str, str]
) -> str:
    """The index; ``hashes`` are those of the files written before it."""
    plan = session.history().facts.plan
    name = plan.name if plan is not None else session.plan
    stamped = stamp(session, asked.as_of, asked.reached)
    foot = "Members are pseudonyms. Amounts in parentheses are negative. MANIFEST.sha256 has the hash of every file."
    body = [*_schedules(made), *_evidence(asked, hashes), *_checking(session, vkey), *_hashes(hashes)]
    return page(f"Audit pack · {name} · plan year {asked.year}", [second_line(stamped)], body, text(foot))


def _schedules(made: Sequence[Schedule]) -> Iterator[str]:
    yield "<h2>Statement and schedules</h2>"
    yield _head("Schedule", "What it shows", "Data")
    for schedule in made:
        title, shows = text(schedule.title), text(schedule.shows)
        if schedule.report is None:
            yield f"<tr><td>{title}</td><td>{shows} None in this year.</td><td></td></tr>"
            continue
        name = text(schedule.name)
        data = f'<a href="{name}.csv">CSV</a>' if schedule.report.rows or schedule.report.columns else ""
        yield f'<tr><td><a href="{name}.html">{title}</a></td><td>{shows}</td><td>{data}</td></tr>'
    yield "</tbody></table>"


def _evidence(asked: Asked, hashes: Mapping[str, str]) -> Iterator[str]:
    yield "<h2>Evidence</h2>"
    yield _head("File", "What it is")
    for name, what in FILES.items():
        if name in hashes:
            yield f'<tr><td><a href="{name}">{name}</a></td><td>{text(what)}</td></tr>'
    count = sum(name.startswith("schemas/") for name in hashes)
    yield f"<tr><td>schemas/</td><td>{many(count, 'schema')} of the kinds of events in the log.</td></tr>"
    yield "</tbody></table>"
    said = f"The past is proven from {asked.since_why}." if asked.since else f"No consistency proof: {asked.since_why}."
    yield f'<p class="note">{text(said)}</p>'


def _checking(session: PackSession, vkey: str) -> Iterator[str]:
    head = session.head
    yield "<h2>How to check it</h2>"
    yield "<p>The program that checks this pack is not in it, on purpose: take it from an installation of your own"
    yield "with <code>claimfund export verifier</code>. Bring the verifying key and an earlier checkpoint from your own"
    yield "files.</p>"
    yield "<pre>python verify_claimfund_log.py PACK.zip --vkey KEY --old-checkpoint FILE</pre>"
    yield "<p>The key that signed is to be compared with the one you keep:</p>"
    yield f"<pre>{text(vkey)}</pre>"
    yield f"<p>{head.size:,} events; root (head) of the log:</p>"
    yield f"<pre>{head.root.hex()}</pre>"
    own = sum(1 for _ in session.store.read())
    if own < head.size:
        yield f"<p>{many(own, 'event')} of plan {text(session.plan)} are in <code>events.ndjson</code> as stored;"
        yield f"{head.size - own:,} of other plans of the same ledger only as hashes, which show nothing of them.</p>"
    yield "<p>Every page follows from <code>events.ndjson</code> and the dates in <code>pack.json</code>. With"
    yield "claimfund at hand all are made again and compared, byte by byte:</p>"
    yield "<pre>claimfund verify --pack PACK.zip --key KEY --against FILE</pre>"


def _hashes(hashes: Mapping[str, str]) -> Iterator[str]:
    yield "<h2>Hashes</h2>"
    yield _head("File", "SHA-256")
    for name, digest in sorted(hashes.items()):
        yield f'<tr><td>{text(name)}</td><td class="hash">{digest}</td></tr>'
    yield "</tbody></table>"


def _head(*names: str) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f'<table class="plain"><thead><tr>{heads}</tr></thead><tbody>'
