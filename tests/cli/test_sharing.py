"""Many plans are worked on by as many processes as pay, and nobody can tell from what comes out."""

from __future__ import annotations

import sqlite3
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from claimfund.replaying import replays
from claimfund.session import Session
from claimfund.sharing import each_plan
from ledger.refusals import LedgerDamaged

BEGIN = partial(replays, held_on=date(2025, 12, 31), texts=True)


@pytest.fixture
def three_plans(plan) -> str:
    text = Path("plan.toml").read_text(encoding="utf-8")
    for code in ("SW", "SE"):
        Path(f"{code}.toml").write_text(text.replace('code = "NW"', f'code = "{code}"'), encoding="utf-8")
        plan.ok("init", f"{code}.toml", "--year", "2025")
    return "northwind.ledger"


def test_two_processes_give_what_one_gives_in_the_order_of_the_plans(three_plans: str) -> None:
    for plans in (("NW", "SW", "SE"), ("SE", "NW", "SW")):
        session = Session(three_plans)
        alone = list(each_plan(BEGIN, session, plans))
        assert list(each_plan(BEGIN, session, plans, cores=2)) == alone
        assert tuple(found.plan for found in alone) == plans
        assert all(found.figures and found.held and found.wrong == () for found in alone)
        session.close()


def test_damage_met_in_another_process_is_told_as_from_one(three_plans: str) -> None:
    with sqlite3.connect(three_plans) as connection:
        triggers = connection.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"drop trigger {name}")
        connection.execute("update events set state = x'7b7d' where plan = 'SW' and version = 2")
    session = Session(three_plans)
    told = []
    for cores in (1, 2):
        found = each_plan(BEGIN, session, ("NW", "SW", "SE"), cores=cores)
        assert next(found).plan == "NW"
        with pytest.raises(LedgerDamaged) as damage:
            next(found)
        told.append((str(damage.value), damage.value.position))
    assert told[0] == told[1]
    session.close()


def test_a_small_ledger_is_left_to_one_process(three_plans: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claimfund.sharing.ProcessPoolExecutor", None)  # Calling it would be a TypeError.
    session = Session(three_plans)
    assert len(list(each_plan(BEGIN, session, ("NW", "SW", "SE")))) == 3
    session.close()
