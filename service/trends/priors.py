"""What is thought of a theme before it is looked at: learned from its family where that is large."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.trends.counts import Array
from service.trends.design import DRIFT, LEVEL, SEASON, SECOND_HARMONIC, TREND
from service.trends.poisson import Prior
from service.trends.settings import TrendSettings

LEVEL_VARIANCE = 1.4
LEAST_VARIANCE = 1e-6
LEAST_LEVEL_VARIANCE, MOST_LEVEL_VARIANCE = 0.3, 4.0
THEMES_FOR_LEVELS = 6


@dataclass(frozen=True, slots=True)
class FamilyPrior:
    """Normal prior of a family's log rates: `level` their mean, and variances by part of the design."""

    level: float
    variance: dict[int, float]

    def of(self, groups: NDArray[np.int64], themes: int) -> Prior:
        """The prior of each theme's coefficients, whose part of the design `groups` names."""
        mean = np.where(groups == LEVEL, self.level, 0.0)
        precision = 1 / np.maximum(self.variances(groups), LEAST_VARIANCE)
        return Prior(np.tile(mean, (themes, 1)), np.tile(precision, (themes, 1)))

    def variances(self, groups: NDArray[np.int64]) -> Array:
        """The prior variance of each coefficient."""
        return np.array([self.variance[int(group)] for group in groups])


def first_prior(log_rates: Array, *, settings: TrendSettings) -> FamilyPrior:
    """The prior from rough log rates of the themes, shape (themes,)."""
    spread = float(np.var(log_rates)) if len(log_rates) >= THEMES_FOR_LEVELS else LEVEL_VARIANCE
    level = {LEVEL: float(np.clip(spread, LEAST_LEVEL_VARIANCE, MOST_LEVEL_VARIANCE))}
    return FamilyPrior(float(np.median(log_rates)), level | _usual_variances(settings))


def learned_prior(
    prior: FamilyPrior,
    coefficients: Array,
    variances: Array,
    groups: NDArray[np.int64],
    *,
    telling: NDArray[np.bool_],
    drift: float,
    settings: TrendSettings,
) -> FamilyPrior:
    """The prior that fits the themes' coefficients better; one step of expectation and maximisation.

    coefficients, variances (posterior): shape (themes, columns). telling: themes with complaints enough to
    have a say in the variances. drift: its variance, see `dispersion.learned_drift`.

    Source: empirical Bayes by EM, Laird and Ware 1982, Biometrics 38(4), with the settings' variances as
    `prior_themes` themes more."""
    usual = _usual_variances(settings)
    learned = prior.variance | {DRIFT: drift}
    themes = int(telling.sum())
    for group in set(groups.tolist()) - {LEVEL, DRIFT}:
        columns = groups == group
        squares = coefficients[:, columns] ** 2 + variances[:, columns]
        seen = float(squares[telling].mean()) if themes else 0.0
        weight = settings.prior_themes
        learned[group] = (weight * usual[group] + themes * seen) / (weight + themes)
    level = prior.level
    if len(coefficients) >= settings.exposure_themes:
        level = float(coefficients[:, 0].mean())
        spread = float(((coefficients[:, 0] - level) ** 2 + variances[:, 0]).mean())
        learned[LEVEL] = float(np.clip(spread, LEAST_LEVEL_VARIANCE, MOST_LEVEL_VARIANCE))
    return replace(prior, level=level, variance=learned)


def _usual_variances(settings: TrendSettings) -> dict[int, float]:
    return {
        SEASON: settings.season_variance,
        SECOND_HARMONIC: settings.second_harmonic_variance,
        TREND: settings.trend_variance,
        DRIFT: settings.drift_variance,
    }
