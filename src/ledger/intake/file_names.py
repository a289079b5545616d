"""The name under which a file is known: its own only when it says nothing but what kind of file it is and from when.

Senders put names and ids of people into file names, and no program can tell a surname from any other word; so a name is
kept only when all its parts are numbers, single letters, or words of this trade.
"""

from __future__ import annotations

import re
from pathlib import Path

_TEXT = """
account accounts accumulator accumulators adjustment adjustments after again aggregate all amount amounts an and
annual apr april archive as at aug august backup bad bank batch before bill billed billing bordereau budget bulk
by cancelled carrier cash census check checks cheque cheques claim claimant claimants claims clean cobra control
copy corrected correction corrections csv daily dat data day dec december delta dental deposit deposits detail
disability division draft dry early edi eligibility employees employer empty enrollment era error errors export
extract factor factors feb february fee fees file files filing filings final first fixed for fourth from full
fund funding funds good group groups history import in inbox incoming invoice issue issued jan january jul july
jun june lag laser last late later ledger lines list lives location manual map mar march may med medical member
members money month monthly more much new next notice notices nov november oct october of old on once one open
other out outgoing outstanding paid part partial payment payments payroll period pharmacy plan pos position
positions premium premiums prescription print q1 q2 q3 q4 quarter raw rebate rebates receipt receipts
reconciliation recoveries recovery refund refunds register registers reimbursement reimbursements reissue
reissues reject rejected rejects remit remits remittance remittanceadvice remittances report reports resent
retiree retro reversal reversals run runout rx same sample scan second section sep sept september settlement
short specific split stale statement std stop stoploss subrogation summary supplement test the third three tier
tiers to today tpa transactions tsv twice two txt update updated us v1 v2 v3 vision void voids week weekly wire
wires with without year yearly yesterday ytd
"""
_WORDS = frozenset(_TEXT.split())
_PART = re.compile(r"[A-Za-z]+[0-9]?|[0-9]{1,8}", re.ASCII)


def is_plain(name: str) -> bool:
    """Whether a file name says nothing about anybody."""
    parts = re.split(r"[._\- ]+", name.strip("._- "))
    digits = sum(part.isdigit() and len(part) > 2 for part in parts)
    return len(name) <= 64 and digits <= 3 and not re.search(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)", name) and all(
        _PART.fullmatch(part) and (part.isdigit() or len(part) == 1 or part.lower() in _WORDS) for part in parts
    )  # fmt: skip


def known_name(path: Path, sha256: str = "") -> str:
    """The file's own name, or one made of its digest (``the file`` when there is none)."""
    if is_plain(path.name):
        return path.name
    return f"file-{sha256[:8]}" if sha256 else "the file"
