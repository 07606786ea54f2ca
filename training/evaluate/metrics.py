"""How well a head does on rows it has not seen: overall, by class and language, and how well calibrated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, precision_recall_fscore_support

from service.classify.heads import Probabilities

BINS = 15


def evaluate(
    truth: NDArray[np.str_], probabilities: Probabilities, *, labels: Sequence[str], languages: Sequence[str]
) -> dict[str, Any]:
    """Figures for `metrics.json`, rounded to four places.

    `probabilities`: shape (n, labels). A row whose true label the head does not know counts as wrong.
    macro_f1 is the mean over every label in truth or prediction; ece see `expected_calibration_error`."""
    known = np.asarray(labels)
    predicted = known[probabilities.argmax(axis=1)]
    confidence = probabilities.max(axis=1)
    spoken = np.asarray(languages)
    return {
        **_figures(truth, predicted, confidence),
        "by_language": {
            str(code): _figures(truth[spoken == code], predicted[spoken == code], confidence[spoken == code])
            for code in np.unique(spoken)
        },
        "by_class": _by_class(truth, predicted),
        "reliability": reliability(predicted == truth, confidence),
    }


def without_copies(
    truth: NDArray[np.str_],
    probabilities: Probabilities,
    *,
    labels: Sequence[str],
    copied: NDArray[np.bool_],
) -> dict[str, int | float | None]:
    """How many rows are `copied` from training, and the accuracy of the others; None where none are left.

    Arguments as for `evaluate`."""
    right = np.asarray(labels)[probabilities.argmax(axis=1)] == truth
    others = right[~copied]
    return {
        "n": int(copied.sum()),
        "accuracy_without": round(float(others.mean()), 4) if len(others) else None,
    }


def parent_accuracy(
    truth: NDArray[np.str_],
    probabilities: Probabilities,
    *,
    labels: Sequence[str],
    parents: Mapping[str, str | None],
) -> float | None:
    """Share of rows whose likeliest parent theme is the right one; None where no label has a parent.

    A parent's probability is the sum of its sub-themes'. Arguments as for `evaluate`."""
    if not any(parents.get(label) for label in labels):
        return None
    known = np.asarray([parents.get(label) or label for label in labels])
    names = np.unique(known)
    summed = np.column_stack([probabilities[:, known == name].sum(axis=1) for name in names])
    right = names[summed.argmax(axis=1)] == [parents.get(label) or label for label in truth.tolist()]
    return round(float(np.mean(right)), 4)


def _figures(
    truth: NDArray[np.str_], predicted: NDArray[np.str_], confidence: NDArray[np.float64]
) -> dict[str, float | int]:
    right = predicted == truth
    return {
        "n": len(truth),
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(float(f1_score(truth, predicted, average="macro", zero_division=0)), 4),
        "ece": round(expected_calibration_error(right, confidence), 4),
    }


def _by_class(truth: NDArray[np.str_], predicted: NDArray[np.str_]) -> dict[str, dict[str, float | int]]:
    names = np.unique(np.concatenate([truth, predicted]))
    columns = precision_recall_fscore_support(truth, predicted, labels=names, zero_division=0)
    return {
        str(name): {
            "n": int(count),
            "precision": round(float(precision), 4),
            "recall": round(float(recall), 4),
            "f1": round(float(f1), 4),
        }
        for name, precision, recall, f1, count in zip(names, *columns, strict=True)
    }


def expected_calibration_error(right: NDArray[np.bool_], confidence: NDArray[np.float64]) -> float:
    """Mean distance between confidence and accuracy over 15 equal-width bins, weighted by their rows; 0 to 1.

    Source: Guo et al. 2017, ICML, equation 3.

    >>> expected_calibration_error(np.array([True, True, False, True]), np.array([0.75, 0.75, 0.75, 0.75]))
    0.0
    """
    return sum(
        bin_["share"] * abs(bin_["confidence"] - bin_["accuracy"]) for bin_ in _bins(right, confidence)
    )


def reliability(right: NDArray[np.bool_], confidence: NDArray[np.float64]) -> list[dict[str, float]]:
    """The reliability diagram as rows: for each bin with rows its share, mean confidence and accuracy."""
    return [{name: round(value, 4) for name, value in bin_.items()} for bin_ in _bins(right, confidence)]


def _bins(right: NDArray[np.bool_], confidence: NDArray[np.float64]) -> list[dict[str, float]]:
    numbers = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "share": float((numbers == number).mean()),
            "confidence": float(confidence[numbers == number].mean()),
            "accuracy": float(right[numbers == number].mean()),
        }
        for number in np.unique(numbers)
    ]
