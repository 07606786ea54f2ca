"""Past bursts: weeks of the baseline that are no norm."""

from __future__ import annotations

import numpy as np

from service.trends.counts import Array
from service.trends.settings import TrendSettings
from service.trends.tail import anscombe_residual, upper_tail

NOISE = 0.03
"""Variance of a log rate that no week is called a burst for."""


def burst_weights(counts: Array, mean: Array, dispersion: Array, *, settings: TrendSettings) -> Array:
    """Weight in (0, 1] of each baseline week: below 1 where its count can hardly be chance.

    counts, mean: shape (themes, weeks). dispersion: (themes,).

    Source: Noufaily et al. 2013, Statistics in Medicine 32(7), section 3, with the negative-binomial tail in
    place of a fixed residual."""
    phi = dispersion[:, None]
    tail = upper_tail(counts, mean, phi * mean + NOISE * mean * mean)
    burst = (tail < settings.burst_tail) & (counts >= settings.burst_count)
    residual = np.maximum(anscombe_residual(counts, mean, phi), 1.0)
    weights: Array = np.where(burst, residual**-2.0, 1.0)
    return weights
