"""Flip every bit of an exported log of 200 events and count what the one-file verifier lets pass.

PYTHONPATH=src:cli:tests python -m reliability.bit_flips
"""

from __future__ import annotations

import io

from claimfund.evidence.verify_claimfund_log import Bad, verify_log
from stores.test_evidence import exported, filled


def main() -> int:
    """1 when a flipped bit passed."""
    store = filled(each=20)
    data, vkey = bytearray(b"".join(exported(store))), str(store.verifying_key)
    passed = 0
    for bit in range(len(data) * 8):
        data[bit >> 3] ^= 1 << (bit & 7)
        try:
            verify_log(io.BytesIO(data), vkey)
        except Bad:
            pass
        else:
            passed += 1
            print(f"bit {bit & 7} of byte {bit >> 3} passed")
        data[bit >> 3] ^= 1 << (bit & 7)
    print(f"{len(data) * 8} bits flipped, {passed} passed")
    return int(passed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
