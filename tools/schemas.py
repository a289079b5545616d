"""Write the JSON Schema of every event to schemas/events, or check that what is there is what the code says.

    python tools/schemas.py            write
    python tools/schemas.py --check    say what differs; exit code 1 when something does
"""

from __future__ import annotations

import sys
from pathlib import Path

from claimfund.evidence.event_schemas import schemas

FOLDER = Path(__file__).resolve().parents[1] / "schemas" / "events"


def differences(folder: Path = FOLDER) -> list[str]:
    """One sentence for each file that is missing, different or too many."""
    wanted = schemas()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    told = [f"{name} is missing" for name in wanted.keys() - present]
    both = wanted.keys() & present
    told += [f"{name} differs from the code" for name in both if present[name] != wanted[name]]
    told += [f"{name} belongs to no event" for name in present.keys() - wanted]
    return sorted(told)


def main(arguments: list[str]) -> int:
    """Write or check."""
    if arguments == ["--check"]:
        told = differences()
        sys.stderr.writelines(f"schemas/events/{line}\n" for line in told)
        return 1 if told else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
