"""How busy each week was: the volume that the themes of a family share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.trends.counts import Array
from service.trends.settings import TrendSettings
from service.trends.tail import TINY, anscombe_residual

HALF_A_COMPLAINT = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """`size`: a week's volume as a theme meets it, over the earlier weeks' mean; shape (themes, weeks).

    `log_variance`: how uncertain the judged week's log size is, shape (themes,)."""

    size: Array
    log_variance: Array


def estimate_exposure(counts: Array, *, settings: TrendSettings) -> Exposure:
    """The volume of each week, in which a theme that bursts has no say. counts: (themes, two weeks or more).

    In a large family it is what the unsuspicious themes count over what they should; in a small one (see
    `exposure_themes`, `exposure_total`) the total of the other themes, so that none hides its own rise
    behind itself. A theme without others has exposure 1."""
    total = counts.sum(axis=0)
    if len(counts) < settings.exposure_themes or total[-1] < settings.exposure_total:
        return _total_of_others(counts)
    size = np.maximum(total, HALF_A_COMPLAINT) / max(total[:-1].mean(), HALF_A_COMPLAINT)
    rate = counts[:, :-1].mean(axis=1)
    for _ in range(settings.exposure_passes):
        residual = anscombe_residual(counts, rate[:, None] * size)
        calm = (residual <= settings.suspicious_residual) | (counts < settings.suspicious_count)
        unsuspicious = np.where(calm, counts, 0.0)
        should = np.where(calm, rate[:, None], 0.0).sum(axis=0)
        size = np.maximum(unsuspicious.sum(axis=0), HALF_A_COMPLAINT) / np.maximum(should, TINY)
        rate = unsuspicious.sum(axis=1) / np.maximum((calm * size).sum(axis=1), TINY)
    return Exposure(np.broadcast_to(size, counts.shape), np.full(len(counts), 1 / total[-1]))


def _total_of_others(counts: Array) -> Exposure:
    if len(counts) == 1:
        return Exposure(np.ones_like(counts), np.zeros(1))
    others = counts.sum(axis=0) - counts + HALF_A_COMPLAINT
    size = others / others[:, :-1].mean(axis=1, keepdims=True)
    return Exposure(size, 1 / np.maximum(others[:, -1], 1.0))
