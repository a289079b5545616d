"""Decode the stored bytes of one claimfund event to JSON, knowing nothing but docs/event-format.md.

python tools/decode_event.py FILE    (or - for standard input)
"""

import json
import sys
from typing import Any

import zstandard


def rows_of(raw: bytes, width: int) -> list[bytes]:
    """Byte columns back into rows: all first bytes come first, then all second bytes, and so on."""
    count = len(raw) // width
    return [raw[row::count] for row in range(count)]


def column(entry: dict[str, Any], count: int, block: bytes) -> list[Any]:
    """The values of one column of the table."""
    encoding = entry["encoding"]
    if encoding == "constant":
        return [entry["value"]] * count
    raw = block
    if entry["stored"] < entry["raw"]:
        raw = zstandard.ZstdDecompressor().decompress(block, max_output_size=entry["raw"])
    if len(raw) != entry["raw"]:
        raise ValueError("a block has the wrong size")
    if encoding == "int":
        return [entry["min"] + int.from_bytes(row, "little") for row in rows_of(raw, entry["width"])]
    if encoding == "words":
        return [entry["words"][place] for place in raw]
    width = entry["width"]
    if encoding == "text":
        return [row.rstrip(b"\0").decode() for row in rows_of(raw, width)]
    end = entry["values"] * width
    values = [raw[at : at + width].rstrip(b"\0").decode() for at in range(0, end, width)]
    return [values[place] for place in raw[end:]]


def decoded(state: bytes) -> Any:
    """The event as plain values; of a page, its lines as rows."""
    if state[:4] != b"CFP1":
        return json.loads(state)
    at = 8 + int.from_bytes(state[4:8], "little")
    header = json.loads(state[8:at])
    count, columns = header["event"]["count"], {}
    for entry in header["columns"]:
        end = at + entry.get("stored", 0)
        columns[entry["name"]] = column(entry, count, state[at:end])
        at = end
    rows = [{name: values[line] for name, values in columns.items()} for line in range(count)]
    return {"about": header["about"], "event": {**header["event"], "lines": rows}}


if __name__ == "__main__":
    with open(0 if sys.argv[1:] in ([], ["-"]) else sys.argv[1], "rb") as file:
        json.dump(decoded(file.read()), sys.stdout, ensure_ascii=True)
