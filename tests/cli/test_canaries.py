"""More than 200 invented names, ids, birth dates, diagnoses and addresses go in; not one of them comes out anywhere."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from pathlib import Path

import psycopg
import pytest

from claimfund.demo_inbox import remittance
from ledger.calendar import parse_day
from ledger.codec import decode
from ledger.events import Page
from ledger.stores.opening import open_store

COLUMNS = ("ICN", "MEMBER ID", "PATIENT NAME", "SSN", "DOB", "DIAG1", "ADDRESS", "PHONE", "EMAIL", "NPI", "PROVIDER",
           "DOS", "PAID", "CHECK", "NET")  # fmt: skip
MAPPING = """schema = 1
[defaults]
plan_id = "NW"
txn_type = "PAYMENT"
coverage = "MED"
[columns]
claim_id = "ICN"
member_key = { from = "MEMBER ID", pseudonymise = true }
subscriber_key = { from = "MEMBER ID", pseudonymise = true }
incurred_from = "DOS"
paid_date = "PAID"
payment_ref = "CHECK"
plan_paid = "NET"
[ignore]
columns = ["PATIENT NAME", "SSN", "DOB", "DIAG1", "ADDRESS", "PHONE", "EMAIL", "NPI", "PROVIDER"]
"""
CANONICAL = "plan_id,claim_id,txn_type,coverage,member_key,subscriber_key,incurred_from,paid_date,payment_ref,plan_paid"


class Canaries:
    """Makes markers, each of them once, and remembers them."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def new(self, form: str) -> str:
        """A marker: ``@`` in the form becomes three letters of its own, ``#`` three digits, and ``!`` is an at sign."""
        number = len(self.all)
        letters = "".join(chr(ord("a") + number // 26**place % 26) for place in range(3))
        made = form.replace("@", letters).replace("#", f"{number + 300:03d}").replace("!", "@")
        self.all.append(made)
        return made

    def person(self) -> dict[str, str]:
        """The cells of somebody who does not exist."""
        forms = {
            "MEMBER ID": "ZQW#88123", "PATIENT NAME": "Vanzq@, Jorinde", "SSN": "987-65-4#", "DOB": "19#-01-02",
            "DIAG1": "Z#.9Q", "ADDRESS": "# Quokkaz Street", "PHONE": "(555) #-4411",
            "EMAIL": "zqmail#!example.org", "NPI": "1900#0007", "PROVIDER": "Dr. Wombatz@",
        }  # fmt: skip
        return {column: self.new(form) for column, form in forms.items()}


def registers(folder: Path, canaries: Canaries) -> None:
    """A good file under a mapping, one with bad rows, one in the canonical form with markers in every field."""
    people = [canaries.person() for _ in range(16)]
    rows = [
        [f"C-{number}", *(person[name] for name in COLUMNS[1:11]), "2025-02-01", "2025-03-04", f"CK{number}", "10.00"]
        for number, person in enumerate(people)
    ]
    text = "\n".join("|".join(row) for row in [list(COLUMNS), *rows])
    (folder / "register.csv").write_text(text + "\n", encoding="utf-8")
    bad = [[f"D-{number}", *row[1:11], row[4], row[11], row[13], row[6]] for number, row in enumerate(rows[:4])]
    text = "\n".join("|".join(row) for row in [list(COLUMNS), *bad, [*rows[5][:-1], "11.00"]])
    (folder / "register-bad.csv").write_text(text + "\n", encoding="utf-8")
    (folder / f"{canaries.new('Vanzq@')}.csv").write_text(text.replace("D-", "E-") + "\n", encoding="utf-8")
    good = ["NW", "K-1", "PAYMENT", "MED", "M-1", "M-1", "2025-02-01", "2025-03-04", "CK-1", "1.00"]
    forms = ("ZQPLAN#", "Vanzq@, Ilse", "ZQTYPE#", "ZQCOV#", "Vanzq@ Ilse", "987-65-4#", "19#/01/02", "Mzq@",
             "987-66-4#", "Wzq@")  # fmt: skip
    lines = [CANONICAL]
    for place, form in enumerate(forms):
        lines.append(",".join(f'"{canaries.new(form)}"' if at == place else cell for at, cell in enumerate(good)))
    (folder / "canonical.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    head = ",".join(canaries.new("Vanzq@") for _ in range(3))
    (folder / "headless.csv").write_text(f"{head},{canaries.new('19#-03-04')}\n", encoding="utf-8")


def carrier_file(folder: Path, canaries: Canaries) -> None:
    """A remittance with names, addresses, birth dates and diagnoses, ids in NM1, and a name as a claim number."""
    text, _, _ = remittance(parse_day("2025-03-04"))
    text = re.sub(r"MI\*M-[0-9A-F]{4}", lambda _: f"MI*{canaries.new('ZQX#55')}", text)
    text = re.sub(r"NM1\*QC\*1\*", lambda _: f"NM1*QC*1*{canaries.new('VANZQ@')}*{canaries.new('JORZQ@')}", text)
    extra = [
        f"N3*{canaries.new('# Wombatz Lane')}", f"DMG*D8*{canaries.new('19#0102')}*F", f"HI*ABK:{canaries.new('Z#9Q')}",
        f"NM1*82*1*{canaries.new('DRZQ@')}****XX*{canaries.new('1901#0009')}",
    ]  # fmt: skip
    text = text.replace("REF*1L*", "".join(f"{segment}~\n" for segment in extra) + "REF*1L*", 1)
    (folder / "remit.835").write_text(text, encoding="latin-1")
    named = text.replace("*12*C2690000001", f"*12*{canaries.new('Vanzq@, Ute')}")
    (folder / "remit-2.835").write_text(named.replace("CBA260130001", canaries.new("987-67-4#")), encoding="latin-1")


def small_files(folder: Path, canaries: Canaries) -> None:
    """Files of an accountant with markers in each column."""
    (folder / "fund.csv").write_text(
        "date,amount,reference\n"
        f"2025-01-02,5.00,{canaries.new('987-68-4#')}\n{canaries.new('19#/04/05')},5.00,W-1\n"
        f'2025-01-02,{canaries.new("Wzq@")},W-2\n2025-01-03,6.00,"{canaries.new("Vanzq@, Ilse")}"\n',
        encoding="utf-8",
    )
    (folder / "lives.csv").write_text(
        f"month,tier,lives\n2025-02,EE,{canaries.new('Vanzq@')}\n{canaries.new('19#-0405')},EE,3\n", encoding="utf-8"
    )


COMMANDS = (
    ("fund", "receive", "--amount", "5.00", "--date", "2025-01-02", "--reference", "{}"),
    ("claim", "pay", "--member", "M-1", "--amount", "5.00", "--paid", "2025-03-04", "--incurred", "2025-02-01",
     "--claim", "{}"),
    ("members", "hold", "M-1", "--reason", "{}"),
    ("budget", "revise", "--year", "2025", "--from", "2025-06", "--monthly", "5.00", "--reason", "{}"),
)  # fmt: skip
PERSONAL = ("987-69-4#", "zqmail#!example.org", "Vanzq@, Ilse", "(555) #-4411")


ALL_WAYS = ((), ("--dry-run",), ("--json",), ("--skip-rejected",))


def everything_said(run, folder: Path, canaries: Canaries, ways=ALL_WAYS, more: tuple[str, ...] = ()) -> str:
    """All that any command says about these inputs, with --debug."""
    said = []

    def do(*arguments: str) -> None:
        result = run(*arguments, *more)
        said.append(result.stdout + result.stderr)

    mapped = ("--map", "m.toml", "--key", "members.key")
    for file in sorted(folder.glob("*.csv")):
        if re.match("fund|lives", file.name):
            continue
        for option in ways:
            do("--debug", "import", "claims", str(file), *option)
            do("--debug", "import", "claims", str(file), *mapped, *option)
    for file in sorted(folder.glob("*.835")):
        for option in (("--dry-run",), ("--lenient-envelope", "--skip-rejected")):
            do("--debug", "import", "835", str(file), "--key", "members.key", *option)
    do("--debug", "import", "funding", str(folder / "fund.csv"))
    do("--debug", "import", "enrollment", str(folder / "lives.csv"), "--json")
    for command in COMMANDS:
        for form in PERSONAL:
            marker = canaries.new(form)
            do("--debug", *(word.format(marker) for word in command))
    return "\n".join(said)


def exports(run) -> None:
    """Files of every form."""
    Path("out").mkdir()
    listing = ("stoploss", "listing", "--kind", "specific", "--year", "2025")
    reports = (listing, ("claimants", "--year", "2025"), ("events",), ("members", "list"), ("exports",), ("status",))
    for words in reports:
        for form in ("json", "jsonl", "csv", "md", "xlsx", "txt"):
            run.ok(*words, "-o", f"out/{words[0]}.{form}")
    run.ok("export", "events", "-o", "out/log.ndjson")
    assert json.loads(Path("out/claimants.json").read_text())["data"]["members"]


def unpacked(path: Path) -> bytes:
    """The bytes of a file, with those of the files in it, and with what it holds in base64."""
    data = path.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data += b"".join(archive.read(name) for name in archive.namelist())
    for cell in re.findall(rb"[A-Za-z0-9+/]{24,}", data):
        whole = cell[: len(cell) - (len(cell) % 4 == 1)]  # one letter alone is no byte
        data += base64.b64decode(whole + b"=" * (-len(whole) % 4), validate=True)
    return data


def decoded(location: str) -> str:
    """Every stored event of a ledger as text, with the lines of its pages."""
    store = open_store(location)
    told = []
    for record in store.read():
        event = decode(record).event
        told.append(f"{record} {event!r}")
        if isinstance(event, Page):
            told += [str(event.lines.row(number)) for number in range(1, event.count + 1)]
    store.close()
    return "\n".join(told)


def found(canaries: Canaries, *texts: str | bytes) -> list[str]:
    """The markers that are in some text, in whatever case."""
    hay = b"\n".join(text.encode() if isinstance(text, str) else text for text in texts).lower()
    return [marker for marker in canaries.all if marker.lower().encode() in hay]


@pytest.fixture
def planted(run) -> tuple[Path, Canaries]:
    """A plan, and a folder of inputs outside the one that is looked through."""
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2025")
    Path("m.toml").write_text(MAPPING.replace("[columns]", '[input]\ndelimiter = "|"\n[columns]', 1), encoding="utf-8")
    Path("claimfund.toml").write_text('plan = "NW"\n', encoding="utf-8")
    folder = run.folder / "inputs"
    folder.mkdir()
    canaries = Canaries()
    registers(folder, canaries)
    carrier_file(folder, canaries)
    small_files(folder, canaries)
    return folder, canaries


def test_nothing_of_two_hundred_planted_markers_is_anywhere(run, planted, tmp_path: Path, monkeypatch) -> None:
    folder, canaries = planted
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    inputs = {path.name for path in folder.iterdir()}
    said = everything_said(run, folder, canaries)
    exports(run)
    assert len(canaries.all) == len(set(canaries.all)) >= 200
    rejected = [path for path in folder.iterdir() if path.name not in inputs]
    assert len(rejected) >= 3
    ledger = next(tmp_path.glob("*.ledger"))
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != folder]
    assert any(path.name == "members.key.vault" for path in kept)
    assert found(canaries, said) == []
    assert [(path.name, hits) for path in (*kept, *rejected) if (hits := found(canaries, unpacked(path)))] == []
    assert found(canaries, *(path.name for path in (*kept, *rejected))) == []
    text = decoded(str(ledger))
    assert found(canaries, text) == []
    assert "payment_ref': 'P-" in text and text.count("'source_line': ") > 16  # Register and remittance are there.
    assert found(canaries, f"x{canaries.all[7].upper()}y") == [canaries.all[7]]


def test_nothing_of_them_is_in_a_database_of_a_server(run, planted, postgres_url: str) -> None:
    folder, canaries = planted
    run.ok("init", "plan.toml", "--year", "2025", "-L", postgres_url)
    said = everything_said(run, folder, canaries, (("--skip-rejected",),), ("-L", postgres_url))
    with psycopg.connect(postgres_url) as connection:
        asked = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^pg_|^information'"
        names = connection.execute(asked).fetchall()
        rows = [connection.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall() for schema, table in names]
    assert sum(map(len, rows)) > 20
    assert found(canaries, repr(rows), decoded(postgres_url), said) == []


ERASED = "ZQW-88123", "ZQCLM-4711001", "ZQCLM.4711/002", "ZQCHK88001", "ZQROW-1", "ZQCLM-4711003", "ZQSUB-CLM-77"
KEPT = "ZQW-99124", "ZQCLM-4712009", "ZQCHK88002"


def sealed_history(run, folder: Path, more: tuple[str, ...] = ()) -> str:
    """Payments, a void, one by hand, a recovery, a bad file and a remittance about two members; the first is erased.

    Gives all that was said on the way.
    """
    who, claim, odd, check, row_id, by_hand, recovered = ERASED
    head = CANONICAL.replace("txn_type", "row_id,txn_type")

    def register(name: str, *rows: str) -> tuple[str, ...]:
        path = folder / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return ("import", "claims", str(path), "--pseudonymise", "--key", "sealed.key")

    mine = f"MED,{who},{who},2025-02-01,2025-03-04"
    rows = [f"NW,{claim},{row_id},PAYMENT,{mine},{check},10.00", f"NW,{odd},,PAYMENT,{mine},{check},20.00",
            f"NW,{KEPT[1]},,PAYMENT,MED,{KEPT[0]},{KEPT[0]},2025-02-01,2025-03-04,{KEPT[2]},30.00"]  # fmt: skip
    said = [run.ok(*register("paid.csv", *rows), *more)]
    said.append(run.ok(*register("void.csv", f"NW,{odd},,VOID,{mine},{check},-20.00"), *more))
    bad = run(*register("bad.csv", f"NW,{claim},{row_id},PAYMENT,{mine},{check},11.00", "NW,x"), *more)
    skipped = run(*register("bad2.csv", rows[0].replace(",10.00", ",12.00"), rows[1]), "--skip-rejected", *more)
    said += [bad.output, skipped.output]
    Path("ids.txt").write_text(f"{who}\n{KEPT[0]}\n", encoding="utf-8")
    found = run.ok("members", "find", "--key", "sealed.key", "--id-file", "ids.txt", *more).split()
    Path("ids.txt").unlink()
    name = found[1]
    dates = ("--paid", "2025-03-04", "--incurred", "2025-02-01")
    said.append(run.ok("claim", "pay", "--member", name, "--amount", "5.00", *dates, "--claim", by_hand, "--reference",
                       check, "--key", "sealed.key", *more))  # fmt: skip
    said.append(run.ok("claim", "recover", "--member", name, "--amount", "1.00", *dates, "--date", "2025-05-01",
                       "--claim", recovered, "--reference", "SUB-1", "--key", "sealed.key", *more))  # fmt: skip
    for asked in (("claim", claim), ("check", check), ("member", name)):
        told = run.ok("trace", *asked, "--reveal", "--key", "sealed.key", *more)
        assert claim in told  # The screen of somebody with the key shows it; nothing of that is recorded.
        run.ok("trace", *asked, "--key", "sealed.key", "-o", "traced.json", "--force", *more)
        said.append(Path("traced.json").read_text(encoding="utf-8"))
    assert claim in run.ok("stoploss", "listing", "--kind", "specific", "--year", "2025", "--reveal", "--key",
                           "sealed.key", *more)  # fmt: skip
    bound = ("trace", "stoploss", "--year", "2025", "--policy", "SPEC-2025", "--member", name)
    assert claim in run.ok(*bound, "--reveal", "--key", "sealed.key", *more)
    run.ok(*bound, "--key", "sealed.key", "-o", "bound.json", *more)
    reason = ("--reason", "asked for", "--before-retention", "--key", "sealed.key")
    said.append(run.ok("members", "shred", name, *reason, *more))
    for asked in (("member", name), ("check", KEPT[2])):
        said.append(run.ok("trace", *asked, "--reveal", "--key", "sealed.key", *more))
    assert KEPT[1] in said.pop()
    return "\n".join(said)


def names_of(texts: tuple[str, ...]) -> Canaries:
    """Texts to be looked for."""
    made = Canaries()
    made.all = list(texts)
    return made


def test_after_erasure_no_file_names_the_member_or_a_claim_of_theirs(run, tmp_path: Path, monkeypatch) -> None:
    temporary, folder = tmp_path / "temporary", tmp_path / "inputs"
    temporary.mkdir()
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2025")
    said = sealed_history(run, folder)
    run.ok("export", "events", "-o", "again.ndjson")
    exports(run)
    run.ok("report", "audit-pack", "--year", "2025", "-o", "pack.zip")
    run.ok("verify")
    everything = names_of((*ERASED, *KEPT))
    inputs = ("paid.csv", "void.csv", "bad.csv", "bad2.csv")
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.name not in inputs]
    assert {"sealed.key.vault", "log.ndjson", "pack.zip"} < {path.name for path in kept}
    assert [path for path in kept if path.name.endswith("rejected.csv")]
    assert [(path.name, hits) for path in kept if (hits := found(everything, unpacked(path)))] == []
    ledger = str(next(tmp_path.glob("*.ledger")))
    assert found(everything, decoded(ledger), said) == []
    assert found(names_of(ERASED), f"x {ERASED[2]} y") == [ERASED[2]]


def test_after_erasure_no_table_of_a_server_names_the_member_or_a_claim(run, tmp_path: Path, postgres_url: str) -> None:
    folder = tmp_path / "inputs"
    folder.mkdir()
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2025", "-L", postgres_url)
    said = sealed_history(run, folder, ("-L", postgres_url))
    run.ok("verify", "-L", postgres_url)
    with psycopg.connect(postgres_url) as connection:
        asked = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^pg_|^information'"
        names = connection.execute(asked).fetchall()
        rows = [connection.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall() for schema, table in names]
    assert sum(map(len, rows)) > 20
    assert found(names_of((*ERASED, *KEPT)), repr(rows), decoded(postgres_url), said) == []


def test_after_erasure_no_file_links_the_name_with_the_id(run, planted, tmp_path: Path) -> None:
    folder, _ = planted
    run.ok("import", "claims", str(folder / "register.csv"), "--map", "m.toml", "--key", "members.key")
    person = (folder / "register.csv").read_text().splitlines()[1].split("|")[1]
    Path("ids.txt").write_text(person, encoding="utf-8")
    name = run.ok("members", "find", "--key", "members.key", "--id-file", "ids.txt").split()[1]
    Path("ids.txt").unlink()
    run.ok("members", "shred", name, "--reason", "asked for", "--before-retention", "--key", "members.key")
    exports(run)
    for path in (path for path in tmp_path.rglob("*") if path.is_file() and path.parent != folder):
        assert person.encode() not in unpacked(path)
    for path in (tmp_path / "members.key", tmp_path / "members.key.vault"):
        raw = base64.b32decode(name.removeprefix("M-") + "======")
        assert raw not in path.read_bytes() and name.encode() not in path.read_bytes()
    run.ok("verify")
