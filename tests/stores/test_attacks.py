"""Attacks by who owns the database, and the control that finds each: the table of docs/audit.md, line by line.

The attacker drops the triggers, knows this program, and makes everything fit that needs no key: numbers, versions,
commands, leaf hashes and the frontier. Only the signing key and the checkpoints kept elsewhere are out of reach, unless
a line says otherwise.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claimfund.evidence.importing_log import checked_parts
from ledger.checkpoint import SigningKey, VerifyingKey, record_leaf
from ledger.ports import Head, Record, Store
from ledger.refusals import LedgerDamaged
from ledger.stores.keys import read_key
from ledger.stores.restoring import restore
from ledger.stores.verification import verify_store
from ledger.tree import Frontier
from stores.store_helpers import Address, append, batch
from stores.test_evidence import exported

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"
KEPT_AT = 7  # the auditor kept the checkpoint of so many events; the ledger has nine


def edited(records: list[Record], at: int) -> list[Record]:
    changed = list(records)
    changed[at - 1] = replace(changed[at - 1], state=b"900000")
    return changed


def deleted(records: list[Record]) -> list[Record]:
    return numbered([*records[:3], *records[4:]])


def inserted(records: list[Record]) -> list[Record]:
    new = replace(records[2], state=b"backdated", idempotency_key=records[2].idempotency_key)
    return numbered([*records[:3], new, *records[3:]])


def swapped(records: list[Record]) -> list[Record]:
    one, two = records[1], records[2]
    return numbered([records[0], replace(two, recorded_at=one.recorded_at), replace(one, recorded_at=two.recorded_at),
                     *records[3:]])  # fmt: skip


def numbered(records: Sequence[Record]) -> list[Record]:
    """The records with dense numbers and versions again."""
    versions: dict[str, int] = {}
    made = []
    for position, record in enumerate(records, start=1):
        versions[record.plan] = versions.get(record.plan, 0) + 1
        made.append(replace(record, position=position, version=versions[record.plan]))
    return made


def forge(
    address: Address, records: Sequence[Record], *, key: SigningKey | None = None, until: int | None = None,
    leaves_too: bool = True,
) -> None:  # fmt: skip
    """Write these records in place of those that are there; with the key every checkpoint is signed again."""
    store = address.open()
    heads, old = list(store.checkpoints()), list(store.leaf_hashes())  # type: ignore[attr-defined]
    digests = {r.idempotency_key: _digest(store, r.idempotency_key) for r in store.read()}
    store.close()
    leaves = [record_leaf(r) if leaves_too else old[r.position - 1][1] for r in records]
    frontier = Frontier()
    frontier.extend(leaves)
    if until is not None:
        heads = [head for head in heads if head.size <= until]
    if key is not None:
        heads = [Head(h.size, _root(leaves[: h.size]), key.sign(h.size, _root(leaves[: h.size]))) for h in heads]
    commands: dict[str, list[int]] = {}
    for record in records:
        commands.setdefault(record.idempotency_key, []).append(record.position)
    rows: dict[str, list[tuple[Any, ...]]] = {
        "events": [
            (r.position, r.plan, r.version, r.topic, r.state, r.actor, r.idempotency_key, r.recorded_at, leaf)
            for r, leaf in zip(records, leaves, strict=True)
        ],
        "commands": [(name, digests[name], at[0], at[-1]) for name, at in commands.items()],
        "checkpoints": [(head.size, head.root, head.checkpoint) for head in heads],
    }
    _write(address, rows, frontier.to_bytes())


def _digest(store: Store, key: str) -> bytes:
    known = store.recorded_under(key)
    assert known is not None
    return known[1]


def _root(leaves: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def _write(address: Address, rows: dict[str, list[tuple[Any, ...]]], frontier: bytes) -> None:
    """All of it in one transaction, so that a refused attack leaves the ledger as it was."""
    if address.kind == "sqlite":
        import sqlite3

        connection: Any = sqlite3.connect(address.text)
        mark = "?"
    else:
        import psycopg

        connection = psycopg.connect(address.text, options="-csearch_path=claimfund")
        mark = "%s"
    try:
        for table, found in rows.items():
            connection.execute(f"DELETE FROM {table}")
            for row in found:
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join([mark] * len(row))})", row)
        connection.execute(f"UPDATE head SET frontier = {mark}", (frontier,))
        connection.commit()
    finally:
        connection.close()


def backup(address: Address, older: list[bytes], vkey: VerifyingKey) -> None:
    """Put an older copy in the ledger's place, with its own signed checkpoints."""
    if address.kind == "sqlite":
        Path(address.text).unlink()
    else:
        address.sql("DROP SCHEMA claimfund CASCADE")
    restore(address.text, vkey, checked_parts(io.BytesIO(b"".join(older)), str(vkey)))


Forging = Callable[[Address, list[Record], SigningKey], None]
ATTACKS: dict[str, Forging] = {
    "an amount edited": lambda a, r, k: forge(a, edited(r, 3), leaves_too=False),
    "an amount edited, hashes made to fit": lambda a, r, k: forge(a, edited(r, 3)),
    "an event deleted, the rest moved up": lambda a, r, k: forge(a, deleted(r)),
    "an event inserted with an earlier date": lambda a, r, k: forge(a, inserted(r)),
    "two events swapped": lambda a, r, k: forge(a, swapped(r)),
    "the end cut back to a signed state": lambda a, r, k: forge(a, r[:4], until=4),
    "the past rewritten with the stolen signing key": lambda a, r, k: forge(a, edited(r, 3), key=k),
    "what came after the kept checkpoint rewritten with the stolen key": lambda a, r, k: forge(a, edited(r, 9), key=k),
}
BACKUP = "an older backup put in place, with its checkpoints"


def outcome(address: Address, attack: str) -> tuple[str, ...]:
    """What the triggers did, and whether leaf hashes, signed checkpoints and a kept checkpoint find the attack."""
    store = address.open(create=True)
    append(store, "1", batch("A", 0, "10", "20", "30"), batch("B", 0, "40"), at=10)
    older = exported(store)  # type: ignore[arg-type]
    append(store, "2", batch("A", 3, "50", "60", "70"), at=20)
    kept = store.head()
    assert kept.size == KEPT_AT
    append(store, "3", batch("B", 1, "80", "90"), at=30)
    records, key = list(store.read()), read_key(address.key)
    store.close()
    if attack == BACKUP:
        backup(address, older, key.verifying)
        triggers = "no"
    else:
        try:
            ATTACKS[attack](address, records, key)
        except Exception as refusal:  # each database has an exception of its own
            assert "only grows" in str(refusal)
            triggers = "refused"
        else:
            triggers = "no"
        address.drop_triggers("events", "commands", "checkpoints", "head")
        ATTACKS[attack](address, records, key)
    store = address.open()
    try:
        stored = store.leaf_hashes()  # type: ignore[attr-defined]
        fit = all(leaf == (r.position, record_leaf(r)) for r, leaf in zip(store.read(), stored, strict=True))
        try:
            signed = verify_store(store, vkey=str(key.verifying)).events > 0
        except LedgerDamaged:
            signed = False
        past = signed and any((head.size, head.root) == (kept.size, kept.root) for head in store.checkpoints())
    finally:
        store.close()
    return triggers, *("no" if holds else "found" for holds in (fit, signed, past))


def documented() -> dict[str, tuple[str, ...]]:
    """The table of the manual."""
    lines = PAGE.read_text(encoding="utf-8").split("## What is found, and by what")[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")]
    return {name: tuple(cells) for name, *cells in rows[2:]}


def test_the_manual_tells_of_every_attack() -> None:
    assert set(documented()) == {*ATTACKS, BACKUP}


@pytest.mark.parametrize("attack", [*ATTACKS, BACKUP])
def test_an_attack_is_found_by_the_controls_that_the_manual_names(address: Address, attack: str) -> None:
    assert outcome(address, attack) == documented()[attack]
