"""Where the keys of a TOML text are: the line of each table and key, for messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\s\"-]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_.-]+)\"?\s*=")


@dataclass
class Places:
    """The line of every table and key; of repeated tables each one in order."""

    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, path: str, line: int) -> None:
        """Note a place."""
        self.lines.setdefault(path, []).append(line)

    def line(self, path: str, number: int = 0) -> int:
        """The line of a key; of the nearest table above when the key is not there; 0 when nothing is."""
        path = path.partition(" = ")[0]
        while path:
            found = self.lines.get(path)
            if found:
                return found[min(number, len(found) - 1)]
            path = path.rpartition(".")[0]
        return 0


def locate(text: str) -> Places:
    """The places in a text; a key inside an inline table has the line of the key that holds it."""
    places, table = Places(), ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.fullmatch(line)
        if header:
            table = header[2].replace('"', "").replace(" ", "")
            places.add(table, number)
        elif key := _KEY.match(line):
            places.add(f"{table}.{key[1]}".lstrip("."), number)
    return places
