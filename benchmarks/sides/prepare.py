"""Making what the benchmarks work on, each in a process of its own so that nothing weighs on the one that measures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.generator import Size, write, write_835

Work = Callable[[], dict[str, Any]]


def claims_file(path: str, payments: int, plans: int, members: int, back: int) -> Work:
    """A claims file, with so many voids and refunds in a thousand payments."""
    return lambda: {"total": write(Path(path), Size(payments, plans, members, back=back))}


def remittance(path: str, claims: int) -> Work:
    """An 835."""
    return lambda: {"total": write_835(Path(path), claims)}


def ledger(path: str, payments: int, plans: int, members: int, back: int) -> Work:
    """A ledger with the whole of the file beside it."""
    from benchmarks.sides import ours

    ours.empty(path, plans)
    return ours.import_csv(path, str(Path(path).with_suffix(".csv")))


def parquet(path: str, payments: int, plans: int, members: int, back: int) -> Work:
    """The rows as DuckDB writes Parquet; amounts in minor units."""
    import duckdb

    def work() -> dict[str, Any]:
        source = Path(path).with_suffix(".csv")
        duckdb.execute(
            f"copy (select plan_id, claim_id, coverage, member_key, incurred_from, paid_date, payment_ref, "
            f"cast(plan_paid * 100 as bigint) amount from read_csv('{source}', types={{'plan_paid': 'decimal(15,2)', "
            f"'claim_id': 'varchar', 'member_key': 'varchar', 'payment_ref': 'varchar'}})) "
            f"to '{path}' (format parquet)"
        )
        return {"total": int(duckdb.execute(f"select sum(amount) from '{path}'").fetchone()[0])}  # type: ignore[index]

    return work


def duck(path: str, payments: int, plans: int, members: int, back: int) -> Work:
    """The rows in DuckDB's own file."""
    import duckdb

    def work() -> dict[str, Any]:
        with duckdb.connect(path) as connection:
            connection.execute(f"create table p as select * from '{Path(path).with_suffix('.parquet')}'")
        return {}

    return work


def table(path: str, payments: int, plans: int, members: int, back: int) -> Work:
    """The rows in one indexed SQLite table, with the index that its sums want."""
    import sqlite3

    from benchmarks.sides import raw

    def work() -> dict[str, Any]:
        total = raw.load(path, str(Path(path).with_suffix(".csv")))()["total"]
        with sqlite3.connect(path) as connection:
            connection.execute("create index sums on p(plan, paid, incurred, coverage, member, amount)")
            connection.execute("analyze")
        connection.close()
        return {"total": total}

    return work


def journal(path: str, payments: int, plans: int, members: int, back: int) -> Work:
    """Each payment as a transaction of ledger and hledger, by plan and month."""
    import csv

    def work() -> dict[str, Any]:
        with Path(path).with_suffix(".csv").open(newline="") as source, Path(path).open("w") as out:
            lines = csv.reader(source)
            next(lines)
            for row in lines:
                out.write(f"{row[9]} {row[1]}\n    Claims:{row[0]}:{row[9][:7]}  ${row[14]}\n    Assets:Cash\n\n")
        return {}

    return work


def new(path: str, plans: int) -> Work:
    """A ledger whose plans are ready to take claims."""
    from benchmarks.sides import ours

    def work() -> dict[str, Any]:
        ours.empty(path, plans)
        return {}

    return work


def many(path: str, plans: int) -> Work:
    """A ledger of many small plans, twenty payments each."""
    from benchmarks.sides import ours

    def work() -> dict[str, Any]:
        ours.many(path, plans)
        return {}

    return work
