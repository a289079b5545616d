"""Keys of a TOML table taken out with their types; what is wrong is noted with its path, all of it."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from typing import Any


class TomlReader:
    """Takes keys out of tables and notes what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def wrong(self, key: str, sentence: str) -> None:
        """Note a mistake under a key."""
        self.problems.append(f"{key}: {sentence}.")

    def table(self, parent: Dict[str, Any], key: str, known: tuple[str, ...] | None = None) -> Dict[str, Any]:
        """A table, empty when it is not there; its keys must be known ones."""
        value = parent.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, f"must be a table [{key}]")
            return {}
        for name in value if known is not None else ():
            if name not in (known or ()):
                self.wrong(f"{key}.{name}", f"unknown key; known are {', '.join(known or ())}")
        return value

    def typed(self, table: Dict[str, Any], path: str, kind: type[Any], default: Any) -> Any:
        """A text, number or flag of the type asked for."""
        value = table.get(path.rpartition(".")[2], default)
        if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or int(value) < 0)):
            self.wrong(
                path,
                f"must be {'a text' if kind is str else 'true or false' if kind is bool else 'a number'}",
            )
            return default
        return value

    def texts(self, value: Any, path: str) -> tuple[str, ...]:
        """One or more texts."""
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            self.wrong(path, "must be a text or a list of texts")
            return ()
        return tuple(found)

    def word(self, table: Dict[str, Any], path: str, words: tuple[str, ...]) -> str:
        """One of some words; the first one when nothing is said."""
        value = table.get(path.rpartition(".")[2], words[0])
        if value not in words:
            self.wrong(path, f"must be one of {', '.join(words)}")
            return words[0]
        return str(value)
