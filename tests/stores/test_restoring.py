"""A ledger leaves whole and comes back whole, from any kind of store to any other."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimfund.evidence.importing_log import checked_parts
from claimfund.evidence.verify_claimfund_log import Bad
from ledger.checkpoint import VerifyingKey
from ledger.ports import Store
from ledger.refusals import StoreUnusable
from ledger.stores.opening import open_store
from ledger.stores.restoring import Part, restore, restore_memory
from ledger.stores.verification import Signed, verify_store
from stores.store_helpers import Address, append, batch
from stores.test_evidence import exported


def leaving(store: Store) -> tuple[VerifyingKey, Iterator[Part]]:
    """The ledger's key, and what its exported log holds."""
    assert isinstance(store, Signed)
    vkey = store.verifying_key
    return vkey, checked_parts(io.BytesIO(b"".join(exported(store))), str(vkey))


def moved(store: Store, target: Address) -> Store:
    """The ledger as it stands at the target after an export and an import."""
    restore(target.text, *leaving(store))
    return target.open()


def test_a_ledger_goes_from_sqlite_to_postgres_and_back_without_a_changed_byte(
    tmp_path: Path, postgres_url: str
) -> None:
    one = Address("sqlite", str(tmp_path / "one.ledger"), tmp_path / "plan.key").open(create=True)
    for number in range(40):
        states = [f"{number}-{line}\u00e9\x01" for line in range(number % 4 + 1)]
        after = len(list(one.read("AB"[number % 2])))
        append(one, f'k\u00fc"{number}', batch("AB"[number % 2], after, *states), at=number)
    two = moved(one, Address("postgres", postgres_url, tmp_path / "plan.key"))
    three = moved(two, Address("sqlite", str(tmp_path / "three.ledger"), tmp_path / "plan.key"))
    memory = restore_memory(*leaving(one))
    for store in (two, three, memory):
        assert exported(store) == exported(one)
        assert list(store.checkpoints()) == list(one.checkpoints())
        assert verify_store(store).events == one.head().size
        assert store.plans() == one.plans()
        assert store.recorded_under('k\u00fc"7') == one.recorded_under('k\u00fc"7')
    for store in (one, two, three):  # the key beside them is the ledger's own, so all record on alike
        append(store, "on", batch("A", len(list(store.read("A"))), "more"), at=50)
    assert two.head() == three.head() == one.head()
    with pytest.raises(StoreUnusable, match="signing key"):
        append(memory, "on", batch("A", len(list(memory.read("A"))), "more"), at=50)
    for store in (one, two, three):
        store.close()


def test_a_log_that_is_not_what_was_signed_leaves_nothing_behind(address: Address) -> None:
    source = open_store(str(address.key.with_name("source.ledger")), create=True)
    for number in range(3000 // 100):
        append(source, str(number), batch("A", number * 100, *("x" * 9 for _ in range(100))), at=number)
    lines, vkey = exported(source), leaving(source)[0]
    source.close()
    bad = next(n for n, line in enumerate(lines) if line.startswith(b'{"position":2999,'))
    lines[bad] = lines[bad].replace(b'"actor":"ada"', b'"actor":"eve"')
    with pytest.raises(Bad) as caught:
        restore(address.text, vkey, checked_parts(io.BytesIO(b"".join(lines)), str(vkey)))
    assert caught.value.position == 2999
    with pytest.raises(StoreUnusable, match=r"no ledger"):
        address.open()


def test_a_ledger_is_never_imported_over(address: Address) -> None:
    store = address.open(create=True)
    append(store, "1", batch("A", 0, "a"))
    with pytest.raises(StoreUnusable, match="imported only into"):
        moved(store, address)
    assert store.head().size == 1
    store.close()
