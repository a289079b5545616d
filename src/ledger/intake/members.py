"""Member pseudonyms: keyed, so that nobody without the key can try out all possible ids.

The same id in another plan has another pseudonym. The key file lies outside the ledger; destroying it unlinks the
pseudonyms from people for good.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from base64 import b32encode
from collections.abc import Iterable
from pathlib import Path

from ledger.refusals import Refusal

_FORMAT = re.compile(r"claimfund-member-key 1\nid: ([0-9a-f]{12})\nkey: ([0-9a-f]{64})\n", re.ASCII)


class KeyFileUnusable(Refusal):
    """The file of the member key is missing, open to others, or damaged."""

    code = "member-key-unusable"


class MemberKeys:
    """Turns member ids into pseudonyms: ``M-`` and 128 bits of HMAC-SHA256 over source and id, in base32."""

    __slots__ = ("_base", "key_id")

    def __init__(self, key: bytes, key_id: str = "") -> None:
        if len(key) != 32:
            raise ValueError("a member key has 32 bytes")
        self.key_id = key_id or hashlib.sha256(b"claimfund member key id\0" + key).hexdigest()[:12]
        self._base = hmac.new(key, digestmod=hashlib.sha256)

    @classmethod
    def create(cls, path: Path) -> MemberKeys:
        """A new random key in a new file that only its owner may read."""
        keys = cls(key := secrets.token_bytes(32))
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyFileUnusable(
                f"The member key file {path} exists already.",
                "Use it, or name another file: a new key gives every member a new name.",
            ) from None
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(f"claimfund-member-key 1\nid: {keys.key_id}\nkey: {key.hex()}\n")
            stream.flush()
            os.fsync(stream.fileno())
        return keys

    @classmethod
    def load(cls, path: Path) -> MemberKeys:
        """The key of a file made by :meth:`create`. Raises ``KeyFileUnusable``."""
        try:
            mode = path.stat().st_mode
            text = path.read_bytes().decode("ascii", "replace")
        except OSError as problem:
            raise KeyFileUnusable(
                f"The member key file {path} cannot be read ({problem.strerror}).",
                "Restore it from its safe copy.",
            ) from None
        if mode & 0o077:
            raise KeyFileUnusable(
                f"The member key file {path} is open to other users (mode {mode & 0o777:04o}).",
                f"Close it with: chmod 600 {path}",
            )
        found = _FORMAT.fullmatch(text)
        keys = cls(bytes.fromhex(found[2]), found[1]) if found else None
        if keys is None or keys.key_id != cls(bytes.fromhex(found[2] if found else "")).key_id:
            raise KeyFileUnusable(f"The member key file {path} is damaged.", "Restore it from its safe copy.")
        return keys

    def derive(self, source: str, member_id: str) -> str:
        """The pseudonym of one member id of one source (a plan)."""
        state = self._base.copy()
        state.update(source.encode() + b"\0" + member_id.encode())
        return "M-" + b32encode(state.digest()[:16]).decode().rstrip("=")

    def derive_all(self, source: str, member_ids: Iterable[str]) -> dict[str, str]:
        """The pseudonyms of many ids, each worked out once."""
        return {member_id: self.derive(source, member_id) for member_id in set(member_ids)}
