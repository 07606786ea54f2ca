from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from service.reports import WeeklyReport, to_csv
from service.reports.table import COLUMNS, cell
from service.store import NewComplaint
from service.values import Week

WEEK = Week(2026, 46)


def test_every_series_is_a_line_with_all_its_numbers(
    past: Callable[..., None], rise: list[NewComplaint], report: Callable[..., WeeklyReport]
) -> None:
    past(more=rise)
    made = report()
    rows = list(csv.DictReader(io.StringIO(to_csv(made.alarms))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["name"] for row in rows] == [one.name for one in made.alarms.judged]
    (twice,) = (row for row in rows if row["theme"] == "billing.double_charge")
    assert (twice["alarm"], twice["held"], twice["since"], twice["lasted"]) == (
        "true",
        "false",
        "2026-W46",
        "1",
    )
    assert float(twice["expected"]) == made.alarms.alarms[0].judged.expected


def test_without_judgements_there_is_a_header(report: Callable[..., WeeklyReport]) -> None:
    assert to_csv(report().alarms) == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_no_text_starts_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_plain_values_stay_plain() -> None:
    values = [cell(one) for one in ("Fee = high", None, True, 12, 1.5e-07, WEEK)]
    assert values == ["Fee = high", "", "true", "12", "1.5e-07", "2026-W46"]
