"""Sealed entries of the vault: one for each member, opened one at a time.

An entry holds the member's secret, the plan and the id that the administrator uses; one without an id holds the secret
that seals the plan's lines. It is sealed with AES-256-GCM;
the associated data are the vault, the entry, the key's version and the pseudonym, so that no entry passes for another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.intake.key_file import Key
from ledger.intake.members import NAME_BYTES, KeyFileUnusable

SECRET_BYTES = 32
_NONCE = 12
_PAD = 32


@dataclass(frozen=True, slots=True)
class Opened:
    """What an entry holds: the member's secret (zero for a name of the older keyed naming), plan and own id."""

    secret: bytes
    source: str
    member_id: str


def with_secret(opened: Opened) -> Opened:
    """The same with a secret of its own where the older keyed naming gave none."""
    return opened if opened.secret.strip(b"\0") else replace(opened, secret=os.urandom(SECRET_BYTES))


class Sealer:
    """Seals, opens and finds entries under one version of the key."""

    def __init__(self, vault: str, key: Key) -> None:
        self._head = b"claimfund member vault\0" + vault.encode()
        self._cipher = AESGCM(self._part(key, b"seal"))
        self._find = hmac.new(self._part(key, b"find"), digestmod=hashlib.sha256)
        self._proof = self._part(key, b"prove")
        self._version = key.version.to_bytes(4, "little")

    def _part(self, key: Key, purpose: bytes) -> bytes:
        return hmac.digest(key.secret, self._head + b"\0" + purpose, "sha256")

    def tag(self, source: str, member_id: str) -> bytes:
        """By what an entry is found: 16 bytes that only the key's holder can work out from plan and id."""
        state = self._find.copy()
        state.update(source.encode() + b"\0" + member_id.encode())
        return state.digest()[:NAME_BYTES]

    def name(self, secret: bytes, source: str) -> bytes:
        """The name that follows from a member's secret."""
        return hmac.digest(secret, self._head + b"\0name\0" + source.encode(), "sha256")[:NAME_BYTES]

    def seal(self, number: bytes, name: bytes, opened: Opened) -> bytes:
        """The sealed bytes of an entry; their length tells the length of the id only to the next 32."""
        plain = opened.secret + opened.source.encode() + b"\0" + opened.member_id.encode()
        plain += bytes(-len(plain) % _PAD)
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, self._bound(number, name))

    def open(self, number: bytes, name: bytes, sealed: bytes) -> Opened:
        """What an entry holds. Raises ``KeyFileUnusable`` when it was altered."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(number, name))
        except InvalidTag:
            raise KeyFileUnusable("An entry of the member vault was altered.", "Restore the vault.") from None
        source, _, member_id = plain[SECRET_BYTES:].rstrip(b"\0").partition(b"\0")
        return Opened(plain[:SECRET_BYTES], source.decode(), member_id.decode())

    def proof(self, data: bytes) -> bytes:
        """What shows that the file is as its key's holder wrote it."""
        return hmac.digest(self._proof, data, "sha256")

    def _bound(self, number: bytes, name: bytes) -> bytes:
        return self._head + number + self._version + name
