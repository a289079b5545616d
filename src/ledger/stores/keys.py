"""The signing key of a ledger, kept outside it: who can write the ledger must not thereby sign it."""

from __future__ import annotations

import os
from pathlib import Path

from ledger.checkpoint import CheckpointRefused, SigningKey, VerifyingKey
from ledger.refusals import StoreUnusable


class Signer:
    """Loads the key when the first signature is needed, so that reading a ledger needs no key."""

    def __init__(self, path: Path, verifying: VerifyingKey) -> None:
        self.path = path
        self._verifying = verifying
        self._key: SigningKey | None = None

    def sign(self, size: int, root: bytes) -> str:
        """The signed checkpoint for this size and root."""
        if self._key is None:
            self._key = self._load()
        return self._key.sign(size, root)

    def _load(self) -> SigningKey:
        key = read_key(self.path)
        if key.verifying != self._verifying:
            raise StoreUnusable(
                f"The key {self.path} is not the signing key of this ledger ({self._verifying.name}). "
                "Put the right key there, or name it with the signing key option."
            )
        return key


def read_key(path: Path) -> SigningKey:
    """The key in a file, or ``StoreUnusable`` with what to do."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise StoreUnusable(
            f"The signing key {path} is missing, so nothing can be recorded; reading still works. "
            "Bring the key back from its safe copy."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnusable(f"The signing key {path} cannot be read ({error}).") from error
    try:
        return SigningKey.from_text(text.strip())
    except CheckpointRefused as error:
        raise StoreUnusable(f"The file {path} is not a signing key. {error}") from error


def create_key(path: Path, name: str) -> SigningKey:
    """A new key in a new file only its owner may read; an existing file is never overwritten."""
    key = SigningKey.generate(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise StoreUnusable(
            f"The key file {path} exists, but the ledger it belonged to does not. Move it away and create again."
        ) from None
    except OSError as error:
        raise StoreUnusable(f"The signing key {path} cannot be written ({error.strerror}).") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.to_text() + "\n")
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return key
