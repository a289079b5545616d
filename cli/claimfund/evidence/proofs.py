"""Proof files: that one event is in the signed log (C2SP tlog-proof), and that the log begins with an earlier one.

A consistency proof is written as witnesses of C2SP take it: old size, hashes, an empty line, the new checkpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from claimfund.errors import DAMAGED, Failed, Refused, Rejected
from claimfund.evidence.verify_claimfund_log import PROOF, b64
from ledger.checkpoint import frame
from ledger.stores.verification import Leaved
from ledger.tree import consistency_proof, inclusion_proof

if TYPE_CHECKING:
    from ledger.ports import Head, Records


def inclusion_file(store: Records, position: int, head: Head | None = None) -> tuple[str, bytes]:
    """The tlog-proof of an event under a signed state (by default the newest), and the bytes of the event's frame."""
    head = head or store.head()
    record = store.record(position) if 0 < position <= head.size else None
    if record is None:
        raise Rejected(f"there is no event {position}.", f"The ledger ends at event {head.size}.")
    hashes = inclusion_proof(_leaves(store, head), position - 1)
    lines = [PROOF, f"index {position - 1}", *map(b64, hashes), "", head.checkpoint]
    return "\n".join(lines), frame(record)


def consistency_file(store: Records, old_size: int, head: Head | None = None) -> str:
    """The proof that a signed state (by default the newest) begins with the ``old_size`` events signed earlier."""
    head = head or store.head()
    if not 0 < old_size <= head.size:
        raise Refused(
            f"no proof leads from a log of {old_size} events to one of {head.size}.",
            "Name a checkpoint of at least one event that this ledger went through.",
        )
    hashes = consistency_proof(_leaves(store, head), old_size)
    return "\n".join([f"old {old_size}", *map(b64, hashes), "", head.checkpoint])


def signed_state(store: Records, position: int | None) -> Head:
    """The first signed state that holds this event; the newest when none is named."""
    if position is None:
        return store.head()
    return next(head for head in store.checkpoints() if head.size >= position)


def _leaves(store: Records, head: Head) -> list[bytes]:
    assert isinstance(store, Leaved)
    leaves = [leaf for _, leaf in store.leaf_hashes(until=head.size)]
    if len(leaves) != head.size:
        found = f"the ledger holds {len(leaves)} of its {head.size} events."
        raise Failed(found, "Run: claimfund verify", code=DAMAGED)
    return leaves
