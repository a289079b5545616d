"""What every test shares: PostgreSQL, how hard hypothesis tries, and the versions in the header."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import version

from hypothesis import HealthCheck, settings

pytest_plugins = ["fix_postgres"]

settings.register_profile("dev", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", deadline=None, max_examples=200, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

SHOWN = ("claimfund", "eventsourcing", "psycopg", "pydantic", "numpy", "click", "hypothesis")


def pytest_report_header() -> list[str]:
    """The versions that a failure may depend on."""
    found = ", ".join(f"{name} {version(name)}" for name in SHOWN)
    return [f"python {platform.python_version()}, SQLite {sqlite3.sqlite_version}", found]
