"""One side of a comparison in a process of its own: CPU seconds, wall seconds, peak memory and what it answered.

The process that starts them stays small, because a child's peak counts from what its parent held when it was started.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TICK = os.sysconf("SC_CLK_TCK")


class SideFailed(Exception):
    """A side ended with an error; the text is what it said."""


@dataclass(frozen=True)
class Measured:
    """``cpu`` and ``wall`` of the work, ``whole_*`` with the start of its process; peak in MiB of all its processes."""

    cpu: float
    wall: float
    whole_cpu: float
    whole_wall: float
    peak: float
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def total(self) -> Any:
        """What the side adds up to: minor units, or a digest of many sums."""
        return self.answer.get("total")


def environment() -> dict[str, str]:
    """Every side sees this tree and nothing of the user's settings, and finds byte code as an installed program does.

    Byte code goes to a folder of this run, also where the user keeps Python from writing any.
    """
    if "PYTHONPYCACHEPREFIX" not in os.environ:
        os.environ["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp(prefix="claimfund-bytecode-")
        atexit.register(shutil.rmtree, os.environ["PYTHONPYCACHEPREFIX"], ignore_errors=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    paths = [str(ROOT / "src"), str(ROOT / "cli"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAIMFUND_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in paths if path), "PYTHONHASHSEED": "0"}


def start(words: list[str], *, cwd: Path | None = None) -> Measured:
    """Run a program to its end and measure the whole of it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(words, stdout=out, stderr=err, env=environment(), cwd=cwd)
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, told = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if process.returncode:
        raise SideFailed(f"{' '.join(words[:6])} ended with {process.returncode}: {(told or said).strip()[-2000:]}")
    cpu = used.ru_utime + used.ru_stime
    return Measured(cpu, wall, cpu, wall, used.ru_maxrss / 1024, {"said": said})


def side(name: str, **given: Any) -> Measured:
    """Run one side, ``module:function`` under ``benchmarks.sides``, and take what it measured of its own work."""
    found = start([sys.executable, "-m", "benchmarks.side", name, json.dumps(given)])
    answer = json.loads(found.answer["said"].splitlines()[-1])
    peak = max(found.peak, answer.pop("peak", 0.0))
    return Measured(answer.pop("cpu"), answer.pop("wall"), found.cpu, found.wall, peak, answer)


def python(*words: str) -> Measured:
    """The same interpreter from the shell."""
    return start([sys.executable, *words])


def spent() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def timed(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the work answered with its CPU and wall seconds and the peak of this process and its children, MiB."""
    cpu, wall = spent(), time.perf_counter()
    answer = work()
    answer = {"wall": time.perf_counter() - wall, "cpu": spent() - cpu, **answer}
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * int(answer.pop("processes", 0))
    return {**answer, "peak": (own + children) / 1024}


def tree_cpu(pid: int) -> float:
    """CPU seconds of a server and all its processes, ended ones too, from /proc."""
    parents: dict[int, int] = {}
    own: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(words[1])
            own[int(entry.name)] = sum(int(word) for word in words[11:15])
    total = 0
    for found in own:
        at = found
        while at not in (0, pid):
            at = parents.get(at, 0)
        total += own[found] if at == pid else 0
    return total / TICK
