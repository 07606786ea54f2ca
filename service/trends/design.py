"""What a theme's rate may do from week to week: keep its level, follow season and trend, drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.trends.counts import Array
from service.trends.settings import TrendSettings

WEEKS_A_YEAR = 365.25 / 7
LEVEL, SEASON, SECOND_HARMONIC, DRIFT, TREND = 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Columns that a log rate is a sum of: `matrix`, shape (weeks, columns); the first one is the level.

    `groups`: the part each column belongs to. `free`: the share of the drift's variance that the columns
    leave open in the last week."""

    matrix: Array
    groups: NDArray[np.int64]
    free: float


def build_design(weeks: int, baseline: int, *, settings: TrendSettings) -> Design:
    """The design of so many weeks, of which the first `baseline` are fitted.

    The season is an annual harmonic, and a second one once there are three years; two years show a trend,
    which is 0 in the last week. The drift is a stationary
    first-order autoregression seen at a few knots, the rest being interpolated from them.

    Source: low-rank Gaussian process by inducing points, Quiñonero-Candela and Rasmussen 2005, Journal of
    Machine Learning Research 6, section 4 (subset of regressors)."""
    time = np.arange(weeks)
    age = weeks - 1 - time
    columns = [np.ones(weeks)]
    groups = [LEVEL]
    seasons = (SEASON, SECOND_HARMONIC) if baseline >= settings.second_harmonic_weeks else (SEASON,)
    for harmonic, group in enumerate(seasons, start=1):
        angle = 2 * np.pi * harmonic * age / WEEKS_A_YEAR
        columns += [np.cos(angle), np.sin(angle)]
        groups += [group, group]
    if baseline >= settings.trend_weeks:
        columns.append(-age / WEEKS_A_YEAR)
        groups.append(TREND)
    knots = np.array([knot for knot in settings.drift_knots if knot < weeks], dtype=np.int64)
    free = 1.0
    if len(knots):
        between = settings.drift_memory ** np.abs(knots[:, None] - knots)
        to_knots = settings.drift_memory ** np.abs(age[:, None] - knots)
        drift = np.linalg.solve(np.linalg.cholesky(between), to_knots.T).T
        columns += list(drift.T)
        groups += [DRIFT] * len(knots)
        free = max(0.0, 1.0 - float((drift[-1] ** 2).sum()))
    return Design(np.stack(columns, axis=1), np.array(groups), free)
