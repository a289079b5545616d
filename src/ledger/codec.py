"""One spelling of an event: canonical JSON, and for pages a JSON header with a block of bytes for a column.

The format is written down in ``docs/event-format.md``. Everything is validated when it is written and again
when it is read; bytes that do not hold a valid event are damage, told in one sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, NoReturn

from pydantic import ValidationError

from ledger.columns import MalformedError, packed, unpacked, unpacked_later
from ledger.events import REGISTRY, About, Event, Page
from ledger.lines import Lines
from ledger.ports import NewRecord, Record
from ledger.recorded import Recorded
from ledger.refusals import LedgerDamaged
from ledger.upcasting import UPCASTERS, Upcasters, current_version, upcast

MAGIC = b"CFP1"
_START = len(MAGIC) + 4
_TOPIC = re.compile(r"([a-z][a-z0-9-]{0,63})\.v([1-9]\d{0,5})", re.ASCII)


class UnknownEvent(LedgerDamaged):
    """A topic that is not in the registry: of a newer version of claimfund, or of something else."""


# --- writing ------------------------------------------------------------------------------------------------


def encode(event: Event, about: About) -> NewRecord:
    """The stored spelling of an event. Raises ``ValueError`` for one that is not valid or not registered."""
    topic = event.topic()
    if REGISTRY.get(topic) is not type(event):
        raise MalformedError(f"{type(event).__name__} is not a registered event")
    origin = _origin(about)
    if not isinstance(event, Page):
        fields = event.model_dump(mode="json")
        type(event).model_validate(_tuples(fields))
        return NewRecord(topic, b'{"about":%b,"event":%b}' % (origin, canonical(fields)))
    fields = event.model_dump(mode="json", exclude={"lines"})
    type(event).model_validate({**_tuples(fields), "lines": event.lines})
    table, blocks = packed(event.lines)
    header = b'{"about":%b,"columns":%b,"event":%b}' % (origin, canonical(table), canonical(fields))
    return NewRecord(topic, b"".join((MAGIC, len(header).to_bytes(4, "little"), header, blocks)))


@lru_cache(16)
def _origin(about: About) -> bytes:
    """Where events come from, spelled; all events of one command share it."""
    origin = about.model_dump(mode="json")
    About.model_validate(origin)
    return canonical(origin)


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, without spaces, in UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


# --- reading ------------------------------------------------------------------------------------------------


def decode(record: Record, *, later: bool = False) -> Recorded:
    """The event of a record with its envelope. Raises ``LedgerDamaged`` with the record's position.

    With ``later`` a page's columns are opened and checked when they are asked for, and raise it then; the header, the
    control total and the sizes of all blocks are checked now.
    """

    def damage(problem: Exception) -> LedgerDamaged:
        sentence = f"The stored {record.topic} event cannot be read: {_sentence(problem)}."
        return LedgerDamaged(f"Event {record.position}: {sentence}", record.position)

    try:
        event, about = decode_event(record.topic, record.state, damage=damage if later else None)
    except LedgerDamaged as found:
        if found.position is not None:
            raise
        raise type(found)(f"Event {record.position}: {found}", record.position) from None
    return Recorded(
        position=record.position,
        plan=record.plan,
        version=record.version,
        event=event,
        about=about,
        actor=record.actor,
        idempotency_key=record.idempotency_key,
        recorded_at=record.recorded_at,
    )


def decode_event(
    topic: str,
    state: bytes,
    upcasters: Upcasters = UPCASTERS,
    *,
    damage: Callable[[Exception], LedgerDamaged] | None = None,
) -> tuple[Event, About]:
    """The event and its origin in stored bytes, validated. Raises ``UnknownEvent`` and ``LedgerDamaged``.

    When ``damage`` is given, columns are opened when they are asked for and raise what it makes of a problem.
    """
    kind, version = _known(topic, upcasters)
    cls = REGISTRY[f"{kind}.v{current_version(kind, version, upcasters)}"]
    try:
        if issubclass(cls, Page):
            header, body = _split(state)
            parts = _parts(header, {"about", "columns", "event"})
            if "lines" in parts["event"]:
                raise MalformedError("the header of a page holds lines")
            fields = upcast(kind, version, parts["event"], upcasters)
            count, table = fields.get("count", 0), parts["columns"]
            lines = unpacked(count, table, body) if damage is None else unpacked_later(count, table, body, damage)
            event: Event = cls.model_validate({**_tuples(fields), "lines": lines})
        else:
            parts = _parts(bytes(state), {"about", "event"})
            event = cls.model_validate(_tuples(upcast(kind, version, parts["event"], upcasters)))
        return event, About.model_validate(_tuples(parts["about"]))
    except ValidationError as problem:
        raise LedgerDamaged(f"The stored {topic} event is not valid: {_told(problem)}.") from None
    except (ValueError, RecursionError) as problem:
        raise LedgerDamaged(f"The stored {topic} event cannot be read: {_sentence(problem)}.") from None


def decode_columns(state: bytes, names: Collection[str]) -> Lines:
    """Only the named columns of a page, without validating the rest: for sums over many pages."""
    try:
        header, body = _split(state)
        parts = _parts(header, {"about", "columns", "event"})
        return unpacked(parts["event"].get("count", 0), parts["columns"], body, names)
    except (ValueError, RecursionError) as problem:
        raise LedgerDamaged(f"The stored page cannot be read: {_sentence(problem)}.") from None


def _known(topic: str, upcasters: Upcasters) -> tuple[str, int]:
    found = _TOPIC.fullmatch(topic)
    if not found:
        raise UnknownEvent(f"{topic!r} is not the name of an event.")
    kind, version = found[1], int(found[2])
    if f"{kind}.v{current_version(kind, version, upcasters)}" in REGISTRY:
        return kind, version
    versions = [cls.schema_version for cls in REGISTRY.values() if cls.kind == kind]
    if versions and version > max(versions):
        raise UnknownEvent(f"The event {topic} was recorded by a newer version of claimfund; upgrade it.")
    raise UnknownEvent(f"The event {topic} is not known to this version of claimfund.")


def _split(state: bytes) -> tuple[bytes, memoryview]:
    """The header and the blocks of a page."""
    if state[: len(MAGIC)] != MAGIC:
        raise MalformedError("it does not start with CFP1")
    end = _START + int.from_bytes(state[len(MAGIC) : _START], "little")
    if len(state) < _START or end > len(state):
        raise MalformedError("its header is cut off")
    return bytes(state[_START:end]), memoryview(state)[end:]


def _parts(text: bytes, names: set[str]) -> dict[str, Any]:
    """The top-level parts of the JSON."""
    found = strict_json(text)
    if not isinstance(found, dict) or set(found) != names:
        raise MalformedError(f"its JSON does not consist of {' and '.join(sorted(names))}")
    if not isinstance(found["about"], dict) or not isinstance(found["event"], dict):
        raise MalformedError("about and event are not objects")
    return found


def strict_json(text: bytes) -> Any:
    """JSON in UTF-8 without floats, NaN, Infinity or repeated keys. Raises ``ValueError``."""
    return _STRICT.decode(text.decode("utf-8"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError("its JSON names a key twice")
    return found


def _no_float(_text: str) -> NoReturn:
    raise MalformedError("its JSON holds a number that is not whole")


_STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float)


def _tuples(value: Any) -> Any:
    """JSON arrays as tuples, which is what strict models take."""
    if isinstance(value, dict):
        return {key: _tuples(part) for key, part in value.items()}
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


def _told(problem: ValidationError) -> str:
    first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    where = where if where.isprintable() else ascii(where)
    told = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{where}: {told}" if where else told


def _sentence(problem: Exception) -> str:
    if isinstance(problem, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(problem, json.JSONDecodeError):
        return "its JSON is broken"
    if isinstance(problem, RecursionError):
        return "its JSON is nested too deeply"
    return str(problem).rstrip(".") if isinstance(problem, MalformedError) else "it holds an impossible value"
