"""An importing process is killed or interrupted at many moments: the file is recorded whole or not at all."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from system.conftest import Prepared
from system.machine import MOMENTS, Ended, ask, events_of, position_of, signalled

INTERRUPTED = "Interrupted; nothing was half-recorded."
INSIDE = MOMENTS[1:5]  # after the command has begun, before it has said what it recorded


def assert_whole_or_nothing(prepared: Prepared, ledger: Path) -> bool:
    """The ledger verifies and holds all of the file or nothing of it; whether it holds all."""
    events = events_of(str(ledger))
    assert events in (prepared.events_before, prepared.events_after)
    whole = events == prepared.events_after
    assert position_of(str(ledger)) == (prepared.whole if whole else prepared.empty)
    return whole


def assert_completed_by_repeating(prepared: Prepared, ledger: Path) -> None:
    """The same import again leaves what an undisturbed import leaves."""
    result = ask("import", "claims", str(prepared.file), "-L", str(ledger))
    assert result.exit_code == 0, result.output
    assert assert_whole_or_nothing(prepared, ledger)


def disturbed(prepared: Prepared, ledger: Path, moment: str | float, which: signal.Signals) -> Ended:
    return signalled(moment, which, ledger, "import", "claims", str(prepared.file))


@pytest.mark.parametrize("moment", [*MOMENTS, 0.8])
def test_a_killed_import_leaves_all_of_the_file_or_nothing_and_can_be_repeated(
    prepared: Prepared, tmp_path: Path, moment: str | float
) -> None:
    ledger = prepared.copy(tmp_path)
    ended = disturbed(prepared, ledger, moment, signal.SIGKILL)
    assert ended.code in (-signal.SIGKILL, 0)
    whole = assert_whole_or_nothing(prepared, ledger)
    if "Recorded" in ended.out:
        assert whole
    if moment in MOMENTS[:2]:
        assert (ended.code, whole) == (-signal.SIGKILL, False)
    assert_completed_by_repeating(prepared, ledger)


@pytest.mark.parametrize("moment", INSIDE)
def test_an_interrupted_import_says_so_and_leaves_nothing_half_recorded(
    prepared: Prepared, tmp_path: Path, moment: str
) -> None:
    ledger = prepared.copy(tmp_path)
    ended = disturbed(prepared, ledger, moment, signal.SIGINT)
    assert "Traceback" not in ended.err
    whole = assert_whole_or_nothing(prepared, ledger)
    if ended.code == 0 or "Recorded" in ended.out:  # it had finished before it could notice, or was about to end
        assert whole and ended.code in (0, 130, -signal.SIGINT)
    else:
        assert (ended.shell_code, ended.err.strip()) == (130, INTERRUPTED)
    if moment == MOMENTS[1]:
        assert (ended.shell_code, whole) == (130, False)
    assert_completed_by_repeating(prepared, ledger)
