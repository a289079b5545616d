"""The vault: names from secrets, taken over from older keys, kept under new ones, and gone when they are erased."""

from __future__ import annotations

from base64 import b32encode
from pathlib import Path
from threading import Thread

import pytest

from ledger.intake.key_file import read_private, replace_private
from ledger.intake.members import KeyFileUnusable, MemberKeys, name_of, written
from ledger.intake.vault import FIRST_NAMING, MemberVault, VaultMoved, vault_path

IDS = ("70-1144", "70-1145", "SMITH-3")


def vault(folder: Path, *ids: str) -> MemberVault:
    """A saved vault that names these ids of plan NW."""
    made = MemberVault.open(folder / "members.key")
    made.derive_all("NW", ids)
    made.save()
    return made


def old_key(folder: Path) -> MemberKeys:
    """A key file as it was before there were vaults."""
    keys = MemberKeys(b"k" * 32)
    path = folder / "members.key"
    path.write_text(f"claimfund-member-key 1\nid: {keys.key_id}\nkey: {(b'k' * 32).hex()}\n")
    path.chmod(0o600)
    return keys


def everything(folder: Path) -> bytes:
    """The bytes of all files of a folder."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_an_id_keeps_its_name_and_has_another_in_another_plan(tmp_path: Path) -> None:
    made = vault(tmp_path, *IDS)
    again = MemberVault.open(tmp_path / "members.key")
    names = again.derive_all("NW", IDS)
    assert names == made.derive_all("NW", IDS)
    assert all(name.startswith("M-") and len(name) == 28 for name in names.values())
    assert set(again.derive_all("OTHER", IDS).values()).isdisjoint(names.values())
    assert again.find("NW", "70-1144") == names["70-1144"] and not again.find("NW", "unheard")


def test_the_vault_tells_its_owner_whom_a_name_stands_for_and_shows_no_id_in_its_bytes(tmp_path: Path) -> None:
    names = vault(tmp_path, *IDS).derive_all("NW", IDS)
    again = MemberVault.open(tmp_path / "members.key")
    for member_id, name in names.items():
        entry = again.entry(name)
        assert entry is not None and entry.version == 1
        opened = again.reveal(entry)
        assert (opened.source, opened.member_id) == ("NW", member_id)
        assert member_id.encode() not in everything(tmp_path)
    assert again.entry("M-4F2A") is None and name_of("M-" + "1" * 26) is None


def test_nothing_is_written_before_it_is_saved(tmp_path: Path) -> None:
    MemberVault.open(tmp_path / "members.key").derive_all("NW", IDS)
    assert not list(tmp_path.iterdir())


def test_both_files_are_for_their_owner_alone_and_refused_when_they_are_not(tmp_path: Path) -> None:
    vault(tmp_path, *IDS)
    key = tmp_path / "members.key"
    for path in (key, vault_path(key)):
        assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o644)
        with pytest.raises(KeyFileUnusable, match="chmod 600"):
            MemberVault.open(key)
        path.chmod(0o600)


def test_a_changed_byte_of_key_or_vault_is_found(tmp_path: Path) -> None:
    vault(tmp_path, *IDS)
    key = tmp_path / "members.key"
    for path in (key, vault_path(key)):
        whole = path.read_bytes()
        for at in range(0, len(whole), 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            with pytest.raises(KeyFileUnusable, match=r"damaged|missing"):
                MemberVault.open(key)
        path.write_bytes(whole)
    MemberVault.open(key)


def test_a_missing_half_is_refused_instead_of_giving_everybody_a_new_name(tmp_path: Path) -> None:
    vault(tmp_path, *IDS)
    key = tmp_path / "members.key"
    kept = vault_path(key).read_bytes()
    vault_path(key).unlink()
    with pytest.raises(KeyFileUnusable, match=r"vault .* is missing"):
        MemberVault.open(key)
    vault_path(key).write_bytes(kept)
    vault_path(key).chmod(0o600)
    key.unlink()
    with pytest.raises(KeyFileUnusable, match="cannot be read"):
        MemberVault.open(key)


def test_names_of_an_older_key_go_on_until_it_is_rotated_and_are_kept_then(tmp_path: Path) -> None:
    before = old_key(tmp_path)
    adopted = vault(tmp_path, *IDS[:2])
    assert adopted.derive_all("NW", IDS[:2]) == before.derive_all("NW", IDS[:2])
    entry = adopted.entry(before.derive("NW", IDS[0]))
    assert entry is not None and entry.version == FIRST_NAMING
    assert (tmp_path / "members.key").read_text().startswith("claimfund-member-key 2\n")
    adopted.rotate()
    rotated = MemberVault.open(tmp_path / "members.key")
    assert rotated.derive_all("NW", IDS[:2]) == before.derive_all("NW", IDS[:2])
    assert rotated.derive_all("NW", IDS[2:]) != before.derive_all("NW", IDS[2:])
    assert (b"k" * 32).hex().encode() not in everything(tmp_path)


def test_a_rotation_keeps_names_and_ids_and_gives_new_members_its_own_version(tmp_path: Path) -> None:
    made = vault(tmp_path, *IDS[:2])
    names = made.derive_all("NW", IDS[:2])
    sealed = vault_path(tmp_path / "members.key").read_bytes()
    secret = made.key.secret
    made.rotate()
    assert made.derive_all("NW", IDS)[IDS[0]] == names[IDS[0]]
    made.save()
    again = MemberVault.open(tmp_path / "members.key")
    assert {again.entries[tag].version for tag in again.entries} == {1, 2}
    entry = again.entry(names[IDS[1]])
    assert entry is not None and again.reveal(entry).member_id == IDS[1]
    assert secret.hex().encode() not in everything(tmp_path)
    vault_path(tmp_path / "members.key").write_bytes(sealed)
    with pytest.raises(KeyFileUnusable, match="not that of its key file"):
        MemberVault.open(tmp_path / "members.key")


def test_after_erasure_nothing_links_id_and_name_and_the_id_gets_another(tmp_path: Path) -> None:
    made = vault(tmp_path, *IDS)
    key, gone = made.key.secret, made.derive_all("NW", IDS)[IDS[0]]
    entry = made.entry(gone)
    assert entry is not None
    tag, opened = made.named[entry.name], made.reveal(entry)
    assert made.erase(gone) and not made.erase(gone)
    kept = everything(tmp_path)
    for trace in (tag, entry.name, entry.sealed, opened.secret, gone.encode(), IDS[0].encode(), b32encode(entry.name)):
        assert trace not in kept
    again = MemberVault.open(tmp_path / "members.key")
    assert again.entry(gone) is None
    assert MemberKeys(key).derive("NW", IDS[0]) != gone  # The key and the id do not make the name.
    assert again.derive_all("NW", IDS)[IDS[0]] != gone
    assert again.derive_all("NW", IDS)[IDS[1]] == made.derive_all("NW", IDS)[IDS[1]]


def test_the_old_bytes_of_an_erased_entry_are_overwritten_where_they_were(tmp_path: Path) -> None:
    made = vault(tmp_path, *IDS)
    gone = made.entry(made.derive_all("NW", IDS)[IDS[0]])
    assert gone is not None
    with vault_path(tmp_path / "members.key").open("rb") as old:  # The very file, by its handle.
        assert gone.sealed in old.read()
        made.erase(written(gone.name))
        old.seek(0)
        assert not old.read().strip(b"\0")


def test_a_vault_that_was_replaced_or_left_half_written_is_overwritten_too(tmp_path: Path) -> None:
    made = vault(tmp_path, *IDS[:2])
    place = vault_path(tmp_path / "members.key")
    left = tmp_path / f".{place.name}.0a1b2c3d"  # as somebody leaves it whose import was stopped
    left.write_bytes(place.read_bytes())
    with place.open("rb") as first, left.open("rb") as stopped:
        made.derive_all("NW", IDS)
        made.save()
        assert not first.read().strip(b"\0") and not stopped.read().strip(b"\0")
    assert not left.exists() and len(MemberVault.open(tmp_path / "members.key").entries) == 3


def test_who_reads_while_another_writes_sees_the_one_or_the_other(tmp_path: Path) -> None:
    path, whole = tmp_path / "members.key", {b"a" * 400_000, b"b" * 400_000}
    replace_private(path, b"a" * 400_000)

    def write() -> None:
        for number in range(25):
            replace_private(path, b"ba"[number % 2 :][:1] * 400_000)

    writer = Thread(target=write)
    writer.start()
    while writer.is_alive():
        assert read_private(path, "member vault") in whole
    writer.join()


def test_an_import_that_began_before_an_erasure_does_not_bring_the_member_back(tmp_path: Path) -> None:
    made = vault(tmp_path, *IDS[:2])
    importing = MemberVault.open(tmp_path / "members.key")
    importing.derive_all("NW", IDS)
    gone = made.derive_all("NW", IDS)[IDS[0]]
    assert made.erase(gone)
    with pytest.raises(VaultMoved, match="Run it again"):
        importing.save()
    assert MemberVault.open(tmp_path / "members.key").entry(gone) is None


def test_two_imports_at_once_add_up_and_never_name_one_member_twice(tmp_path: Path) -> None:
    vault(tmp_path, IDS[0])
    key = tmp_path / "members.key"
    first, second, third = (MemberVault.open(key) for _ in range(3))
    first.derive_all("NW", IDS[1:2])
    second.derive_all("NW", IDS[2:3])
    third.derive_all("NW", IDS[1:2])
    first.save()
    second.save()
    with pytest.raises(VaultMoved, match="Run it again"):
        third.save()
    assert len(MemberVault.open(key).entries) == 3


def test_an_entry_moved_to_another_name_does_not_open(tmp_path: Path) -> None:
    made = vault(tmp_path, *IDS)
    first, second = list(made.entries.values())[:2]
    swapped = type(first)(first.number, first.name, first.version, second.sealed)
    with pytest.raises(KeyFileUnusable, match="altered"):
        made.reveal(swapped)
