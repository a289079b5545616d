"""A renewal is bound from a plan document."""

from __future__ import annotations

from pathlib import Path


def test_a_renewal_is_bound_once_and_says_where_claims_of_both_policies_count(run) -> None:
    run.ok("init", "--template")
    run.ok("init", "plan.toml", "--year", "2025")
    text = Path("plan.toml").read_text(encoding="utf-8")
    renewed = text.replace('"12/15"', '"24/12"').replace('# effective = "2025-01-01"', 'effective = "2026-01-01"')
    renewed = renewed.replace("[stop_loss.specific]", '[stop_loss.specific]\npolicy = "SPEC-2026"', 1)
    Path("renewed.toml").write_text(renewed, encoding="utf-8")
    refused = run("stoploss", "bind", "renewed.toml")
    assert refused.exit_code == 4 and 'overlap = "incurred-period"' in refused.output + refused.stderr
    said = renewed.replace("# overlap = ", "overlap = ")
    Path("renewed.toml").write_text(said, encoding="utf-8")
    assert "SPEC-2026" in run.ok("stoploss", "bind", "renewed.toml")
    assert run("stoploss", "bind", "renewed.toml").exit_code == 3
