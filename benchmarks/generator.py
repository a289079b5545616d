"""Seeded rows of a canonical paid-claims file, streamed at any size; the same bytes on every machine.

Chance comes from SplitMix64 (Steele, Lea, Flood 2014) over whole numbers, so no version of any library moves a byte.
Memory is constant: a block is one register of 5,000 payments of one plan on one day, and after them, when asked for,
what takes back some payments of the plan's register before it: voids of the whole amount and refunds of a part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

COLUMNS = (
    "plan_id,claim_id,claim_line,txn_type,coverage,member_key,subscriber_key,relationship,incurred_from,paid_date,"
    "payment_method,payment_ref,payee_kind,billed,plan_paid"
)
REGISTER = 5_000
FIRST = date(2025, 1, 6)
DAYS = 350
_COVERAGES = ("MED", "MED", "MED", "RX", "RX", "RX", "RX", "DEN")


@dataclass(frozen=True)
class Size:
    """How much to make: payments, plans they are spread over, members, the seed, and lines that take something back.

    ``back`` counts them in a thousand payments: two thirds are voids, the others refunds of a quarter.
    """

    payments: int
    plans: int = 20
    members: int = 50_000
    seed: int = 7
    back: int = 0
    first: date = FIRST

    @property
    def register(self) -> int:
        """Payments in a register; less than usual where every plan would otherwise not get one."""
        return max(1, min(REGISTER, self.payments // self.plans))


def mixed(numbers: np.ndarray) -> np.ndarray:
    """SplitMix64 of each number: 64 bits that look like chance."""
    z = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def code_of(plan: int) -> str:
    """The code of a plan by its number."""
    return f"P{plan:05d}"


@dataclass(frozen=True)
class _Register:
    """The payments of one register as columns; which they are says everything about them."""

    numbers: np.ndarray
    plan: int
    paid: date
    member: np.ndarray
    amount: np.ndarray
    billed: np.ndarray
    days: np.ndarray
    luck: np.ndarray


def blocks(size: Size) -> Iterator[tuple[list[str], int]]:
    """Register after register: its lines of text and its total in minor units."""
    names = _names(size)
    for start in range(0, size.payments, size.register):
        own = _register(size, start)
        lines, total = _lines(own, names, "PAYMENT", own.paid), int(own.amount.sum())
        if size.back and start >= size.plans * size.register:
            before = _register(size, start - size.plans * size.register)
            chance = mixed(before.numbers * 8 + size.seed * (1 << 40) + 5) % np.uint64(3_000)
            voided, refunded = chance < 2 * size.back, (chance >= 2 * size.back) & (chance < 3 * size.back)
            for which, word, part in ((voided, "VOID", 1), (refunded, "REFUND", 4)):
                back = _part(before, which, -part)
                lines += _lines(back, names, word, own.paid)
                total += int(back.amount.sum())
        yield lines, total


def _register(size: Size, start: int) -> _Register:
    per_plan = max(1, size.members // size.plans)
    numbers = np.arange(start, min(start + size.register, size.payments))
    plan = start // size.register % size.plans
    draws = [mixed(numbers * 8 + size.seed * (1 << 40) + stream) for stream in range(5)]
    member = (draws[0] % np.uint64(per_plan)).astype(np.int64) + plan * per_plan
    amount = 500 + (draws[1] % np.uint64(2_000)).astype(np.int64) * (1 + (draws[2] % np.uint64(40)).astype(np.int64))
    amount = np.where(draws[3] % np.uint64(1_000) == 0, amount * 40, amount)
    billed = amount * (110 + (draws[3] % np.uint64(300)).astype(np.int64)) // 100
    days = 1 + (draws[4] % np.uint64(59)).astype(np.int64)
    paid = size.first + timedelta(days=start * DAYS // size.payments)
    return _Register(numbers, plan, paid, member, amount, billed, days, draws[2])


def _part(of: _Register, which: np.ndarray, part: int) -> _Register:
    """Some payments of a register with a part of their amounts, rounded down towards nothing."""
    columns = (of.member, of.amount // abs(part) * (1 if part > 0 else -1), of.billed, of.days, of.luck)
    return _Register(of.numbers[which], of.plan, of.paid, *(column[which] for column in columns))


def _names(size: Size) -> list[str]:
    """The pseudonym of each member: 12 hexadecimal digits."""
    return [f"{value:016x}"[:12] for value in mixed(np.arange(size.members + size.plans) + (size.seed << 20)).tolist()]


def _lines(of: _Register, names: list[str], word: str, booked: date) -> list[str]:
    """The rows of a register, booked on a day: what takes something back carries the marks of its payment."""
    served = [(of.paid - timedelta(days=back)).isoformat() for back in range(61)]
    plan, prefix, day = code_of(of.plan), f"{of.paid:%y%j}", booked.isoformat()
    columns = [column.tolist() for column in (of.numbers, of.member, of.amount, of.billed, of.days, of.luck)]
    return [
        f"{plan},{prefix}{number * 2654435761 % 4294967296:010d},1,{word},{_COVERAGES[luck >> 61]},{names[who]},"
        f"{names[who & ~1]},{'ES'[who & 1]},{served[back]},{day},{('ACH', 'CHK')[number // 3 & 1]},"
        f"{10_000_000 + number // 3},PROVIDER,{_money(full)},{_money(cents)}\n"
        for number, who, cents, full, back, luck in zip(*columns, strict=True)
    ]


def write(path: Path, size: Size) -> int:
    """Write a file of that many payments; gives its total in minor units."""
    total = 0
    with path.open("w", encoding="ascii", newline="") as out:
        out.write(COLUMNS + "\n")
        for lines, cents in blocks(size):
            total += cents
            out.writelines(lines)
    return total


def write_835(path: Path, claims: int, seed: int = 7) -> int:
    """Write one remittance file: a check a hundred claims, a service line a claim; gives its total in minor units."""
    total = 0
    with path.open("w", encoding="ascii", newline="") as out:
        out.write(
            "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PROVIDER       *251231*0800*^*00501*000000007*0*P*:~"
            "\nGS*HP*PAYER*PROVIDER*20251231*0800*7*X*005010X221A1~\n"
        )
        for start in range(0, claims, 100):
            total += _transaction(out, np.arange(start, min(start + 100, claims)), seed)
        out.write(f"GE*{-(-claims // 100)}*7~\nIEA*1*000000007~\n")
    return total


def _transaction(out: object, numbers: np.ndarray, seed: int) -> int:
    check = int(numbers[0]) // 100 + 1
    chance = mixed(numbers * 4 + (seed << 40)).tolist()
    body, total = [], 0
    for number, luck in zip(numbers.tolist(), chance, strict=True):
        cents = 500 + luck % 2_000 * (1 + (luck >> 20) % 40)
        share = 100 * (1 + (luck >> 40) % 50)
        total += cents
        paid, own, billed = _money(cents), _money(share), _money(cents + share + 1_000)
        served = FIRST + timedelta(days=(luck >> 50) % DAYS)
        body.append(
            f"CLP*A{number}*1*{billed}*{paid}*{own}*12*25{number:013d}*11*1~\nCAS*PR*1*{own}~\n"
            f"NM1*QC*1*TEST*PERSON****MI*{luck % 10**9:09d}~\nDTM*232*{served:%Y%m%d}~\nDTM*233*{served:%Y%m%d}~\n"
            f"SVC*HC:99213*{billed}*{paid}**1~\nDTM*472*{served:%Y%m%d}~\nCAS*CO*45*10.00~\nCAS*PR*1*{own}~\n"
            f"REF*6R*{number:012d}~\nAMT*B6*{paid}~\n".replace(f"CAS*PR*1*{own}~\nNM1", "NM1")
        )
    head = (
        f"BPR*I*{_money(total)}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20251231~\n"
        f"TRN*1*{check:012d}*1512345678~\nDTM*405*20251231~\nN1*PR*PAYER~\nN3*1 MAIN ST~\nN4*SAINT PAUL*MN*55101~\n"
        f"PER*BL*CLAIMS*TE*8005550100~\nN1*PE*CLINIC*XX*1234567893~\nLX*1~\n"
    )
    text = head + "".join(body)
    out.write(f"ST*835*{check:06d}~\n{text}SE*{text.count('~') + 2}*{check:06d}~\n")  # type: ignore[attr-defined]
    return total


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}" if cents >= 0 else f"-{-cents // 100}.{-cents % 100:02d}"
