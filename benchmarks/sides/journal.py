"""The demo's claims as a journal for ledger and hledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Work = Callable[[], dict[str, Any]]


def demo(ledger: str, journal: str) -> Work:
    """Every line of every page of the ledger, by year and kind."""
    from benchmarks.sides.ours import opened
    from ledger.calendar import day_of
    from projections.history import History

    def work() -> dict[str, Any]:
        kept = opened(ledger)
        history = History(kept.history())
        total = 0
        with Path(journal).open("w") as out:
            for page in history.pages:
                for day, cents in zip(page.lines["booked_on"].tolist(), page.lines["amount"].tolist(), strict=True):
                    on = day_of(day)
                    total += cents if on.year == 2025 else 0
                    sign, whole = ("-" if cents < 0 else ""), abs(cents)
                    out.write(
                        f"{on} {page.position}\n    Claims:{on.year}:{page.kind}  "
                        f"${sign}{whole // 100}.{whole % 100:02d}\n"
                        "    Assets:Cash\n\n"
                    )
        kept.store.close()
        return {"total": total}

    return work
