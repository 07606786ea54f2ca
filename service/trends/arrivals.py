"""Late arrivals: which part of a week's complaints is known so far, where a theme has a pace of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from service.trends.counts import Array, View
from service.trends.settings import TrendSettings

SETTLED = 0.995
LEAST_PART = 1e-6


def completeness(view: View, *, settings: TrendSettings) -> Array:
    """What part of its counts a theme knows, over the part its whole family knows; shape (themes, weeks).

    It is 1 but for themes whose complaints arrive on time more or less often than the family's do, by a
    Normal test of two proportions on weeks that are all in. The family's own lateness is no part of it: that
    is in the exposure."""
    themes, weeks = view.counts.shape
    ones = np.ones((themes, weeks))
    settled = _settled_lag(view.arrivals)
    whole = weeks - settled
    if settled == 0 or whole < settings.profile_weeks:
        return ones
    arrivals = view.arrivals[:, :whole, : settled + 1].sum(axis=1)
    known = arrivals.cumsum(axis=1).astype(np.float64)
    count, everything = known[:, -1], known.sum(axis=0)
    family_part = everything / everything[-1]
    own = _differs(known[:, 0], count, family_part[0], level=settings.profile_level)
    # One complaint of the family's pace, so that no part is 0.
    part = (known + family_part) / (count + 1.0)[:, None]
    ratio = np.where(own[:, None], part / np.maximum(family_part, LEAST_PART), 1.0)
    age = np.minimum(weeks - 1 - np.arange(weeks), settled)
    relative: Array = ratio[:, age]
    return relative


def _settled_lag(arrivals: NDArray[np.int64]) -> int:
    """The lag by which nearly all has arrived, judged by weeks that long past; 0 where nothing comes late."""
    weeks, lags = arrivals.shape[1:]
    for lag in range(min(lags, weeks) - 1, 0, -1):
        past = arrivals[:, : weeks - lag].sum(axis=(0, 1))[: lag + 1]
        if past[lag] > (1 - SETTLED) * past.sum():
            return lag
    return 0


def _differs(on_time: Array, count: Array, part: float, *, level: float) -> NDArray[np.bool_]:
    deviation = np.sqrt(np.maximum(count * part * (1 - part), 1e-9))
    # A continuity correction of half a complaint keeps small themes with the family.
    distance = (np.abs(on_time - count * part) - 0.5) / deviation
    own: NDArray[np.bool_] = (count > 0) & (2 * ndtr(-distance) < level)
    return own
