"""Tables as people read them: rules only under what is added, and pages that fit a screen and a sheet of paper."""

from __future__ import annotations

from datetime import date

from claimfund.evidence.pages import report_page, table
from claimfund.output import Report, Stamp
from claimfund.tables import Rule, Table, plain

STAMP = Stamp("NW", date(2025, 12, 31), "2026-01-31T00:00:00Z", 9, "ab12cd34")


def with_a_sum() -> Table:
    columns = (("Month", "text"), ("Paid", "amount"), ("To date", "amount"), ("Of it", "count"))
    rows = [["2025-01", 100_00, 100_00, "9.50%"], ["2025-02", -50_00, 50_00, "104.00%"], Rule(),
            ["Total", 50_00, None, None], Rule(double=True)]  # fmt: skip
    return Table(columns, rows)


def test_a_rule_stands_only_under_columns_that_have_a_sum() -> None:
    assert plain(with_a_sum()) == [
        "Month      Paid   To date     Of it",
        "2025-01  100.00    100.00     9.50%",
        "2025-02  (50.00)    50.00   104.00%",
        "         ───────",
        "Total     50.00",
        "         ═══════",
    ]
    assert [line for line in table(with_a_sum()) if "Total" in line] == [
        '<tr class="after-rule double"><td>Total</td><td class="n hang">50.00</td><td></td><td></td></tr>'
    ]


def test_a_report_of_many_columns_is_printed_across_the_page() -> None:
    few, many = Table((("A", "amount"),) * 8), Table((("A", "amount"),) * 9)
    assert '<body class="across">' not in report_page("T", Report("r", "r", STAMP, {}, tables=[few]), "")
    assert '<body class="across">' in report_page("T", Report("r", "r", STAMP, {}, tables=[few, many]), "")
