"""Personal data in the text columns of a file: which forms each column refuses, and a quick look at whole columns."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.lines import Column
from ledger.personal import ID, PLACE, REFERENCE, Forms, looks_like, telling

_FORMS: dict[str, Forms] = {
    **dict.fromkeys(("claim_id", "original_claim_id", "row_id", "member_key", "subscriber_key", "payer_trace_id"), ID),
    **dict.fromkeys(("division", "funding_account"), PLACE),
}


def forms_of(column: str) -> Forms:
    """What the cells of a column may not look like."""
    return _FORMS.get(column, REFERENCE)


def suspects(values: Iterable[str], column: str) -> bool:
    """Whether some of these texts look like personal data."""
    forms = forms_of(column)
    return any(looks_like(value, forms) for value in values)


def may_hold(texts: Column, column: str) -> bool:
    """Whether a whole column of ASCII texts holds personal data; only cells of a telling shape are read one by one."""
    data = texts.tobytes()
    if not any(mark in data for mark in b"@( ,.-"):
        return False
    return suspects({text.decode() for text in texts[telling(texts)].tolist()}, column)
