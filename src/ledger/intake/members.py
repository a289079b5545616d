"""Member pseudonyms as the readers of files ask for them, and the keyed naming of ledgers older than the vault.

The same id in another plan has another pseudonym. Key and vault lie outside the ledger; destroying them unlinks the
pseudonyms from people for good.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32decode, b32encode
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from ledger.refusals import Refusal

NAME_BYTES = 16
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype=np.uint8)
_CHARACTERS = 26
_BATCH = 10_000


class KeyFileUnusable(Refusal):
    """The file of the member key is missing, open to others, or damaged."""

    code = "member-key-unusable"


class Names(Protocol):
    """Whatever turns the member ids of one source (a plan) into pseudonyms."""

    def derive_all(self, source: str, member_ids: Iterable[str]) -> dict[str, str]:
        """The pseudonym of each id."""
        ...


class MemberKeys:
    """Turns member ids into pseudonyms: ``M-`` and 128 bits of HMAC-SHA256 over source and id, in base32."""

    __slots__ = ("_key", "key_id")

    def __init__(self, key: bytes, key_id: str = "") -> None:
        if len(key) != 32:
            raise ValueError("a member key has 32 bytes")
        self.key_id = key_id or key_id_of(key)
        self._key = key

    def derive(self, source: str, member_id: str) -> str:
        """The pseudonym of one member id of one source (a plan)."""
        return written(self.name(source, member_id))

    def name(self, source: str, member_id: str) -> bytes:
        """The 16 bytes that a pseudonym spells."""
        return hmac.digest(self._key, source.encode() + b"\0" + member_id.encode(), "sha256")[:NAME_BYTES]

    def derive_all(self, source: str, member_ids: Iterable[str]) -> dict[str, str]:
        """The pseudonyms of many ids, each worked out once."""
        ids = list(set(member_ids))
        return dict(zip(ids, all_written([self.name(source, member_id) for member_id in ids]), strict=True))


def key_id_of(key: bytes) -> str:
    """The public name of a key: 12 hexadecimal digits that say nothing about it."""
    return hashlib.sha256(b"claimfund member key id\0" + key).hexdigest()[:12]


def written(name: bytes) -> str:
    """A pseudonym as it is written."""
    return "M-" + b32encode(name).decode().rstrip("=")


def all_written(names: Sequence[bytes]) -> list[str]:
    """Pseudonyms as they are written, thousands at a time: each five bits of a name are one character."""
    found: list[str] = []
    for start in range(0, len(names), _BATCH):
        part = names[start : start + _BATCH]
        bits = np.zeros((len(part), _CHARACTERS * 5), dtype=np.uint8)
        bits[:, : NAME_BYTES * 8] = np.unpackbits(np.frombuffer(b"".join(part), dtype=np.uint8)).reshape(len(part), -1)
        fives = np.zeros((len(part), _CHARACTERS, 8), dtype=np.uint8)
        fives[:, :, 3:] = bits.reshape(len(part), _CHARACTERS, 5)
        text = _ALPHABET[np.packbits(fives)].tobytes().decode("ascii")
        found += ["M-" + text[at : at + _CHARACTERS] for at in range(0, len(text), _CHARACTERS)]
    return found


def name_of(pseudonym: str) -> bytes | None:
    """The 16 bytes of a pseudonym; nothing when it is not one that this program made."""
    text = pseudonym.removeprefix("M-")
    if text == pseudonym or len(text) != 26:
        return None
    try:
        return b32decode(text + "======")
    except ValueError:
        return None
