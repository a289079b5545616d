"""The 64-bit key by which an equal line is found again.

A key only finds candidates; :func:`same_identity` decides. The key is stored, so the definition never changes:

* ``mix`` is the finalizer of splitmix64 on 64-bit words.
* A text is cut into little-endian 64-bit words, the last filled up with zero bytes. Its hash is the sum modulo
  2^64 of ``mix(word + (k + 1) * GOLD)`` over the words k = 0, 1, ... that are not zero. Zero bytes at the end,
  so the width of the array, therefore change nothing (a text may not hold NUL).
* The hash of a whole number is ``mix(number + GOLD)`` of its two's complement.
* Fields are folded in order: ``h = mix(h * FOLD + hash)`` from ``h = SALT_ROW`` over ``row_id`` alone when it
  is not empty, else from ``h = SALT_TUPLE`` over claim_id, claim_line, txn_type (its place in ``TXN_TYPES``,
  which only grows at its end), the line's own day, payment_ref, amount, occurrence.
* The line's own day is ``booked_on`` for voids, reversals, refunds and recoveries, whose ``paid_on`` is that of
  the original payment, and ``paid_on`` for everything else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ledger.lines import TXN_TYPES, Column, Lines, repeated

_Words = npt.NDArray[np.uint64]

GOLD = 0x9E3779B97F4A7C15
FOLD = 0x100000001B3
SALT_ROW = 0x726F775F69640001
SALT_TUPLE = 0x7475706C65000001
_MASK = (1 << 64) - 1
_FEW = 8  # up to so many lines are quicker done one by one
_PART = 10_000  # lines whose keys are worked out together
_BACKWARD = np.array([word in ("VOID", "REVERSAL", "REFUND", "RECOVERY") for word in TXN_TYPES])


def identities(lines: Lines) -> npt.NDArray[np.int64]:
    """The key of the identity of each line, signed."""
    if lines.count <= _FEW:
        columns = (
            lines["row_id"], lines["claim_id"], lines["claim_line"], lines["txn_type"], _own_day(lines),
            lines["payment_ref"], lines["amount"], lines["occurrence"],
        )  # fmt: skip
        keys = [
            _folded(SALT_ROW, row_id) if row_id else _folded(SALT_TUPLE, *fields)
            for row_id, *fields in zip(*(column.tolist() for column in columns), strict=True)
        ]
        return np.array(keys, dtype=np.uint64).view(np.int64)
    return _with_occurrence(lines, _keys(lines)).view(np.int64)


def occurrences(lines: Lines) -> npt.NDArray[np.int64]:
    """Which of several equal lines each one is, counted from 1 in their order."""
    return _occurrences(_named(lines, _keys(lines)))


def identified(lines: Lines) -> Lines:
    """The lines of one document with their occurrence and identity filled in; beside them only keys are in memory."""
    if not lines.count:
        return lines.replaced(occurrence=np.zeros(0, dtype=np.int32), identity=np.zeros(0, dtype=np.int64))
    keys = [_keys(part) for part in lines.pages(_PART)]
    named = np.concatenate([_named(part, found) for part, found in zip(lines.pages(_PART), keys, strict=True)])
    counted = lines.replaced(occurrence=_few(_occurrences(named)))
    made = [_with_occurrence(part, found) for part, found in zip(counted.pages(_PART), keys, strict=True)]
    return counted.replaced(identity=_read_only(np.concatenate(made).view(np.int64)))


def _few(numbers: npt.NDArray[np.int64]) -> Column:
    """The numbers in half their room, or in that of one when they are all 1."""
    if (numbers == 1).all():
        return repeated(np.ones(1, dtype=np.int32), len(numbers))
    return _read_only(numbers.astype(np.int32))


def _read_only(column: Column) -> Column:
    column.flags.writeable = False
    return column


def _occurrences(keys: _Words) -> npt.NDArray[np.int64]:
    sorted_keys = np.sort(keys)
    if not (sorted_keys[1:] == sorted_keys[:-1]).any():
        return repeated(np.ones(1, dtype=np.int64), len(keys))
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    places = np.arange(len(keys), dtype=np.int64)
    first = np.ones(len(keys), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    starts = np.maximum.accumulate(np.where(first, places, 0))
    result = np.empty(len(keys), dtype=np.int64)
    result[order] = places - starts + 1
    return result


def same_identity(a: Lines, i: int, b: Lines, j: int) -> bool:
    """Whether row i of a and row j of b (numbered from 0), whose keys agree, are the same line, field by field.

    The day is left to the key: a line booked on another day, because its own month was closed, is still
    that line.
    """
    return bool(same_identities(a, np.array([i]), b, np.array([j]))[0])


OF_A_PAYMENT = ("claim_id", "claim_line", "paid_on", "payment_ref")
_COMPARED = ("claim_id", "claim_line", "txn_type", "payment_ref", "amount", "occurrence")


def same_identities(a: Lines, i: Column, b: Lines, j: Column) -> npt.NDArray[np.bool_]:
    """:func:`same_identity` for many pairs of rows at once."""
    ours, theirs = a["row_id"][i], b["row_id"][j]
    named = (ours != b"") | (theirs != b"")
    equal = np.ones(len(i), dtype=np.bool_)
    for name in _COMPARED:
        equal &= a[name][i] == b[name][j]
    return np.where(named, ours == theirs, equal)


def payment_keys(lines: Lines) -> _Words:
    """A key of claim, line, paid date and reference, never stored: equal payments agree in it, others hardly ever."""
    if lines.count <= _FEW:
        cells = zip(*(lines[name].tolist() for name in OF_A_PAYMENT), strict=True)
        found = [_folded(one_text(claim), claim_line, paid, reference) for claim, claim_line, paid, reference in cells]
        return np.array(found, dtype=np.uint64)
    keys = text_keys(lines["claim_id"])
    for field in (_number_hash(lines["claim_line"]), _number_hash(lines["paid_on"]), text_keys(lines["payment_ref"])):
        keys = _mix(keys * np.uint64(FOLD) + field)
    return keys


def _own_day(lines: Lines) -> Column:
    backward = _BACKWARD[lines["txn_type"]]
    return np.where(backward, lines["booked_on"], lines["paid_on"]) if backward.any() else lines["paid_on"]


def _keys(lines: Lines) -> _Words:
    """The fields of a line folded in order, all but its occurrence."""
    keys = np.full(len(lines), SALT_TUPLE, dtype=np.uint64)
    for field in (
        text_keys(lines["claim_id"]),
        _number_hash(lines["claim_line"]),
        _number_hash(lines["txn_type"]),
        _number_hash(_own_day(lines)),
        text_keys(lines["payment_ref"]),
        _number_hash(lines["amount"]),
    ):
        keys = _mix(keys * np.uint64(FOLD) + field)
    return keys


def _folded(start: int, *fields: int | bytes) -> int:
    """Fields of one line folded in order."""
    for field in fields:
        hashed = one_text(field) if isinstance(field, bytes) else _one_mix(field + GOLD)
        start = _one_mix(start * FOLD + hashed)
    return start


def one_text(text: bytes) -> int:
    """The key of one text, as :func:`text_keys` gives it."""
    total = 0
    for at in range(0, len(text), 8):
        if word := int.from_bytes(text[at : at + 8], "little"):
            total += _one_mix(word + (at // 8 + 1) * GOLD)
    return total & _MASK


def _one_mix(word: int) -> int:
    word &= _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)


def _with_occurrence(lines: Lines, keys: _Words) -> _Words:
    return _named(lines, _mix(keys * np.uint64(FOLD) + _number_hash(lines["occurrence"])))


def _named(lines: Lines, keys: _Words) -> _Words:
    """The keys, of lines with a row_id that of the row_id alone."""
    given = lines["row_id"] != b""
    if not given.any():
        return keys
    start = np.uint64((SALT_ROW * FOLD) & _MASK)
    return np.where(given, _mix(text_keys(lines["row_id"]) + start), keys)


def _mix(words: _Words) -> _Words:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def _number_hash(column: Column) -> _Words:
    return _mix(column.astype(np.int64).view(np.uint64) + np.uint64(GOLD))


def among(column: Column, wanted: Column) -> npt.NDArray[np.bool_]:
    """Which texts are among the wanted: most of the others are told by a few bits of their key."""
    bits = np.uint64((1 << (len(wanted).bit_length() + 6)) - 1)
    likely = np.zeros(int(bits) + 1, dtype=bool)
    likely[text_keys(wanted) & bits] = True
    found: npt.NDArray[np.bool_] = likely[text_keys(column) & bits]
    places = np.flatnonzero(found)
    found[places] = np.isin(column[places], wanted)
    return found


def text_keys(column: Column) -> _Words:
    """A key of each text, whatever the width of its column: equal texts agree in it, others hardly ever."""
    if len(column) <= _FEW:
        return np.array([one_text(text) for text in column.tolist()], dtype=np.uint64)
    count, width = len(column), -(-column.dtype.itemsize // 8)
    words = np.ascontiguousarray(column.astype(f"S{width * 8}", copy=False)).view("<u8").reshape(count, width)
    total = np.zeros(count, dtype=np.uint64)
    for k in range(width):
        word = words[:, k]
        total += np.where(word != 0, _mix(word + np.uint64(((k + 1) * GOLD) & _MASK)), np.uint64(0))
    return total
