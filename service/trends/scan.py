"""The reading path of a week: counts -> exposure -> expected -> surprise -> decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from service.trends.arrivals import completeness
from service.trends.counts import Array, CountSeries, View
from service.trends.decide import alarm_levels, q_values
from service.trends.expected import Expected, expected_counts
from service.trends.exposure import Exposure, estimate_exposure
from service.trends.interval import ratio_interval
from service.trends.judgement import Judgement
from service.trends.settings import TrendSettings
from service.trends.surprise import Surprise, surprise_of

LEAST_EXPOSURE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class WeekModel:
    """What the last week of some counts is judged by; arrays are by theme. `baseline`: weeks learned from."""

    counts: Array
    expected: Expected
    log_variance: Array
    surprise: Surprise
    baseline: int

    def p_values(self) -> Array:
        """The p-value of each theme's last week."""
        return self.surprise.p_values(self.counts[:, -1])


def scan(series: CountSeries, *, settings: TrendSettings, week: int | None = None) -> list[Judgement]:
    """Every live theme of one week (a place in `series.weeks`, the last if left out), in the themes' order.

    The week is judged as of its own end: from what was known of it and of the weeks before. A series' first
    week has none before it: no theme of it is judged."""
    place = len(series.weeks) - 1 if week is None else week
    if not 0 <= place < len(series.weeks):
        raise IndexError(f"week {week} is not one of the {len(series.weeks)} weeks of the series")
    view = series.known_at(place)
    live = np.flatnonzero(view.live)
    if not place or not len(live):
        return []
    view = View(view.counts[live], view.arrivals[live], view.live[live])
    relative = completeness(view, settings=settings)
    model = model_week(view.counts, relative, settings=settings)
    themes = [series.themes[theme] for theme in live]
    return judgements(
        model, family=series.family, themes=themes, weeks=series.weeks[: place + 1], settings=settings
    )


def scan_last(series: CountSeries, *, last: int, settings: TrendSettings) -> Iterator[list[Judgement]]:
    """The last so many weeks, oldest first, each judged as of its own end."""
    for week in range(max(len(series.weeks) - last, 0), len(series.weeks)):
        yield scan(series, settings=settings, week=week)


def model_week(
    counts: Array, relative: Array, *, settings: TrendSettings, exposure: Exposure | None = None
) -> WeekModel:
    """What the last week is judged by. counts: shape (themes, weeks), at least two; relative: completeness.

    exposure: the volume of each week where it is not to be read from the counts."""
    counts = counts[:, -settings.history_weeks :]
    weeks = counts.shape[1]
    if exposure is None:
        exposure = estimate_exposure(counts, settings=settings)
    size = np.maximum(exposure.size[:, -weeks:] * relative[:, -weeks:], LEAST_EXPOSURE)
    guard = settings.guard_weeks if weeks > settings.short_history_weeks else settings.short_guard_weeks
    guard = min(guard, weeks - 2)
    baseline = weeks - 1 - guard
    expected = expected_counts(counts, size, baseline=baseline, settings=settings)
    log_variance = expected.log_variance + exposure.log_variance
    surprise = surprise_of(counts, expected, log_variance, guard=guard, settings=settings)
    return WeekModel(counts, expected, log_variance, surprise, baseline)


def judgements(
    model: WeekModel,
    *,
    family: str,
    themes: list[str],
    weeks: tuple[str, ...],
    settings: TrendSettings,
    rate: float | None = None,
) -> list[Judgement]:
    """The model's last week in words a report can use, in the themes' order.

    rate: the false-discovery rate of an alarm, the settings' if left out; that of a watch is scaled alike."""
    rate = settings.false_discovery_rate if rate is None else rate
    watch_rate = rate * settings.watch_rate / settings.false_discovery_rate
    p = model.p_values()
    q = q_values(p)
    levels = alarm_levels(p, rate)
    bounds = model.surprise.upper_bounds(levels)
    observed, expected = model.counts[:, -1], model.expected.count[:, -1]
    dispersion = model.expected.dispersion
    low, high = ratio_interval(observed, expected, dispersion.phi, model.log_variance + dispersion.noise)
    lasted = raised_run(model.counts, model.expected.count, least_ratio=settings.least_ratio)
    confidence = "low" if model.baseline < settings.low_confidence_weeks else "high"
    return [
        Judgement(
            family=family,
            theme=theme,
            week=weeks[-1],
            observed=int(observed[j]),
            expected=float(expected[j]),
            upper_bound=int(bounds[j]),
            ratio_low=float(low[j]),
            ratio_high=float(high[j]),
            p=float(p[j]),
            q=float(q[j]),
            alarm=bool(p[j] <= levels[j]),
            watch=bool(q[j] <= watch_rate or p[j] <= levels[j]),
            score=abs(float(np.log10(p[j]))),
            confidence=confidence,
            began=weeks[-int(lasted[j])] if lasted[j] else None,
            lasted=int(lasted[j]),
        )
        for j, theme in enumerate(themes)
    ]


def raised_run(counts: Array, expected: Array, *, least_ratio: float) -> Array:
    """How many weeks on end, the last one included, each theme counted at least `least_ratio` times what is
    expected of it as of now; shape (themes,). A week without complaints ends the run."""
    raised = (counts > 0) & (counts >= least_ratio * expected)
    calm = ~raised[:, ::-1]
    run: Array = np.where(calm.any(axis=1), calm.argmax(axis=1), counts.shape[1])
    return run
