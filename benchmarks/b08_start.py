"""B8: starting, and the position of the demo, wall time from the shell."""

from __future__ import annotations

from benchmarks.measuring import Measured, python, side, start
from benchmarks.runner import Bench, agreed
from benchmarks.workshop import Workshop, lacking_program


def run(bench: Bench, shop: Workshop) -> None:
    """``--help`` against click alone; ``position`` against the journal tools."""
    more = max(bench.rounds, 1 if shop.smoke else 7)
    found = bench.in_turn(
        {"help": lambda _: start([*shop.claimfund, "--help"]), "click": lambda _: python("-c", "import click")},
        rounds=more,
    )
    bench.ratio("`claimfund --help`", found, "help", "click", label="`python -c 'import click'`", by="wall", most=2.5)
    journal = shop.home / "demo.journal"
    total = side("journal:demo", ledger=str(shop.demo), journal=str(journal)).total
    sides = {"position": lambda _: start([*shop.claimfund, "-L", str(shop.demo), "position", "--year", "2025"])}
    tools = (("hledger", 1.0), ("ledger", None))
    for name, _ in tools:
        if not lacking_program(name):
            sides[name] = lambda _, name=name: _balance(name, str(journal), total)
    found = bench.in_turn(sides, same=False, rounds=more)
    for name, most in tools:
        label = f"`{name} balance` on the exported journal"
        if name in found:
            bench.ratio("`position` on the demo", found, "position", name, label=label, by="wall", most=most)
        else:
            bench.missing("`position` on the demo", label, lacking_program(name), most=most)


def _balance(name: str, journal: str, total: int) -> Measured:
    found = start([name, "-f", journal, "balance", "Claims:2025", *(["--flat"] if name == "ledger" else [])])
    said = found.answer["said"].strip().splitlines()[-1].replace("$", "").replace(",", "").split()[0].replace(".", "")
    agreed("B8", {name: int(said), "the ledger": total})
    return found
