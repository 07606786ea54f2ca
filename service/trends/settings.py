"""Every choice of the trend engine, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrendSettings:
    """What decides what an alarm is. Weeks, weekly counts, variances of a log rate, or probabilities.

    The defaults were chosen on simulated families of seed 1 alone; `python -m tests.benchmark.trends`
    reports on other seeds."""

    false_discovery_rate: float = 0.10
    """Share of a family-week's alarms that may be false, on average (q)."""
    watch_rate: float = 0.20
    """The same for the milder mark `watch`."""

    history_weeks: int = 260
    """Weeks looked back on; older ones say little of this year."""
    guard_weeks: int = 3
    """Weeks before the judged one that its baseline leaves out, lest a slow rise become its own norm."""
    short_guard_weeks: int = 1
    short_history_weeks: int = 12
    """With less history than this the short guard holds: there are no weeks to spare."""
    low_confidence_weeks: int = 6
    """With a shorter baseline a judgement is of "low" confidence: it rests on the family."""

    season_variance: float = 0.03
    """Prior variance of a theme's log rate over the year: a typical theme swings by a quarter."""
    second_harmonic_weeks: int = 156
    second_harmonic_variance: float = 0.03
    trend_weeks: int = 104
    """From so many weeks of baseline on a lasting growth can be told from a season."""
    trend_variance: float = 0.06
    """Prior variance of its yearly growth, as a logarithm."""
    drift_variance: float = 0.01
    """Prior variance of the slow drift of a theme's log share."""
    drift_memory: float = 0.95
    """Correlation of that drift from one week to the next."""
    drift_knots: tuple[int, ...] = (0, 8, 16)
    """Ages, in weeks, at which the drift is a coefficient; between them it is interpolated."""
    prior_themes: float = 10.0
    """How many themes the prior variances above are worth, against those of the family itself."""
    telling_count: float = 20.0
    """Complaints in the baseline from which a theme has a say in the family's variances."""
    drift_weight: float = 5.0
    """What the prior variance of the drift is worth, in drift-blocks of a theme counting much."""
    drift_block_weeks: int = 8
    most_drift: float = 0.1
    unexplained_share: float = 0.6
    """Variance of a log share that no part of the model explains, over the drift's."""
    passes: int = 3
    """Rounds of fitting rates, then what they rest on."""

    exposure_themes: int = 20
    """A family of fewer themes has no volume that a single theme could not move."""
    exposure_total: float = 100.0
    """The same for complaints in the judged week."""
    exposure_passes: int = 2
    suspicious_residual: float = 2.58
    suspicious_count: int = 4

    burst_tail: float = 0.001
    """A baseline week whose count is less probable than this counts little."""
    burst_count: int = 4

    family_dispersion: float = 1.5
    """Variance over mean of a typical theme, before a family has been seen."""
    family_dispersion_weeks: float = 50.0
    """Theme-weeks that value is worth."""
    dispersion_weeks: float = 15.0
    """Weeks that the family's dispersion is worth against a theme's own."""
    most_dispersion: float = 10.0
    noise_variance: float = 0.01
    """Prior variance of a log rate from week to week: scatter that grows with the count."""
    noise_weight: float = 10.0
    most_noise: float = 0.3

    windows: tuple[int, ...] = (1, 2, 3, 4)
    """Weeks summed before they are tested; those beyond the guard and the judged week are left out."""
    dispersion_nodes: int = 7
    """Points at which the uncertainty of the dispersion is integrated."""
    least_count: int = 3
    """A window with fewer complaints is never surprising."""
    least_ratio: float = 1.25
    """Nor is one below so many times its expected count."""

    profile_level: float = 0.001
    """A theme's reports arrive at a pace of its own when chance explains it no better than this."""
    profile_weeks: int = 8
    """Weeks whose reports are all in that such a pace is read from."""
