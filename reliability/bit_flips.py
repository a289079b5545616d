"""Flip every bit of an exported log of 200 events and count what the one-file verifier lets pass.

PYTHONPATH=src:cli:tests python -m reliability.bit_flips [--every N]

All bits take more than an hour; ``--every 97`` takes each 97th: every bit of a byte and every kind of field is met.
"""

from __future__ import annotations

import argparse
import io

from claimfund.evidence.verify_claimfund_log import Bad, verify_log
from stores.test_evidence import exported, filled


def main() -> int:
    """1 when a flipped bit passed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--every", type=int, default=1, metavar="N", help="Flip every Nth bit only.")
    every = asked.parse_args().every
    store = filled(each=20)
    data, vkey = bytearray(b"".join(exported(store))), str(store.verifying_key)
    flipped = passed = 0
    for bit in range(0, len(data) * 8, every):
        flipped += 1
        data[bit >> 3] ^= 1 << (bit & 7)
        try:
            verify_log(io.BytesIO(data), vkey)
        except Bad:
            pass
        else:
            passed += 1
            print(f"bit {bit & 7} of byte {bit >> 3} passed")
        data[bit >> 3] ^= 1 << (bit & 7)
    print(f"{flipped} of {len(data) * 8} bits flipped, {passed} passed")
    return int(passed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
