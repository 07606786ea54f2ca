"""From probabilities to a decision: which theme, on which level, what may be done with it; or why none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.taxonomy import ACTIONS, NO_THEME, Taxonomy

NO_THEME_FITS = "no_theme_fits"
AMBIGUOUS = "ambiguous"
NOT_A_COMPLAINT = "not_a_complaint"
TOO_SHORT = "too_short"
UNSUPPORTED_LANGUAGE = "unsupported_language"
COMPLAINT = "complaint"
LEAST_STRICT = ACTIONS[0]

Row = NDArray[np.float64]


@dataclass(frozen=True)
class Thresholds:
    """The least probability from which on a label may be acted on, by action, least strict action first.

    An action nothing is sure enough for is absent. `by_label` is for labels with rows enough of their own."""

    overall: Mapping[str, float]
    by_label: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def action(self, label: str, probability: float, *, asked: Mapping[str, float]) -> str | None:
        """The strictest action the label is sure enough for; None where it is not even to be suggested.

        `asked`: thresholds a request sets itself, by action."""
        own = {**self.by_label.get(label, self.overall), **asked}
        reached = [action for action in ACTIONS if action in own and probability >= own[action]]
        return reached[-1] if reached else None


NOTHING_LEARNED = Thresholds({"suggest": 0.0})
"""For a head without calibration rows: everything is a suggestion."""


@dataclass(frozen=True)
class Calibration:
    """What a head's out-of-fold predictions say of its probabilities.

    `parents` is about the summed probabilities of parent themes, None for a task without any. `truths`: the
    probability each calibration row's true label got, ascending. `conflict`: from which log-likelihood ratio
    on two passages raise two themes (`service.classify.several`); None where that was not learned."""

    labels: Thresholds
    parents: Thresholds | None
    truths: Row
    conflict: float | None = None

    def label_set(self, probabilities: Row, *, coverage: float) -> NDArray[np.intp]:
        """The columns of the labels that together hold the truth with this coverage, likeliest first.

        Split conformal prediction with the score 1 - p. Source: Sadinle et al. 2019, JASA 114(525)."""
        n = len(self.truths)
        rank = int(np.floor((n + 1) * (1 - coverage)))
        least = float(self.truths[rank - 1]) if rank >= 1 else 0.0
        order = np.argsort(-probabilities, kind="stable")
        inside = int((probabilities >= least).sum())
        return order[: max(1, inside)]


@dataclass(frozen=True)
class ThemeDecision:
    """The theme a message is given, or none and why. `between`: the two likeliest, where it is ambiguous."""

    id: str | None
    probability: float
    action: str | None
    reasons: tuple[str, ...] = ()
    between: tuple[str, ...] = ()


def decide_theme(
    probabilities: Row,
    labels: Sequence[str],
    *,
    taxonomy: Taxonomy,
    calibration: Calibration | None,
    asked: Mapping[str, float],
) -> ThemeDecision:
    """The likeliest sub-theme where it is sure enough, else the likeliest parent, else none.

    `probabilities`: shape (labels,), sums to 1. `asked`: thresholds of the request, by action."""
    best = int(np.argmax(probabilities))
    sub = calibration.labels if calibration else NOTHING_LEARNED
    if labels[best] == NO_THEME:
        return ThemeDecision(None, float(probabilities[best]), None, (NO_THEME_FITS,))
    action = sub.action(labels[best], float(probabilities[best]), asked=asked)
    if action is not None:
        return ThemeDecision(labels[best], float(probabilities[best]), action)
    if calibration is not None and calibration.parents is not None:
        sums = parent_sums(probabilities, labels, taxonomy)
        parent = max(sums, key=sums.__getitem__)
        action = calibration.parents.action(parent, sums[parent], asked=asked)
        if parent != NO_THEME and action is not None:
            return ThemeDecision(parent, sums[parent], action)
    first, second = (labels[place] for place in np.argsort(-probabilities, kind="stable")[:2])
    if second == NO_THEME:
        return ThemeDecision(None, float(probabilities[best]), None, (NO_THEME_FITS,))
    return ThemeDecision(None, float(probabilities[best]), None, (AMBIGUOUS,), (first, second))


def parent_sums(probabilities: Row, labels: Sequence[str], taxonomy: Taxonomy) -> dict[str, float]:
    """The probability of every parent theme: the sum of its sub-themes'. One without a parent is its own."""
    sums: dict[str, float] = {}
    for label, probability in zip(labels, probabilities.tolist(), strict=True):
        parent = taxonomy.parent(label) or label
        sums[parent] = sums.get(parent, 0.0) + probability
    return sums
