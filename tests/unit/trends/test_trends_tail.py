from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from service.trends.interval import ratio_interval
from service.trends.surprise import combined
from service.trends.tail import anscombe_residual, mid_p, upper_tail

COUNTS = np.arange(0.0, 60.0)


@pytest.mark.parametrize(("mean", "variance"), [(0.2, 0.5), (4.0, 6.4), (25.0, 200.0)])
def test_tails_are_those_of_the_negative_binomial(mean: float, variance: float) -> None:
    size, chance = mean**2 / (variance - mean), mean / variance
    tail = stats.nbinom.sf(COUNTS - 1, size, chance)
    point = stats.nbinom.pmf(COUNTS, size, chance)
    given = (COUNTS, np.full(60, mean), np.full(60, variance))
    np.testing.assert_allclose(upper_tail(*given), tail, rtol=1e-9)
    np.testing.assert_allclose(mid_p(*given), tail - point / 2, rtol=1e-7, atol=1e-15)


def test_without_extra_variance_the_tail_is_poissons() -> None:
    mean = np.full(60, 7.5)
    np.testing.assert_allclose(upper_tail(COUNTS, mean, mean), stats.poisson.sf(COUNTS - 1, 7.5), rtol=1e-9)


def test_mid_p_is_a_half_on_average() -> None:
    point = stats.poisson.pmf(COUNTS, 3.0)
    mean = np.full(60, 3.0)
    assert (mid_p(COUNTS, mean, mean) * point).sum() == pytest.approx(0.5, abs=1e-9)


def test_residuals_of_poisson_counts_are_about_standard_normal() -> None:
    counts = np.random.default_rng(4).poisson(20.0, 20_000).astype(float)
    residual = anscombe_residual(counts, np.full(len(counts), 20.0))
    assert residual.mean() == pytest.approx(0.0, abs=0.1)
    assert residual.std() == pytest.approx(1.0, abs=0.05)


def test_the_combination_of_equal_p_values_is_that_value() -> None:
    p = np.array([1e-200, 1e-20, 1e-6, 0.03, 0.5, 0.97])
    np.testing.assert_allclose(combined(np.stack([p, p, p])), p, rtol=1e-6)


def test_the_combination_of_two_is_the_closed_form() -> None:
    one, other = 0.01, 0.4
    statistic = (np.tan(np.pi * (0.5 - one)) + np.tan(np.pi * (0.5 - other))) / 2
    expected = stats.cauchy.sf(statistic)
    assert combined(np.array([[one], [other]]))[0] == pytest.approx(expected, rel=1e-9)


def test_the_ratio_interval_is_that_of_two_gamma_variates() -> None:
    observed, expected, phi, variance = 12.0, 5.0, 1.6, 0.04
    low, high = ratio_interval(*(np.array([value]) for value in (observed, expected, phi, variance)))
    scale = phi / (expected * variance)
    law = stats.betaprime((observed + 0.5) / phi, 1 / variance)
    assert low[0] == pytest.approx(scale * law.ppf(0.05))
    assert high[0] == pytest.approx(scale * law.ppf(0.95))
    assert low[0] < observed / expected < high[0]
