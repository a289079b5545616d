"""AES-CMAC (RFC 4493, NIST SP 800-38B) of many texts at once: a block of all of them goes through AES in one call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from ledger.lines import Column

Blocks = npt.NDArray[np.uint8]
BLOCK = 16


def cells_of(texts: Column, multiple: int) -> Blocks:
    """The bytes of a text column, a row a text, filled up with zero bytes to a multiple of some width."""
    width = -(-texts.dtype.itemsize // multiple) * multiple
    return np.ascontiguousarray(texts.astype(f"S{width}", copy=False)).view(np.uint8).reshape(len(texts), width)


def sizes_of(cells: Blocks) -> npt.NDArray[np.int64]:
    """How many bytes each text has; no text holds a zero byte."""
    sizes: npt.NDArray[np.int64] = np.count_nonzero(cells, axis=1)
    return sizes


def aes(key: bytes) -> Callable[[Blocks], Blocks]:
    """AES of each block of 16 bytes under one key."""
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - single blocks, of which a mode is made here

    def apply(blocks: Blocks) -> Blocks:
        made = np.frombuffer(encryptor.update(np.ascontiguousarray(blocks).tobytes()), dtype=np.uint8)
        return made.reshape(-1, BLOCK)

    return apply


def cmacs(key: bytes, texts: Column) -> Blocks:
    """The 16 bytes of each text."""
    apply, cells = aes(key), cells_of(texts, BLOCK).copy()
    sizes = sizes_of(cells)
    last = np.maximum(-(-sizes // BLOCK), 1) - 1
    open_ended = np.flatnonzero((sizes % BLOCK != 0) | (sizes == 0))
    cells[open_ended, sizes[open_ended]] = 0x80
    first, second = _subkeys(apply)
    state = np.zeros((len(texts), BLOCK), dtype=np.uint8)
    made = np.empty_like(state)
    for place in range(cells.shape[1] // BLOCK):
        state = state ^ cells[:, place * BLOCK : (place + 1) * BLOCK]
        ends = last == place
        whole = ends & (sizes == (place + 1) * BLOCK)
        state[whole] ^= first
        state[ends & ~whole] ^= second
        state = apply(state)
        made[ends] = state[ends]
        if (last <= place).all():
            break
    return made


def _subkeys(apply: Callable[[Blocks], Blocks]) -> tuple[Blocks, Blocks]:
    """For texts that fill their last block and for those that do not (RFC 4493, 2.3)."""
    number = int.from_bytes(apply(np.zeros((1, BLOCK), dtype=np.uint8)).tobytes(), "big")
    found = []
    for _ in range(2):
        number = (number << 1) & ((1 << 128) - 1) ^ (0x87 if number >> 127 else 0)
        found.append(np.frombuffer(number.to_bytes(BLOCK, "big"), dtype=np.uint8))
    return found[0], found[1]
