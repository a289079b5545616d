"""A sealed plan knows every payment again that a readable one knows, and a plan is one or the other for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given as on
from hypothesis import settings
from hypothesis import strategies as st

from claimfund.demo_inbox import remittance as demo_remittance
from given import PLAN, given
from ledger import commands as cmd
from ledger.handling import Ledger
from ledger.importing import ImportPlan, commit_import, plan_import
from ledger.intake.claims_csv import read_claims
from ledger.intake.members import key_id_of
from ledger.intake.plan_seal import CLAIM, REFERENCE
from ledger.intake.sealing import Opening, OtherVault, Sealing
from ledger.intake.vault import MemberVault, VaultMoved, vault_path
from ledger.intake.x12_835 import read_835
from ledger.refusals import Refusal
from ledger.seals import OtherSeal, sealed_by

COLUMNS = (
    "plan_id,claim_id,row_id,claim_line,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,payment_ref,"
    "plan_paid"
)


def row(
    claim: str, amount: str = "100.00", *, who: str = "ID-1", row_id: str = "", txn: str = "PAYMENT", line: str = "1",
    paid: str = "2025-03-03", ref: str = "CHK-1",
) -> str:  # fmt: skip
    """One row of a canonical file."""
    return f"{PLAN},{claim},{row_id},{line},{txn},MED,{who},{who},2025-02-01,{paid},{ref},{amount}"


def day(month: int, number: int) -> date:
    """A day of 2025."""
    return date(2025, month, number)


class Office:
    """A ledger, and the key with which its files are imported (no key: they are imported readably)."""

    def __init__(self, folder: Path, key: str = "members.key") -> None:
        self.ledger: Ledger = given().ledger
        self.folder = folder
        self.key = folder / key if key else None
        self.files = 0

    def vault(self) -> MemberVault:
        assert self.key is not None
        return MemberVault.open(self.key)

    def preview(self, *rows: str, sealed: bool = True) -> tuple[ImportPlan, MemberVault | None]:
        """What a new file of these rows would do."""
        self.files += 1
        path = self.folder / f"{id(self)}-{self.files}.csv"
        path.write_text("\n".join((COLUMNS, *rows)) + "\n", encoding="utf-8")
        if self.key is None:
            return plan_import(self.ledger, read_claims(path), quarantine=True), None
        vault = self.vault()
        sealing = Sealing(vault, lambda plan: sealed_by(self.ledger.plan(plan))) if sealed else None
        reading = read_claims(path, keys=vault, pseudonymise=True, sealing=sealing)
        return plan_import(self.ledger, reading, quarantine=True), vault

    def take(self, *rows: str, sealed: bool = True) -> ImportPlan:
        """Import a new file of these rows; rows that are refused are left out."""
        plan, vault = self.preview(*rows, sealed=sealed)
        if vault is not None:
            vault.save()
        if not plan.refused and plan.parts:
            commit_import(self.ledger, plan, actor="tester")
        return plan

    def texts(self) -> set[str]:
        """Every claim, reference and row id that is recorded, as it is recorded."""
        pages = self.ledger.plan(PLAN).pages
        names = ("claim_id", "payment_ref", "row_id", "claim_sealed", "reference_sealed")
        return {text.decode() for page in pages for name in names for text in page.lines[name].tolist()} - {""}


def told(plan: ImportPlan) -> tuple[object, ...]:
    """What an import does, without the texts in its sentences."""
    kinds = tuple(word for part in plan.parts for word in part.by_type())
    problems = tuple((problem.number, problem.code) for problem in plan.problems)
    return plan.rows_recorded, plan.cents_recorded, plan.rows_duplicate, plan.cents_duplicate, kinds, problems


def outcome(office: Office, file: list[str], *, sealed: bool = True) -> tuple[object, ...]:
    """What an import does, or which rule refused to record it."""
    try:
        return told(office.take(*file, sealed=sealed))
    except Refusal as refusal:
        return (refusal.code,)


CLAIMS, REFERENCES = st.sampled_from(("K1", "K2", "K.3")), st.sampled_from(("CHK-1", "CHK-2", ""))
ROWS = st.builds(
    lambda claim, cents, who, row_id, txn, line, day, ref: row(
        claim, f"{'-' if txn in ('VOID', 'REVERSAL', 'REFUND', 'RECOVERY') else ''}{cents}.00", who=who, row_id=row_id,
        txn=txn, line=line, paid=f"2025-03-0{day}", ref=ref,
    ),
    CLAIMS, st.sampled_from((100, 100, 60)), st.sampled_from(("ID-1", "ID-1", "ID-2")),
    st.sampled_from(("", "", "R1", "R2")),
    st.sampled_from(("PAYMENT",) * 5 + ("VOID", "REVERSAL", "REFUND", "REISSUE", "RECOVERY", "ADJUSTMENT")),
    st.sampled_from(("1", "1", "2")), st.sampled_from((3, 3, 4)), REFERENCES,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@on(st.lists(st.lists(ROWS, min_size=1, max_size=6), min_size=1, max_size=4))
def test_every_file_does_the_same_to_a_sealed_plan_as_to_a_readable_one(files: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        sealed, readable = Office(Path(folder)), Office(Path(folder))
        for file in files:
            assert outcome(sealed, file) == outcome(readable, file, sealed=False)
        assert sealed.texts().isdisjoint({"K1", "K2", "K.3", "CHK-1", "CHK-2", "R1", "R2"})


RESENT = {
    "in another file": row("K1"),
    "with another member": row("K1", who="ID-2"),
    "with a row id of another member": row("K9", who="ID-2", row_id="R7", ref="OTHER"),
}


@pytest.mark.parametrize("after", ["", "erasure", "rotation"])
@pytest.mark.parametrize("how", RESENT)
def test_a_payment_sent_again_is_never_paid_twice(tmp_path: Path, how: str, after: str) -> None:
    office = Office(tmp_path)
    office.take(row("K1"), row("K9", row_id="R7"))
    vault = office.vault()
    if after == "erasure":
        assert vault.erase(vault.find(PLAN, "ID-1"))
    elif after == "rotation":
        vault.rotate()
    before = office.texts()
    again = office.take(RESENT[how])
    assert (again.rows_recorded, again.rows_duplicate) == (0, 1)
    assert office.texts() == before


def test_the_same_payment_at_another_amount_is_refused_whoever_it_is_sent_for(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.take(row("K1"), row("K9", row_id="R7"))
    for changed in (row("K1", "99.00", who="ID-2"), row("K9", "99.00", who="ID-2", row_id="R7")):
        assert [problem.code for problem in office.take(changed).problems] == ["conflict"]


def test_nothing_that_names_a_claim_is_recorded_and_the_key_opens_all_of_it(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.take(row("K1"), row("K.3", who="ID-2", ref=""), row("K9", row_id="R7"))
    (page,) = office.ledger.plan(PLAN).pages
    assert office.texts().isdisjoint({"K1", "K.3", "K9", "CHK-1", "R7"})
    opening = Opening(office.vault(), PLAN, sealed_by(office.ledger.plan(PLAN)) or "")
    assert [opening.texts(page.lines.row(n)) for n in (1, 2, 3)] == [("K1", "CHK-1"), ("K.3", ""), ("K9", "CHK-1")]
    line = page.lines.row(1)
    assert (opening.seal.token(CLAIM, "K1"), opening.seal.token(REFERENCE, "CHK-1")) == (
        line["claim_id"], line["payment_ref"],
    )  # fmt: skip


def test_an_erased_member_s_claims_open_no_more_and_those_of_others_do(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.take(row("K1"), row("K2", who="ID-2"))
    vault, mark = office.vault(), sealed_by(office.ledger.plan(PLAN)) or ""
    kept = vault_path(tmp_path / "members.key").read_bytes()
    vault.erase(vault.find(PLAN, "ID-1"))
    (page,) = office.ledger.plan(PLAN).pages
    opening = Opening(office.vault(), PLAN, mark)
    assert [opening.texts(page.lines.row(n)) for n in (1, 2)] == [None, ("K2", "CHK-1")]
    vault_path(tmp_path / "members.key").write_bytes(kept)  # A copy that was not destroyed opens them, as docs say.
    assert Opening(office.vault(), PLAN, mark).texts(page.lines.row(1)) == ("K1", "CHK-1")


def test_a_new_key_changes_no_sealed_text_and_opens_the_old_ones(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.take(row("K1"))
    before = office.texts()
    office.vault().rotate()
    office.take(row("K1", paid="2025-03-04"))
    assert office.texts() == before
    (page, _) = office.ledger.plan(PLAN).pages
    opening = Opening(office.vault(), PLAN, sealed_by(office.ledger.plan(PLAN)) or "")
    assert opening.texts(page.lines.row(1)) == ("K1", "CHK-1")


# --- one way for good -----------------------------------------------------------------------------------------


def test_a_plan_of_before_stays_readable_and_pays_nothing_twice_after_the_upgrade(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.take(row("K1"), row("K9", row_id="R7"), sealed=False)  # As the versions before this one did.
    before = office.texts()
    for resent in ((row("K9", row_id="R7"), row("K1")), (row("K1", who="ID-2"), row("K0", row_id="R7"))):
        again = office.take(*resent)
        assert (again.rows_recorded, again.rows_duplicate) == (0, 2)
        assert "SEA001" in [problem.code for problem in again.problems]
    assert office.texts() == before
    office.take(row("K2"))
    assert "K2" in office.texts()


def test_readable_lines_are_not_taken_into_a_sealed_plan_nor_sealed_ones_into_a_readable(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.take(row("K1"))
    refused = office.take(row("K2"), sealed=False)
    assert refused.refused and [problem.code for problem in refused.problems] == ["SEA002"]
    with pytest.raises(OtherSeal, match="keeps claim numbers sealed"):
        recovery = cmd.RecordRecovery(
            "SUB-1", "M-1", "MED", *(day(3, 1), day(3, 2), day(3, 3)), gross=100, claim_id="K1"
        )  # fmt: skip
        office.ledger.handle(PLAN, [recovery], actor="tester")
    other = Office(tmp_path, key="other.key")
    plan, vault = other.preview(row("K1"))  # Sealed, since the plan was empty …
    assert vault is not None
    readable = Office(tmp_path, key="")
    readable.ledger = other.ledger
    readable.take(row("K1"))
    with pytest.raises(OtherSeal, match="begun with readable claim numbers"):  # … but somebody else came first.
        other.ledger.handle(PLAN, [cmd.RecordRegister("R", plan.parts[0].lines)], actor="tester")
    assert other.take(row("K1")).rows_recorded == 0


def test_another_vault_and_one_of_before_the_first_import_are_refused(tmp_path: Path) -> None:
    office = Office(tmp_path)
    early = office.vault()
    early.derive_all(PLAN, ["ID-1"])
    early.save()
    copies = [(tmp_path / name, (tmp_path / name).read_bytes()) for name in ("members.key", "members.key.vault")]
    office.take(row("K1"))
    for path, data in copies:  # A copy from before the plan had its secret.
        path.write_bytes(data)
    with pytest.raises(OtherVault, match="sealed under another vault"):
        office.take(row("K1"))
    office.key = tmp_path / "new.key"
    with pytest.raises(OtherVault):
        office.take(row("K1"))
    with pytest.raises(OtherVault):
        Opening(office.vault(), PLAN, sealed_by(office.ledger.plan(PLAN)) or "")


def test_two_first_imports_at_once_never_seal_one_plan_in_two_ways(tmp_path: Path) -> None:
    office = Office(tmp_path)
    first, second = office.preview(row("K1")), office.preview(row("K1", who="ID-2"))
    assert first[1] is not None and second[1] is not None
    first[1].save()
    commit_import(office.ledger, first[0], actor="tester")
    with pytest.raises(VaultMoved, match="Run it again"):
        second[1].save()
    again = office.take(row("K1", who="ID-2"))
    assert (again.rows_recorded, again.rows_duplicate) == (0, 1)


def test_names_of_an_older_key_seal_nothing_until_the_key_is_changed(tmp_path: Path) -> None:
    key = tmp_path / "members.key"
    key.write_text(f"claimfund-member-key 1\nid: {key_id_of(b'k' * 32)}\nkey: {(b'k' * 32).hex()}\n")
    key.chmod(0o600)
    office = Office(tmp_path)
    office.preview(row("K1"))
    vault = office.vault()
    vault.derive_all(PLAN, ["ID-1"])
    vault.save()
    assert not office.preview(row("K1"))[0].parts[0].lines.given().keys() & {"claim_sealed"}
    office.vault().rotate()
    office.take(row("K1"))
    (page,) = office.ledger.plan(PLAN).pages
    opening = Opening(office.vault(), PLAN, sealed_by(office.ledger.plan(PLAN)) or "")
    assert opening.texts(page.lines.row(1)) == ("K1", "CHK-1")


# --- remittances ----------------------------------------------------------------------------------------------


def remittance(folder: Path, name: str, change: Callable[[str], str] = str) -> Path:
    text, _, _ = demo_remittance(day(3, 4))
    path = folder / name
    path.write_text(change(text), encoding="latin-1")
    return path


def test_a_remittance_is_sealed_with_its_provider_level_items_and_known_again(tmp_path: Path) -> None:
    office = Office(tmp_path)

    def read(path: Path) -> ImportPlan:
        vault = office.vault()
        sealing = Sealing(vault, lambda plan: sealed_by(office.ledger.plan(plan)))
        reading = read_835(path, default_plan=PLAN, keys=vault, sealing=sealing)
        vault.save()
        return plan_import(office.ledger, reading)

    text = remittance(tmp_path, "a.835").read_text(encoding="latin-1")
    numbers = {segment.split("*")[7] for segment in text.split("~") if segment.strip().startswith("CLP*")}
    numbers |= {segment.split("*")[2] for segment in text.split("~") if segment.strip().startswith("TRN*")}
    assert len(numbers) > 3
    plan = read(tmp_path / "a.835")
    commit_import(office.ledger, plan, actor="tester")
    events = repr([recorded.event for recorded in office.ledger.history(PLAN)]) + repr(office.texts())
    assert plan.rows_recorded > 3 and not [number for number in numbers if number in events]
    resent = remittance(tmp_path, "b.835", lambda text: text.replace("IEA*", "\nIEA*"))
    again = read(resent)
    assert again.rows_recorded == 0 and again.rows_duplicate == plan.rows_recorded
