"""A process that does nothing but sum: ``sqlite_sum.py DATABASE FIGURE PLAN YEAR AS_OF ROWS DEDUCTIBLE``."""

import sqlite3
import sys

database, figure, plan, year, as_of, rows, deductible = sys.argv[1:]
connection = sqlite3.connect(database)
counts = "plan = ? and paid between ? and ? and rowid <= ?"
window = (plan, f"{year}-01-01", as_of, int(rows))
paid = connection.execute(f"select sum(amount) from p where {counts}", window).fetchone()[0]
found = [paid]
if figure in ("position", "specific"):
    by_member = (
        f"select member, sum(amount) t from p where {counts} and incurred between ? and ? and coverage in ('MED','RX') "
        "group by member having t > ?"
    )
    over = connection.execute(by_member, (*window, f"{year}-01-01", f"{year}-12-31", int(deductible))).fetchall()
    found.append(sum(row[1] - int(deductible) for row in over))
print(*found)
