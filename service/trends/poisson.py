"""Ridge Poisson regression, many themes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.trends.counts import Array

LARGEST_LOG = 20.0
LONGEST_STEP = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Normal prior of the coefficients: means and precisions, each of shape (themes, columns)."""

    mean: Array
    precision: Array


def improve(
    coefficients: Array,
    counts: Array,
    log_exposure: Array,
    design: Array,
    *,
    weights: Array,
    dispersion: Array,
    noise: float,
    prior: Prior,
    steps: int,
) -> tuple[Array, Array]:
    """Coefficients nearer the posterior mode of log(mean) = log_exposure + design @ coefficients, and their
    covariance, shape (themes, columns, columns), there.

    coefficients: where to start, shape (themes, columns). counts, log_exposure, weights: (themes, weeks); a
    weight of 0 leaves a week out. design: (weeks, columns). The variance of a count of mean m is
    dispersion * m + noise * m * m; dispersion: shape (themes,).

    Source: Fisher scoring for quasi-likelihood, McCullagh and Nelder 1989, Generalized Linear Models, chapter
    9, with the Normal prior as a ridge."""
    columns = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), columns * columns)
    ridge = prior.precision[:, :, None] * np.eye(columns)
    curvature = ridge
    for _ in range(steps):
        mean = rate(coefficients, design, log_exposure)
        scale = weights / (dispersion[:, None] + noise * mean)
        curvature = ((scale * mean) @ products).reshape(-1, columns, columns) + ridge
        slope = (scale * (counts - mean)) @ design - prior.precision * (coefficients - prior.mean)
        step = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
        coefficients = coefficients + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
    return coefficients, np.linalg.inv(curvature).astype(np.float64, copy=False)


def rate(coefficients: Array, design: Array, log_exposure: Array | float = 0.0) -> Array:
    """Mean count at each row of the design, shape (themes, rows)."""
    mean: Array = np.exp(np.clip(coefficients @ design.T + log_exposure, -LARGEST_LOG, LARGEST_LOG))
    return mean
