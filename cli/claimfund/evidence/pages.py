"""A report as a page of HTML: no script, nothing from elsewhere, one style whose hash the page's own policy names."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape

from claimfund.errors import clean
from claimfund.output import Report
from claimfund.tables import Rule, Table

_MANY = 8
STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.45 "Source Sans 3", "Segoe UI", "Liberation Sans", Arial, sans-serif; color: #1a1f24;
  background: #fff; margin: 0 auto; padding: 2.2rem 2.4rem 3rem; max-width: 68rem; }
header { border-bottom: 2px solid #23405c; margin-bottom: 1.4rem; padding-bottom: .7rem; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .25rem; color: #17324d; font-weight: 600; }
h2 { font-size: 1.08rem; margin: 2rem 0 .5rem; color: #17324d; font-weight: 600; }
p { margin: .25rem 0; }
.dates { color: #454f59; }
a { color: #14508a; }
table { border-collapse: collapse; margin: .4rem 0 1.4rem; font-variant-numeric: tabular-nums lining-nums; }
table { min-width: 38rem; }
th { text-align: left; font-weight: 600; color: #3a4550; border-bottom: 1px solid #5f6b76;
  padding: .25rem .9rem .25rem 0; vertical-align: bottom; }
td { padding: .16rem .9rem .16rem 0; vertical-align: top; }
th.n, td.n { text-align: right; white-space: nowrap; padding-left: 1rem; }
td.n.hang, th.n { padding-right: calc(.9rem + .34em); }
tr.after-rule td.n { border-top: 1px solid #1a1f24; }
td:first-child { white-space: nowrap; }
.wide { overflow-x: auto; }
tr.double td.n { border-bottom: 3px double #1a1f24; }
tr.after-rule td { font-weight: 600; }
code, .hash { font-family: "Source Code Pro", "DejaVu Sans Mono", Consolas, monospace; font-size: .86em;
  overflow-wrap: anywhere; }
pre { background: #f3f5f7; border-left: 3px solid #23405c; padding: .6rem .8rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .86em; }
.note { color: #3a4550; }
footer { border-top: 1px solid #9aa4ad; margin-top: 2rem; padding-top: .5rem; color: #454f59; font-size: .9em; }
@media (max-width: 44rem) { body { padding: 1.2rem 1rem 2rem; } table { min-width: 0; }
  .wide td { white-space: nowrap; } .plain td:first-child { white-space: normal; } }
@page { margin: 16mm 14mm; }
@page across { size: landscape; margin: 14mm 16mm; }
@media print { body { padding: 0; max-width: none; font-size: 10.5pt; } thead { display: table-header-group; }
  .across { page: across; font-size: 9pt; } .wide { overflow-x: visible; } .hash { font-size: 7.4pt; }
  h2 { break-after: avoid; } tr { break-inside: avoid; }
  a { color: inherit; text-decoration: none; } nav { display: none; } }
"""
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode("ascii")


def page(title: str, dates: Sequence[str], body: Iterable[str], foot: str, *, across: bool = False) -> str:
    """A whole page; ``body`` is HTML already, everything else is text. ``across`` prints it on its side."""
    return "\n".join([
        "<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{_HASH}'; "
        "base-uri 'none'; form-action 'none'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">', f"<title>{text(title)}</title>",
        f"<style>{STYLE}</style>", "</head>",
        '<body class="across">' if across else "<body>", "<header>", f"<h1>{text(title)}</h1>",
        *(f'<p class="dates">{text(line)}</p>' for line in dates), "</header>", "<main>", *body, "</main>",
        f"<footer>{foot}</footer>", "</body>", "</html>", "",
    ])  # fmt: skip


def text(said: str) -> str:
    """Text made safe for a page."""
    return escape(clean(said))


def report_page(title: str, report: Report, foot: str) -> str:
    """A report as a page: its headers, tables and notes."""
    blocks: list[str] = []
    for found in report.tables:
        blocks += table(found)
    blocks += [f'<p class="note">{text(note)}</p>' for note in report.notes if "claimfund " not in note]
    if not report.tables and not report.notes:
        blocks.append('<p class="note">Nothing to show.</p>')
    return page(title, report.headers, blocks, foot, across=any(len(t.columns) > _MANY for t in report.tables))


def table(found: Table) -> list[str]:
    """A table as HTML: amounts to the right with hanging parentheses, rules above sums and a double one at the end."""
    lines = [f"<h2>{text(found.title)}</h2>"] if found.title else []
    heads = (f'<th scope="col"{_class(kind)}>{text(name)}</th>' for name, kind in found.columns)
    lines += ['<div class="wide">', "<table>", f"<thead><tr>{''.join(heads)}</tr></thead>", "<tbody>"]
    for at, row in enumerate(found.rows):
        if isinstance(row, Rule):
            continue
        before = found.rows[at - 1] if at else None
        after = found.rows[at + 1] if at + 1 < len(found.rows) else None
        marks = [name for name, set_ in (
            ("after-rule", isinstance(before, Rule) and not before.double),
            ("double", isinstance(after, Rule) and after.double),
        ) if set_]  # fmt: skip
        cells = "".join(
            f"<td{_class(kind, cell) if cell else ''}>{text(cell)}</td>"
            for cell, (_, kind) in zip(found.text(row), found.columns, strict=True)
        )
        lines.append(f'<tr class="{" ".join(marks)}">{cells}</tr>' if marks else f"<tr>{cells}</tr>")
    return [*lines, "</tbody>", "</table>", "</div>"]


def _class(kind: str, cell: str = "") -> str:
    if kind == "text":
        return ""
    return ' class="n"' if not cell or cell.endswith(")") else ' class="n hang"'
