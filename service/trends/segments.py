"""Where an alarm comes from: the segments (languages, channels, products) of a theme that is one."""

from __future__ import annotations

import numpy as np

from service.trends.counts import CountSeries
from service.trends.exposure import HALF_A_COMPLAINT, Exposure
from service.trends.judgement import Judgement
from service.trends.scan import judgements, model_week
from service.trends.settings import TrendSettings


def explain(
    theme: CountSeries, totals: CountSeries, *, alarms: int, tested: int, settings: TrendSettings
) -> list[Judgement]:
    """The last week of each segment of a theme that is an alarm, in the order of its segments.

    theme: the theme's counts, its segments in the place of themes. totals: all complaints of the same
    segments and weeks, the theme's among them: what else a segment counts is its exposure. alarms, tested:
    how many themes of the family-week are an alarm, and how many were judged. The segments share the
    false-discovery rate q * alarms / tested, so that asking where adds nothing to the themes' own.

    Raises: ValueError where theme and totals are not of the same segments and weeks, or alarms is not in
    1..tested, or there is only one week.

    Source: Benjamini and Bogomolov 2014, Journal of the Royal Statistical Society B 76(1)."""
    if (theme.themes, theme.weeks) != (totals.themes, totals.weeks):
        raise ValueError("theme and totals differ in their segments or weeks")
    if not 1 <= alarms <= tested:
        raise ValueError(
            f"{alarms} alarms of {tested} themes: there must be one, and no more than were judged"
        )
    last = len(theme.weeks) - 1
    if not last:
        raise ValueError("there is no week before the one to explain")
    counts = theme.known_at(last).counts
    others = totals.known_at(last).counts - counts + HALF_A_COMPLAINT
    if others.min(initial=HALF_A_COMPLAINT) < 0:
        raise ValueError("a segment counts more complaints of the theme than in total")
    exposure = Exposure(
        others / others[:, :-1].mean(axis=1, keepdims=True), 1 / np.maximum(others[:, -1], 1.0)
    )
    model = model_week(counts, np.ones_like(counts), settings=settings, exposure=exposure)
    return judgements(
        model,
        family=theme.family,
        themes=list(theme.themes),
        weeks=theme.weeks,
        settings=settings,
        rate=settings.false_discovery_rate * alarms / tested,
    )
