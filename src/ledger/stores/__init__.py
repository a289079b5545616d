"""Where records are kept: in memory, in one SQLite file, or in PostgreSQL, under one contract."""

from __future__ import annotations
