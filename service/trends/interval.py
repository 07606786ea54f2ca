"""How many times the expected count a theme really counts: a ratio with its uncertainty."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv

from service.trends.counts import Array
from service.trends.tail import TINY

LOWER, UPPER = 0.05, 0.95


def ratio_interval(
    observed: Array, expected: Array, dispersion: Array, log_variance: Array
) -> tuple[Array, Array]:
    """Lower and upper end of the 90 % interval of the true rate over the expected one; all by theme.

    The true rate is Gamma of shape (observed + 1/2) / dispersion, the expected one Gamma of shape 1 /
    log_variance; their ratio is beta prime.

    Source: ratio of Gamma variates, Johnson, Kotz and Balakrishnan 1995, Continuous Univariate Distributions
    2, section 27; Jeffreys' half a count."""
    expected = np.maximum(expected, TINY)
    log_variance = np.maximum(log_variance, TINY)
    shape, known = (observed + 0.5) / dispersion, 1 / log_variance
    scale = dispersion / (expected * log_variance)

    def quantile(part: float) -> Array:
        beta = betaincinv(shape, known, part)
        value: Array = scale * beta / np.maximum(1 - beta, 1e-300)
        return value

    return quantile(LOWER), quantile(UPPER)
