"""The vault: which pseudonym stands for which member id. It lies beside the member key file, outside the ledger.

A member's pseudonym follows from a random secret that only the vault holds: when the entry is erased, neither the key
nor the id gives the pseudonym again. Names that an older ledger derived from the key itself are taken over as they are,
until the key is rotated.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ledger.intake.key_file import Key, KeyFile, read_private, replace_private
from ledger.intake.members import NAME_BYTES, KeyFileUnusable, MemberKeys, name_of, written
from ledger.intake.sealed import SECRET_BYTES, Opened, Sealer, with_secret
from ledger.refusals import Refusal

_MAGIC = b"claimfund-member-vault 1\n"
_NUMBER = 8
_PROOF = 32
FIRST_NAMING = 0  # the version of names that the key itself gave, before there was a vault


class VaultMoved(Refusal):
    """Somebody else named the same members, changed the key or erased somebody in the meantime."""

    code = "member-vault-moved"

    def __init__(self) -> None:
        super().__init__(
            "The member vault changed while this was being prepared, so nothing was recorded.", "Run it again."
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A sealed entry: its number, its pseudonym's bytes, the version under which it was named, and what is sealed."""

    number: bytes
    name: bytes
    version: int
    sealed: bytes


@dataclass(slots=True)
class MemberVault:
    """The names of members. Nothing is written before :meth:`save`."""

    path: Path
    vault: str
    key: Key
    naming: MemberKeys | None
    entries: dict[bytes, Entry] = field(default_factory=dict)
    named: dict[bytes, bytes] = field(default_factory=dict)
    _sealer: Sealer = field(init=False)
    _new: dict[bytes, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sealer = Sealer(self.vault, self.key)

    @classmethod
    def open(cls, key_path: Path) -> MemberVault:
        """The vault beside a key file; both are thought of, and written by :meth:`save`, when neither is there.

        The key of an older ledger goes on naming members. Raises ``KeyFileUnusable``.
        """
        place = vault_path(key_path)
        if not key_path.exists() and not place.exists():
            return cls(key_path, secrets.token_hex(8), Key(1, secrets.token_bytes(32)), None)
        keys = KeyFile.load(key_path)
        if place.exists():
            return _read(key_path, keys, read_private(place, "member vault"))
        if keys.vault:
            raise KeyFileUnusable(
                f"The member vault {place} is missing: without it every member would get a new name.",
                "Restore it from its safe copy, beside its key file.",
            )
        return cls(key_path, secrets.token_hex(8), keys.keys[0], MemberKeys(keys.keys[0].secret))

    def derive_all(self, source: str, member_ids: Iterable[str]) -> dict[str, str]:
        """The pseudonyms of many ids of one source (a plan); those not met before are named."""
        found: dict[str, str] = {}
        tag_of = self._sealer.tag
        for member_id in set(member_ids):
            tag = tag_of(source, member_id)
            entry = self.entries.get(tag) or self._name(tag, source, member_id)
            found[member_id] = written(entry.name)
        return found

    def _name(self, tag: bytes, source: str, member_id: str) -> Entry:
        if self.naming is None:
            return self._named_anew(tag, source, member_id)
        name = self.naming.name(source, member_id)
        return self._entered(tag, name, FIRST_NAMING, Opened(bytes(SECRET_BYTES), source, member_id))

    def _named_anew(self, tag: bytes, source: str, member_id: str) -> Entry:
        secret = os.urandom(SECRET_BYTES)
        name = self._sealer.name(secret, source)
        return self._entered(tag, name, self.key.version, Opened(secret, source, member_id))

    def _entered(self, tag: bytes, name: bytes, version: int, opened: Opened) -> Entry:
        number = os.urandom(_NUMBER)
        entry = Entry(number, name, version, self._sealer.seal(number, name, opened))
        self._add(tag, entry)
        self._new[tag] = entry
        return entry

    def plan_secret(self, source: str, *, make: bool = False) -> bytes | None:
        """The secret that seals the lines of a plan: that of an entry without a member id; made when asked for."""
        tag = self._sealer.tag(source, "")
        entry = self.entries.get(tag)
        if entry is None and make:
            entry = self._named_anew(tag, source, "")
        return self.reveal(entry).secret if entry else None

    def secret_of(self, pseudonym: str) -> bytes | None:
        """The secret of a member; nothing when the vault does not hold the member, or an older key named it."""
        entry = self.entry(pseudonym)
        secret = self.reveal(entry).secret if entry else b""
        return secret if secret.strip(b"\0") else None

    def _add(self, tag: bytes, entry: Entry) -> None:
        self.entries[tag] = entry
        self.named[entry.name] = tag

    def find(self, source: str, member_id: str) -> str:
        """The pseudonym of an id, or nothing when it has none."""
        entry = self.entries.get(self._sealer.tag(source, member_id))
        return written(entry.name) if entry else ""

    def entry(self, pseudonym: str) -> Entry | None:
        """The entry of a pseudonym."""
        name = name_of(pseudonym)
        tag = self.named.get(name) if name else None
        return self.entries[tag] if tag else None

    def reveal(self, entry: Entry) -> Opened:
        """Whom an entry names."""
        return self._sealer.open(entry.number, entry.name, entry.sealed)

    # --- writing ----------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write what was named since the vault was opened.

        Raises ``VaultMoved`` when others named the same members, changed the key, or erased somebody meanwhile.
        """
        if not self._new and self.path.exists() and vault_path(self.path).exists():
            return
        with _locked(self.path):
            if vault_path(self.path).exists():
                disk = MemberVault.open(self.path)
                erased = self.entries.keys() - self._new.keys() - disk.entries.keys()
                if disk.key != self.key or disk.vault != self.vault or disk.entries.keys() & self._new.keys() or erased:
                    raise VaultMoved
                for tag, entry in disk.entries.items():
                    self._add(tag, entry)
            elif self.path.exists() and KeyFile.load(self.path).keys != (self.key,):
                raise VaultMoved
            self._write()
            KeyFile(self.vault, (self.key,)).save(self.path)
        self._new.clear()

    def erase(self, pseudonym: str) -> bool:
        """Remove a member's entry for good, and overwrite the bytes that held it; whether there was one."""
        with _locked(self.path):
            disk = MemberVault.open(self.path)
            entry = disk.entry(pseudonym)
            if entry is not None:
                del disk.entries[disk.named.pop(entry.name)]
                disk._write()
        self.entries, self.named = disk.entries, disk.named
        return entry is not None

    def rotate(self) -> int:
        """Seal everything under a new key and forget the old one; everybody keeps their name. Gives how many they are.

        Whoever the older keyed naming has not named yet will get a name from a secret of their own; whom it has named
        gets a secret now, under which claims are sealed.
        """
        with _locked(self.path):
            disk = MemberVault.open(self.path)
            key = Key(disk.key.version + 1, secrets.token_bytes(32))
            made, members = MemberVault(self.path, disk.vault, key, None), 0
            for entry in disk.entries.values():
                opened = with_secret(disk.reveal(entry))
                members += bool(opened.member_id)
                sealed = made._sealer.seal(entry.number, entry.name, opened)
                tag = made._sealer.tag(opened.source, opened.member_id)
                made._add(tag, Entry(entry.number, entry.name, entry.version, sealed))
            KeyFile(disk.vault, (disk.key, key)).save(self.path)
            made._write()
            KeyFile(disk.vault, (key,)).save(self.path)
        self.key, self.naming, self._sealer = key, None, made._sealer
        self.entries, self.named = made.entries, made.named
        return members

    def _write(self) -> None:
        head = {
            "vault": self.vault,
            "key": self.key.id,
            "key_version": self.key.version,
            "entries": len(self.entries),
            "names_from_key": self.naming is not None,
        }
        values = self.entries.values()
        body = b"".join((
            _MAGIC, json.dumps(head, sort_keys=True).encode(), b"\n",
            *self.entries,
            *(entry.number for entry in values),
            *(entry.name for entry in values),
            *(entry.version.to_bytes(2, "little") for entry in values),
            *(len(entry.sealed).to_bytes(2, "little") for entry in values),
            *(entry.sealed for entry in values),
        ))  # fmt: skip
        replace_private(vault_path(self.path), body + self._sealer.proof(body))


def vault_path(key_path: Path) -> Path:
    """Where the vault of a key file lies."""
    return key_path.with_name(key_path.name + ".vault")


def _read(key_path: Path, keys: KeyFile, data: bytes) -> MemberVault:
    head_end = data.find(b"\n", len(_MAGIC))
    damaged = KeyFileUnusable(
        f"The member vault {vault_path(key_path)} is damaged or is not that of its key file.",
        "Restore both from their safe copies.",
    )
    if not data.startswith(_MAGIC) or head_end < 0 or len(data) < head_end + _PROOF:
        raise damaged
    try:
        head = json.loads(data[len(_MAGIC) : head_end])
        key = next((key for key in keys.keys if key.id == head["key"] and key.version == head["key_version"]), None)
        if key is None or keys.vault not in ("", head["vault"]):
            raise damaged
        naming = MemberKeys(key.secret) if head["names_from_key"] else None
        made = MemberVault(key_path, head["vault"], key, naming)
        if not secrets.compare_digest(made._sealer.proof(data[:-_PROOF]), data[-_PROOF:]):
            raise damaged
        count = head["entries"]
    except (ValueError, KeyError, TypeError):
        raise damaged from None
    at = head_end + 1
    columns = []
    for width in (NAME_BYTES, _NUMBER, NAME_BYTES, 2, 2):
        columns.append([data[start : start + width] for start in range(at, at + count * width, width)])
        at += count * width
    tags, numbers, names, versions, sizes = columns
    for tag, number, name, version, size in zip(tags, numbers, names, versions, sizes, strict=True):
        end = at + int.from_bytes(size, "little")
        made.entries[tag] = Entry(number, name, int.from_bytes(version, "little"), data[at:end])
        at = end
    made.named = dict(zip(names, tags, strict=True))
    return made


@contextmanager
def _locked(key_path: Path) -> Iterator[None]:
    """One writer of a vault at a time; the lock file stays."""
    lock = key_path.with_name(key_path.name + ".lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise KeyFileUnusable(
            f"{lock} cannot be opened ({problem.strerror}).", "Check the folder and its permissions."
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
