"""Files that were imported before, known by their bytes: answered from what was recorded, without reading a row."""

from __future__ import annotations

from pathlib import Path

from ledger import events as ev
from ledger.codec import decode
from ledger.handling import Ledger
from ledger.importing import ImportPlan, Part
from ledger.intake.reading import Bytes, Document, Reading, Source, source_of
from ledger.lines import Lines

_ACCEPTED = f"{ev.ImportBatchAccepted.kind}.v"


def known_file(ledger: Ledger, path: Path, seen: Bytes) -> ImportPlan | None:
    """What importing these bytes again would do: nothing; with the rows and minor units that they brought at first.

    Nothing when no file of these bytes was imported. A row that was recorded or known then is a duplicate now.
    """
    earlier = ledger.store.recorded_under(f"file:{seen.sha256}")
    if earlier is None:
        return None
    first, last = earlier[0].first, earlier[0].last
    records = ledger.store.read(after=first - 1, until=last)
    accepted = [(record.plan, decode(record).event) for record in records if record.topic.startswith(_ACCEPTED)]
    found = {plan: event for plan, event in accepted if isinstance(event, ev.ImportBatchAccepted)}
    if not found:
        return None
    parts = tuple(_part(plan, event) for plan, event in found.items())
    reading = _reading(path, seen, list(found.values()))
    return ImportPlan(
        digest=seen.sha256[:12],
        reading=reading,
        parts=parts,
        problems=(),
        refused=False,
        already_imported=True,
        quarantine=any(part.quarantined for part in parts),
        effective_on=None,
    )


def _part(plan: str, event: ev.ImportBatchAccepted) -> Part:
    nothing = Lines({}, 0)
    return Part(
        plan=plan,
        register_id=event.file_sha256[:16],
        document=Document(plan, event.file_sha256[:16], nothing, (), 0),
        lines=nothing,
        duplicates=event.rows_recorded + event.rows_duplicate,
        duplicate_cents=event.cents_recorded + event.cents_duplicate,
        quarantined=event.rows_quarantined,
        quarantined_cents=event.cents_quarantined,
    )


def _reading(path: Path, seen: Bytes, events: list[ev.ImportBatchAccepted]) -> Reading:
    """The sums of what was read at first, over all plans."""
    one = events[0]
    own = source_of(path, seen, one.importer.rpartition("/")[0], mapping=(one.mapping, one.mapping_sha256))
    source = Source(own.sha256, own.size, own.name, own.kind, own.mapping, own.mapping_sha256, one.importer)
    return Reading(
        source=source,
        documents=(),
        problems=(),
        rows_read=sum(event.rows_read for event in events),
        rows_not_ours=sum(event.rows_not_ours for event in events),
        cents_not_ours=sum(event.cents_not_ours for event in events),
        rows_bad=sum(event.rows_quarantined for event in events),
        cents_bad=sum(event.cents_quarantined for event in events),
        control=None,
        envelopes=one.envelopes,
    )
