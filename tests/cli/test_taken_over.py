"""A log made elsewhere is looked through for personal data before it becomes a ledger; its bytes are never touched."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256

import numpy as np
import pytest

from cli.conftest import NOW, Run
from ledger import commands as cmd
from ledger import events as e
from ledger.codec import decode, encode
from ledger.command_text import spelled
from ledger.lines import Lines
from ledger.personal import ID, REFERENCE, looks_like, telling
from ledger.ports import Batch
from ledger.stores.opening import open_store

SSN, MAIL, NAME, PHONE = "987-65-4321", "jorinde.vanzq@example.org", "patient Jorinde Vanzq", "(555) 010-4411"
DAY = date(2025, 3, 1)


def canary_log(plan: Run, *events: e.Event, reason: str = "") -> None:
    """Export the log of a ledger in which events stand that no command here would have recorded."""
    (source,) = plan.folder.glob("*.ledger")
    store = open_store(str(source))
    version = max(record.version for record in store.read())
    records = tuple(encode(event, e.About(reason=reason)) for event in events)
    store.append([Batch("NW", version, records)], actor="m.ortiz", idempotency_key="elsewhere",
                 digest=sha256(b"elsewhere").digest(), recorded_at=NOW)  # fmt: skip
    plan.ok("export", "events", "-o", "log.ndjson")


def page(plan: Run, **texts: list[str]) -> e.Page:
    """The first payment of the ledger twice, with other texts in it."""
    (source,) = plan.folder.glob("*.ledger")
    own = next(event for record in open_store(str(source)).read() if isinstance(event := decode(record).event, e.Page))
    columns = {name: column.repeat(2) for name, column in own.lines.given().items()} | texts
    lines = Lines(columns)
    return type(own)(register_id="R-9", count=lines.count, control_total=lines.total(), lines=lines)


def test_a_log_with_personal_data_is_refused_whole_and_no_value_is_told(plan: Run) -> None:
    proposed = spelled(cmd.SetLegalHold("M-1", NAME))
    canary_log(
        plan,
        e.ProviderAdjustmentHeld(register_id="R-1", reason="WO", reference=MAIL, amount=1, effective_on=DAY),
        page(plan, claim_id=["C-7", SSN], division=["Denver, Colorado", ""], payment_ref=[PHONE, PHONE]),
        e.ChangeProposed(
            change="set-legal-hold",
            command=proposed,
            sha256=sha256(proposed.encode()).hexdigest(),
            summary="a hold",
            expires_on=date(2026, 4, 20),
        ),
        e.ExportProduced(report="x", form="json", params=(f"member={SSN}",), sha256="b" * 64, size=1),
        reason=NAME,
    )
    refused = plan("import", "events", "log.ndjson", "-L", "copy.db")
    assert refused.exit_code == 3 and not (plan.folder / "copy.db").exists()
    log = map(json.loads, (plan.folder / "log.ndjson").read_text(encoding="ascii").splitlines())
    first = next(line["position"] for line in log if line.get("topic") == e.ProviderAdjustmentHeld.topic())
    told = [line.strip() for line in refused.stderr.splitlines() if line.strip().startswith("Event ")]
    assert told == [
        f"Event {first}: reference looks like an e-mail address",
        f"Event {first}: reason looks like a name",
        f"Event {first + 1}: lines claim_id looks like a social security number",
        f"Event {first + 1}: lines payment_ref looks like a telephone number",
        f"Event {first + 1}: reason looks like a name",
        f"Event {first + 2}: command reason looks like a name",
        f"Event {first + 2}: reason looks like a name",
        f"Event {first + 3}: params member looks like a social security number",
        f"Event {first + 3}: reason looks like a name",
    ]
    assert "--accept-personal-data REASON" in refused.stderr
    assert not any(value in refused.output for value in (SSN, MAIL, "Jorinde", PHONE))


def test_it_is_taken_knowingly_with_a_reason_and_stays_byte_for_byte(plan: Run) -> None:
    canary_log(plan, page(plan, claim_id=["C-7", SSN]))
    for reason in (" ", NAME):
        assert plan("import", "events", "log.ndjson", "-L", "copy.db", "--accept-personal-data", reason).exit_code == 3
    taken = plan("import", "events", "log.ndjson", "-L", "copy.db", "--accept-personal-data", "case 118")
    assert taken.exit_code == 0 and "case 118" in taken.stderr and SSN not in taken.output
    assert "lines claim_id looks like a social security number" in taken.stderr
    plan.ok("export", "events", "-o", "again.ndjson", "-L", "copy.db")
    assert (plan.folder / "again.ndjson").read_bytes() == (plan.folder / "log.ndjson").read_bytes()


def test_a_log_without_any_says_nothing_of_it_whether_or_not_it_would_be_taken(plan: Run) -> None:
    plan.ok("export", "events", "-o", "log.ndjson")
    for name, more in (("one.db", ()), ("two.db", ("--accept-personal-data", "case 118"))):
        assert "personal" not in plan("import", "events", "log.ndjson", "-L", name, *more).output


@pytest.mark.parametrize(
    "text", [SSN, MAIL, PHONE, "Vanzq, Jorinde", "Vanzq,Jorinde", "A12.3", "987 65 4321", "jane roe", "C-1", "A.1"]
)
def test_no_text_that_looks_like_a_person_has_a_shape_that_is_passed_over(text: str) -> None:
    column = np.array([text.encode(), b"somewhat longer than the others"])
    assert telling(column)[0] or not (looks_like(text, ID) or looks_like(text, REFERENCE))
