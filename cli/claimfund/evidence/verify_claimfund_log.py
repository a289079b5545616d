"""Check an exported claimfund log without claimfund: Python 3.11 and ``cryptography``, no network, no database.

    python verify_claimfund_log.py log.ndjson --vkey KEY [--old-checkpoint FILE]

Bring KEY and the old checkpoint from where you kept them, never from whoever gave you the log. Exit code 0: every
check holds; 6: the log is not what was signed; the first bad event is named.
"""

from __future__ import annotations

import argparse
import base64
import json
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "claimfund-log/v1"
FRAME = b"\x00aso-event/v1\x00"  # the leaf prefix of RFC 6962, then the frame's own header
MARK = "\u2014 "


class Bad(Exception):
    """The log is not what was signed; ``position`` is the first event that cannot be trusted."""

    def __init__(self, sentence: str, position: int = 0, line: int = 0) -> None:
        super().__init__(sentence)
        self.position = position
        self.line = line


@dataclass(frozen=True)
class Found:
    """What was found in order."""

    events: int
    plans: int
    checkpoints: int
    root: bytes
    vkey: str


def b64(data: bytes) -> str:
    """The one way these bytes are written."""
    return base64.b64encode(data).decode("ascii")


def record_line(fields: dict[str, Any], leaf: str) -> str:
    """The one way an event is written."""
    return (
        f'{{"position":{fields["position"]},"plan":{quoted(fields["plan"])},"version":{fields["version"]}'
        f',"topic":{quoted(fields["topic"])},"actor":{quoted(fields["actor"])}'
        f',"idempotency_key":{quoted(fields["idempotency_key"])},"recorded_at":{fields["recorded_at"]}'
        f',"leaf":"{leaf}","state":"{fields["state"]}"}}\n'
    )


def plain_line(fields: dict[str, Any]) -> str:
    """The one way every other line is written."""
    return json.dumps(fields, separators=(",", ":")) + "\n"


def leaf_of(fields: dict[str, Any]) -> bytes:
    """The RFC 6962 leaf hash of an event: every stored field with its length."""
    plan, topic, actor, key = (fields[name].encode() for name in ("plan", "topic", "actor", "idempotency_key"))
    state = base64.b64decode(fields["state"], validate=True)
    if b64(state) != fields["state"]:
        raise ValueError("base64")
    length = struct.pack
    return sha256(
        b"".join((
            FRAME, length(">QQI", fields["position"], fields["version"], len(plan)), plan,
            length(">I", len(topic)), topic, length(">I", len(state)), state, length(">I", len(actor)), actor,
            length(">I", len(key)), key, length(">q", fields["recorded_at"]),
        ))
    ).digest()  # fmt: skip


class Tree:
    """The perfect subtrees at the right edge of a growing RFC 6962 tree."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        size, peaks = self.size, self.peaks
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.peaks:
            return sha256(b"").digest()
        result = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            result = sha256(b"\x01" + peak + result).digest()
        return result


def read_vkey(vkey: str) -> tuple[str, bytes, bytes]:
    """The name, hash and Ed25519 key of a ``vkey``."""
    try:
        name, hashed, text = vkey.strip().split("+", 2)
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise Bad("The verifying key is not written as name+hash+key.") from None
    expected = sha256(name.encode() + b"\n" + key).digest()[:4]
    if len(key) != 33 or key[:1] != b"\x01" or expected.hex() != hashed:
        raise Bad("The verifying key does not fit its own hash.")
    return name, expected, key[1:]


def read_note(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint that this key signed."""
    name, hashed, public = read_vkey(vkey)
    body, _, tail = note.rpartition("\n\n")
    lines = body.split("\n")
    start = f"{MARK}{name} "
    for line in tail.split("\n"):
        if not line.startswith(start):
            continue
        try:
            signature = base64.b64decode(line[len(start) :], validate=True)
            if signature[:4] != hashed:
                continue
            Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], (body + "\n").encode())
            size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        except (ValueError, IndexError, InvalidSignature):
            raise Bad("The signature of a checkpoint is false.") from None
        if lines[0] != name:
            raise Bad("A checkpoint is of another ledger.")
        return size, root
    raise Bad(f"A checkpoint is not signed by {name}.")


def verify_log(lines: Iterable[bytes], vkey: str, old_checkpoint: str | None = None) -> Found:
    """Check every line; raise ``Bad`` at the first that is not what was signed."""
    check = _Check(vkey)
    for line in lines:
        check.take(line)
    return check.end(old_checkpoint)


class _Check:
    def __init__(self, vkey: str) -> None:
        read_vkey(vkey)
        self.vkey = vkey.strip()
        self.tree = Tree()
        self.signed = Tree()
        self.leaves: list[bytes] = []
        self.versions: dict[str, int] = {}
        self.notes: list[str] = []
        self.newest = -(1 << 63)
        self.digest = sha256()
        self.line = 0
        self.ended = False

    def take(self, line: bytes) -> None:
        self.line += 1
        try:
            fields = json.loads(line)
            if self.ended:
                raise Bad("Something follows the end of the log.", self.tree.size)
            if "position" in fields:
                self._event(fields, line)
            elif line.decode("ascii") != plain_line(fields):
                raise ValueError
            else:
                self._other(fields)
        except Bad as bad:
            bad.line = bad.line or self.line
            raise
        except (ValueError, KeyError, TypeError, AttributeError, struct.error):
            raise Bad("This line is not written as an export writes it.", self.tree.size + 1, self.line) from None
        self.digest.update(line)

    def _event(self, fields: dict[str, Any], line: bytes) -> None:
        expected = self.tree.size + 1
        if self.notes or self.line == 1 or fields["position"] != expected:
            raise Bad(f"Event {expected} is missing.", expected)
        leaf = leaf_of(fields)
        if record_line(fields, b64(leaf)).encode("ascii") != line:
            raise Bad(f"The stored bytes of event {expected} are not those that were hashed.", expected)
        version = self.versions.get(fields["plan"], 0) + 1
        if fields["version"] != version:
            raise Bad(f"Event {expected} is not version {version} of its plan.", expected)
        if fields["recorded_at"] < self.newest:
            raise Bad(f"Event {expected} was recorded before event {expected - 1}.", expected)
        self.versions[fields["plan"]] = version
        self.newest = fields["recorded_at"]
        self.tree.append(leaf)
        self.leaves.append(leaf)

    def _other(self, fields: dict[str, Any]) -> None:
        if self.line == 1:
            if fields.get("format") != FORMAT or fields.get("vkey") != self.vkey:
                raise Bad(f"The first line is not that of a {FORMAT} of this key.")
        elif "checkpoint" in fields:
            self._checkpoint(fields["checkpoint"])
        elif "sha256" in fields:
            if fields["sha256"] != self.digest.hexdigest():
                raise Bad("The lines of this file are not those that were exported.", self.tree.size)
            self.ended = True
        elif set(fields) != {"command", "digest"}:
            raise ValueError

    def _checkpoint(self, note: str) -> None:
        first = self.signed.size + 1
        try:
            size, root = read_note(note, self.vkey)
        except Bad as bad:
            bad.position = first
            raise
        if size > self.tree.size:
            raise Bad(f"Event {self.tree.size + 1} is missing: {size} were signed.", self.tree.size + 1)
        if self.notes and size <= self.signed.size:
            raise Bad(f"The checkpoint of size {size} is out of place.", first)
        for leaf in self.leaves[self.signed.size : size]:
            self.signed.append(leaf)
        if self.signed.root() != root:
            raise Bad(f"Of the events {first} to {size}, one or more are not what was signed.", first)
        self.notes.append(note)

    def end(self, old_checkpoint: str | None) -> Found:
        size = self.tree.size
        if not self.notes or self.signed.size != size:
            raise Bad(f"The checkpoint of size {size} is missing.", self.signed.size + 1)
        if not self.ended:
            raise Bad("The end of the log is missing.", size)
        if old_checkpoint is not None:
            old_size, old_root = read_note(old_checkpoint, self.vkey)
            if old_size > size:
                raise Bad(f"The log ends at event {size}; the checkpoint you kept is of {old_size}.", size + 1)
            old = Tree()
            for leaf in self.leaves[:old_size]:
                old.append(leaf)
            if old.root() != old_root:
                raise Bad(f"The first {old_size} events are not those of the checkpoint you kept.", 1)
        return Found(size, len(self.versions), len(self.notes), self.tree.root(), self.vkey)


def main(arguments: list[str] | None = None) -> int:
    """The command line: 0 when everything holds, 6 when not."""
    parser = argparse.ArgumentParser(description="Check an exported claimfund log.")
    parser.add_argument("log")
    parser.add_argument("--vkey", required=True, help="the verifying key you keep")
    parser.add_argument("--old-checkpoint", help="a checkpoint you kept from an earlier time")
    given = parser.parse_args(arguments)
    try:
        old = None
        if given.old_checkpoint:
            with open(given.old_checkpoint, encoding="utf-8") as file:
                old = file.read()
        with open(given.log, "rb") as lines:
            found = verify_log(lines, given.vkey, old)
    except Bad as bad:
        where = f" at event {bad.position}" if bad.position else ""
        sys.stderr.write(f"VERIFICATION FAILED{where} (line {bad.line}): {bad}\n")
        return 6
    sys.stdout.write(
        f"OK: {found.events} events of {found.plans} plans, {found.checkpoints} signed checkpoints, "
        f"root {found.root.hex()}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
