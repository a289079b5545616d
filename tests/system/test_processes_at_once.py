"""Several processes on one ledger: all succeed, nothing is lost, nothing is recorded twice."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from system.machine import ask, at_once, begin, position_of, register, verified

OWN, SHARED, FUNDING = 700, 1000, 12_345_67


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A ledger with a plan, in a file or in PostgreSQL."""
    address = str(tmp_path / "plan.ledger") if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    begin(address, tmp_path)
    return str(address)


@pytest.mark.parametrize("count", [2, 4])
def test_processes_importing_funding_and_reading_at_once_lose_and_double_nothing(
    ledger: str, tmp_path: Path, count: int
) -> None:
    shared = tmp_path / "shared.csv"
    cents = register(shared, range(900_000, 900_000 + SHARED))
    name = f"file-{sha256(shared.read_bytes()).hexdigest()[:8]}"  # what is said of a file whose name may name somebody
    chains = []
    for number in range(count):
        own = tmp_path / f"own-{number}.csv"
        cents += register(own, range(number * OWN, (number + 1) * OWN))
        where = ["-L", ledger, "--actor", f"worker-{number}"]
        fund = ["fund", "receive", "--amount", "12345.67", "--date", "2025-02-03", "--reference", f"W-{number}"]
        commands = [
            ["import", "claims", str(shared)],
            ["position", "--year", "2025"],
            ["import", "claims", str(own)],
            fund,
            ["position", "--year", "2025"],
        ]
        chains.append([[*where, *command] for command in commands])
    for ended in at_once(chains):
        said = ended.out + ended.err
        assert ended.code == 0, said
        assert [line.split()[1] for line in ended.out.splitlines() if line.startswith("exit ")] == ["0"] * 5, said
        assert "conflict" not in said.lower()
        assert "Error" not in said
        assert "nothing was recorded twice" in said or f"{name} imported" in said or "imported before" in said
        assert not ended.err
    found = position_of(ledger)
    assert found["claims_paid"] == f"{cents // 100}.{cents % 100:02}"
    assert found["funding_received"] == f"{FUNDING * count // 100}.{FUNDING * count % 100:02}"
    verified(ledger)


@pytest.mark.parametrize("second", [range(1000), range(500, 1500)], ids=["the same rows", "half of the rows"])
def test_files_that_share_payments_imported_at_once_double_nothing_and_can_be_repeated(
    tmp_path: Path, second: range
) -> None:
    ledger = str(tmp_path / "plan.ledger")
    begin(ledger, tmp_path)
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for file, numbers in zip(files, (range(1000), second), strict=True):
        register(file, numbers)
    for ended in at_once([[["-L", ledger, "--actor", "worker", "import", "claims", str(file)]] for file in files]):
        assert "exit 0 " in ended.out or ("exit 4 " in ended.out and ended.err.startswith("Error: ")), ended
        assert "Traceback" not in ended.err
    verified(ledger)
    for file in files:
        result = ask("import", "claims", str(file), "-L", ledger)
        assert result.exit_code == 0, result.output
    cents = register(tmp_path / "union.csv", sorted({*range(1000), *second}))
    assert position_of(ledger)["claims_paid"] == f"{cents // 100}.{cents % 100:02}"
    verified(ledger)
