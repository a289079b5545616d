"""Ask a plan for what needs two people, in many random sequences under many names, and look for what one did alone.

Run it in the project's folder::

    python -m reliability.four_eyes --sequences 20000 --seed 7

Each sequence enrolls six names of five persons (two names are one person, one is an auditor), or nobody; then it
asks, approves, rejects, withdraws, closes and reopens months, changes roles and rules, lets time pass and sets the
clock back. A judge that shares no code with the rules reads each recorded history from its first event. It exits 1
with the shortest sequence it found when something was posted by one person alone, by a wrong, late or changed
approval, without the role, or in a closed month.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for folder in ("src", "cli", "tests"):
    if str(ROOT / folder) not in sys.path:
        sys.path.append(str(ROOT / folder))

from hypothesis import HealthCheck, Phase, seed, settings  # noqa: E402  # the folders are known only now
from hypothesis.stateful import run_state_machine_as_test  # noqa: E402

from four_eyes import FourEyes  # noqa: E402


def main() -> None:
    """Run the campaign and print what came of the requests."""
    parser = argparse.ArgumentParser(prog="python -m reliability.four_eyes", description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=20_000, help="how many sequences (20000)")
    parser.add_argument("--steps", type=int, default=30, help="requests of a sequence at most (30)")
    parser.add_argument("--seed", type=int, default=7, help="the sequences of an earlier campaign (7)")
    given = parser.parse_args()
    began = time.monotonic()
    chosen = settings(
        max_examples=given.sequences, stateful_step_count=given.steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink), print_blob=False,
    )  # fmt: skip
    run_state_machine_as_test(seed(given.seed)(FourEyes), settings=chosen)  # type: ignore[no-untyped-call]
    print(f"seed {given.seed}, at most {given.steps} requests each, {time.monotonic() - began:.0f} s")
    for what, count in sorted(FourEyes.counted.items()):
        print(f"{count:>9,}  {what}")


if __name__ == "__main__":
    main()
