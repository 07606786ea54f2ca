"""Every judgement of the week as CSV for a spreadsheet: text and numbers, never a formula."""

from __future__ import annotations

import csv
import io

from service.reports.report import Judged, WeekAlarms

COLUMNS = (
    *("theme", "name", "level", "observed", "expected", "upper_bound", "ratio_low", "ratio_high"),
    *("p", "q", "alarm", "watch", "since", "lasted", "held"),
)
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(alarms: WeekAlarms) -> str:
    """A line a series, in the order judged; only the header where nothing was."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in alarms.judged:
        table.writerow(row(one))
    return text.getvalue()


def row(one: Judged) -> list[str]:
    """The cells of one judgement."""
    return [cell(getattr(one, column)) for column in COLUMNS]


def cell(value: object) -> str:
    """The value as a spreadsheet shows it; a quotation mark keeps what looks like a formula from being one.

    Source: OWASP, CSV Injection."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(STARTS_A_FORMULA) else text
