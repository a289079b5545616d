"""The demo's practice folder: next month's files as an administrator sends them, one with planted errors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from claimfund.demo_data import ARRANGEMENT, DEDUCTIBLE, FEE_PEPM, PLAN, PREMIUM, SEED, Draw, Paid, enrollment
from ledger.calendar import month_of
from ledger.money import money

COLUMNS = (
    "plan_id,claim_id,claim_line,txn_type,coverage,member_key,subscriber_key,relationship,incurred_from,paid_date,"
    "payment_method,payment_ref,payee_kind,billed,plan_paid,currency"
)

PLAN_TOML = """\
# The terms of the demo plan, as they are recorded in northwind.ledger. All names are invented.
[plan]
code = "{code}"
name = "Northwind Employee Health Benefit Plan"
sponsor = "Northwind Manufacturing, Inc."
administrator = "Cascade Benefit Administrators"
currency = "USD"
plan_year_start = "01-01"
funding = "budgeted"
attribution = "paid"
tiers = ["EE", "ES", "EC", "FAM"]

[stop_loss.specific]
deductible = "{deductible}"
contract_basis = "12/15"
notice_at = "50%"

[stop_loss.aggregate]
attachment = "125%"
minimum_attachment = "{minimum}"

[fees]
administration_pepm = "{pepm}"
stop_loss_premium = [{premium}]

[settlement]
surplus = ["reserve", "refund"]
deficit = "recover"
recovery_months = 24
claims_fluctuation_reserve = "{reserve}"
"""

README = """\
Files to practise on. All of it is invented.

register-2026-01.csv
    The January 2026 register, {clean} lines, with its control record. It imports as it is:
        claimfund import claims inbox/register-2026-01.csv

register-2026-02-with-errors.csv
    The February 2026 register, {faulty} lines, with three planted errors:
      line {bad_date:<4} paid_date is "{bad_date_text}"; dates are written YYYY-MM-DD
      line {bad_amount:<4} plan_paid is "{bad_amount_text}", with more than two decimals
      line {duplicate:<4} a payment of {duplicate_day} that the ledger holds already (claim {duplicate_claim})
    The control record states the totals the administrator meant. Look before you record:
        claimfund import claims inbox/register-2026-02-with-errors.csv --dry-run

remit-2026-01.835
    An X12 835 remittance: four claims, one of them the reversal of a claim in the same file, and one
    provider-level adjustment (PLB, WO: an overpayment recovered). {paid} is paid: claims {claims} less
    adjustment {adjustment}. Its member ids become pseudonyms with a key of yours:
        claimfund import 835 inbox/remit-2026-01.835 --key member.key

enrollment-2026-01.csv
    Enrolled employees of January 2026 by tier.
"""


def plan_toml(scale: int, minimum: int) -> str:
    """The plan's terms as the file that ``claimfund init`` reads."""
    premium = ", ".join(f'{{ tier = "{tier}", amount = "{money(rate)}" }}' for tier, rate in PREMIUM.items())
    return PLAN_TOML.format(
        code=PLAN,
        deductible=money(DEDUCTIBLE),
        minimum=money(minimum * scale),
        pepm=money(FEE_PEPM),
        premium=premium,
        reserve=money(ARRANGEMENT.claims_fluctuation_reserve),
    )


def csv_row(paid: Paid) -> str:
    """A line of the canonical paid-claims file, version 1."""
    cells = (
        PLAN,
        paid.claim_id,
        "1",
        paid.txn_type,
        paid.coverage,
        paid.member.key,
        paid.member.family,
        paid.member.relationship,
        paid.incurred_on.isoformat(),
        paid.day.isoformat(),
        paid.method,
        paid.payment_ref,
        "PROVIDER",
        money(paid.billed),
        money(paid.amount),
        "USD",
    )
    return ",".join(cells)


def _cell(row: str, column: str, text: str) -> str:
    cells = row.split(",")
    cells[COLUMNS.split(",").index(column)] = text
    return ",".join(cells)


def _control(rows: Sequence[Paid]) -> str:
    total, billed = sum(paid.amount for paid in rows), sum(paid.billed for paid in rows)
    first, last = min(paid.day for paid in rows), max(paid.day for paid in rows)
    return f"#CONTROL,{len(rows)},{money(total)},{money(billed)},{first.isoformat()},{last.isoformat()}"


def register_csv(rows: Sequence[Paid]) -> str:
    """A register as a file with its control record."""
    return "\n".join([COLUMNS, *(csv_row(paid) for paid in rows), _control(rows)]) + "\n"


def remittance(day: date) -> tuple[str, int, int]:
    """A balanced X12 835, the sum of its claims and its provider-level adjustment."""
    claims = (
        ("C2690000001", "1", "M-2B10", 420_00, 336_00),
        ("C2690000002", "1", "M-5D77", 1_250_00, 1_000_00),
        ("C2690000003", "1", "M-90AE", 185_50, 148_40),
        ("C2690000003", "22", "M-90AE", -185_50, -148_40),
    )
    adjustment = 75_00
    total = sum(paid for *_, paid in claims)
    written = f"{day:%Y%m%d}"
    body = [
        "ST*835*0001",
        f"BPR*I*{money(total - adjustment)}*C*ACH*CCP*01*999999992*DA*1000001*1999999999**"
        f"01*999999984*DA*2000002*{written}",
        "TRN*1*CBA260130001*1999999999",
        f"DTM*405*{written}",
        "N1*PR*CASCADE BENEFIT ADMINISTRATORS",
        "N3*1 INVENTED WAY",
        "N4*PORTLAND*OR*97201",
        "PER*BL*REMITTANCE*TE*5035550100",
        "N1*PE*RIVERSIDE INVENTED CLINIC*XX*1999999984",
        "REF*TJ*999999984",
        "LX*1",
    ]
    for number, (claim, status, member, billed, paid) in enumerate(claims, start=1):
        kept = billed - paid
        body += [
            f"CLP*P{number:04d}*{status}*{money(billed)}*{money(paid)}**12*{claim}*11*1",
            f"CAS*CO*45*{money(kept)}",
            f"NM1*QC*1******MI*{member}",
            f"REF*1L*{PLAN}",
            "DTM*232*20260108",
            "DTM*233*20260108",
            "DTM*050*20260112",
        ]
    body.append(f"PLB*1999999984*{day.year}1231*WO:C2590000017*{money(adjustment)}")
    body.append(f"SE*{len(body) + 1}*0001")
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'CASCADE':15}*ZZ*{'NORTHWIND':15}*{day:%y%m%d}*1200*^*00501*000000901*0*P*:"
    head = [isa, f"GS*HP*CASCADE*NORTHWIND*{written}*1200*901*X*005010X221A1"]
    tail = ["GE*1*901", "IEA*1*000000901"]
    return "".join(f"{segment}~\n" for segment in [*head, *body, *tail]), total, adjustment


def write_inbox(folder: Path, lines: Sequence[Paid], scale: int, minimum: int) -> None:
    """Write ``plan.toml`` and ``inbox/``."""
    inbox = folder / "inbox"
    inbox.mkdir(exist_ok=True)
    january = [paid for paid in lines if month_of(paid.day) == "2026-01"]
    february = [paid for paid in lines if month_of(paid.day) == "2026-02"]
    known = next(paid for paid in reversed(lines) if paid.day.year == 2025 and paid.txn_type == "PAYMENT")
    february.insert(60 * scale, known)
    payments = [number for number, paid in enumerate(february) if paid.txn_type == "PAYMENT" and paid is not known]
    date_line, amount_line = payments[20 * scale], payments[140 * scale]
    day, amount = february[date_line].day, february[amount_line].amount
    wrong_day, wrong_amount = f"{day.month}/{day.day}/{day:%y}", f"{money(amount)}5"
    rows = [csv_row(paid) for paid in february]
    rows[date_line] = _cell(rows[date_line], "paid_date", wrong_day)
    rows[amount_line] = _cell(rows[amount_line], "plan_paid", wrong_amount)
    faulty = "\n".join([COLUMNS, *rows, _control(february)]) + "\n"
    remit, claims, adjustment = remittance(date(2026, 1, 30))
    counts = enrollment(Draw(SEED + 2), 2026, scale)
    note = README.format(
        clean=len(january),
        faulty=len(february),
        bad_date=date_line + 2,
        bad_date_text=wrong_day,
        bad_amount=amount_line + 2,
        bad_amount_text=wrong_amount,
        duplicate=60 * scale + 2,
        duplicate_day=known.day.isoformat(),
        duplicate_claim=known.claim_id,
        paid=money(claims - adjustment),
        claims=money(claims),
        adjustment=money(adjustment),
    )
    texts = {
        folder / "plan.toml": plan_toml(scale, minimum),
        inbox / "register-2026-01.csv": register_csv(january),
        inbox / "register-2026-02-with-errors.csv": faulty,
        inbox / "remit-2026-01.835": remit,
        inbox / "enrollment-2026-01.csv": "month,tier,lives\n"
        + "".join(f"2026-01,{tier},{lives}\n" for tier, lives in counts),
        inbox / "README.txt": note,
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")
