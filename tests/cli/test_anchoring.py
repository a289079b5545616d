"""Checkpoints are kept in a git branch without touching a work tree, and their time is attested by somebody else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from claimfund.errors import Failed
from claimfund.evidence.time_stamps import stamped_at
from cli.conftest import Run
from stores.tsa import Authority

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "rfc3161"
AUDIT = Path(__file__).parents[2] / "docs" / "audit.md"
needs_git = pytest.mark.skipif(not shutil.which("git"), reason="no git on the path")
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl on the path")


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout


@needs_git
@pytest.mark.parametrize("remote", [False, True], ids=["a folder", "a remote"])
def test_checkpoints_gather_in_a_branch_of_a_bare_repository(plan: Run, remote: bool) -> None:
    bare = plan.folder / "heads.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    place = bare.as_uri() if remote else str(bare)
    plan.ok("anchor", "--git", place)
    plan.ok("anchor", "--git", place)
    plan.ok("fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", "W-2")
    plan.ok("anchor", "--git", place)
    names = git(bare, "ls-tree", "--name-only", "claimfund-checkpoints").split()
    assert len(names) == 2
    assert git(bare, "rev-list", "--count", "claimfund-checkpoints").strip() == "2"
    kept = plan.folder / "kept.txt"
    kept.write_text(git(bare, "show", f"claimfund-checkpoints:{names[0]}"), encoding="utf-8")
    assert "are the past of this ledger" in plan.ok("verify", "--against", str(kept))


@needs_git
def test_an_address_is_never_an_option_of_git(plan: Run) -> None:
    told = plan("anchor", "--git", f"--upload-pack=touch {plan.folder}/made")
    assert told.exit_code == 3
    assert not (plan.folder / "made").exists()


def test_a_work_tree_and_its_index_stay_as_they_were(plan: Run) -> None:
    work = plan.folder / "work"
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(work)], check=True)
    (work / "draft").write_text("mine", encoding="utf-8")
    git(work, "add", "draft")
    plan.ok("anchor", "--git", str(work))
    assert git(work, "status", "--porcelain") == "A  draft\n"
    assert git(work, "ls-tree", "--name-only", "claimfund-checkpoints").startswith("checkpoint-")
    refused = plan("anchor", "--git", str(work), "--branch", "trunk")
    assert (refused.exit_code, "is checked out" in refused.stderr) == (4, True)


@needs_git
def test_a_branch_that_holds_another_checkpoint_of_the_size_is_refused(plan: Run) -> None:
    bare = plan.folder / "heads.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    (source,) = plan.folder.glob("*.ledger")
    plan.ok("export", "events", "-o", "log.ndjson")
    plan.ok("import", "events", "log.ndjson", "-L", "fork.db")
    (plan.folder / "fork.db.key").write_bytes((plan.folder / f"{source.name}.key").read_bytes())
    for ledger, reference in ((source.name, "W-2"), ("fork.db", "W-3")):
        plan.ok("fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", reference, "-L", ledger)
    plan.ok("anchor", "--git", str(bare), "-L", source.name)
    refused = plan("anchor", "--git", str(bare), "-L", "fork.db")
    assert (refused.exit_code, "another checkpoint of the same size" in refused.stderr) == (3, True)


def test_without_git_and_with_nowhere_to_go_it_says_what_to_do(plan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan("anchor").exit_code == 2
    assert plan("anchor", "--response", "x.tsr").exit_code == 2
    if shutil.which("git"):
        nowhere = plan("anchor", "--git", str(plan.folder / "nothing"))
        assert nowhere.exit_code == 3 and "does not appear to be a git repository" in nowhere.stderr
    monkeypatch.setenv("PATH", str(plan.folder))
    missing = plan("anchor", "--git", "heads.git")
    assert (missing.exit_code, "no git" in missing.stderr) == (3, True)


@needs_openssl
def test_a_time_stamp_of_a_checkpoint_is_asked_for_answered_and_checked_by_two_programs(plan: Run) -> None:
    pytest.importorskip("rfc3161_client")
    authority, folder = Authority(plan.folder / "authority"), plan.folder
    (folder / "kept").mkdir()
    plan.ok("anchor", "-o", "kept", "--request", "stamp.tsq")
    (kept,) = (folder / "kept").iterdir()
    authority.answer(folder / "stamp.tsq", folder / "stamp.tsr")
    plan.ok("fund", "receive", "--amount", "1.00", "--date", "2025-05-02", "--reference", "W-2")
    words = ("anchor", "--response", "stamp.tsr", "--tsa", str(authority.certificates))
    assert "existed at 20" in plan.ok(*words, "--checkpoint", str(kept))
    newer = plan(*words)
    assert (newer.exit_code, "VERIFICATION FAILED" in newer.stderr) == (6, True)
    stranger = Authority(folder / "stranger")
    assert plan(*words[:-1], str(stranger.certificates), "--checkpoint", str(kept)).exit_code == 6
    (script,) = (block for block in AUDIT.read_text(encoding="utf-8").split("```") if "ts -verify" in block)
    shutil.copy(kept, folder / "checkpoint")
    shutil.copy(authority.certificates, folder / "tsa.pem")
    for good in (True, False):
        done = subprocess.run(["bash", "-c", script], cwd=folder, env=os.environ, capture_output=True, check=False)
        assert (done.returncode == 0) is good, done.stderr
        (folder / "checkpoint").write_text(kept.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    damaged = (folder / "stamp.tsr").read_bytes()
    (folder / "stamp.tsr").write_bytes(damaged[:-9] + bytes([damaged[-9] ^ 1]) + damaged[-8:])
    assert plan(*words, "--checkpoint", str(kept)).exit_code == 6
    assert plan("anchor", "--response", "no.tsr", "--tsa", "no.pem").exit_code == 3


def test_the_published_time_stamps_are_answered_as_they_say() -> None:
    pytest.importorskip("rfc3161_client")
    if not VECTORS.is_dir():
        pytest.skip(f"no vectors at {VECTORS}")
    chain = VECTORS / "ts_chain.pem"
    moment = stamped_at("hello", VECTORS / "response.tsr", chain)
    assert moment.isoformat() == "2024-10-08T15:40:32+00:00"
    assert stamped_at("hello", VECTORS / "response-injected-certs.tsr", chain) == moment  # they are not what signed
    for message, response in (("hellp", "response.tsr"), ("hello", "other_response.tsr")):
        with pytest.raises(Failed, match="no good time stamp"):
            stamped_at(message, VECTORS / response, chain)
