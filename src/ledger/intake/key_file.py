"""The file of the member key: which vault it opens, and the key's versions (two only while a rotation is under way)."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from ledger.intake.members import KeyFileUnusable, key_id_of

_FIRST = re.compile(r"claimfund-member-key 1\nid: ([0-9a-f]{12})\nkey: ([0-9a-f]{64})\n", re.ASCII)
_SECOND = re.compile(
    r"claimfund-member-key 2\nvault: ([0-9a-f]{16})\n((?:key: [1-9][0-9]{0,4} [0-9a-f]{12} [0-9a-f]{64}\n){1,2})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Key:
    """One version of a member key."""

    version: int
    secret: bytes

    @property
    def id(self) -> str:
        """Its public name."""
        return key_id_of(self.secret)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file says. Without a vault it is the key of a ledger older than the vault: it named members itself."""

    vault: str
    keys: tuple[Key, ...]

    @classmethod
    def load(cls, path: Path) -> KeyFile:
        """Read a key file that only its owner can read. Raises ``KeyFileUnusable``."""
        text = read_private(path, "member key file").decode("ascii", "replace")
        if found := _FIRST.fullmatch(text):
            made = cls("", (Key(1, bytes.fromhex(found[2])),))
            ids = [found[1]]
        elif found := _SECOND.fullmatch(text):
            lines = [line.split()[1:] for line in found[2].splitlines()]
            made = cls(found[1], tuple(Key(int(version), bytes.fromhex(secret)) for version, _, secret in lines))
            ids = [named for _, named, _ in lines]
        else:
            raise _damaged(path)
        if [key.id for key in made.keys] != ids:
            raise _damaged(path)
        return made

    def save(self, path: Path) -> None:
        """Write the file anew, in one step, and overwrite what was in it before."""
        lines = [f"key: {key.version} {key.id} {key.secret.hex()}\n" for key in self.keys]
        replace_private(path, f"claimfund-member-key 2\nvault: {self.vault}\n{''.join(lines)}".encode())


def _damaged(path: Path) -> KeyFileUnusable:
    return KeyFileUnusable(f"The member key file {path} is damaged.", "Restore it from its safe copy.")


def read_private(path: Path, what: str) -> bytes:
    """The bytes of a file that only its owner can read. Raises ``KeyFileUnusable``."""
    try:
        mode, data = _read(path)
    except OSError as problem:
        raise KeyFileUnusable(
            f"The {what} {path} cannot be read ({problem.strerror}).",
            "Restore it from its safe copy.",
        ) from None
    if mode & 0o077:
        raise KeyFileUnusable(
            f"The {what} {path} is open to other users (mode {mode & 0o777:04o}).",
            f"Close it with: chmod 600 {path}",
        )
    return data


def _read(path: Path) -> tuple[int, bytes]:
    """Mode and bytes of a file; read again when another took its place meanwhile, since the old one is overwritten."""
    while True:
        with path.open("rb") as stream:
            data, read = stream.read(), os.fstat(stream.fileno())
        now = path.stat()
        if (now.st_ino, now.st_dev) == (read.st_ino, read.st_dev):
            return now.st_mode, data


def replace_private(path: Path, data: bytes) -> None:
    """Put new bytes in place of a file in one step, for its owner alone; all of them are on the disk on return.

    The bytes that were there are overwritten, as are those that a writer left who was stopped; somebody may be erased
    later who is in them. A disk that writes elsewhere than it is told (flash, snapshots) may keep them; copies and
    backups are not reached. There is one writer at a time.
    """
    old = os.open(path, os.O_RDWR) if path.exists() else None
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        for left in path.parent.glob(f".{escape(path.name)}.{'[0-9a-f]' * 8}"):
            _overwrite(os.open(left, os.O_RDWR | os.O_NOFOLLOW))
            left.unlink()
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        if old is not None:
            was, old = old, None
            _overwrite(was)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise KeyFileUnusable(
            f"{path} cannot be written ({problem.strerror}).", "Check the folder and its permissions."
        ) from None
    finally:
        if old is not None:
            os.close(old)


def _overwrite(handle: int) -> None:
    """Write zeros over a file that nobody needs any more, and let go of it."""
    try:
        os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
        os.fsync(handle)
    finally:
        os.close(handle)
