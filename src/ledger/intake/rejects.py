"""The reject file: where and why rows were not taken, with the shape of a value and never the value."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from ledger.intake.reading import Reading
from ledger.problems import Problem

HEADER = ("file_sha256", "number", "column", "code", "reason", "shape")


def write_rejects(path: Path, reading: Reading, *, problems: Iterable[Problem] | None = None) -> int:
    """Write the fatal and row problems of a reading as CSV; gives how many there were.

    The sentences of a reading made with ``show_values`` hold values: they are replaced by their code.
    """
    chosen = [problem for problem in problems or reading.problems if problem.severity != "warning"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        for problem in chosen:
            reason = problem.sentence if '"' not in problem.sentence else f"see {problem.code}"
            row = (reading.source.sha256, problem.number, problem.column, problem.code, reason, problem.shape)
            writer.writerow(row)
    return len(chosen)
