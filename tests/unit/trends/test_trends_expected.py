from __future__ import annotations

import numpy as np
import pytest

from service.trends import TrendSettings
from service.trends.bursts import burst_weights
from service.trends.dispersion import first_dispersion, learned_dispersion
from service.trends.expected import expected_counts
from service.trends.exposure import estimate_exposure
from service.trends.poisson import Prior, improve, rate

SETTINGS = TrendSettings()


def rng() -> np.random.Generator:
    return np.random.default_rng(8)


def test_a_regression_finds_the_posterior_mode() -> None:
    design = np.column_stack([np.ones(80), np.linspace(-1, 1, 80)])
    counts = rng().poisson(np.exp(design @ [1.5, 0.7]), (1, 80)).astype(float)
    prior = Prior(np.array([[0.0, 0.2]]), np.array([[0.5, 4.0]]))
    phi, noise = np.array([1.5]), 0.05
    found, covariance = improve(
        np.zeros((1, 2)),
        counts,
        np.zeros((1, 80)),
        design,
        weights=np.ones((1, 80)),
        dispersion=phi,
        noise=noise,
        prior=prior,
        steps=30,
    )
    mean = rate(found, design)
    score = ((counts - mean) / (phi[:, None] + noise * mean)) @ design
    np.testing.assert_allclose(score, prior.precision * (found - prior.mean), atol=1e-8)
    curvature = (design.T * (mean / (1.5 + noise * mean))) @ design + np.diag([0.5, 4.0])
    np.testing.assert_allclose(covariance[0], np.linalg.inv(curvature), rtol=1e-6)


def test_a_week_of_weight_zero_says_nothing() -> None:
    counts = np.array([[3.0, 5.0, 4.0, 900.0]])
    fits = []
    for last in (900.0, 0.0):
        counts[0, 3] = last
        found, _ = improve(
            np.zeros((1, 1)),
            counts,
            np.zeros((1, 4)),
            np.ones((4, 1)),
            weights=np.array([[1.0, 1.0, 1.0, 0.0]]),
            dispersion=np.ones(1),
            noise=0.0,
            prior=Prior(np.zeros((1, 1)), np.full((1, 1), 1e-9)),
            steps=30,
        )
        fits.append(found[0, 0])
    assert fits == pytest.approx([np.log(4.0)] * 2)


def test_exposure_follows_the_volume_and_not_a_burst() -> None:
    volume = np.where(np.arange(40) < 30, 1.0, 2.0)
    means = rng().lognormal(1.0, 1.0, (60, 1))
    counts = rng().poisson(means * volume).astype(float)
    counts[5, -1] = 3000.0
    size = estimate_exposure(counts, settings=SETTINGS).size
    assert size[0, 30:].mean() / size[0, :30].mean() == pytest.approx(2.0, rel=0.05)
    assert size[0, -1] / size[0, 30:-1].mean() == pytest.approx(1.0, rel=0.15)


def test_a_theme_of_a_small_family_has_no_say_in_its_own_exposure() -> None:
    counts = np.full((3, 12), 20.0)
    counts[0, -1] = 500.0
    exposure = estimate_exposure(counts, settings=SETTINGS)
    assert exposure.size[0] == pytest.approx(1.0)
    assert exposure.size[1, -1] > 5


def test_a_theme_alone_has_exposure_one() -> None:
    exposure = estimate_exposure(np.array([[1.0, 50.0, 3.0]]), settings=SETTINGS)
    assert (exposure.size == 1.0).all()
    assert (exposure.log_variance == 0.0).all()


def test_a_burst_counts_little_and_a_busy_week_in_full() -> None:
    counts = np.array([[4.0, 6.0, 30.0, 5.0]])
    weights = burst_weights(counts, np.full((1, 4), 5.0), np.ones(1), settings=SETTINGS)
    assert weights[0, [0, 1, 3]].tolist() == [1.0, 1.0, 1.0]
    assert weights[0, 2] < 0.05


def test_dispersion_is_learned_from_the_weeks() -> None:
    means = np.full((80, 100), 6.0)
    phi = np.where(np.arange(80) < 40, 1.0, 3.0)[:, None]
    wide = rng().negative_binomial(6.0 / 2.0, 1 / 3.0, (80, 100))
    counts = np.where(phi > 1, wide, rng().poisson(means)).astype(float)
    learned = first_dispersion(80, settings=SETTINGS)
    for _ in range(3):
        learned = learned_dispersion(
            learned, counts, means, np.ones_like(means), np.ones(80), settings=SETTINGS
        )
    assert learned.phi[:40].mean() == pytest.approx(1.1, abs=0.15)
    assert learned.phi[40:].mean() == pytest.approx(2.8, abs=0.25)


def test_an_empty_theme_has_its_familys_dispersion() -> None:
    means = np.full((40, 30), 5.0)
    counts = rng().negative_binomial(5.0, 0.5, (40, 30)).astype(float)
    means[0], counts[0] = 0.001, 0.0
    first = first_dispersion(40, settings=SETTINGS)
    learned = learned_dispersion(first, counts, means, np.ones_like(means), np.ones(40), settings=SETTINGS)
    assert learned.phi[0] == pytest.approx(learned.family, rel=0.02)


def test_a_level_is_found_and_the_guard_is_not_looked_at() -> None:
    means = rng().lognormal(1.5, 0.8, (60, 1))
    counts = rng().poisson(np.tile(means, (1, 60))).astype(float)
    ones = np.ones_like(counts)
    expected = expected_counts(counts, ones, baseline=56, settings=SETTINGS)
    changed = counts.copy()
    changed[:, 56:] += 1000.0
    again = expected_counts(changed, ones, baseline=56, settings=SETTINGS)
    np.testing.assert_array_equal(expected.count, again.count)
    assert expected.count[:, -1] == pytest.approx(means[:, 0], rel=0.4)
    assert np.median(expected.count[:, -1] / means[:, 0]) == pytest.approx(1.0, abs=0.05)


def test_two_years_teach_the_season() -> None:
    weeks = np.arange(160)
    swing = np.exp(0.6 * np.cos(2 * np.pi * weeks / 52.18))
    counts = rng().poisson(12.0 * swing, (40, 160)).astype(float)
    expected = expected_counts(counts, np.ones_like(counts), baseline=130, settings=SETTINGS)
    ahead = expected.count[:, 130:].mean(axis=0)
    assert np.abs(np.log(ahead / (12.0 * swing[130:]))).max() < 0.2


def test_less_history_is_less_sure() -> None:
    counts = rng().poisson(3.0, (30, 120)).astype(float)
    variances = [
        expected_counts(
            counts[:, -weeks:], np.ones((30, weeks)), baseline=weeks - 4, settings=SETTINGS
        ).log_variance.mean()
        for weeks in (6, 20, 120)
    ]
    assert variances[0] > variances[1] > variances[2] > 0
