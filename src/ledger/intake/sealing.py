"""Sealing what a file says: texts that name a claim become tokens and sealed texts before anything else sees the lines.

A plan is sealed from its first line on or never (:mod:`ledger.seals`): one that holds readable lines stays as it is,
one that holds sealed lines takes no others, and one without lines is sealed when its members are named by the vault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from ledger.identity import text_keys
from ledger.intake.cmac import BLOCK, Blocks
from ledger.intake.plan_seal import CLAIM, REFERENCE, ROW, PlanSeal, text_secret
from ledger.intake.reading import Adjustment
from ledger.intake.vault import MemberVault
from ledger.lines import Column, Lines
from ledger.problems import Problem
from ledger.refusals import Refusal
from ledger.seals import MARK

SealedBy = Callable[[str], str | None]


class OtherVault(Refusal):
    """The plan's lines were sealed under a secret that this vault does not hold."""

    code = "other-vault"

    def __init__(self, plan: str) -> None:
        super().__init__(
            f"Plan {plan} was sealed under another vault than that of this key file; no payment would be known again.",
            "Name the plan's own key file, or restore its vault.",
        )


class MemberUnnamed(Refusal):
    """A member whom the vault gives no secret."""

    code = "member-unnamed"

    def __init__(self, member: str) -> None:
        super().__init__(
            f"The vault holds no secret for member {member}, so the claim cannot be sealed.",
            "Check the pseudonym and the key file; members of an older key get a secret with: claimfund members rotate",
        )


class Sealing:
    """Which plans of a ledger are sealed, and what seals them; ``sealed_by`` tells the mark of a plan's lines."""

    def __init__(self, vault: MemberVault, sealed_by: SealedBy) -> None:
        self.readable: set[str] = set()
        self._vault = vault
        self._sealed_by = sealed_by
        self._plans: dict[str, PlanSealing | None] = {}

    def of(self, plan: str) -> PlanSealing | None:
        """What seals lines of a plan; nothing when its lines stay readable. Raises ``OtherVault``."""
        if plan not in self._plans:
            self._plans[plan] = self._found(plan)
        return self._plans[plan]

    def _found(self, plan: str) -> PlanSealing | None:
        mark = self._sealed_by(plan)
        if mark == "" or (mark is None and self._vault.naming is not None):
            self.readable.add(plan)
            return None
        secret = self._vault.plan_secret(plan, make=mark is None)
        made = PlanSealing(PlanSeal(secret), self._vault) if secret else None
        if made is None or mark not in (None, made.seal.mark):
            raise OtherVault(plan)
        return made


def left_readable(plan: str) -> Problem:
    """That members are pseudonymised and claims are not."""
    sentence = f"Claim numbers of plan {plan} stay readable, as those recorded before are; members are pseudonyms."
    return Problem("file", 0, "claim_id", "SEA001", sentence, "warning")


class PlanSealing:
    """Seals lines of one plan under the secrets of its members."""

    def __init__(self, seal: PlanSeal, vault: MemberVault) -> None:
        self.seal = seal
        self._vault = vault
        self._places: dict[bytes, int] = {}
        self._secrets: list[bytes] = []

    def lines(self, lines: Lines) -> Lines:
        """The same lines with tokens for claim id, payment reference and row id, and sealed texts beside them."""
        if not lines.count:
            return lines
        members, mark = self._members(lines["member"]), np.frombuffer(self.seal.mark.encode(), dtype=np.uint8)
        made: dict[str, Column] = {"claim_id": self.seal.tokens(CLAIM, lines["claim_id"])}
        sealed = self.seal.sealed(CLAIM, lines["claim_id"], made["claim_id"], members)
        cells = np.zeros((lines.count, MARK + sealed.dtype.itemsize), dtype=np.uint8)
        cells[:, :MARK] = mark
        cells[:, MARK:] = sealed.view(np.uint8).reshape(lines.count, -1)
        made["claim_sealed"] = cells.view(f"S{cells.shape[1]}").reshape(-1)
        given = lines.given()
        if "payment_ref" in given:
            made["payment_ref"] = self.seal.tokens(REFERENCE, lines["payment_ref"])
            made["reference_sealed"] = self.seal.sealed(REFERENCE, lines["payment_ref"], made["payment_ref"], members)
        if "row_id" in given:
            made["row_id"] = self.seal.tokens(ROW, lines["row_id"])
        for column in made.values():
            column.flags.writeable = False
        return lines.replaced(**made)

    def adjustments(self, items: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
        """Items of a remittance that name no member: their references become tokens, which only a guess opens."""
        token = self.seal.token
        return tuple(
            replace(item, reference=token(CLAIM, item.reference), payment_ref=token(REFERENCE, item.payment_ref))
            for item in items
        )

    def _members(self, names: Column) -> Blocks:
        """The secret of each line's member."""
        _, first, place = np.unique(text_keys(names), return_index=True, return_inverse=True)
        if not (names[first][place] == names).all():  # two names share a key
            _, first, place = np.unique(names, return_index=True, return_inverse=True)
        slots = np.fromiter(map(self._slot, names[first].tolist()), dtype=np.int64, count=len(first))
        secrets = np.frombuffer(b"".join(self._secrets), dtype=np.uint8).reshape(-1, BLOCK)
        made: Blocks = secrets[slots[place]]
        return made

    def _slot(self, name: bytes) -> int:
        if name not in self._places:
            secret = self._vault.secret_of(name.decode()) if name else self.seal.nobody
            if secret is None:
                raise MemberUnnamed(name.decode())
            self._places[name] = len(self._secrets)
            self._secrets.append(text_secret(secret))
        return self._places[name]


class Opening:
    """Opens what a plan's lines keep sealed, and finds the token of a number that somebody holds in hand."""

    def __init__(self, vault: MemberVault, plan: str, mark: str) -> None:
        secret = vault.plan_secret(plan)
        if not secret or (made := PlanSeal(secret)).mark != mark:
            raise OtherVault(plan)
        self.seal = made
        self._vault = vault

    def texts(self, line: dict[str, str | int]) -> tuple[str, str] | None:
        """The claim id and payment reference of a line; nothing when its member was erased or it is readable."""
        member, sealed = str(line["member"]), str(line["claim_sealed"])[MARK:]
        secret = self._vault.secret_of(member) if member else self.seal.nobody
        if secret is None or not sealed:
            return None
        own, reference = text_secret(secret), str(line["reference_sealed"])
        claim = self.seal.opened(CLAIM, sealed, str(line["claim_id"]), own)
        return claim, reference and self.seal.opened(REFERENCE, reference, str(line["payment_ref"]), own)
