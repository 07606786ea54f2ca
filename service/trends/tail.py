"""Tails of counts that scatter more than Poisson ones."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, gammainc

from service.trends.counts import Array

TINY = 1e-9


def upper_tail(counts: Array, mean: Array, variance: Array) -> Array:
    """P(Y >= count), Y negative-binomial of this mean and variance; Poisson where the variance is no larger.

    Source: the distribution function as an incomplete beta function, DLMF 8.17.5."""
    mean = np.maximum(mean, TINY)
    excess = variance - mean
    spread = excess > TINY * mean
    size = np.where(spread, mean * mean / np.where(spread, excess, 1.0), 1.0)
    more = np.clip(np.where(spread, excess / np.maximum(variance, TINY), 0.5), 0.0, 1.0)
    least = np.maximum(counts, 1.0)
    tail = np.where(spread, betainc(least, size, more), gammainc(least, mean))
    reached: Array = np.where(counts > 0, tail, 1.0)
    return reached


def mid_p(counts: Array, mean: Array, variance: Array) -> Array:
    """P(Y > count) + P(Y = count) / 2, uniform on average where Y is not continuous.

    Source: Lancaster 1961, Journal of the American Statistical Association 56(294)."""
    return 0.5 * (upper_tail(counts, mean, variance) + upper_tail(counts + 1.0, mean, variance))


def anscombe_residual(counts: Array, mean: Array, dispersion: Array | float = 1.0) -> Array:
    """How far counts lie from their means, about standard Normal.

    Source: Anscombe residuals as in Noufaily et al. 2013, Statistics in Medicine 32(7), section 3."""
    mean = np.maximum(mean, TINY)
    raised = counts ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean)
    residual: Array = 1.5 * raised / np.sqrt(dispersion)
    return residual
