"""Personal data in the text columns of a file: which forms each column refuses, and a quick look at whole columns."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ledger.lines import Column
from ledger.personal import ID, PLACE, REFERENCE, Forms, looks_like

_FORMS: dict[str, Forms] = {
    **dict.fromkeys(("claim_id", "original_claim_id", "row_id", "member_key", "subscriber_key", "payer_trace_id"), ID),
    **dict.fromkeys(("division", "funding_account"), PLACE),
}
_MARKS = b"@( ,"
_DOT, _DASH = ord("."), ord("-")


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
    marked = [mark for mark in _MARKS if mark in data]
    if not marked and _DOT not in data and _DASH not in data:
        return False
    cells = np.frombuffer(data, dtype=np.uint8).reshape(len(texts), -1)
    telling = np.zeros(len(texts), dtype=bool)
    for mark in marked:
        telling |= (cells == mark).any(axis=1)
    if cells.shape[1] > 3:  # a diagnosis code has its dot there
        telling |= cells[:, 3] == _DOT
    if cells.shape[1] > 6:  # a social security number has its dashes there
        telling |= (cells[:, 3] == _DASH) & (cells[:, 6] == _DASH)
    return bool(telling.any()) and suspects({text.decode() for text in texts[telling].tolist()}, column)
