"""Learns from out-of-fold predictions from which probability on a label may be acted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from service.classify.decide import Calibration, Thresholds
from service.classify.heads import Probabilities

CONFIDENCE = 1.2816
"""Standard normal quantile of a one-sided bound at 90 %."""
FEWEST_OF_LABEL = 50
"""A label predicted for fewer calibration rows takes the thresholds of all."""


def calibration(
    probabilities: Probabilities,
    truth: NDArray[np.intp],
    *,
    labels: Sequence[str],
    precisions: Mapping[str, float],
    parents: Mapping[str, str | None],
) -> Calibration:
    """What the out-of-fold predictions, shape (n, labels), say; `truth` holds columns, `precisions` by
    action.

    `parents`: the parent of each label that has one."""
    names = np.asarray([str(label) for label in labels])
    own = thresholds(names[probabilities.argmax(axis=1)], probabilities.max(axis=1), names[truth], precisions)
    of_parents = None
    if any(parents.get(label) for label in labels):
        parent_of = np.asarray([parents.get(label) or label for label in labels])
        kept = np.unique(parent_of)
        sums = np.column_stack([probabilities[:, parent_of == name].sum(axis=1) for name in kept])
        of_parents = thresholds(kept[sums.argmax(axis=1)], sums.max(axis=1), parent_of[truth], precisions)
    return Calibration(own, of_parents, np.sort(probabilities[np.arange(len(truth)), truth]))


def thresholds(
    predicted: NDArray[np.str_],
    probability: NDArray[np.float64],
    truth: NDArray[np.str_],
    precisions: Mapping[str, float],
) -> Thresholds:
    """For each action the least probability from which on predictions are right as often as it asks."""
    right = predicted == truth
    overall = _by_action(probability, right, precisions)
    by_label = {
        str(label): _by_action(probability[rows], right[rows], precisions)
        for label in np.unique(predicted)
        if (rows := predicted == label).sum() >= FEWEST_OF_LABEL
    }
    return Thresholds(overall, by_label)


def _by_action(
    probability: NDArray[np.float64], right: NDArray[np.bool_], precisions: Mapping[str, float]
) -> dict[str, float]:
    found = {
        action: least_probability(probability, right, precision) for action, precision in precisions.items()
    }
    return {action: least for action, least in found.items() if least is not None}


def least_probability(
    probability: NDArray[np.float64], right: NDArray[np.bool_], precision: float
) -> float | None:
    """The least probability such that the rows from it on are right with this precision; None where none is.

    Judged by the lower bound of a one-sided 90 % interval, so that a handful of lucky rows opens no gate.
    Source: Wilson 1927, JASA 22(158)."""
    order = np.argsort(-probability, kind="stable")
    count = np.arange(1, len(order) + 1)
    share = np.cumsum(right[order]) / count
    square = CONFIDENCE**2
    spread = CONFIDENCE * np.sqrt(share * (1 - share) / count + square / (4 * count**2))
    lower = (share + square / (2 * count) - spread) / (1 + square / count)
    # Rows of one probability enter together: only the last of them can be a threshold.
    sorted_probability = probability[order]
    last = np.append(sorted_probability[1:] != sorted_probability[:-1], True)
    enough = np.flatnonzero((lower >= precision) & last)
    return float(sorted_probability[enough[-1]]) if len(enough) else None
