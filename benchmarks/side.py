"""``python -m benchmarks.side MODULE:FUNCTION JSON``: set one side up, time its work, print what it measured."""

from __future__ import annotations

import importlib
import json
import sys

from benchmarks.measuring import timed


def main() -> None:
    """The last line printed is JSON."""
    module, _, function = sys.argv[1].partition(":")
    given = json.loads(sys.argv[2])
    work = getattr(importlib.import_module(f"benchmarks.sides.{module}"), function)(**given)
    print(json.dumps(timed(work)))


if __name__ == "__main__":
    main()
