"""What each theme should count: from its own past, steadied by its family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.trends.bursts import burst_weights
from service.trends.counts import Array
from service.trends.design import DRIFT, build_design
from service.trends.dispersion import Dispersion, first_dispersion, learned_dispersion, learned_drift
from service.trends.poisson import improve, rate
from service.trends.priors import first_prior, learned_prior
from service.trends.settings import TrendSettings

FIRST_STEPS, LATER_STEPS = 4, 2
LEAST_MEAN = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """`count`: what every week of the view should count, shape (themes, weeks).

    `log_variance`: how uncertain the log of the judged weeks' is, shape (themes,). `dispersion`: how counts
    scatter about it."""

    count: Array
    log_variance: Array
    dispersion: Dispersion


def expected_counts(counts: Array, exposure: Array, *, baseline: int, settings: TrendSettings) -> Expected:
    """Expected counts, learned from the first `baseline` weeks alone.

    counts, exposure: shape (themes, weeks). One model serves every length of history: what the weeks say
    nothing of (a season after eight of them, the level of a new theme) stays as the family has it, and its
    variance goes into `log_variance`. Past bursts count little.

    Source: generalised linear mixed model by penalised quasi-likelihood, Breslow and Clayton 1993, Journal of
    the American Statistical Association 88(421)."""
    themes = len(counts)
    past, log_exposure = counts[:, :baseline], np.log(exposure[:, :baseline])
    complaints = past.sum(axis=1)
    design = build_design(counts.shape[1], baseline, settings=settings)
    fitted, groups = design.matrix[:baseline], design.groups
    level = _rough_log_rates(complaints, exposure[:, :baseline].sum(axis=1))
    coefficients = np.zeros((themes, len(groups)))
    coefficients[:, 0] = level
    family = first_prior(level, settings=settings)
    dispersion = first_dispersion(themes, settings=settings)
    weights = np.ones_like(past)
    for round_ in range(settings.passes + 1):
        prior = family.of(groups, themes)
        coefficients, covariance = improve(
            coefficients,
            past,
            log_exposure,
            fitted,
            weights=weights,
            dispersion=dispersion.phi,
            noise=dispersion.noise,
            prior=prior,
            steps=LATER_STEPS if round_ else FIRST_STEPS,
        )
        if round_ == settings.passes:
            break
        mean = rate(coefficients, fitted, log_exposure)
        variances = np.einsum("jcc->jc", covariance)
        spent = 1.0 + np.clip(1.0 - variances * prior.precision, 0.0, 1.0)[:, 1:].sum(axis=1)
        told_by = dispersion.for_bursts(baseline, first=not round_)
        weights = burst_weights(past, mean, told_by, settings=settings)
        dispersion = learned_dispersion(dispersion, past, mean, weights, spent, settings=settings)
        family = learned_prior(
            family,
            coefficients,
            variances,
            groups,
            telling=complaints >= settings.telling_count,
            drift=learned_drift(dispersion, past, mean, weights, settings=settings),
            settings=settings,
        )
    judged = design.matrix[-1]
    log_variance = np.einsum("c,jcd,d->j", judged, covariance, judged)
    log_variance += family.variance[DRIFT] * (design.free + settings.unexplained_share)
    return Expected(rate(coefficients, design.matrix) * exposure, log_variance, dispersion)


def _rough_log_rates(complaints: Array, exposure: Array) -> Array:
    mean = max(float(complaints.sum() / exposure.sum()), LEAST_MEAN)
    # A third of a complaint at the family's rate keeps a theme without any off minus infinity.
    rough: Array = np.log((complaints + 0.3) / (exposure + 0.3 / mean))
    return rough
