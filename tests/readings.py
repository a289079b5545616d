"""What every machine has to print alike: run as a program, the SHA-256 of each report of the demo's ledger.

``python -m readings LEDGER [few]`` prints a JSON object, command to digest. Dates and event numbers are said, so that
no answer depends on the day.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner

from claimfund.main import cli
from claimfund.session import Session

KNOWN, LATE = "631", ("--as-of", "2026-03-31", "--known-at", "631")
COMMANDS: tuple[tuple[str, ...], ...] = (
    *(
        (*words, *LATE, *form)
        for words in (
            ("position", "--year", "2025"),
            ("position", "--year", "2025", "--monthly"),
            ("stoploss", "specific", "--year", "2025", "--all"),
            ("stoploss", "aggregate", "--year", "2025", "--monthly"),
            ("stoploss", "buckets", "--year", "2025"),
            ("stoploss", "notices", "--year", "2025"),
            ("stoploss", "ageing"),
            ("claimants", "--year", "2025"),
            ("trace", "position", "2025", "--line", "claims-paid", "--sample", "25", "--seed", "7"),
        )
        for form in ((), ("--json",), ("-f", "csv"))
    ),
    ("events", "--known-at", KNOWN, "-f", "jsonl"),
    ("diff", f"2025-12-31@{KNOWN}", f"2026-03-31@{KNOWN}", "--year", "2025", "--json"),
    ("settle", "preview", "2025", "--as-of", "2026-03-31"),
    ("verify", "-f", "csv"),
)


FEW = tuple(words for words in COMMANDS if "--json" in words and words[1] in ("--year", "specific", "buckets"))


def readings(ledger: Path, *, few: bool = False) -> dict[str, str]:
    """The digest of what each command prints, and of the audit pack. Raises ``RuntimeError`` when one fails.

    ``few`` asks only for the position, the specific register and the buckets.
    """
    found = {}
    for words in FEW if few else COMMANDS:
        done = CliRunner().invoke(
            cli, ["-L", str(ledger), "--plan", "NW", *words], obj=Session(actor="checker"), prog_name="claimfund"
        )
        if done.exit_code != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.output}")
        printed = "\n".join(line for line in done.stdout.splitlines() if not line.startswith("Verified in"))
        found[" ".join(words)] = hashlib.sha256(printed.encode()).hexdigest()
    return found if few else {**found, "audit pack": _pack(ledger)}


def _pack(ledger: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        # A pack is logged as an export, so it is made from a copy.
        copy, pack = Path(folder) / ledger.name, Path(folder) / "pack.zip"
        shutil.copy(ledger, copy)
        shutil.copy(f"{ledger}.key", f"{copy}.key")
        words = ("report", "audit-pack", "--year", "2025", *LATE, "-o", str(pack))
        done = CliRunner().invoke(cli, ["-L", str(copy), *words], obj=Session(actor="checker"), prog_name="claimfund")
        if done.exit_code != 0:
            raise RuntimeError(done.output)
        return hashlib.sha256(pack.read_bytes()).hexdigest()


def elsewhere(
    ledger: Path, python: str = sys.executable, *, few: bool = False, **environment: str
) -> dict[str, str]:
    """The same, read by another process under other settings."""
    path = os.environ.get("PYTHONPATH", "") if python != sys.executable else os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [python, "-m", "readings", str(ledger), *(["few"] if few else [])],
        env={**os.environ, "PYTHONPATH": path, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    read: dict[str, str] = json.loads(done.stdout)
    return read


if __name__ == "__main__":
    print(json.dumps(readings(Path(sys.argv[1]), few="few" in sys.argv[2:])))
