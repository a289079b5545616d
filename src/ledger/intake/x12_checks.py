"""What an 835 payment must satisfy, and what it should: the one is fatal, the other a warning."""

from __future__ import annotations

from ledger import lines
from ledger.intake.reading import fatal
from ledger.intake.x12_parts import Claim, Payment
from ledger.money import money
from ledger.problems import Problem, shape_of

structure_codes = frozenset(
    {"ENV001", "ENV002", "ENV003", "ENV004", "ENV005", "ENV006", "NST001", "NST002", "SEG001", "SEG002"}
    | {"GRP001", "GRP002", "GRP003"}
)

STATUSES = frozenset(["1", "2", "3", "4", "5", "10", "13", "15", "16", "17", "19", "20", "21", "22", "23", "25", "27"])
METHODS = {
    sent: lines.METHODS.index(word)
    for sent, word in (("ACH", "ACH"), ("BOP", ""), ("CHK", "CHK"), ("FWT", "WIRE"), ("NON", "NON"))
}
_REASONS = frozenset(
    [
        "50",
        "51",
        "72",
        "90",
        "AH",
        "AM",
        "AP",
        "B2",
        "B3",
        "BD",
        "BN",
        "C5",
        "CR",
        "CS",
        "CT",
        "CV",
        "CW",
        "DM",
        "E3",
        "FB",
        "FC",
        "GO",
        "HM",
        "IP",
        "IR",
        "IS",
        "J1",
        "L3",
        "L6",
        "LE",
        "LS",
        "OA",
        "OB",
        "PI",
        "PL",
        "RA",
        "RE",
        "SL",
        "TL",
        "WO",
        "WU",
    ]
)


def check_payment(payment: Payment) -> list[Problem]:
    """The balance of the payment, of its claims and lines, and its codes."""
    found: list[Problem] = []
    number = payment.bpr or payment.number
    if payment.readable or (payment.amount and all(claim.readable for claim in payment.claims)):
        # An adjustment that cannot be read refuses the file anyway; that what can be read is off is worth saying too.
        found.extend(_balance(payment))
    if payment.method not in METHODS and payment.bpr:
        found.append(_warning("COD003", number, "BPR04", "is no payment method known here", payment.method))
    if not payment.trace:
        found.append(_warning("TRN001", number, "TRN02", "is missing, so the payment cannot be matched with the bank"))
    if payment.amount < 0:
        found.append(_warning("AMT010", number, "BPR02", "is negative; a payer should carry it forward with PLB FB"))
    for claim in payment.claims:
        if claim.readable:
            found.extend(_claim(claim))
    for place, reason, _, amount in payment.items:
        if reason not in _REASONS:
            found.append(_warning("COD003", place, "PLB", "has a reason code not known here", reason))
        if not amount:
            found.append(_warning("AMT011", place, "PLB", "carries an amount of zero"))
    return found


def _balance(payment: Payment) -> list[Problem]:
    claims = sum(claim.paid for claim in payment.claims)
    items = sum(item[3] for item in payment.items)
    due = claims - items
    if payment.amount == due:
        return []
    sentence = (
        f"Segment {payment.bpr}: the payment (BPR02) is {money(payment.amount)}, but its "
        f"claims ({money(claims)}) less its "
        f"provider adjustments ({money(items)}) come to {money(due)}, a difference of "
        f"{money(payment.amount - due)}; "
        "ask the payer for a corrected file."
    )
    return [fatal("BAL001", sentence, where=f"segment {payment.bpr}", number=payment.bpr, column="BPR02")]


def _claim(claim: Claim) -> list[Problem]:
    found = []
    if not claim.claim_id:
        sentence = f"Segment {claim.number}: the claim has neither CLP07 nor CLP01; ask the payer for its number."
        where = f"segment {claim.number}"
        found.append(fatal("IDS001", sentence, where=where, number=claim.number, column="CLP07"))
    if claim.status not in STATUSES:
        found.append(_warning("COD003", claim.number, "CLP02", "is no claim status known here", claim.status))
    if claim.status == "22" and claim.paid > 0:
        sentence = f"Segment {claim.number}: CLP04 is positive in a reversal; ask the payer for a corrected file."
        where = f"segment {claim.number}"
        found.append(fatal("AMT007", sentence, where=where, number=claim.number, column="CLP04"))
    if claim.status != "22" and claim.paid < 0:
        found.append(
            _warning("AMT012", claim.number, "CLP04", "is negative without being a reversal; it is an adjustment")
        )
    if claim.billed - claim.adjusted != claim.paid:
        off = money(claim.billed - claim.adjusted - claim.paid)
        found.append(
            _warning("BAL002", claim.number, "CLP03", f"less the CAS amounts is off CLP04 by {off}; no cash moves")
        )
    for number, charged, paid, adjusted in claim.lines:
        if charged - adjusted != paid:
            off = money(charged - adjusted - paid)
            found.append(
                _warning("BAL003", number, "SVC02", f"less the CAS amounts is off SVC03 by {off}; no cash moves")
            )
    return found


def _warning(code: str, number: int, column: str, reason: str, value: str = "") -> Problem:
    sentence = f"Segment {number}: {column} {reason}."
    return Problem(f"segment {number}", number, column, code, sentence, "warning", shape_of(value))
