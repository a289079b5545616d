"""What the figures were measured on: the machine, and the version of every program in the comparison."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT

PACKAGES = (
    "click",
    "duckdb",
    "eventsourcing",
    "numpy",
    "oxedi",
    "polars",
    "psycopg",
    "pydantic",
    "pyarrow",
    "zstandard",
)


def machine() -> dict[str, Any]:
    """Cores, memory, load when it began, versions, the commit."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "processor": _processor(),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: _version(name) for name in PACKAGES},
        "programs": {name: _program(name) for name in ("ledger", "hledger")},
        "commit": _said(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _program(name: str) -> str:
    return _said([name, "--version"]).partition(",")[0] or "not installed"


def _said(words: list[str]) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.splitlines()[0].strip() if done.stdout else ""
