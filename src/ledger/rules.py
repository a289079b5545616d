"""The refusals of the ledger's rules, each with its own sentence: what, where, why, and what to do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from ledger.calendar import moment_of
from ledger.money import shown
from ledger.plan import Closed
from ledger.refusals import Refusal


class UnknownPlan(Refusal):
    """No plan of that code has a history here."""

    code = "unknown-plan"

    def __init__(self, plan: str) -> None:
        super().__init__(
            f"Plan {plan!r} is not in this ledger.",
            "List plans with: claimfund status; begin one with: claimfund init.",
        )


class PlanExists(Refusal):
    """The plan was registered before."""

    code = "plan-exists"

    def __init__(self, plan: str) -> None:
        super().__init__(f"Plan {plan} is already registered.", "Choose another code, or use the plan as it is.")


class PeriodIsClosed(Refusal):
    """The business date lies in a closed month."""

    code = "closed-period"

    def __init__(self, month: str, what: str, day: date, closed: Closed) -> None:
        when = moment_of(closed.recorded_at).date()
        super().__init__(
            f"{month} is closed (event {closed.position}, {closed.actor}, {when}). "
            f"A {what} dated {day} cannot be recorded.",
            "Record it in the open period with --effective and a date in an open month.",
        )


class DuplicatePayment(Refusal):
    """A payment of the same identity is recorded."""

    code = "duplicate"

    def __init__(self, claim: str, where: str = "") -> None:
        super().__init__(
            f"Claim {claim} is already recorded with this payment, date and amount{where}.",
            "Nothing is missing: leave it, or give the new payment its own payment reference.",
        )


class OtherAmount(Refusal):
    """A payment of the same claim, date and reference is recorded at another amount."""

    code = "conflict"

    def __init__(self, claim: str, recorded: int, offered: int, address: str) -> None:
        super().__init__(
            f"Claim {claim} is recorded at {shown(recorded)} ({address}) but offered at {shown(offered)}.",
            "Void it and record it again, or correct the file.",
        )


class NothingToVoid(Refusal):
    """A void, refund or reissue names no payment that is recorded and open."""

    code = "unknown-original"

    def __init__(self, what: str, claim: str, reference: str) -> None:
        named = f"claim {claim}" + (f", payment {reference}" if reference else "")
        super().__init__(
            f"The {what} of {named} finds no recorded payment to act on.",
            "Check the claim and payment numbers, or import the register that holds the payment first.",
        )


class AlreadyVoided(Refusal):
    """The payment was voided before."""

    code = "already-voided"

    def __init__(self, claim: str, address: str, by: int) -> None:
        super().__init__(
            f"The payment of claim {claim} ({address}) was already voided by event {by}.",
            "Nothing is left to void; see: claimfund trace event.",
        )


class MoreThanPaid(Refusal):
    """A void or refund exceeds what is left of the payment."""

    code = "more-than-paid"

    def __init__(self, what: str, claim: str, asked: int, left: int) -> None:
        super().__init__(
            f"The {what} of {shown(asked)} for claim {claim} is more than the {shown(left)} left of the payment.",
            "Correct the amount.",
        )


class NotVoided(Refusal):
    """A reissue replaces a payment that is still alive."""

    code = "not-voided"

    def __init__(self, claim: str, address: str) -> None:
        super().__init__(
            f"Claim {claim} ({address}) cannot be reissued: the payment was not voided, or was reissued before.",
            "Void the old payment first.",
        )


class NotAllowed(Refusal):
    """A rule in one sentence where no more structure is needed."""

    def __init__(self, code: str, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence, remedy)
        self.code = code


class OverFiling(Refusal):
    """A reimbursement above what is outstanding on its filing."""

    code = "over-filing"

    def __init__(self, filing: str, offered: int, outstanding: int) -> None:
        super().__init__(
            f"Reimbursement {shown(offered)} is more than the outstanding filing {filing} ({shown(outstanding)}).",
            "If the carrier overpaid, add --overpayment; it stays visible until refunded.",
        )


class SameReference(Refusal):
    """Money of the same kind, reference and date is recorded."""

    def __init__(self, what: str, reference: str, day: date, recorded: int, offered: int) -> None:
        self.code = "duplicate" if recorded == offered else "conflict"
        offered_too = "" if recorded == offered else f" but offered at {shown(offered)}"
        super().__init__(
            f"The {what} {reference} of {day} is already recorded at {shown(recorded)}{offered_too}.",
            "Leave it out, give it its own reference, or take the recorded one back first.",
        )


class HeadMoved(Refusal):
    """The ledger changed since the preview."""

    code = "changed-head"

    def __init__(self, found: str, expected: str, look_again: str) -> None:
        super().__init__(
            f"The ledger changed since your preview: head is {found}, you expected {expected}.",
            f"Look again: {look_again}",
        )


class NotEnrolled(Refusal):
    """The actor is not one of the people of the plan."""

    code = "not-enrolled"

    def __init__(self, actor: str, plan: str, administrators: tuple[str, ...]) -> None:
        add = f"claimfund people add {actor} --role ROLE"
        remedy = (
            f"Record as somebody who is (--actor NAME; see: claimfund people list), or ask {_any_of(administrators)} "
            f"to run: {add}"
        )
        super().__init__(
            f"{actor} is not enrolled on plan {plan}, so nothing was recorded.",
            remedy if administrators else f"Nobody is: enroll an administrator first, then others, with: {add}",
        )


class OtherLogin(Refusal):
    """The actor is bound to another login, or the login to another actor."""

    code = "login"

    def __init__(self, actor: str, bound: str, login: str, names: tuple[str, ...], admins: tuple[str, ...]) -> None:
        if bound and bound != login:
            super().__init__(
                f"{actor} records under the login {bound} only, and this runs under {login or 'none'}.",
                f"Work under {bound}, or ask {_any_of(admins)} to bind another: "
                f"claimfund people add {actor} --login LOGIN",
            )
        else:
            super().__init__(
                f"The login {login} is {_any_of(names)}'s and records under no other name, so not as {actor}.",
                f"Record as {_any_of(names)}: --actor {names[0]}",
            )


class RoleNeeded(Refusal):
    """The actor is enrolled without the role that the command needs."""

    code = "role"

    def __init__(self, actor: str, role: str, held: Collection[str], administrators: tuple[str, ...]) -> None:
        holds = " and ".join(sorted(held)) or "without a role"
        reads = "; an auditor only reads" if "auditor" in held else ""
        super().__init__(
            f"This needs the role {role}, and {actor} is {holds}{reads}.",
            f"Somebody with the role can do it, or {_any_of(administrators)} can grant it: "
            f"claimfund people grant {actor} {role}",
        )


def _any_of(names: tuple[str, ...]) -> str:
    return " or ".join(names)


class SamePerson(Refusal):
    """Who proposed a change would approve it, under whatever name."""

    code = "same-person"

    def __init__(self, proposal: int, actor: str, proposer: str, others: tuple[str, ...]) -> None:
        who = f"{actor} proposed change {proposal}" if actor == proposer else f"{actor} and {proposer} are one person"
        remedy = f"{_any_of(others)} can approve it." if others else "Enroll one with: claimfund people add NAME"
        super().__init__(f"{who}; it needs a second person to approve it.", remedy)


class ChangeExpired(Refusal):
    """Nobody approved the change in time."""

    code = "expired"

    def __init__(self, proposal: int, last_day: date) -> None:
        super().__init__(f"Proposed change {proposal} could be approved until {last_day}.", "Propose it again.")


class FiguresMoved(Refusal):
    """The figures that a proposed settlement rests on moved after it was proposed."""

    code = "figures-moved"

    def __init__(self, proposal: int, by: int) -> None:
        super().__init__(
            f"The figures of proposed change {proposal} moved after it was proposed (event {by}).",
            f'Reject it (claimfund reject {proposal} --reason "…"), look at claimfund settle preview again, and let it '
            "be posted anew.",
        )
