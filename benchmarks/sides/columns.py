"""The column stores: DuckDB and polars over Parquet of the same rows, in the same sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

Work = Callable[[], dict[str, Any]]


def told(sums: Iterable[tuple[str, str, int]]) -> str:
    """One spelling of many sums: (plan, month or member, minor units)."""
    text = "\n".join(f"{plan} {key} {int(total)}" for plan, key, total in sorted(sums))
    return sha256(text.encode()).hexdigest()


def duck(parquet: str, members: bool) -> Work:
    """DuckDB's group by."""
    import duckdb

    connection = duckdb.connect()

    def work() -> dict[str, Any]:
        months = connection.execute(
            f"select plan_id, strftime(m, '%Y-%m'), t from (select plan_id, date_trunc('month', paid_date) m, "
            f"sum(amount) t from '{parquet}' group by 1, 2)"
        ).fetchall()
        total = told(months)
        if members:
            people = connection.execute(
                f"select plan_id, member_key, sum(amount) from '{parquet}' group by 1, 2"
            ).fetchnumpy()
            total += f" {len(people['member_key'])} {int(sum(people['sum(amount)'].tolist()))}"
        return {"total": total}

    return work


def polars(parquet: str, members: bool) -> Work:
    """The group by of polars, streamed."""
    import polars as pl

    def work() -> dict[str, Any]:
        rows = pl.scan_parquet(parquet)
        by_month = rows.group_by("plan_id", pl.col("paid_date").dt.strftime("%Y-%m").alias("m")).agg(pl.sum("amount"))
        total = told(by_month.collect(engine="streaming").iter_rows())
        if members:
            people = rows.group_by("plan_id", "member_key").agg(pl.sum("amount")).collect(engine="streaming")
            total += f" {people.height} {int(people['amount'].sum())}"
        return {"total": total}

    return work
