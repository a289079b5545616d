"""Tokens and sealed texts: as written down, as a slow and obvious program makes them, opened by nobody else."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.intake.cmac import cmacs
from ledger.intake.plan_seal import ALPHABET, CLAIM, REFERENCE, ROW, PlanSeal, text_secret
from ledger.refusals import LedgerDamaged

VECTORS = json.loads((Path(__file__).parent / "sealed_texts.json").read_text(encoding="utf-8"))
PLAN, ADA, BEN = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=80)
KINDS = (CLAIM, REFERENCE)
ID = st.text(st.sampled_from("ABZaz019-_./é "), min_size=1, max_size=80) | TEXT


# --- the slow and obvious program -----------------------------------------------------------------------------


def key(label: str) -> bytes:
    return hmac.digest(PLAN, b"claimfund plan seal\0" + label.encode(), "sha256")


def slow_token(kind: str, text: str) -> str:
    mac = CMAC(AES(key(kind)))
    mac.update(text.encode())
    prefix = {"claim": "C-", "reference": "P-", "row": "R-"}[kind]
    return prefix + "".join(ALPHABET[b % 64] for b in mac.finalize()[:12])


def slow_stream(kind: str, token: str, member: bytes, length: int) -> list[int]:
    found: list[int] = []
    m = hmac.digest(member, b"claimfund claim texts", "sha256")[:16]
    for block in range(-(-length // 16)):
        start = token[2:].encode() + bytes([{"claim": 1, "reference": 2}[kind], block, 0, 0])
        x = bytes(a ^ b for a, b in zip(m, start, strict=True))
        made = Cipher(AES(key("stream")), ECB()).encryptor().update(x)
        found += [(a ^ b) % 64 for a, b in zip(made, x, strict=True)]
    return found[:length]


def slow_sealed(kind: str, text: str, member: bytes) -> str:
    odd = any(letter not in ALPHABET[:-1] for letter in text)
    plain = text.encode().hex() if odd else text
    plain += "_" * (-len(plain) % 8)
    stream = slow_stream(kind, slow_token(kind, text), member, len(plain))
    made = "".join(ALPHABET[ALPHABET.index(a) ^ b] for a, b in zip(plain, stream, strict=True))
    return "." * odd + made


# --- the product ----------------------------------------------------------------------------------------------


def column(texts: list[str]) -> np.ndarray:
    return np.array([text.encode() for text in texts], dtype=np.bytes_)


def sealed(kind: str, texts: list[str], members: list[bytes]) -> tuple[list[str], list[str]]:
    """Tokens and sealed texts, all at once."""
    seal, given_ = PlanSeal(PLAN), column(texts)
    tokens = seal.tokens(kind, given_)
    secrets = np.frombuffer(b"".join(map(text_secret, members)), dtype=np.uint8).reshape(-1, 16)
    made = seal.sealed(kind, given_, tokens, secrets)
    return [text.decode() for text in tokens.tolist()], [text.decode() for text in made.tolist()]


@pytest.mark.parametrize(("message", "mac"), [
    ("", "bb1d6929e95937287fa37d129b756746"),
    ("6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c"),
    ("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
     "dfa66747de9ae63030ca32611497c827"),
    ("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef"
     "f69f2445df4f9b17ad2b417be66c3710", "51f0bebf7e3b9d92fc49741779363cfe"),
])  # fmt: skip
def test_a_cmac_is_that_of_rfc_4493(message: str, mac: str) -> None:
    text = np.array([bytes.fromhex(message)], dtype=np.bytes_)
    assert cmacs(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), text)[0].tobytes().hex() == mac


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ID, st.sampled_from((ADA, BEN))), min_size=1, max_size=6), st.sampled_from(KINDS))
def test_many_at_once_are_what_a_slow_program_makes_of_each(rows: list[tuple[str, bytes]], kind: str) -> None:
    tokens, texts = sealed(kind, [text for text, _ in rows], [member for _, member in rows])
    assert tokens == [slow_token(kind, text) for text, _ in rows]
    assert texts == [slow_sealed(kind, text, member) for text, member in rows]
    seal = PlanSeal(PLAN)
    for (text, member), token, made in zip(rows, tokens, texts, strict=True):
        assert seal.opened(kind, made, token, text_secret(member)) == text


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["text"][:20])
def test_what_was_recorded_once_is_made_and_opened_the_same_for_ever(vector: dict[str, str]) -> None:
    (token,), (made,) = sealed(vector["kind"], [vector["text"]], [ADA])
    assert (token, made) == (vector["token"], vector["sealed"])
    assert PlanSeal(PLAN).mark == vector["mark"]


def test_an_empty_text_stays_empty_and_has_no_token() -> None:
    tokens, texts = sealed(REFERENCE, ["", "CK-1", ""], [ADA, ADA, BEN])
    assert (tokens[0], texts[0], tokens[2]) == ("", "", "") and tokens[1] and texts[1]


def test_a_token_tells_texts_apart_but_not_members_and_a_sealed_text_tells_both() -> None:
    tokens, texts = sealed(CLAIM, ["C-1", "C-1", "C-2", "C-1"], [ADA, BEN, ADA, ADA])
    assert tokens[0] == tokens[1] == tokens[3] != tokens[2]
    assert len({texts[0], texts[1], texts[2]}) == 3 and texts[0] == texts[3]
    seal = PlanSeal(PLAN)
    assert len({seal.token(kind, "C-1")[2:] for kind in (CLAIM, REFERENCE, ROW)}) == 3
    assert PlanSeal(BEN).token(CLAIM, "C-1") != seal.token(CLAIM, "C-1") and PlanSeal(BEN).mark != seal.mark


def test_what_does_not_belong_together_does_not_open() -> None:
    seal, (tokens, texts) = PlanSeal(PLAN), sealed(CLAIM, ["CLM-4711", "CLM-4712"], [ADA, ADA])
    ada, ben = text_secret(ADA), text_secret(BEN)
    assert seal.opened(CLAIM, texts[0], tokens[0], ada) == "CLM-4711"
    wrong = [(texts[0], tokens[0], ben), (texts[1], tokens[0], ada), (texts[0], tokens[1], ada)]
    wrong += [(texts[0][:-1] + ("A" if texts[0][-1] != "A" else "B"), tokens[0], ada), (f".{texts[0]}", tokens[0], ada)]
    for text, token, member in wrong:
        with pytest.raises(LedgerDamaged, match="does not open"):
            seal.opened(CLAIM, text, token, member)
    with pytest.raises(LedgerDamaged):
        PlanSeal(BEN).opened(CLAIM, texts[0], tokens[0], ada)


def test_the_length_of_a_sealed_text_tells_the_length_of_the_text_only_to_the_next_eight() -> None:
    _, texts = sealed(CLAIM, ["1", "12345678", "123456789", "1" * 16, "1" * 17], [ADA] * 5)
    assert [len(text) for text in texts] == [8, 8, 16, 16, 24]


def test_sealed_texts_of_alike_numbers_look_like_chance() -> None:
    """Each of 64 characters comes about equally often at each place (chi square, 63 degrees: 160 is beyond chance)."""
    numbers = [f"2025{n:08d}" for n in range(20_000)]
    tokens, texts = sealed(CLAIM, numbers, [ADA] * len(numbers))
    for made, first in ((tokens, 2), (texts, 0)):
        cells = np.array([text.encode() for text in made]).view(np.uint8).reshape(len(made), -1)
        for place in range(first, first + 12):
            counts = np.bincount(np.searchsorted(np.sort([ord(a) for a in ALPHABET]), cells[:, place]), minlength=64)
            assert ((counts - len(made) / 64) ** 2 / (len(made) / 64)).sum() < 160
    assert len(set(tokens)) == len(numbers)
