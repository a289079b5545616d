"""The same sums by DuckDB from its own file: ``duck_sum.py DATABASE FIGURE PLAN YEAR AS_OF ROWS DEDUCTIBLE``."""

import sys

import duckdb

database, figure, plan, year, as_of, rows, deductible = sys.argv[1:]
connection = duckdb.connect(database, read_only=True)
counts = f"plan_id = '{plan}' and paid_date between '{year}-01-01' and '{as_of}' and rowid < {rows}"
found = [connection.execute(f"select sum(amount) from p where {counts}").fetchone()[0]]
if figure in ("position", "specific"):
    found.append(
        connection.execute(
            f"select coalesce(sum(t - {deductible}), 0) from (select member_key, sum(amount) t from p where {counts} "
            "and "
            f"incurred_from between '{year}-01-01' and '{year}-12-31' and coverage in ('MED','RX') group by 1) "
            f"where t > {deductible}"
        ).fetchone()[0]
    )
print(*found)
