"""Laws of alarms, whatever the counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.trends import CountSeries, TrendSettings, scan
from service.trends.decide import alarm_levels, q_values
from service.trends.interval import ratio_interval
from service.trends.surprise import combined
from service.trends.tail import mid_p

SETTINGS = TrendSettings()

shapes = st.tuples(st.integers(1, 25), st.integers(2, 30))
families = shapes.flatmap(lambda shape: arrays(np.int64, shape, elements=st.integers(0, 40)))
p_values = arrays(np.float64, st.integers(1, 30), elements=st.floats(1e-12, 1.0))


@settings(max_examples=25, deadline=None)
@given(counts=families, extra=st.integers(1, 50), theme=st.integers(0, 24))
def test_an_alarm_is_monotone_in_the_observed_count(counts: np.ndarray, extra: int, theme: int) -> None:
    theme %= len(counts)
    if len(counts) >= SETTINGS.exposure_themes:
        counts = counts[: SETTINGS.exposure_themes - 1]  # exposure is the others', and stays as it is
        theme %= len(counts)
    before = scan(CountSeries.of_counts(counts), settings=SETTINGS)[theme]
    raised = counts.copy()
    raised[theme, -1] += extra
    after = scan(CountSeries.of_counts(raised), settings=SETTINGS)[theme]
    assert after.p <= before.p + 1e-12
    assert abs(after.expected - before.expected) <= 1e-9 * before.expected


@settings(max_examples=20, deadline=None)
@given(counts=families, rate=st.floats(0.01, 0.4))
def test_a_stricter_rate_never_adds_an_alarm_or_lowers_a_bound(counts: np.ndarray, rate: float) -> None:
    series = CountSeries.of_counts(counts)
    loose, strict = (
        scan(series, settings=replace(SETTINGS, false_discovery_rate=level, watch_rate=2 * level))
        for level in (rate, rate / 2)
    )
    for mild, hard in zip(loose, strict, strict=True):
        assert hard.alarm <= mild.alarm
        assert hard.upper_bound >= mild.upper_bound


@settings(max_examples=20, deadline=None)
@given(counts=families, data=st.data())
def test_the_order_of_themes_does_not_matter(counts: np.ndarray, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(counts))))
    straight = scan(CountSeries.of_counts(counts), settings=SETTINGS)
    shuffled = scan(CountSeries.of_counts(counts[order]), settings=SETTINGS)
    for place, theme in enumerate(order):
        assert np.isclose(shuffled[place].p, straight[theme].p, rtol=1e-6)
        assert np.isclose(shuffled[place].expected, straight[theme].expected, rtol=1e-6)
        assert shuffled[place].observed == straight[theme].observed


@settings(max_examples=20, deadline=None)
@given(counts=families)
def test_every_figure_is_one(counts: np.ndarray) -> None:
    for one in scan(CountSeries.of_counts(counts), settings=SETTINGS):
        assert 0 < one.p <= one.q <= 1
        assert one.alarm == (one.observed >= one.upper_bound)
        assert one.upper_bound >= 1
        assert np.isfinite([one.expected, one.ratio_low, one.ratio_high, one.score]).all()
        assert 0 <= one.ratio_low <= one.ratio_high
        assert (one.began is None) == (one.lasted == 0)


@given(p=p_values, rate=st.floats(0.01, 0.5))
def test_levels_and_q_values_agree(p: np.ndarray, rate: float) -> None:
    q, levels = q_values(p), alarm_levels(p, rate)
    clear = np.abs(q - rate) > 1e-9
    np.testing.assert_array_equal((p <= levels)[clear], (q <= rate)[clear])


@given(p=p_values, theme=st.integers(0, 29), factor=st.floats(0.0, 1.0))
def test_a_smaller_p_value_never_raises_a_q_value(p: np.ndarray, theme: int, factor: float) -> None:
    changed = p.copy()
    changed[theme % len(p)] *= factor
    assert (q_values(changed) <= q_values(p) + 1e-15).all()


@given(p=arrays(np.float64, (3, 5), elements=st.floats(1e-12, 0.99)), factor=st.floats(0.01, 1.0))
def test_a_combined_p_value_lies_between_its_parts_and_follows_them(p: np.ndarray, factor: float) -> None:
    whole = combined(p)
    assert (whole >= p.min(axis=0) * (1 - 1e-9)).all()
    assert (whole <= p.max(axis=0) * (1 + 1e-9)).all()
    assert (combined(p * factor) <= whole * (1 + 1e-9)).all()


@given(
    count=st.integers(0, 200),
    mean=st.floats(0.01, 300),
    dispersion=st.floats(1.0, 10),
    more=st.floats(1.0, 3.0),
)
def test_a_p_value_falls_with_the_count_and_rises_with_the_mean(
    count: int, mean: float, dispersion: float, more: float
) -> None:
    def p(count: float, mean: float) -> float:
        return float(mid_p(np.array([count]), np.array([mean]), np.array([dispersion * mean]))[0])

    assert p(count + 1.0, mean) <= p(float(count), mean) + 1e-12
    assert p(float(count), mean * more) >= p(float(count), mean) - 1e-12


@given(
    observed=st.integers(0, 500),
    expected=st.floats(0.1, 300),
    dispersion=st.floats(1, 10),
    variance=st.floats(0.001, 1),
)
def test_the_ratio_scales_with_the_expected_count(
    observed: int, expected: float, dispersion: float, variance: float
) -> None:
    def interval(mean: float) -> tuple[float, float]:
        given_ = (np.array([value]) for value in (float(observed), mean, dispersion, variance))
        low, high = ratio_interval(*given_)
        return float(low[0]), float(high[0])

    for once, twice in zip(interval(expected), interval(2 * expected), strict=True):
        assert np.isclose(twice, once / 2, rtol=1e-6)
