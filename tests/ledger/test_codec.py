"""The stored spelling of events: round trips, equal bytes, refusals, damage, and a stranger's reading."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import types
import typing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import events as ev
from ledger import terms
from ledger.codec import MAGIC, UnknownEvent, canonical, decode, decode_columns, decode_event, encode
from ledger.lines import SPECS, Lines, lines_of
from ledger.ports import Record
from ledger.refusals import LedgerDamaged

ROOT = Path(__file__).resolve().parents[2]
BIG = 10**15
SMALL = [cls for cls in ev.REGISTRY.values() if not issubclass(cls, ev.Page)]
quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

# --- making events ------------------------------------------------------------------------------------------

CONTROL = [chr(number) for number in (*range(32), 127)]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=CONTROL), max_size=60)
KNOWN: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (terms.Text, TEXT),
    (terms.Code, st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")),
    (terms.Cents, st.integers(1 - BIG, BIG - 1)),
    (terms.Positive, st.integers(0, BIG - 1)),
    (terms.Day, st.dates()),
    (terms.Month, st.from_regex(r"\A[0-9]{4}-(0[1-9]|1[0-2])\Z")),
    (terms.Rate, st.sampled_from(["0.5", "1.00", "95%", "0.333333333333"])),
    (terms.Basis, st.sampled_from(["12/12", "24/12", "12/15", "paid", "incurred"])),
    (ev.Year, st.integers(1900, 2200)),
    (ev.Lives, st.integers(0, 10_000_000)),
    (ev.Sha256, st.from_regex(r"\A[0-9a-f]{64}\Z")),
    (bool, st.booleans()),
    (int, st.integers(1, 12)),
    (type(None), st.none()),
]


def values(hint: Any) -> st.SearchStrategy[Any]:
    for known, strategy in KNOWN:
        if hint == known:
            return strategy
    origin = get_origin(hint)
    if origin is Literal:
        return st.sampled_from(get_args(hint))
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values(part) for part in get_args(hint)])
    if origin is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if origin is typing.Annotated:
        return st.from_regex(r"\A[A-Z]{3}\Z") if get_args(hint)[0] is str else st.integers(1, 2)
    return models(hint)


def models(cls: type[Any]) -> st.SearchStrategy[Any]:
    fields = {name: values(hint) for name, hint in typing.get_type_hints(cls, include_extras=True).items()
              if name in cls.model_fields}  # fmt: skip
    return st.fixed_dictionaries(fields).map(lambda found: cls(**consistent(cls, found)))


def consistent(cls: type[Any], found: dict[str, Any]) -> dict[str, Any]:
    """The same values, put right where a model ties its fields together."""
    if issubclass(cls, ev.BudgetSet):
        months = found["months"][:1]
        return {**found, "months": months, "total": sum(month.amount for month in months)}
    if cls is ev.StopLossPolicyBound:
        kind = found["coverage_kind"]
        terms_of = {"specific": None, "aggregate": None}
        made = terms.SpecificTerms(deductible=1, contract_basis="12/15") if kind == "specific" else None
        return {**found, **terms_of, kind: made or terms.AggregateTerms(attachment="1.25")}
    if cls is terms.AggregateTerms:
        return {**found, "enrollment_lag_months": found["enrollment_lag_months"] % 4}
    if cls is terms.ApprovalTerms:
        return {**found, "expiry_days": found["expiry_days"] % 366 + 1}
    if cls is ev.ChangeProposed:
        return {**found, "sha256": hashlib.sha256(found["command"].encode()).hexdigest()}
    if cls is terms.Laser:
        return {**found, "excluded": found["deductible"] is None}
    return found


def cells(kind: str, words: tuple[str, ...]) -> st.SearchStrategy[Any]:
    if kind == "code":
        return st.sampled_from(words)
    return st.one_of(st.just(""), TEXT) if kind == "text" else st.integers(-BIG, BIG)


@st.composite
def pages(draw: st.DrawFn, cls: type[ev.Page]) -> ev.Page:
    count = draw(st.integers(1, 12))
    specs = draw(st.lists(st.sampled_from(SPECS), unique=True, max_size=len(SPECS)))
    columns = {s.name: draw(st.lists(cells(s.kind, s.words), min_size=count, max_size=count)) for s in specs}
    if "amount" in columns:
        columns["amount"] = [sign * value for value in columns["amount"] for sign in (1, -1)][:count]
        columns["amount"][-1] -= columns["amount"][-1] if count % 2 else 0
    if "identity" in columns:
        columns["identity"][0] = draw(st.sampled_from([-(2**63), 2**63 - 1, 0]))
    repeated = draw(st.sampled_from([1, 1, 40]))
    lines = Lines({name: column * repeated for name, column in columns.items()}, count * repeated)
    return cls(register_id="R1", count=lines.count, control_total=lines.total(), lines=lines)


def register(count: int = 300) -> ev.ClaimsPaid:
    """A page that uses every encoding, raw and compressed."""
    random = np.random.default_rng(7)
    lines = Lines(
        {
            "claim_id": [f"C{number:011d}" for number in random.integers(0, 10**11, count)],
            "member": [f"M{number:07d}ü" for number in random.integers(0, 9, count)],
            "coverage": random.integers(0, 3, count).astype(np.int8),
            "identity": random.integers(-(2**63), 2**63 - 1, count),
            "incurred_on": 20_000 + random.integers(0, 300, count),
            "paid_on": np.full(count, 20_300),
            "amount": random.integers(1, 10**6, count),
            "source_line": np.arange(count) + 2,
        }
    )
    return ev.ClaimsPaid(register_id="R1", count=count, control_total=lines.total(), lines=lines)


def three() -> Lines:
    """Three lines, whose blocks are all too small to be compressed."""
    return lines_of(
        [
            {"claim_id": "A1", "amount": -BIG + 1, "coverage": "RX", "member": "Zoë"},
            {"claim_id": "", "amount": BIG - 1, "coverage": "MED", "member": "Zoë"},
            {"claim_id": "B22", "amount": 7, "coverage": "RX", "member": "Zoë"},
        ]
    )


def example(cls: type[ev.Event]) -> ev.Event:
    """The same event of a class on every run: every field by its kind."""
    if issubclass(cls, ev.Page):
        return cls(register_id="R1", count=3, control_total=7, lines=three())
    return typing.cast(ev.Event, fixed(cls))


def fixed(hint: Any) -> Any:
    plain = {terms.Text: "Zoë, 1", terms.Code: "A-1", terms.Cents: 1 - BIG, terms.Positive: BIG - 1,
             terms.Day: date(2025, 2, 28), terms.Month: "2025-02", terms.Rate: "1.25", terms.Basis: "12/15",
             ev.Year: 2025, ev.Sha256: "0" * 64, bool: True, int: 3}  # fmt: skip
    for known, value in plain.items():
        if hint == known:
            return value
    origin = get_origin(hint)
    if origin is Literal or origin in (typing.Union, types.UnionType):
        first = get_args(hint)[0]
        return first if origin is Literal else fixed(first)
    if origin is tuple:
        return (fixed(get_args(hint)[0]),)
    if origin is typing.Annotated:
        return "USD" if get_args(hint)[0] is str else 1
    hints = typing.get_type_hints(hint, include_extras=True)
    said = [name for name, field in hint.model_fields.items() if field.exclude_if is None]  # Not what came later.
    fields = {name: "0.90" if name == "percentage" else fixed(hints[name]) for name in said}
    return hint(**consistent(hint, fields))


def again(event: ev.Event, about: ev.About | None = None) -> None:
    origin = about or ev.About()
    record = encode(event, origin)
    read = decode_event(record.topic, record.state)
    assert read == (event, origin)
    assert type(read[0]) is type(event)
    assert encode(*read) == record


# --- round trips --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", SMALL, ids=lambda cls: cls.kind)
def test_every_small_event_is_read_as_it_was_written(cls: type[ev.Event]) -> None:
    @quick
    @given(models(cls), models(ev.About))
    def holds(event: ev.Event, about: ev.About) -> None:
        again(event, about)

    holds()


@pytest.mark.parametrize("cls", ev.PAGES, ids=lambda cls: cls.kind)
def test_every_page_is_read_as_it_was_written(cls: type[ev.Page]) -> None:
    @quick
    @given(pages(cls))
    def holds(event: ev.Page) -> None:
        again(event)

    holds()


@pytest.mark.parametrize("count", [1, 2, 300, 10_000])
def test_a_page_of_any_size_is_read_as_it_was_written(count: int) -> None:
    again(register(count))


def test_numbers_of_ten_to_the_fifteenth_and_all_64_bit_identities_survive() -> None:
    lines = Lines({"billed": [-BIG, BIG, 0], "identity": [-(2**63), 2**63 - 1, 0], "amount": [0, 0, 0]})
    again(ev.ClaimsPaid(register_id="R", count=3, control_total=0, lines=lines))


def test_a_page_of_empty_lines_keeps_its_count() -> None:
    again(ev.ClaimsPaid(register_id="R", count=4, control_total=0, lines=Lines({}, 4)))


def test_wider_arrays_with_the_same_texts_give_the_same_bytes() -> None:
    narrow, wide = (Lines({"claim_id": np.array([b"A", b"BC"], dtype=kind)}) for kind in ("S2", "S90"))
    first, second = (
        encode(ev.ClaimsPaid(register_id="R", count=2, control_total=0, lines=lines), ev.About()).state
        for lines in (narrow, wide)
    )
    assert first == second


@pytest.mark.parametrize(("different", "encoding"), [(2, "dictionary"), (256, "dictionary"), (257, "text")])
def test_up_to_256_different_texts_are_kept_once(different: int, encoding: str) -> None:
    names = [f"member-number-{n % different:06d}" for n in range(10_000)]
    page = ev.ClaimsPaid(register_id="R", count=10_000, control_total=0, lines=Lines({"member": names}))
    again(page)
    assert f'"encoding":"{encoding}"'.encode() in encode(page, ev.About()).state


def test_chosen_columns_are_read_alone() -> None:
    page = register()
    found = decode_columns(encode(page, ev.About()).state, ("amount", "member"))
    assert found == Lines({"amount": page.lines["amount"], "member": page.lines["member"]})


def test_bytes_that_do_not_compress_are_kept_raw() -> None:
    state = encode(register(), ev.About()).state
    header = json.loads(state[8 : 8 + int.from_bytes(state[4:8], "little")])
    kept = {entry["name"]: entry for entry in header["columns"]}
    assert kept["identity"]["stored"] == kept["identity"]["raw"] == 2400
    assert kept["source_line"]["stored"] < kept["source_line"]["raw"]
    used = {entry["encoding"] for entry in header["columns"]}
    assert used == {"constant", "int", "words", "text", "dictionary"}


# --- the same bytes always ----------------------------------------------------------------------------------


def golden() -> dict[str, str]:
    """The SHA-256 of one event of each class."""
    about = ev.About(source_sha256="ab", source_line=3, reason="Grund ß")
    records = [encode(example(cls), about) for cls in ev.REGISTRY.values()]
    return {record.topic: hashlib.sha256(record.state).hexdigest() for record in records}


GOLDEN = {
    "plan-registered.v1": "06856be4105c0b1d5db65d15aa0ac987355088bb2d1bb943560bf40dad1eed6e",
    "funding-arrangement-set.v1": "ad08c36b9dc385ea3687ab4e7c2d67797d2de918be674848013bc95174e7c535",
    "plan-year-opened.v1": "e2801777c4a0baa74106964913df1e72a6cf5578a776f6e025338b5c95f7aec7",
    "budget-set.v1": "285d1a20bc23e635f299ce19ab0185fed20097d524e21cceba5dc904462af2ef",
    "budget-revised.v1": "3d6d1df1b16a1313142708152425cdf2d0332a6b9271aaea0e65c2d1bd81804f",
    "enrollment-recorded.v1": "89d7df953ef40846bd658117a074f99a6d8a2086a43171f1699cd73c339678b3",
    "stop-loss-policy-bound.v1": "ec0803caa32a608beeee20c4a380c233fe429362b5c9ef7749acc16752b0991b",
    "aggregate-factor-set.v1": "6fea960056f5fb3198f98535d4f25cbfcee9e6fe7efed7f820b6464c736ab67a",
    "laser-set.v1": "c68b34226a06f86ba85ae9daef1784af206d414e988caf31bf90190ec814481f",
    "check-register-received.v1": "4473cdba67facda097cd45fac641332a5412754c3fd3d73ffc6229273bfd5861",
    "claims-paid.v1": "96985ad385cf43d002923c8f633df6c3b113fc0c4a0db6313d7cc5a6d0a68548",
    "claim-payments-voided.v1": "c7b6560bf22b169af26a9445efc3d135b098025017ff583fd5adb40b12826f28",
    "payments-reissued.v1": "96985ad385cf43d002923c8f633df6c3b113fc0c4a0db6313d7cc5a6d0a68548",
    "claim-refunds-received.v1": "96985ad385cf43d002923c8f633df6c3b113fc0c4a0db6313d7cc5a6d0a68548",
    "subrogation-recovered.v1": "8e8f4c1aadae8c68ed14ec44828c55aa2b5a6381b6798972d72bf3d5d1423ecf",
    "provider-adjustment-held.v1": "5e2ef85318818df4d1f321e4830ecb59272b9925ba10d5a4f2c3254ec5d90d86",
    "rebate-received.v1": "87fdfdc3eb5c90ac4f6b1ecb8deca3e15b9f6cd653adff76a772cb90848209be",
    "fee-charged.v1": "6663874505e87bfc074429312d5d021ae500354184149a2599d90ae9b83fa67a",
    "stop-loss-premium-billed.v1": "fa626b3b6bba880e3e93b5e09dbcb91488f9a4363975f617f9ba39e93e6f733f",
    "contribution-received.v1": "6293e241f7549a4d4e3568483ff71462b18490890e39b18eadb92d38fd657338",
    "funding-received.v1": "4ff7a368287e2103660d7e109fff966b9839c16589ca6f39ba18193db0b051b8",
    "stop-loss-triggered.v1": "6f65a6d7768e6d99a2f212638afede508ec052fcfe2b1b5c36ff76e553bf7f65",
    "stop-loss-claim-filed.v1": "5e65ac78d2bb284f58b089163a7fbdbf21356146ec887f1a17bf0988b168a4fa",
    "stop-loss-claim-decided.v1": "97b579d5ce636757f4c099f3111bb7eeec7df81b92d2e5f558c7a71c3929ad60",
    "reimbursement-received.v1": "65b68f893477cf944f5b9fcaa7afb3922a3606b1103fdf6dd9d25137108b1967",
    "period-closed.v1": "2c35194d78d2f6a2c3563f368ef01ed3cc9a0d3627f07b5c7ef312f8f6ac6a8d",
    "settlement-posted.v1": "ec0deb871f6a7d627fb5d3f2ea479217c39976c4fa8764848c154ecbd25299f9",
    "surplus-declared.v1": "e0e12ebc1edc3d7d5b01880277b930408110a7a9e285e40ec6d098437d92ce6d",
    "deficit-declared.v1": "e0e12ebc1edc3d7d5b01880277b930408110a7a9e285e40ec6d098437d92ce6d",
    "surplus-carried-forward.v1": "5c3e055d967c8f8f0c8c64c57ad7b2c6f537e240076804f1ff5221888a3547ec",
    "deficit-carried-forward.v1": "4314331fd3080b8dd6e1c82dc486d321714449734a10d239fc2d862aa18c4aef",
    "surplus-refunded.v1": "bbf6ef36aeda977c5256a9089390cd877dfe80c1908a1f6fcfd2f7207b9d4e41",
    "surplus-redistributed.v1": "92b243c272a24202ea5e90be999f94f79c6cf3e55196205eef756e4849f5d0e3",
    "reserve-transferred.v1": "6736be5a0e64205d05f765aa6985e82913ac0ef59579938bfc723aa79db826a1",
    "deficit-funded.v1": "bbf6ef36aeda977c5256a9089390cd877dfe80c1908a1f6fcfd2f7207b9d4e41",
    "import-batch-accepted.v1": "1d2475ec65a7fb5f41ac469160d1ce036c8f67e45651de2f66445f6178492a43",
    "import-batch-refused.v1": "7b2b72cb309e19b2487d4a482113dc22590c154e438d56980b2e3e8843bbe876",
    "correction-posted.v1": "3b4b73ab29f4a317b3cb41d76c15b7aa9829cfdfd7842fe9e70325df4bea823d",
    "stop-loss-claim-acknowledged.v1": "7cee95d163fd2aa334b803a28ef2095d8eae1c38faa3934aaccd3e61bbd6aa64",
    "stop-loss-information-requested.v1": "0dbc3afbbfa35a8a9c60c87fef36d6a04d2549cb54c59eba879c1aca7b8fe216",
    "stop-loss-claim-appealed.v1": "c07e5e11e53918827f63dbd31a5fadf48fe627c3d67b82584df7d147fc4ac523",
    "stop-loss-claim-written-off.v1": "90560fe064468102053a270b509a831ff80cd82a51078911cea394f7a52d62b0",
    "reimbursement-returned.v1": "abc29af6c3aeaa5f9a50510334c5f8521d1c5f000ab4470cb142ba7d867d8d37",
    "specific-advance-funded.v1": "9acd8c7ae6f108430d44b34697206c2607a9a949b0f6781e58e29d8f4ddbcff6",
    "specific-advance-returned.v1": "eea727eae64d51daefcd2bea29d368fd5091e74fc769d4cf2138d11417bde7f1",
    "accommodation-advanced.v1": "dd2f4590f4c82debde648fea31e3e2f5284188497190479fabf50583cfd28091",
    "accommodation-repaid.v1": "dd2f4590f4c82debde648fea31e3e2f5284188497190479fabf50583cfd28091",
    "stop-loss-notice-sent.v1": "66f9eea7f9a4a8e315768ec4752ec179a773b01f16da35cd995cbe0b8a8a3e87",
    "aggregate-finalized.v1": "b7d430ada54e91645bd7be5307128ca89ddf45787b48354d55d18c2486b1cf9b",
    "laser-removed.v1": "9aa59c9c01b413e3dce86c4c160e4afdee21586dbc9d35e9d5e6d0431fd4cb3f",
    "actor-enrolled.v1": "8b0b4ebf72e627fb2be4435fc9ffdf55b2e3f425adf8ff07739a4a6284573bf1",
    "role-granted.v1": "c6921a67be91e550ef9d0d3a9d1a6a91412333f7c4159a5fc1a75c2e017f5694",
    "role-revoked.v1": "42923077c34f7fca27e4e0d9313de76befacf9a12087ca2682a23039e6bc77d4",
    "period-reopened.v1": "6daaa6f3e46d427e3ed163e79a5fd3acd167c89f1228ea473702250f28cd10eb",
    "approvals-set.v1": "9390bc266f8504649b18a197f97a98fb750ce4d7481da62f80f80d7d906ea606",
    "change-proposed.v1": "64965d52883c7e7debaa39f77b5319886eae75f70fba40b2a019c6fec3b6106b",
    "change-approved.v1": "5fb612c2c405c5c808bce0897a15c2d823c4edf3ae7c2deb6905b6a973c66d25",
    "change-rejected.v1": "2ef042f4979b9b00db19f9bd5cf68a01f998908e22af4607df031eac4f3260fd",
    "change-withdrawn.v1": "2ef042f4979b9b00db19f9bd5cf68a01f998908e22af4607df031eac4f3260fd",
    "member-key-erased.v1": "225f894f00c9dfbd3129dbdab7adf29dfa5deba2555ea18d7e33e57e4c04f251",
    "legal-hold-set.v1": "ac86ae994ea64c86295e3882f53a4f6b493c68936121c2395caa9f51a545bdd8",
    "legal-hold-released.v1": "71e1bfd7c703efe7a3ccb97e8261018cbe9625c3725f3802424b081a4791c0b3",
    "export-produced.v1": "6ecc5f3dd0c651f64c3133c2b572abd54803a54523d074afa4772f74c9f6f497",
}


def test_every_event_keeps_its_golden_bytes() -> None:
    assert golden() == GOLDEN


def test_the_bytes_do_not_depend_on_the_hash_seed() -> None:
    script = (
        "import sys; sys.path[:0] = ['tests/ledger']\n"
        "import hashlib, test_codec as t\n"
        "state = t.encode(t.register(), t.ev.About()).state\n"
        "print(t.golden() == t.GOLDEN, hashlib.sha256(state).hexdigest())\n"
    )
    said = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "src"}
        command = [sys.executable, "-c", script]
        told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        said.add(told.stdout)
    assert len(said) == 1
    assert said.pop().startswith("True ")


# --- damage -------------------------------------------------------------------------------------------------


def reads_or_is_damaged(topic: str, state: bytes) -> bool:
    """Whether the bytes are refused; anything but an event of the kind or damage fails the test."""
    try:
        event, _ = decode_event(topic, state)
    except LedgerDamaged as damage:
        sentence = str(damage)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        return True
    assert type(event) is ev.REGISTRY[topic]
    if isinstance(event, ev.Page):
        assert event.lines.total() == event.control_total
        list(event.lines.rows())
    return False


@pytest.mark.parametrize("page", [register(40), example(ev.ClaimsPaid)], ids=["compressed", "raw"])
def test_every_cut_page_is_damage(page: ev.Page) -> None:
    state = encode(page, ev.About()).state
    assert all(reads_or_is_damaged(page.topic(), state[:size]) for size in range(len(state)))
    assert reads_or_is_damaged(page.topic(), state + b"\0")


@pytest.mark.parametrize("bits", [0x01, 0x80, 0xFF])
@pytest.mark.parametrize("page", [register(40), example(ev.ClaimsPaid)], ids=["compressed", "raw"])
def test_every_flipped_byte_is_damage_or_gives_a_valid_page(page: ev.Page, bits: int) -> None:
    state = encode(page, ev.About()).state
    for at in range(len(state)):
        reads_or_is_damaged(page.topic(), state[:at] + bytes([state[at] ^ bits]) + state[at + 1 :])


def test_every_cut_or_flipped_small_event_is_damage_or_valid() -> None:
    record = encode(example(ev.BudgetSet), ev.About())
    for at in range(len(record.state)):
        assert reads_or_is_damaged(record.topic, record.state[:at])
        for bits in (1, 128):
            flipped = bytes([record.state[at] ^ bits])
            reads_or_is_damaged(record.topic, record.state[:at] + flipped + record.state[at + 1 :])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(sorted(ev.REGISTRY)), st.booleans())
def test_arbitrary_bytes_are_damage(state: bytes, topic: str, framed: bool) -> None:
    assert reads_or_is_damaged(topic, MAGIC + len(state).to_bytes(4, "little") + state if framed else state)


def remade(change: dict[str, Any], entry: dict[str, Any] | None = None) -> bytes:
    """The three-line page with another header; ``entry`` replaces keys of the column claim_id."""
    state = encode(example(ev.ClaimsPaid), ev.About()).state
    end = 8 + int.from_bytes(state[4:8], "little")
    header = json.loads(state[8:end])
    header["columns"][0] |= entry or {}
    text = canonical({**header, **change})
    return MAGIC + len(text).to_bytes(4, "little") + text + state[end:]


@pytest.mark.parametrize(
    "state",
    [
        remade({"columns": {}}),
        remade({"columns": "none"}),
        remade({"columns": [1]}),
        remade({"more": 1}),
        remade({"event": []}),
        remade({"event": {}}),
        remade({"about": {"extra": ""}}),
        remade({}, {"name": "unheard"}),
        remade({}, {"name": "amount"}),
        remade({}, {"encoding": "int"}),
        remade({}, {"encoding": ["text"]}),
        remade({}, {"width": 0}),
        remade({}, {"encoding": "dictionary", "values": 0}),
        remade({}, {"name": "a\nb\ud800".encode("utf-8", "replace").decode()}),
        remade({"event": {"register_id": "R", "count": 3, "control_total": 7, "a\nb": 1}}),
        remade({}, {"width": 10**30}),
        remade({}, {"width": True}),
        remade({}, {"raw": 10}),
        remade({}, {"stored": -1}),
        remade({}, {"stored": 8}),
        remade({}, {"surplus": 8}),
    ],
)
def test_a_header_that_does_not_fit_its_page_is_damage(state: bytes) -> None:
    assert not reads_or_is_damaged("claims-paid.v1", remade({}))
    assert reads_or_is_damaged("claims-paid.v1", state)


def test_lines_that_miss_the_control_total_are_damage_even_when_the_sum_wraps_round() -> None:
    plain = encode(example(ev.ClaimsPaid), ev.About()).state
    with pytest.raises(LedgerDamaged, match="its lines add up to 7"):
        decode_event("claims-paid.v1", plain.replace(b'"control_total":7', b'"control_total":8'))
    lines = Lines({"amount": [2**62, 2**62, 2**62, 2**62]})
    page = ev.ClaimsPaid(register_id="R", count=4, control_total=0, lines=lines)
    with pytest.raises(ValueError, match="out of range"):
        encode(page, ev.About())


def test_damage_tells_the_position_of_the_event() -> None:
    record = Record(17, "ACME", 3, "period-closed.v1", b"{}", "ann", "key", 5)
    with pytest.raises(LedgerDamaged, match=r"^Event 17: The stored period-closed.v1 event") as caught:
        decode(record)
    assert caught.value.position == 17
    event = ev.PeriodClosed(month="2025-01")
    found = decode(replace(record, state=encode(event, ev.About()).state))
    assert (found.event, found.position, found.plan, found.version) == (event, 17, "ACME", 3)
    assert (found.actor, found.idempotency_key, found.recorded_at) == ("ann", "key", 5)


# --- strictness ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount",
    ["5.0", "5e0", "true", "null", '"5"', '"1_000"', "NaN", "Infinity", "-Infinity", "[5]", "1" + "0" * 15],
)
def test_an_amount_that_is_not_a_whole_number_in_bounds_is_refused(amount: str) -> None:
    good = encode(ev.RebateReceived(year=2025, amount=5, effective_on=date(2025, 1, 1)), ev.About()).state
    assert b'"amount":5,' in good
    bad = good.replace(b'"amount":5,', f'"amount":{amount},'.encode())
    assert reads_or_is_damaged("rebate-received.v1", bad)


@pytest.mark.parametrize(
    "state",
    [
        '{"about":{},"event":{"month":"2025-01","month":"2025-01"}}',
        '{"about":{},"about":{},"event":{"month":"2025-01"}}',
        '{"about":{},"event":{"month":"2025-01","extra":1}}',
        '{"about":{"extra":1},"event":{"month":"2025-01"}}',
        '{"about":{},"event":{"month":"2025-01"},"more":{}}',
        '{"about":{"source_line":1.0},"event":{"month":"2025-01"}}',
        '{"about":{"causation":true},"event":{"month":"2025-01"}}',
        '{"about":{},"event":{"month":"2025-13"}}',
        '{"about":{},"event":{"month":202501}}',
        '{"about":{},"event":{}}',
        '{"event":{"month":"2025-01"}}',
        '{"about":{},"event":{"month":"2025-01"}} x',
        '{"about":{"causation":' + "9" * 5000 + '},"event":{"month":"2025-01"}}',
        '{"about":{},"event":' + "[" * 100_000,
        "[]",
        "",
    ],
)  # fmt: skip
def test_json_that_is_not_exactly_the_event_is_refused(state: str) -> None:
    assert not reads_or_is_damaged("period-closed.v1", b'{"about":{},"event":{"month":"2025-01"}}')
    assert reads_or_is_damaged("period-closed.v1", state.encode())
    assert reads_or_is_damaged("period-closed.v1", state.encode("utf-16"))


@pytest.mark.parametrize(
    "columns",
    [
        {"coverage": np.array([9], dtype=np.int8)},
        {"coverage": np.array([-1], dtype=np.int8)},
        {"claim_id": np.array([b"a\0b"])},
        {"claim_id": np.array([b"\xff"])},
        {"claim_id": np.array([b"\xc3", b"\xa9"])},
        {"claim_id": ["x" * 1025]},
        {"eligible": [BIG + 1]},
    ],
)
def test_lines_that_could_not_be_read_again_are_not_written(columns: dict[str, Any]) -> None:
    lines = Lines(columns)
    page = ev.ClaimsPaid(register_id="R", count=lines.count, control_total=0, lines=lines)
    with pytest.raises(ValueError, match="column"):
        encode(page, ev.About())


def test_an_event_that_was_made_without_validation_is_not_written() -> None:
    with pytest.raises(ValueError, match="month"):
        encode(ev.PeriodClosed.model_construct(month="May"), ev.About())

    class Unheard(ev.PeriodClosed):
        kind = "unheard"

    with pytest.raises(ValueError, match="not a registered event"):
        encode(Unheard(month="2025-01"), ev.About())


# --- names and versions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("claims-paid.v2", "recorded by a newer version of claimfund"),
        ("claims-paid.v0", "not the name of an event"),
        ("claims-paid", "not the name of an event"),
        ("claims-paid.v1\n", "not the name of an event"),
        ("coffee-spilled.v1", "not known to this version"),
        ("ledger.events:ClaimsPaid", "not the name of an event"),
    ],
)
def test_a_topic_outside_the_registry_is_an_unknown_event(topic: str, told: str) -> None:
    with pytest.raises(UnknownEvent, match=told):
        decode_event(topic, b"{}")
    with pytest.raises(UnknownEvent, match="Event 4: "):
        decode(Record(4, "ACME", 1, topic, b"{}", "ann", "key", 0))


def test_an_older_event_is_read_in_todays_spelling() -> None:
    class Closed(ev.PeriodClosed):
        schema_version = 3

    steps = {
        ("month-closed", 1): lambda fields: {"when": fields["at"]},
        ("month-closed", 2): lambda fields: {"month": fields["when"]},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.codec.REGISTRY", {"month-closed.v3": Closed})
        patch.setattr(Closed, "kind", "month-closed")
        old = b'{"about":{},"event":{"at":"2025-01"}}'
        assert decode_event("month-closed.v1", old, steps)[0] == Closed(month="2025-01")
        with pytest.raises(LedgerDamaged, match="cannot be read"):
            decode_event("month-closed.v1", b'{"about":{},"event":{}}', steps)
        with pytest.raises(UnknownEvent, match="newer version"):
            decode_event("month-closed.v4", old, steps)


# --- a stranger reads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [register(), example(ev.ClaimRefundsReceived), example(ev.SettlementPosted)])
def test_a_stranger_decodes_the_bytes_with_the_script(event: ev.Event, tmp_path: Path) -> None:
    about = ev.About(reason="Grund ß")
    file = tmp_path / "state.bin"
    file.write_bytes(encode(event, about).state)
    script = ROOT / "tools" / "decode_event.py"
    assert len(script.read_text().splitlines()) <= 60
    command = [sys.executable, "-I", str(script)]
    told = subprocess.run([*command, str(file)], capture_output=True, check=True).stdout
    assert subprocess.run(command, input=file.read_bytes(), capture_output=True, check=True).stdout == told
    found = json.loads(told)
    assert found["about"] == about.model_dump(mode="json")
    if isinstance(event, ev.Page):
        rows = found["event"].pop("lines")
        assert lines_of(rows) == event.lines
        assert found["event"] == event.model_dump(mode="json", exclude={"lines"})
    else:
        assert found["event"] == event.model_dump(mode="json")


def test_a_column_opened_later_is_the_same_and_its_damage_names_the_event() -> None:
    rows = [{"claim_id": f"C{n}", "amount": n * 7919 % 997, "member": f"M{n * 31 % 89}"} for n in range(200)]
    lines = lines_of(rows)
    page = ev.ClaimsPaid(register_id="R", count=200, control_total=lines.total(), lines=lines)
    new = encode(page, ev.About())

    def record(state: bytes) -> Record:
        return Record(5, "NW", 1, new.topic, state, "a", "k", 1)

    later = decode(record(new.state), later=True).event
    assert isinstance(later, ev.ClaimsPaid)
    assert later.lines.take(slice(3, 9)) == lines.take(slice(3, 9))
    assert later.lines == lines == decode(record(new.state)).event.lines  # type: ignore[attr-defined]
    header = MAGIC.__len__() + 4 + int.from_bytes(new.state[4:8], "little")
    told = set()
    for at in range(header, len(new.state), 7):
        broken = record(new.state[:at] + bytes([new.state[at] ^ 0x81]) + new.state[at + 1 :])
        try:
            decode(broken)
        except LedgerDamaged as strict:
            told.add(str(strict))
            with pytest.raises(LedgerDamaged, match="Event 5: The stored claims-paid") as found:
                list(decode(broken, later=True).event.lines.rows())  # type: ignore[attr-defined]
            assert found.value.position == 5
    assert told
