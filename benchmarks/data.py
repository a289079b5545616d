"""Seeded rows of a canonical paid-claims file, streamed at any size; the same bytes on every machine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

COLUMNS = (
    "plan_id,claim_id,claim_line,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,"
    "payment_method,payment_ref,plan_paid"
)
FIRST = date(2025, 1, 6)


def rows(count: int, plans: int, members: int, seed: int = 7) -> Iterator[tuple[str, ...]]:
    """Payments spread over plans, members and a year, in paid order."""
    draw = random.Random(seed)
    for number in range(count):
        paid = FIRST + timedelta(days=number * 350 // count)
        incurred = paid - timedelta(days=draw.randrange(1, 60))
        plan, member = draw.randrange(plans), draw.randrange(members // plans)
        cents = 500 + draw.randrange(1, 2_000) * draw.randrange(1, 40)
        yield (
            f"P{plan:02d}",
            f"{paid:%y%j}{number:09d}",
            "1",
            "PAYMENT",
            ("MED", "MED", "RX", "DEN")[draw.randrange(4)],
            f"M-{plan:02d}{member:06d}",
            f"M-{plan:02d}{member // 2:06d}",
            incurred.isoformat(),
            paid.isoformat(),
            "ACH",
            f"T{number // 20:09d}",
            f"{cents // 100}.{cents % 100:02d}",
        )


def write(path: Path, count: int, plans: int, members: int) -> int:
    """Write a file of that many payments; gives its total in minor units."""
    total = 0
    with path.open("w", encoding="ascii", newline="") as out:
        out.write(COLUMNS + "\n")
        for row in rows(count, plans, members):
            total += int(row[-1].replace(".", ""))
            out.write(",".join(row) + "\n")
    return total
