"""The rows of a run as a table for people, and as the section of ``docs/performance.md`` between its two marks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
Found = dict[str, Any]


def printed(rows: Iterable[Found]) -> str:
    """Plain text, a row a line."""
    return "\n".join(
        f"{row['bench']:4} {row['work'][:52]:52} {_figure(row):>18}  {row['asked']:>8} {_mark(row):8} {row['baseline']}"
        for row in rows
    )


def markdown(run: Found) -> str:
    """What is not reached, what could not be compared, what is reached, and what only gives the scale."""
    measured = [row for row in run["rows"] if not row["missing"]]
    missing = [row for row in run["rows"] if row["missing"]]
    made = [_machine(run), "", "## Figures not reached", ""]
    made += _rows([row for row in measured if row["reached"] is False])
    if missing:
        made += ["", "## Not compared in this run", ""]
        made += [f"- {row['bench']}: {row['work']} against {row['baseline']}: {row['missing']}." for row in missing]
    made += ["", "## Figures reached in the same run", "", *_rows([row for row in measured if row["reached"]])]
    made += ["", "## Nothing asked: they give the scale", ""]
    made += _rows([row for row in measured if row["reached"] is None])
    return "\n".join(made) + "\n"


def _rows(rows: list[Found]) -> list[str]:
    if not rows:
        return ["None."]
    return [
        "| | work | baseline | of | ours | baseline | figure (spread) | asked | rounds | peak MiB |",
        "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_line(row) for row in rows),
    ]


def _machine(run: Found) -> str:
    seen, asked = run["machine"], run["settings"]
    packages = ", ".join(f"{name} {found}" for name, found in seen["packages"].items())
    programs = ", ".join(found or name for name, found in seen["programs"].items())
    return (
        f"`{run['command']}` on {seen['when']}, commit {seen['commit']}: {asked['payments']:,} payments, "
        f"{asked['plans']} plans, {asked['members']:,} members, {asked['rounds']} rounds (where the "
        f"table says fewer, one side is slow), {run['seconds'] / 60:.0f} minutes; {seen['cores']} cores "
        f"({seen['processor']}), {seen['memory_gib']} GiB, "
        f"load {seen['load']} when it began; Python {seen['python']}, SQLite {seen['sqlite']}, "
        f"PostgreSQL {seen.get('postgres') or 'none'}, {packages}, {programs}."
    )


def _line(row: Found) -> str:
    peaks = f"{row['ours_peak']:.0f} / {row['base_peak']:.0f}" if row["ours_peak"] is not None else ""
    ours, base = (("" if row[name] is None else f"{row[name]:.3f}") for name in ("ours", "base"))
    cells = [row["bench"], row["work"], row["baseline"], row["measure"], ours, base, _figure(row), row["asked"]]
    cells += [str(row["rounds"]), peaks]
    return f"| {' | '.join(cells)} |"


def _figure(row: Found) -> str:
    if row["figure"] is None:
        return "missing"
    spread = f" ({_short(row['low'])}-{_short(row['high'])})" if row["rounds"] > 1 else ""
    unit = "×" if row["ours"] is not None else f" {row['measure']}"
    return f"{_short(row['figure'])}{unit}{spread}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _mark(row: Found) -> str:
    return {True: "reached", False: "short", None: ""}[row["reached"]]


def into(path: Path, run: Found) -> None:
    """Put the section between the marks of a file."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{path} has no marks {BEGIN} and {END} to write between.")
    path.write_text(f"{before}{BEGIN}\n\n{markdown(run)}\n{END}{after}", encoding="utf-8")
