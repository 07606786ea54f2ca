from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import WeekRejected
from service.values import Week

WEEKS = st.dates(date(1970, 1, 5), date(2999, 12, 20)).map(Week.of)


@pytest.mark.parametrize(
    ("written", "week"),
    [("2026-W46", Week(2026, 46)), (" 2020-W53\n", Week(2020, 53)), ("2026-W01", Week(2026, 1))],
)
def test_a_week_is_read_as_it_is_written(written: str, week: Week) -> None:
    assert Week.parse(written) == week


@pytest.mark.parametrize(
    "written",
    ["", "2026", "2026-46", "2026-W6", "2026-w46", "2026-W00", "2019-W99", "2026-W54", "2019-W53", "26-W46",
     "2026-W46-1", "0000-W01", "9999-W52", "1969-W01", "2026-W46\u0000"],
)  # fmt: skip
def test_what_is_no_week_is_refused(written: str) -> None:
    with pytest.raises(WeekRejected):
        Week.parse(written)


@given(WEEKS)
def test_a_week_survives_being_written(week: Week) -> None:
    assert Week.parse(str(week)) == week


@given(WEEKS, st.integers(-50, 50))
def test_weeks_follow_one_another(week: Week, steps: int) -> None:
    assert week.plus(steps).plus(-steps) == week
    assert week.plus(steps).start - week.start == timedelta(weeks=steps)
    assert week.plus(-1) < week < week.plus(1)
    assert week.end == week.plus(1).start


@given(st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_an_instant_lies_in_its_week_by_utc(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    week = Week.of(moment)
    assert week.start <= moment < week.end
    assert week.monday.weekday() == 0


def test_the_turn_of_the_year_goes_by_iso() -> None:
    assert Week.of(date(2021, 1, 3)) == Week(2020, 53)
    assert Week.of(datetime(2024, 12, 30, tzinfo=UTC)) == Week(2025, 1)
    assert Week.of(datetime(2026, 11, 16, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))) == Week(
        2026, 46
    )
