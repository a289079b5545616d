"""Deciding about a register: pages of payments, voids, reissues and refunds, and the thresholds they cross."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from ledger import commands as cmd
from ledger import events as ev
from ledger.calendar import day_number, day_of
from ledger.decide_terms import years_named
from ledger.identity import identities
from ledger.lines import COVERAGES, PAGE_LIMIT, TXN_TYPES, Lines, run
from ledger.plan import Page, Plan
from ledger.rules import AlreadyVoided, DuplicatePayment, NotAllowed
from ledger.screening import CODES, of_types, screen
from ledger.seals import require_seal
from ledger.stays import days_of_payment
from ledger.triggers import triggers

_ORDER: tuple[tuple[type[ev.Page], tuple[str, ...]], ...] = (
    (ev.ClaimsPaid, ("PAYMENT", "ADJUSTMENT")),
    (ev.ClaimPaymentsVoided, ("VOID", "REVERSAL")),
    (ev.PaymentsReissued, ("REISSUE",)),
    (ev.ClaimRefundsReceived, ("REFUND",)),
)
_PAGES = tuple((kind, of_types(words)) for kind, words in _ORDER)
_DOWN = of_types(("VOID", "REVERSAL", "REFUND", "RECOVERY"))
_UP = of_types(("REISSUE",))
_OTHER = of_types(("RECOVERY", "FEE"))


def record_register(command: cmd.RecordRegister, plan: Plan) -> tuple[ev.Event, ...]:
    """The events of one document; every line must be new and possible, or the whole is refused."""
    lines = command.lines
    if not lines.count:
        raise NotAllowed("empty", f"Register {command.register_id} holds no lines.", "Nothing to record.")
    require_seal(plan, lines)
    screened = screen(plan, lines, command.effective_on)
    if screened.known.any():
        index = int(np.argmax(screened.known))
        raise DuplicatePayment(bytes(lines["claim_id"][index]).decode())
    if screened.refused:
        raise screened.refused[min(screened.refused)]
    _require_signs(screened.lines, later_service=command.later_service)
    return register_events(command, plan, screened.lines)


def register_events(command: cmd.RecordRegister, plan: Plan, lines: Lines) -> tuple[ev.Event, ...]:
    """The events of a screened document: register, pages, other money in it, and what they trigger."""
    first, last = day_of(int(lines["paid_on"].min())), day_of(int(lines["paid_on"].max()))
    made: list[ev.Event] = [
        *years_named(plan, *_years(plan, lines)),
        ev.CheckRegisterReceived(
            register_id=command.register_id,
            lines=lines.count,
            control_total=lines.total(),
            payments_total=lines.total() if command.payments_total is None else command.payments_total,
            stated_rows=command.stated_rows,
            stated_total=command.stated_total,
            first_paid_on=first,
            last_paid_on=last,
        ),
    ]
    added: list[Lines] = []
    addresses = np.zeros((2, 0), dtype=np.int64)
    inside = bool((lines["original_version"] == -1).any())
    if inside:
        addresses = np.zeros((2, lines.count), dtype=np.int64)
    for kind, belongs in _PAGES:
        rows = np.flatnonzero(belongs[lines["txn_type"]])
        for number, start in enumerate(range(0, rows.size, PAGE_LIMIT), start=1):
            chosen = rows[start : start + PAGE_LIMIT]
            page = _cited(lines if chosen.size == lines.count else lines.take(run(chosen)), addresses)
            version = plan.version + len(made) + 1
            if kind is ev.ClaimsPaid and inside:
                addresses[:, chosen] = np.full(chosen.size, version), np.arange(1, chosen.size + 1)
            made.append(_page(kind, command, number, page))
            added.append(page)
    made.extend(_other_money(plan, lines, added))
    recovered = [event for event in made if isinstance(event, ev.SubrogationRecovered)]
    made.extend(triggers(plan, added, recovered, plan.version + len(made)))
    return tuple(made)


def _cited(page: Lines, addresses: npt.NDArray[np.int64]) -> Lines:
    """Originals inside the same document get the version that their page receives, and their line in it."""
    inside = np.nonzero(page["original_version"] == -1)[0]
    if not inside.size:
        return page
    versions, numbers = addresses[:, page["original_line"][inside] - 1]
    return page.changed(inside, {"original_version": versions, "original_line": numbers})


def _page(kind: type[ev.Page], command: cmd.RecordRegister, number: int, page: Lines) -> ev.Page:
    if kind is ev.ClaimPaymentsVoided:
        return ev.ClaimPaymentsVoided(
            register_id=command.register_id, page=number, count=page.count, control_total=page.total(), lines=page,
            reason=command.reason,
        )  # fmt: skip
    return kind(register_id=command.register_id, page=number, count=page.count, control_total=page.total(), lines=page)


def _years(plan: Plan, lines: Lines) -> set[int]:
    found: set[int] = set()
    for name in (
        ("booked_on", "incurred_on") if plan.arrangement(date.max).attribution == "incurred" else ("booked_on",)
    ):
        ends = {plan.year_of(day_of(int(day))) for day in (lines[name].min(), lines[name].max())}
        found |= ends if len(ends) == 1 else {plan.year_of(day_of(int(day))) for day in np.unique(lines[name])}
    return found


def _require_signs(lines: Lines, *, later_service: bool) -> None:
    types, amounts = lines["txn_type"], lines["amount"]
    wrong = np.flatnonzero((_DOWN[types] & (amounts > 0)) | (_UP[types] & (amounts < 0)))
    if wrong.size:
        word = TXN_TYPES[int(types[wrong[0]])]
        raise NotAllowed("sign", f"A {word} line has the wrong sign.", "Voids and refunds are negative, payments not.")
    future = np.flatnonzero(lines["incurred_on"] > lines["booked_on"])
    if future.size and not later_service:
        claim = bytes(lines["claim_id"][future[0]]).decode()
        raise NotAllowed("dates", f"Claim {claim} is paid before it was incurred.", "Correct one of the two dates.")


def _other_money(plan: Plan, lines: Lines, added: Sequence[Lines]) -> list[ev.Event]:
    made: list[ev.Event] = []
    for row in np.flatnonzero(_OTHER[lines["txn_type"]]):
        cells = lines.row(int(row) + 1)
        booked = day_of(int(cells["booked_on"]))
        if cells["txn_type"] == "FEE":
            made.append(
                ev.FeeCharged(
                    year=plan.year_of(booked),
                    amount=int(cells["amount"]),
                    effective_on=booked,
                    reference=str(cells["claim_id"]),
                    fee_type="register",
                )
            )
            continue
        recovery = f"{cells['claim_id']}-{cells['booked_on']}-{cells['occurrence']}"
        if recovery in plan.references:
            raise NotAllowed("duplicate", f"Recovery {recovery} is already recorded.", "Leave it out.")
        incurred, paid = day_of(int(cells["incurred_on"])), day_of(int(cells["paid_on"]))
        member, claim = str(cells["member"]), str(cells["claim_id"])
        made.append(
            ev.SubrogationRecovered(
                recovery_id=recovery,
                member=member,
                coverage=COVERAGES[COVERAGES.index(str(cells["coverage"]))],  # type: ignore[arg-type]
                incurred_on=incurred,
                paid_on=paid,
                received_on=booked,
                gross=-int(cells["amount"]),
                claim_id=claim,
                eligible=None if cells["eligible"] == cells["amount"] else _part(cells),
                specific_eligible=cells["specific_eligible"] == 1,
                aggregate_eligible=cells["aggregate_eligible"] == 1,
                **days_of_payment(plan, added, member, claim, incurred, paid),
            )
        )
    return made


def _part(cells: dict[str, str | int]) -> int:
    """What of a recovery is eligible, as its row says; never more than came in."""
    return max(0, min(-int(cells["eligible"]), -int(cells["amount"])))


def void_payment(command: cmd.VoidPayment, plan: Plan) -> tuple[ev.Event, ...]:
    """The void of one recorded payment, of all that is left of it; a closed month dates it on the first open day."""
    page: Page | None = plan.page(command.version)
    if (
        page is None
        or page.kind not in ("claims-paid", "payments-reissued")
        or not 1 <= command.line <= page.lines.count
    ):
        raise NotAllowed(
            "unknown-original",
            "That is not a recorded claim payment.",
            "Cite a payment as EVENT.LINE; find it with: claimfund trace event EVENT.",
        )
    if not command.reason.strip():
        raise NotAllowed("reason", "A void needs a reason.", 'Add --reason "…".')
    left = plan.open_amount(page, command.line)
    cells = page.lines.row(command.line)
    if left <= 0:
        taken = plan.taken.get((command.version, command.line))
        raise AlreadyVoided(
            str(cells["claim_id"]),
            f"{page.position}.{command.line}",
            taken.voided_by if taken else page.position,
        )
    day = plan.first_open_day(max(command.effective_on, day_of(int(cells["incurred_on"]))))
    line = page.lines.take([command.line - 1])
    void = line.replaced(
        txn_type=np.array([CODES["VOID"]], dtype=np.int8),
        amount=np.array([-left]),
        eligible=np.array([-plan.open_eligible(page, command.line)]),
        interest=-line["interest"],
        surcharge=-line["surcharge"],
        billed=-line["billed"],
        booked_on=np.array([day_number(day)]),
        row_id=np.array([b""]),
        source_line=np.array([0]),
        original_version=np.array([command.version]),
        original_line=np.array([command.line]),
    )
    void = void.replaced(identity=identities(void))
    event = ev.ClaimPaymentsVoided(
        register_id=_register_of(plan, command.version),
        count=1,
        control_total=void.total(),
        lines=void,
        reason=command.reason,
    )
    return (*years_named(plan, plan.year_of(day)), event)


def _register_of(plan: Plan, version: int) -> str:
    return f"void-{plan.code}-{version}"[:64]


def import_event(command: cmd.AcceptImport | cmd.RefuseImport) -> ev.Event:
    """The event that ties an import together, or keeps the trace of a refused file."""
    if isinstance(command, cmd.RefuseImport):
        return ev.ImportBatchRefused(
            file_sha256=command.file_sha256,
            size=command.size,
            name=command.name,
            importer=command.importer,
            rows_read=command.rows_read,
            problems=command.problems,
            codes=command.codes,
        )
    read = command.rows_recorded + command.rows_duplicate + command.rows_not_ours + command.rows_quarantined
    if read != command.rows_read:
        raise NotAllowed(
            "control",
            f"The import read {command.rows_read} rows but accounts for {read}.",
            "Please report this.",
        )
    return ev.ImportBatchAccepted(
        file_sha256=command.file_sha256,
        size=command.size,
        name=command.name,
        importer=command.importer,
        mapping=command.mapping,
        mapping_sha256=command.mapping_sha256,
        envelopes=command.envelopes,
        rows_read=command.rows_read,
        rows_recorded=command.rows_recorded,
        rows_duplicate=command.rows_duplicate,
        rows_not_ours=command.rows_not_ours,
        rows_quarantined=command.rows_quarantined,
        cents_recorded=command.cents_recorded,
        cents_duplicate=command.cents_duplicate,
        cents_not_ours=command.cents_not_ours,
        cents_quarantined=command.cents_quarantined,
    )
