"""The commands of docs/audit.md check a checkpoint with OpenSSL and none of our code."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ledger.stores.memory import MemoryLedgerRecorder
from stores.store_helpers import append, batch

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("bash")), reason="no openssl on the path")
def test_openssl_accepts_a_checkpoint_and_refuses_a_changed_one(tmp_path: Path) -> None:
    store = MemoryLedgerRecorder("audit")
    append(store, "1", batch("A", 0, "a"))
    (script,) = (block for block in PAGE.read_text(encoding="utf-8").split("```") if "pkeyutl" in block)
    environment = {**os.environ, "VKEY": str(store.verifying_key)}
    for text, good in ((store.head().checkpoint, True), (store.head().checkpoint.replace("\n1\n", "\n2\n"), False)):
        (tmp_path / "checkpoint").write_text(text, encoding="utf-8")
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert (done.returncode == 0) is good, done.stderr
