"""Write the JSON Schemas of the command line's JSON outputs into ``schemas/output``; ``--check`` only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "schemas" / "output"

TEXT: dict[str, Any] = {"type": "string"}
AMOUNT: dict[str, Any] = {
    "type": "string",
    "pattern": r"^-?\d+\.\d{2}$",
    "description": "two decimals, surplus positive",
}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
YEAR: dict[str, Any] = {"type": "integer", "minimum": 1900, "maximum": 2200}
YES: dict[str, Any] = {"type": "boolean"}
DAY: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
MONTH: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}
MOMENT: dict[str, Any] = {"type": "string", "pattern": r"^(\d{4}-\d{2}-\d{2}T[\d:.]+Z)?$"}
FREE: dict[str, Any] = {"type": "object"}


def thing(optional: tuple[str, ...] = (), /, **fields: Any) -> dict[str, Any]:
    """An object with exactly these fields."""
    required = [name for name in fields if name not in optional]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def many(item: dict[str, Any]) -> dict[str, Any]:
    """A list of one kind of thing."""
    return {"type": "array", "items": item}


def maybe(item: dict[str, Any]) -> dict[str, Any]:
    """That, or null."""
    return {"anyOf": [item, {"type": "null"}]}


def amounts(*names: str) -> dict[str, Any]:
    """Fields that are amounts."""
    return dict.fromkeys(names, AMOUNT)


PSEUDONYM = {
    "member": TEXT,
    "lines": COUNT,
    "last_paid_on": maybe(DAY),
    "held": {"type": "string", "description": "empty: no hold; open: until released; else its last day"},
    "erased": {**COUNT, "description": "the event that recorded the erasure, or 0"},
}
FIGURES = {
    "year": YEAR,
    "basis": {"enum": ["paid", "incurred"]},
    **amounts(
        "opening",
        "budget",
        "claims_paid",
        "gross_claims",
        "voids",
        "refunds",
        "recoveries",
        "rebates",
        "fees",
        "stop_loss_premium",
        "contributions",
        "funding_received",
        "reimbursements_received",
        "reimbursements_receivable",
        "due_to_carrier",
        "surplus_for_year",
        "dispositions",
        "closing",
    ),
    "positions": thing(**amounts("budget", "cash", "accrual")),
}
LINE = thing(name=TEXT, amount=AMOUNT)
DISPOSITION = thing(
    kind=TEXT, amount=AMOUNT, effective_on=DAY, to_year=maybe(YEAR), to=maybe(TEXT), recovery_months=maybe(COUNT)
)
SETTLEMENT = {
    "settlement": TEXT,
    "year": YEAR,
    "kind": {"enum": ["interim", "final"]},
    "as_of": DAY,
    "amount": AMOUNT,
    "supersedes": TEXT,
}
MEMBER = thing(
    member=TEXT, policy=TEXT, relation=TEXT, first_incurred=maybe(DAY), lasered=YES, percent_of_deductible=TEXT,
    **amounts("paid", "eligible_paid", "deductible", "excess", "absorbed", "reimbursable", "filed", "approved"),
    **amounts("received", "advanced", "written_off", "outstanding", "due", "receivable", "due_to_carrier"),
    age=maybe(COUNT), notice_due=maybe(DAY), notice_sent=maybe(DAY), state=TEXT, triggered_at=maybe(DAY),
)  # fmt: skip
FINALIZED = maybe(thing(
    event=COUNT, finalized_on=DAY, audit_ref=TEXT, reason=TEXT, agrees=YES,
    figures=many(thing(figure=TEXT, **amounts("final", "now", "change"))),
))  # fmt: skip
ACCUMULATED = amounts("claims_paid", "taken_back", "not_accepted", "specific_excess", "eligible", "rebates")
AGGREGATE_MONTH = thing(
    month=MONTH, lives={"type": "object", "additionalProperties": COUNT},
    factors={"type": "object", "additionalProperties": TEXT}, minimum=AMOUNT, **ACCUMULATED,
    **amounts("attachment", "cumulative_attachment", "cumulative_eligible", "to_attachment", "excess"),
    ratio=TEXT, **amounts("over", "advanced", "repaid", "outstanding"),
)  # fmt: skip
AGGREGATE = {
    "policy": TEXT,
    "final": YES,
    **amounts(
        "attachment_point",
        "sum_of_months",
        "minimum",
        "eligible",
        "rebates",
        "excess",
        "reimbursable",
        "distance",
        "filed",
        "received",
        "accommodation_outstanding",
        "written_off",
        "due",
        "receivable",
        "due_to_carrier",
    ),
    "missing_months": many(MONTH),
    "months": many(AGGREGATE_MONTH),
    "run_out": maybe(thing(**ACCUMULATED)),
    "months_total": thing(**ACCUMULATED),
    "finalized": FINALIZED,
}
PROBLEM = thing(
    where=TEXT, number=COUNT, column=TEXT, code=TEXT, sentence=TEXT, severity={"enum": ["fatal", "row", "warning"]}
)
POINT = thing(as_of=DAY, known_at_event=COUNT)
CAUSE = thing(cause=TEXT, means=TEXT, amount=AMOUNT, events=many(COUNT))

KIND: dict[str, Any] = {"enum": ["specific", "aggregate"]}
COMPARED = thing(figure=TEXT, name=TEXT, now=TEXT, changed=TEXT, difference=TEXT)
FINDING = thing(
    policy=TEXT, kind=KIND, effective=DAY, law=TEXT, applies_to=TEXT, source=TEXT,
    members=COUNT, expected=maybe(AMOUNT), required=AMOUNT, found=maybe(AMOUNT), basis=TEXT,
    verdict={"enum": ["ok", "below", "unknown"]},
)  # fmt: skip
AGEING = amounts("amount", "approved", "denied", "received", "written_off", "outstanding", "to_return")

OUTPUTS: dict[str, dict[str, Any]] = {
    "position": thing(**FIGURES, months=many(thing(month=MONTH, **FIGURES))),
    "stoploss-specific": thing(
        year=YEAR,
        members=many(MEMBER),
        total=thing(
            members_over=COUNT,
            **amounts("paid", "eligible_paid", "excess", "absorbed", "reimbursable", "filed", "approved", "received"),
            **amounts("advanced", "written_off", "outstanding", "due", "receivable", "due_to_carrier"),
        ),
    ),
    "stoploss-ageing": thing(
        filings=many(
            thing(filing=TEXT, policy=TEXT, claimant=TEXT, filed_on=DAY, **AGEING, days=COUNT, bucket=TEXT, state=TEXT)
        ),
        total=thing(**AGEING),
        buckets=many(thing(bucket=TEXT, **amounts("outstanding"))),
        advances=many(thing(advance=TEXT, policy=TEXT, member=TEXT, received_on=DAY, **amounts("left", "to_return"))),
        position=many(thing(
            year=YEAR, recognition=TEXT, **amounts("outstanding", "overpaid"),
            lines=many(thing(reason=TEXT, amount=AMOUNT)), **amounts("receivable", "due_to_carrier"), proved=YES,
        )),
    ),
    "stoploss-aggregate": thing(
        ("further_policies",), year=YEAR, **AGGREGATE, further_policies=many(thing(**AGGREGATE))
    ),
    "stoploss-buckets": thing(
        year=YEAR,
        policies=many(
            thing(
                policy=TEXT,
                coverage_kind={"enum": ["specific", "aggregate"]},
                buckets=many(thing(name=TEXT, amount=AMOUNT, why=TEXT)),
                **amounts("total", "net_paid"),
            )
        ),
    ),
    "stoploss-explain": thing(
        year=YEAR,
        member=TEXT,
        calculations=many(
            thing(
                policy=TEXT,
                rounding=TEXT,
                facts=many(TEXT),
                due=AMOUNT,
                steps=many(
                    thing(
                        step=COUNT,
                        name=TEXT,
                        formula=TEXT,
                        result=AMOUNT,
                        source=TEXT,
                        operation={"enum": ["given", "sum", "floor", "least", "greatest", "rate", "lives"]},
                        inputs=many(thing(name=TEXT, amount=maybe(AMOUNT), lives=maybe(COUNT), times=maybe(TEXT))),
                    )
                ),
            )
        ),
    ),
    "stoploss-whatif": thing(
        year=YEAR, set=many(TEXT), set_aside_factors_of=many(TEXT),
        figures=many(COMPARED), policies=many(thing(policy=TEXT, kind=KIND, figures=many(COMPARED))),
        members=many(thing(policy=TEXT, member=TEXT, **amounts("now", "changed", "difference"))),
    ),
    "stoploss-listing": thing(
        year=YEAR, kind={"enum": ["specific", "aggregate"]},
        payments=many(thing(
            policy=TEXT, address=TEXT, member=TEXT, claim_id=TEXT, coverage=TEXT, incurred_on=DAY, paid_on=DAY,
            payment_ref=TEXT, reason=TEXT, **amounts("plan_paid", "eligible", "counted"),
        )),
        total=thing(**amounts("plan_paid", "eligible", "counted")),
        footing=many(thing(
            policy=TEXT, **amounts("plan_paid", "counted"), cuts=many(thing(cut=TEXT, amount=AMOUNT)),
            eligible=maybe(AMOUNT), proved=YES,
        )),
    ),
    "stoploss-notices": thing(
        year=YEAR, notice_days=COUNT,
        notices=many(thing(
            kind={"enum": ["notice-level", "deductible-reached", "attachment-reached", "window-closing",
                           "lifetime-near", "diagnosis", "stay"]},
            policy=TEXT, member=TEXT, since=maybe(DAY), due=maybe(DAY), **amounts("amount", "threshold"),
            derived=YES, sent_on=maybe(DAY), notice=TEXT, state={"enum": ["due", "late", "sent", "sent late"]},
        )),
    ),
    "stoploss-accommodation": thing(
        year=YEAR,
        policies=many(thing(
            policy=TEXT, accommodation=YES, final=YES,
            months=many(thing(
                month=MONTH, on=DAY, **amounts("target", "outstanding_before", "move", "advance", "repay"),
                **amounts("outstanding", "recorded_advanced", "recorded_repaid"),
            )),
            **amounts("advanced", "repaid", "outstanding", "advanced_after", "repaid_after", "reimbursable"),
            **amounts("received"), true_up=maybe(AMOUNT), still_due=maybe(AMOUNT), finalized=FINALIZED,
        )),
    ),
    "stoploss-statutory": thing(year=YEAR, jurisdiction=TEXT, findings=many(FINDING)),
    "stoploss-policy": thing(
        policies=many(thing(
            policy=TEXT, kind={"enum": ["specific", "aggregate"]}, carrier=TEXT, effective=DAY, expires=DAY,
            window=thing(incurred_from=DAY, incurred_to=DAY, paid_from=DAY, paid_to=DAY),
            terms=FREE, lasers=many(FREE), factors=many(FREE), statutory=many(FINDING), finalized=FINALIZED,
        )),
    ),
    "claimants": thing(year=YEAR, over=AMOUNT, members=many(thing(member=TEXT, lines=COUNT, paid=AMOUNT))),
    "events": thing(
        events=many(
            thing(
                event=COUNT, version=COUNT, kind=TEXT, recorded_at=MOMENT, actor=TEXT, what=TEXT, amount=maybe(AMOUNT)
            )
        )
    ),
    "settle-preview": thing(
        year=YEAR,
        settlement=TEXT,
        supersedes=TEXT,
        lines=many(LINE),
        amount=AMOUNT,
        disposed=AMOUNT,
        dispositions=many(DISPOSITION),
        instalments=many(AMOUNT),
        checks=many(thing(check=TEXT, passed=YES, found=TEXT)),
    ),
    "settle-show": thing(
        **SETTLEMENT, known_at_event=COUNT, lines=many(LINE), dispositions=many(DISPOSITION), reason=TEXT
    ),
    "settle-list": thing(settlements=many(thing(**SETTLEMENT))),
    "trace-position": thing(
        year=YEAR,
        month=maybe(MONTH),
        line=TEXT,
        amount=AMOUNT,
        proved=YES,
        events=many(thing(event=COUNT, kind=TEXT, amount=AMOUNT, transfers=COUNT, source=TEXT)),
        sources=many(thing(source=TEXT, name=TEXT, first=COUNT, last=COUNT, events=COUNT, amount=AMOUNT)),
        parts=many(LINE),
    ),
    "trace-lines": thing(
        figure=TEXT, amount=AMOUNT, proved=YES,
        lines=many(thing(
            address=TEXT, what=TEXT, member=TEXT, claim_id=TEXT, paid_on=DAY, **amounts("plan_paid", "amount"),
            status=TEXT, reason=TEXT, source=TEXT, source_name=TEXT, source_line=COUNT, actor=TEXT,
        )),
        beside=many(thing(name=TEXT, amount=AMOUNT)), counted=many(TEXT),
    ),
    "trace-settlement": thing(
        settlement=TEXT, year=YEAR, known_at_event=COUNT, proved=YES,
        lines=many(thing(line=TEXT, **amounts("posted", "again"))),
    ),
    "trace-sample": thing(
        ("year",),
        year=YEAR,
        line=TEXT,
        method={"enum": ["random", "monetary-unit"]},
        seed=COUNT,
        asked=COUNT,
        population=thing(items=COUNT, **amounts("amount", "absolute")),
        interval=maybe(TEXT),
        items=many(
            thing(
                number=COUNT,
                address=TEXT,
                kind=TEXT,
                booked_on=DAY,
                member=TEXT,
                amount=AMOUNT,
                hits=COUNT,
                source=TEXT,
            )
        ),
    ),
    "trace-event": thing(
        address=TEXT,
        kind=TEXT,
        what=TEXT,
        amount=maybe(AMOUNT),
        net=maybe(AMOUNT),
        business_date=maybe(DAY),
        recorded_at=MOMENT,
        actor=TEXT,
        source=TEXT,
        source_name=TEXT,
        source_line=COUNT,
        reason=TEXT,
        cites=TEXT,
        payment=maybe(
            thing(claim=TEXT, member=TEXT, coverage=TEXT, incurred=DAY, paid=DAY, booked=DAY, reference=TEXT)
        ),
        later=many(thing(address=TEXT, kind=TEXT, actor=TEXT, reason=TEXT, amount=AMOUNT)),
        counted=many(TEXT),
    ),
    "diff": thing(
        year=YEAR,
        report={"enum": ["position", "stoploss-specific", "stoploss-aggregate"]},
        first=POINT,
        second=POINT,
        differ=YES,
        lines=many(thing(line=TEXT, **amounts("before", "after", "change"), causes=many(CAUSE))),
        events=many(COUNT),
    ),
    "people": thing(
        people=many(thing(name=TEXT, person=TEXT, roles=many(TEXT), login=maybe(TEXT))),
        approvals=thing(
            reopening=YES, settlement=YES, write_off=YES, manual_adjustment=YES, manual_adjustment_above=AMOUNT,
            people=YES, early_erasure=YES, denial=YES, denial_above=AMOUNT, expiry_days=COUNT,
        ),
    ),
    "proposals": thing(
        proposals=many(
            thing(
                change=COUNT, proposed_by=TEXT, what=TEXT, amount=maybe(AMOUNT), expires_on=DAY,
                state={"enum": ["open", "expired", "approved", "rejected", "withdrawn"]}, answered_by=TEXT,
                answered_at=maybe(COUNT), figures_moved_by=maybe(COUNT), sha256=TEXT, command=FREE,
            )
        )
    ),
    "exceptions": thing(
        year=YEAR,
        count=COUNT,
        net=AMOUNT,
        exceptions=many(
            thing(
                event=COUNT, recorded_at=MOMENT, effective_on=maybe(DAY), period=MONTH,
                kind={"enum": ["reopening", "in a reopened month", "in a later month", "after the close"]},
                what=TEXT, lines=COUNT, amount=maybe(AMOUNT), actor=TEXT, reason=TEXT, closed_by=COUNT,
                reopened_by=maybe(COUNT), proposal=maybe(COUNT), proposed_by=TEXT,
            )
        ),
    ),
    "members": thing(members=many(thing(**PSEUDONYM))),
    "member": thing(**PSEUDONYM, revealed=maybe(TEXT)),
    "exports": thing(
        exports=many(
            thing(
                event=COUNT, recorded_at=MOMENT, actor=TEXT, report=TEXT, format=TEXT, params=many(TEXT),
                as_of=maybe(DAY), known_at=COUNT, sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"}, size=COUNT,
                recipient=TEXT,
            )
        )
    ),
    "replay": thing(("plans",), plans=many(TEXT), events=COUNT, figures=COUNT, identical=YES),
    "doctor": thing(checks=many(thing(check=TEXT, found=TEXT, ok=YES)), ok=YES),
    "verify": thing(
        events=COUNT,
        checkpoints=COUNT,
        signatures=COUNT,
        plans=COUNT,
        ok=YES,
        root=TEXT,
        verifying_key=TEXT,
        checks=many(thing(check=TEXT, cases=COUNT, found=TEXT, ok=YES)),
    ),
    "verify-file": thing(
        ("events", "plans", "commands", "checkpoints", "signatures", "also", "position", "plan", "version", "topic",
         "actor", "recorded_at", "size", "old_size", "shown_plan", "by_hash", "by_hash_only"),
        file=TEXT, ok=YES, verifying_key=TEXT, root=TEXT,
        checks=many(thing(check=TEXT, cases=COUNT, found=TEXT, ok=YES)),
        events=COUNT, plans=COUNT, commands=COUNT, checkpoints=COUNT, signatures=COUNT, also=many(TEXT),
        position=COUNT, plan=TEXT, version=COUNT, topic=TEXT, actor=TEXT, recorded_at={"type": "integer"},
        size=COUNT, old_size=COUNT, shown_plan=TEXT, by_hash=COUNT, by_hash_only=many(many(COUNT)),
    ),
    "status": thing(
        ("open_proposals", "notices_due", "notices_late"),
        open_proposals=many(COUNT),
        notices_due=COUNT,
        notices_late=COUNT,
        events=COUNT,
        payments=COUNT,
        years=many(YEAR),
        open_months=many(MONTH),
        open_filings=many(TEXT),
        unsettled_years=many(YEAR),
        without_budget=many(YEAR),
    ),
    "plan": thing(
        registered=FREE,
        arrangements=many(thing(**{"from": DAY, "terms": FREE})),
        years=many(FREE),
        policies=many(FREE),
        lasers=many(FREE),
        factors=many(FREE),
    ),
    "import": thing(
        file=TEXT,
        sha256=TEXT,
        plan_digest=TEXT,
        rows_read=COUNT,
        rows_recorded=COUNT,
        recorded=AMOUNT,
        rows_duplicate=COUNT,
        duplicate=AMOUNT,
        rows_not_ours=COUNT,
        not_ours=AMOUNT,
        by_type=many(thing(plan=TEXT, type=TEXT, rows=COUNT, amount=AMOUNT)),
        refused=YES,
        already_imported=YES,
        problems=many(PROBLEM),
        dry_run=YES,
    ),
    "import-simple": thing(file=TEXT, plan_digest=TEXT, rows_read=COUNT, refused=YES, problems=many(PROBLEM)),
}


def schema(name: str) -> dict[str, Any]:
    """The schema of one output: the envelope around its data."""
    envelope = thing(
        schema={"const": f"claimfund/{name}/v1"}, plan=TEXT, as_of=maybe(DAY), known_at=MOMENT, last_event=COUNT,
        head={"type": "string", "pattern": "^[0-9a-f]{8}$"}, command=TEXT, data=OUTPUTS[name],
    )  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"claimfund {name}, version 1",
        **envelope,
    }


def text(name: str) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(name), indent=2) + "\n"


def main() -> int:
    """Write the files, or with ``--check`` say which differ."""
    check = "--check" in sys.argv[1:]
    different = []
    for name in OUTPUTS:
        path = FOLDER / f"{name}.v1.json"
        if path.is_file() and path.read_text(encoding="utf-8") == text(name):
            continue
        different.append(path.name)
        if not check:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text(name), encoding="utf-8")
    for name in different:
        sys.stdout.write(f"{'differs' if check else 'wrote'}: {name}\n")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main())
