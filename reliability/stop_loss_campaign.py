"""Random plans with every stop-loss term, and every report of each compared with an independent calculation.

Run it in the project's folder::

    python -m reliability.stop_loss_campaign --plans 20000

A plan is a seed's worth of policies, lasers, factors, enrollment, payments, voids, refunds, reissues, recoveries,
filings and accommodations, recorded in any order through the ledger's commands. Its registers, months, buckets,
listings, explanations and accommodation are compared to the cent, on a day amid the plan and on one after it, with
``tests/oracles``, which shares no code with the ledger. It prints what was compared and, of a plan that differs, the
fewest acts that show it; it exits 1 then.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
for folder in ("src", "cli", "tests"):
    if str(ROOT / folder) not in sys.path:
        sys.path.append(str(ROOT / folder))

from random_plans import invented, play  # noqa: E402  # the folders are known only now
from second_opinion import days_of, differences_of, shortest  # noqa: E402


def compared(seed: int) -> tuple[int, Counter[str], list[str]]:
    """A plan's seed, what it held, and where it differs."""
    random = Random(seed)
    acts = invented(random)
    days = days_of(random)
    made = play(acts)
    held = Counter({f"acts: {act[0]}": 0 for act in acts})
    held.update(f"acts: {act[0]}" for act in acts)
    held.update(f"refused: {code}" for code in made.refused)
    return seed, held, differences_of(made, days)


def told(seed: int, found: list[str]) -> Iterator[str]:
    """A difference in words, with the fewest acts that show it."""
    random = Random(seed)
    acts = invented(random)
    yield f"seed {seed}: {found[0]}"
    yield from (f"    {act!r}," for act in shortest(acts, days_of(random)))


def main() -> int:
    """Compare the plans and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first plan; the next ones follow")
    parser.add_argument("--processes", type=int, default=1, metavar="N")
    chosen = parser.parse_args()
    began, held, different = time.monotonic(), Counter[str](), 0
    with Pool(chosen.processes) as pool:
        seeds = range(chosen.seed, chosen.seed + chosen.plans)
        for done, (seed, counts, found) in enumerate(pool.imap_unordered(compared, seeds, chunksize=20), 1):
            held += counts
            if found:
                different += 1
                print("\n".join(told(seed, found)), flush=True)
            if done % 1000 == 0:
                print(f"{done} plans, {different} differ, {time.monotonic() - began:.0f} s", flush=True)
    for name, count in sorted(held.items()):
        print(f"{name:<40}{count:>10,}")
    print(f"{chosen.plans:,} plans from seed {chosen.seed}: {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
