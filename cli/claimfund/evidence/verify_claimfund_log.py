"""Check what claimfund handed out, without claimfund: Python 3.11 and ``cryptography``, no network, no database.

    python verify_claimfund_log.py log.ndjson        --vkey KEY [--old-checkpoint FILE]
    python verify_claimfund_log.py audit-2025.zip    --vkey KEY [--old-checkpoint FILE]
    python verify_claimfund_log.py event.tlog-proof  --vkey KEY --frame event.frame
    python verify_claimfund_log.py year.consistency  --vkey KEY --old-checkpoint FILE

Bring KEY and the old checkpoint from where you kept them, never from whoever gave you the file. Exit code 0: every
check holds; 6: the file is not what was signed, and the first bad event is named.

Formats: signed-note, tlog-checkpoint, tlog-proof@v1 (c2sp.org), trees of RFC 6962 section 2.1.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import struct
import sys
import zipfile
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "claimfund-log/v1"
PLAN_FORMAT = "claimfund-plan-log/v1"  # the events of one plan; all others by their leaf hashes only
PROOF = "c2sp.org/tlog-proof@v1"
FRAME = b"aso-event/v1\x00"
MARK = "\u2014 "
LONGEST_LINE = 1 << 28  # bytes; a page of 10,000 lines is far below
LARGEST_PACK = 1 << 34  # bytes of all files together

_NUMBER, _TEXT = rb"([1-9][0-9]*)", rb'"([ !#-\[\]-~]*)"'
_EVENT = re.compile(  # the one way of writing an event whose texts need no escapes; other texts take the slower way
    rb'\{"position":' + _NUMBER + rb',"plan":' + _TEXT + rb',"version":' + _NUMBER + rb',"topic":' + _TEXT
    + rb',"actor":' + _TEXT + rb',"idempotency_key":' + _TEXT + rb',"recorded_at":(0|-?[1-9][0-9]*)'
    rb',"leaf":"([0-9A-Za-z+/=]{44})","state":"([0-9A-Za-z+/=]*)"\}\n'
)  # fmt: skip
_HEAD = struct.Struct(b">QQI")
_LENGTH = struct.Struct(b">I")
_MOMENT = struct.Struct(b">q")


class Bad(Exception):
    """The file is not what was signed; ``position`` is the first event that cannot be trusted (0: none is named)."""

    def __init__(self, sentence: str, position: int = 0, line: int = 0) -> None:
        super().__init__(sentence)
        self.position = position
        self.line = line

    @property
    def place(self) -> str:
        """Where it is, as messages say it."""
        return (f" at event {self.position}" if self.position else "") + (f" (line {self.line})" if self.line else "")


@dataclass(frozen=True)
class Found:
    """What was found in order in a log."""

    events: int
    plans: int
    commands: int
    checkpoints: int
    root: bytes
    checkpoint: str
    plan: str = ""
    hidden: tuple[tuple[int, int], ...] = ()
    signatures: int = 0

    @property
    def by_hash(self) -> int:
        """How many events are in the log by their hashes only, without contents."""
        return sum(last - first + 1 for first, last in self.hidden)


def b64(data: bytes) -> str:
    """The one way these bytes are written."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str, size: int | None = None) -> bytes:
    """The bytes of a text that is written in the one way; ``ValueError`` otherwise."""
    data = base64.b64decode(text, validate=True)
    if b64(data) != text or size not in (None, len(data)):
        raise ValueError("base64")
    return data


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


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


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
            result = node(peak, result)
        return result


def root_of_leaf(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a path from leaf ``index`` (from 0) of ``size`` leads to; ``Bad`` when it cannot be one."""
    if not 0 <= index < size or (size == 1) != (not path):
        raise Bad("The proof does not have the length that its place in the tree asks for.", index + 1)
    if size == 1:
        return leaf
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        return node(root_of_leaf(leaf, index, left, path[:-1]), path[-1])
    return node(path[-1], root_of_leaf(leaf, index - left, size - left, path[:-1]))


def roots_of_both(size1: int, size2: int, path: Sequence[bytes], old: bytes | None) -> tuple[bytes, bytes]:
    """The roots of the first ``size1`` and of all ``size2`` leaves that a consistency proof leads to."""
    if not 0 < size1 <= size2:
        raise Bad("No proof leads from the empty log, or from a longer one to a shorter one.")
    if size1 == size2:
        if len(path) != (old is None):
            raise Bad("The proof does not have the length that these sizes ask for.")
        same = path[0] if old is None else old
        return same, same
    if not path:
        raise Bad("The proof does not have the length that these sizes ask for.")
    left = 1 << ((size2 - 1).bit_length() - 1)
    if size1 <= left:
        first, second = roots_of_both(size1, left, path[:-1], old)
        return first, node(second, path[-1])
    first, second = roots_of_both(size1 - left, size2 - left, path[:-1], None)
    return node(path[-1], first), node(path[-1], second)


def read_vkey(vkey: str) -> tuple[str, bytes, bytes]:
    """The name, hash and Ed25519 key of a ``vkey``."""
    try:
        name, hashed, text = vkey.strip().split("+", 2)
        key = unb64(text)
    except ValueError:
        raise Bad("The verifying key is not written as name+hash+key.") from None
    expected = sha256(name.encode() + b"\n" + key).digest()[:4]
    if len(key) != 33 or key[:1] != b"\x01" or expected.hex() != hashed:
        raise Bad("The verifying key does not fit its own hash.")
    return name, expected, key[1:]


ALL_UNTIL, ONE_OF = 10_000, 100  # signatures: of so many checkpoints all, then one of a hundred, and the newest


def read_note(note: str, vkey: str, signature_too: bool = True) -> tuple[int, bytes]:
    """Size and root of a checkpoint that this key signed; signatures of other keys are passed over."""
    name, hashed, public = read_vkey(vkey)
    body, _, tail = note.rpartition("\n\n")
    lines = body.split("\n")
    if not tail.endswith("\n"):
        raise Bad("A checkpoint does not end with its signature lines.")
    start = f"{MARK}{name} "
    for line in tail.split("\n"):
        if not line.startswith(start):
            continue
        try:
            signature = unb64(line[len(start) :])
            if signature[:4] != hashed:
                continue
            if signature_too:
                Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], (body + "\n").encode())
            elif len(signature) != 68:
                raise ValueError
            size, root = int(lines[1]), unb64(lines[2], 32)
        except (ValueError, IndexError, InvalidSignature):
            raise Bad("The signature of a checkpoint is false.") from None
        if lines[0] != name:
            raise Bad("A checkpoint is of another ledger.")
        return size, root
    raise Bad(f"A checkpoint is not signed by {name}.")


def verify_log(
    lines: Iterable[bytes], vkey: str, old_checkpoint: str | None = None, every_signature: bool = False
) -> Found:
    """Check every line; raise ``Bad`` at the first that is not what was signed. One line is held at a time."""
    check = LogCheck(vkey, old_checkpoint, every_signature)
    for line in lines:
        check.take(line)
    return check.end()


class LogCheck:
    """A log checked line by line: ``take`` each, then ``end``."""

    def __init__(self, vkey: str, old_checkpoint: str | None = None, every_signature: bool = False) -> None:
        read_vkey(vkey)
        self.every = every_signature
        self.vkey = vkey.strip()
        self.old = None if old_checkpoint is None else read_note(old_checkpoint, vkey)
        self.tree = Tree()
        self.versions: dict[bytes, int] = {}
        self.plan: str | None = None  # the one plan of a log that shows no other
        self.hidden: list[tuple[int, int]] = []  # first and last number of events that are there by hash only
        self.key: bytes | None = None  # of the command whose events are being read, when one of them was shown
        self.note = ""
        self.signed, self.closed = -1, 0  # events up to the newest checkpoint, and to the newest command's line
        self.commands = self.checkpoints = self.signatures = self.line = 0
        self.unproved = 0  # the first event under the newest checkpoint, while its signature was not verified
        self.newest = -(1 << 63)
        self.digest = sha256()
        self.ended = False

    def take(self, line: bytes) -> None:
        """Check one line."""
        self.line += 1
        try:
            self._take(line)
        except Bad as bad:
            bad.line = bad.line or self.line
            raise
        except (ValueError, KeyError, TypeError, AttributeError, struct.error, RecursionError):
            raise Bad("This line is not written as an export writes it.", self.tree.size + 1, self.line) from None
        self.digest.update(line)

    def _take(self, line: bytes) -> None:
        if self.ended:
            raise Bad("Something follows the end of the log.")
        match = _EVENT.fullmatch(line)
        if match is not None:
            number, plan, version, topic, actor, key, moment, leaf, state = match.groups()
            self._event(int(number), plan, int(version), topic, actor, key, int(moment), leaf, state)
            return
        if not line.endswith(b"\n") or len(line) > LONGEST_LINE:
            raise ValueError
        fields = json.loads(line)
        if "hidden" in fields:
            self._hidden(fields["hidden"], fields["leaf"], line)
        elif "position" in fields:
            if record_line(fields, fields["leaf"]).encode("ascii") != line:
                raise ValueError
            plan, topic, actor, key = (fields[n].encode() for n in ("plan", "topic", "actor", "idempotency_key"))
            leaf, state = fields["leaf"].encode("ascii"), fields["state"].encode("ascii")
            number, version, moment = fields["position"], fields["version"], fields["recorded_at"]
            self._event(number, plan, version, topic, actor, key, moment, leaf, state)
        elif line.decode("ascii") != plain_line(fields):
            raise ValueError
        else:
            self._other(fields)

    def _event(
        self, number: int, plan: bytes, version: int, topic: bytes, actor: bytes, key: bytes, moment: int, leaf: bytes,
        state: bytes,
    ) -> None:  # fmt: skip
        tree = self.tree
        expected = tree.size + 1
        if number != expected or self.signed < 0:
            raise Bad(f"Event {expected} is missing.", expected)
        stored = a2b_base64(state)
        if b2a_base64(stored, newline=False) != state:
            raise ValueError
        hashed = sha256(
            b"".join((
                b"\x00", FRAME, _HEAD.pack(number, version, len(plan)), plan, _LENGTH.pack(len(topic)), topic,
                _LENGTH.pack(len(stored)), stored, _LENGTH.pack(len(actor)), actor, _LENGTH.pack(len(key)), key,
                _MOMENT.pack(moment),
            ))
        ).digest()  # fmt: skip
        if b2a_base64(hashed, newline=False) != leaf:
            raise Bad(f"The stored bytes of event {expected} are not those that were hashed.", expected)
        if version != self.versions.get(plan, 0) + 1:
            raise Bad(f"Event {expected} is not version {self.versions.get(plan, 0) + 1} of its plan.", expected)
        if moment < self.newest:
            raise Bad(f"Event {expected} was recorded before event {expected - 1}.", expected)
        if self.plan is not None and plan != self.plan.encode():
            raise Bad(
                f"Event {expected} is not of plan {self.plan}, and the log says that it shows no other.", expected
            )
        if self.signed == tree.size:
            self.key = None
        elif self.key not in (None, key) or self.closed == tree.size:
            raise Bad(f"The checkpoint of size {tree.size} is missing.", self.signed + 1)
        self.key, self.versions[plan], self.newest = key, version, moment
        self._grow(hashed)

    def _hidden(self, number: int, leaf: str, line: bytes) -> None:
        """An event of another plan: its leaf hash, which the signed roots bind like any other, and nothing of it."""
        expected = self.tree.size + 1
        if self.plan is None or plain_line({"hidden": number, "leaf": leaf}).encode("ascii") != line:
            raise ValueError
        if number != expected or self.signed < 0:
            raise Bad(f"Event {expected} is missing.", expected)
        if self.signed == self.tree.size:
            self.key = None
        elif self.closed == self.tree.size:
            raise Bad(f"The checkpoint of size {self.tree.size} is missing.", self.signed + 1)
        first = self.hidden.pop()[0] if self.hidden and self.hidden[-1][1] == number - 1 else number
        self.hidden.append((first, number))
        self._grow(unb64(leaf, 32))

    def _grow(self, leaf: bytes) -> None:
        self.tree.append(leaf)
        size = self.tree.size
        if self.old is not None and self.old[0] == size and self.old[1] != self.tree.root():
            raise Bad(f"The first {size} events are not those of the checkpoint you kept.", 1)

    def _other(self, fields: dict[str, Any]) -> None:
        if self.line == 1:
            stated = fields.get("format")
            if stated not in (FORMAT, PLAN_FORMAT) or fields.get("vkey") != self.vkey:
                raise Bad(f"The first line is not that of a {FORMAT} or {PLAN_FORMAT} of this key.", 1)
            self.plan = str(fields["plan"]) if stated == PLAN_FORMAT else None
        elif "checkpoint" in fields:
            self._checkpoint(fields["checkpoint"])
        elif "sha256" in fields:
            if fields["sha256"] != self.digest.hexdigest():
                raise Bad("All events are as signed, but other lines of this file are not those that were exported.")
            self.ended = True
        else:
            self._command(fields["command"], unb64(fields["digest"], 32))

    def _command(self, key: str, _digest: bytes) -> None:
        if self.closed == self.tree.size or key.encode() != self.key:
            raise Bad("A command is not that of the events before it.", max(self.signed, 0) + 1)
        self.closed = self.tree.size
        self.commands += 1

    def _checkpoint(self, note: str) -> None:
        first = max(self.signed, 0) + 1
        try:
            looked_at = self.every or self.checkpoints < ALL_UNTIL or not self.checkpoints % ONE_OF
            size, root = read_note(note, self.vkey, looked_at)
        except Bad as bad:
            bad.position = first
            raise
        if size > self.tree.size:
            raise Bad(f"Event {self.tree.size + 1} is missing: {size} were signed.", self.tree.size + 1)
        shown = self.key is not None or not size  # of a command of other plans, the log says nothing but its checkpoint
        if size != self.tree.size or size == self.signed or (shown and size != self.closed):
            raise Bad(f"The checkpoint of size {size} is out of place.", first)
        if self.tree.root() != root:
            raise Bad(f"Of the events {first} to {size}, one or more are not what was signed.", first)
        self.signed, self.note, self.unproved = size, note, 0 if looked_at else first
        self.checkpoints += 1
        self.signatures += looked_at

    def end(self) -> Found:
        """What was found, when the log is whole."""
        size = self.tree.size
        if self.signed != size:
            raise Bad(f"The checkpoint of size {size} is missing.", max(self.signed, 0) + 1)
        if not self.ended:
            raise Bad("The end of the log is missing.", size + 1)
        if self.unproved:
            try:
                read_note(self.note, self.vkey)
            except Bad as bad:
                bad.position = self.unproved
                raise
            self.signatures += 1
        if self.old is not None and self.old[0] > size:
            raise Bad(f"The log ends at event {size}; the checkpoint you kept is of {self.old[0]}.", size + 1)
        plans, root = len(self.versions), self.tree.root()
        return Found(
            size, plans, self.commands, self.checkpoints, root, self.note, self.plan or "", tuple(self.hidden),
            self.signatures,
        )  # fmt: skip


@dataclass(frozen=True)
class Proven:
    """One event shown to be number ``position`` of the ``size`` events under a signed root."""

    position: int
    plan: str
    version: int
    topic: str
    actor: str
    recorded_at: int
    size: int
    root: bytes


def verify_inclusion_file(text: str, frame: bytes, vkey: str) -> Proven:
    """Check a tlog-proof of one event against the bytes of its frame; ``Bad`` when it does not hold."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != PROOF:
        raise Bad(f"This is not a {PROOF}.")
    if len(lines) > 1 and lines[1].startswith("extra "):
        del lines[1]  # not authenticated, and not needed
    try:
        word, number = lines[1].split(" ")
        index, path = int(number), [unb64(line, 32) for line in lines[2:]]
        if word != "index" or str(index) != number:
            raise ValueError
    except (ValueError, IndexError):
        raise Bad("The proof is not written as tlog-proof@v1 asks for.") from None
    size, root = read_note(note, vkey)
    fields = _read_frame(frame)
    if fields[0] != index + 1 or root_of_leaf(sha256(b"\x00" + frame).digest(), index, size, path) != root:
        raise Bad(f"These bytes are not event {index + 1} of the {size} events that were signed.", index + 1)
    return Proven(*fields, size, root)


def _read_frame(frame: bytes) -> tuple[int, str, int, str, str, int]:
    try:
        if not frame.startswith(FRAME):
            raise ValueError
        position, version, length = _HEAD.unpack_from(frame, len(FRAME))
        at = len(FRAME) + _HEAD.size
        parts = [frame[at : at + length]]
        for _ in range(4):
            at += length
            (length,) = _LENGTH.unpack_from(frame, at)
            at += _LENGTH.size
            parts.append(frame[at : at + length])
        (moment,) = _MOMENT.unpack(frame[at + length :])
        plan, topic, actor = (parts[number].decode() for number in (0, 1, 3))
    except (ValueError, struct.error):
        raise Bad("The bytes are not the frame of an event.") from None
    return position, plan, version, topic, actor, moment


def verify_consistency_file(text: str, old_checkpoint: str, vkey: str) -> tuple[int, int, bytes]:
    """Old size, new size and new root, when the proof shows that the new log begins with the old one."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    try:
        word, number = lines[0].split(" ")
        size1, path = int(number), [unb64(line, 32) for line in lines[1:]]
        if word != "old" or str(size1) != number:
            raise ValueError
    except ValueError:
        raise Bad("The proof is not written as old size, hashes, empty line and checkpoint.") from None
    (old_size, old_root), (size2, root) = read_note(old_checkpoint, vkey), read_note(note, vkey)
    if old_size != size1:
        raise Bad(f"The proof begins at {size1} events; the checkpoint you kept is of {old_size}.")
    whole = size1 & (size1 - 1) == 0  # then the old root is a node of the new tree and not repeated in the path
    known = old_root if whole or size1 == size2 else None
    if roots_of_both(size1, size2, path, known) != (old_root, root):
        raise Bad(f"The first {size1} events are not those of the checkpoint you kept.", 1)
    return size1, size2, root


def verify_pack(path: str, vkey: str, old_checkpoint: str | None = None) -> tuple[Found, list[str]]:
    """Check an audit pack: its manifest, log, checkpoint and proof; what else was checked is said in lines."""
    try:
        with zipfile.ZipFile(path) as pack:
            return _Pack(pack, vkey).check(old_checkpoint)
    except (zipfile.BadZipFile, OSError, KeyError, UnicodeDecodeError, RuntimeError, NotImplementedError) as problem:
        raise Bad(f"The pack cannot be read: {problem}") from None


class _Pack:
    def __init__(self, pack: zipfile.ZipFile, vkey: str) -> None:
        self.pack, self.vkey = pack, vkey
        self.names = pack.namelist()
        if len(set(self.names)) != len(self.names) or sum(i.file_size for i in pack.infolist()) > LARGEST_PACK:
            raise Bad("The pack names a file twice, or is larger than a pack can be.")

    def check(self, old_checkpoint: str | None) -> tuple[Found, list[str]]:
        said = [f"{self._manifest()} files, each with the hash that the manifest states"]
        with self.pack.open("events.ndjson") as lines:
            found = verify_log(lines, self.vkey, old_checkpoint)
        if self._text("checkpoint") != found.checkpoint:
            raise Bad("The checkpoint beside the log is not the log's own.", found.events + 1)
        if "previous-checkpoint" in self.names:
            previous = self._text("previous-checkpoint")
            size1, size2, root = verify_consistency_file(self._text("consistency"), previous, self.vkey)
            if (size2, root) != (found.events, found.root):
                raise Bad("The consistency proof does not lead to this log.")
            said.append(f"the log of {size2} events begins with the {size1} events of the previous checkpoint")
        return found, said

    def _text(self, name: str) -> str:
        return self.pack.read(name).decode("utf-8")

    def _manifest(self) -> int:
        lines = self._text("MANIFEST.sha256").splitlines()
        stated = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        for name in sorted({*stated, *self.names} - {"MANIFEST.sha256"}):
            if name not in stated or name not in self.names:
                raise Bad(f"{name} is not in both the pack and its manifest.")
            digest = sha256()
            with self.pack.open(name) as file:
                for block in iter(lambda: file.read(1 << 20), b""):
                    digest.update(block)
            if digest.hexdigest() != stated[name]:
                raise Bad(f"{name} is not the file whose hash the manifest states.")
        return len(stated)


def check_file(
    path: str, vkey: str, old_checkpoint: str | None = None, frame: str | None = None, every_signature: bool = False
) -> dict[str, Any]:
    """What holds about a file, as data; its kind is seen from its beginning. All arguments but the key are paths."""
    with open(path, "rb") as file:
        start = file.read(64)
    if not start:
        raise Bad("The file is empty.")
    old = None
    if old_checkpoint:
        with open(old_checkpoint, encoding="utf-8") as kept:
            old = kept.read()
    if start.startswith(PROOF.encode()):
        if not frame:
            raise Bad("This is a proof of one event; give the event's bytes with --frame.")
        with open(path, encoding="utf-8") as proof, open(frame, "rb") as event:
            proven = verify_inclusion_file(proof.read(), event.read(), vkey)
        return {**vars(proven), "root": proven.root.hex()}
    if start.startswith(b"old "):
        if old is None:
            raise Bad("This is a consistency proof; give the checkpoint you kept beside it.")
        with open(path, encoding="utf-8") as proof:
            size1, size2, root = verify_consistency_file(proof.read(), old, vkey)
        return {"old_size": size1, "size": size2, "root": root.hex()}
    said: list[str] = []
    if start.startswith(b"PK"):
        found, said = verify_pack(path, vkey, old)
    else:
        with open(path, "rb") as lines:
            found = verify_log(lines, vkey, old, every_signature)
    if found.signatures < found.checkpoints:
        said.append(f"{found.signatures} signatures verified, the newest among them (all: --every-signature)")
    if old is not None:
        said.append("the log begins with the events of the checkpoint you kept")
    data = {
        "events": found.events, "plans": found.plans, "commands": found.commands, "checkpoints": found.checkpoints,
        "signatures": found.signatures,
        "root": found.root.hex(), "also": said,
    }  # fmt: skip
    if found.plan:
        data |= {"shown_plan": found.plan, "by_hash": found.by_hash, "by_hash_only": [list(p) for p in found.hidden]}
        said.append(_by_hash(found))
    return data


def _by_hash(found: Found) -> str:
    """Which events nothing was shown of, and what that leaves open."""
    spans = [str(first) if first == last else f"{first}-{last}" for first, last in found.hidden]
    more = f" and {len(spans) - 12} more spans" if len(spans) > 12 else ""
    after = f"; whether {found.plan} has events after {_newest(found)} is not shown" if spans else ""
    return (
        f"contents of plan {found.plan} only: {found.events - found.by_hash} events are shown, {found.by_hash} are "
        f"there by their hashes only ({', '.join(spans[:12]) or 'none'}{more}){after}"
    )


def _newest(found: Found) -> int:
    """The number of the last event that is shown."""
    ends_hidden = bool(found.hidden) and found.hidden[-1][1] == found.events
    return found.hidden[-1][0] - 1 if ends_hidden else found.events


def _sentence(data: dict[str, Any]) -> str:
    if "position" in data:
        return (
            f"OK: event {data['position']} ({data['topic']}, plan {data['plan']}, version {data['version']}, by "
            f"{data['actor']}) is one of {data['size']} signed events, root {data['root']}"
        )
    if "old_size" in data:
        return (
            f"OK: the {data['size']} events begin with the {data['old_size']} of the checkpoint you kept, "
            f"root {data['root']}"
        )
    return "; ".join([
        f"OK: {_many(data['events'], 'event')} of {_many(data['plans'], 'plan')}, "
        f"{_many(data['commands'], 'command')}, {_many(data['checkpoints'], 'signed checkpoint')}, "
        f"root {data['root']}", *data["also"],
    ])  # fmt: skip


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def main(arguments: list[str] | None = None) -> int:
    """The command line: 0 when everything holds, 2 when a file cannot be opened, 6 when something does not hold."""
    parser = argparse.ArgumentParser(description="Check an exported log, an audit pack or a proof of claimfund.")
    parser.add_argument("file", help="a log, an audit pack, a .tlog-proof or a consistency proof")
    parser.add_argument("--vkey", required=True, help="the verifying key you keep")
    parser.add_argument("--old-checkpoint", help="a checkpoint you kept from an earlier time")
    parser.add_argument("--frame", help="the bytes of the event that a .tlog-proof is about")
    parser.add_argument("--every-signature", action="store_true", help="also of a log of more than 10,000 checkpoints")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    given = parser.parse_args(arguments)
    try:
        data = check_file(given.file, given.vkey, given.old_checkpoint, given.frame, given.every_signature)
    except (OSError, UnicodeDecodeError) as problem:
        sys.stderr.write(f"A file cannot be read: {problem}\n")
        return 2
    except Bad as bad:
        sys.stderr.write(f"VERIFICATION FAILED{bad.place}: {bad}\n")
        return 6
    sys.stdout.write(json.dumps({"ok": True, **data}, indent=2) + "\n" if given.json else _sentence(data) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
