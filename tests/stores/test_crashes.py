"""Writers at once, killed writers, full disks, lost replies: what is acknowledged is there, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from ledger.ports import Appended, Store
from ledger.refusals import StoreUnusable
from ledger.stores.opening import open_sqlite
from ledger.stores.postgres import PostgresLedgerRecorder
from ledger.stores.postgres_opening import open_postgres
from ledger.stores.verification import verify_store
from stores.store_helpers import Address, append, batch

WRITER = """
import sys
from hashlib import sha256
from pathlib import Path
from ledger.ports import Batch, NewRecord
from ledger.stores.opening import open_store
address, key, name, count = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
store = open_store(address, create=True, signing_key_path=key)
for number in range(count):
    with store.writing(["A", name]):
        version = max((r.version for r in store.read("A")), default=0)
        command = f"{name}/{number}"
        batches = [
            Batch("A", version, (NewRecord("t.v1", command.encode()),) * 2),
            Batch(name, number, (NewRecord("t.v1", b"own"),)),
        ]
        digest = sha256(command.encode()).digest()
        done = store.append(batches, actor=name, idempotency_key=command, digest=digest, recorded_at=number)
    print(command, done.first, done.last, flush=True)
store.close()
"""


def writer(address: Address, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, address.text, str(address.key), name, str(count)]
    path = os.pathsep.join(part for part in sys.path if part)
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_two_processes_that_create_and_write_at_once_lose_nothing(address: Address) -> None:
    writers = [writer(address, name, 15) for name in ("one", "two")]
    lines = [line for process in writers for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in writers] == [0, 0]
    assert len(lines) == 30
    store = address.open()
    assert verify_store(store).events == 90
    assert [r.version for r in store.read("A")] == list(range(1, 61))
    store.close()


def test_a_killed_writer_loses_nothing_it_acknowledged(address: Address) -> None:
    acknowledged: list[str] = []
    for round_number in range(3):
        process = writer(address, f"w{round_number}", 10_000)
        assert process.stdout is not None
        for line in process.stdout:
            acknowledged.append(line)
            if len(acknowledged) >= 5 * (round_number + 1):
                break
        process.send_signal(signal.SIGKILL)
        acknowledged.extend(line for line in process.stdout if line.endswith("\n"))
        process.wait()
        process.stdout.close()
    store = address.open()
    verified = verify_store(store)
    assert verified.events % 3 == 0
    assert len(acknowledged) <= verified.events // 3 <= len(acknowledged) + 3
    for line in acknowledged:
        key, first, last = line.split()
        found = store.recorded_under(key)
        assert found is not None
        assert found[0] == Appended(int(first), int(last))
    store.close()


HALF_WRITTEN = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
for number in range(2, 300):
    row = (number, "A", number, "t", bytes(5000), "eve", "k", 0, bytes(32))
    connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_half_written_transaction_is_undone_when_the_ledger_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "plan.ledger"
    store = open_sqlite(path, create=True)
    append(store, "1", batch("A", 0, "a"))
    store.close()
    size = path.stat().st_size
    killed = subprocess.run([sys.executable, "-c", HALF_WRITTEN, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.stat().st_size > size or (tmp_path / "plan.ledger-wal").exists()
    store = open_sqlite(path)
    assert verify_store(store).events == 1
    assert append(store, "2", batch("A", 1, "b")) == Appended(2, 2)
    store.close()


def test_threads_of_one_process_wait_for_each_other(store: Store) -> None:
    def write(name: str) -> None:
        for number in range(5):
            with store.writing(["A"]):
                version = len(list(store.read("A")))
                append(store, f"{name}{number}", batch("A", version, name))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify_store(store).events == 20


def test_a_full_disk_records_nothing_and_says_so(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "plan.ledger", create=True)
    append(store, "1", batch("A", 0, "a"))
    with store.datastore.get_connection(commit=True) as connection:
        connection.cursor().execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreUnusable, match="disk is full"):
        append(store, "2", batch("A", 1, "b" * 500_000))
    assert verify_store(store).events == 1
    store.close()
    store = open_sqlite(tmp_path / "plan.ledger")
    assert append(store, "2", batch("A", 1, "b" * 500_000)) == Appended(2, 2)
    store.close()


class CutAfter(PostgresLedgerRecorder):
    """The server commits, and the line breaks before the client hears of it."""

    def _commit(self, connection: psycopg.Connection[object]) -> None:
        super()._commit(connection)
        connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")


class CutBefore(PostgresLedgerRecorder):
    """The line breaks before the commit reaches the server."""

    def _commit(self, connection: psycopg.Connection[object]) -> None:
        connection.close()
        super()._commit(connection)


def reopened(kind: type[PostgresLedgerRecorder], url: str, key: Path) -> PostgresLedgerRecorder:
    store = open_postgres(url, create=True, signing_key_path=key)
    store.__class__ = kind
    return store


def test_a_lost_reply_is_resolved_by_reading_back(postgres_url: str, tmp_path: Path) -> None:
    store = reopened(CutAfter, postgres_url, tmp_path / "key")
    for number in range(5):
        assert append(store, str(number), batch("A", number, "a")) == Appended(number + 1, number + 1)
    assert append(store, "3", batch("A", 3, "a")) == Appended(4, 4, again=True)
    assert verify_store(store).events == 5
    store.close()


def test_a_commit_that_never_arrived_is_said_to_be_not_recorded(postgres_url: str, tmp_path: Path) -> None:
    store = reopened(CutBefore, postgres_url, tmp_path / "key")
    with pytest.raises(StoreUnusable, match="nothing was recorded"):
        append(store, "1", batch("A", 0, "a"))
    assert verify_store(store).events == 0
    store.__class__ = PostgresLedgerRecorder
    assert append(store, "1", batch("A", 0, "a")) == Appended(1, 1)
    store.close()


def test_a_large_batch_passes_through_postgres_without_hanging(postgres_url: str, tmp_path: Path) -> None:
    store = open_postgres(postgres_url, create=True, signing_key_path=tmp_path / "key")
    append(store, "1", batch("A", 0, *("x" * 1_000_000 for _ in range(20))))
    assert sum(len(record.state) for record in store.read("A")) == 20_000_000
    store.close()


def test_connections_cut_by_the_server_at_any_moment_lose_and_double_nothing(postgres_url: str, tmp_path: Path) -> None:
    store = open_postgres(postgres_url, create=True, signing_key_path=tmp_path / "key")
    finished, attempts, cuts = threading.Event(), [0], [0]
    others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"

    def cut() -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            # A slow machine gets longer between the cuts of one append, and comes through whatever it is slow at.
            while not finished.wait(0.01 * 1.1 ** attempts[0]):
                cuts[0] += len(connection.execute(kill.encode()).fetchall())

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        for number in range(60):
            for attempts[0] in range(100):
                try:
                    append(store, str(number), batch("A", number, "a"))
                    break
                except StoreUnusable:
                    continue
            else:
                pytest.fail("a hundred cuts in a row")
    finally:
        finished.set()
        cutter.join()
    assert verify_store(store).events == 60 and cuts[0]
    store.close()


def test_a_page_of_a_plan_is_a_walk_along_an_index(postgres_url: str, tmp_path: Path) -> None:
    store = open_postgres(postgres_url, create=True, signing_key_path=tmp_path / "key")
    append(store, "1", batch("A", 0, *("x" * 100 for _ in range(3000))))
    where = "plan = 'A' AND version > 5 AND position > 5 ORDER BY version LIMIT 9"
    with store._reading() as cursor:
        cursor.execute(f"EXPLAIN SELECT * FROM claimfund.events WHERE {where}".encode())
        lines = [str(line) for (line,) in cursor]
    assert any("Index Scan using events_plan_version" in line for line in lines)
    assert not any("Sort" in line for line in lines)
    store.close()
