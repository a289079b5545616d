"""Flip every bit of an exported log of 200 events and see what the one-file verifier says.

PYTHONPATH=src:cli:tests python -m reliability.bit_flips [--every N]

Exit code 1 when a flip passed, or when another event was named than the first that the flip touches.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from stores.flipping import flips
from stores.test_evidence import exported, filled


def main() -> int:
    """1 when a flipped bit passed or a wrong event was named."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--every", type=int, default=1, metavar="N", help="Flip every Nth bit only.")
    every, started = asked.parse_args().every, time.process_time()
    store = filled(each=20)
    lines = exported(store)
    counted: Counter[str] = Counter()
    for number, touched, bad in flips(lines, str(store.verifying_key), every):
        kind = "event" if lines[number].startswith(b'{"position"') else "other"
        found = "passed" if bad is None else "named" if bad.position in touched else "named another event"
        counted[f"{kind} lines, {found}"] += 1
    print(f"{counted.total()} of {sum(map(len, lines)) * 8} bits flipped, {time.process_time() - started:.0f} s CPU")
    for name, count in sorted(counted.items()):
        print(f"{count:>9}  {name}")
    return int(any(not name.endswith("named") for name in counted))


if __name__ == "__main__":
    raise SystemExit(main())
