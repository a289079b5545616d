"""Deciding about members' records: legal holds, erasure of the key to a member's name, and exports that left."""

from __future__ import annotations

from datetime import date

from ledger import commands as cmd
from ledger import events as ev
from ledger.calendar import add_months, day_of
from ledger.custody import RETENTION_YEARS, years_kept
from ledger.plan import Plan
from ledger.rules import NotAllowed

CustodyCommand = cmd.EraseMemberKey | cmd.SetLegalHold | cmd.ReleaseLegalHold | cmd.RecordExport


def decide_custody(command: CustodyCommand, plan: Plan) -> tuple[ev.Event, ...]:
    """The events of a command about members' records."""
    match command:
        case cmd.EraseMemberKey():
            return _erase(command, plan)
        case cmd.SetLegalHold():
            return _hold(command, plan)
        case cmd.ReleaseLegalHold():
            return _release(command, plan)
        case cmd.RecordExport():
            return (ev.ExportProduced(**{name: getattr(command, name) for name in ev.ExportProduced.model_fields}),)


def _needs_reason(text: str, what: str) -> None:
    if not text.strip():
        raise NotAllowed("reason", f"{what} needs a reason.", 'Add --reason "…".')


def last_paid(plan: Plan, member: str) -> date | None:
    """The newest payment date of a member's lines; nothing when the plan holds none."""
    name, found = member.encode(), 0
    for page in plan.pages:
        days = page.lines["paid_on"][page.lines["member"] == name]
        found = max(found, int(days.max())) if days.size else found
    return day_of(found) if found else None


def kept_until(plan: Plan, paid: date) -> date:
    """The end of the retention term of a member who was last paid on a date."""
    years = years_kept(plan.arrangements[-1][1]) if plan.arrangements else RETENTION_YEARS
    return add_months(paid, 12 * years)


def _erase(command: cmd.EraseMemberKey, plan: Plan) -> tuple[ev.Event, ...]:
    _needs_reason(command.reason, "Erasing the key to a member")
    member = command.member
    if member in plan.custody.erased:
        raise NotAllowed(
            "erased", f"Member {member} was erased before (event {plan.custody.erased[member]}).", "Nothing to do."
        )
    hold = plan.custody.holds.get(member)
    if hold is not None and hold.on(command.erased_on):
        ends = f" until {hold.until}" if hold.until else ""
        raise NotAllowed(
            "legal-hold",
            f"Member {member} is under a legal hold{ends} (event {hold.position}: {hold.reason}).",
            f"When it is over: claimfund members release {member} --reason …",
        )
    paid = last_paid(plan, member)
    until = kept_until(plan, paid) if paid else command.erased_on
    early = command.erased_on < until
    if early and not command.before_retention:
        raise NotAllowed(
            "retention",
            f"Member {member} was last paid on {paid}; the records are kept until {until}.",
            "Wait, or say why it must be now: --before-retention --reason …",
        )
    return (
        ev.MemberKeyErased(
            member=member, key_version=command.key_version, erased_on=command.erased_on, reason=command.reason,
            before_retention=early,
        ),
    )  # fmt: skip


def _hold(command: cmd.SetLegalHold, plan: Plan) -> tuple[ev.Event, ...]:
    _needs_reason(command.reason, "A legal hold")
    if command.member in plan.custody.erased:
        raise NotAllowed(
            "erased",
            f"Member {command.member} was erased (event {plan.custody.erased[command.member]}).",
            "A hold comes too late for the name; what the ledger holds of payments stays anyway.",
        )
    if last_paid(plan, command.member) is None:
        raise _unheard(command.member, plan)
    return (ev.LegalHoldSet(member=command.member, reason=command.reason, until=command.until),)


def _release(command: cmd.ReleaseLegalHold, plan: Plan) -> tuple[ev.Event, ...]:
    _needs_reason(command.reason, "Releasing a legal hold")
    if command.member not in plan.custody.holds:
        raise NotAllowed("no-hold", f"Member {command.member} is under no legal hold.", "See: claimfund members list")
    return (ev.LegalHoldReleased(member=command.member, reason=command.reason),)


def _unheard(member: str, plan: Plan) -> NotAllowed:
    return NotAllowed(
        "unknown-member", f"Plan {plan.code} holds no payment of member {member}.", "See: claimfund members list"
    )
