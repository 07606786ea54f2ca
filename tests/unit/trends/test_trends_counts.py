from __future__ import annotations

import numpy as np
import pytest

from service.trends import CountSeries, TrendSettings
from service.trends.arrivals import completeness

SETTINGS = TrendSettings()


def late_series(themes: int, weeks: int, parts: np.ndarray, seed: int = 1) -> CountSeries:
    """Counts of 40 a week whose arrivals follow the theme's row of parts, shape (themes, lags)."""
    rng = np.random.default_rng(seed)
    arrivals = np.stack([rng.multinomial(40, row, size=weeks) for row in parts])
    names = tuple(f"t{number}" for number in range(themes))
    return CountSeries(
        "f", names, tuple(map(str, range(weeks))), arrivals.astype(np.int64), np.zeros(themes, np.int64)
    )


def test_only_what_had_arrived_by_then_is_known() -> None:
    arrivals = np.array([[[5, 2, 1], [6, 3, 0], [7, 0, 4]]])
    series = CountSeries("f", ("a",), ("w0", "w1", "w2"), arrivals, np.array([0]))
    assert series.known_at(0).counts.tolist() == [[5]]
    assert series.known_at(1).counts.tolist() == [[7, 6]]
    assert series.known_at(2).counts.tolist() == [[8, 9, 7]]


def test_a_theme_is_live_from_its_first_week() -> None:
    series = CountSeries("f", ("a", "b"), ("w0", "w1"), np.ones((2, 2, 1), np.int64), np.array([0, 1]))
    assert series.known_at(0).live.tolist() == [True, False]
    assert series.known_at(1).live.tolist() == [True, True]


@pytest.mark.parametrize(
    ("arrivals", "live_from"),
    [
        (np.zeros((1, 2), np.int64), np.zeros(1, np.int64)),
        (np.zeros((2, 2, 1), np.int64), np.zeros(1, np.int64)),
        (np.zeros((1, 2, 0), np.int64), np.zeros(1, np.int64)),
        (np.zeros((1, 2, 1), np.int64), np.zeros(2, np.int64)),
        (np.full((1, 2, 1), -1), np.zeros(1, np.int64)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrivals: np.ndarray, live_from: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"arrivals|live_from"):
        CountSeries("f", ("a",), ("w0", "w1"), arrivals, live_from)


def test_a_theme_that_reports_at_the_familys_pace_is_as_complete_as_it() -> None:
    parts = np.tile([0.7, 0.2, 0.1], (20, 1))
    relative = completeness(late_series(20, 30, parts).known_at(29), settings=SETTINGS)
    assert (relative == 1.0).all()


def test_a_slow_theme_is_expected_to_lack_in_its_last_weeks() -> None:
    parts = np.tile([0.7, 0.2, 0.1], (60, 1))
    parts[3] = [0.35, 0.35, 0.3]
    relative = completeness(late_series(60, 30, parts).known_at(29), settings=SETTINGS)
    assert relative[3, -1] == pytest.approx(0.35 / 0.69, rel=0.1)
    assert relative[3, -2] == pytest.approx(0.70 / 0.9, rel=0.1)
    assert relative[3, :-2] == pytest.approx(1.0)
    assert (np.delete(relative, 3, axis=0) != 1.0).any(axis=1).sum() <= 1  # one in a thousand, by chance


def test_a_pace_is_not_read_from_a_few_weeks() -> None:
    parts = np.array([[0.9, 0.1], [0.1, 0.9]])
    relative = completeness(late_series(2, 7, parts).known_at(6), settings=SETTINGS)
    assert (relative == 1.0).all()


def test_reports_yet_to_come_say_nothing_of_the_pace() -> None:
    parts = np.tile([0.7, 0.2, 0.1], (5, 1))
    parts[0] = [0.4, 0.3, 0.3]
    series = late_series(5, 40, parts)
    changed = series.arrivals.copy()
    changed[:, 31:] = 0
    changed[:, 30, 1:] += 50  # arrive after week 30
    other = CountSeries(series.family, series.themes, series.weeks, changed, series.live_from)
    np.testing.assert_array_equal(
        completeness(series.known_at(30), settings=SETTINGS),
        completeness(other.known_at(30), settings=SETTINGS),
    )
