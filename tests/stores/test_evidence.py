"""An exported log is checked by one file that knows nothing of claimfund, and no changed bit passes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from claimfund.evidence import verify_claimfund_log as verifier
from claimfund.evidence.exporting import event_line, log_lines
from ledger.checkpoint import SigningKey
from ledger.ports import Head, Record
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.tree import EMPTY_ROOT
from stores.flipping import flips
from stores.store_helpers import append, batch


def filled(events: int = 200, said: str = "", key: SigningKey | None = None, each: int = 1) -> MemoryLedgerRecorder:
    """Events of two plans in turn, so many a command; ``said`` changes the one in the middle."""
    store = MemoryLedgerRecorder("audit")
    if key is not None:
        store._signer, store.verifying_key = key, key.verifying
        store._heads[0] = Head(0, EMPTY_ROOT, key.sign(0, EMPTY_ROOT))
    for number in range(0, events, each):
        states = [f"{n}{said if n == events // 2 else ''}" for n in range(number, number + each)]
        after = number // each // 2 * each
        append(store, str(number), batch("AB"[number // each % 2], after, *states), at=number)
    return store


def exported(store: MemoryLedgerRecorder) -> list[bytes]:
    return [line.encode() for line in log_lines(store, str(store.verifying_key))]


STORE = filled()
LINES = exported(STORE)
VKEY = str(STORE.verifying_key)


def test_an_untouched_log_has_the_root_of_its_ledger() -> None:
    found = verifier.verify_log(LINES, VKEY)
    assert (found.events, found.plans, found.checkpoints) == (200, 2, 201)
    assert found.root == STORE.head().root


def test_the_file_alone_verifies_a_log_without_our_packages(tmp_path: Path) -> None:
    (tmp_path / "v.py").write_bytes(Path(verifier.__file__).read_bytes())
    (tmp_path / "log.ndjson").write_bytes(b"".join(LINES))
    (tmp_path / "old").write_text(next(c for c in STORE.checkpoints() if c.size == 77).checkpoint, encoding="utf-8")
    words = [sys.executable, "-I", "v.py", "log.ndjson", "--vkey", VKEY, "--old-checkpoint", "old"]
    assert subprocess.run(words, cwd=tmp_path, check=True, capture_output=True).stdout.startswith(b"OK: 200 events")
    (tmp_path / "log.ndjson").write_bytes(b"".join([*LINES[:14], *LINES[17:]]))
    done = subprocess.run(words, cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 6
    assert b"VERIFICATION FAILED at event 5" in done.stderr


def test_one_flipped_bit_is_refused_and_the_event_it_touches_is_named() -> None:
    """Each 211th bit here: all bits of a byte, all kinds of fields. All: ``python -m reliability.bit_flips``."""
    store = filled(60, each=10)
    said = list(flips(exported(store), str(store.verifying_key), 211))
    assert len(said) > 400
    assert [number for number, touched, bad in said if bad is None or bad.position not in touched] == []


@pytest.mark.parametrize("position", [1, 2, 100, 199, 200])
def test_the_first_changed_event_is_named(position: int) -> None:
    at = next(n for n, line in enumerate(LINES) if line.startswith(b'{"position":%d,' % position))
    changed = [*LINES[:at], LINES[at].replace(b'"actor":"ada"', b'"actor":"eve"'), *LINES[at + 1 :]]
    with pytest.raises(verifier.Bad) as caught:
        verifier.verify_log(changed, VKEY)
    assert caught.value.position == position


def test_an_event_rewritten_with_its_leaf_is_found_by_the_signature() -> None:
    at = next(n for n, line in enumerate(LINES) if line.startswith(b'{"position":50,'))
    record = STORE.record(50)
    assert record is not None
    forged = Record(50, record.plan, record.version, record.topic, b"z", "ada", "49", record.recorded_at)
    with pytest.raises(verifier.Bad) as caught:
        verifier.verify_log([*LINES[:at], event_line(forged).encode(), *LINES[at + 1 :]], VKEY)
    assert caught.value.position == 50


def test_a_log_of_another_key_is_refused() -> None:
    with pytest.raises(verifier.Bad):
        verifier.verify_log(LINES, str(SigningKey.generate("claimfund/audit").verifying))


def test_an_older_backup_passes_alone_and_fails_against_a_kept_checkpoint() -> None:
    key = SigningKey.generate("claimfund/audit")
    kept, backup = filled(20, key=key).head().checkpoint, exported(filled(12, key=key))
    vkey = str(key.verifying)
    assert verifier.verify_log(backup, vkey).events == 12
    with pytest.raises(verifier.Bad, match="ends at event 12") as caught:
        verifier.verify_log(backup, vkey, kept)
    assert caught.value.position == 13


def test_a_past_rewritten_with_the_stolen_key_fails_only_against_a_kept_checkpoint() -> None:
    key = SigningKey.generate("claimfund/audit")
    kept, rewritten = filled(20, key=key).head().checkpoint, exported(filled(24, "x", key=key))
    vkey = str(key.verifying)
    assert verifier.verify_log(rewritten, vkey).events == 24
    with pytest.raises(verifier.Bad, match="not those of the checkpoint you kept"):
        verifier.verify_log(rewritten, vkey, kept)


def test_a_log_without_its_tail_is_refused() -> None:
    for end in (1, 2, 50, len(LINES) - 1):
        with pytest.raises(verifier.Bad):
            verifier.verify_log(LINES[:end], VKEY)


OF_B = [line.encode() for line in log_lines(STORE, VKEY, None, "B")]


def test_the_log_of_one_plan_proves_its_events_in_the_whole_tree_and_shows_nothing_of_another() -> None:
    found = verifier.verify_log(OF_B, VKEY, next(c for c in STORE.checkpoints() if c.size == 77).checkpoint)
    assert (found.events, found.plans, found.by_hash, found.plan) == (200, 1, 100, "B")
    assert (found.root, found.hidden[:2]) == (STORE.head().root, ((1, 1), (3, 3)))
    shown = b"".join(OF_B)
    for record in STORE.read("A"):
        assert event_line(record).encode() not in shown
        assert f'"idempotency_key":"{record.idempotency_key}"'.encode() not in shown
        assert f'"command":"{record.idempotency_key}"'.encode() not in shown


def test_one_flipped_bit_of_the_log_of_one_plan_is_refused_and_the_event_it_touches_is_named() -> None:
    store = filled(60, each=10)
    lines = [line.encode() for line in log_lines(store, str(store.verifying_key), None, "A")]
    said = list(flips(lines, str(store.verifying_key), 211))
    assert len(said) > 300
    assert [number for number, touched, bad in said if bad is None or bad.position not in touched] == []


def test_an_event_of_the_plan_cannot_be_hidden_among_the_others_while_a_later_one_is_shown() -> None:
    at = next(n for n, line in enumerate(OF_B) if line.startswith(b'{"position":50,'))
    leaf = json.loads(OF_B[at])["leaf"]
    hidden = verifier.plain_line({"hidden": 50, "leaf": leaf}).encode()
    command = next(n for n in range(at, len(OF_B)) if b'"command"' in OF_B[n])
    with pytest.raises(verifier.Bad, match="is not version 25 of its plan") as caught:
        verifier.verify_log([*OF_B[:at], hidden, *OF_B[at + 1 : command], *OF_B[command + 1 :]], VKEY)
    assert caught.value.position == 52


def test_a_log_that_says_it_shows_one_plan_is_refused_when_it_shows_another() -> None:
    lines = [
        LINES[0].replace(b"claimfund-log/v1", b"claimfund-plan-log/v1").replace(b'"}', b'","plan":"B"}'),
        *LINES[1:],
    ]
    with pytest.raises(verifier.Bad, match="is not of plan B") as caught:
        verifier.verify_log(lines, VKEY)
    assert caught.value.position == 1


def test_hashes_alone_are_no_events_of_a_whole_log() -> None:
    lines = [verifier.plain_line({"format": verifier.FORMAT, "vkey": VKEY}).encode(), *OF_B[1:]]
    with pytest.raises(verifier.Bad, match="not written as an export"):
        verifier.verify_log(lines, VKEY)


def test_of_a_long_log_the_newest_signature_is_always_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "ALL_UNTIL", 3)
    monkeypatch.setattr(verifier, "ONE_OF", 60)
    assert verifier.verify_log(LINES, VKEY).signatures == 7  # of 0, 1, 2, 60, 120, 180 and 200 events
    assert verifier.verify_log(LINES, VKEY, every_signature=True).signatures == 201
