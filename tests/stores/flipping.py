"""Flipped bits of an exported log, and what the one-file verifier says about each.

The verifier reads a log line by line, so what it knows before the flipped line is what it knew of the whole log there:
it is kept at each line and read on from, with the flipped line and all lines after it. No check is left out.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import chain

from claimfund.evidence.verify_claimfund_log import Bad, LogCheck


def kept(check: LogCheck) -> LogCheck:
    """What was found so far, to read on from."""
    again = copy(check)
    again.tree, again.versions, again.digest = copy(check.tree), dict(check.versions), check.digest.copy()
    again.tree.peaks, again.hidden = list(check.tree.peaks), list(check.hidden)
    return again


def flips(lines: Sequence[bytes], vkey: str, every: int) -> Iterator[tuple[int, range, Bad | None]]:
    """For each flipped bit: its line from 0, the events that may be named, and what the verifier said."""
    check, bit = LogCheck(vkey), 0
    for number, line in enumerate(lines):
        touched = _touched(check, line)
        for at in range(-bit % every, len(line) * 8, every):
            changed = bytearray(line)
            changed[at >> 3] ^= 1 << (at & 7)
            follow = lines[number + 1 :]
            joined = io.BytesIO(bytes(changed) + b"".join(follow[:1]))
            yield number, touched, _said(kept(check), chain(joined, follow[1:]))
        bit += len(line) * 8
        check.take(line)


def _touched(check: LogCheck, line: bytes) -> range:
    """An event names itself; a command or checkpoint the events it is about, or that something follows them."""
    fields = json.loads(line)
    first = max(check.signed, 0) + 1
    if number := fields.get("hidden"):  # a hash alone is known to be wrong by the root that was signed over it
        return range(first, number + 1)
    if "position" in fields:
        return range(fields["position"], fields["position"] + 1)
    return range(0 if "sha256" in fields or "digest" in fields else first, check.tree.size + 2)


def _said(check: LogCheck, lines: Iterator[bytes]) -> Bad | None:
    try:
        for line in lines:
            check.take(line)
        check.end()
    except Bad as bad:
        return bad
    return None
