"""Connections to PostgreSQL, and what they cannot do in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.refusals import StoreUnusable

PgConnection = psycopg.Connection[Any]
PgCursor = psycopg.Cursor[tuple[Any, ...]]

# Every page is a short walk along an index. Without statistics the planner would rather gather all that is
# left of the ledger for each page, and sort it.
IN_INDEX_ORDER = "-c enable_bitmapscan=off -c enable_seqscan=off -c enable_sort=off"


@contextmanager
def postgres_errors(place: str) -> Iterator[None]:
    """Say in one sentence what PostgreSQL could not do."""
    try:
        yield
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
        raise StoreUnusable(f"The ledger {place} is locked by another writer. Try again.") from error
    except psycopg.errors.DiskFull as error:
        reason = "cannot grow: the disk is full"
        raise StoreUnusable(f"The ledger {place} {reason}. Nothing was recorded.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        reason = " ".join(str(error).split())
        raise StoreUnusable(
            f"Your database role may not do this in the ledger {place}: {reason}. Nothing was recorded. "
            "Who owns the ledger gives the right with: claimfund db grant"
        ) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise StoreUnusable(f"The ledger {place} is read-only. Nothing was recorded.") from error
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise StoreUnusable(f"The ledger {place} cannot be used: {reason}.") from error


def in_index_order(url: str) -> str:
    """The address with what keeps the planner to the indexes."""
    options = conninfo_to_dict(url).get("options") or ""
    return make_conninfo(url, options=f"{options} {IN_INDEX_ORDER}".strip())
