"""How surprising the last weeks are: p-values of windows that end with the judged week, and their bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from service.trends.counts import Array
from service.trends.expected import Expected
from service.trends.settings import TrendSettings
from service.trends.tail import TINY, mid_p

LEAST_P = 1e-300
UNSURPRISING = 0.5
LARGEST_BOUND = 2.0**40


@dataclass(frozen=True, slots=True, eq=False)
class Surprise:
    """The test of one week. `mean`, `earlier`: by window and theme, shape (windows, themes): what a window
    should count, and what its weeks before the judged one did. `variance`: (windows, themes, nodes)."""

    mean: Array
    earlier: Array
    variance: Array
    least_count: int
    least_ratio: float

    def p_values(self, observed: Array) -> Array:
        """The p-value of each theme if its judged week counted this much; shape (themes,)."""
        return self._p_values(observed, np.arange(len(observed)))

    def upper_bounds(self, level: Array) -> Array:
        """Smallest count of the judged week whose p-value is at most the theme's level, in (0, 1)."""
        themes = np.arange(len(level))
        low = np.zeros(len(level))
        high: Array = np.maximum(2.0 * self.mean[0] + 8.0, self.least_count)
        rising = themes
        while len(rising):
            rising = rising[self._p_values(high[rising], rising) > level[rising]]
            rising = rising[high[rising] < LARGEST_BOUND]
            low[rising] = high[rising]
            high[rising] *= 2.0
        high = np.ceil(high)
        # Half-open (low, high]: the p-value at high is small enough, at low it is not.
        while len(open_ := themes[high - low > 1]):
            middle = np.floor((low[open_] + high[open_]) / 2)
            enough = self._p_values(middle, open_) <= level[open_]
            high[open_[enough]] = middle[enough]
            low[open_[~enough]] = middle[~enough]
        return high

    def _p_values(self, observed: Array, themes: NDArray[np.intp]) -> Array:
        mean = self.mean[:, themes]
        counts = self.earlier[:, themes] + observed
        variance = self.variance[:, themes]
        counts_at, mean_at = np.broadcast_arrays(counts[:, :, None], mean[:, :, None])
        p = mid_p(counts_at, mean_at, variance).mean(axis=2)
        up = (observed > 0) & (p[0] <= UNSURPRISING)
        may = up & (counts >= self.least_count) & (counts >= self.least_ratio * mean)
        return combined(np.where(may, p, np.maximum(p, UNSURPRISING)))


def surprise_of(
    counts: Array, expected: Expected, log_variance: Array, *, guard: int, settings: TrendSettings
) -> Surprise:
    """The test of the last week of counts, shape (themes, weeks). log_variance: of the expected counts,
    shape (themes,); the family's noise is added here.

    The variance of a window of mean m is phi * m + m * m * (log_variance + noise), and no less than m. How
    much counts scatter is itself uncertain: the whole is scaled by degrees / chi-squared(degrees) and that
    integrated over, as in a Student t, which keeps tails honest where the world is not as modelled."""
    windows = [window for window in settings.windows if window <= guard + 1]
    mean = np.stack([expected.count[:, -window:].sum(axis=1) for window in windows])
    earlier = np.stack([counts[:, -window:-1].sum(axis=1) for window in windows])
    dispersion = expected.dispersion
    scatter = dispersion.phi * mean + mean * mean * (log_variance + dispersion.noise)
    scale = _scale_nodes(dispersion.weeks, settings.dispersion_nodes)
    variance = np.maximum(scale * scatter[:, :, None], mean[:, :, None])
    return Surprise(mean, earlier, variance, settings.least_count, settings.least_ratio)


def combined(p: Array) -> Array:
    """One p-value of several that may depend on each other in any way; the first axis is combined.

    Source: Cauchy combination, Liu and Xie 2020, Journal of the American Statistical Association 115(529),
    equation 3 with equal weights; valid in the tail, which is all that decides."""
    p = np.clip(p, LEAST_P, 1 - 1e-12)
    # tan(pi (1/2 - p)) is 1 / tan(pi p), which keeps its digits where p is small.
    statistic = (1 / np.tan(np.pi * p)).mean(axis=0)
    small = statistic > 1.0
    whole: Array = np.where(
        small, np.arctan(1 / np.where(small, statistic, 1.0)) / np.pi, 0.5 - np.arctan(statistic) / np.pi
    )
    return whole


def _scale_nodes(degrees: Array, nodes: int) -> Array:
    """Equally probable values of degrees / chi-squared(degrees), shape (themes, nodes)."""
    middle: Sequence[float] = [(node + 0.5) / nodes for node in range(nodes)]
    chi_squared = 2 * gammaincinv(degrees[:, None] / 2, np.array(middle))
    scale: Array = degrees[:, None] / np.maximum(chi_squared, TINY)
    return scale
