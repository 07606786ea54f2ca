"""Which themes are an alarm: one false-discovery budget for all themes of a family-week."""

from __future__ import annotations

import numpy as np

from service.trends.counts import Array


def q_values(p: Array) -> Array:
    """Smallest false-discovery rate at which each theme would be an alarm.

    Source: Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57(1), as adjusted
    p-values."""
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    raw = p[order] * (len(p) / np.arange(1, len(p) + 1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return adjusted


def alarm_levels(p: Array, rate: float) -> Array:
    """The level each theme's p-value must not exceed to be an alarm at this false-discovery rate, all others
    being as they are.

    It is rate * R / M where R themes would be alarms if this one were certain: so that one can say which
    count would have been one.

    Source: leave-one-out form of the step-up procedure, Benjamini and Yekutieli 2001, Annals of Statistics
    29(4), section 4."""
    themes = len(p)
    steps = rate * np.arange(1, themes + 1) / max(themes, 1)
    ordered = np.sort(p)
    # With one theme certain, the k-th smallest is the (k-1)-th of the others. For a theme whose own value
    # lies beyond the k-th those are the k-1 smallest of all.
    passing = np.flatnonzero(np.concatenate([[0.0], ordered[:-1]]) <= steps)
    most = int(passing[-1]) + 1 if len(passing) else 1
    levels = np.full(themes, rate * most / max(themes, 1))
    for theme in np.flatnonzero(p <= ordered[most - 1]) if themes else ():
        others = np.delete(ordered, np.searchsorted(ordered, p[theme]))
        passing = np.flatnonzero(np.concatenate([[0.0], others]) <= steps)
        levels[theme] = steps[passing[-1]]
    return levels
