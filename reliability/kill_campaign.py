"""Kill an importing process at random moments, again and again, and count what is lost, torn or missing.

Run it in the project's folder::

    python -m reliability.kill_campaign --rounds 200 --seed 7

Each round copies a ledger that holds one plan, starts ``python -m claimfund import claims`` on a register, kills it
with SIGKILL at a random moment (or not at all, when it ends first), and then asks the command line:

- lost:  the import had said "Recorded", and the ledger does not hold the file;
- torn:  ``claimfund verify`` does not exit 0, or the ledger holds something between all of the file and nothing;
- gaps:  event numbers are not 1, 2, 3, … without a gap;
- wrong: importing again does not lead to the position of an undisturbed run.

It exits 1 when any of these was found. The seed is printed; with it the same delays are chosen again.
"""

from __future__ import annotations

import argparse
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for folder in ("src", "cli", "tests"):
    if str(ROOT / folder) not in sys.path:
        sys.path.append(str(ROOT / folder))

from system.machine import (  # noqa: E402  # the folders are known only now
    MOMENTS,
    Ended,
    ask,
    begin,
    copy_ledger,
    position_of,
    register,
    signalled,
)

FOUND = ("lost", "torn", "gaps", "wrong")
AIMED = MOMENTS[2:5]  # moments inside the transaction, which a random delay seldom hits


@dataclass(frozen=True)
class Campaign:
    """What every round starts from and is compared with."""

    folder: Path
    first: Path
    file: Path
    empty: dict[str, object]
    whole: dict[str, object]
    seconds: float


def prepare(folder: Path, rows: int) -> Campaign:
    """A ledger with a plan, a register, the position before and after, and how long an import takes."""
    first, file = folder / "first.ledger", folder / "register.csv"
    begin(str(first), folder)
    register(file, range(rows))
    other = copy_ledger(first, folder / "whole.ledger")
    began = time.monotonic()
    ended = signalled(60.0, signal.SIGKILL, other, "import", "claims", str(file))
    took = time.monotonic() - began
    if ended.code != 0:
        raise SystemExit(f"The undisturbed import failed: {ended.err}")
    return Campaign(folder, first, file, position_of(str(first)), position_of(str(other)), took)


def has_gaps(ledger: Path) -> bool:
    """Whether the numbers of the events leave one out."""
    with closing(sqlite3.connect(ledger)) as connection:
        count, first, last = connection.execute("SELECT count(*), min(position), max(position) FROM events").fetchone()
    return (first, last) != (1, count)


def judge(campaign: Campaign, ledger: Path, ended: Ended) -> Counter[str]:
    """What one disturbed import left behind, and what importing again makes of it."""
    result: Counter[str] = Counter()
    result["killed" if ended.code == -signal.SIGKILL else "ended before the kill"] += 1
    verified = ask("verify", "-L", str(ledger)).exit_code == 0
    found = position_of(str(ledger)) if verified else None
    if found == campaign.whole:
        result["holds all of the file"] += 1
    elif found == campaign.empty:
        result["holds nothing of the file"] += 1
        result["lost"] += "Recorded" in ended.out
    else:
        result["torn"] += 1
    result["gaps"] += has_gaps(ledger)
    again = ask("import", "claims", str(campaign.file), "-L", str(ledger))
    complete = again.exit_code == 0 and ask("verify", "-L", str(ledger)).exit_code == 0
    result["wrong"] += not (complete and position_of(str(ledger)) == campaign.whole)
    return result


def one_round(campaign: Campaign, number: int, chance: random.Random) -> Counter[str]:
    """Kill one import: two rounds of three after a random delay, one inside the transaction."""
    ledger = copy_ledger(campaign.first, campaign.folder / f"round-{number}.ledger")
    delay: float | str = chance.uniform(0.0, 1.1 * campaign.seconds)
    if number % 3 == 2:
        delay = chance.choice(AIMED)
    ended = signalled(delay, signal.SIGKILL, ledger, "import", "claims", str(campaign.file))
    journal = any(Path(f"{ledger}{end}").exists() and Path(f"{ledger}{end}").stat().st_size for end in
                  ("-journal", "-wal"))  # fmt: skip
    result = judge(campaign, ledger, ended)
    result["killed with a journal on the disk"] += journal
    if any(result[name] for name in FOUND):
        print(f"round {number}: {dict(+result)}; delay {delay}; kept as {ledger}", flush=True)
    else:
        for path in campaign.folder.glob(f"{ledger.name}*"):
            path.unlink()
    return result


def main() -> None:
    """Run the campaign and print the counts."""
    parser = argparse.ArgumentParser(prog="python -m reliability.kill_campaign", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100, help="how many imports are killed (100)")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of the register (20000)")
    parser.add_argument("--seed", type=int, help="repeat the choices of an earlier campaign")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    print(f"seed {seed}, {given.rounds} rounds, {given.rows:,} rows", flush=True)
    chance, total, began = random.Random(seed), Counter[str](), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="claimfund-kills-"))
    campaign = prepare(folder, given.rows)
    print(f"an undisturbed import takes {campaign.seconds:.2f} s", flush=True)
    for number in range(given.rounds):
        total.update(one_round(campaign, number, chance))
    for name, count in sorted(total.items()):
        if name not in FOUND:
            print(f"{count:>6,}  {name}")
    print(f"{given.rounds} rounds in {time.monotonic() - began:.0f} s: "
          + ", ".join(f"{total[name]} {name}" for name in FOUND))  # fmt: skip
    if any(total[name] for name in FOUND):
        print(f"The ledgers of the rounds named above are kept in {folder}.")
        raise SystemExit(1)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


if __name__ == "__main__":
    main()
