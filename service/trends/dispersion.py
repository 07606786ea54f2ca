"""How much more than Poisson counts scatter from week to week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.trends.counts import Array
from service.trends.settings import TrendSettings
from service.trends.tail import TINY

COUNTS_FOR_NOISE = 3.0
MOST_RESIDUAL = 20.0
FLAG_WEEKS = 20.0
TYPICAL_NOISE = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Dispersion:
    """The variance of a count of mean m is `phi` * m + `noise` * m * m.

    `phi`: shape (themes,), at least 1. `weeks`: how many weeks each is known from, the family's share
    included. `family`: what the family's themes have in the middle. `noise`: one for the family."""

    phi: Array
    weeks: Array
    family: float
    noise: float

    def for_bursts(self, weeks: int, *, first: bool) -> Array:
        """The dispersion that bursts are told by: nearer the family's, so that a burst cannot hide itself."""
        family = self.family
        own = np.clip(self.phi, 1.0, 3 * family)
        if first:
            return np.full(len(own), family)
        return (FLAG_WEEKS * family + weeks * own) / (FLAG_WEEKS + weeks)


def first_dispersion(themes: int, *, settings: TrendSettings) -> Dispersion:
    """What is thought of themes nobody has looked at."""
    return Dispersion(
        np.full(themes, settings.family_dispersion),
        np.full(themes, settings.dispersion_weeks),
        settings.family_dispersion,
        settings.noise_variance,
    )


def learned_dispersion(
    before: Dispersion,
    counts: Array,
    mean: Array,
    weights: Array,
    parameters: Array,
    *,
    settings: TrendSettings,
) -> Dispersion:
    """The dispersion of each theme, steadied by its family's, and the noise all of them share.

    counts, mean, weights: shape (themes, weeks); weeks of a weight below 1 are left out. parameters: how
    many each theme's mean has spent, shape (themes,).

    A theme is worth less the smaller its counts: the variance of a Pearson residual's square is 2 + 1/m.

    Source: Pearson estimate shrunk as in Robinson and Smyth 2007, Bioinformatics 23(21) (moments in place of
    likelihood); the noise by weighted moments, as variance components are."""
    used = weights >= 1.0
    weeks = used.sum(axis=1)
    free = np.maximum(weeks - parameters, 1.0)
    squares = np.where(used, (counts - mean) ** 2, 0.0)
    pearson = np.where(used, squares / np.maximum(mean, TINY) - before.noise * mean, 0.0).sum(axis=1) / free
    size = mean.mean(axis=1)
    telling = free * 2 * size / (2 * size + 1)
    family_weeks = settings.family_dispersion_weeks
    total = family_weeks * settings.family_dispersion
    total += float((telling * np.clip(pearson, 0.0, MOST_RESIDUAL)).sum())
    family = float(np.clip(total / (family_weeks + telling.sum()), 1.0, settings.most_dispersion))
    known = settings.dispersion_weeks + telling
    phi = np.maximum((settings.dispersion_weeks * family + telling * pearson) / known, 1.0)
    weight = np.where(used & (mean >= COUNTS_FOR_NOISE), (phi[:, None] + TYPICAL_NOISE * mean) ** -2.0, 0.0)
    corrected = squares * (weeks / free)[:, None]
    over = float(((corrected - phi[:, None] * mean) * weight).sum())
    prior = settings.noise_weight
    noise = (over + prior * settings.noise_variance) / (float((mean * mean * weight).sum()) + prior)
    return Dispersion(phi, known, family, float(np.clip(noise, 0.0, settings.most_noise)))


def learned_drift(
    dispersion: Dispersion, counts: Array, mean: Array, weights: Array, *, settings: TrendSettings
) -> float:
    """Variance of the slow drift of a family's log rates: what its counts over some weeks on end scatter more
    than single weeks explain. Arguments as for `learned_dispersion`.

    Source: weighted moments, shrunk to the settings' variance."""
    size = settings.drift_block_weeks
    blocks = counts.shape[1] // size
    if blocks < 2:  # one block is the level itself
        return settings.drift_variance
    used = weights >= 1.0

    def summed(values: Array) -> Array:
        latest = np.where(used, values, 0.0)[:, -blocks * size :]
        total: Array = latest.reshape(len(values), blocks, size).sum(axis=2)
        return total

    expected = summed(mean)
    scatter = dispersion.phi[:, None] * expected + dispersion.noise * summed(mean * mean)
    over = summed(counts - mean) ** 2 * (blocks / (blocks - 1)) - scatter
    weight = (scatter + settings.drift_variance * expected * expected) ** -2.0
    weight = np.where(expected >= COUNTS_FOR_NOISE, weight, 0.0)
    # In units of the prior variance a block of a theme that counts much weighs 1.
    unit = settings.drift_variance**2
    known = float((expected * expected * expected * expected * weight).sum()) * unit
    found = float((over * expected * expected * weight).sum()) * unit
    prior = settings.drift_weight
    return float(
        np.clip((found + prior * settings.drift_variance) / (known + prior), 0.0, settings.most_drift)
    )
