"""The seal of a plan: what stands in a register in place of the texts that name a claim.

What is recorded stays, so this never changes. With ``P``, the plan's secret, and ``M``, the member's (each 32 random
bytes of the vault; the member's is destroyed when the member is erased):

* ``key(label)`` is HMAC-SHA256 of ``claimfund plan seal`` NUL ``label`` under ``P``.
* The **token** of a text is ``C-`` (claim), ``P-`` (payment reference) or ``R-`` (row id) and twelve characters: the
  six low bits of each of the first twelve bytes of AES-256-CMAC under ``key(claim)``, ``key(reference)`` or
  ``key(row)``, written in ``ALPHABET``. It is one-way, and does not depend on the member.
* The **stream** of a member and a token is, for the blocks j = 0, 1, …, ``AES(x) xor x`` under ``key(stream)`` with
  ``x = m xor (token's twelve characters, kind, j, 0, 0)``; ``m`` is the first half of HMAC-SHA256 of
  ``claimfund claim texts`` under ``M``, kind is 1 for a claim and 2 for a reference.
* A **sealed text** has the text's characters as their places in ``ALPHABET``, filled up with ``_`` to a multiple of
  eight, each xored with the six low bits of the stream's byte, written in ``ALPHABET`` again. A text with other
  characters is written in hexadecimal first, and its sealed text begins with a dot.

The token is the initial value of the stream and is checked on opening (the SIV construction of Rogaway and Shrimpton,
2006). ``AES(x) xor x`` with a secret in ``x`` is the correlation-robust hash of Guo, Katz, Wang and Yu (2020); it lets
the lines of fifty thousand members go through AES in one call. Why so, and what follows:
``docs/decisions/0020-claims-are-sealed.md``.
"""

from __future__ import annotations

import hmac

import numpy as np

from ledger.intake.cmac import BLOCK, Blocks, aes, cells_of, cmacs, sizes_of
from ledger.lines import Column
from ledger.refusals import LedgerDamaged
from ledger.seals import MARK

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CLAIM, REFERENCE, ROW = "claim", "reference", "row"
PREFIXES = {CLAIM: b"C-", REFERENCE: b"P-", ROW: b"R-"}
_KINDS = {CLAIM: 1, REFERENCE: 2}
_LETTERS = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_LOW, _PAD, _NONE = np.uint8(63), np.uint8(63), np.uint8(255)
_PLACES = np.full(256, _NONE, dtype=np.uint8)
_PLACES[_LETTERS[:-1]] = np.arange(63, dtype=np.uint8)  # ``_`` fills up, so a text may not hold it
_PLACES[0] = _PAD
_CHARACTERS = 12
_STEP = 8  # the length of a sealed text tells that of the text only to the next eight characters


class PlanSeal:
    """Makes tokens and sealed texts of one plan, and opens them."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._stream = aes(self._key("stream"))
        self.mark = _written(np.frombuffer(self._key("mark"), dtype=np.uint8)[None, :MARK]).tobytes().decode()

    def _key(self, label: str) -> bytes:
        return hmac.digest(self._secret, b"claimfund plan seal\0" + label.encode(), "sha256")

    @property
    def nobody(self) -> bytes:
        """The secret for lines that name no member."""
        return self._key("nobody")

    def tokens(self, kind: str, texts: Column) -> Column:
        """The token of each text; an empty text stays empty."""
        made = np.zeros((len(texts), BLOCK), dtype=np.uint8)
        made[:, :2] = np.frombuffer(PREFIXES[kind], dtype=np.uint8)
        made[:, 2 : 2 + _CHARACTERS] = _written(cmacs(self._key(kind), texts)[:, :_CHARACTERS])
        made[texts == b""] = 0
        return _closed(made)

    def token(self, kind: str, text: str) -> str:
        """The token of one text."""
        return bytes(self.tokens(kind, np.array([text.encode()], dtype=np.bytes_))[0]).decode()

    def sealed(self, kind: str, texts: Column, tokens: Column, members: Blocks) -> Column:
        """The sealed form of each text under the secret of its member (16 bytes a row)."""
        cells = cells_of(texts, _STEP)
        odd = (_PLACES[cells] == _NONE).any(axis=1)
        if not odd.any():
            return _closed(self._sealed(kind, cells, tokens, members))
        made = np.zeros((len(texts), 1 + 2 * cells.shape[1]), dtype=np.uint8)
        plain = ~odd
        made[plain, : cells.shape[1]] = self._sealed(kind, cells[plain], tokens[plain], members[plain])
        made[odd, 0] = ord(".")
        made[odd, 1:] = self._sealed(kind, _hexadecimal(cells[odd]), tokens[odd], members[odd])
        return _closed(made)

    def _sealed(self, kind: str, cells: Blocks, tokens: Column, members: Blocks) -> Blocks:
        made = _written(_PLACES[cells] ^ self._streams(kind, tokens, members, cells.shape[1]))
        ends = -(-sizes_of(cells) // _STEP) * _STEP
        if int(ends.min(initial=cells.shape[1])) < cells.shape[1]:
            made[np.arange(cells.shape[1]) >= ends[:, None]] = 0
        return made

    def _streams(self, kind: str, tokens: Column, members: Blocks, width: int) -> Blocks:
        """Six bits for each character."""
        start = np.zeros((len(tokens), BLOCK), dtype=np.uint8)
        start[:, :_CHARACTERS] = cells_of(tokens, BLOCK)[:, 2 : 2 + _CHARACTERS]
        start[:, _CHARACTERS] = _KINDS[kind]
        start ^= members
        parts = []
        for block in range(-(-width // BLOCK)):
            start[:, _CHARACTERS + 1] ^= np.uint8(block ^ (block - 1) if block else 0)
            parts.append(self._stream(start) ^ start)
        return (parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1))[:, :width] & _LOW

    def opened(self, kind: str, sealed: str, token: str, member: bytes) -> str:
        """The text of a sealed one. Raises ``LedgerDamaged`` when it is not that of the token, member and plan."""
        odd = sealed.startswith(".")
        cells = np.frombuffer(sealed[odd:].encode(), dtype=np.uint8)[None, :]
        places = np.where(cells == _LETTERS[-1], _LOW, _PLACES[cells])
        tokens = np.array([token.encode()], dtype=np.bytes_)
        streams = self._streams(kind, tokens, np.frombuffer(member, dtype=np.uint8)[None, :], cells.shape[1])
        text = _written((places ^ streams) & _LOW).tobytes().decode().rstrip("_")
        try:
            found = bytes.fromhex(text).decode() if odd else text
        except ValueError:
            found = ""
        if not found or self.token(kind, found) != token:
            raise LedgerDamaged(f"What is sealed as {token} does not open; was the vault that of this ledger?")
        return found


def text_secret(secret: bytes) -> bytes:
    """The 16 bytes under which the texts of a member are sealed, from the member's secret."""
    return hmac.digest(secret, b"claimfund claim texts", "sha256")[:BLOCK]


def _written(places: Blocks) -> Blocks:
    made: Blocks = _LETTERS[places & _LOW]
    return made


def _hexadecimal(cells: Blocks) -> Blocks:
    made = np.stack([_HEX[cells >> 4], _HEX[cells & 15]], axis=2).reshape(len(cells), -1)
    made[np.repeat(cells == 0, 2, axis=1)] = 0
    return made


def _closed(cells: Blocks) -> Column:
    column: Column = np.ascontiguousarray(cells).view(f"S{cells.shape[1]}").reshape(-1)
    column.flags.writeable = False
    return column
