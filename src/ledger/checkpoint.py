"""What is hashed and what is signed: the leaf frame of a record, and the checkpoint over the whole tree.

A checkpoint is a C2SP ``tlog-checkpoint`` (origin, size, root) carried in a C2SP ``signed-note`` with
Ed25519, so that tools of others can check it. Signature lines of unknown keys are ignored, as the format
demands.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from ledger.ports import Record
from ledger.tree import HASH_BYTES, leaf_hash

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FRAME_HEADER = b"aso-event/v1\x00"
ED25519 = b"\x01"
SIGNATURE_MARK = "\u2014 "
PRIVATE_PREFIX = "PRIVATE+KEY"

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+]+")
_NUMBERS = struct.Struct(">QQ")
_LENGTH = struct.Struct(">I")
_MOMENT = struct.Struct(">q")


class CheckpointRefused(ValueError):
    """A checkpoint or key does not have its form, or no signature of the wanted key is good."""


def frame(record: Record) -> bytes:
    """The bytes of a record's leaf: every field with its length, so no two records share a frame."""
    parts = [FRAME_HEADER, _NUMBERS.pack(record.position, record.version)]
    for field in (
        record.plan.encode(),
        record.topic.encode(),
        record.state,
        record.actor.encode(),
        record.idempotency_key.encode(),
    ):
        parts.append(_LENGTH.pack(len(field)))
        parts.append(field)
    parts.append(_MOMENT.pack(record.recorded_at))
    return b"".join(parts)


def record_leaf(record: Record) -> bytes:
    """The leaf hash of a record."""
    return leaf_hash(frame(record))


def origin_of(ledger_id: str) -> str:
    """The name under which a ledger signs."""
    return f"claimfund/{ledger_id}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The statement that is signed: under this origin, so many leaves have this root."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"

    @classmethod
    def from_body(cls, body: str) -> Checkpoint:
        """Read the three lines; further lines are extensions and are passed over."""
        lines = body.split("\n")
        if len(lines) < 4 or lines[-1] or not lines[0] or not all(lines[:-1]):
            raise CheckpointRefused("A checkpoint has an origin, a size and a root, each on a line.")
        if not _SIZE.fullmatch(lines[1]):
            raise CheckpointRefused(f"{lines[1]!r} is not the size of a tree.")
        root = _unb64(lines[2])
        if len(root) != HASH_BYTES:
            raise CheckpointRefused(f"A root has {HASH_BYTES} bytes, not {len(root)}.")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a ledger's key; its text form is the ``vkey`` an auditor keeps."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{_b64(ED25519 + self.public)}"

    @classmethod
    def from_text(cls, text: str) -> VerifyingKey:
        """Read a ``vkey``; a key hash that does not fit the key is refused."""
        name, hash_text, key = _fields(text.strip(), 3)
        if len(key) != 33 or key[:1] != ED25519:
            raise CheckpointRefused("This is not an Ed25519 verifying key.")
        result = cls(name, key[1:])
        if result.key_hash.hex() != hash_text:
            raise CheckpointRefused("The verifying key does not fit its own hash.")
        return result

    def verify(self, note: str) -> Checkpoint:
        """The checkpoint in a signed note, when this key signed it; otherwise ``CheckpointRefused``."""
        return self.read(note, signature=True)

    def read(self, note: str, *, signature: bool) -> Checkpoint:
        """The checkpoint in a note that names this key as its signer; with ``signature`` that is verified too."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        body, signatures = parse_note(note)
        key_hash = self.key_hash
        ours = [sig for name, sig in signatures if name == self.name and sig[:4] == key_hash]
        if not ours:
            raise CheckpointRefused(f"The checkpoint is not signed by {self.name}.")
        if signature:
            public = Ed25519PublicKey.from_public_bytes(self.public)
            for each in ours:
                try:
                    public.verify(each[4:], body.encode())
                except InvalidSignature:
                    raise CheckpointRefused(f"The signature of {self.name} on the checkpoint is false.") from None
        checkpoint = Checkpoint.from_body(body)
        if checkpoint.origin != self.name:
            raise CheckpointRefused(f"The checkpoint is of {checkpoint.origin}, not of {self.name}.")
        return checkpoint


class SigningKey:
    """The private half; its text form is what the key file holds."""

    def __init__(self, name: str, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not _NAME.fullmatch(name):
            raise CheckpointRefused(f"{name!r} cannot name a key: no spaces, no plus signs.")
        self._seed = seed
        self._private: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifying = VerifyingKey(name, self._private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """A new key from the system's randomness."""
        from secrets import token_bytes

        return cls(name, token_bytes(32))

    def to_text(self) -> str:
        """The line for the key file; whoever has it can sign for the ledger."""
        public = self.verifying
        return f"{PRIVATE_PREFIX}+{public.name}+{public.key_hash.hex()}+{_b64(ED25519 + self._seed)}"

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Read what ``to_text`` wrote."""
        prefix = f"{PRIVATE_PREFIX}+"
        if not text.startswith(prefix):
            raise CheckpointRefused("This is not a signing key.")
        name, hash_text, key = _fields(text.removeprefix(prefix).strip(), 3)
        if len(key) != 33 or key[:1] != ED25519:
            raise CheckpointRefused("This is not an Ed25519 signing key.")
        result = cls(name, key[1:])
        if result.verifying.key_hash.hex() != hash_text:
            raise CheckpointRefused("The signing key does not fit its own hash.")
        return result

    def sign(self, size: int, root: bytes) -> str:
        """The signed note that states size and root under this key's name."""
        body = Checkpoint(self.verifying.name, size, root).body()
        signature = _b64(self.verifying.key_hash + self._private.sign(body.encode()))
        return f"{body}\n{SIGNATURE_MARK}{self.verifying.name} {signature}\n"

    def __repr__(self) -> str:
        return f"SigningKey({self.verifying.name!r})"


def parse_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text of a note, and its signatures as names with key hash and signature bytes."""
    body, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise CheckpointRefused("A signed note ends with a blank line and signature lines.")
    signatures = []
    for line in tail[:-1].split("\n"):
        name, _, encoded = line.removeprefix(SIGNATURE_MARK).partition(" ")
        signature = _unb64(encoded)
        if not line.startswith(SIGNATURE_MARK) or not _NAME.fullmatch(name) or len(signature) < 5:
            raise CheckpointRefused("A signature line of the note does not have its form.")
        signatures.append((name, signature))
    return body + "\n", signatures


def _fields(text: str, count: int) -> tuple[str, str, bytes]:
    fields = text.split("+", count - 1)
    if len(fields) != count or not _NAME.fullmatch(fields[0]):
        raise CheckpointRefused("A key is written as name, hash and key, joined by plus signs.")
    return fields[0], fields[1], _unb64(fields[2])


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise CheckpointRefused("A part of the checkpoint is not base64.") from None
    if _b64(data) != text:
        raise CheckpointRefused("A part of the checkpoint is not written in the one way base64 allows.")
    return data
