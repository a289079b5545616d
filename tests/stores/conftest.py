"""One store of each kind, under one contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.ports import Store
from ledger.stores.memory import MemoryLedgerRecorder
from ledger.stores.opening import open_store
from stores.store_helpers import Address


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    if request.param == "sqlite":
        return Address("sqlite", str(tmp_path / "plan.ledger"), tmp_path / "plan.key")
    return Address("postgres", request.getfixturevalue("postgres_url"), tmp_path / "plan.key")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        result: Store = MemoryLedgerRecorder()
    elif request.param == "sqlite":
        result = open_store(str(tmp_path / "plan.ledger"), create=True)
    else:
        url = request.getfixturevalue("postgres_url")
        result = open_store(url, create=True, signing_key_path=tmp_path / "plan.key")
    yield result
    result.close()
